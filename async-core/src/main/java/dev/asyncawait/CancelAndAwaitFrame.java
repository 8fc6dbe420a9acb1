package dev.asyncawait;

import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Waits for work that is given no time: what is not done is cancelled before it has begun, and its end awaited.
 *
 * <p>It does not await the work itself but a future of its own, so that a cancellation of the caller ends it.
 */
final class CancelAndAwaitFrame extends Frame {

  private final Awaitable<?> work;
  private final Duration limit;
  private @Nullable AsyncFuture<?> future;
  private @Nullable Watcher end;
  private final long began = KnownFailure.additions();

  CancelAndAwaitFrame(Awaitable<?> work, Duration limit) {
    this.work = work;
    this.limit = limit;
  }

  @Override
  @Nullable
  Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error) throws Throwable {
    AsyncFuture<?> awaited = future;
    if (awaited == null) {
      return begin(task);
    }
    if (error != null) {
      Objects.requireNonNull(end).withdraw();
      throw error;
    }
    try {
      return awaited.outcome();
    } catch (Throwable failure) {
      throw Timeout.timedOut(Timeout.message(limit), failure, task, began);
    }
  }

  private @Nullable Object begin(Task<?> task) throws Throwable {
    EventLoop loop = task.loop;
    AsyncFuture<?> started = loop.futureOf(work);
    future = started;
    if (started.isDone()) {
      return started.outcome();
    }
    var wait = new FrameFuture(task, this);
    end = new Watcher(loop, true, wait::end);
    end.watch(started);
    started.cancel(Timeout.message(limit));
    return task.awaitNext(wait);
  }

  @Override
  void addBlockers(Set<Task<?>> blockers) {
    Objects.requireNonNull(future).addBlockers(blockers);
  }

  @Override
  String nameWhenUsed() {
    return "waitFor(...)";
  }

  @Override
  public String toString() {
    return "waitFor(" + work + ", " + limit + ")";
  }
}
