package dev.asyncawait;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The pending timers of a loop, earliest first and equal deadlines in the order in which they were set: a binary
 * heap in which each timer knows its place, so that a cancelled one leaves at once. Only by the baton's holder.
 */
final class TimerHeap {

  private @Nullable Timer[] heap = new Timer[16];
  private int size;
  private long sequence;

  @Nullable
  Timer first() {
    return heap[0];
  }

  void add(Timer timer) {
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, size * 2);
    }
    timer.sequence = sequence++;
    up(size++, timer);
  }

  /** Takes a timer out; does nothing if it is not in. */
  void remove(Timer timer) {
    int hole = timer.index;
    if (hole == Timer.OUT) {
      return;
    }
    timer.index = Timer.OUT;
    Timer last = heap[--size];
    heap[size] = null;
    if (last == null || last == timer) {
      return;
    }
    if (hole > 0 && precedes(last, at((hole - 1) / 2))) {
      up(hole, last);
    } else {
      down(hole, last);
    }
  }

  private void up(int hole, Timer timer) {
    int i = hole;
    while (i > 0) {
      int parent = (i - 1) / 2;
      if (!precedes(timer, at(parent))) {
        break;
      }
      put(i, at(parent));
      i = parent;
    }
    put(i, timer);
  }

  private void down(int hole, Timer timer) {
    int i = hole;
    for (int child; (child = 2 * i + 1) < size; ) {
      if (child + 1 < size && precedes(at(child + 1), at(child))) {
        child++;
      }
      if (!precedes(at(child), timer)) {
        break;
      }
      put(i, at(child));
      i = child;
    }
    put(i, timer);
  }

  @SuppressWarnings("NullAway") // below size no place is null
  private Timer at(int i) {
    return heap[i];
  }

  private void put(int i, Timer timer) {
    heap[i] = timer;
    timer.index = i;
  }

  /** Deadlines may wrap around, as those of System.nanoTime do; so only differences are compared. */
  private static boolean precedes(Timer a, Timer b) {
    long earlier = a.deadline - b.deadline;
    return earlier < 0 || (earlier == 0 && a.sequence < b.sequence);
  }
}
