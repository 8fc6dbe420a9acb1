package dev.asyncawait;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The block of a {@link Timeout}: runs its work under the deadline. */
final class TimeoutFrame extends BlockFrame {

  private final Timeout timeout;
  private final Awaitable<?> work;

  /** What {@link Async#waitFor} was given; null if the block is the timeout's own. */
  private final @Nullable Duration limit;

  private @Nullable Frame begun;

  private TimeoutFrame(Timeout timeout, Awaitable<?> work, @Nullable Duration limit) {
    this.timeout = timeout;
    this.work = work;
    this.limit = limit;
  }

  static Frame block(Timeout timeout, Coroutine<?> body) {
    return new TimeoutFrame(timeout, body, null);
  }

  /** asyncio.wait_for. */
  static Frame waitFor(Awaitable<?> work, Duration limit) {
    return limit.isZero() || limit.isNegative()
        ? new CancelAndAwaitFrame(work, limit)
        : new TimeoutFrame(Timeout.fromEntry(limit), work, limit);
  }

  @Override
  @Nullable
  Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error) throws Throwable {
    Frame frame = begun;
    if (frame == null) {
      frame = Frame.of(work);
      timeout.enter(task);
      begun = frame;
    }
    Object result;
    try {
      result = frame.resume(task, value, error);
    } catch (Throwable failure) {
      throw Objects.requireNonNull(timeout.exit(failure));
    }
    if (result != SUSPENDED) {
      timeout.exit(null);
    }
    return result;
  }

  @Override
  @Nullable
  Frame inner() {
    return begun;
  }

  @Override
  String nameWhenUsed() {
    return limit == null ? "Timeout.run(...)" : "waitFor(...)";
  }

  @Override
  public String toString() {
    return limit == null ? timeout + " around " + work : "waitFor(" + work + ", " + limit + ")";
  }
}
