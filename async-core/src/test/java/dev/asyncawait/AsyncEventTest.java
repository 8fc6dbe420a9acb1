package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ZERO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AsyncEventTest {

  private final AsyncEvent event = new AsyncEvent();
  private final List<String> trace = new ArrayList<>();

  private Task<Void> waiter(String name) {
    return createTask(
        async(() -> {
          await(event.waitUntilSet());
          trace.add(name);
        }),
        name);
  }

  @Test
  void all_who_wait_go_on_in_order_when_it_is_set() {
    CleanRun.of(() -> {
      List<Task<Void>> tasks = Stream.of("a", "b", "c").map(this::waiter).toList();
      await(sleep(ZERO));
      assertThat(event).hasToString("AsyncEvent[not set, 3 waiting]");
      assertThat(tasks.get(0))
          .hasToString("Task[name=a, suspended on AsyncEvent[not set, 3 waiting].waitUntilSet()]");
      event.set();
      event.set();
      assertThat(trace).isEmpty();
      await(gather(tasks));
    });
    assertThat(trace).containsExactly("a", "b", "c");
    assertThat(event).hasToString("AsyncEvent[set]");
  }

  @Test
  void one_that_is_set_is_not_waited_for() {
    CleanRun.of(() -> {
      event.set();
      assertThat(event.isSet()).isTrue();
      Task<Void> other = createTask(async(() -> {
        trace.add("other");
      }));
      await(event.waitUntilSet());
      trace.add("main");
      await(other);
    });
    assertThat(trace).containsExactly("main", "other");
  }

  @Test
  void a_wait_that_was_ended_is_not_begun_again_by_clear() {
    CleanRun.of(() -> {
      Task<Void> first = waiter("first");
      await(sleep(ZERO));
      event.set();
      event.clear();
      assertThat(event.isSet()).isFalse();
      Task<Void> second = waiter("second");
      await(first);
      assertThat(second).isNotDone();
      event.set();
      await(second);
    });
    assertThat(trace).containsExactly("first", "second");
  }

  @Test
  void a_task_that_is_cancelled_stops_waiting_before_and_after_it_was_woken() {
    CleanRun.of(() -> {
      List<Task<Void>> tasks = Stream.of("a", "b", "c").map(this::waiter).toList();
      await(sleep(ZERO));
      tasks.get(0).cancel();
      event.set();
      tasks.get(1).cancel();
      assertThat(await(gatherOutcomes(tasks)))
          .extracting(outcome -> outcome instanceof Outcome.Cancelled)
          .containsExactly(true, true, false);
    });
    assertThat(trace).containsExactly("c");
    assertThat(event).hasToString("AsyncEvent[set]");
  }

  @Test
  void a_plain_thread_may_set_it_for_tasks_of_several_loops() {
    var waiting = new CountDownLatch(3);
    List<Task<Void>> loops = Stream.generate(() -> Async.start(async(() -> {
          EventLoop.current().execute(waiting::countDown);
          await(event.waitUntilSet());
        })))
        .limit(3)
        .toList();
    AbandonedLoop.await(waiting);
    event.set();
    loops.forEach(AbandonedLoop::join);
  }

  @Test
  void a_loop_that_is_abandoned_leaves_the_line() {
    try (var abandoned = new AbandonedLoop()) {
      abandoned.begin(event.waitUntilSet());
      assertThat(event).hasToString("AsyncEvent[not set, 1 waiting]");
      abandoned.abandonAfter(() -> {});
      assertThat(event).hasToString("AsyncEvent[not set]");
    }
  }

  @Test
  void a_task_that_waits_when_main_ends_is_cancelled() {
    var task = new AsyncFuture<Task<Void>>();
    CleanRun.of(() -> {});
    TestClock.run(async(() -> {
      task.complete(waiter("leftover"));
      await(sleep(ZERO));
    }));
    assertThat(task.join().isCancelled()).isTrue();
    assertThatThrownBy(() -> task.join().join()).isInstanceOf(CancellationException.class);
    assertThat(event).hasToString("AsyncEvent[not set]");
  }
}
