package dev.asyncawait;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The timers of a loop, and the one alarm that its clock keeps for the first of them.
 *
 * <p>An alarm is only a hint to look at the time. It may ring early, late, twice, or after it was cancelled, and the clock
 * may go back: whenever one rings, what is due becomes ready, and an alarm is set for the first of the rest. So a timer
 * may be delayed, but not lost.
 */
final class Timers {

  private final EventLoop loop;

  // only by the baton's holder; anyone may cancel the alarm

  private final TimerHeap heap = new TimerHeap();
  private volatile @Nullable Ring alarm;

  /** Some timer in the heap was due already when it was set, and has no alarm. */
  private boolean overdue;

  Timers(EventLoop loop) {
    this.loop = loop;
  }

  /** By any thread; false if the loop is closed, and has told the timer so. */
  boolean set(Timer timer) {
    if (loop.isHeldByCurrentThread() && !loop.isClosed()) {
      StackReserve.touch(); // an overflow must not leave the heap half changed
      addUnlessCancelled(timer);
      return true;
    }
    return loop.post(new Message(loop) {
      @Override
      void deliver() {
        addUnlessCancelled(timer);
      }

      @Override
      void dropped() {
        timer.loopClosed();
      }
    });
  }

  private void addUnlessCancelled(Timer timer) {
    if (!timer.isCancelled()) {
      add(timer, timer.deadline);
    }
  }

  /** Wakes {@code sleep} at {@code deadline}; by the holder, who has touched the stack. */
  void set(Sleep sleep, long deadline) {
    add(sleep, deadline);
  }

  private void add(TimerHeap.Element timer, long deadline) {
    heap.add(timer, deadline);
    if (deadline - loop.clock().now() <= 0) {
      overdue = true;
    } else {
      armIfThereIsStack();
    }
  }

  /** By any thread. */
  void withdraw(TimerHeap.Element timer) {
    if (loop.isHeldByCurrentThread()) {
      StackReserve.touch();
      heap.remove(timer);
      return;
    }
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
   *
   * <p>Before the loop goes idle; where there is something to run first, it may be set later.
   *
   * @throws StackOverflowError if there is too little stack left to ask the clock; nothing has changed then
   */
  void arm() {
    long deadline = heap.firstDeadline();
    Ring armed = alarm;
    if (heap.first() == null || (armed != null && armed.deadline - deadline <= 0)) {
      return;
    }
    var next = new Ring(deadline);
    alarm = next; // the clock may ring it at once
    try {
      next.cancel = loop.clock().wakeAt(next.deadline, next);
    } catch (StackOverflowError overflow) {
      alarm = armed;
      throw overflow;
    }
    if (armed != null) {
      armed.cancel();
    }
  }

  private void armIfThereIsStack() {
    try {
      arm();
    } catch (StackOverflowError overflow) {
      // before the loop goes idle it is armed, or the stack that has no room is left
    }
  }

  /** The alarm that the clock rings. */
  private final class Ring extends Message implements Runnable {
    private final long deadline;

    /** Null until the clock has given it. */
    private volatile @Nullable Runnable cancel;

    private final AtomicBoolean rung = new AtomicBoolean();

    Ring(long deadline) {
      super(Timers.this.loop);
      this.deadline = deadline;
    }

    /** By any thread, any number of times; a message can be posted once only. */
    @Override
    public void run() {
      if (rung.compareAndSet(false, true)) {
        loop.clock().post(this);
      }
    }

    @Override
    void deliver() {
      if (alarm == this) {
        alarm = null;
      }
      fire();
    }

    void cancel() {
      Runnable armed = cancel;
      if (armed != null) {
        armed.run();
      }
    }
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
    long now = loop.clock().now();
    Ring armed = alarm;
    if (armed != null && armed.deadline - now <= 0) {
      armed.cancel(); // it may be late itself
      alarm = null;
    }
    for (TimerHeap.Element first;
        (first = heap.first()) != null && heap.firstDeadline() - now <= 0; ) {
      heap.remove(first);
      loop.enqueue((ReadyEntry) first);
    }
    armIfThereIsStack();
  }

  /** Called when the loop has closed, by its last holder or by the thread that closes it. */
  void clear() {
    for (TimerHeap.Element first; (first = heap.first()) != null; ) {
      heap.remove(first);
      if (first instanceof Timer timer) {
        timer.loopClosed();
      }
    }
  }

  /** When the loop has closed, in whatever manner; by any thread. */
  void cancelAlarm() {
    Ring armed = alarm;
    if (armed != null) {
      armed.cancel();
    }
  }
}
