package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.waitFor;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** What was broken once. */
class CornerCasesTest {

  private final List<String> trace = new ArrayList<>();

  @Test
  void what_came_in_between_two_mains_runs_before_the_second() {
    try (Runner runner = Runner.builder().clock(new TestClock()).build()) {
      runner.loop().execute(() -> trace.add("callback"));
      runner.run(async(() -> trace.add("main")));
    }
    assertThat(trace).containsExactly("callback", "main");
  }

  @Test
  void a_cancel_request_ends_at_a_ring_through_gather() {
    var ring = new ArrayList<Task<?>>();
    TestClock.run(async(() -> {
      for (int i = 0; i < 2; i++) {
        int next = 1 - i;
        ring.add(createTask(async(() -> await(gather(ring.get(next))))));
      }
      await(sleep(ZERO));
      ring.get(0).cancel();
      await(sleep(ofSeconds(1)));
      assertThat(ring).allMatch(Task::isCancelled);
    }));
  }

  @Test
  void a_task_that_gathers_itself_is_ended_by_closing() {
    Task<?> selfish = TestClock.run(async(() -> {
      Task<?> task = createTask(async(() -> await(gather(currentTask()))));
      await(sleep(ofSeconds(1)));
      return task;
    }));
    assertThat(selfish.isCancelled()).isTrue();
  }

  @Test
  void a_long_chain_through_gather_is_cancelled_without_recursion() {
    TestClock.run(async(() -> {
      Task<?> last = createTask(sleep(ofHours(1)));
      for (int i = 0; i < 2000; i++) {
        Task<?> inner = last;
        last = createTask(async(() -> await(gather(inner))));
      }
      await(sleep(ofSeconds(1)));
      last.cancel();
      Task<?> outermost = last;
      assertThatThrownBy(() -> await(outermost)).isInstanceOf(CancellationException.class);
    }));
  }

  @Test
  void a_dependent_of_what_the_kernel_cancels_has_no_current_task() {
    TestClock.run(async(() -> {
      Task<?> task = createTask(async(() -> {
        var future = new AsyncFuture<String>();
        future.whenComplete((v, e) -> trace.add("current: " + Task.currentOrNull()));
        currentTask().cancel();
        await(future);
      }));
      await(sleep(ofSeconds(1)));
      assertThat(task.isCancelled()).isTrue();
    }));
    assertThat(trace).containsExactly("current: null");
  }

  @Test
  void a_stage_whose_cancel_throws_is_reported_and_harms_no_task() {
    var stage = new CompletableFuture<String>() {
      @Override
      public boolean cancel(boolean mayInterruptIfRunning) {
        throw new IllegalStateException("cannot cancel");
      }
    };
    try (var log = new CapturedLog()) {
      TestClock.run(async(() -> {
        Task<?> task = createTask(async(() -> await(stage)));
        await(sleep(ZERO));
        task.cancel();
        await(sleep(ZERO));
        assertThat(task.isCancelled()).isTrue();
        assertThat(EventLoop.current().stagesInFlight()).isZero();
      }));
      assertThat(log.errors()).hasSize(1);
    }
  }

  @Test
  void a_stage_that_refuses_to_be_watched_is_not_in_flight() {
    var stage = new CompletableFuture<String>() {
      @Override
      public CompletableFuture<String> whenComplete(
          BiConsumer<? super String, ? super Throwable> action) {
        throw new IllegalStateException("not watched");
      }
    };
    TestClock.run(async(() -> {
      assertThatThrownBy(() -> await(stage)).hasMessage("not watched");
      assertThat(EventLoop.current().stagesInFlight()).isZero();
    }));
  }

  @Test
  void a_closed_runner_shows_no_loop() {
    Runner runner = Runner.builder().clock(new TestClock()).build();
    runner.run(sleep(ZERO));
    runner.close();
    assertThatThrownBy(runner::loop).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void a_delay_before_the_beginning_of_time_is_due_now() {
    TestClock.run(async(() -> {
      EventLoop.current().schedule(ofSeconds(Long.MIN_VALUE), () -> trace.add("due"));
      await(sleep(ZERO));
    }));
    assertThat(trace).containsExactly("due");
  }

  @Test
  void a_gather_that_is_refused_begins_nothing() {
    TestClock.run(async(() -> {
      Coroutine<Void> fresh = sleep(ZERO);
      Coroutine<Void> used = sleep(ZERO);
      await(used);
      assertThatThrownBy(() -> gather(fresh, null))
          .hasMessage("an awaitable to gather must not be null");
      assertThatThrownBy(() -> gather(fresh, used)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> gather((Awaitable<?>[]) null))
          .hasMessage("awaitables must not be null");
      await(fresh);
      assertThat(Async.allTasks()).hasSize(1);
    }));
  }

  @Test
  void done_callbacks_that_come_too_late_for_their_loop_are_reported() {
    AsyncFuture<String> future = TestClock.run(async(() -> {
      var made = new AsyncFuture<String>();
      made.addDoneCallback(done -> trace.add("early"));
      return made;
    }));
    try (var log = new CapturedLog()) {
      future.complete("x");
      future.addDoneCallback(done -> trace.add("late"));
      assertThat(log.errors()).hasSize(2);
    }
    assertThat(trace).isEmpty();
  }

  @Test
  void the_failure_of_a_task_that_is_created_while_the_loop_closes_is_reported() {
    try (var log = new CapturedLog()) {
      TestClock.run(async(() -> {
        createTask(async(() -> {
          try {
            await(sleep(ofHours(1)));
          } finally {
            createTask(async(() -> {
              throw new IllegalStateException("in cleanup");
            }));
          }
        }));
        await(sleep(ZERO));
      }));
      assertThat(log.errors()).hasSize(1);
    }
  }

  @Test
  void a_timeout_of_a_future_that_outlives_its_loop_still_comes() {
    AsyncFuture<String> future =
        Async.run(async(() -> new AsyncFuture<String>().orTimeout(50, TimeUnit.MILLISECONDS)));
    assertThatThrownBy(() -> future.get(300, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(TimeoutException.class);
  }

  @Test
  void a_task_cannot_wait_for_itself_through_waitFor() {
    TestClock.run(async(() -> {
      Coroutine<?> self = waitFor(currentTask(), ofSeconds(1));
      assertThatThrownBy(() -> await(self)).isInstanceOf(Exception.class);
    }));
  }

  @Test
  void a_done_task_is_not_listed_while_its_dependents_run() {
    TestClock.run(async(() -> {
      Task<String> task = createTask(async(() -> "x"));
      task.thenRun(() -> trace.add("listed: " + EventLoop.current().tasks().contains(task)));
      await(task);
    }));
    assertThat(trace).containsExactly("listed: false");
  }
}
