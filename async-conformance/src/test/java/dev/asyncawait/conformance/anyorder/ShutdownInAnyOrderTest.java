package dev.asyncawait.conformance.anyorder;

import static dev.asyncawait.Async.allTasks;
import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.Async;
import dev.asyncawait.AsyncConsumer;
import dev.asyncawait.BackgroundLoop;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Task;
import dev.asyncawait.test.AsyncTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;

/** What holds of a loop in the background that shuts down, whoever runs next on it or on the loop that waits. */
class ShutdownInAnyOrderTest {

  private final List<String> trace = new ArrayList<>();

  private Coroutine<String> lasting(Duration length) {
    return async(() -> {
      try {
        await(sleep(length));
        return "ended";
      } finally {
        trace.add("after " + EventLoop.current().time());
      }
    });
  }

  private void beside(AsyncConsumer<BackgroundLoop> body) {
    trace.clear();
    BackgroundLoop loop = EventLoop.start("orders");
    try {
      body.accept(loop);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    await(loop.shutdown(ZERO));
  }

  @AsyncTest(schedules = 100)
  void a_shutdown_lets_what_runs_end_within_the_grace() {
    beside(loop -> {
      Task<String> quick = loop.submit(lasting(ofMinutes(1)));
      Task<String> slow = loop.submit(lasting(ofMinutes(9)));
      await(loop.shutdown(ofMinutes(5)));
      assertThat(EventLoop.current().time()).isEqualTo(ofMinutes(5));
      assertThat(quick).isCompletedWithValue("ended");
      assertThat(slow).isCancelled();
    });
    assertThat(trace).containsExactly("after PT1M", "after PT5M");
  }

  @AsyncTest(schedules = 100)
  void a_shutdown_ends_when_the_last_has_ended() {
    beside(loop -> {
      Task<String> task = loop.submit(async(() -> {
        await(sleep(ofMinutes(1)));
        Task<String> child = createTask(lasting(ofMinutes(1)));
        return await(child);
      }));
      Task<Void> left = loop.submit(async(() -> {
        Task<String> unused = createTask(lasting(ofMinutes(3)));
      }));
      await(loop.shutdown(ofHours(1)));
      assertThat(EventLoop.current().time()).isEqualTo(ofMinutes(3));
      assertThat(await(task)).isEqualTo("ended");
      assertThat(left).isDone();
    });
    assertThat(trace).containsExactly("after PT2M", "after PT3M");
  }

  @AsyncTest(schedules = 100)
  void the_shortest_grace_counts() {
    beside(loop -> {
      Task<String> slow = loop.submit(lasting(ofHours(9)));
      await(
          gather(loop.shutdown(ofHours(5)), loop.shutdown(ofHours(2)), loop.shutdown(ofHours(3))));
      assertThat(slow).isCancelled();
      assertThat(EventLoop.current().time()).isEqualTo(ofHours(2));
    });
  }

  @AsyncTest(schedules = 100)
  void a_shutdown_accepts_no_more_tasks() {
    beside(loop -> {
      Task<String> slow = loop.submit(lasting(ofMinutes(2)));
      Task<Void> shutdown = createTask(loop.shutdown(ofHours(1)));
      await(sleep(ofMinutes(1)));
      assertThat(loop).hasToString("BackgroundLoop[orders, shutting down, 1 task]");
      assertThat(shutdown).asString().contains("suspended on");
      assertThatThrownBy(() -> loop.submit(lasting(ZERO)))
          .isInstanceOf(RejectedExecutionException.class);
      await(shutdown);
      assertThat(slow).isCompletedWithValue("ended");
    });
  }

  @AsyncTest(schedules = 100)
  void tasks_that_run_may_submit_others_while_it_shuts_down() {
    beside(loop -> {
      Task<String> task = loop.submit(async(() -> {
        await(sleep(ofMinutes(1)));
        return await(loop.submit(lasting(ofMinutes(1))));
      }));
      await(loop.shutdown(ofHours(1)));
      assertThat(EventLoop.current().time()).isEqualTo(ofMinutes(2));
      assertThat(task).isCompletedWithValue("ended");
    });
  }

  @AsyncTest(schedules = 100)
  void who_waits_for_the_shutdown_may_be_cancelled_and_the_loop_closes_all_the_same() {
    beside(loop -> {
      Task<String> slow = loop.submit(lasting(ofMinutes(2)));
      Task<Void> shutdown = createTask(loop.shutdown(ofHours(1)));
      await(sleep(ofMinutes(1)));
      shutdown.cancel();
      assertThatThrownBy(() -> await(shutdown)).isInstanceOf(CancellationException.class);
      assertThat(slow).isNotDone();
      await(sleep(ofMinutes(2)));
      assertThat(slow).isCompletedWithValue("ended");
      assertThat(loop).hasToString("BackgroundLoop[orders, closed]");
    });
  }

  @AsyncTest(schedules = 100)
  void a_task_that_cancels_all_others_does_not_end_the_loop() {
    beside(loop -> {
      Task<String> victim = loop.submit(lasting(ofHours(1)));
      await(loop.submit(async(() -> {
        await(sleep(ZERO));
        allTasks().stream()
            .filter(task -> task != Async.currentTask())
            .forEach(task -> task.cancel("all"));
      })));
      assertThatThrownBy(() -> await(victim)).isInstanceOf(CancellationException.class);
      assertThat(await(loop.submit(async(() -> "goes on")))).isEqualTo("goes on");
    });
  }
}
