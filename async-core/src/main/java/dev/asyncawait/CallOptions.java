package dev.asyncawait;

import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * How {@link Async#toThread(Callable, CallOptions) toThread} makes a call: on whose threads, and whether it is
 * interrupted when it is cancelled.
 *
 * <pre>{@code
 * CallOptions query = CallOptions.onExecutor(executor).withoutInterrupt();
 * int rows = await(toThread(() -> count("orders"), query));
 * }</pre>
 *
 * <p>It never changes and may be shared.
 *
 * @since 0.1
 */
public final class CallOptions {

  static final CallOptions DEFAULT = new CallOptions(null, false, true);

  private static final CallOptions COMPUTING = new CallOptions(null, true, true);

  private final @Nullable Executor executor;
  private final boolean computes;
  private final boolean interrupts;

  private CallOptions(@Nullable Executor executor, boolean computes, boolean interrupts) {
    this.executor = executor;
    this.computes = computes;
    this.interrupts = interrupts;
  }

  /**
   * Returns options for calls on threads of {@code executor}.
   *
   * @param executor runs the call; see {@link #withExecutor}
   * @return options that interrupt a cancelled call
   * @see <a href="https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.run_in_executor">
   *     loop.run_in_executor</a>
   */
  public static CallOptions onExecutor(Executor executor) {
    return DEFAULT.withExecutor(executor);
  }

  /**
   * Returns options for calls that keep a processor busy, rather than wait for something.
   *
   * <pre>{@code
   * int primes = await(toThread(() -> countPrimes(1_000_000), CallOptions.computing()));
   * }</pre>
   *
   * <p>The loop makes as many of them at once as there are processors, each on a daemon thread, and the others after
   * that: more at once would be no faster. Without this option every call gets a thread at once.
   *
   * <p><b>Cancellation.</b> As without it; code that computes has to look at {@link Thread#interrupted()} itself.
   *
   * <p><b>Pitfall.</b> A call that waits for another one of the same loop that computes may hold the thread that this
   * one needs.
   *
   * @return options that interrupt a cancelled call
   * @see Runtime#availableProcessors()
   */
  public static CallOptions computing() {
    return COMPUTING;
  }

  /**
   * Returns options for calls on the loop's own threads that cancelling does not interrupt.
   *
   * @return options as {@link #withoutInterrupt} makes them
   */
  public static CallOptions uninterrupted() {
    return DEFAULT.withoutInterrupt();
  }

  /**
   * Returns the same options with another executor.
   *
   * <p>What it throws when it is given the call, {@code await} of the call throws. It must not run the call on
   * the thread of a loop, which the call would block: such a call fails with a {@link
   * java.util.concurrent.RejectedExecutionException}.
   *
   * @param executor runs the call, instead of the loop's {@link Runner.Builder#executor}; it is not shut down
   * @return other options
   */
  public CallOptions withExecutor(Executor executor) {
    return new CallOptions(
        Objects.requireNonNull(executor, "executor must not be null"), false, interrupts);
  }

  /**
   * Returns the same options for calls whose thread is left alone when they are cancelled.
   *
   * <p>The task that awaits the call gets its cancellation at once all the same, and the loop does not close
   * before the call has ended, for a bounded time. It is for code that an interrupt would harm: it closes a
   * {@link java.nio.channels.FileChannel} for good, for one.
   *
   * @return other options
   */
  public CallOptions withoutInterrupt() {
    return new CallOptions(executor, computes, false);
  }

  Executor executorFor(EventLoop loop) {
    if (executor != null) {
      return executor;
    }
    return computes ? loop.computingExecutor() : loop.callExecutor();
  }

  boolean interrupts() {
    return interrupts;
  }

  /**
   * Lists the options.
   *
   * @return for example {@code CallOptions[the loop's executor, not interrupted]}
   */
  @Override
  public String toString() {
    String where = executor != null
        ? Ask.text(executor)
        : computes ? "the loop's threads that compute" : "the loop's executor";
    return "CallOptions[" + where + ", " + (interrupts ? "interrupted" : "not interrupted") + "]";
  }
}
