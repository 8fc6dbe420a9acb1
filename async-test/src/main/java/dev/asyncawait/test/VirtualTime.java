package dev.asyncawait.test;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.currentTask;

import dev.asyncawait.Coroutine;
import dev.asyncawait.Runner;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs a coroutine on a clock that jumps to the next timer as soon as nothing is left to do: hours pass in
 * milliseconds, and always in the same order.
 *
 * <pre>{@code
 * Duration slept = VirtualTime.run(async(() -> {
 *   await(sleep(Duration.ofHours(8)));
 *   return EventLoop.current().time();
 * }));
 * assertThat(slept).isEqualTo(Duration.ofHours(8));
 * }</pre>
 *
 * <p>The time starts at zero and stands still while anything runs. Loops that the coroutine starts with {@link
 * dev.asyncawait.Async#start start} share it. It waits for work in the real world:
 *
 * <ul>
 *   <li>for a pending call of {@link dev.asyncawait.Async#toThread toThread}, up to {@link Options#callLimit};
 *   <li>for a plain {@link java.util.concurrent.CompletionStage} that is awaited or was given to {@link
 *       dev.asyncawait.Async#from from}, only for a short {@link Options#stageGrace} if there is a timer to jump
 *       to, since nobody knows whether it ever completes.
 * </ul>
 *
 * <p>If every task waits, no timer is set and nothing is in flight, the test can never end; it fails at once with
 * an {@link AssertionError} that lists the tasks.
 *
 * <p><b>Pitfall.</b> An event that only the test's own threads will cause, such as completing an {@link
 * dev.asyncawait.AsyncFuture}, is not in flight; cause it within {@code toThread}.
 *
 * @since 0.1
 */
public final class VirtualTime {

  private VirtualTime() {}

  /**
   * Runs {@code main} in virtual time, as {@link dev.asyncawait.Async#run run} does in real time.
   *
   * @param main what to run
   * @param <T> the type of its value
   * @return the value of {@code main}; what {@code main} throws is thrown as it is
   * @throws AssertionError if every task waits and nothing can wake them, or if a call of {@code toThread} took
   *     longer than the limit
   * @throws IllegalStateException as {@code Async.run}
   */
  public static <T extends @Nullable Object> T run(Coroutine<T> main) {
    return options().run(main);
  }

  /**
   * Returns options to change before running.
   *
   * @return new options with the default settings
   */
  public static Options options() {
    return new Options();
  }

  /** How long virtual time waits for the real world. */
  public static final class Options {

    private Duration stageGrace = Duration.ofMillis(100);
    private Duration callLimit = Duration.ofSeconds(30);

    private Options() {}

    /**
     * Sets how long, in real time, plain stages are waited for before the clock jumps to the next timer.
     *
     * @param grace zero or more; 100 milliseconds by default
     * @return these options
     * @throws IllegalArgumentException if {@code grace} is negative
     */
    public Options stageGrace(Duration grace) {
      stageGrace = notNegative("stageGrace", grace);
      return this;
    }

    /**
     * Sets how long, in real time, calls of {@code toThread} are waited for, and stages when there is no timer
     * to jump to, before the run fails.
     *
     * @param limit zero or more; 30 seconds by default
     * @return these options
     * @throws IllegalArgumentException if {@code limit} is negative
     */
    public Options callLimit(Duration limit) {
      callLimit = notNegative("callLimit", limit);
      return this;
    }

    private static Duration notNegative(String option, Duration value) {
      Objects.requireNonNull(value, option + " must not be null");
      if (value.isNegative()) {
        throw new IllegalArgumentException(option + " must not be negative, but was " + value);
      }
      return value;
    }

    /**
     * Runs {@code main} in virtual time with these options.
     *
     * @param main what to run
     * @param <T> the type of its value
     * @return the value of {@code main}; what {@code main} throws is thrown as it is
     * @throws AssertionError as {@link VirtualTime#run}
     * @throws IllegalStateException as {@code Async.run}
     */
    public <T extends @Nullable Object> T run(Coroutine<T> main) {
      Objects.requireNonNull(main, "main must not be null");
      var clock = new VirtualClock(stageGrace, callLimit);
      T value;
      try (clock;
          Runner runner = Runner.builder().clock(clock).build()) {
        value = runner.run(async(() -> {
          clock.stopWhenStuck(currentTask());
          return await(main);
        }));
      } catch (Throwable failure) {
        clock.failIfStuck(failure);
        throw failure;
      }
      clock.failIfStuck(null);
      return value;
    }
  }
}
