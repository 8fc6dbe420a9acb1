package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static java.time.Duration.ZERO;
import static java.util.concurrent.TimeUnit.DAYS;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

@SuppressWarnings(
    "FutureReturnValueIgnored") // of stages and tasks whose end another assertion sees
class AsyncFutureTest extends FutureContract {

  @Override
  AsyncFuture<String> pending() {
    return new AsyncFuture<>();
  }

  @Override
  AsyncFuture<String> succeeded(String value) {
    return AsyncFuture.completedFuture(value);
  }

  @Override
  AsyncFuture<String> failed(Throwable error) {
    return AsyncFuture.failedFuture(error);
  }

  @Override
  AsyncFuture<String> cancelled(String reason) {
    var future = new AsyncFuture<String>();
    future.cancel(reason);
    return future;
  }

  @Override
  AsyncFuture<String> completedBy(AsyncFuture<Void> gate, String value) {
    var future = new AsyncFuture<String>();
    gate.thenRun(() -> future.complete(value));
    return future;
  }

  // ---- completing

  @Test
  void only_the_first_completion_counts() {
    var future = new AsyncFuture<String>();

    assertThat(future.complete("first")).isTrue();
    assertThat(future.complete("second")).isFalse();
    assertThat(future.completeExceptionally(new IllegalStateException())).isFalse();
    assertThat(future.cancel("third")).isFalse();
    assertThat(future.join()).isEqualTo("first");
  }

  @Test
  void null_is_a_result_like_any_other() {
    assertThat(AsyncFuture.<String>completedFuture(null).resultNow()).isNull();
    assertThat(TestClock.<String>run(async(() -> await(AsyncFuture.<String>completedFuture(null)))))
        .isNull();
  }

  @Test
  void completing_from_a_foreign_thread_wakes_the_loop() {
    String result = Async.run(async(() -> {
      var future = new AsyncFuture<String>();
      Task<Void> completer = createTask(toThread(() -> {
        future.complete("from afar");
      }));
      String value = await(future);
      await(completer);
      return value;
    }));

    assertThat(result).isEqualTo("from afar");
  }

  @Test
  void waiters_become_ready_in_order_before_dependents_run() {
    var trace = new ArrayList<String>();
    TestClock.run(async(() -> {
      EventLoop loop = EventLoop.current();
      var future = new AsyncFuture<String>();
      future.thenAccept(v -> {
        trace.add("dependent");
        loop.execute(() -> trace.add("callback of the dependent"));
      });
      for (String name : List.of("a", "b", "c")) {
        createTask(async(() -> trace.add(name + await(future))));
      }
      await(sleep(ZERO));
      future.complete("!");
      trace.add("completed");
      await(sleep(ZERO));
    }));

    assertThat(trace)
        .containsExactly("dependent", "completed", "a!", "b!", "c!", "callback of the dependent");
  }

  @Test
  void a_dependent_that_blocks_its_thread_does_not_hold_up_the_waiters() {
    var resumed = new CountDownLatch(1);
    boolean inTime = Async.run(async(() -> {
      var future = new AsyncFuture<String>();
      var seen = future.thenApply(v -> awaitLatch(resumed));
      Task<Void> completer = createTask(toThread(() -> {
        future.complete("value");
      }));
      await(future);
      resumed.countDown();
      await(completer);
      return seen.join();
    }));

    assertThat(inTime).isTrue();
  }

  private static boolean awaitLatch(CountDownLatch latch) {
    try {
      return latch.await(300, SECONDS);
    } catch (InterruptedException e) {
      return false;
    }
  }

  @Test
  void dependents_run_on_the_completing_thread() {
    var future = new AsyncFuture<String>();
    var where = future.thenApply(v -> Thread.currentThread());

    Thread completer = Async.run(async(() -> await(toThread(() -> {
      future.complete("value");
      return Thread.currentThread();
    }))));
    assertThat(where.join()).isSameAs(completer);
  }

  @Test
  void a_dependent_of_a_completion_by_a_task_runs_within_that_task() {
    TestClock.run(async(() -> {
      var future = new AsyncFuture<String>();
      var where = future.thenApply(v -> Task.currentOrNull());
      future.complete("value");
      assertThat(where.join()).isSameAs(currentTask());
    }));
  }

  @Test
  void complete_async_wakes_the_waiters() {
    String result = Async.run(async(() -> {
      var future = new AsyncFuture<String>();
      assertThat(future.completeAsync(() -> "supplied")).isSameAs(future);
      return await(future);
    }));

    assertThat(result).isEqualTo("supplied");
  }

