package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/** Goes on with what started a task eagerly, once that task has suspended or ended; goes before all others. */
final class EagerReturn extends Callback {

  final Carrier creator;

  /** What is to go on when the creator has suspended or ended, if it was started eagerly itself. */
  @Nullable
  EagerReturn outer;

  EagerReturn(Carrier creator) {
    super(creator.loop, () -> {});
    this.creator = creator;
  }
}
