package dev.asyncawait;

import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * What is outstanding of the cancel requests to one task, and the cleanup that keeps them off. A task has one from its
 * first request, or cleanup, on. Only by the baton's holder, but for what is volatile: anyone may look at that.
 */
final class CancelAccount {

  private final Task<?> task;

  private volatile int requests;

  /** The message of the latest request. */
  private @Nullable String reason;

  /** Who made it. */
  private volatile @Nullable CancelInfo info;

  /** Whether an exception is still to be delivered. */
  private boolean pending;

  /** Whether a request went on to what the task awaits now, which has not told of it yet. */
  private boolean passedOn;

  /** Whether the body got an exception because of requests that are still outstanding. */
  private boolean seen;

  /** How often the body got an exception because of requests. */
  private int deliveries;

  /** Names the request on whose path the task is. */
  private int round;

  /** The innermost block whose work requests from outside do not reach. */
  private volatile @Nullable CleanupFrame cleanup;

  /** The innermost block that the task is in. */
  private @Nullable ScopeNode innermost;

  /** Whether the time of {@link Task#orTimeout} has passed. */
  private boolean timedOut;

  CancelAccount(Task<?> task) {
    this.task = task;
    this.innermost = task.scopeMadeIn();
  }

  // ---- blocks

  @Nullable
  ScopeNode innermost() {
    return innermost;
  }

  ScopeNode enter(ScopeNode.Kind kind) {
    var node = new ScopeNode(innermost, kind);
    innermost = node;
    return node;
  }

  void leave(ScopeNode node) {
    innermost = node.outer;
  }

  // ---- requests

  int requests() {
    return requests;
  }

  @Nullable
  CancelInfo info() {
    return info;
  }

  @Nullable
  String reason() {
    return reason;
  }

  boolean isPending() {
    return pending;
  }

  /** Counts a request; says whether it goes on to what the task awaits, and is for the body itself if not. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // only the holder writes
  boolean accept(CancelRequest request, boolean suspended) {
    requests++;
    reason = request.reason;
    info = request.info();
    if (suspended && round != request.round && !request.cameRoundTo(task)) {
      round = request.round;
      return true;
    }
    pending = true;
    return false;
  }

  /** Hears whether the request was of use where it went on to. */
  void cameBack(boolean accepted) {
    round = 0;
    pending |= !accepted;
    passedOn |= accepted;
  }

  /**
   * The task is about to await {@code future}: has the request of a block that was cancelled come again, and passes on what is
   * pending. Where the wait must not end before its time, as that of a group for its children, nothing comes again; and who
   * has been asked before is not asked again, but not waited for either.
   *
   * @return whether the task goes on in another turn, without a wait
   */
  boolean comesBefore(AsyncFuture<?> future) {
    ScopeNode cancelled = future.mustEnd() ? null : ScopeNode.cancelledOf(innermost);
    if (cancelled != null) {
      if (!pending) {
        pending = true;
        reason = cancelled.reason();
      }
      if (future.wasAsked()) {
        return true;
      }
    }
    if (!pending || future == Task.YIELD || !future.cancel(reason)) {
      return future == Task.YIELD;
    }
    pending = false;
    passedOn = true;
    // If that is done now, a turn passes before this hears of it, as if it had been cancelled
    // later.
    return future.isDone();
  }

  /** Takes back one request; returns how many are left. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // only the holder writes
  int uncancel() {
    if (requests > 0) {
      requests--;
    }
    if (requests == 0) {
      pending &= ScopeNode.cancelledOf(innermost) != null; // there every await fails, whoever asked
      seen = false;
      info = null;
    }
    return requests;
  }

  void timeOut() {
    timedOut = true;
  }

  boolean isTimedOut() {
    return timedOut;
  }

  // ---- the exceptions

  /** The exception of a pending request, which it delivers; null if none is pending. */
  @Nullable
  CancellationException take() {
    if (!pending) {
      return null;
    }
    pending = false;
    told();
    return new CancellationException(reason);
  }

  private void told() {
    seen = true;
    deliveries++;
  }

  /** The task goes on after {@code awaited}; null, or the exception that it gets instead of that one's outcome. */
  @Nullable
  CancellationException resumedAfter(AsyncFuture<?> awaited) {
    passedOn = false;
    CancellationException cancellation = take();
    boolean cancelled = awaited.isCancelled();
    if (cancellation != null && !cancelled) {
      return cancellation;
    }
    if (requests > 0 && cancelled) {
      told();
    }
    return null;
  }

  /** The task goes on although it has not been told yet what has become of {@code awaited}. */
  void unsuspendedFrom(AsyncFuture<?> awaited) {
    pending |= passedOn || (requests > 0 && awaited.isCancelled());
    passedOn = false;
  }

  boolean isSeen() {
    return seen;
  }

  int deliveries() {
    return deliveries;
  }

  /** There is no cancellation to be delivered, and none to be accounted for unless {@code seenBefore}. */
  void forget(boolean seenBefore) {
    pending = false;
    seen &= seenBefore;
  }

  void swallowed() {
    seen = false;
  }

  // ---- cleanup

  @Nullable
  CleanupFrame cleanup() {
    return cleanup;
  }

  /** The outermost cleanup within {@code around}, at the end of which a request comes that was made around it. */
  CleanupFrame cleanupWithin(@Nullable CleanupFrame around) {
    CleanupFrame block = Objects.requireNonNull(cleanup);
    while (block.outer != around) {
      block = Objects.requireNonNull(block.outer);
    }
    return block;
  }

  /** From here on requests from outside are kept, one that was not delivered yet among them. */
  void enterCleanup(CleanupFrame block) {
    block.outer = cleanup;
    block.node = enter(ScopeNode.Kind.CLEANUP);
    block.undelivered = pending;
    block.undeliveredReason = reason;
    pending = false;
    cleanup = block;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // only the holder writes
  void leaveCleanup(CleanupFrame block) {
    cleanup = block.outer;
    leave(Objects.requireNonNull(block.node));
    if (block.undelivered && requests > 0) {
      pending = true;
      reason = block.undeliveredReason;
    }
    if (block.held > 0) {
      requests += block.held;
      pending = true;
      reason = block.reason;
      info = block.info;
    }
  }
}