  @Test
  void complete_async_uses_the_given_executor_and_stores_what_the_supplier_throws() {
    var error = new IllegalStateException("no supply");
    var jobs = new ArrayList<Runnable>();
    var future = new AsyncFuture<String>()
        .completeAsync(
            () -> {
              throw error;
            },
            jobs::add);

    assertThat(future).isNotDone();
    jobs.forEach(Runnable::run);
    assertThat(future.exceptionNow()).isSameAs(error);
  }

  @Test
  void complete_async_does_not_ask_the_supplier_of_a_done_future() {
    var trace = new ArrayList<String>();
    AsyncFuture.completedFuture("done")
        .completeAsync(
            () -> {
              trace.add("asked");
              return "late";
            },
            Runnable::run);

    assertThat(trace).isEmpty();
  }

  @Test
  void complete_async_passes_on_the_refusal_of_its_executor() {
    var refusal = new RejectedExecutionException("full");
    var future = new AsyncFuture<String>();

    assertThatThrownBy(() -> future.completeAsync(() -> "value", job -> {
          throw refusal;
        }))
        .isSameAs(refusal);
    assertThat(future).isNotDone();
  }

  // ---- timeouts

  @Test
  void or_timeout_goes_by_the_clock_of_the_loop_it_was_made_on() {
    TestClock.run(async(() -> {
      var future = new AsyncFuture<String>();
      assertThat(future.orTimeout(3, DAYS)).isSameAs(future);
      assertThatThrownBy(() -> await(future))
          .isExactlyInstanceOf(TimeoutException.class)
          .hasMessage(null);
      assertThat(EventLoop.current().time()).isEqualTo(Duration.ofDays(3));
    }));
  }

  @Test
  void complete_on_timeout_goes_by_the_clock_of_the_loop_it_was_made_on() {
    TestClock.run(async(() -> {
      var future = new AsyncFuture<String>();
      assertThat(future.completeOnTimeout("default", 2, HOURS)).isSameAs(future);
      assertThat(await(future)).isEqualTo("default");
      assertThat(EventLoop.current().time()).isEqualTo(Duration.ofHours(2));
    }));
  }

  @Test
  void a_future_completed_in_time_leaves_no_timer_behind() {
    var clock = new TestClock();
    try (var runner = Runner.builder().clock(clock).build()) {
      runner.run(async(() -> {
        var early = new AsyncFuture<String>().orTimeout(1, HOURS).completeOnTimeout("x", 1, HOURS);
        early.complete("in time");
        AsyncFuture.completedFuture("before").orTimeout(1, HOURS);
        await(sleep(Duration.ofHours(2)));
        assertThat(early.join()).isEqualTo("in time");
        assertThat(EventLoop.current().time()).isEqualTo(Duration.ofHours(2));
      }));
      assertThat(clock.alarms()).isZero();
    }
  }

  @Test
  void a_timeout_off_a_loop_goes_by_real_time_and_wakes_the_waiters_too() {
    var failing = new AsyncFuture<String>();
    var defaulting = new AsyncFuture<String>();
    Async.run(async(() -> {
      failing.orTimeout(1, MILLISECONDS);
      defaulting.completeOnTimeout("default", 1, MILLISECONDS);
      assertThatThrownBy(() -> await(failing)).isExactlyInstanceOf(TimeoutException.class);
      assertThat(await(defaulting)).isEqualTo("default");
    }));
  }

