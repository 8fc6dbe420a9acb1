package dev.asyncawait;

import java.util.AbstractQueue;
import java.util.Comparator;
import java.util.Iterator;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The items of a priority queue: the least first, and of equal ones the oldest.
 *
 * <p>Items are compared only when one is added. So an order that throws keeps that one out and loses none.
 */
final class StablePriorityQueue<T> extends AbstractQueue<T> {

  private record Item<T>(T value, long number) {}

  private final TreeSet<Item<T>> items;
  private long count;

  StablePriorityQueue(Comparator<? super T> order) {
    items = new TreeSet<>(
        Comparator.<Item<T>, T>comparing(Item::value, order).thenComparingLong(Item::number));
  }

  @Override
  public boolean offer(T value) {
    return items.add(new Item<>(value, count++));
  }

  @Override
  public @Nullable T poll() {
    Item<T> first = items.pollFirst();
    return first == null ? null : first.value();
  }

  @Override
  public @Nullable T peek() {
    return items.isEmpty() ? null : items.first().value();
  }

  @Override
  public Iterator<T> iterator() {
    return items.stream().map(Item::value).iterator();
  }

  @Override
  public int size() {
    return items.size();
  }
}
