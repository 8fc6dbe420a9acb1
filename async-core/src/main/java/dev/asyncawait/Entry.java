package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/** One turn of a loop, waiting in its ready queue: a task that goes on, or a callback. */
sealed interface Entry permits Task, Callback {

  /**
   * The thread that is parked with frames of this on its stack, if there is one; it is to go on with it. No method of
   * the entries, since a public one of {@link Task} would show users a type that they cannot name.
   */
  static @Nullable LoopThread parkedOn(@Nullable Entry entry) {
    return entry instanceof Task<?> task
        ? task.loopThread
        : entry instanceof BatonReturn back ? back.owner : null;
  }
}
