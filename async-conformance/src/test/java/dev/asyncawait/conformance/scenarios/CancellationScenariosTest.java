package dev.asyncawait.conformance.scenarios;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.conformance.scenarios.Scenario.assertCancelled;
import static dev.asyncawait.conformance.scenarios.Scenario.scenario;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.AsyncFuture;
import dev.asyncawait.Coroutine;
import dev.asyncawait.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Cancellation of tasks: T1 to T10 of the table of asyncio's behaviour. */
class CancellationScenariosTest {

  private final List<String> trace = new ArrayList<>();

  /** Waits for an hour; a cancellation ends the wait and not the task. */
  private Coroutine<Integer> swallowing() {
    return async(() -> {
      try {
        await(sleep(ofHours(1)));
      } catch (CancellationException e) {
        trace.add("swallowed");
      }
      return 7;
    });
  }

  @Test
  @DisplayName("T1 cancel before first step")
  void before_the_first_step() {
    scenario(() -> {
      Task<Boolean> task = createTask(async(() -> trace.add("ran")));
      assertThat(task.cancel()).isTrue();
      assertCancelled(task);
      assertThat(task.cancelling()).isEqualTo(1);
    });
    assertThat(trace).isEmpty();
  }

  @Test
  @DisplayName("T2 task cancels itself, returns 7 without suspending")
  void itself() {
    scenario(() -> {
      Task<Integer> task = createTask(async(() -> {
        trace.add("cancel() gives " + currentTask().cancel());
        return 7;
      }));
      assertCancelled(task);
      assertThat(task.cancelling()).isEqualTo(1);
    });
    assertThat(trace).containsExactly("cancel() gives true");
  }

  @Test
  @DisplayName("T3 body swallows CE and returns")
  void swallowed() {
    scenario(() -> {
      Task<Integer> task = createTask(swallowing());
      await(sleep(ZERO));
      assertThat(task.cancel()).isTrue();
      assertThat(await(task)).isEqualTo(7);
      assertThat(task.isCancelled()).isFalse();
      assertThat(task.cancelling()).isEqualTo(1);
      assertThat(task.cancel()).isFalse();
    });
    assertThat(trace).containsExactly("swallowed");
  }

  @Test
  @DisplayName("T4 second cancel while `finally` awaits")
  void twice() {
    scenario(() -> {
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
      await(sleep(ZERO));
      task.cancel();
      await(sleep(ZERO));
      task.cancel();
      assertCancelled(task);
      assertThat(task.cancelling()).isEqualTo(2);
    });
    assertThat(trace).containsExactly("finally", "second CE");
  }

  @Test
  @DisplayName("T5 own cancel then uncancel before suspending")
  void taken_back() {
    scenario(() -> {
      Task<Integer> task = createTask(async(() -> {
        currentTask().cancel();
        trace.add("left: " + currentTask().uncancel());
        await(sleep(ofHours(1)));
        trace.add("slept");
        return currentTask().cancelling();
      }));
      assertThat(await(task)).isZero();
    });
    assertThat(trace).containsExactly("left: 0", "slept");
  }

  @Test
  @DisplayName("T6 awaited future gets its value, task cancelled before it resumes")
  void value_lost() {
    scenario(() -> {
      var future = new AsyncFuture<String>();
      Task<?> task = createTask(async(() -> {
        trace.add(await(future));
      }));
      await(sleep(ZERO));
      future.complete("value");
      assertThat(task.cancel()).isTrue();
      assertCancelled(task);
      assertThat(future).isCompletedWithValue("value");
    });
    assertThat(trace).isEmpty();
  }

  @Test
  @DisplayName("T7 cancel outer awaiting inner task")
  void inner_first() {
    scenario(() -> {
      Task<?> inner = createTask(sleep(ofHours(1)));
      Task<?> outer = createTask(async(() -> {
        await(inner);
      }));
      await(sleep(ZERO));
      outer.cancel();
      assertCancelled(outer);
      assertThat(inner).isCancelled();
      assertThat(List.of(outer.cancelling(), inner.cancelling())).containsExactly(1, 1);
    });
  }

  @Test
  @DisplayName("T8 as T7, inner swallows")
  void inner_swallows() {
    scenario(() -> {
      Task<Integer> inner = createTask(swallowing());
      Task<Integer> outer = createTask(async(() -> await(inner)));
      await(sleep(ZERO));
      outer.cancel();
      assertThat(await(outer)).isEqualTo(7);
      assertThat(outer.isCancelled()).isFalse();
      assertThat(outer.cancelling()).isEqualTo(1);
    });
    assertThat(trace).containsExactly("swallowed");
  }

  @Test
  @DisplayName("T9 await a foreign cancelled task")
  void of_somebody_else() {
    scenario(() -> {
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
    });
    assertThat(trace).containsExactly("own count 0");
  }

  /** Departure: asyncio loses the message when the outcome is read a second time; here it is kept. */
  @Test
  @DisplayName("T10 cancel(\"why\")")
  void message() {
    scenario(() -> {
      Task<?> task = createTask(async(() -> {
        try {
          await(sleep(ofHours(1)));
        } catch (CancellationException e) {
          trace.add("body sees " + e.getMessage());
          throw e;
        }
      }));
      await(sleep(ZERO));
      task.cancel("why");
      for (int reading = 1; reading <= 2; reading++) {
        assertThatThrownBy(() -> await(task))
            .isInstanceOf(CancellationException.class)
            .hasMessage("why");
      }
      assertThatThrownBy(task::join).isInstanceOf(CancellationException.class).hasMessage("why");
    });
    assertThat(trace).containsExactly("body sees why");
  }
}
