package dev.asyncawait.conformance.scenarios;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.timeout;
import static dev.asyncawait.Async.timeoutAt;
import static dev.asyncawait.Async.waitFor;
import static dev.asyncawait.conformance.scenarios.Scenario.assertCancelled;
import static dev.asyncawait.conformance.scenarios.Scenario.slow;
import static dev.asyncawait.test.VirtualTime.untilIdle;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.AsyncFuture;
import dev.asyncawait.AsyncTimeoutException;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Task;
import dev.asyncawait.TaskGroup;
import dev.asyncawait.Timeout;
import dev.asyncawait.test.AsyncTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Timeouts and wait_for: T11 to T26 of the table of asyncio's behaviour. */
class TimeoutScenariosTest {

  private static void assertTimesOut(Coroutine<?> work) {
    assertThatThrownBy(() -> await(work)).isExactlyInstanceOf(AsyncTimeoutException.class);
  }

  private static Duration now() {
    return EventLoop.current().time();
  }

  @AsyncTest
  @DisplayName("T11 timeout: two nested ones, the outer is shorter")
  void nested_outer_shorter() {
    var trace = new ArrayList<String>();
    Timeout outer = timeout(ofSeconds(1));
    Timeout inner = timeout(ofSeconds(2));
    assertTimesOut(outer.run(() -> await(inner.run(() -> await(slow(trace, "inner"))))));
    assertThat(outer.expired()).isTrue();
    assertThat(inner.expired()).isFalse();
    assertThat(currentTask().cancelling()).isZero();
    assertThat(now()).isEqualTo(ofSeconds(1));
    assertThat(trace).containsExactly("inner: CE");
  }

  @AsyncTest
  @DisplayName("T12 timeout: two nested ones, the inner is shorter")
  void nested_inner_shorter() {
    var trace = new ArrayList<String>();
    Timeout outer = timeout(ofSeconds(2));
    Timeout inner = timeout(ofSeconds(1));
    var seen = new ArrayList<Throwable>();
    assertThatThrownBy(() -> await(outer.run(() -> {
          try {
            return await(inner.run(() -> await(slow(trace, "inner"))));
          } catch (AsyncTimeoutException e) {
            seen.add(e);
            throw e;
          }
        })))
        .isExactlyInstanceOf(AsyncTimeoutException.class)
        .satisfies(e -> assertThat(seen).containsExactly(e));
    assertThat(outer.expired()).isFalse();
    assertThat(inner.expired()).isTrue();
    assertThat(currentTask().cancelling()).isZero();
    assertThat(trace).containsExactly("inner: CE");
  }

  @AsyncTest
  @DisplayName("T13 timeout: two nested ones, both overdue after a busy loop")
  void nested_both_overdue() {
    var trace = new ArrayList<String>();
    Timeout outer = timeoutAt(now());
    Timeout inner = timeoutAt(now());
    assertTimesOut(outer.run(() -> {
      try {
        await(inner.run(() -> await(slow(trace, "body"))));
      } catch (CancellationException e) {
        trace.add("inner block: CE");
        throw e;
      }
    }));
    assertThat(outer.expired()).isTrue();
    assertThat(inner.expired()).isTrue();
    assertThat(currentTask().cancelling()).isZero();
    assertThat(trace).containsExactly("body: CE", "inner block: CE");
  }

  @AsyncTest
  @DisplayName("T14 timeout: together with a cancel from outside")
  void timeout_and_cancel() {
    var trace = new ArrayList<String>();
    Timeout limit = timeout(ofSeconds(1));
    Task<?> task = createTask(limit.run(() -> await(slow(trace, "body"))));
    await(untilIdle());
    EventLoop.current().schedule(ofSeconds(1), () -> task.cancel("outside"));
    assertCancelled(task);
    assertThat(task.cancelling()).isEqualTo(1);
    assertThat(limit.expired()).isTrue();
    assertThat(trace).containsExactly("body: CE");
  }

  @AsyncTest
  @DisplayName("T15 timeout: of zero, the body never suspends")
  void zero_without_suspension() {
    Timeout limit = timeout(ZERO);
    assertThat(await(limit.run(() -> "value"))).isEqualTo("value");
    assertThat(limit.expired()).isFalse();
    await(untilIdle());
    assertThat(currentTask().cancelling()).isZero();
  }

  @AsyncTest
  @DisplayName("T16 timeout: a deadline that has passed, and a sleep of zero")
  void past_deadline() {
    await(sleep(ofSeconds(5)));
    Timeout limit = timeoutAt(ofSeconds(4));
    assertTimesOut(limit.run(() -> await(sleep(ZERO))));
    assertThat(limit.expired()).isTrue();
    assertThat(currentTask().cancelling()).isZero();
  }

  @AsyncTest
  @DisplayName("T17 timeout: expired, the body swallows the CE and ends")
  void swallowed() {
    var trace = new ArrayList<String>();
    Timeout limit = timeout(ofSeconds(1));
    String value = await(limit.run(() -> {
      try {
        return await(slow(trace, "body"));
      } catch (CancellationException e) {
        return "swallowed";
      }
    }));
    assertThat(value).isEqualTo("swallowed");
    assertThat(limit.expired()).isTrue();
    assertThat(currentTask().cancelling()).isZero();
    assertThat(trace).containsExactly("body: CE");
  }

