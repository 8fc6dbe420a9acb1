package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/**
 * A list in order of arrival that keeps its links in the elements, so that one is added or taken out without a search and
 * without an allocation. An element has one place for them, and is in one such list at a time.
 */
abstract class IntrusiveList<E> {

  private @Nullable E first;
  private @Nullable E last;
  private int size;

  abstract @Nullable E before(E element);

  abstract @Nullable E after(E element);

  abstract void setBefore(E element, @Nullable E before);

  abstract void setAfter(E element, @Nullable E after);

  final @Nullable E first() {
    return first;
  }

  final int size() {
    return size;
  }

  void add(E element) {
    E end = last;
    setBefore(element, end);
    if (end == null) {
      first = element;
    } else {
      setAfter(end, element);
    }
    last = element;
    size++;
  }

  /** Takes an element out; false if it is not in. */
  boolean remove(E element) {
    E before = before(element);
    E after = after(element);
    if (before == null && first != element) {
      return false;
    }
    if (before == null) {
      first = after;
    } else {
      setAfter(before, after);
    }
    if (after == null) {
      last = before;
    } else {
      setBefore(after, before);
    }
    setBefore(element, null);
    setAfter(element, null);
    size--;
    return true;
  }
}
