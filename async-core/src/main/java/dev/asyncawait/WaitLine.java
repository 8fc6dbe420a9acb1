package dev.asyncawait;

import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
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

  private final Set<Waiter> waiting = new LinkedHashSet<>();

  /** Those at the head of the line who were found cancelled, so that nobody has to look at them again. */
  private final Set<Waiter> passed = new HashSet<>();

  /** Those who were woken and have not gone on. */
  private final Set<Waiter> woken = new HashSet<>();

  WaitLine() {
    this.monitor = this;
  }

  /** One of several lines of the same thing. */
  WaitLine(Object monitor) {
    this.monitor = monitor;
  }

  // under the monitor

  void add(Waiter waiter) {
    waiting.add(waiter);
  }

  boolean isWoken(Waiter waiter) {
    return woken.contains(waiter);
  }

  /** Takes out a waiter that goes on or never will; false if it is not here any more. */
  boolean remove(Waiter waiter) {
    return waiting.remove(waiter) || woken.remove(waiter) || passed.remove(waiter);
  }

  /** Wakes the first, unless one was woken and is on its way, or the first was cancelled and will see to the next. */
  void wakeFirst(WakeUps wakeUps) {
    if (woken.isEmpty() && passed.isEmpty() && !waiting.isEmpty()) {
      Waiter first = waiting.iterator().next();
      if (!first.isDone()) {
        wake(first, wakeUps);
      }
    }
  }

  /** Wakes the first that was not cancelled; false if there is none. */
  boolean wakeNext(WakeUps wakeUps) {
    Waiter next = next();
    if (next == null) {
      return false;
    }
    wake(next, wakeUps);
    return true;
  }

  void wakeAll(WakeUps wakeUps) {
    for (Waiter next; (next = next()) != null; ) {
      wake(next, wakeUps);
    }
  }

  private void wake(Waiter waiter, WakeUps wakeUps) {
    waiting.remove(waiter);
    woken.add(waiter);
    wakeUps.add(waiter);
  }

  /** The first that was not cancelled, or null; passes those before it. */
  private @Nullable Waiter next() {
    for (Iterator<Waiter> line = waiting.iterator(); line.hasNext(); ) {
      Waiter waiter = line.next();
      if (!waiter.isDone()) {
        return waiter;
      }
      line.remove();
      passed.add(waiter);
    }
    return null;
  }

  /** Whether somebody comes before a newcomer. */
  boolean isOccupied() {
    return !woken.isEmpty() || next() != null;
  }

  /** How many have come and not gone on. */
  int size() {
    return waiting.size() + passed.size() + woken.size();
  }

  /** Makes sure that the stack suffices to tell them, before anything is changed. */
  void reserveStack() {
    if (!waiting.isEmpty()) {
      StackReserve.touch();
    }
  }

  /** For a text: {@code ", 2 waiting"}, or nothing. */
  String count(String doing) {
    int count = size();
    return count == 0 ? "" : ", " + count + " " + doing;
  }
}
