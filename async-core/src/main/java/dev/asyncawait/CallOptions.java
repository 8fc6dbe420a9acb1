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

  static final CallOptions DEFAULT = new CallOptions(null, true);

  private final @Nullable Executor executor;
  private final boolean interrupts;

  private CallOptions(@Nullable Executor executor, boolean interrupts) {
    this.executor = executor;
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
        Objects.requireNonNull(executor, "executor must not be null"), interrupts);
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
    return new CallOptions(executor, false);
  }

  Executor executorFor(EventLoop loop) {
    return executor != null ? executor : loop.callExecutor();
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
    return "CallOptions[" + (executor == null ? "the loop's executor" : Ask.text(executor)) + ", "
        + (interrupts ? "interrupted" : "not interrupted") + "]";
  }
}
