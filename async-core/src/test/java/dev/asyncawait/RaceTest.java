package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.firstSuccess;
import static dev.asyncawait.Async.race;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.waitFor;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RaceTest {

  private final List<String> trace = new ArrayList<>();

  private Coroutine<String> after(int hours, String name) {
    return async(() -> {
      try {
        await(sleep(ofHours(hours)));
        trace.add(name + " ended");
        return name;
      } catch (CancellationException cancelled) {
        trace.add(name + " cancelled");
        await(sleep(ofMinutes(1)));
        trace.add(name + " cleaned up");
        throw cancelled;
      }
    });
  }

  private static Coroutine<String> failing(int hours, Exception failure) {
    return async(() -> {
      await(sleep(ofHours(hours)));
      throw failure;
    });
  }

  private static Coroutine<String> cancelled(int hours) {
    return async(() -> {
      await(sleep(ofHours(hours)));
      throw new CancellationException("by itself");
    });
  }

  // ---- who decides

  @Test
  void the_first_to_end_decides_and_the_others_are_cancelled_and_awaited() {
    TestClock.run(async(() -> {
      assertThat(await(race(after(3, "a"), after(1, "b"), after(2, "c")))).isEqualTo("b");
      assertThat(EventLoop.current().time()).isEqualTo(ofHours(1).plusMinutes(1));
      assertThat(Async.allTasks()).hasSize(1);
    }));
    assertThat(trace)
        .containsExactly("b ended", "a cancelled", "c cancelled", "a cleaned up", "c cleaned up");
  }

  @Test
  void a_failure_decides_a_race() {
    var failure = new Exception("first");
    TestClock.run(async(() -> {
      assertThatThrownBy(() -> await(race(after(2, "a"), failing(1, failure)))).isSameAs(failure);
    }));
    assertThat(trace).containsExactly("a cancelled", "a cleaned up");
  }

  @Test
  void one_that_was_cancelled_decides_a_race_with_that() {
    TestClock.run(async(() -> {
      assertThatThrownBy(() -> await(race(after(2, "a"), cancelled(1))))
          .isInstanceOf(CancellationException.class)
          .hasMessage("by itself");
      assertThat(currentTask().cancelling()).isZero();
    }));
  }

  @Test
  void a_failure_is_no_success() {
    TestClock.run(async(() -> {
      var early = new Exception("early");
      assertThat(await(firstSuccess(failing(1, early), after(3, "a"), after(2, "b"), cancelled(1))))
          .isEqualTo("b");
    }));
    assertThat(trace).containsExactly("b ended", "a cancelled", "a cleaned up");
  }

  @Test
  void if_all_fail_the_first_failure_has_the_others_suppressed() {
    var early = new Exception("early");
    var late = new Exception("late");
    TestClock.run(async(() -> {
      assertThatThrownBy(
              () -> await(firstSuccess(failing(2, late), cancelled(1), failing(1, early))))
          .isSameAs(early)
          .hasSuppressedException(late);
      assertThat(early.getSuppressed()).hasSize(1);
    }));
  }

  @Test
  void if_all_were_cancelled_so_is_the_whole() {
    TestClock.run(async(() -> {
      assertThatThrownBy(() -> await(firstSuccess(cancelled(2), cancelled(1))))
          .isInstanceOf(CancellationException.class);
      assertThat(currentTask().cancelling()).isZero();
    }));
  }

  @Test
  void of_those_that_are_done_at_once_the_first_given_decides() {
    TestClock.run(async(() -> {
      AsyncFuture<String> done = AsyncFuture.completedFuture("done");
      assertThat(await(race(async(() -> "a"), done, async(() -> "c")))).isEqualTo("a");
      assertThat(await(race(after(1, "b"), done))).isEqualTo("done");
      assertThat(await(race(List.of(async(() -> null), after(1, "c"))))).isNull();
    }));
    assertThat(trace).noneMatch(line -> line.endsWith("ended"));
  }

  // ---- what is given

  @Test
  void futures_and_tasks_that_lose_are_cancelled() {
    TestClock.run(async(() -> {
      var future = new AsyncFuture<String>();
      Task<String> task = createTask(after(5, "task"));
      assertThat(await(race(future, task, after(1, "b")))).isEqualTo("b");
      assertThat(future).isCancelled();
      assertThat(task).isCancelled();
    }));
    assertThat(trace).containsExactly("b ended", "task cancelled", "task cleaned up");
  }

  @Test
  void one_that_others_use_is_kept_by_a_shield() {
    TestClock.run(async(() -> {
      var future = new AsyncFuture<String>();
      assertThat(await(race(Async.shield(future), after(1, "b")))).isEqualTo("b");
      assertThat(future).isNotDone();
    }));
  }

  @Test
  void what_cannot_race_is_refused_and_begins_nothing() {
    TestClock.run(async(() -> {
      assertThatThrownBy(() -> race())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "race() was given nothing that could be first; give it one awaitable at least");
      assertThatThrownBy(() -> firstSuccess(List.of()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("firstSuccess() was given nothing");
      Coroutine<String> fresh = async(() -> "fresh");
      assertThatThrownBy(() -> race(fresh, null))
          .hasMessage("an awaitable of race() must not be null");
      Coroutine<Void> used = sleep(ZERO);
      await(used);
      assertThatThrownBy(() -> await(race(fresh, used))).isInstanceOf(IllegalStateException.class);
      Task<?> current = currentTask();
      assertThatThrownBy(() -> await(race(fresh, current)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("cannot wait for its own end in race()");
      assertThat(Async.allTasks()).hasSize(1);
      assertThat(await(fresh)).isEqualTo("fresh");
      assertThatThrownBy(() -> await(race(used, used))).isInstanceOf(IllegalStateException.class);
    }));
  }

  @Test
  void one_that_is_given_twice_is_refused_and_begins_nothing() {
    TestClock.run(async(() -> {
      Coroutine<String> twice = after(1, "twice");
      Coroutine<String> other = async(() -> "other");
      assertThatThrownBy(() -> await(race(twice, twice, other)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("was given to race() twice");
      assertThat(Async.allTasks()).hasSize(1);
      assertThat(await(race(other, twice))).isEqualTo("other");
    }));
  }

  // ---- cancellation

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void cancelling_who_waits_cancels_all_and_waits_for_them(boolean untilSuccess) {
    TestClock.run(async(() -> {
      Task<String> waiting = createTask(
          untilSuccess
              ? firstSuccess(after(2, "a"), after(3, "b"))
              : race(after(2, "a"), after(3, "b")));
      await(sleep(ofHours(1)));
      waiting.cancel("enough");
      assertThatThrownBy(() -> await(waiting))
          .isInstanceOf(CancellationException.class)
          .hasMessage("enough");
      assertThat(EventLoop.current().time()).isEqualTo(ofHours(1).plusMinutes(1));
    }));
    assertThat(trace).containsExactly("a cancelled", "b cancelled", "a cleaned up", "b cleaned up");
  }

  @Test
  void a_cancellation_while_the_losers_clean_up_wins() {
    TestClock.run(async(() -> {
      Task<String> waiting = createTask(race(after(1, "a"), after(2, "b")));
      await(sleep(ofHours(1).plusSeconds(1)));
      waiting.cancel();
      assertThatThrownBy(() -> await(waiting)).isInstanceOf(CancellationException.class);
      assertThat(EventLoop.current().time()).isEqualTo(ofHours(1).plusMinutes(1));
    }));
    assertThat(trace).containsExactly("a ended", "b cancelled", "b cleaned up");
  }

  @Test
  void a_timeout_around_it_ends_it() {
    TestClock.run(async(() -> {
      assertThatThrownBy(() -> await(waitFor(race(after(2, "a"), after(3, "b")), ofHours(1))))
          .isInstanceOf(AsyncTimeoutException.class);
      assertThat(currentTask().cancelling()).isZero();
    }));
    assertThat(trace).containsExactly("a cancelled", "b cancelled", "a cleaned up", "b cleaned up");
  }

  @Test
  void one_within_another_leaves_no_request_behind() {
    TestClock.run(async(() -> {
      assertThat(
              await(race(race(after(3, "a"), after(2, "b")), race(after(1, "c"), after(4, "d")))))
          .isEqualTo("c");
      assertThat(currentTask().cancelling()).isZero();
      await(sleep(ZERO));
    }));
    assertThat(trace).filteredOn(line -> line.endsWith("cleaned up")).hasSize(3);
  }

  // ---- what the losers give and throw

  @Test
  void a_lock_that_a_loser_got_is_handed_back() {
    TestClock.run(async(() -> {
      var first = new AsyncLock();
      var second = new AsyncLock();
      try (Held held = await(race(first.acquire(), second.acquire()))) {
        assertThat(held).isNotNull();
        assertThat(first.isLocked()).isTrue();
        assertThat(second.isLocked()).isFalse();
      }
      assertThat(first.isLocked()).isFalse();
    }));
  }

  @Test
  void a_lock_that_nobody_gets_since_the_wait_was_cancelled_is_handed_back() {
    TestClock.run(async(() -> {
      var lock = new AsyncLock();
      Task<Object> waiting = createTask(Async.<Object>race(lock.acquire(), after(2, "b")));
      await(sleep(ofMinutes(0).plusSeconds(1)));
      assertThat(lock.isLocked()).as("has won, and the other cleans up").isTrue();
      waiting.cancel();
      assertThatThrownBy(() -> await(waiting)).isInstanceOf(CancellationException.class);
      assertThat(lock.isLocked()).isFalse();
    }));
  }

  @Test
  void what_a_loser_throws_goes_to_the_exception_handler() {
    var failure = new IllegalStateException("cleanup failed");
    var reports = new ArrayList<ExceptionContext>();
    Runner.Builder settings = Runner.builder().exceptionHandler(reports::add);
    String won = TestClock.run(settings, async(() -> {
      Coroutine<String> loser = async(() -> {
        try {
          await(sleep(ofHours(2)));
          return "late";
        } catch (CancellationException cancelled) {
          throw failure;
        }
      });
      String first = await(race(after(1, "a"), loser));
      assertThat(reports).singleElement().satisfies(report -> {
        assertThat(report.exception()).isSameAs(failure);
        assertThat(report.message()).endsWith(", after another was first");
      });
      return first;
    }));
    assertThat(won).isEqualTo("a");
    assertThat(reports).hasSize(1);
  }

  @Test
  void a_failure_in_the_turn_of_the_success_is_told_to_nobody() {
    try (var log = new CapturedLog()) {
      TestClock.run(async(() -> {
        assertThat(await(firstSuccess(after(1, "a"), failing(1, new Exception("no")))))
            .isEqualTo("a");
      }));
      assertThat(log.errors()).isEmpty();
    }
  }

  @Test
  void failures_before_a_success_are_told_to_nobody() {
    try (var log = new CapturedLog()) {
      TestClock.run(async(() -> {
        assertThat(await(firstSuccess(failing(1, new Exception("no")), after(2, "a"))))
            .isEqualTo("a");
      }));
      assertThat(log.errors()).isEmpty();
    }
  }

  @Test
  void a_thousand_race_and_one_wins() {
    TestClock.run(async(() -> {
      var all = new ArrayList<Coroutine<String>>();
      for (int i = 0; i < 1_000; i++) {
        all.add(after(1 + (i + 500) % 1_000, "" + i));
      }
      assertThat(await(race(all))).isEqualTo("500");
      assertThat(Async.allTasks()).hasSize(1);
    }));
    assertThat(trace).filteredOn(line -> line.endsWith("cleaned up")).hasSize(999);
  }

  @Test
  void a_lock_of_a_task_that_others_have_stays_theirs() {
    TestClock.run(async(() -> {
      var lock = new AsyncLock();
      Task<Held> theirs = createTask(lock.acquire());
      await(sleep(ZERO));
      assertThat(theirs).isDone();
      assertThat(await(Async.<Object>race(async(() -> "a"), theirs))).isEqualTo("a");
      assertThat(lock.isLocked()).isTrue();
      await(theirs).close();
    }));
  }

  private static Coroutine<String> failsWhenCancelled(Exception failure) {
    return async(() -> {
      try {
        await(sleep(ofHours(9)));
        return "late";
      } catch (CancellationException cancelled) {
        throw failure;
      }
    });
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void what_one_throws_when_the_whole_is_cancelled_is_reported_once(boolean untilSuccess) {
    var failure = new Exception("cleanup failed");
    var reports = new ArrayList<ExceptionContext>();
    TestClock.run(Runner.builder().exceptionHandler(reports::add), async(() -> {
      Coroutine<String> one = failsWhenCancelled(failure);
      Task<String> waiting =
          createTask(untilSuccess ? firstSuccess(one, after(8, "b")) : race(one, after(8, "b")));
      await(sleep(ofHours(1)));
      waiting.cancel();
      assertThatThrownBy(() -> await(waiting)).isInstanceOf(CancellationException.class);
    }));
    assertThat(reports).singleElement().satisfies(report -> {
      assertThat(report.exception()).isSameAs(failure);
      assertThat(report.message()).endsWith(", whose race was cancelled");
    });
  }

  @Test
  void a_loser_that_takes_its_cancellation_back_and_fails_is_reported_all_the_same() {
    var failure = new Exception("cleanup failed");
    var reports = new ArrayList<ExceptionContext>();
    TestClock.run(Runner.builder().exceptionHandler(reports::add), async(() -> {
      Coroutine<String> loser = async(() -> {
        try {
          await(sleep(ofHours(9)));
          return "late";
        } catch (CancellationException cancelled) {
          assertThat(currentTask().uncancel()).isZero();
          await(sleep(ofMinutes(1)));
          throw failure;
        }
      });
      assertThat(await(firstSuccess(after(1, "a"), loser))).isEqualTo("a");
    }));
    assertThat(reports).extracting(ExceptionContext::exception).containsExactly(failure);
  }

  @Test
  void what_a_loser_throws_as_its_loop_closes_is_reported_once() {
    var failure = new Exception("cleanup failed");
    var reports = new ArrayList<ExceptionContext>();
    TestClock.run(Runner.builder().exceptionHandler(reports::add), async(() -> {
      Task<String> left = createTask(race(failsWhenCancelled(failure), after(8, "b")));
      await(sleep(ofHours(1)));
      assertThat(left).isNotDone();
    }));
    assertThat(reports).extracting(ExceptionContext::exception).containsExactly(failure);
  }

  @Test
  void who_waits_says_for_what() {
    TestClock.run(async(() -> {
      Task<String> waiting = createTask(race(after(1, "a"), after(2, "b")), "waiting");
      await(sleep(ZERO));
      assertThat(waiting).asString().contains("suspended on race(2)").doesNotContain("Group");
      assertThat(await(waiting)).isEqualTo("a");
    }));
  }
}
