package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.waitFor;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WaitForTest {

  private final List<String> trace = new ArrayList<>();
  private final TestClock clock = new TestClock();
  private final Runner runner = Runner.builder().clock(clock).build();

  /** In every scenario main is left with no request, at the time it expects. */
  private void scenario(Duration end, AsyncAction body) {
    runner.run(async(() -> {
      await(async(body));
      assertThat(currentTask().cancelling()).isZero();
      assertThat(EventLoop.current().time()).isEqualTo(end);
    }));
  }

  @AfterEach
  void nothing_is_left() {
    runner.close();
    assertThat(clock.alarms()).isZero();
  }

  private static Coroutine<String> slow() {
    return async(() -> {
      await(sleep(ofHours(1)));
      return "slow";
    });
  }

  @Test
  void work_that_ends_in_time_gives_its_result() {
    scenario(ofHours(1), () -> assertThat(await(waitFor(slow(), ofHours(2)))).isEqualTo("slow"));
  }

  @Test
  void work_that_does_not_end_in_time_is_cancelled_and_a_timeout_thrown() {
    scenario(ofMinutes(1), () -> {
      Task<String> task = createTask(slow());
      assertThatThrownBy(() -> await(waitFor(task, ofMinutes(1))))
          .isExactlyInstanceOf(AsyncTimeoutException.class)
          .hasMessage("timed out after PT1M")
          .hasCauseInstanceOf(CancellationException.class);
      assertThat(task).isCancelled();
    });
  }

  @Test
  void a_plain_future_and_a_coroutine_time_out_as_well() {
    scenario(ofMinutes(2), () -> {
      var future = new AsyncFuture<String>();
      for (Awaitable<String> work : List.of(future, slow())) {
        assertThatThrownBy(() -> await(waitFor(work, ofMinutes(1))))
            .isExactlyInstanceOf(AsyncTimeoutException.class);
      }
      assertThat(future).isCancelled();
    });
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-1S"})
  void with_no_time_at_all_a_coroutine_does_not_start(Duration none) { // T22
    scenario(ZERO, () -> {
      Coroutine<Boolean> coroutine = async(() -> trace.add("started"));
      assertThatThrownBy(() -> await(waitFor(coroutine, none)))
          .isExactlyInstanceOf(AsyncTimeoutException.class)
          .hasMessage("timed out after " + none);
      assertThat(Async.allTasks()).containsExactly(currentTask());
    });
    assertThat(trace).isEmpty();
  }

  @Test
  void with_no_time_at_all_what_is_done_gives_its_outcome() { // T23
    var failure = new IllegalStateException("broken");
    scenario(ZERO, () -> {
      assertThat(await(waitFor(AsyncFuture.completedFuture("value"), ZERO))).isEqualTo("value");
      assertThatThrownBy(() -> await(waitFor(AsyncFuture.failedFuture(failure), ZERO)))
          .isSameAs(failure)
          .hasNoSuppressedExceptions();
    });
  }

  @Test
  void with_no_time_at_all_a_task_is_cancelled_and_its_cleanup_awaited() {
    scenario(ofHours(2), () -> {
      Task<String> task = createTask(cleaningUp());
      await(sleep(ZERO));
      assertThatThrownBy(() -> await(waitFor(task, ZERO)))
          .isExactlyInstanceOf(AsyncTimeoutException.class);
      assertThat(task).isCancelled();
    });
    assertThat(trace).containsExactly("cleaned up");
  }

  private Coroutine<String> cleaningUp() {
    return async(() -> {
      try {
        return await(slow());
      } finally {
        await(sleep(ofHours(2)));
        trace.add("cleaned up");
      }
    });
  }

  @Test
  void with_no_time_at_all_work_that_swallows_its_cancellation_gives_its_value() {
    scenario(ofMinutes(1), () -> {
      Task<String> task = createTask(async(() -> {
        assertThatThrownBy(() -> await(slow())).isInstanceOf(CancellationException.class);
        await(sleep(ofMinutes(1)));
        return "swallowed";
      }));
      await(sleep(ZERO));
      assertThat(await(waitFor(task, ZERO))).isEqualTo("swallowed");
    });
  }

  @Test
  void with_no_time_at_all_an_error_of_the_cleanup_comes_out_with_the_timeout_suppressed_in_it() {
    var failure = new IllegalStateException("cleanup broke");
    scenario(ZERO, () -> {
      Task<String> task = createTask(async(() -> {
        try {
          return await(slow());
        } finally {
          throwIt(failure);
        }
      }));
      await(sleep(ZERO));
      assertThatThrownBy(() -> await(waitFor(task, ZERO)))
          .isSameAs(failure)
          .hasSuppressedException(new AsyncTimeoutException("timed out after PT0S"));
    });
  }

  @Test
  void with_no_time_at_all_a_cancel_of_the_caller_ends_the_wait_but_not_the_cleanup() {
    scenario(ofHours(2), () -> {
      Task<String> work = createTask(cleaningUp());
      Task<String> caller = createTask(async(() -> await(waitFor(work, ZERO))));
      await(sleep(ZERO));
      await(sleep(ZERO));
      caller.cancel("why");
      assertThatThrownBy(() -> await(caller)).hasMessage("why");
      assertThat(EventLoop.current().time()).isEqualTo(ZERO);
      assertThat(CleanRun.waiters(work)).isZero();
      assertThat(work.cancelling()).isEqualTo(1);
      assertThatThrownBy(() -> await(work)).hasMessage("timed out after PT0S");
    });
    assertThat(trace).containsExactly("cleaned up");
  }

  @Test
  void with_no_time_at_all_the_waiting_task_says_what_it_waits_for() {
    scenario(ofHours(2), () -> {
      currentTask().setName("main");
      Task<String> work = createTask(cleaningUp(), "work");
      await(sleep(ZERO));
      Task<?> main = currentTask();
      EventLoop.current().execute(() -> trace.add(main.toString()));
      assertThatThrownBy(() -> await(waitFor(work, ZERO)))
          .isExactlyInstanceOf(AsyncTimeoutException.class);
    });
    assertThat(trace)
        .containsExactly(
            "Task[name=main, suspended on waitFor(Task[name=work, ready, 1 cancel request], PT0S)]",
            "cleaned up");
  }

  @Test
  void a_coroutine_runs_in_the_callers_task() { // T24
    scenario(ZERO, () -> {
      Task<?> inside = await(waitFor(async(() -> currentTask()), ofHours(1)));
      assertThat(inside).isSameAs(currentTask());
    });
  }

  @Test
  void work_that_swallows_its_cancellation_gives_its_value() { // T25
    scenario(ofMinutes(1), () -> {
      String value = await(waitFor(
          async(() -> {
            assertThatThrownBy(() -> await(slow())).isInstanceOf(CancellationException.class);
            return "swallowed";
          }),
          ofMinutes(1)));
      assertThat(value).isEqualTo("swallowed");
    });
  }

  @Test
  void the_caller_waits_for_the_cleanup() { // T26
    scenario(ofMinutes(121), () -> {
      assertThatThrownBy(() -> await(waitFor(cleaningUp(), ofMinutes(1))))
          .isExactlyInstanceOf(AsyncTimeoutException.class);
      trace.add("went on");
    });
    assertThat(trace).containsExactly("cleaned up", "went on");
  }

  @Test
  void an_error_of_the_cleanup_comes_out_with_the_timeout_suppressed_in_it() { // T18
    var failure = new IllegalStateException("cleanup broke");
    scenario(
        ofMinutes(1),
        () -> assertThatThrownBy(() -> await(waitFor(
                async(() -> {
                  try {
                    return await(slow());
                  } finally {
                    throwIt(failure);
                  }
                }),
                ofMinutes(1))))
            .isSameAs(failure)
            .hasSuppressedException(new AsyncTimeoutException("timed out after PT1M")));
  }

  private static void throwIt(RuntimeException failure) {
    throw failure;
  }

  @Test
  void the_shorter_of_two_nested_limits_decides() { // T11, T12
    scenario(ofMinutes(2), () -> {
      assertThatThrownBy(() -> await(waitFor(waitFor(slow(), ofMinutes(5)), ofMinutes(1))))
          .isExactlyInstanceOf(AsyncTimeoutException.class)
          .hasMessage("timed out after PT1M");
      assertThatThrownBy(() -> await(waitFor(waitFor(slow(), ofMinutes(1)), ofMinutes(5))))
          .isExactlyInstanceOf(AsyncTimeoutException.class)
          .hasMessage("timed out after PT1M");
    });
  }

  @Test
  void of_two_limits_that_pass_at_once_the_outer_one_is_reported() { // T13
    scenario(ofMinutes(1), () -> {
      Coroutine<String> inner = async(() -> {
        try {
          return await(waitFor(slow(), ofMinutes(1)));
        } catch (CancellationException e) {
          trace.add("inner cancelled");
          throw e;
        }
      });
      assertThatThrownBy(() -> await(waitFor(inner, ofMinutes(1))))
          .isExactlyInstanceOf(AsyncTimeoutException.class);
    });
    assertThat(trace).containsExactly("inner cancelled");
  }

  @Test
  void a_cancel_of_the_caller_cancels_the_work_and_is_no_timeout() {
    scenario(ofMinutes(1), () -> {
      Task<String> work = createTask(slow());
      Task<String> caller = createTask(async(() -> await(waitFor(work, ofHours(2)))));
      await(sleep(ofMinutes(1)));
      caller.cancel("why");
      assertThatThrownBy(() -> await(caller)).hasMessage("why");
      assertThat(work).isCancelled();
    });
  }

  @Test
  void a_cancel_at_the_very_time_of_the_timeout_is_not_swallowed_by_it() { // T14
    for (boolean before : new boolean[] {true, false}) {
      runner.run(async(() -> {
        EventLoop loop = EventLoop.current();
        var caller = new ArrayList<Task<String>>();
        Runnable cancel = () -> caller.get(0).cancel("outside");
        if (before) {
          loop.schedule(ofMinutes(1), cancel);
        }
        caller.add(createTask(async(() -> await(waitFor(slow(), ofMinutes(1))))));
        await(sleep(ZERO));
        if (!before) {
          loop.schedule(ofMinutes(1), cancel);
        }
        assertThatThrownBy(() -> await(caller.get(0))).isInstanceOf(CancellationException.class);
        assertThat(caller.get(0)).isCancelled();
        assertThat(caller.get(0).cancelling()).isEqualTo(1);
      }));
    }
  }

  @Test
  void a_limit_beyond_all_time_never_passes() {
    scenario(
        ofHours(1),
        () -> assertThat(await(waitFor(slow(), Duration.ofSeconds(Long.MAX_VALUE))))
            .isEqualTo("slow"));
  }
}
