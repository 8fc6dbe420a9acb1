package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.shield;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static dev.asyncawait.Async.waitFor;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

@SuppressWarnings("FutureReturnValueIgnored") // of shields that are cancelled
class ShieldTest {

  private final List<String> trace = new ArrayList<>();

  private Coroutine<String> work() {
    return async(() -> {
      try {
        await(sleep(ofHours(1)));
        trace.add("worked");
        return "result";
      } catch (CancellationException e) {
        trace.add("cancelled " + e.getMessage());
        throw e;
      }
    });
  }

  private static Coroutine<String> failing(Throwable failure) {
    return async(() -> {
      await(sleep(ofHours(1)));
      throw Async.sneaky(failure);
    });
  }

  @Test
  void it_gives_the_result_of_a_coroutine_that_has_become_a_task_at_once() {
    CleanRun.of(() -> {
      AsyncFuture<String> shielded = shield(work());
      assertThat(Async.allTasks()).hasSize(2);
      assertThat(shielded).isNotInstanceOf(Task.class);
      assertThat(await(shielded)).isEqualTo("result");
      assertThat(await(shielded)).isEqualTo("result");
    });
  }

  @Test
  void what_is_done_already_is_returned_as_it_is() {
    CleanRun.of(() -> {
      AsyncFuture<String> done = AsyncFuture.completedFuture("done");
      assertThat(shield(done)).isSameAs(done);
      Task<String> task = createTask(async(() -> "done"));
      await(task);
      assertThat(shield(task)).isSameAs(task);
    });
  }

  @Test
  void cancelling_the_awaiting_task_cancels_the_shield_alone() { // T32
    CleanRun.of(() -> {
      Task<String> inner = createTask(work());
      AsyncFuture<String> outer = shield(inner);
      Task<String> awaiter = createTask(async(() -> await(outer)));
      await(sleep(ZERO));
      awaiter.cancel("why");
      assertThatThrownBy(() -> await(awaiter))
          .isInstanceOf(CancellationException.class)
          .hasMessage("why");
      assertThat(outer).isCancelled();
      assertThat(inner.cancelling()).isZero();
      assertThat(await(inner)).isEqualTo("result");
    });
    assertThat(trace).containsExactly("worked");
  }

  @Test
  void cancelling_the_shield_cancels_it_at_once_and_nothing_else() {
    CleanRun.of(() -> {
      Task<String> inner = createTask(work());
      AsyncFuture<String> outer = shield(inner);
      assertThat(outer.cancel("why")).isTrue();
      assertThat(outer).isCancelled();
      assertThat(outer.cancel()).isFalse();
      assertThat(await(inner)).isEqualTo("result");
      assertThat(outer.cancel("after")).isFalse();
    });
  }

  @Test
  void a_task_cancelled_before_its_first_step_and_after_its_end_leaves_the_inner_one_alone() {
    CleanRun.of(() -> {
      Task<String> inner = createTask(work());
      Task<String> before = createTask(async(() -> await(shield(inner))));
      before.cancel();
      Task<String> after = createTask(async(() -> await(shield(inner))));
      assertThat(await(after)).isEqualTo("result");
      assertThat(after.cancel()).isFalse();
      assertThat(before).isCancelled();
    });
  }

  @Test
  void a_limit_around_a_shield_passes_without_cancelling_the_work() {
    CleanRun.of(() -> {
      Task<String> inner = createTask(work());
      assertThatThrownBy(() -> await(waitFor(shield(inner), ofHours(1).dividedBy(2))))
          .isInstanceOf(AsyncTimeoutException.class);
      assertThat(await(inner)).isEqualTo("result");
    });
  }

  @Test
  void the_cancellation_of_the_inner_one_cancels_it_with_the_same_message() { // T34
    CleanRun.of(() -> {
      Task<String> inner = createTask(work());
      AsyncFuture<String> outer = shield(inner);
      await(sleep(ZERO));
      inner.cancel("why");
      assertThatThrownBy(() -> await(outer))
          .isInstanceOf(CancellationException.class)
          .hasMessage("why");
      assertThat(outer).isCancelled();
      assertThat(currentTask().cancelling()).isZero();
    });
    assertThat(trace).containsExactly("cancelled why");
  }

