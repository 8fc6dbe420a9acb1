package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/**
 * The tasks that wait for something, of any loops, first come, first served: what is under all the primitives.
 *
 * <p>Who competes: tasks and threads that take and give, tasks that are cancelled, and loops that are abandoned. All
 * that counts is decided under one monitor, which is held for a moment and never while somebody is told something. To
 * wake a waiter means to take it out of the queue, to write down what it was given, and to tell it when the monitor has
 * been released. What it was given is its own from the first of these on, also if its task is cancelled before it
 * hears of it: then the task goes on with the cancellation, finds that it had been woken, and hands on. A task that
 * will never go on, because its loop was abandoned, has its place given up by whoever abandons the loop.
 *
 * <p>A waiter that was cancelled stays in the queue until its task goes on, as in asyncio.
 */
final class WaitQueue extends IntrusiveList<Waiter> {

  /** The queue whose monitor guards this one, the others of the same thing, and the state of what is waited for. */
  final WaitQueue monitor;

  /** How many at the head were found cancelled and taken out, so that nobody has to look at them again. */
  private int passed;

  /** How many were woken and have not gone on. */
  private int woken;

  private int touches;

  // of all the queues that share this monitor

  private @Nullable Waiter firstToTell;
  private @Nullable Waiter lastToTell;

  WaitQueue() {
    this.monitor = this;
  }

  /** One of several queues of the same thing. */
  WaitQueue(WaitQueue monitor) {
    this.monitor = monitor;
  }

  // under the monitor

  @Override
  void add(Waiter waiter) {
    super.add(waiter);
    waiter.place = Waiter.Place.WAITING;
  }

  /** Takes out a waiter that goes on or never will; false if it is not here any more. */
  @Override
  boolean remove(Waiter waiter) {
    switch (waiter.place) {
      case WAITING -> super.remove(waiter);
      case PASSED -> passed--;
      case WOKEN -> woken--;
      case OUT -> {
        return false;
      }
    }
    waiter.place = Waiter.Place.OUT;
    return true;
  }

  /** Wakes the first, unless one was woken and is on its way, or the first was cancelled and will see to the next. */
  void wakeFirst() {
    Waiter first = first();
    if (woken == 0 && passed == 0 && first != null && !first.isDone()) {
      wake(first);
    }
  }

  /** Wakes the first that was not cancelled; false if there is none. */
  boolean wakeNext() {
    Waiter next = next();
    if (next == null) {
      return false;
    }
    wake(next);
    return true;
  }

  void wakeAll() {
    for (Waiter next; (next = next()) != null; ) {
      wake(next);
    }
  }

  private void wake(Waiter waiter) {
    super.remove(waiter);
    waiter.place = Waiter.Place.WOKEN;
    woken++;
    monitor.remember(waiter);
  }

  private void remember(Waiter waiter) {
    Waiter last = lastToTell;
    if (last == null) {
      firstToTell = waiter;
    } else {
      last.after = waiter;
    }
    lastToTell = waiter;
  }

  /** The first that was not cancelled, or null; passes those before it. */
  private @Nullable Waiter next() {
    for (; ; ) {
      Waiter first = first();
      if (first == null || !first.isDone()) {
        return first;
      }
      super.remove(first);
      first.place = Waiter.Place.PASSED;
      passed++;
    }
  }

  /** Whether somebody comes before a newcomer. */
  boolean isOccupied() {
    return woken > 0 || next() != null;
  }

  /** The first that was not cancelled; null if there is none, or if one was woken and is on its way. */
  @Nullable
  Waiter firstUnlessWaking() {
    return woken > 0 ? null : next();
  }

  /** How many have come and not gone on. */
  int count() {
    return size() + passed + woken;
  }

  /** Makes sure that the stack suffices to tell them, before anything is changed. */
  void reserveStack() {
    if (size() > 0) {
      StackReserve.touch(touches++);
    }
  }

  /** The same for a task that runs here, which knows how deep its stack is. */
  void reserveStack(Task<?> task) {
    if (size() > 0) {
      task.reserveStack();
    }
  }

  /** Those who were woken under this monitor and are to be told, the first of a chain; at the end of what is done. */
  @Nullable
  Waiter takeWoken() {
    Waiter first = firstToTell;
    firstToTell = null;
    lastToTell = null;
    return first;
  }

  /** For a text: {@code ", 2 waiting"}, or nothing. */
  String count(String doing) {
    int count = count();
    return count == 0 ? "" : ", " + count + " " + doing;
  }

  // when the monitor has been released

  /** Has each task go on. One that was cancelled meanwhile goes on with that, and hands on what it was given. */
  static void tell(@Nullable Waiter woken) {
    for (Waiter waiter = woken; waiter != null; ) {
      Waiter next = waiter.after;
      waiter.after = null;
      waiter.end();
      waiter = next;
    }
  }

  // ---- links

  @Override
  @Nullable
  Waiter before(Waiter waiter) {
    return waiter.before;
  }

  @Override
  @Nullable
  Waiter after(Waiter waiter) {
    return waiter.after;
  }

  @Override
  void setBefore(Waiter waiter, @Nullable Waiter before) {
    waiter.before = before;
  }

  @Override
  void setAfter(Waiter waiter, @Nullable Waiter after) {
    waiter.after = after;
  }
}
