package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/** Waits for a future and gives its outcome. */
final class FutureFrame extends Frame {

  private final AsyncFuture<?> future;
  private boolean suspended;

  FutureFrame(AsyncFuture<?> future) {
    this.future = future;
  }

  @Override
  @Nullable
  Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error) throws Throwable {
    if (error != null) {
      throw error;
    }
    if (suspended) {
      return value;
    }
    if (future.isDone()) {
      return future.outcome();
    }
    suspended = true;
    return task.awaitNext(future);
  }

  @Override
  String nameWhenUsed() {
    return "a wait for a future";
  }

  @Override
  public String toString() {
    return future.toString();
  }
}
