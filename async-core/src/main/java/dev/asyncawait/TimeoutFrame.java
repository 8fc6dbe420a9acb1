package dev.asyncawait;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Gives an awaitable a limited time: asyncio's timeout() around an await.
 *
 * <p>When the time has passed it cancels its own task, and when the work has ended it takes that request back.
 * Only if no other request is outstanding then, the cancellation was this timeout's, and it becomes an {@link
 * AsyncTimeoutException}; if somebody else cancelled the task as well, the cancellation goes on.
 */
final class TimeoutFrame extends Frame {

  private final Awaitable<?> work;
  private final Duration limit;
  private @Nullable Frame inner;
  private @Nullable TimerHandle timer;
  private int requestsAtEntry;
  private boolean requested;
  private boolean expired;

  TimeoutFrame(Awaitable<?> work, Duration limit) {
    this.work = work;
    this.limit = limit;
  }

  @Override
  @Nullable
  Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error) throws Throwable {
    Object result;
    try {
      if (inner == null) {
        inner = enter(task);
      }
      result = inner.resume(task, value, error);
    } catch (Throwable failure) {
      exit(task);
      throw translated(task, failure);
    }
    if (result != SUSPENDED) {
      exit(task);
    }
    return result;
  }

  private Frame enter(Task<?> task) {
    requestsAtEntry = task.cancelling();
    if (limit.isZero() || limit.isNegative()) {
      return withoutTime(task);
    }
    Frame frame = Frame.of(work);
    timer = task.loop.schedule(limit, () -> expire(task));
    return frame;
  }

  /** Cancels what is not done before it has begun, and waits for its end; a coroutine runs no line. */
  private Frame withoutTime(Task<?> task) {
    AsyncFuture<?> future = work instanceof Coroutine<?> coroutine
        ? task.loop.newTask(coroutine.begin(), null)
        : (AsyncFuture<?>) work;
    expired = future.cancel(null);
    return new FutureFrame(future);
  }

  private void expire(Task<?> task) {
    expired = true;
    requested = task.cancel("timed out after " + limit);
  }

  private void exit(Task<?> task) {
    if (timer != null) {
      timer.cancel();
    }
    if (requested) {
      task.uncancel();
    }
  }

  private Throwable translated(Task<?> task, Throwable failure) {
    if (!expired || task.cancelling() > requestsAtEntry || failure instanceof LoopClosedError) {
      return failure;
    }
    var timeout = new AsyncTimeoutException("timed out after " + limit);
    if (failure instanceof CancellationException) {
      timeout.initCause(failure);
      return timeout;
    }
    failure.addSuppressed(timeout);
    return failure;
  }

  @Override
  public String toString() {
    return "waitFor(" + work + ", " + limit + ")";
  }
}
