package dev.asyncawait;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The pending deadlines of a loop, earliest first and equal ones in the order in which they were set: a heap in which
 * each parent has four children, so that it is flat, and in which deadlines are compared without a look at what they are
 * for. Each element knows its place, so that a cancelled one leaves at once. Only by the baton's holder.
 */
final class TimerHeap {

  /** Something with a deadline, which is in one heap at most. */
  interface Element {

    /** What {@link #place} says of one that is in no heap. */
    int OUT = -1;

    int place();

    void setPlace(int place);
  }

  private static final int CHILDREN = 4;

  private @Nullable Element[] elements = new Element[16];
  private long[] deadlines = new long[16];

  /** Tell equal deadlines apart. */
  private long[] numbers = new long[16];

  private int size;
  private long added;

  @Nullable
  Element first() {
    return elements[0];
  }

  /** The deadline of the first element. */
  long firstDeadline() {
    return deadlines[0];
  }

  void add(Element element, long deadline) {
    if (size == deadlines.length) {
      elements = Arrays.copyOf(elements, size * 2);
      deadlines = Arrays.copyOf(deadlines, size * 2);
      numbers = Arrays.copyOf(numbers, size * 2);
    }
    up(size++, element, deadline, added++);
  }

  /** Takes an element out; does nothing if it is not in. */
  void remove(Element element) {
    int hole = element.place();
    if (hole == Element.OUT) {
      return;
    }
    element.setPlace(Element.OUT);
    int end = --size;
    Element last = at(end);
    elements[end] = null;
    if (hole == end) {
      return;
    }
    if (hole > 0 && precedes(deadlines[end], numbers[end], parent(hole))) {
      up(hole, last, deadlines[end], numbers[end]);
    } else {
      down(hole, last, deadlines[end], numbers[end]);
    }
  }

  private void up(int hole, Element element, long deadline, long number) {
    int i = hole;
    while (i > 0) {
      int parent = parent(i);
      if (!precedes(deadline, number, parent)) {
        break;
      }
      move(parent, i);
      i = parent;
    }
    put(i, element, deadline, number);
  }

  private void down(int hole, Element element, long deadline, long number) {
    int i = hole;
    for (int child; (child = CHILDREN * i + 1) < size; ) {
      int first = child;
      for (int other = child + 1; other < Math.min(child + CHILDREN, size); other++) {
        if (precedes(deadlines[other], numbers[other], first)) {
          first = other;
        }
      }
      if (precedes(deadline, number, first)) {
        break;
      }
      move(first, i);
      i = first;
    }
    put(i, element, deadline, number);
  }

  private static int parent(int i) {
    return (i - 1) / CHILDREN;
  }

  @SuppressWarnings("NullAway") // below size no place is null
  private Element at(int i) {
    return elements[i];
  }

  private void move(int from, int to) {
    put(to, at(from), deadlines[from], numbers[from]);
  }

  private void put(int i, Element element, long deadline, long number) {
    elements[i] = element;
    deadlines[i] = deadline;
    numbers[i] = number;
    element.setPlace(i);
  }

  /** Deadlines may wrap around, as those of System.nanoTime do; so only differences are compared. */
  private boolean precedes(long deadline, long number, int other) {
    long earlier = deadline - deadlines[other];
    return earlier < 0 || (earlier == 0 && number < numbers[other]);
  }
}
