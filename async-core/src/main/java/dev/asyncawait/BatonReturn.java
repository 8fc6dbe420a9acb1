package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/**
 * Gives the baton back to a thread that let others run, where they are to run for a bounded time only: until the task
 * that it started eagerly has suspended or ended, or until the cycle after the end of main is over. It is never among
 * what is ready; the {@link ReadyQueue} keeps it beside that, and knows when it is due.
 */
final class BatonReturn extends Callback {

  final LoopThread owner;

  /** What was started eagerly; null if this is for the end of main. */
  private final @Nullable Task<?> started;

  /** Whether {@link #started} is to begin next: at first, and when the thread that was to begin it has been called off. */
  private boolean isNext;

  /** What is to go on when the owner has suspended or ended, if that was started eagerly itself. */
  @Nullable
  BatonReturn outer;

  BatonReturn(LoopThread owner, @Nullable Task<?> started) {
    super(owner.loop, () -> {});
    this.owner = owner;
    this.started = started;
    this.isNext = started != null;
  }

  /** Takes back the started task, if that is what {@code entry} is: it comes before this, and not with what is ready. */
  boolean takesBack(ReadyEntry entry) {
    if (entry != started) {
      return false;
    }
    isNext = true;
    return true;
  }

  /** The started task if it has to begin before the baton returns; gives it once. */
  @Nullable
  Task<?> pollStarted() {
    if (!isNext) {
      return null;
    }
    isNext = false;
    return started;
  }
}
