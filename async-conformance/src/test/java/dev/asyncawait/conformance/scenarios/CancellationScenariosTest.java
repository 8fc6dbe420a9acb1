package dev.asyncawait.conformance.scenarios;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.conformance.scenarios.Scenario.assertCancelled;
import static dev.asyncawait.test.VirtualTime.untilIdle;
import static java.time.Duration.ofHours;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.AsyncFuture;
import dev.asyncawait.Coroutine;
import dev.asyncawait.Task;
import dev.asyncawait.test.AsyncTest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.DisplayName;

/** Cancellation of tasks: T1 to T10 of the table of asyncio's behaviour. */
class CancellationScenariosTest {

  /** Waits for an hour; a cancellation ends the wait and not the task. */
  private static Coroutine<Integer> swallowing(List<String> trace) {
    return async(() -> {
      try {
        await(sleep(ofHours(1)));
      } catch (CancellationException e) {
        trace.add("swallowed");
      }
      return 7;
    });
  }

  @AsyncTest
  @DisplayName("T1 cancel before first step")
  void before_the_first_step() {
    var trace = new ArrayList<String>();
    Task<Boolean> task = createTask(async(() -> trace.add("ran")));
    assertThat(task.cancel()).isTrue();
    assertCancelled(task);
    assertThat(task.cancelling()).isEqualTo(1);
    assertThat(trace).isEmpty();
  }

  @AsyncTest
  @DisplayName("T2 task cancels itself, returns 7 without suspending")
  void itself() {
    var trace = new ArrayList<String>();
    Task<Integer> task = createTask(async(() -> {
      trace.add("cancel() gives " + currentTask().cancel());
      return 7;
    }));
    assertCancelled(task);
    assertThat(task.cancelling()).isEqualTo(1);
    assertThat(trace).containsExactly("cancel() gives true");
  }

  /** Departure: asyncio is silent about it; here a warning names the task and the body. */
  @AsyncTest
  @DisplayName("T3 body swallows CE and returns")
  void swallowed() {
    var trace = new ArrayList<String>();
    try (var reports = new Reports()) {
      Task<Integer> task = createTask(swallowing(trace));
      await(untilIdle());
      assertThat(task.cancel()).isTrue();
      assertThat(await(task)).isEqualTo(7);
      assertThat(task.isCancelled()).isFalse();
      assertThat(task.cancelling()).isEqualTo(1);
      assertThat(task.cancel()).isFalse();
      assertSwallowed(task, reports);
    }
    assertThat(trace).containsExactly("swallowed");
  }

  private static void assertSwallowed(Task<?> task, Reports reports) {
    assertThat(reports.warnings())
        .singleElement()
        .asString()
        .startsWith("Task[name=" + task.getName() + ", ")
        .contains(" swallowed the CancellationException");
  }

  @AsyncTest
  @DisplayName("T4 second cancel while `finally` awaits")
  void twice() {
    var trace = new ArrayList<String>();
    Task<?> task = createTask(async(() -> {
      try {
        await(sleep(ofHours(1)));
      } finally {
        trace.add("finally");
        try {
          await(sleep(ofHours(1)));
        } catch (CancellationException e) {
          trace.add("second CE");
        }
      }
    }));
    await(untilIdle());
    task.cancel();
    await(untilIdle());
    task.cancel();
    assertCancelled(task);
    assertThat(task.cancelling()).isEqualTo(2);
    assertThat(trace).containsExactly("finally", "second CE");
  }

  @AsyncTest
  @DisplayName("T5 own cancel then uncancel before suspending")
  void taken_back() {
    var trace = new ArrayList<String>();
    Task<Integer> task = createTask(async(() -> {
      currentTask().cancel();
      trace.add("left: " + currentTask().uncancel());
      await(sleep(ofHours(1)));
      trace.add("slept");
      return currentTask().cancelling();
    }));
    assertThat(await(task)).isZero();
    assertThat(trace).containsExactly("left: 0", "slept");
  }

  @AsyncTest
  @DisplayName("T6 awaited future gets its value, task cancelled before it resumes")
  void value_lost() {
    var trace = new ArrayList<String>();
    var future = new AsyncFuture<String>();
    Task<?> task = createTask(async(() -> {
      trace.add(await(future));
    }));
    await(untilIdle());
    future.complete("value");
    assertThat(task.cancel()).isTrue();
    assertCancelled(task);
    assertThat(future).isCompletedWithValue("value");
    assertThat(trace).isEmpty();
  }

  @AsyncTest(schedules = 100)
  @DisplayName("T7 cancel outer awaiting inner task")
  void inner_first() {
    Task<?> inner = createTask(sleep(ofHours(1)));
    Task<?> outer = createTask(async(() -> {
      await(inner);
    }));
    await(untilIdle());
    outer.cancel();
    assertCancelled(outer);
    assertThat(inner).isCancelled();
    assertThat(List.of(outer.cancelling(), inner.cancelling())).containsExactly(1, 1);
  }

  /** Departure: a warning, as in T3. */
  @AsyncTest(schedules = 100)
  @DisplayName("T8 as T7, inner swallows")
  void inner_swallows() {
    var trace = new ArrayList<String>();
    try (var reports = new Reports()) {
      Task<Integer> inner = createTask(swallowing(trace));
      Task<Integer> outer = createTask(async(() -> await(inner)));
      await(untilIdle());
      outer.cancel();
      assertThat(await(outer)).isEqualTo(7);
      assertThat(outer.isCancelled()).isFalse();
      assertThat(outer.cancelling()).isEqualTo(1);
      assertSwallowed(inner, reports);
    }
    assertThat(trace).containsExactly("swallowed");
  }

  @AsyncTest(schedules = 100)
  @DisplayName("T9 await a foreign cancelled task")
  void of_somebody_else() {
    var trace = new ArrayList<String>();
    Task<?> foreign = createTask(sleep(ofHours(1)));
    foreign.cancel();
    Task<?> catching = createTask(async(() -> {
      assertThatThrownBy(() -> await(foreign)).isInstanceOf(CancellationException.class);
      trace.add("own count " + currentTask().cancelling());
    }));
    Task<?> uncaught = createTask(async(() -> {
      await(foreign);
    }));
    await(catching);
    assertCancelled(uncaught);
    assertThat(uncaught.cancelling()).isZero();
    assertThat(trace).containsExactly("own count 0");
  }

  /** Departure: asyncio loses the message when the outcome is read a second time; here it is kept. */
  @AsyncTest
  @DisplayName("T10 cancel(\"why\")")
  void message() {
    var trace = new ArrayList<String>();
    Task<?> task = createTask(async(() -> {
      try {
        await(sleep(ofHours(1)));
      } catch (CancellationException e) {
        trace.add("body sees " + e.getMessage());
        throw e;
      }
    }));
    await(untilIdle());
    task.cancel("why");
    for (int reading = 1; reading <= 2; reading++) {
      assertThatThrownBy(() -> await(task))
          .isInstanceOf(CancellationException.class)
          .hasMessage("why");
    }
    assertThatThrownBy(task::join).isInstanceOf(CancellationException.class).hasMessage("why");
    assertThat(trace).containsExactly("body sees why");
  }
}
