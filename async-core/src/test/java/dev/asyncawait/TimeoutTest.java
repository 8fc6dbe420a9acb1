package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.timeout;
import static dev.asyncawait.Async.timeoutAt;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimeoutTest extends LoopFixture {

  private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();

  private final List<String> trace = new ArrayList<>();

  private static void assertTimedOut(String message, Coroutine<?> block) {
    assertThatThrownBy(() -> await(block))
        .isExactlyInstanceOf(AsyncTimeoutException.class)
        .hasMessage(message)
        .hasCauseInstanceOf(CancellationException.class)
        .hasNoSuppressedExceptions();
  }

  @Test
  void a_block_that_ends_in_time_gives_its_value_and_is_not_heard_of_again() {
    scenario(ofHours(2), () -> {
      Timeout limit = timeout(ofHours(1));
      String value = await(limit.run(() -> {
        await(sleep(ofMinutes(1)));
        return "value";
      }));
      assertThat(value).isEqualTo("value");
      await(sleep(ofMinutes(119)));
      assertThat(limit.expired()).isFalse();
    });
  }

  @Test
  void a_block_that_does_not_is_cancelled() {
    scenario(ofMinutes(1), () -> {
      Timeout limit = timeout(ofMinutes(1));
      assertTimedOut("timed out after PT1M", limit.run(() -> {
        try {
          await(sleep(ofHours(1)));
        } catch (CancellationException e) {
          trace.add(e.getMessage() + ", expired: " + limit.expired());
          throw e;
        }
      }));
      assertThat(limit.expired()).isTrue();
      await(sleep(ZERO));
    });
    assertThat(trace).containsExactly("timed out after PT1M, expired: true");
  }

  @Test
  void the_time_counts_from_when_it_was_made() {
    scenario(ofMinutes(3), () -> {
      Timeout limit = timeout(ofMinutes(3));
      assertThat(limit.when()).isEqualTo(ofMinutes(3));
      await(sleep(ofMinutes(2)));
      assertTimedOut("timed out after PT3M", limit.run(() -> await(sleep(ofHours(1)))));
    });
  }

  @Test
  void a_deadline_is_a_time_of_the_loop() {
    Timeout limit = timeoutAt(ofMinutes(3)); // no loop is needed
    scenario(ofMinutes(3), () -> {
      await(sleep(ofMinutes(2)));
      assertThat(limit.when()).isEqualTo(ofMinutes(3));
      assertTimedOut("timed out at loop time PT3M", limit.run(() -> await(sleep(ofHours(1)))));
    });
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-1S", "PT-2562047788015215H"})
  void with_no_time_a_block_that_never_suspends_completes(Duration none) { // T15
    scenario(ZERO, () -> {
      for (Timeout limit : List.of(timeout(none), timeoutAt(none))) {
        assertThat(await(limit.run(() -> "value"))).isEqualTo("value");
        assertThat(limit.expired()).isFalse();
        await(sleep(ZERO));
      }
    });
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-1S", "PT-2562047788015215H"})
  void with_no_time_a_block_is_cut_short_where_it_suspends(Duration none) { // T16
    scenario(ZERO, () -> {
      assertTimedOut("timed out after " + none, timeout(none).run(() -> await(sleep(ZERO))));
      assertTimedOut(
          "timed out at loop time " + none, timeoutAt(none).run(() -> await(sleep(ZERO))));
    });
  }

  @Test
  void one_that_is_never_due_sets_no_timer() {
    scenario(ZERO, () -> {
      Timeout limit = timeout(FOREVER);
      assertThat(limit.when()).isEqualTo(FOREVER);
      await(limit.run(() -> {
        assertThat(clock.alarms()).isZero();
        limit.reschedule(ofMinutes(1));
        assertThat(clock.alarms()).isOne();
        limit.reschedule(FOREVER);
        await(sleep(ZERO));
      }));
      await(timeoutAt(FOREVER).run(() -> await(sleep(ZERO))));
      await(timeout(Duration.ofSeconds(Long.MAX_VALUE)).run(() -> {}));
    });
  }

  @Test
  void a_deadline_can_be_moved() {
    scenario(ofMinutes(12), () -> {
      Timeout later = timeout(ofMinutes(1));
      await(later.run(() -> {
        later.reschedule(ofMinutes(9));
        await(sleep(ofMinutes(2)));
      }));
      assertThat(later.when()).isEqualTo(ofMinutes(9));
      Timeout sooner = timeout(ofHours(9));
      assertTimedOut("timed out at loop time PT12M", sooner.run(() -> {
        sooner.reschedule(ofMinutes(12));
        await(sleep(ofHours(1)));
      }));
    });
  }

  @Test
  void a_deadline_can_be_moved_by_another_task_and_into_the_past() {
    scenario(ofMinutes(1), () -> {
      Timeout limit = timeout(ofHours(9));
      EventLoop.current().schedule(ofMinutes(1), () -> limit.reschedule(ZERO));
      assertTimedOut("timed out at loop time PT0S", limit.run(() -> await(sleep(ofHours(1)))));
    });
  }

  @Test
  void a_deadline_that_is_due_already_but_not_dealt_with_can_be_moved() {
    scenario(ofHours(1), () -> {
      Timeout limit = timeout(ofMinutes(1));
      EventLoop.current().schedule(ofMinutes(1), () -> limit.reschedule(ofHours(2)));
      await(limit.run(() -> await(sleep(ofHours(1)))));
      assertThat(limit.expired()).isFalse();
    });
  }

  @Test
  void it_can_be_moved_only_while_it_is_active() { // T19
    scenario(ofMinutes(1), () -> {
      Timeout limit = timeout(ofMinutes(1));
      assertThatThrownBy(() -> limit.reschedule(ZERO))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "Timeout[not entered, due at PT1M] cannot be rescheduled yet; do it in the body "
                  + "that is given to run()");
      assertTimedOut("timed out after PT1M", limit.run(() -> {
        try {
          await(sleep(ofHours(1)));
        } finally {
          assertThatThrownBy(() -> limit.reschedule(ZERO))
              .isInstanceOf(IllegalStateException.class)
              .hasMessage("Timeout[expiring] cannot be rescheduled any more; make a new one with "
                  + "timeout()");
        }
      }));
      assertThatThrownBy(() -> limit.reschedule(ZERO))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("Timeout[expired] cannot");
      Timeout ended = timeout(ofMinutes(1));
      await(ended.run(() -> {}));
      assertThatThrownBy(() -> ended.reschedule(ZERO))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("Timeout[ended] cannot");
      assertThat(ended.when()).isEqualTo(ofMinutes(2));
    });
  }

  @Test
  void it_can_be_moved_on_its_own_loop_only() {
    scenario(ZERO, () -> {
      Timeout limit = timeout(ofMinutes(1));
      await(limit.run(() -> {
        await(Async.toThread(() -> {
          assertThatThrownBy(() -> limit.reschedule(ZERO))
              .isInstanceOf(IllegalStateException.class)
              .hasMessage(
                  "reschedule() on Timeout[active, due at PT1M] must be called on its own loop; "
                      + "use EventLoop.execute to get there");
          assertThat(limit.when()).isEqualTo(ofMinutes(1));
          assertThat(limit.expired()).isFalse();
        }));
      }));
    });
  }

  @Test
  void it_is_entered_once() { // T19
    scenario(ZERO, () -> {
      Timeout limit = timeout(ofMinutes(1));
      Coroutine<?> second = limit.run(() -> trace.add("second"));
      await(limit.run(() -> assertThatThrownBy(() -> await(limit.run(() -> {})))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "Timeout[active, due at PT1M] was entered before; make a new one with timeout() "
                  + "for each block")));
      assertThatThrownBy(() -> await(second))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("Timeout[ended] was entered before");
    });
    assertThat(trace).isEmpty();
  }

  @Test
  void it_needs_the_loop_whose_clock_it_goes_by() {
    assertThatThrownBy(() -> timeout(ZERO))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("timeout() was called where no event loop runs; wrap the code in "
            + "Async.run(async(() -> ...))");
    scenario(ZERO, () -> {
      Timeout limit = timeout(ofMinutes(1));
      String own = EventLoop.current().name();
      Task<?> other = Async.start(limit.run(() -> {}));
      assertThatThrownBy(() -> await(other))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageMatching(
              "Timeout\\[not entered, due at PT1M] goes by the clock of EventLoop\\["
                  + own
                  + ", 1 task] and cannot be entered on EventLoop\\[loop-\\d+, 1 task]; make it where "
                  + "its block is awaited");
      await(limit.run(() -> {}));
    });
  }

  @Test
  void a_cancellation_by_somebody_else_is_no_timeout() {
    scenario(ofMinutes(1), () -> {
      Timeout limit = timeout(ofHours(1));
      Task<?> task = createTask(limit.run(() -> await(sleep(ofHours(2)))));
      await(sleep(ofMinutes(1)));
      task.cancel("why");
      assertThatThrownBy(() -> await(task))
          .isInstanceOf(CancellationException.class)
          .hasMessage("why");
      assertThat(limit.expired()).isFalse();
      assertThat(task.cancelling()).isEqualTo(1);
    });
  }

  @Test
  void a_cancellation_by_somebody_else_as_well_wins() { // T14
    for (boolean before : new boolean[] {true, false}) {
      runner.run(async(() -> {
        EventLoop loop = EventLoop.current();
        Timeout limit = timeout(ofMinutes(1));
        Task<?> task = createTask(limit.run(() -> await(sleep(ofHours(2)))));
        if (before) {
          loop.schedule(ofMinutes(1), () -> task.cancel("why"));
        }
        await(sleep(ZERO));
        if (!before) {
          loop.schedule(ofMinutes(1), () -> task.cancel("why"));
        }
        assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
        assertThat(limit.expired()).isTrue();
        assertThat(task.cancelling()).isEqualTo(1);
      }));
    }
  }

  @Test
  void a_cancellation_before_it_is_entered_never_enters_it() {
    scenario(ZERO, () -> {
      Timeout limit = timeout(ZERO);
      Task<?> task = createTask(limit.run(() -> trace.add("body")));
      task.cancel();
      assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
      assertThat(limit).hasToString("Timeout[not entered, due at PT0S]");
    });
    assertThat(trace).isEmpty();
  }

  @Test
  void in_the_cleanup_of_a_cancelled_task_it_works_as_ever() {
    scenario(ofMinutes(2), () -> {
      Task<?> task = createTask(async(() -> {
        try {
          await(sleep(ofHours(1)));
        } finally {
          assertTimedOut(
              "timed out after PT1M", timeout(ofMinutes(1)).run(() -> await(sleep(ofHours(1)))));
          assertThat(currentTask().cancelling()).isEqualTo(1);
          await(sleep(ofMinutes(1)));
          trace.add("cleaned up");
        }
      }));
      await(sleep(ZERO));
      task.cancel("why");
      assertThatThrownBy(() -> await(task)).hasMessage("why");
    });
    assertThat(trace).containsExactly("cleaned up");
  }

  @Test
  void a_cancellation_that_is_swallowed_makes_no_error() { // T17
    scenario(ofMinutes(1), () -> {
      Timeout limit = timeout(ofMinutes(1));
      String value = await(limit.run(() -> {
        assertThatThrownBy(() -> await(sleep(ofHours(1))))
            .isInstanceOf(CancellationException.class);
        return "value";
      }));
      assertThat(value).isEqualTo("value");
      assertThat(limit.expired()).isTrue();
    });
  }

  @Test
  void another_error_comes_out_with_the_timeout_suppressed_in_it() { // T18
    var failure = new IllegalStateException("cleanup broke");
    scenario(ofMinutes(1), () -> {
      Timeout limit = timeout(ofMinutes(1));
      assertThatThrownBy(() -> await(limit.run(() -> {
            try {
              await(sleep(ofHours(1)));
            } catch (CancellationException e) {
              throw failure;
            }
          })))
          .isSameAs(failure)
          .hasSuppressedException(new AsyncTimeoutException("timed out after PT1M"));
      assertThat(limit.expired()).isTrue();
    });
  }

  @Test
  void an_error_that_takes_no_others_has_the_timeout_reported() {
    var closed = new RuntimeException("takes none", null, false, false) {};
    try (var log = new CapturedLog()) {
      scenario(
          ofMinutes(1),
          () -> assertThatThrownBy(() -> await(timeout(ofMinutes(1)).run(() -> {
                try {
                  await(sleep(ofHours(1)));
                } catch (CancellationException e) {
                  throw closed;
                }
              })))
              .isSameAs(closed));
      assertThat(log.exceptions())
          .singleElement()
          .isInstanceOf(AsyncTimeoutException.class)
          .hasToString("dev.asyncawait.AsyncTimeoutException: timed out after PT1M");
    }
  }

  @Test
  void an_error_in_time_comes_out_as_it_is() {
    var failure = new IllegalStateException("broken");
    scenario(ZERO, () -> {
      Timeout limit = timeout(ofMinutes(1));
      assertThatThrownBy(() -> await(limit.run(() -> {
            throw failure;
          })))
          .isSameAs(failure)
          .hasNoSuppressedExceptions();
      assertThat(limit.expired()).isFalse();
    });
  }

  @Test
  void the_shorter_of_two_nested_ones_decides() { // T11, T12
    scenario(ofMinutes(2), () -> {
      for (boolean outerFirst : new boolean[] {true, false}) {
        Timeout outer = timeout(ofMinutes(outerFirst ? 1 : 5));
        Timeout inner = timeout(ofMinutes(outerFirst ? 5 : 1));
        assertTimedOut("timed out after PT1M", outer.run(() -> {
          await(inner.run(() -> await(sleep(ofHours(1)))));
        }));
        assertThat(outer.expired()).isEqualTo(outerFirst);
        assertThat(inner.expired()).isEqualTo(!outerFirst);
      }
    });
  }

  @Test
  void around_a_group_in_a_block_of_a_group_it_ends_both() {
    scenario(ofMinutes(1), () -> {
      TaskGroup outer = taskGroup();
      TaskGroup inner = taskGroup();
      assertThatThrownBy(() -> await(outer.run(() -> {
            outer.createTask(traced("outer"));
            await(timeout(ofMinutes(1)).run(() -> {
              await(inner.run(() -> {
                inner.createTask(traced("inner"));
              }));
            }));
          })))
          .isExactlyInstanceOf(AsyncTimeoutException.class)
          .hasMessage("timed out after PT1M");
      assertThat(inner.failures()).isEmpty();
      assertThat(outer.failures()).singleElement().isExactlyInstanceOf(AsyncTimeoutException.class);
      await(sleep(ZERO));
    });
    assertThat(trace).containsExactly("inner cancelled", "outer cancelled");
  }

  private Coroutine<?> traced(String name) {
    return async(() -> {
      try {
        await(sleep(ofHours(1)));
      } finally {
        trace.add(name + " cancelled");
      }
    });
  }

  @Test
  void it_tells_its_state() {
    scenario(ofMinutes(1), () -> {
      Timeout limit = timeout(ofMinutes(1));
      assertThat(limit).hasToString("Timeout[not entered, due at PT1M]");
      Coroutine<?> block = limit.run(() -> {
        assertThat(limit).hasToString("Timeout[active, due at PT1M]");
        try {
          await(sleep(ofHours(1)));
        } finally {
          assertThat(limit).hasToString("Timeout[expiring]");
        }
      });
      assertThat(block.toString())
          .startsWith("Coroutine[Timeout[not entered, due at PT1M] around Coroutine[async body in "
              + getClass().getName());
      assertTimedOut("timed out after PT1M", block);
      assertThat(limit).hasToString("Timeout[expired]");
      Timeout ended = timeout(ofMinutes(1));
      await(ended.run(() -> {}));
      assertThat(ended).hasToString("Timeout[ended]");
    });
  }

  @Test
  void a_dependent_stage_that_throws_during_the_cancelling_harms_nothing() {
    var future = new AsyncFuture<String>();
    var dependent = future.handle((value, error) -> {
      throw new IllegalStateException("dependent broke");
    });
    scenario(
        ofMinutes(1),
        () ->
            assertTimedOut("timed out after PT1M", timeout(ofMinutes(1)).run(() -> await(future))));
    assertThat(dependent).isCompletedExceptionally();
  }

  @Test
  void in_an_abandoned_loop_it_lets_the_error_pass() throws Exception {
    var failures = new ArrayList<Throwable>();
    var unwound = new CountDownLatch(1);
    Runner bounded = Runner.builder()
        .closingGrace(Duration.ofMillis(20))
        .closingLimit(Duration.ofMillis(60))
        .build();
    try (var log = new CapturedLog()) {
      assertThatThrownBy(() -> {
            try (bounded) {
              bounded.run(async(() -> {
                createTask(async(() -> {
                  try {
                    await(timeout(Duration.ofMillis(1)).run(() -> await(stubborn())));
                  } catch (Throwable failure) {
                    failures.add(failure);
                    throw failure;
                  } finally {
                    unwound.countDown();
                  }
                }));
                await(sleep(Duration.ofMillis(10)));
              }));
            }
          })
          .isInstanceOf(AbandonedTasksException.class);
      assertThat(log.errors()).isNotEmpty();
    }
    assertThat(unwound.await(300, TimeUnit.SECONDS)).isTrue();
    assertThat(failures)
        .singleElement()
        .isInstanceOf(LoopClosedError.class)
        .satisfies(e -> assertThat(e.getSuppressed()).isEmpty());
  }
}
