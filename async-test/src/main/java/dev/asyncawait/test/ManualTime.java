package dev.asyncawait.test;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;

import dev.asyncawait.Coroutine;
import dev.asyncawait.Task;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A virtual time that moves when it is told to, for a test that looks at coroutines from outside.
 *
 * <pre>{@code
 * try (ManualTime time = VirtualTime.manual()) {
 *   Task<String> task = time.start(waitFor(fetchData(), Duration.ofHours(2)));
 *   time.advance(Duration.ofHours(1));
 *   assertThat(task.isDone()).isTrue();
 * }
 * }</pre>
 *
 * <p>Coroutines run while {@link #start} and {@link #advance} do, on the thread that calls these, and at no other
 * time; between two calls the test may look at them, complete futures and so on. What it causes then happens in the
 * next call, if only in {@code advance(Duration.ZERO)}. Work in the real world is waited for as in {@link VirtualTime}.
 *
 * <p><b>Threads.</b> By one thread at a time, outside of coroutines.
 *
 * @since 0.1
 */
public final class ManualTime implements AutoCloseable {

  private final VirtualClock clock;
  private final TestRun run;

  ManualTime(VirtualTime.Options options) {
    clock = new VirtualClock(options);
    run = new TestRun(options, clock, null);
  }

  /**
   * Makes {@code coroutine} a task, and runs it, and all others, as far as they come without any time passing.
   *
   * @param coroutine what to run
   * @param <T> the type of its value
   * @return the task
   * @throws AssertionError if that takes longer than the limit in real time
   * @throws IllegalStateException if the coroutine was already awaited, or this is closed; or in a coroutine
   */
  public <T extends @Nullable Object> Task<T> start(Coroutine<T> coroutine) {
    Objects.requireNonNull(coroutine, "coroutine must not be null");
    Task<T> task = run.start(coroutine);
    advance(Duration.ZERO);
    return task;
  }

  /**
   * Moves the time, and runs what is due on the way: each timer at its own time, and everything that follows from it.
   * When this returns, every task waits for a later time, or for something that no timer brings.
   *
   * @param step how far; zero or more
   * @throws AssertionError if that takes longer than the limit in real time
   * @throws IllegalArgumentException if {@code step} is negative
   * @throws IllegalStateException if this is closed; or in a coroutine
   */
  public void advance(Duration step) {
    VirtualTime.Options.notNegative("step", step);
    run.step(async(() -> await(clock.arrivalAfter(step))));
  }

  /**
   * Returns the time.
   *
   * @return the sum of all steps so far; during a step how far it has come
   */
  public Duration now() {
    return clock.time();
  }

  /**
   * Returns a clock that shows this time.
   *
   * @return a clock in UTC that any thread may read; the time zero is {@link java.time.Instant#EPOCH}
   * @see VirtualTime#clock()
   */
  public Clock clock() {
    return clock.asClock();
  }

  /**
   * Cancels what has not ended, and closes the loop.
   *
   * @throws AssertionError if something was left behind, as {@link VirtualTime} says
   * @throws IllegalStateException in a coroutine
   */
  @Override
  public void close() {
    run.close();
  }
}
