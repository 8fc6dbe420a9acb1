package dev.asyncawait;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Ends a group when so many tasks have succeeded; it counts, and so is good for one group. */
final class SuccessCount implements CompletionPolicy {

  private final int wanted;
  private int succeeded;

  /** In the order of their ends. */
  private final List<Task<?>> failed = new ArrayList<>();

  /** The task of the group's block. */
  private @Nullable Task<?> owner;

  /** How many additions to exceptions there had been. */
  private long began;

  SuccessCount(int wanted) {
    if (wanted < 1) {
      throw new IllegalArgumentException("count must be at least 1, but was " + wanted);
    }
    this.wanted = wanted;
  }

  void entered(Task<?> task) {
    if (owner != null) {
      throw new IllegalStateException(
          this + " has counted the tasks of another group; make a new one for each");
    }
    owner = task;
    began = KnownFailure.additions();
  }

  @Override
  public boolean taskEnded(Task<?> task) {
    if (!task.isCompletedExceptionally()) {
      succeeded++;
    } else if (!task.isCancelled()) {
      task.retrieve();
      failed.add(task);
    }
    return succeeded >= wanted;
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
    throw Async.sneaky(SuppressedFailures.firstOf(failed, Objects.requireNonNull(owner), began));
  }

  @Override
  public String toString() {
    return "CompletionPolicy.successes(" + wanted + ")";
  }
}
