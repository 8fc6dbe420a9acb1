package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/**
 * The tasks that wait for something, of any loops, first come, first served: what is under all the primitives.
 *
 * <p>Who competes: tasks and threads that take and give, tasks that are cancelled, and loops that are abandoned. All
 * that counts is decided under one monitor, which is held for a moment and never while somebody is told something. To
 * wake a waiter means to take it out of the line, to write down what it was given, and to tell it when the monitor has
 * been released. What it was given is its own from the first of these on, also if its task is cancelled before it
 * hears of it: then the task goes on with the cancellation, finds that it had been woken, and hands on. A task that
 * will never go on, because its loop was abandoned, has its place given up by who abandons the loop.
 *
 * <p>A waiter that was cancelled stays in line until its task goes on, as in asyncio.
 */
final class WaitLine {

  /** Guards this, and the state of what is waited for. */
  final Object monitor;

  private @Nullable Waiter first;
  private @Nullable Waiter last;
  private int size;

  /** How many were woken and have not gone on. */
  private int woken;

  WaitLine() {
    this.monitor = this;
  }

  /** One of several lines of the same thing. */
  WaitLine(Object monitor) {
    this.monitor = monitor;
  }

  // under the monitor

  void add(Waiter waiter) {
    waiter.enter();
    waiter.before = last;
    if (last == null) {
      first = waiter;
    } else {
      last.after = waiter;
    }
    last = waiter;
    size++;
  }

  /** Takes out a waiter that goes on or never will; false if it is not here any more. */
  boolean remove(Waiter waiter) {
    if (!waiter.isPresent()) {
      return false;
    }
    if (waiter.isWoken()) {
      woken--;
    } else {
      unlink(waiter);
    }
    waiter.leave();
    return true;
  }

  private void unlink(Waiter waiter) {
    Waiter before = waiter.before;
    Waiter after = waiter.after;
    if (before == null) {
      first = after;
    } else {
      before.after = after;
    }
    if (after == null) {
      last = before;
    } else {
      after.before = before;
    }
    waiter.before = null;
    waiter.after = null;
    size--;
  }

  private void wake(Waiter waiter, WakeUps wakeUps) {
    unlink(waiter);
    waiter.wake();
    woken++;
    wakeUps.add(waiter);
  }

  /** Wakes the first, unless one was woken and is on its way, or the first was cancelled and will see to the next. */
  void wakeFirst(WakeUps wakeUps) {
    Waiter waiter = first;
    if (woken == 0 && waiter != null && !waiter.isDone()) {
      wake(waiter, wakeUps);
    }
  }

  /** Wakes the first that was not cancelled; false if there is none. */
  boolean wakeNext(WakeUps wakeUps) {
    Waiter waiter = first;
    while (waiter != null && waiter.isDone()) {
      waiter = waiter.after;
    }
    if (waiter == null) {
      return false;
    }
    wake(waiter, wakeUps);
    return true;
  }

  void wakeAll(WakeUps wakeUps) {
    for (Waiter waiter = first; waiter != null; ) {
      Waiter next = waiter.after;
      if (!waiter.isDone()) {
        wake(waiter, wakeUps);
      }
      waiter = next;
    }
  }

  /** Whether somebody comes before a newcomer. */
  boolean isOccupied() {
    if (woken > 0) {
      return true;
    }
    for (Waiter waiter = first; waiter != null; waiter = waiter.after) {
      if (!waiter.isDone()) {
        return true;
      }
    }
    return false;
  }

  /** How many have come and not gone on. */
  int size() {
    return size + woken;
  }

  /** Makes sure that the stack suffices to tell them, before anything is changed. */
  void reserveStack() {
    if (size > 0) {
      StackReserve.touch();
    }
  }

  /** For a text: {@code ", 2 waiting"}, or nothing. */
  String count(String doing) {
    int count = size();
    return count == 0 ? "" : ", " + count + " " + doing;
  }
}
