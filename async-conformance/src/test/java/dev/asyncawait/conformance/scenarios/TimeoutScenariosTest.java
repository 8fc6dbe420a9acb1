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
import static dev.asyncawait.conformance.scenarios.Scenario.scenario;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Timeouts and wait_for: T11 to T26 of the table of asyncio's behaviour. */
class TimeoutScenariosTest {

  private final List<String> trace = new ArrayList<>();

  /** Sleeps for an hour and tells of its cancellation. */
  private Coroutine<String> slow(String name) {
    return async(() -> {
      try {
        await(sleep(ofHours(1)));
        return name;
      } catch (CancellationException e) {
        trace.add(name + ": CE");
        throw e;
      }
    });
  }

  private static void assertTimesOut(Coroutine<?> work) {
    assertThatThrownBy(() -> await(work)).isExactlyInstanceOf(AsyncTimeoutException.class);
  }

  private static Duration now() {
    return EventLoop.current().time();
  }

  @Test
  @DisplayName("T11 timeout: two nested ones, the outer is shorter")
  void nested_outer_shorter() {
    scenario(() -> {
      Timeout outer = timeout(ofSeconds(1));
      Timeout inner = timeout(ofSeconds(2));
      assertTimesOut(outer.run(() -> await(inner.run(() -> await(slow("inner"))))));
      assertThat(outer.expired()).isTrue();
      assertThat(inner.expired()).isFalse();
      assertThat(currentTask().cancelling()).isZero();
      assertThat(now()).isEqualTo(ofSeconds(1));
    });
    assertThat(trace).containsExactly("inner: CE");
  }

