package dev.asyncawait.test;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;

import dev.asyncawait.CheckReturnValue;
import dev.asyncawait.Coroutine;
import dev.asyncawait.LoopExceptionHandler;
import java.time.Clock;
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
 *   <li>for pending calls of {@link dev.asyncawait.Async#toThread toThread};
 *   <li>for a plain {@link java.util.concurrent.CompletionStage} that is awaited or was given to {@link
 *       dev.asyncawait.Async#from from}, but only for a short {@link Options#stageGrace} if there is a timer to jump
 *       to, since nobody knows whether it ever completes.
 * </ul>
 *
 * <p>A run fails, with an {@link AssertionError} that says why,
 *
 * <ul>
 *   <li>at once, if every task waits, no timer is set and nothing is in flight: it lists the tasks, where each is, who
 *       waits for whom, and the circle if there is one;
 *   <li>when it takes longer than its {@link Options#limit} in real time, or its {@link Options#timeout} in virtual
 *       time;
 *   <li>if it leaves anything behind: a task that has not ended, a coroutine that was never awaited, a failure that
 *       nobody saw; see {@link Options#allowLeaks}.
 * </ul>
 *
 * <p><b>Pitfall.</b> An event that only the test's own threads will cause, such as completing an {@link
 * dev.asyncawait.AsyncFuture}, is not in flight; cause it within {@code toThread}, or move the time by hand.
 *
 * @see AsyncTest
 * @see #manual()
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
   * @throws AssertionError if the run fails for one of the reasons above
   * @throws IllegalStateException as {@code Async.run}
   */
  public static <T extends @Nullable Object> T run(Coroutine<T> main) {
    return options().run(main);
  }

  /**
   * Returns a time that stands still until it is told to move, for code that is not a coroutine itself.
   *
   * @return a new time, at zero
   */
  public static ManualTime manual() {
    return options().manual();
  }

  /**
   * Returns options to change before running.
   *
   * @return new options with the default settings
   */
  public static Options options() {
    return new Options();
  }

  /**
   * Returns a coroutine that waits, without any time passing, until everything else waits: for a timer, for each other
   * or for this.
   *
   * <pre>{@code
   * Task<String> task = createTask(fetchData());
   * await(VirtualTime.untilIdle()); // it has come as far as it can
   * task.cancel();
   * }</pre>
   *
   * <p>Unlike a number of {@code sleep(Duration.ZERO)} it means the same in every order in which tasks may run. Work
   * in the real world is waited for as it is before the time jumps.
   *
   * <p>The counterpart of {@code trio.testing.wait_all_tasks_blocked}.
   *
   * @return a coroutine that gives null
   * @throws IllegalStateException from {@code await}, in real time
   */
  @CheckReturnValue
  public static Coroutine<@Nullable Void> untilIdle() {
    return async(() -> {
      boolean unused = await(VirtualClock.current("untilIdle()").idle());
    });
  }

  /**
   * Returns a clock that shows the virtual time, for code that takes a {@link Clock}.
   *
   * <pre>{@code
   * Clock clock = VirtualTime.clock();
   * Instant before = clock.instant();
   * await(sleep(Duration.ofHours(1)));
   * assertThat(clock.instant()).isEqualTo(before.plusSeconds(3600));
   * }</pre>
   *
   * <p>It may be read by any thread. {@link Clock#offset} makes one that starts at another instant.
   *
   * @return a clock in UTC; the time zero is {@link java.time.Instant#EPOCH}
   * @throws IllegalStateException outside a coroutine or callback of a loop, and in real time
   */
  public static Clock clock() {
    return VirtualClock.current("clock()").asClock();
  }

  /** What a run is to do with the real world, and what it may leave behind. */
  public static final class Options {

    Duration stageGrace = Duration.ofMillis(100);
    Duration limit = Duration.ofSeconds(30);

    @Nullable
    Duration timeout;

    boolean leaksAllowed;

    @Nullable
    LoopExceptionHandler exceptionHandler;

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
     * Sets how long a run may take in real time.
     *
     * <p>When it is over, the run fails: it says what it waited for, or where the running task is. The tasks are
     * cancelled, and interrupted if they block in a call of their own; a loop on which one goes on all the same is
     * closed.
     *
     * <p><b>Pitfall.</b> A main that ignores interrupts cannot be ended: it runs on the caller's thread. That is
     * logged, with its stack.
     *
     * @param limit zero or more; 30 seconds by default
     * @return these options
     * @throws IllegalArgumentException if {@code limit} is negative
     */
    public Options limit(Duration limit) {
      this.limit = notNegative("limit", limit);
      return this;
    }

    /**
     * Sets how long a run may take in virtual time; by default as long as it likes.
     *
     * <p>When it is over, main is cancelled, and the run fails once its cleanup has ended.
     *
     * @param timeout zero or more
     * @return these options
     * @throws IllegalArgumentException if {@code timeout} is negative
     */
    public Options timeout(Duration timeout) {
      this.timeout = notNegative("timeout", timeout);
      return this;
    }

    /**
     * Has a run not fail because of what it leaves behind: tasks that have not ended are cancelled, and failures that
     * nobody saw are logged, as in production. Nor is debug mode on then: to take down the {@linkplain
     * dev.asyncawait.AsyncFuture#creation() place} where each task and coroutine is made takes most of the time of a run
     * with very many.
     *
     * @return these options
     */
    public Options allowLeaks() {
      leaksAllowed = true;
      return this;
    }

    /**
     * Has failures that nobody saw, and coroutines that were never awaited, go to a handler, as in production, instead
     * of failing the run.
     *
     * @param handler called once for each
     * @return these options
     * @see dev.asyncawait.Runner.Builder#exceptionHandler
     */
    public Options exceptionHandler(LoopExceptionHandler handler) {
      exceptionHandler = Objects.requireNonNull(handler, "handler must not be null");
      return this;
    }

    static Duration notNegative(String option, Duration value) {
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
      return new TestRun(this, new VirtualClock(this), null).toTheEnd(main);
    }

    /**
     * Returns a time that stands still until it is told to move, with these options. The limit is that of each of its
     * methods; a step in which a timer is due after the timeout fails.
     *
     * @return a new time, at zero
     */
    public ManualTime manual() {
      return new ManualTime(this);
    }
  }
}
