package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/** One turn of a loop, waiting in its ready queue: a task that goes on, or a callback. */
sealed interface Entry permits Task, Callback {

  /** The thread that is parked with frames of this on its stack, if there is one; it is to go on with it. */
  default @Nullable Carrier parkedOn() {
    return null;
  }
}