  @Test
  @DisplayName("T12 timeout: two nested ones, the inner is shorter")
  void nested_inner_shorter() {
    scenario(() -> {
      Timeout outer = timeout(ofSeconds(2));
      Timeout inner = timeout(ofSeconds(1));
      var seen = new ArrayList<Throwable>();
      assertThatThrownBy(() -> await(outer.run(() -> {
            try {
              return await(inner.run(() -> await(slow("inner"))));
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
    });
    assertThat(trace).containsExactly("inner: CE");
  }

  @Test
  @DisplayName("T13 timeout: two nested ones, both overdue after a busy loop")
  void nested_both_overdue() {
    scenario(() -> {
      Timeout outer = timeoutAt(now());
      Timeout inner = timeoutAt(now());
      assertTimesOut(outer.run(() -> {
        try {
          await(inner.run(() -> await(slow("body"))));
        } catch (CancellationException e) {
          trace.add("inner block: CE");
          throw e;
        }
      }));
      assertThat(outer.expired()).isTrue();
      assertThat(inner.expired()).isTrue();
      assertThat(currentTask().cancelling()).isZero();
    });
    assertThat(trace).containsExactly("body: CE", "inner block: CE");
  }

  @Test
  @DisplayName("T14 timeout: together with a cancel from outside")
  void timeout_and_cancel() {
    scenario(() -> {
      Timeout limit = timeout(ofSeconds(1));
      Task<?> task = createTask(limit.run(() -> await(slow("body"))));
      await(sleep(ZERO));
      EventLoop.current().schedule(ofSeconds(1), () -> task.cancel("outside"));
      assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
      assertThat(task.isCancelled()).isTrue();
      assertThat(task.cancelling()).isEqualTo(1);
      assertThat(limit.expired()).isTrue();
    });
    assertThat(trace).containsExactly("body: CE");
  }

  @Test
  @DisplayName("T15 timeout: of zero, the body never suspends")
  void zero_without_suspension() {
    scenario(() -> {
      Timeout limit = timeout(ZERO);
      assertThat(await(limit.run(() -> "value"))).isEqualTo("value");
      assertThat(limit.expired()).isFalse();
      await(sleep(ZERO));
      assertThat(currentTask().cancelling()).isZero();
    });
  }

  @Test
  @DisplayName("T16 timeout: a deadline that has passed, and a sleep of zero")
  void past_deadline() {
    scenario(() -> {
      await(sleep(ofSeconds(5)));
      Timeout limit = timeoutAt(ofSeconds(4));
      assertTimesOut(limit.run(() -> await(sleep(ZERO))));
      assertThat(limit.expired()).isTrue();
    });
  }

  @Test
  @DisplayName("T17 timeout: expired, the body swallows the CE and ends")
  void swallowed() {
    scenario(() -> {
      Timeout limit = timeout(ofSeconds(1));
      String value = await(limit.run(() -> {
        try {
          return await(slow("body"));
        } catch (CancellationException e) {
          return "swallowed";
        }
      }));
      assertThat(value).isEqualTo("swallowed");
      assertThat(limit.expired()).isTrue();
      assertThat(currentTask().cancelling()).isZero();
    });
  }

  /** Departure: Java's exceptions have no context, so the timeout is among the suppressed ones. */
  @Test
  @DisplayName("T18 timeout: expired, the body raises another error instead")
  void hidden() {
    var error = new IllegalArgumentException("a value error");
    scenario(() -> {
      Timeout limit = timeout(ofSeconds(1));
      assertThatThrownBy(() -> await(limit.run(() -> {
            try {
              await(slow("body"));
            } catch (CancellationException e) {
              throw error;
            }
          })))
          .isSameAs(error);
      assertThat(error.getSuppressed())
          .singleElement()
          .isExactlyInstanceOf(AsyncTimeoutException.class);
      assertThat(currentTask().cancelling()).isZero();
    });
  }

  @Test
  @DisplayName("T19 timeout: reschedule before entry and after the end, and enter again")
  void misuse() {
    scenario(() -> {
      Timeout limit = timeout(ofSeconds(1));
      assertThatThrownBy(() -> limit.reschedule(ofSeconds(2)))
          .isInstanceOf(IllegalStateException.class);
      await(limit.run(() -> {}));
      assertThatThrownBy(() -> limit.reschedule(ofSeconds(2)))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> await(limit.run(() -> {})))
          .isInstanceOf(IllegalStateException.class);
    });
  }

  @Test
  @DisplayName("T20 timeout: around a group")
  void around_a_group() {
    scenario(() -> {
      TaskGroup group = taskGroup();
      assertTimesOut(timeout(ofSeconds(1)).run(() -> {
        await(group.run(() -> {
          group.createTask(slow("child"));
        }));
      }));
      assertThat(currentTask().cancelling()).isZero();
    });
    assertThat(trace).containsExactly("child: CE");
  }

  /** Departure: a group throws its first failure itself, not wrapped. */
  @Test
  @DisplayName("T21 timeout: inside the body of a group")
  void inside_a_group() {
    scenario(() -> {
      TaskGroup group = taskGroup();
      assertTimesOut(group.run(() -> {
        group.createTask(slow("child"));
        await(timeout(ofSeconds(1)).run(() -> await(slow("body"))));
      }));
      assertThat(group.failures()).singleElement().isExactlyInstanceOf(AsyncTimeoutException.class);
      assertThat(currentTask().cancelling()).isZero();
    });
    assertThat(trace).containsExactly("body: CE", "child: CE");
  }

  @Test
  @DisplayName("T22 wait_for: a coroutine and no time")
  void wait_for_no_time() {
    scenario(() -> {
      assertTimesOut(waitFor(async(() -> trace.add("started")), ZERO));
      assertTimesOut(waitFor(async(() -> trace.add("started")), ofSeconds(-1)));
    });
    assertThat(trace).isEmpty();
  }

  @Test
  @DisplayName("T23 wait_for: a done future and no time")
  void wait_for_done() {
    scenario(() ->
        assertThat(await(waitFor(AsyncFuture.completedFuture("value"), ZERO))).isEqualTo("value"));
  }

  /** There is no limit of None here; a limit of for ever is as near as it gets. */
  @Test
  @DisplayName("T24 wait_for: runs in the caller's task")
  void wait_for_own_task() {
    scenario(() -> {
      for (Duration limit : List.of(ofSeconds(1), Duration.ofSeconds(Long.MAX_VALUE))) {
        Task<?> inside = await(waitFor(async(() -> currentTask()), limit));
        assertThat(inside).isSameAs(currentTask());
      }
    });
  }

  @Test
  @DisplayName("T25 wait_for: the inner work swallows the CE and returns")
  void wait_for_swallowed() {
    scenario(() -> {
      Coroutine<String> swallowing = async(() -> {
        try {
          return await(slow("work"));
        } catch (CancellationException e) {
          return "swallowed";
        }
      });
      assertThat(await(waitFor(swallowing, ofSeconds(1)))).isEqualTo("swallowed");
      assertThat(currentTask().cancelling()).isZero();
    });
    assertThat(trace).containsExactly("work: CE");
  }

  @Test
  @DisplayName("T26 wait_for: the inner cleanup takes 0.1 s")
  void wait_for_cleanup() {
    scenario(() -> {
      Coroutine<String> cleaningUp = async(() -> {
        try {
          return await(slow("work"));
        } finally {
          await(sleep(ofMillis(100)));
          trace.add("cleaned up");
        }
      });
      assertTimesOut(waitFor(cleaningUp, ofSeconds(1)));
      assertThat(now()).isEqualTo(ofMillis(1100));
    });
    assertThat(trace).containsExactly("work: CE", "cleaned up");
  }
}
