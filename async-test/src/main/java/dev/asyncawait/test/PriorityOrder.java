package dev.asyncawait.test;

import dev.asyncawait.ReadyOrder;
import dev.asyncawait.Task;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** The order of one run by priorities, as {@link Strategy#pct} says. */
final class PriorityOrder implements ReadyOrder {

  /** Who is chosen so often in a row waits for somebody who is not. */
  private static final int PATIENCE = 100;

  private final Random random;

  /** The numbers of the choices at which a priority changes. */
  private final int[] changes;

  /** Random ones are zero or more. */
  private final Map<@Nullable Task<?>, Integer> priorities = new HashMap<>();

  private int lowest;
  private int choice;
  private @Nullable Task<?> last;
  private int inARow;

  PriorityOrder(Random random, int depth, int choices) {
    this.random = random;
    this.changes = random.ints(depth - 1, 0, Math.max(1, choices)).toArray();
  }

  @Override
  public int next(List<@Nullable Task<?>> ready) {
    ready.forEach(task -> priorities.computeIfAbsent(task, t -> random.nextInt(Integer.MAX_VALUE)));
    for (int change : changes) {
      if (change == choice) {
        lower(ready.get(highest(ready)));
      }
    }
    choice++;
    int index = highest(ready);
    Task<?> task = ready.get(index);
    inARow = task == last ? inARow + 1 : 1;
    last = task;
    if (inARow == PATIENCE) {
      lower(task);
    }
    return index;
  }

  private void lower(@Nullable Task<?> task) {
    lowest--;
    priorities.put(task, lowest);
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

  private int priority(@Nullable Task<?> task) {
    return priorities.getOrDefault(task, 0);
  }
}
