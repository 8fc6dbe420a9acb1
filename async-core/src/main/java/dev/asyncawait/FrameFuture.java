package dev.asyncawait;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The future that a frame of the library has its task wait for, and nobody else sees: settling it runs no user code.
 */
sealed class FrameFuture extends AsyncFuture<@Nullable Void> permits Waiter {

  /** Says what a task that waits for this is suspended on. */
  private final Frame frame;

  FrameFuture(Task<?> task, Frame frame) {
    super(task);
    this.frame = frame;
  }

  /** Ends the wait; false if it has ended. */
  final boolean end() {
    return settle(null, null);
  }

  @Override
  final void addBlockers(Set<Task<?>> blockers) {
    frame.addBlockers(blockers);
  }

  @Override
  final boolean mustEnd() {
    return frame.mustEnd();
  }

  @Override
  final String label() {
    return frame.label();
  }
}
