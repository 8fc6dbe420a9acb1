package dev.asyncawait;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Cleanup that cancel requests must not stop: they are kept here until it has ended. */
final class CleanupFrame extends BlockFrame {

  private final Frame work;
  private boolean begun;

  // by the task's CancelAccount alone

  /** The cleanup around this one. */
  @Nullable
  CleanupFrame outer;

  @Nullable
  ScopeNode node;

  /** How many requests came meanwhile, and the reason of the last. */
  int held;

  /** Whether one was to be delivered when this began. */
  boolean undelivered;

  @Nullable
  String undeliveredReason;

  @Nullable
  String reason;

  @Nullable
  CancelInfo info;

  CleanupFrame(Duration limit, Frame body) {
    Objects.requireNonNull(limit, "limit must not be null");
    if (limit.isZero() || limit.isNegative()) {
      throw new IllegalArgumentException(
          "limit must be more than zero, but was " + limit + "; cleanup needs time, and an end");
    }
    this.work = TimeoutFrame.waitFor(Coroutine.within(body), limit);
  }

  void hold(CancelRequest request) {
    held++;
    reason = request.reason;
    info = request.info();
  }

  @Override
  @Nullable
  Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error) throws Throwable {
    if (!begun) {
      begun = true;
      task.enterCleanup(this);
    }
    Object result;
    try {
      result = work.resume(task, value, error);
    } catch (Throwable failure) {
      task.leaveCleanup(this);
      throw failure;
    }
    if (result != SUSPENDED) {
      task.leaveCleanup(this);
    }
    return result;
  }

  @Override
  Frame inner() {
    return work;
  }

  @Override
  String nameWhenUsed() {
    return "cleanup(...)";
  }

  @Override
  public String toString() {
    return "cleanup";
  }
}
