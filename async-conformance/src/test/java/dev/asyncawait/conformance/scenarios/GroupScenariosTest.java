package dev.asyncawait.conformance.scenarios;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.conformance.scenarios.Scenario.scenario;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.AsyncFuture;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Task;
import dev.asyncawait.TaskGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Task groups: T41 to T50 of the table of asyncio's behaviour. */
class GroupScenariosTest {

  private final List<String> trace = new ArrayList<>();
  private final TaskGroup group = taskGroup();
  private final IllegalStateException a = new IllegalStateException("A");
  private final IllegalArgumentException b = new IllegalArgumentException("B");

  /** Sleeps for an hour and tells of its cancellation. */
  private Coroutine<String> slow(String name) {
    return async(() -> {
      try {
        await(sleep(ofHours(1)));
        trace.add(name + ": done");
        return name;
      } catch (CancellationException e) {
        trace.add(name + ": CE");
        throw e;
      }
    });
  }

  private static Coroutine<String> failing(Exception failure) {
    return async(() -> {
      await(sleep(ofSeconds(1)));
      throw failure;
    });
  }

  private Coroutine<String> failingInCleanup(RuntimeException failure) {
    return async(() -> {
      try {
        return await(slow("cleaning up"));
      } finally {
        raise(failure);
      }
    });
  }

  private static void raise(RuntimeException failure) {
    throw failure;
  }

  /** Departure: not an ExceptionGroup of [A, B], but A with B suppressed; failures() lists both. */
  @Test
  @DisplayName("T41 group: A fails, B fails in cleanup")
  void two_failures() {
    scenario(() -> {
      assertThatThrownBy(() -> await(group.run(() -> {
            group.createTask(failing(a));
            group.createTask(failingInCleanup(b));
          })))
          .isSameAs(a);
      assertThat(a.getSuppressed()).containsExactly(b);
      assertThat(group.failures()).containsExactly(a, b);
      assertThat(currentTask().cancelling()).isZero();
    });
    assertThat(trace).containsExactly("cleaning up: CE");
  }

  /** Departure: the body's error itself, not in a group. */
  @Test
  @DisplayName("T42 group: the body raises")
  void body_raises() {
    scenario(() -> {
      assertThatThrownBy(() -> await(group.run(() -> {
            group.createTask(slow("child 1"));
            group.createTask(slow("child 2"));
            await(sleep(ofSeconds(1)));
            throw a;
          })))
          .isSameAs(a);
      assertThat(group.failures()).containsExactly(a);
      assertThat(currentTask().cancelling()).isZero();
    });
    assertThat(trace).containsExactly("child 1: CE", "child 2: CE");
  }

  @Test
  @DisplayName("T43 group: one child cancelled")
  void child_cancelled() {
    scenario(() -> {
      await(group.run(() -> {
        Task<?> one = group.createTask(slow("one"));
        group.createTask(slow("other"));
        await(sleep(ofSeconds(1)));
        one.cancel();
      }));
      assertThat(group.failures()).isEmpty();
    });
    assertThat(trace).containsExactly("one: CE", "other: done");
  }

  @Test
  @DisplayName("T44 group: a child raises CE itself")
  void child_raises_ce() {
    scenario(() -> {
      await(group.run(() -> {
        Task<?> one = group.createTask(failing(new CancellationException("by itself")));
        group.createTask(slow("other"));
        await(sleep(ofSeconds(2)));
        assertThat(one.isCancelled()).isTrue();
      }));
      assertThat(group.failures()).isEmpty();
    });
    assertThat(trace).containsExactly("other: done");
  }

  /** Departure: the failure itself comes first, not in a group. */
  @Test
  @DisplayName("T45 group: outside cancel and a child's error")
  void outside_cancel_and_error() {
    scenario(() -> {
      Task<?> task = createTask(async(() -> {
        try {
          await(group.run(() -> {
            group.createTask(failingInCleanup(a));
            await(slow("body"));
          }));
        } catch (IllegalStateException e) {
          assertThat(e).isSameAs(a);
          trace.add("error, count " + currentTask().cancelling());
        }
        await(AsyncFuture.completedFuture("done"));
        trace.add("no suspension");
        await(slow("next await"));
      }));
      await(sleep(ofSeconds(1)));
      task.cancel();
      assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
      assertThat(task.isCancelled()).isTrue();
      assertThat(task.cancelling()).isEqualTo(1);
    });
    assertThat(trace)
        .containsExactly(
            "body: CE", "cleaning up: CE", "error, count 1", "no suspension", "next await: CE");
  }

