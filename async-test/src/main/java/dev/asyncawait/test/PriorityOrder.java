package dev.asyncawait.test;

import dev.asyncawait.Task;
import dev.asyncawait.spi.ReadyOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** The order of one run by priorities, as {@link Strategy#pct} says. */
final class PriorityOrder implements ReadyOrder {

  /** A task that is chosen so often in a row may be waiting for one that is not. */
  private static final int PATIENCE = 100;

  private final Random random;

  /** The numbers of the choices at which a priority changes, in no order. */
  private final int[] changes;

  private final int patience;

  /** Zero or more until it is changed; then less than that, and less again for one that was chosen too often. */
  private final Map<@Nullable Task<?>, Long> priorities = new HashMap<>();

  private long lowest = Integer.MIN_VALUE;
  private int choice;
  private @Nullable Task<?> last;
  private int inARow;

  PriorityOrder(Random random, int depth, int choices) {
    this.random = random;
    this.changes = new int[depth - 1];
    Arrays.setAll(changes, i -> random.nextInt(orLonger(Math.max(1, choices))));
    this.patience = orLonger(PATIENCE);
  }

  /**
   * That number, or as often twice as much or more, half of these four times as much or more, and so on: an order may
   * take many times as many choices as the usual one, and a task that is chosen a hundred times may get on.
   */
  private int orLonger(int number) {
    int doublings = Math.min(6, Integer.numberOfLeadingZeros(random.nextInt()));
    return (int) Math.min(Integer.MAX_VALUE, (long) number << doublings);
  }

  @Override
  public int next(List<@Nullable Task<?>> ready) {
    for (Task<?> task : ready) {
      priorities.computeIfAbsent(task, t -> (long) random.nextInt(Integer.MAX_VALUE));
    }
    for (int i = 0; i < changes.length; i++) {
      if (changes[i] == choice) {
        priorities.put(ready.get(highest(ready)), -1L - i);
      }
    }
    choice++;
    int index = highest(ready);
    Task<?> task = ready.get(index);
    inARow = task == last ? inARow + 1 : 1;
    last = task;
    if (inARow == patience) {
      lowest--;
      priorities.put(task, lowest);
    }
    return index;
  }

  private int highest(List<@Nullable Task<?>> ready) {
    int highest = 0;
    for (int i = 1; i < ready.size(); i++) {
      if (priority(ready.get(i)) > priority(ready.get(highest))) {
        highest = i;
      }
    }
    return highest;
  }

  private long priority(@Nullable Task<?> task) {
    return priorities.getOrDefault(task, 0L);
  }
}
