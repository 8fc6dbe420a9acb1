package dev.asyncawait;

import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of a loop that have not ended, in the order of their creation.
 *
 * <p>They stand in blocks. A task leaves its place empty when it ends, and a block whose places are all used and empty
 * again is taken out, or used once more if it is the last.
 *
 * <p>Who competes: the baton's holder adds tasks and takes out those that end, any thread looks, and the tasks of a loop
 * that was abandoned end on several threads. All take the monitor, but for the holder when a task ends while the loop
 * works, as nearly all do: it empties a place that nobody else writes to, and counts for itself. Whoever looks meanwhile
 * sees the task or does not, and does not if it knows that the task is done. If the loop is abandoned at that moment, the
 * others count apart from the holder; each asks for the count under the monitor when it has counted, so the last to ask sees
 * all. The blocks of an abandoned loop stay as they are.
 */
final class TaskList {

  private static final int LENGTH = 32;

  /** Tasks that were made one after the other. */
  static final class Block {
    private final @Nullable Task<?>[] places = new Task<?>[LENGTH];

    /** How many places the holder has emptied; by itself. */
    private int emptied;

    private @Nullable Block before;
    private @Nullable Block after;
  }

  // guarded by this

  private Block first = new Block();
  private Block last = first;

  /** How many places of the last block were used. */
  private int used;

  private int added;

  /** How many have ended since the loop was abandoned. */
  private int endedApart;

  /** How many have ended before; by the holder. */
  private int ended;

  /** By the holder. */
  synchronized void add(Task<?> task) {
    if (used == LENGTH) {
      if (last.emptied == LENGTH) {
        last.emptied = 0;
      } else {
        append();
      }
      used = 0;
    }
    task.block = last;
    task.place = used;
    last.places[used++] = task;
    added++;
  }

  private void append() {
    var block = new Block();
    block.before = last;
    last.after = block;
    last = block;
  }

  /** Takes out one that ends, if it is in; by the holder of a loop that was not abandoned when this was called. */
  void removeByHolder(Task<?> task) {
    Block block = leave(task);
    if (block != null) {
      ended++;
      block.emptied++;
      if (block.emptied == LENGTH && block != last) {
        remove(block);
      }
    }
  }

  private synchronized void remove(Block block) {
    Block before = block.before;
    Block after = Objects.requireNonNull(block.after);
    after.before = before;
    if (before == null) {
      first = after;
    } else {
      before.after = after;
    }
  }

  /** Takes out one that ends, if it is in; by any thread, when the loop was abandoned. */
  synchronized void remove(Task<?> task) {
    if (leave(task) != null) {
      endedApart++;
    }
  }

  private static @Nullable Block leave(Task<?> task) {
    Block block = task.block;
    if (block != null) {
      task.block = null;
      block.places[task.place] = null;
    }
    return block;
  }

  synchronized int count() {
    return added - ended - endedApart;
  }

  synchronized Set<Task<?>> copy() {
    var copy = new LinkedHashSet<Task<?>>();
    for (Block block = first; block != null; block = block.after) {
      for (Task<?> task : block.places) {
        if (task != null) {
          copy.add(task);
        }
      }
    }
    return copy;
  }
}
