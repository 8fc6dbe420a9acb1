package dev.asyncawait;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Ends a group when so many tasks have succeeded; it counts, and so is good for one group. */
final class SuccessCount implements CompletionPolicy {

  private final int wanted;
  private int succeeded;

  /** In the order of their ends. */
  private final List<Task<?>> failed = new ArrayList<>();

  /** How many additions to exceptions there had been. */
  private final long began = KnownFailure.additions();

  private boolean used;

  SuccessCount(int wanted) {
    if (wanted < 1) {
      throw new IllegalArgumentException("count must be at least 1, but was " + wanted);
    }
    this.wanted = wanted;
  }

  void entered() {
    if (used) {
      throw new IllegalStateException(
          this + " has counted the tasks of another group; make a new one for each");
    }
    used = true;
  }

  @Override
  public boolean taskEnded(Task<?> task) {
    if (!task.isCompletedExceptionally()) {
      succeeded++;
    } else if (!task.isCancelled()) {
      failed.add(task);
    }
    boolean enough = succeeded >= wanted;
    if (enough) {
      failed.forEach(Task::retrieve); // these are no news any more
    }
    return enough;
  }

  @Override
  public void groupEnded() throws Exception {
    if (succeeded >= wanted) {
      return;
    }
    if (failed.isEmpty()) {
      throw new IllegalStateException(
          wanted + " tasks of the group were to succeed, but only " + succeeded + " did");
    }
    Task<?> block = Objects.requireNonNull(Task.currentOrNull());
    throw Async.sneaky(SuppressedFailures.firstOf(failed, block, began));
  }

  @Override
  public String toString() {
    return "CompletionPolicy.successes(" + wanted + ")";
  }
}
