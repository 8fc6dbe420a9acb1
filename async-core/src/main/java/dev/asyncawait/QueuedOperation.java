package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/** An operation that may have to wait in a {@link WaitQueue} for its turn. */
abstract class QueuedOperation extends Frame {

  private final WaitQueue queue;

  /** Where the task stands; only by the baton's holder. */
  private @Nullable Waiter waiter;

  QueuedOperation(WaitQueue queue) {
    this.queue = queue;
  }

  /**
   * Does what is to be done, or answers SUSPENDED to be put in the queue, at its end. Called under the monitor.
   *
   * @param woken whether this was in the queue and its turn has come
   */
  abstract @Nullable Object proceed(Task<?> task, boolean woken);

  /**
   * Hands on what the task was given. Called under the monitor, when the task does not go on in the queue.
   *
   * @param woken whether its turn had come
   */
  abstract void handOn(boolean woken);

  /** Called outside the monitor, when this has gone on, come into the queue, or left it. */
  void moved() {}

  /** Called in addition, outside the monitor, if the loop was abandoned and the frame may never be resumed. */
  void abandoned() {}

  @Override
  final boolean reservesStack() {
    return true;
  }

  @Override
  final @Nullable Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
      throws Throwable {
    Waiter own = waiter;
    waiter = null;
    if (error != null) {
      if (own != null) {
        giveUp(own);
      }
      throw error;
    }
    return goOn(task, own);
  }

  private @Nullable Object goOn(Task<?> task, @Nullable Waiter own) {
    WaitQueue monitor = queue.monitor;
    Waiter next = null;
    Waiter woken = null;
    Object result;
    try {
      synchronized (monitor) {
        try {
          if (own != null && !queue.remove(own)) {
            throw task.loop.closedError();
          }
          result = proceed(task, own != null);
          if (result == SUSPENDED) {
            task.reserveStack();
            next = new Waiter(task, this);
            queue.add(next);
          }
        } finally {
          woken = monitor.takeWoken();
        }
      }
    } finally {
      WaitQueue.tell(woken);
    }
    if (next != null) {
      result = suspend(task, next);
    }
    moved();
    return result;
  }

  /** Whoever abandons the loop says so before it looks at {@link Task#placeInQueue}: one of the two sees the other. */
  private Object suspend(Task<?> task, Waiter next) {
    waiter = next;
    Object suspended = task.awaitInQueue(next);
    if (task.loop.isAbandoned()) {
      next.abandoned();
      throw task.loop.closedError();
    }
    return suspended;
  }

  /** Gives up a place and hands on what came with it; false if there was none any more. */
  final boolean giveUp(Waiter own) {
    Waiter woken;
    synchronized (queue.monitor) {
      boolean turnHadCome = own.place == Waiter.Place.WOKEN;
      if (!queue.remove(own)) {
        return false;
      }
      handOn(turnHadCome);
      woken = queue.monitor.takeWoken();
    }
    WaitQueue.tell(woken);
    moved();
    return true;
  }
}
