package dev.asyncawait.conformance.scenarios;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.conformance.scenarios.Scenario.assertCancelled;
import static dev.asyncawait.conformance.scenarios.Scenario.slow;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.AsyncFuture;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Task;
import dev.asyncawait.TaskGroup;
import dev.asyncawait.test.AsyncTest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.DisplayName;

/** Task groups: T41 to T50 of the table of asyncio's behaviour. */
class GroupScenariosTest {

  private static Coroutine<String> failing(Exception failure) {
    return async(() -> {
      await(sleep(ofSeconds(1)));
      throw failure;
    });
  }

  private static Coroutine<String> failingInCleanup(List<String> trace, RuntimeException failure) {
    return async(() -> {
      try {
        return await(slow(trace, "cleaning up"));
      } finally {
        raise(failure);
      }
    });
  }

  private static void raise(RuntimeException failure) {
    throw failure;
  }

  /** Departure: not an ExceptionGroup of [A, B], but A with B suppressed; failures() lists both. */
  @AsyncTest(schedules = 100)
  @DisplayName("T41 group: A fails, B fails in cleanup")
  void two_failures() {
    var trace = new ArrayList<String>();
    TaskGroup group = taskGroup();
    var a = new IllegalStateException("A");
    var b = new IllegalArgumentException("B");
    assertThatThrownBy(() -> await(group.run(() -> {
          group.createTask(failing(a));
          group.createTask(failingInCleanup(trace, b));
        })))
        .isSameAs(a);
    assertThat(a.getSuppressed()).containsExactly(b);
    assertThat(group.failures()).containsExactly(a, b);
    assertThat(currentTask().cancelling()).isZero();
    assertThat(trace).containsExactly("cleaning up: CE");
  }

  /** Departure: the body's error itself, not in a group. */
  @AsyncTest(schedules = 100)
  @DisplayName("T42 group: the body raises")
  void body_raises() {
    var trace = new ArrayList<String>();
    TaskGroup group = taskGroup();
    var error = new IllegalStateException("of the body");
    assertThatThrownBy(() -> await(group.run(() -> {
          group.createTask(slow(trace, "child 1"));
          group.createTask(slow(trace, "child 2"));
          await(sleep(ofSeconds(1)));
          throw error;
        })))
        .isSameAs(error);
    assertThat(group.failures()).containsExactly(error);
    assertThat(currentTask().cancelling()).isZero();
    assertThat(trace).containsExactlyInAnyOrder("child 1: CE", "child 2: CE");
  }

  @AsyncTest(schedules = 100)
  @DisplayName("T43 group: one child cancelled")
  void child_cancelled() {
    var trace = new ArrayList<String>();
    TaskGroup group = taskGroup();
    await(group.run(() -> {
      Task<?> one = group.createTask(slow(trace, "one"));
      group.createTask(slow(trace, "other"));
      await(sleep(ofSeconds(1)));
      one.cancel();
    }));
    assertThat(group.failures()).isEmpty();
    assertThat(currentTask().cancelling()).isZero();
    assertThat(trace).containsExactly("one: CE", "other: done");
  }

  @AsyncTest(schedules = 100)
  @DisplayName("T44 group: a child raises CE itself")
  void child_raises_ce() {
    var trace = new ArrayList<String>();
    TaskGroup group = taskGroup();
    await(group.run(() -> {
      Task<?> one = group.createTask(failing(new CancellationException("by itself")));
      group.createTask(slow(trace, "other"));
      await(sleep(ofSeconds(2)));
      assertThat(one.isCancelled()).isTrue();
    }));
    assertThat(group.failures()).isEmpty();
    assertThat(currentTask().cancelling()).isZero();
    assertThat(trace).containsExactly("other: done");
  }

  /** Departure: the failure itself comes first, not in a group. */
  @AsyncTest
  @DisplayName("T45 group: outside cancel and a child's error")
  void outside_cancel_and_error() {
    var trace = new ArrayList<String>();
    TaskGroup group = taskGroup();
    var error = new IllegalStateException("of the child");
    Task<?> task = createTask(async(() -> {
      try {
        await(group.run(() -> {
          group.createTask(failingInCleanup(trace, error));
          await(slow(trace, "body"));
        }));
      } catch (IllegalStateException e) {
        assertThat(e).isSameAs(error);
        trace.add("error, count " + currentTask().cancelling());
      }
      await(AsyncFuture.completedFuture("done"));
      trace.add("no suspension");
      await(slow(trace, "next await"));
    }));
    await(sleep(ofSeconds(1)));
    task.cancel();
    assertCancelled(task);
    assertThat(task.cancelling()).isEqualTo(1);
    assertThat(trace)
        .containsExactly(
            "body: CE", "cleaning up: CE", "error, count 1", "no suspension", "next await: CE");
  }