  @Test
  void a_failure_is_thrown_as_it_is_and_not_reported() {
    var failure = new IllegalStateException("broken");
    try (var log = new CapturedLog()) {
      CleanRun.of(
          () -> assertThatThrownBy(() -> await(shield(failing(failure)))).isSameAs(failure));
      assertThat(log.errors()).isEmpty();
    }
  }

  @Test
  void a_failure_after_the_shield_was_cancelled_is_reported_once_for_several_shields() { // T33
    var failure = new IllegalStateException("broken");
    try (var log = new CapturedLog()) {
      CleanRun.of(() -> {
        Task<String> inner = createTask(failing(failure));
        AsyncFuture<String> last = shield(inner);
        for (int i = 0; i < 3; i++) {
          shield(inner).cancel();
        }
        assertThatThrownBy(() -> await(last)).isSameAs(failure);
        await(sleep(ZERO));
      });
      assertThat(log.errors())
          .singleElement()
          .asString()
          .startsWith("IllegalStateException exception in shielded future (loop ");
      assertThat(log.exceptions()).containsExactly(failure);
    }
  }

  @Test
  void a_failure_just_before_the_shield_is_cancelled_counts_as_never_retrieved() {
    var failure = new IllegalStateException("broken");
    try (var log = new CapturedLog()) {
      CleanRun.of(() -> {
        var inner = new AsyncFuture<String>();
        AsyncFuture<String> outer = shield(inner);
        inner.completeExceptionally(failure);
        outer.cancel();
        await(sleep(ZERO));
      });
      assertThat(log.errors())
          .singleElement()
          .asString()
          .startsWith("exception of a future was never retrieved");
      assertThat(log.exceptions()).containsExactly(failure);
    }
  }

  @Test
  void a_result_or_a_cancellation_after_the_shield_was_cancelled_is_not_reported() {
    try (var log = new CapturedLog()) {
      CleanRun.of(() -> {
        var result = new AsyncFuture<String>();
        var cancelled = new AsyncFuture<String>();
        shield(result).cancel();
        shield(cancelled).cancel();
        result.complete("result");
        cancelled.cancel();
        await(sleep(ZERO));
      });
      assertThat(log.errors()).isEmpty();
    }
  }

  @Test
  void a_failure_after_the_loop_has_closed_is_reported_as_well() {
    var inner = new AsyncFuture<String>();
    var failure = new IllegalStateException("broken");
    CleanRun.of(() -> {
      shield(inner).cancel();
    });
    try (var log = new CapturedLog()) {
      inner.completeExceptionally(failure);
      assertThat(log.exceptions()).containsExactly(failure);
    }
  }

  @Test
  void one_that_was_completed_by_hand_keeps_its_result() {
    CleanRun.of(() -> {
      Task<String> inner = createTask(work());
      AsyncFuture<String> outer = shield(inner);
      outer.complete("by hand");
      assertThat(await(outer)).isEqualTo("by hand");
      await(inner);
      assertThat(outer).isCompletedWithValue("by hand");
    });
  }

  @Test
  void it_takes_one_turn_more_than_the_work() {
    CleanRun.of(() -> {
      var inner = new AsyncFuture<String>();
      AsyncFuture<String> outer = shield(inner);
      Task<?> awaiter = createTask(async(() -> {
        trace.add(await(outer));
      }));
      await(sleep(ZERO));
      inner.complete("result");
      for (int i = 1; i <= 3; i++) {
        trace.add("turn " + i + (outer.isDone() ? ", done" : ""));
        await(sleep(ZERO));
      }
      await(awaiter);
    });
    assertThat(trace).containsExactly("turn 1", "turn 2, done", "result", "turn 3, done");
  }

