package dev.asyncawait.conformance.scenarios;

import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.conformance.scenarios.Scenario.assertCancelled;
import static dev.asyncawait.test.VirtualTime.untilIdle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.AsyncQueue;
import dev.asyncawait.QueueShutDownException;
import dev.asyncawait.Task;
import dev.asyncawait.test.AsyncTest;
import org.junit.jupiter.api.DisplayName;

/** Queues: T60 to T63 of the table of asyncio's behaviour. */
class QueueScenariosTest {

  @AsyncTest
  @DisplayName("T60 queue: waiter woken, other task get_nowait")
  void woken_waiter_is_overtaken() {
    AsyncQueue<String> queue = AsyncQueue.fifo();
    Task<String> waiter = createTask(queue.take());
    await(untilIdle());
    queue.tryPut("first");
    assertThat(queue.tryTake()).isEqualTo("first");
    await(untilIdle());
    assertThat(waiter).isNotDone();
    queue.tryPut("second");
    assertThat(await(waiter)).isEqualTo("second");
  }

  @AsyncTest(schedules = 100)
  @DisplayName("T61 queue: woken getter cancelled")
  void woken_getter_cancelled() {
    AsyncQueue<String> queue = AsyncQueue.fifo();
    Task<String> first = createTask(queue.take());
    await(untilIdle());
    Task<String> second = createTask(queue.take());
    await(untilIdle());
    queue.tryPut("item");
    first.cancel();
    assertCancelled(first);
    assertThat(await(second)).isEqualTo("item");
    assertThat(queue.isEmpty()).isTrue();
  }

  @AsyncTest
  @DisplayName("T62 queue.shutdown()")
  void shutdown() {
    AsyncQueue<String> queue = AsyncQueue.fifo(2);
    queue.tryPut("a");
    queue.tryPut("b");
    Task<Void> blocked = createTask(queue.put("c"));
    await(untilIdle());
    queue.shutdown();
    assertThatThrownBy(() -> await(blocked)).isInstanceOf(QueueShutDownException.class);
    assertThat(await(queue.take())).isEqualTo("a");
    assertThat(await(queue.take())).isEqualTo("b");
    assertThatThrownBy(() -> await(queue.take())).isInstanceOf(QueueShutDownException.class);
    assertThatThrownBy(queue::tryTake).isInstanceOf(QueueShutDownException.class);
    assertThatThrownBy(() -> queue.tryPut("d")).isInstanceOf(QueueShutDownException.class);
    Task<Void> join = createTask(queue.join());
    queue.taskDone();
    await(untilIdle());
    assertThat(join).isNotDone();
    queue.taskDone();
    await(join);
  }

  /** Departure: asyncio's task_done raises a ValueError, ours an IllegalStateException. */
  @AsyncTest
  @DisplayName("T63 queue.shutdown(immediate) with one item in progress")
  void shutdown_now() {
    AsyncQueue<String> queue = AsyncQueue.fifo();
    queue.tryPut("a");
    queue.tryPut("b");
    queue.tryPut("c");
    assertThat(await(queue.take())).isEqualTo("a");
    Task<Void> join = createTask(queue.join());
    await(untilIdle());
    assertThat(queue.shutdownNow()).containsExactly("b", "c");
    assertThat(queue.size()).isZero();
    await(untilIdle());
    assertThat(join).isNotDone();
    queue.taskDone();
    await(join);
    assertThatThrownBy(queue::taskDone).isInstanceOf(IllegalStateException.class);
  }
}
