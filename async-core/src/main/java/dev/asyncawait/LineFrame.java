package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/** An operation that may have to wait in a {@link WaitLine} for its turn. */
abstract class LineFrame extends Frame {

  private final WaitLine line;

  /** Where the task stands; only by the baton's holder. */
  private @Nullable Waiter waiter;

  LineFrame(WaitLine line) {
    this.line = line;
  }

  /**
   * Does what is to be done, or answers SUSPENDED to be put in line, at its end. Under the monitor.
   *
   * @param woken whether this was in line and its turn has come
   * @param wakeUps takes those who are to be woken by it
   */
  abstract @Nullable Object proceed(Task<?> task, boolean woken, WakeUps wakeUps);

  /**
   * Hands on what the task was given; told when it does not go on in line. Under the monitor.
   *
   * @param woken whether its turn had come
   * @param wakeUps takes those who are to be woken by it
   */
  abstract void handOn(boolean woken, WakeUps wakeUps);

  /** Told in addition if the loop was abandoned and the frame may never be resumed; outside the monitor. */
  void abandoned() {}

  @Override
  final @Nullable Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
      throws Throwable {
    Waiter own = waiter;
    waiter = null;
    task.inLine = null;
    if (error != null) {
      if (own != null) {
        own.giveUp();
      }
      throw error;
    }
    return goOn(task, own);
  }

  private @Nullable Object goOn(Task<?> task, @Nullable Waiter own) {
    Waiter next = null;
    Object result;
    var wakeUps = new WakeUps();
    try {
      synchronized (line.monitor) {
        if (own != null && !line.remove(own)) {
          throw task.loop.closedError();
        }
        result = proceed(task, own != null, wakeUps);
        if (result == SUSPENDED) {
          next = new Waiter(task.loop, this);
          line.add(next);
        }
      }
    } finally {
      wakeUps.tell();
    }
    return next == null ? result : suspend(task, next);
  }

  /** Who abandons the loop says so before it looks at {@code inLine}: one of the two sees the other. */
  private Object suspend(Task<?> task, Waiter next) {
    waiter = next;
    task.inLine = next;
    if (task.loop.isAbandoned()) {
      next.abandoned();
      throw task.loop.closedError();
    }
    return task.awaitNext(next);
  }

  final boolean giveUp(Waiter own) {
    var wakeUps = new WakeUps();
    synchronized (line.monitor) {
      boolean woken = line.isWoken(own);
      if (!line.remove(own)) {
        return false;
      }
      handOn(woken, wakeUps);
    }
    wakeUps.tell();
    return true;
  }
}
