package dev.asyncawait;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of a loop that are not done, in the order in which they were created: a list linked through the tasks,
 * so that being in it costs a task nothing more. Any thread may look.
 */
final class TaskList {

  private @Nullable Task<?> first;
  private @Nullable Task<?> last;
  private int size;

  synchronized void add(Task<?> task) {
    Task<?> before = last;
    task.before = before;
    if (before == null) {
      first = task;
    } else {
      before.after = task;
    }
    last = task;
    size++;
  }

  /** Takes a task out; does nothing if it is not in. */
  synchronized void remove(Task<?> task) {
    Task<?> before = task.before;
    Task<?> after = task.after;
    if (before == null && first != task) {
      return;
    }
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
    task.before = null;
    task.after = null;
    size--;
  }

  synchronized int size() {
    return size;
  }

  synchronized Set<Task<?>> copy() {
    var copy = new LinkedHashSet<Task<?>>();
    for (Task<?> task = first; task != null; task = task.after) {
      copy.add(task);
    }
    return copy;
  }
}
