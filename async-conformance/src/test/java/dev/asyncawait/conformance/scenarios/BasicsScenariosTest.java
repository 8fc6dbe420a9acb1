package dev.asyncawait.conformance.scenarios;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.conformance.scenarios.Scenario.scenario;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.AsyncFuture;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Awaiting and sleeping: T71 and T75 of the table of asyncio's behaviour. */
class BasicsScenariosTest {

  private final List<String> trace = new ArrayList<>();

  private Task<Boolean> other() {
    return createTask(async(() -> trace.add("other")));
  }

  @Test
  @DisplayName("T71 await a done future; await a non-suspending coroutine")
  void no_switch() {
    scenario(() -> {
      Task<Boolean> other = other();
      assertThat(await(AsyncFuture.completedFuture("a"))).isEqualTo("a");
      trace.add("future");
      Coroutine<String> inner = async(() -> "b");
      assertThat(await(async(() -> await(inner)))).isEqualTo("b");
      trace.add("coroutine");
      await(other);
      trace.add("task");
      await(other);
      trace.add("again");
    });
    assertThat(trace).containsExactly("future", "coroutine", "other", "task", "again");
  }

  /** Departure: a Duration is never NaN, and a sleep has no result to be given. */
  @Test
  @DisplayName("T75 sleep(-1, x) / sleep(NaN)")
  void one_turn() {
    scenario(() -> {
      for (Duration none : List.of(Duration.ZERO, Duration.ofSeconds(-1))) {
        trace.clear();
        Task<Boolean> before = other();
        EventLoop.current().execute(() -> other());
        assertThat(await(sleep(none))).isNull();
        trace.add("slept");
        assertThat(before).isDone();
        await(sleep(none));
        assertThat(trace).containsExactly("other", "slept", "other");
      }
      assertThat(EventLoop.current().time()).isZero();
    });
  }
}