  @Test
  void a_cancellation_of_the_work_takes_one_turn_more_too() {
    CleanRun.of(() -> {
      Task<String> inner = createTask(work());
      AsyncFuture<String> outer = shield(inner);
      createTask(async(() -> {
        assertThatThrownBy(() -> await(outer)).isInstanceOf(CancellationException.class);
        trace.add("awaiter");
      }));
      await(sleep(ZERO));
      inner.cancel("why");
      for (int i = 1; i <= 4; i++) {
        trace.add("turn " + i + (outer.isDone() ? ", done" : ""));
        await(sleep(ZERO));
      }
    });
    assertThat(trace)
        .containsExactly(
            "turn 1", "cancelled why", "turn 2", "turn 3, done", "awaiter", "turn 4, done");
  }

  @Test
  void what_depends_on_it_runs_on_the_loop_and_a_stage_that_throws_harms_nobody() {
    CleanRun.of(() -> {
      EventLoop loop = EventLoop.current();
      AsyncFuture<String> outer = shield(work());
      outer.thenRun(() -> {
        trace.add("stage " + (EventLoop.current() == loop) + " " + Task.currentOrNull());
        throw new IllegalStateException("a stage");
      });
      outer.addDoneCallback(done -> trace.add("callback " + done.resultNow()));
      assertThat(await(outer)).isEqualTo("result");
    });
    assertThat(trace).containsExactly("worked", "stage true null", "callback result");
  }

  @Test
  void the_inner_one_may_belong_to_another_loop_or_be_completed_by_a_foreign_thread() {
    CleanRun.of(() -> {
      var future = new AsyncFuture<String>();
      AsyncFuture<String> outer = shield(future);
      await(toThread(() -> {
        future.complete("from a thread");
      }));
      assertThat(await(outer)).isEqualTo("from a thread");

      Task<String> elsewhere = Async.start(work());
      AsyncFuture<String> cancelled = shield(elsewhere);
      AsyncFuture<String> other = shield(elsewhere);
      cancelled.cancel();
      assertThat(await(other)).isEqualTo("result");
    });
  }

  @Test
  void a_foreign_thread_may_cancel_it() {
    CleanRun.of(() -> {
      Task<String> inner = createTask(work());
      AsyncFuture<String> outer = shield(inner);
      Task<String> awaiter = createTask(async(() -> await(outer)));
      boolean cancelled = await(toThread(() -> outer.cancel("from a thread")));
      assertThat(cancelled).isTrue();
      assertThatThrownBy(() -> await(awaiter)).hasMessage("from a thread");
      assertThat(await(inner)).isEqualTo("result");
    });
  }

  @Test
  void it_is_refused_where_no_loop_runs_and_the_coroutine_may_still_be_awaited() {
    Coroutine<String> coroutine = work();
    assertThatThrownBy(() -> shield(coroutine))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("shield() was called where no event loop runs; "
            + "wrap the code in Async.run(async(() -> ...))");
    CleanRun.of(() -> assertThat(await(coroutine)).isEqualTo("result"));
  }

  @Test
  void it_says_what_it_shields() {
    CleanRun.of(() -> {
      Task<String> inner = createTask(work(), "saving");
      AsyncFuture<String> outer = shield(inner);
      Task<String> awaiter = createTask(async(() -> await(outer)), "caller");
      assertThat(outer).hasToString("shield(task saving)[pending]");
      await(sleep(ZERO));
      assertThat(awaiter).hasToString("Task[name=caller, suspended on shield(task saving)]");
      assertThatThrownBy(outer::join)
          .hasMessage("join() on shield(task saving)[pending] would block its own loop; "
              + "use await(future)");
      assertThat(await(gather(awaiter, outer))).containsExactly("result", "result");
      assertThat(outer).hasToString("shield(task saving)[done]");
    });
  }

  @Test
  void shields_that_come_and_go_leave_nothing_on_a_future_that_stays() {
    CleanRun.of(() -> {
      var lasting = new AsyncFuture<String>();
      AsyncFuture<String> stays = shield(lasting);
      AsyncFuture<String> previous = shield(lasting);
      for (int i = 0; i < 10_000; i++) {
        AsyncFuture<String> next = shield(lasting);
        previous.cancel();
        previous = next;
      }
      assertThat(CleanRun.waiters(lasting)).isLessThan(10);
      lasting.complete("result");
      assertThat(await(stays)).isEqualTo("result");
      assertThat(await(previous)).isEqualTo("result");
    });
  }
}
