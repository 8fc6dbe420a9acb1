package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.retry;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.waitFor;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class RetryTest {

  private final List<Duration> begun = new ArrayList<>();
  private final List<Exception> failures = new ArrayList<>();

  /** Fails so often, each time with a new exception. */
  private AsyncBody<String> failing(int times) {
    return () -> {
      begun.add(EventLoop.current().time());
      if (begun.size() <= times) {
        var failure = new IOException("attempt " + begun.size());
        failures.add(failure);
        throw failure;
      }
      return "attempt " + begun.size();
    };
  }

  // ---- how often, and when

  @Test
  void it_tries_until_an_attempt_succeeds() {
    CleanRun.of(() -> {
      assertThat(await(retry(RetryPolicy.attempts(3), failing(2)))).isEqualTo("attempt 3");
      assertThat(await(retry(RetryPolicy.attempts(1), failing(0)))).isEqualTo("attempt 4");
    });
    assertThat(begun).containsExactly(ZERO, ZERO, ZERO, ZERO);
  }

  @Test
  void the_last_failure_is_thrown() {
    CleanRun.of(() -> {
      assertThatThrownBy(() -> await(retry(RetryPolicy.attempts(3), failing(9))))
          .hasMessage("attempt 3")
          .hasNoSuppressedExceptions();
    });
    assertThat(begun).hasSize(3);
  }

  @Test
  void a_body_may_give_no_value_but_no_coroutine() {
    CleanRun.of(() -> {
      AsyncAction action = () -> {
        begun.add(ZERO);
        if (begun.size() < 3) {
          throw new IOException();
        }
      };
      assertThat(await(retry(RetryPolicy.attempts(3), action))).isNull();
      assertThat(begun).hasSize(3);
      Coroutine<Coroutine<Void>> forgotten =
          retry(RetryPolicy.attempts(3), () -> sleep(ofMinutes(1)));
      assertThatThrownBy(() -> await(forgotten))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the body of retry() gave Coroutine[sleep(PT1M), dropped] instead of"
              + " awaiting it; write () -> await(...)");
    });
  }

  @Test
  void others_have_a_turn_between_two_attempts() {
    var trace = new ArrayList<String>();
    CleanRun.of(() -> {
      Task<Void> other = createTask(async(() -> {
        for (int i = 0; i < 2; i++) {
          trace.add("other");
          await(sleep(ZERO));
        }
      }));
      assertThatThrownBy(() -> await(retry(RetryPolicy.attempts(2), () -> {
            trace.add("attempt");
            throw new IOException();
          })))
          .isInstanceOf(IOException.class);
      await(other);
    });
    assertThat(trace).startsWith("attempt", "other", "attempt");
  }

  @Test
  void pauses_are_as_the_policy_says() {
    CleanRun.of(() -> {
      await(retry(RetryPolicy.attempts(3).withDelay(ofSeconds(2)), failing(2)));
    });
    assertThat(begun).containsExactly(ZERO, ofSeconds(2), ofSeconds(4));
  }

  @Test
  void pauses_double_up_to_the_longest() {
    CleanRun.of(() -> {
      await(retry(RetryPolicy.attempts(6).withBackoff(ofSeconds(1), ofSeconds(5)), failing(5)));
    });
    assertThat(begun)
        .containsExactly(
            ZERO, ofSeconds(1), ofSeconds(3), ofSeconds(7), ofSeconds(12), ofSeconds(17));
  }

  @Test
  void pauses_do_not_overflow() {
    RetryPolicy policy =
        RetryPolicy.attempts(1_000).withBackoff(Duration.ofNanos(1), ofHours(1_000_000));
    assertThat(policy.pauseAfter(1)).isEqualTo(Duration.ofNanos(1));
    assertThat(policy.pauseAfter(11)).isEqualTo(Duration.ofNanos(1024));
    assertThat(policy.pauseAfter(62)).isEqualTo(Duration.ofNanos(1L << 61));
    assertThat(policy.pauseAfter(999)).isEqualTo(ofHours(1_000_000));
    RetryPolicy longest = RetryPolicy.attempts(9).withDelay(Duration.ofSeconds(Long.MAX_VALUE));
    assertThat(longest.pauseAfter(5)).isGreaterThan(Duration.ofDays(365 * 100));
  }

  @Test
  void jitter_draws_each_pause_from_nothing_to_the_whole() {
    RetryPolicy policy =
        RetryPolicy.attempts(9).withBackoff(ofSeconds(1), ofSeconds(4)).withJitter(new Random(42));
    assertThat(policy.pauseAfter(1)).isBetween(ZERO, ofSeconds(1));
    var pauses = new ArrayList<Duration>();
    for (int i = 0; i < 1_000; i++) {
      pauses.add(policy.pauseAfter(3));
    }
    assertThat(pauses).allSatisfy(pause -> assertThat(pause).isBetween(ZERO, ofSeconds(4)));
    assertThat(pauses).anyMatch(pause -> pause.compareTo(ofMillis(100)) < 0);
    assertThat(pauses).anyMatch(pause -> pause.compareTo(ofMillis(3900)) > 0);
    assertThat(RetryPolicy.attempts(2).withDelay(ofSeconds(1)).withJitter().pauseAfter(1))
        .isBetween(ZERO, ofSeconds(1));
    assertThat(RetryPolicy.attempts(2).withJitter().pauseAfter(1)).isZero();
  }

  // ---- after which failures

  @Test
  void errors_are_not_tried_again_after_unless_the_policy_says_so() {
    CleanRun.of(() -> {
      var error = new AssertionError("no");
      AsyncBody<String> body = () -> {
        begun.add(ZERO);
        throw error;
      };
      assertThatThrownBy(() -> await(retry(RetryPolicy.attempts(3), body))).isSameAs(error);
      assertThat(begun).hasSize(1);
      RetryPolicy any = RetryPolicy.attempts(3).retryIf(failure -> true);
      assertThatThrownBy(() -> await(retry(any, body))).isSameAs(error);
      assertThat(begun).hasSize(4);
    });
  }

  @Test
  void the_predicate_decides_and_is_not_asked_about_the_last() {
    var asked = new ArrayList<Throwable>();
    RetryPolicy policy = RetryPolicy.attempts(3).retryIf(asked::add);
    CleanRun.of(() -> {
      assertThatThrownBy(() -> await(retry(policy, failing(9)))).hasMessage("attempt 3");
      assertThat(asked).isEqualTo(failures.subList(0, 2));
      RetryPolicy never = RetryPolicy.attempts(3).retryIf(failure -> false);
      assertThatThrownBy(() -> await(retry(never, failing(9)))).hasMessage("attempt 4");
    });
  }

  @Test
  void what_the_predicate_throws_ends_it_with_the_failure_suppressed() {
    var refusal = new IllegalStateException("cannot tell");
    RetryPolicy policy = RetryPolicy.attempts(3).withTimeout(ofHours(1)).retryIf(failure -> {
      throw refusal;
    });
    CleanRun.of(() -> {
      assertThatThrownBy(() -> await(retry(policy, failing(9)))).isSameAs(refusal);
    });
    assertThat(refusal).hasSuppressedException(failures.get(0));
  }

  // ---- cancellation

  @Test
  void a_cancellation_is_never_tried_again() {
    RetryPolicy policy = RetryPolicy.attempts(3).retryIf(failure -> true);
    CleanRun.of(() -> {
      assertThatThrownBy(() -> await(retry(policy, () -> {
            begun.add(ZERO);
            throw new CancellationException("own");
          })))
          .hasMessage("own");
    });
    assertThat(begun).hasSize(1);
  }

  @Test
  void cancelling_the_attempt_or_the_pause_ends_it() {
    RetryPolicy policy = RetryPolicy.attempts(9).withDelay(ofHours(1)).retryIf(failure -> true);
    CleanRun.of(() -> {
      Task<String> pausing = createTask(retry(policy, failing(9)));
      await(sleep(ofMinutes(90)));
      pausing.cancel("pause");
      assertThatThrownBy(() -> await(pausing)).hasMessage("pause");
      Task<Void> trying = createTask(retry(policy, () -> {
        begun.add(ZERO);
        return await(sleep(ofHours(9)));
      }));
      await(sleep(ofMinutes(1)));
      trying.cancel("attempt");
      assertThatThrownBy(() -> await(trying)).hasMessage("attempt");
    });
    assertThat(begun).hasSize(3);
  }

  @Test
  void an_attempt_that_makes_a_failure_of_its_cancellation_is_not_tried_again() {
    RetryPolicy policy = RetryPolicy.attempts(3).retryIf(failure -> true);
    CleanRun.of(() -> {
      Task<String> trying = createTask(retry(policy, () -> {
        begun.add(ZERO);
        try {
          await(sleep(ofHours(1)));
          return "late";
        } catch (CancellationException cancelled) {
          throw new IOException("connection lost");
        }
      }));
      await(sleep(ZERO));
      trying.cancel();
      assertThatThrownBy(() -> await(trying)).hasMessage("connection lost");
    });
    assertThat(begun).hasSize(1);
  }

  @Test
  void requests_from_before_do_not_keep_it_from_trying() {
    CleanRun.of(() -> {
      Task<String> task = createTask(async(() -> {
        try {
          await(sleep(ofHours(1)));
          return "late";
        } catch (CancellationException cancelled) {
          return await(retry(RetryPolicy.attempts(3), failing(2)));
        }
      }));
      await(sleep(ZERO));
      task.cancel();
      assertThat(await(task)).isEqualTo("attempt 3");
    });
  }

  @Test
  void a_timeout_within_an_attempt_is_a_failure_as_others_are() {
    CleanRun.of(() -> {
      AsyncBody<String> slow = () -> {
        begun.add(EventLoop.current().time());
        return await(waitFor(
            async(() -> {
              await(sleep(begun.size() < 3 ? ofHours(1) : ZERO));
              return "in time";
            }),
            ofSeconds(1)));
      };
      assertThat(await(retry(RetryPolicy.attempts(5), slow))).isEqualTo("in time");
      assertThat(begun).containsExactly(ZERO, ofSeconds(1), ofSeconds(2));
      assertThat(currentTask().cancelling()).isZero();
    });
  }

  @Test
  void one_that_was_asked_to_end_just_before_does_not_try_again() {
    CleanRun.of(() -> {
      Task<String> task = createTask(async(() -> {
        currentTask().cancel();
        return await(retry(RetryPolicy.attempts(3), () -> {
          begun.add(ZERO);
          try {
            await(sleep(ofHours(1)));
            return "late";
          } catch (CancellationException cancelled) {
            throw new IOException("connection lost");
          }
        }));
      }));
      assertThatThrownBy(() -> await(task)).hasMessage("connection lost");
    });
    assertThat(begun).hasSize(1);
  }

  @Test
  void a_generator_that_throws_ends_it_with_the_failure_suppressed_and_leaves_no_timer() {
    var refusal = new IllegalStateException("no lots left");
    RetryPolicy policy = RetryPolicy.attempts(3)
        .withDelay(ofSeconds(1))
        .withTimeout(ofMinutes(1))
        .withJitter(() -> {
          throw refusal;
        });
    CleanRun.of(() -> {
      assertThatThrownBy(() -> await(retry(policy, failing(9)))).isSameAs(refusal);
      await(sleep(ofHours(1)));
    });
    assertThat(refusal).hasSuppressedException(failures.get(0));
  }

  // ---- the limit to all

  @Test
  void the_limit_cuts_an_attempt_short_and_keeps_the_failure_before() {
    RetryPolicy policy = RetryPolicy.attempts(9).withTimeout(ofMinutes(3));
    CleanRun.of(() -> {
      assertThatThrownBy(() -> await(retry(policy, () -> {
            begun.add(EventLoop.current().time());
            await(sleep(ofMinutes(2)));
            throw new IOException("attempt " + begun.size());
          })))
          .isInstanceOf(AsyncTimeoutException.class)
          .hasMessage("timed out after PT3M")
          .hasCauseInstanceOf(CancellationException.class)
          .satisfies(timeout -> assertThat(timeout.getSuppressed())
              .singleElement()
              .extracting(Throwable::getMessage)
              .isEqualTo("attempt 1"));
      assertThat(EventLoop.current().time()).isEqualTo(ofMinutes(3));
      assertThat(currentTask().cancelling()).isZero();
    });
    assertThat(begun).containsExactly(ZERO, ofMinutes(2));
  }

  @Test
  void a_pause_for_which_there_is_no_time_is_not_made() {
    RetryPolicy policy = RetryPolicy.attempts(9).withDelay(ofMinutes(2)).withTimeout(ofMinutes(3));
    CleanRun.of(() -> {
      assertThatThrownBy(() -> await(retry(policy, failing(9)))).hasMessage("attempt 2");
      assertThat(EventLoop.current().time()).isEqualTo(ofMinutes(2));
    });
  }

  @Test
  void a_success_within_the_limit_leaves_no_timer() {
    CleanRun.of(() -> {
      assertThat(await(retry(RetryPolicy.attempts(3).withTimeout(ofHours(1)), failing(2))))
          .isEqualTo("attempt 3");
    });
  }

  // ---- bad input, and what it shows

  @Test
  void bad_policies_are_refused() {
    assertThatThrownBy(() -> RetryPolicy.attempts(0))
        .hasMessage("max must be at least 1, but was 0; the first attempt counts");
    RetryPolicy policy = RetryPolicy.attempts(2);
    assertThatThrownBy(() -> policy.withDelay(ofSeconds(-1)))
        .hasMessage("pause must not be negative, but was PT-1S");
    assertThatThrownBy(() -> policy.withBackoff(ofSeconds(-1), ofSeconds(1)))
        .hasMessage("firstPause must not be negative, but was PT-1S");
    assertThatThrownBy(() -> policy.withBackoff(ofSeconds(2), ofSeconds(1)))
        .hasMessage("longestPause must not be less than firstPause, but was PT1S after PT2S");
    assertThatThrownBy(() -> policy.withTimeout(ZERO))
        .hasMessage("total must be more than zero, but was PT0S; no attempt fits into that");
  }

  @Test
  void a_policy_shows_itself() {
    assertThat(RetryPolicy.attempts(1)).hasToString("RetryPolicy[1 attempt]");
    assertThat(RetryPolicy.attempts(5)
            .withBackoff(ofMillis(100), ofSeconds(5))
            .withJitter()
            .withTimeout(ofSeconds(30)))
        .hasToString("RetryPolicy[5 attempts, PT0.1S to PT5S between, with jitter, PT30S in all]");
    assertThat(retry(RetryPolicy.attempts(2).withDelay(ofSeconds(1)), failing(1)))
        .hasToString("Coroutine[retry(RetryPolicy[2 attempts, PT1S between]), not started]");
  }
}
