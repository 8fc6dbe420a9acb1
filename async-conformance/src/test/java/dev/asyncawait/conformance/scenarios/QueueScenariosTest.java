package dev.asyncawait.conformance.scenarios;

import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.conformance.scenarios.Scenario.scenario;
import static java.time.Duration.ZERO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.AsyncQueue;
import dev.asyncawait.QueueShutDownException;
import dev.asyncawait.Task;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Queues: T60 to T63 of the table of asyncio's behaviour. */
class QueueScenariosTest {

  private static void turn() {
    await(sleep(ZERO));
  }

  @Test
  @DisplayName("T60 queue: waiter woken, other task get_nowait")
  void woken_waiter_is_overtaken() {
    scenario(() -> {
      AsyncQueue<String> queue = AsyncQueue.fifo();
      Task<String> waiter = createTask(queue.take());
      turn();
      queue.tryPut("first");
      assertThat(queue.tryTake()).isEqualTo("first");
      turn();
      turn();
      assertThat(waiter).isNotDone();
      queue.tryPut("second");
      assertThat(await(waiter)).isEqualTo("second");
    });
  }

  @Test
  @DisplayName("T61 queue: woken getter cancelled")
  void woken_getter_cancelled() {
    scenario(() -> {
      AsyncQueue<String> queue = AsyncQueue.fifo();
      Task<String> first = createTask(queue.take());
      Task<String> second = createTask(queue.take());
      turn();
      queue.tryPut("item");
      first.cancel();
      assertThatThrownBy(() -> await(first)).isInstanceOf(CancellationException.class);
      assertThat(await(second)).isEqualTo("item");
      assertThat(queue.isEmpty()).isTrue();
    });
  }

  @Test
  @DisplayName("T62 queue.shutdown()")
  void shutdown() {
    scenario(() -> {
      AsyncQueue<String> queue = AsyncQueue.fifo(2);
      queue.tryPut("a");
      queue.tryPut("b");
      Task<Void> blocked = createTask(queue.put("c"));
      turn();
      queue.shutdown();
      assertThatThrownBy(() -> await(blocked)).isInstanceOf(QueueShutDownException.class);
      assertThat(await(queue.take())).isEqualTo("a");
      assertThat(await(queue.take())).isEqualTo("b");
      assertThatThrownBy(() -> await(queue.take())).isInstanceOf(QueueShutDownException.class);
      assertThatThrownBy(queue::tryTake).isInstanceOf(QueueShutDownException.class);
      assertThatThrownBy(() -> queue.tryPut("d")).isInstanceOf(QueueShutDownException.class);
      Task<Void> join = createTask(queue.join());
      queue.taskDone();
      turn();
      turn();
      assertThat(join).isNotDone();
      queue.taskDone();
      await(join);
    });
  }

  /** Departure: asyncio's task_done raises a ValueError, ours an IllegalStateException. */
  @Test
  @DisplayName("T63 queue.shutdown(immediate) with one item in progress")
  void shutdown_now() {
    scenario(() -> {
      AsyncQueue<String> queue = AsyncQueue.fifo();
      queue.tryPut("a");
      queue.tryPut("b");
      queue.tryPut("c");
      assertThat(await(queue.take())).isEqualTo("a");
      Task<Void> join = createTask(queue.join());
      turn();
      assertThat(queue.shutdownNow()).containsExactly("b", "c");
      assertThat(queue.size()).isZero();
      turn();
      turn();
      assertThat(join).isNotDone();
      queue.taskDone();
      await(join);
      assertThatThrownBy(queue::taskDone).isInstanceOf(IllegalStateException.class);
    });
  }
}