  @AsyncTest(schedules = 100)
  @DisplayName("T46 group: outside cancel only")
  void outside_cancel() {
    var trace = new ArrayList<String>();
    TaskGroup group = taskGroup();
    Task<?> task = createTask(group.run(() -> {
      group.createTask(slow(trace, "child 1"));
      group.createTask(async(() -> {
        try {
          await(slow(trace, "child 2"));
        } finally {
          await(sleep(ofSeconds(1)));
          trace.add("child 2: finalised");
        }
      }));
    }));
    await(sleep(ofSeconds(1)));
    task.cancel();
    assertCancelled(task);
    assertThat(task.cancelling()).isEqualTo(1);
    assertThat(EventLoop.current().time()).isEqualTo(ofSeconds(2));
    assertThat(group.failures()).isEmpty();
    assertThat(trace)
        .containsExactlyInAnyOrder("child 1: CE", "child 2: CE", "child 2: finalised")
        .endsWith("child 2: finalised");
  }

  @AsyncTest
  @DisplayName("T47 group: create before entry, after the end, while aborting")
  void create_refused() {
    var trace = new ArrayList<String>();
    TaskGroup group = taskGroup();
    var error = new IllegalStateException("of the child");
    assertRefused(group, trace, "before entry");
    assertThatThrownBy(() -> await(group.run(() -> {
          group.createTask(failing(error));
          try {
            await(slow(trace, "body"));
          } finally {
            assertRefused(group, trace, "while aborting");
          }
        })))
        .isSameAs(error);
    assertRefused(group, trace, "after the end");
    await(sleep(ofSeconds(1)));
    assertThat(trace).containsExactly("body: CE");
  }

  private static void assertRefused(TaskGroup group, List<String> trace, String when) {
    Coroutine<?> coroutine = slow(trace, "refused " + when);
    assertThatThrownBy(() -> group.createTask(coroutine))
        .as(when)
        .isInstanceOf(IllegalStateException.class);
    assertThat(coroutine.toString()).as(when).endsWith(", dropped]");
  }

  @AsyncTest(schedules = 100)
  @DisplayName("T48 group: a child spawns while the body is done")
  void child_spawns() {
    var trace = new ArrayList<String>();
    TaskGroup group = taskGroup();
    await(group.run(() -> {
      group.createTask(async(() -> {
        await(sleep(ofSeconds(1)));
        group.createTask(slow(trace, "sibling"));
        trace.add("child: done");
      }));
      trace.add("body: done");
    }));
    trace.add("block: done");
    assertThat(trace).containsExactly("body: done", "child: done", "sibling: done", "block: done");
  }

  /** Departure: an Error is stored like any failure, and thrown itself. */
  @AsyncTest(schedules = 100)
  @DisplayName("T49 group: a child raises a throwable that is no Exception")
  void child_raises_error() {
    var trace = new ArrayList<String>();
    TaskGroup group = taskGroup();
    var error = new AssertionError("no Exception");
    assertThatThrownBy(() -> await(group.run(() -> {
          group.createTask(slow(trace, "other"));
          group.createTask(async(() -> {
            await(sleep(ofSeconds(1)));
            throw error;
          }));
        })))
        .isSameAs(error);
    assertThat(group.failures()).containsExactly(error);
    assertThat(currentTask().cancelling()).isZero();
    assertThat(trace).containsExactly("other: CE");
  }

  /** Departure: the failure itself at every level, not a group of a group. */
  @AsyncTest(schedules = 100)
  @DisplayName("T50 group: nested, one error")
  void nested() {
    var trace = new ArrayList<String>();
    TaskGroup group = taskGroup();
    TaskGroup inner = taskGroup();
    var error = new IllegalStateException("of the inner child");
    assertThatThrownBy(() -> await(group.run(() -> {
          group.createTask(slow(trace, "outer child"));
          await(inner.run(() -> {
            inner.createTask(slow(trace, "inner child"));
            inner.createTask(failing(error));
          }));
        })))
        .isSameAs(error)
        .hasNoSuppressedExceptions();
    assertThat(inner.failures()).containsExactly(error);
    assertThat(group.failures()).containsExactly(error);
    assertThat(currentTask().cancelling()).isZero();
    assertThat(trace).containsExactly("inner child: CE", "outer child: CE");
  }
}
