package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/** The timers of a loop, and the one alarm that its clock keeps for the first of them. */
final class Timers {

  private final EventLoop loop;

  // only by the baton's holder; anyone may cancel the alarm

  private final TimerHeap heap = new TimerHeap();
  private volatile @Nullable Runnable alarm;
  private long alarmDeadline;

  /** Some timer in the heap was due already when it was set, and has no alarm. */
  private boolean overdue;

  Timers(EventLoop loop) {
    this.loop = loop;
  }

  /** By any thread; false if the loop is closed. */
  boolean set(Timer timer) {
    if (loop.isHeldHere() && !loop.isClosed()) {
      add(timer);
      return true;
    }
    return loop.post(new Message(loop) {
      @Override
      void deliver() {
        add(timer);
      }
    });
  }

  private void add(Timer timer) {
    if (timer.isCancelled()) {
      return;
    }
    heap.add(timer);
    if (timer.deadline - loop.now() <= 0) {
      overdue = true;
    } else {
      arm();
    }
  }

  /** By any thread. */
  void withdraw(Timer timer) {
    loop.post(new Message(loop) {
      @Override
      void deliver() {
        heap.remove(timer);
      }
    });
  }

  /**
   * Sees to it that an alarm is set for the first timer, or for a moment before it: an alarm whose timer was
   * cancelled stays, since it costs less to be woken once for nothing than to set it anew each time.
   */
  private void arm() {
    Timer first = heap.first();
    Runnable armed = alarm;
    if (first == null || (armed != null && alarmDeadline - first.deadline <= 0)) {
      return;
    }
    if (armed != null) {
      armed.run();
    }
    alarmDeadline = first.deadline;
    alarm = loop.wakeAt(alarmDeadline, this::ring);
  }

  /** By any thread. */
  private void ring() {
    loop.post(new Message(loop) {
      @Override
      void deliver() {
        fire();
      }
    });
  }

  /** At the beginning of each cycle of the loop: a timer that was due when it was set comes after what is ready. */
  void fireOverdue() {
    if (overdue) {
      fire();
    }
  }

  /** Makes ready what is due. */
  void fire() {
    overdue = false;
    long now = loop.now();
    Runnable armed = alarm;
    if (armed != null && alarmDeadline - now <= 0) {
      armed.run(); // it may be late itself
      alarm = null;
    }
    for (Timer first; (first = heap.first()) != null && first.deadline - now <= 0; ) {
      heap.remove(first);
      loop.enqueue(first);
    }
    arm();
  }

  /** By the holder, when the loop closes. */
  void clear() {
    for (Timer first; (first = heap.first()) != null; ) {
      heap.remove(first);
      first.loopClosed();
    }
  }

  /** When the loop has closed, in whatever manner; by any thread. */
  void cancelAlarm() {
    Runnable armed = alarm;
    if (armed != null) {
      armed.run();
    }
  }
}