  @Test
  void a_timeout_of_a_future_that_outlives_its_loop_still_comes() {
    AsyncFuture<String> future =
        Async.run(async(() -> new AsyncFuture<String>().orTimeout(50, MILLISECONDS)));
    assertThatThrownBy(() -> future.get(300, SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(TimeoutException.class);
  }

  @Test
  void a_timeout_longer_than_time_itself_is_no_timeout() {
    TestClock.run(async(() -> {
      var future = new AsyncFuture<String>().orTimeout(Long.MAX_VALUE, DAYS);
      future.complete("in time");
      assertThat(await(future)).isEqualTo("in time");
    }));
  }

  // ---- cancelling

  @Test
  void cancelling_is_done_at_once() {
    for (var cancelled : List.of(cancelledBy(f -> f.cancel()), cancelledBy(f -> f.cancel(true)))) {
      assertThat(cancelled).isDone().isCancelled();
      assertThatThrownBy(cancelled::join)
          .isExactlyInstanceOf(CancellationException.class)
          .hasMessage(null);
    }
    assertThatThrownBy(cancelledBy(f -> f.cancel("why"))::join)
        .isExactlyInstanceOf(CancellationException.class)
        .hasMessage("why");
  }

  private static AsyncFuture<String> cancelledBy(Predicate<AsyncFuture<String>> cancel) {
    var future = new AsyncFuture<String>();
    assertThat(cancel.test(future)).isTrue();
    assertThat(cancel.test(future)).isFalse();
    return future;
  }

  @Test
  void a_future_is_cancelled_if_a_cancellation_is_its_outcome_whoever_put_it_there() {
    var cancellation = new CancellationException("given");
    var future = new AsyncFuture<String>();
    future.completeExceptionally(cancellation);

    assertThat(future).isCancelled();
    assertThatThrownBy(future::join).isSameAs(cancellation);
  }

  @Test
  void dependents_of_a_cancelled_future_fail_as_those_of_any_completable_future_do() {
    var future = new AsyncFuture<String>();
    var dependent = future.thenApply(String::length);
    future.cancel("why");

    assertThatThrownBy(dependent::join)
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOf(CancellationException.class)
        .hasMessage("why");
  }

  @Test
  void a_dependent_of_what_the_kernel_cancels_has_no_current_task() {
    var trace = new ArrayList<String>();
    TestClock.run(async(() -> {
      Task<?> task = createTask(async(() -> {
        var future = new AsyncFuture<String>();
        future.whenComplete((v, e) -> trace.add("current: " + Task.currentOrNull()));
        currentTask().cancel();
        await(future);
      }));
      await(sleep(Duration.ofSeconds(1)));
      assertThat(task.isCancelled()).isTrue();
    }));
    assertThat(trace).containsExactly("current: null");
  }

  @Test
  void cancelling_a_task_that_awaits_it_cancels_it_for_everyone() {
    TestClock.run(async(() -> {
      var future = new AsyncFuture<String>();
      Task<String> one = createTask(async(() -> await(future)));
      Task<String> other = createTask(async(() -> await(future)));
      await(sleep(ZERO));
      one.cancel("why");
      await(sleep(ZERO));

      assertThat(future).isCancelled();
      assertThat(one).isCancelled();
      assertThat(other).isCancelled();
      assertThat(one.cancelling()).isEqualTo(1);
      assertThat(other.cancelling()).isZero();
    }));
  }

  // ---- done callbacks without a loop of its own

  @Test
  void a_future_made_off_a_loop_calls_back_on_the_loop_where_the_callback_was_added() {
    var future = new AsyncFuture<String>();
    var called = new ArrayList<EventLoop>();
    EventLoop loop = TestClock.run(async(() -> {
      future.addDoneCallback(f -> called.add(EventLoop.current()));
      future.complete("value");
      await(sleep(ZERO));
      return EventLoop.current();
    }));

    assertThat(called).containsExactly(loop);
  }

  @Test
  void a_done_callback_with_no_loop_to_run_on_is_refused() {
    var future = new AsyncFuture<String>();

    assertThatThrownBy(() -> future.addDoneCallback(f -> {}))
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessage("addDoneCallback() on AsyncFuture[pending] has no loop to call back on; "
            + "call it in a coroutine, or use whenComplete");
  }

  @Test
  void done_callbacks_that_come_too_late_for_their_loop_are_reported() {
    var trace = new ArrayList<String>();
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

  // ---- the rest

  @Test
  void completed_and_failed_futures_are_awaitables() {
    AsyncFuture<String> completed = AsyncFuture.completedFuture("value");
    AsyncFuture<String> failed = AsyncFuture.failedFuture(new IllegalStateException("no"));

    assertThat(completed.resultNow()).isEqualTo("value");
    assertThat(failed.exceptionNow()).hasMessage("no");
  }

  @Test
  void it_says_what_state_it_is_in() {
    assertThat(pending()).hasToString("AsyncFuture[pending]");
    assertThat(succeeded("x")).hasToString("AsyncFuture[done]");
    assertThat(cancelled("why")).hasToString("AsyncFuture[cancelled]");
    AsyncFuture<String> failed = failed(new IllegalStateException("no"));
    assertThat(failed).hasToString("AsyncFuture[failed: java.lang.IllegalStateException: no]");
    assertThat(failed.exceptionNow()).hasMessage("no"); // or the next test may find it reported
  }
}
