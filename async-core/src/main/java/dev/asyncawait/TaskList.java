package dev.asyncawait;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The tasks of a loop that are not done, in the order of creation; for any thread. */
final class TaskList extends IntrusiveList<Task<?>> {

  @Override
  synchronized void add(Task<?> task) {
    super.add(task);
  }

  @Override
  synchronized boolean remove(Task<?> task) {
    return super.remove(task);
  }

  synchronized int count() {
    return size();
  }

  synchronized Set<Task<?>> copy() {
    var copy = new LinkedHashSet<Task<?>>();
    for (Task<?> task = first(); task != null; task = task.after) {
      copy.add(task);
    }
    return copy;
  }

  @Override
  @Nullable
  Task<?> before(Task<?> task) {
    return task.before;
  }

  @Override
  @Nullable
  Task<?> after(Task<?> task) {
    return task.after;
  }

  @Override
  void setBefore(Task<?> task, @Nullable Task<?> before) {
    task.before = before;
  }

  @Override
  void setAfter(Task<?> task, @Nullable Task<?> after) {
    task.after = after;
  }
}
