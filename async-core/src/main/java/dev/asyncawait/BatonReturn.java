package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/**
 * Gives the baton back to a thread that let others run, where they are to run for a bounded time only: until the task
 * that it started eagerly has suspended or ended, or until the cycle after the end of main is over. It is never among
 * what is ready; the loop keeps it, and knows when it is due.
 */
final class BatonReturn extends Callback {

  final Carrier owner;

  /** What is to go on when the owner has suspended or ended, if that was started eagerly itself. */
  @Nullable
  BatonReturn outer;

  BatonReturn(Carrier owner) {
    super(owner.loop, () -> {});
    this.owner = owner;
  }
}
