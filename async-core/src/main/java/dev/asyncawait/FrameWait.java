package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/**
 * The future that a frame of the library waits for itself, and nobody else sees: settling it runs no user code.
 */
sealed class FrameWait extends AsyncFuture<@Nullable Void> permits Waiter {

  /** What a task that waits for this says it is suspended on. */
  private final Object subject;

  FrameWait(EventLoop loop, Object subject) {
    super(loop);
    this.subject = subject;
  }

  /** Ends the wait; false if it has ended. */
  final boolean end() {
    return settle(null, null);
  }

  @Override
  final String label() {
    return subject.toString();
  }
}
