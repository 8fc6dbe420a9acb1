package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/** A task's place in a {@link WaitQueue}, and the future that it is suspended on meanwhile. */
final class Waiter extends FrameFuture {

  enum Place {
    WAITING,
    PASSED,
    WOKEN,
    OUT
  }

  private final QueuedOperation operation;

  // by the queue, under its monitor

  Place place = Place.OUT;

  @Nullable
  Waiter before;

  /** The next in the queue, or of those that are to be told. */
  @Nullable
  Waiter after;

  Waiter(Task<?> task, QueuedOperation operation) {
    super(task, operation);
    this.operation = operation;
  }

  QueuedOperation operation() {
    return operation;
  }

  /** Called by {@link Abandonment#abandon}: nobody goes on with the task, which may keep nothing from the others. */
  void abandoned() {
    if (operation.giveUp(this)) {
      operation.abandoned();
    }
  }
}