  /** Departure: Java's exceptions have no context, so the timeout is among the suppressed ones. */
  @AsyncTest
  @DisplayName("T18 timeout: expired, the body raises another error instead")
  void hidden() {
    var trace = new ArrayList<String>();
    var error = new IllegalArgumentException("a value error");
    Timeout limit = timeout(ofSeconds(1));
    assertThatThrownBy(() -> await(limit.run(() -> {
          try {
            await(slow(trace, "body"));
          } catch (CancellationException e) {
            throw error;
          }
        })))
        .isSameAs(error);
    assertThat(error.getSuppressed())
        .singleElement()
        .isExactlyInstanceOf(AsyncTimeoutException.class);
    assertThat(currentTask().cancelling()).isZero();
    assertThat(trace).containsExactly("body: CE");
  }

  @AsyncTest
  @DisplayName("T19 timeout: reschedule before entry and after the end, and enter again")
  void misuse() {
    Timeout limit = timeout(ofSeconds(1));
    assertThatThrownBy(() -> limit.reschedule(ofSeconds(2)))
        .isInstanceOf(IllegalStateException.class);
    await(limit.run(() -> {}));
    assertThatThrownBy(() -> limit.reschedule(ofSeconds(2)))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> await(limit.run(() -> {}))).isInstanceOf(IllegalStateException.class);
  }

  @AsyncTest
  @DisplayName("T20 timeout: around a group")
  void around_a_group() {
    var trace = new ArrayList<String>();
    TaskGroup group = taskGroup();
    assertTimesOut(timeout(ofSeconds(1)).run(() -> {
      await(group.run(() -> {
        group.createTask(slow(trace, "child"));
      }));
    }));
    assertThat(currentTask().cancelling()).isZero();
    assertThat(trace).containsExactly("child: CE");
  }

  /** Departure: a group throws its first failure itself, not wrapped. */
  @AsyncTest
  @DisplayName("T21 timeout: inside the body of a group")
  void inside_a_group() {
    var trace = new ArrayList<String>();
    TaskGroup group = taskGroup();
    assertTimesOut(group.run(() -> {
      group.createTask(slow(trace, "child"));
      await(timeout(ofSeconds(1)).run(() -> await(slow(trace, "body"))));
    }));
    assertThat(group.failures()).singleElement().isExactlyInstanceOf(AsyncTimeoutException.class);
    assertThat(currentTask().cancelling()).isZero();
    assertThat(trace).containsExactly("body: CE", "child: CE");
  }

  @AsyncTest
  @DisplayName("T22 wait_for: a coroutine and no time")
  @ParameterizedTest
  @ValueSource(ints = {0, -1})
  void wait_for_no_time(int seconds) {
    var trace = new ArrayList<String>();
    assertTimesOut(waitFor(async(() -> trace.add("started")), ofSeconds(seconds)));
    assertThat(currentTask().cancelling()).isZero();
    assertThat(trace).isEmpty();
  }

  @AsyncTest
  @DisplayName("T23 wait_for: a done future and no time")
  void wait_for_done() {
    assertThat(await(waitFor(AsyncFuture.completedFuture("value"), ZERO))).isEqualTo("value");
  }

  /** There is no limit of None here; a limit of for ever is as near as it gets. */
  @AsyncTest
  @DisplayName("T24 wait_for: runs in the caller's task")
  @ParameterizedTest
  @ValueSource(longs = {1, Long.MAX_VALUE})
  void wait_for_own_task(long seconds) {
    Task<?> inside = await(waitFor(async(() -> currentTask()), ofSeconds(seconds)));
    assertThat(inside).isSameAs(currentTask());
  }

  @AsyncTest
  @DisplayName("T25 wait_for: the inner work swallows the CE and returns")
  void wait_for_swallowed() {
    var trace = new ArrayList<String>();
    Coroutine<String> swallowing = async(() -> {
      try {
        return await(slow(trace, "work"));
      } catch (CancellationException e) {
        return "swallowed";
      }
    });
    assertThat(await(waitFor(swallowing, ofSeconds(1)))).isEqualTo("swallowed");
    assertThat(currentTask().cancelling()).isZero();
    assertThat(trace).containsExactly("work: CE");
  }

  @AsyncTest
  @DisplayName("T26 wait_for: the inner cleanup takes 0.1 s")
  void wait_for_cleanup() {
    var trace = new ArrayList<String>();
    Coroutine<String> cleaningUp = async(() -> {
      try {
        return await(slow(trace, "work"));
      } finally {
        await(sleep(ofMillis(100)));
        trace.add("cleaned up");
      }
    });
    assertTimesOut(waitFor(cleaningUp, ofSeconds(1)));
    assertThat(currentTask().cancelling()).isZero();
    assertThat(now()).isEqualTo(ofMillis(1100));
    assertThat(trace).containsExactly("work: CE", "cleaned up");
  }
}
