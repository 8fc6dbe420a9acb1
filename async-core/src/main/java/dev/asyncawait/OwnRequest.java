package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/**
 * The one cancel request that a block of code may make to its own task, and takes back when it ends.
 *
 * <p>What tells the block's own cancellation from somebody else's is the count: if it is not above what it was when
 * the block began, nobody else has asked. Only by the baton's holder.
 */
final class OwnRequest {

  private final Task<?> task;

  // at the beginning of the block

  private final int requestsBefore;
  private final boolean pendingBefore;
  private final boolean seenBefore;
  private final int deliveriesBefore;

  /** How many additions to exceptions there had been. */
  final long began = KnownFailure.additions();

  /** The innermost cleanup around the block. */
  private final @Nullable CleanupFrame cleanup;

  private @Nullable String reason;

  /** Whether one from before the block was still to be delivered then: the same exception will tell of both. */
  private boolean merged;

  /** The reason of the latest request before the block's. */
  private @Nullable String earlierReason;

  OwnRequest(Task<?> task) {
    this.task = task;
    this.requestsBefore = task.cancelling();
    this.pendingBefore = task.isCancelPending();
    this.seenBefore = task.cancelSeen();
    this.deliveriesBefore = task.cancelDeliveries();
    this.cleanup = task.cleanup();
  }

  Task<?> task() {
    return task;
  }

  /** Cancels the task, wherever it is in the block. */
  void request(String why) {
    earlierReason = task.cancelReason();
    reason = why;
    merged = pendingBefore && task.cancelDeliveries() == deliveriesBefore;
    task.cancelWithin(cleanup, why);
  }

  /** Takes the request back, if it was made; says whether it was and nobody else has asked since the block began. */
  boolean takeBack() {
    if (reason == null || task.uncancel() > requestsBefore) {
      return false;
    }
    if (!pendingBefore) {
      task.forgetCancel(seenBefore);
    }
    return true;
  }

  /** The same, and nothing of it comes after the block either, where it began with a request that has been told of since. */
  boolean takeBackWhole() {
    boolean ours = takeBack();
    if (ours && pendingBefore && task.cancelDeliveries() != deliveriesBefore) {
      task.forgetCancel(seenBefore);
    }
    return ours;
  }

  /** Whether the exception that told of this block's request told of one from before the block as well. */
  boolean hasToldOfEarlier() {
    return merged && task.cancelDeliveries() != deliveriesBefore;
  }

  /** Whether a cancellation with this message is the block's own. */
  boolean isOwn(@Nullable String message) {
    return reason != null && reason.equals(message);
  }

  /**
   * Has somebody else's cancellation that is hidden by a failure come again at the next await; the count stays.
   *
   * <p>As in asyncio, that may be one from before the block; but not in cleanup, which it must not disturb.
   */
  void redeliver() {
    if (task.cancelling() > (cleanup == null ? 0 : requestsBefore)) {
      String latest = task.cancelReason();
      task.uncancel();
      task.cancelWithin(cleanup, isOwn(latest) ? earlierReason : latest);
    }
  }
}
