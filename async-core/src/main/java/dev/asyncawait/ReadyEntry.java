package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/** One turn of a loop, waiting in its ready queue: a task that begins or goes on, a sleep that is over, or a callback. */
sealed interface ReadyEntry permits Task, Sleep, Callback {

  /**
   * The thread that is parked with frames of this on its stack, if there is one; it is to go on with it. No method of
   * the entries, since a public one of {@link Task} would show users a type that they cannot name.
   */
  static @Nullable LoopThread parkedOn(ReadyEntry entry) {
    return entry instanceof Task<?> task
        ? task.loopThread
        : entry instanceof BatonReturn back ? back.owner : null;
  }

  /** Runs {@code entry} if it is kernel code, which any holder may run on whatever stack it has; says whether it is. */
  static boolean runIfKernelCode(ReadyEntry entry) {
    if (entry instanceof Callback callback && callback.isKernelCode()) {
      callback.run();
      return true;
    }
    if (entry instanceof Sleep sleep) {
      sleep.end();
      return true;
    }
    return false;
  }
}