  @Test
  @DisplayName("T46 group: outside cancel only")
  void outside_cancel() {
    scenario(() -> {
      Task<?> task = createTask(group.run(() -> {
        group.createTask(slow("child 1"));
        group.createTask(async(() -> {
          try {
            await(slow("child 2"));
          } finally {
            await(sleep(ofSeconds(1)));
            trace.add("child 2: finalised");
          }
        }));
      }));
      await(sleep(ofSeconds(1)));
      task.cancel();
      assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
      assertThat(task.isCancelled()).isTrue();
      assertThat(task.cancelling()).isEqualTo(1);
      assertThat(EventLoop.current().time()).isEqualTo(ofSeconds(2));
      assertThat(group.failures()).isEmpty();
    });
    assertThat(trace).containsExactly("child 1: CE", "child 2: CE", "child 2: finalised");
  }

  @Test
  @DisplayName("T47 group: create before entry, after the end, while aborting")
  void create_refused() {
    scenario(() -> {
      assertRefused("before entry");
      assertThatThrownBy(() -> await(group.run(() -> {
            group.createTask(failing(a));
            try {
              await(slow("body"));
            } finally {
              assertRefused("while aborting");
            }
          })))
          .isSameAs(a);
      assertRefused("after the end");
      await(sleep(ofSeconds(1)));
    });
    assertThat(trace).containsExactly("body: CE");
  }

  private void assertRefused(String when) {
    Coroutine<?> coroutine = slow("refused " + when);
    assertThatThrownBy(() -> group.createTask(coroutine))
        .as(when)
        .isInstanceOf(IllegalStateException.class);
    assertThat(coroutine.toString()).as(when).endsWith(", dropped]");
  }

  @Test
  @DisplayName("T48 group: a child spawns while the body is done")
  void child_spawns() {
    scenario(() -> {
      await(group.run(() -> {
        group.createTask(async(() -> {
          await(sleep(ofSeconds(1)));
          group.createTask(slow("sibling"));
          trace.add("child: done");
        }));
        trace.add("body: done");
      }));
      trace.add("block: done");
    });
    assertThat(trace).containsExactly("body: done", "child: done", "sibling: done", "block: done");
  }

  /** Departure: an Error is stored like any failure, and thrown itself. */
  @Test
  @DisplayName("T49 group: a child raises a throwable that is no Exception")
  void child_raises_error() {
    var error = new AssertionError("no Exception");
    scenario(() -> {
      assertThatThrownBy(() -> await(group.run(() -> {
            group.createTask(slow("other"));
            group.createTask(async(() -> {
              await(sleep(ofSeconds(1)));
              throw error;
            }));
          })))
          .isSameAs(error);
      assertThat(group.failures()).containsExactly(error);
      assertThat(currentTask().cancelling()).isZero();
    });
    assertThat(trace).containsExactly("other: CE");
  }

  /** Departure: the failure itself at every level, not a group of a group. */
  @Test
  @DisplayName("T50 group: nested, one error")
  void nested() {
    scenario(() -> {
      TaskGroup inner = taskGroup();
      assertThatThrownBy(() -> await(group.run(() -> {
            group.createTask(slow("outer child"));
            await(inner.run(() -> {
              inner.createTask(slow("inner child"));
              inner.createTask(failing(a));
            }));
          })))
          .isSameAs(a)
          .hasNoSuppressedExceptions();
      assertThat(inner.failures()).containsExactly(a);
      assertThat(group.failures()).containsExactly(a);
      assertThat(currentTask().cancelling()).isZero();
    });
    assertThat(trace).containsExactly("inner child: CE", "outer child: CE");
  }
}
