package dev.asyncawait;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Attempts at the same thing, one after the other, until one succeeds or the policy has enough. */
final class RetryFrame extends BlockFrame {

  private final RetryPolicy policy;
  private final Supplier<Frame> attempts;
  private final @Nullable Timeout timeout;

  /** The attempt or the pause that runs; null before the first. */
  private @Nullable Frame current;

  private boolean pausing;
  private int made;

  // of the requests to cancel the task from before, after others than which nothing is tried again

  private int requestsBefore;
  private boolean pendingBefore;
  private int deliveriesBefore;

  /** How the attempt before the current one has failed. */
  private @Nullable Throwable latest;

  RetryFrame(RetryPolicy policy, Supplier<Frame> attempts) {
    this.policy = Objects.requireNonNull(policy, "policy must not be null");
    this.attempts = attempts;
    Duration limit = policy.limit();
    this.timeout = limit == null ? null : Timeout.fromEntry(limit);
  }

  @Override
  @Nullable
  Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error) throws Throwable {
    if (current == null) {
      requestsBefore = task.cancelling();
      pendingBefore = task.isCancelPending();
      deliveriesBefore = task.cancelDeliveries();
      current = attempts.get();
      made = 1;
      if (timeout != null) {
        timeout.enter(task);
      }
    }
    Object sent = value;
    Throwable told = error;
    Object result;
    for (; ; ) {
      try {
        result = Objects.requireNonNull(current).resume(task, sent, told);
        if (result == SUSPENDED) {
          return SUSPENDED;
        }
        if (!pausing) {
          if (timeout != null) {
            timeout.exit(null);
          }
          break;
        }
        pausing = false;
        current = attempts.get();
        made++;
      } catch (Throwable failure) {
        current = pauseAfter(task, failure);
        pausing = true;
        latest = failure;
      }
      sent = null;
      told = null;
    }
    return Coroutine.refuseAsValue(result, "retry");
  }

  /** The pause after an attempt that has failed; or throws, if that or the pause is the end. */
  private Frame pauseAfter(Task<?> task, Throwable failure) throws Throwable {
    Duration pause = pausing || wasCancelled(task) ? null : askPolicy(task, failure);
    boolean inTime = pause != null
        && (timeout == null || task.loop.time().plus(pause).compareTo(timeout.when()) < 0);
    if (pause == null || !inTime) {
      throw end(failure);
    }
    return Sleep.SleepFrame.of(pause);
  }

  /** Whether somebody has asked, or one who had asked before was heard. */
  private boolean wasCancelled(Task<?> task) {
    return task.cancelling() > requestsBefore
        || (pendingBefore && task.cancelDeliveries() != deliveriesBefore);
  }

  /** How long to wait before another attempt; null if there is to be none. */
  private @Nullable Duration askPolicy(Task<?> task, Throwable failure) throws Throwable {
    try {
      return policy.triesAgain(made, failure) ? policy.pauseAfter(made) : null;
    } catch (Throwable thrown) {
      SuppressedFailures.add(
          "the failure of an attempt",
          List.of(failure),
          thrown,
          task,
          task,
          KnownFailure.additions());
      throw end(thrown);
    }
  }

  /** Ends the time that there was, and gives what is thrown instead of {@code failure}. */
  private Throwable end(Throwable failure) {
    if (timeout == null) {
      return failure;
    }
    Throwable thrown = Objects.requireNonNull(timeout.exit(failure));
    if (thrown != failure && latest != null) {
      thrown.addSuppressed(latest); // it is the timeout's, and nobody else has it yet
    }
    return thrown;
  }

  @Override
  @Nullable
  Frame inner() {
    return current;
  }

  @Override
  String nameWhenUsed() {
    return "retry(" + policy + ")";
  }

  @Override
  public String toString() {
    return nameWhenUsed();
  }
}
