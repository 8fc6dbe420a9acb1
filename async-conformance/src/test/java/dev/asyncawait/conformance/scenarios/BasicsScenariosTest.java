package dev.asyncawait.conformance.scenarios;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.AsyncFuture;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Task;
import dev.asyncawait.test.AsyncTest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Awaiting and sleeping: T71 and T75 of the table of asyncio's behaviour. */
class BasicsScenariosTest {

  private static Task<Boolean> other(List<String> trace) {
    return createTask(async(() -> trace.add("other")));
  }

  @AsyncTest
  @DisplayName("T71 await a done future; await a non-suspending coroutine")
  void no_switch() {
    var trace = new ArrayList<String>();
    Task<Boolean> other = other(trace);
    assertThat(await(AsyncFuture.completedFuture("a"))).isEqualTo("a");
    trace.add("future");
    Coroutine<String> inner = async(() -> "b");
    assertThat(await(async(() -> await(inner)))).isEqualTo("b");
    trace.add("coroutine");
    await(other);
    trace.add("task");
    await(other);
    trace.add("again");
    assertThat(trace).containsExactly("future", "coroutine", "other", "task", "again");
  }

  /** Departure: a Duration is never NaN, and a sleep has no result to be given. */
  @AsyncTest
  @DisplayName("T75 sleep(-1, x) / sleep(NaN)")
  @ParameterizedTest
  @ValueSource(ints = {0, -1})
  void one_turn(int seconds) {
    var trace = new ArrayList<String>();
    Task<Boolean> before = other(trace);
    EventLoop.current().execute(() -> other(trace));
    assertThat(await(sleep(ofSeconds(seconds)))).isNull();
    trace.add("slept");
    assertThat(before).isDone();
    await(sleep(ofSeconds(seconds)));
    assertThat(trace).containsExactly("other", "slept", "other");
    assertThat(EventLoop.current().time()).isZero();
  }
}
