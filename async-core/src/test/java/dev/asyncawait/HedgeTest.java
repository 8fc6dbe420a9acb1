package dev.asyncawait;

import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.hedge;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.waitFor;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class HedgeTest {

  private final List<String> trace = new ArrayList<>();
  private int begun;

  /** Each attempt takes so many minutes; one that takes less than none fails after as many. */
  private AsyncBody<String> attempts(int... minutes) {
    return () -> {
      int number = ++begun;
      int length = minutes[number - 1];
      trace.add(number + " at " + EventLoop.current().time());
      try {
        await(sleep(ofMinutes(Math.abs(length))));
      } catch (CancellationException cancelled) {
        await(sleep(ofSeconds(1)));
        trace.add(number + " cancelled");
        throw cancelled;
      }
      if (length < 0) {
        throw new IOException("attempt " + number);
      }
      return "attempt " + number;
    };
  }

  @Test
  void an_answer_in_time_needs_no_other_attempt() {
    CleanRun.of(() -> {
      assertThat(await(hedge(ofMinutes(2), 3, attempts(1)))).isEqualTo("attempt 1");
    });
    assertThat(trace).containsExactly("1 at PT0S");
  }

  @Test
  void each_attempt_begins_when_the_one_before_has_had_its_time() {
    CleanRun.of(() -> {
      assertThat(await(hedge(ofMinutes(2), 3, attempts(9, 8, 1)))).isEqualTo("attempt 3");
      assertThat(EventLoop.current().time()).isEqualTo(ofMinutes(5).plusSeconds(1));
    });
    assertThat(trace)
        .containsExactly("1 at PT0S", "2 at PT2M", "3 at PT4M", "1 cancelled", "2 cancelled");
  }

  @Test
  void the_first_may_still_win() {
    CleanRun.of(() -> {
      assertThat(await(hedge(ofMinutes(2), 9, attempts(3, 8)))).isEqualTo("attempt 1");
    });
    assertThat(trace).containsExactly("1 at PT0S", "2 at PT2M", "2 cancelled");
  }

  @Test
  void a_failure_has_the_next_begin_at_once() {
    CleanRun.of(() -> {
      assertThat(await(hedge(ofMinutes(5), 9, attempts(-1, -1, 6, 2)))).isEqualTo("attempt 3");
    });
    assertThat(trace)
        .containsExactly("1 at PT0S", "2 at PT1M", "3 at PT2M", "4 at PT7M", "4 cancelled");
  }

  @Test
  void a_failure_in_the_turn_in_which_the_pause_ends_has_one_begin_and_not_two() {
    CleanRun.of(() -> {
      var answer = new AsyncFuture<String>();
      var unused = EventLoop.current()
          .schedule(ofMinutes(2), () -> answer.completeExceptionally(new IOException("attempt 1")));
      AsyncBody<String> others = attempts(0, 9, 1);
      assertThat(await(hedge(ofMinutes(2), 9, () -> {
            if (begun == 0) {
              trace.add(++begun + " at PT0S");
              return await(answer);
            }
            return others.call();
          })))
          .isEqualTo("attempt 3");
    });
    assertThat(trace).containsExactly("1 at PT0S", "2 at PT2M", "3 at PT4M", "2 cancelled");
  }

  @Test
  void if_all_fail_the_first_failure_has_the_others_suppressed() {
    CleanRun.of(() -> {
      assertThatThrownBy(() -> await(hedge(ofMinutes(2), 3, attempts(-5, -1, -1))))
          .hasMessage("attempt 2")
          .satisfies(failure -> assertThat(failure.getSuppressed())
              .extracting(Throwable::getMessage)
              .containsExactly("attempt 3", "attempt 1"));
    });
  }

  @Test
  void failures_of_futures_that_others_have_are_not_added_to_and_told_to_nobody() {
    try (var log = new CapturedLog()) {
      CleanRun.of(() -> {
        var first = new IOException("first");
        AsyncFuture<String> shared = AsyncFuture.failedFuture(first);
        assertThatThrownBy(() -> await(hedge(ofMinutes(2), 3, () -> await(shared))))
            .isSameAs(first)
            .hasNoSuppressedExceptions();
        AsyncFuture<String> other = AsyncFuture.failedFuture(new IOException("other"));
        assertThatThrownBy(() -> await(Async.firstSuccess(shared, other))).isSameAs(first);
        assertThat(first).hasNoSuppressedExceptions();
      });
      assertThat(log.errors()).isEmpty();
    }
  }

  @Test
  void a_body_may_give_no_value_but_no_coroutine() {
    CleanRun.of(() -> {
      AsyncAction action = () -> trace.add("ran");
      assertThat(await(hedge(ofMinutes(2), 3, action))).isNull();
      Coroutine<Coroutine<Void>> forgotten = hedge(ofMinutes(2), 3, () -> sleep(ofMinutes(1)));
      assertThatThrownBy(() -> await(forgotten))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the body of hedge() gave Coroutine[sleep(PT1M), dropped] instead of"
              + " awaiting it; write () -> await(...)");
    });
    assertThat(trace).containsExactly("ran");
  }

  @Test
  void without_delay_all_begin_at_once() {
    CleanRun.of(() -> {
      assertThat(await(hedge(ZERO, 3, attempts(3, 2, 4)))).isEqualTo("attempt 2");
    });
    assertThat(trace).startsWith("1 at PT0S", "2 at PT0S", "3 at PT0S");
  }

  @Test
  void an_attempt_that_is_done_at_once_leaves_nothing() {
    CleanRun.of(() -> {
      assertThat(await(hedge(ofHours(1), 3, () -> "at once"))).isEqualTo("at once");
      assertThat(await(hedge(ofHours(1), 1, () -> "the only one"))).isEqualTo("the only one");
    });
  }

  @Test
  void cancelling_who_waits_cancels_all() {
    CleanRun.of(() -> {
      Task<String> waiting = createTask(hedge(ofMinutes(1), 9, attempts(9, 9, 9)));
      await(sleep(ofMinutes(1).plusSeconds(1)));
      assertThat(waiting).asString().contains("suspended on hedge(PT1M, 9)");
      assertThat(waiting.waitsFor()).hasSize(2);
      waiting.cancel("enough");
      assertThatThrownBy(() -> await(waiting)).hasMessage("enough");
      assertThatThrownBy(() ->
              await(waitFor(hedge(ofMinutes(1), 1, attempts(9, 9, 9)), ofMinutes(2))))
          .isInstanceOf(AsyncTimeoutException.class);
      assertThat(currentTask().cancelling()).isZero();
    });
    assertThat(trace)
        .containsExactly(
            "1 at PT0S", "2 at PT1M", "1 cancelled", "2 cancelled", "3 at PT1M2S", "3 cancelled");
  }

  @Test
  void bad_input_is_refused() {
    assertThatThrownBy(() -> hedge(ofMinutes(-1), 1, () -> "x"))
        .hasMessage("delay must not be negative, but was PT-1M");
    assertThatThrownBy(() -> hedge(ofMinutes(1), 0, () -> "x"))
        .hasMessage("max must be at least 1, but was 0");
  }
}
