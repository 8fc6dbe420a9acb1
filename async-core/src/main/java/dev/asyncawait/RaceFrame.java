package dev.asyncawait;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Several at once, of which the first to end, or to succeed, decides; the others are cancelled and awaited. */
abstract class RaceFrame extends BlockFrame implements TaskGroup.Completion {

  /** Whether one that fails is out of it, as long as others run. */
  private final boolean untilSuccess;

  private final TaskGroup group = new TaskGroup(this);
  private @Nullable Frame block;

  // by the holder

  /** How many additions to exceptions there had been. */
  private long began;

  private @Nullable Task<?> winner;

  /** Those that have failed where a success is waited for, in the order of their ends. */
  private final Set<Task<?>> out = new LinkedHashSet<>();

  /** Those that only wait for a future, whose value is not theirs to give back. */
  private final Set<Task<?>> waiting = new HashSet<>();

  RaceFrame(boolean untilSuccess) {
    this.untilSuccess = untilSuccess;
  }

  /** What becomes of the winner's value. */
  @Nullable
  Object given(@Nullable Object value) {
    return value;
  }

  /** What the group runs: has them {@linkplain #enter enter}, each in a task of its own. */
  abstract Frame start();

  final void enter(Awaitable<?> entrant) {
    if (entrant instanceof Coroutine<?> coroutine) {
      Task<?> unused = group.createTask(coroutine);
    } else {
      waiting.add(group.createTask(Coroutine.within(new FutureFrame((AsyncFuture<?>) entrant))));
    }
  }

  final boolean isDecided() {
    return winner != null;
  }

  // ---- how they end

  @Override
  public final boolean isolatesFailures() {
    return true;
  }

  @Override
  public void ended(Task<?> child, boolean cutShort) {
    if (cutShort) {
      return; // it has lost, or nobody wins
    }
    if (untilSuccess && child.isCompletedExceptionally()) {
      out.add(child);
    } else if (winner == null) {
      winner = child;
    }
  }

  @Override
  public final boolean decides(Task<?> child) {
    if (child == winner) {
      return true;
    }
    if (out.contains(child)) {
      child.retrieve();
    } else {
      lose(child, winner == null ? ", whose race was cancelled" : ", after another was first");
    }
    return false;
  }

  /** What it gave nobody gets, and what it threw is no more an answer. */
  private void lose(Task<?> child, String why) {
    if (!child.isCompletedExceptionally()) {
      if (!waiting.contains(child)) {
        Held.handBack(child.resultNow(), child.loop);
      }
    } else if (!child.isCancelled()) {
      Throwable failure = child.failureWithin();
      Reports reports = child.loop.reports();
      if (!reports.reports(child, failure)) {
        reports.report("exception of " + child.title() + why, failure, null);
      }
    }
  }

  @Override
  @Nullable
  final Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
      throws Throwable {
    Frame entered = block;
    if (entered == null) {
      began = KnownFailure.additions();
      entered = group.block(start());
      block = entered;
    }
    Object result;
    try {
      result = entered.resume(task, value, error);
    } catch (Throwable failure) {
      Task<?> unheard = winner;
      if (unheard != null) {
        lose(unheard, ", whose race was cancelled");
      }
      throw failure;
    }
    return result == SUSPENDED ? SUSPENDED : outcome(task);
  }

  private @Nullable Object outcome(Task<?> task) throws Throwable {
    Task<?> first = winner;
    if (first != null) {
      return given(first.outcome());
    }
    List<Task<?>> failed = new ArrayList<>(out);
    failed.removeIf(Task::isCancelled);
    if (failed.isEmpty()) {
      return out.iterator().next().outcome();
    }
    throw SuppressedFailures.firstOf(failed, task, began);
  }

  @Override
  @Nullable
  final Frame inner() {
    return block;
  }

  @Override
  final void addBlockers(Set<Task<?>> blockers) {
    if (block != null) {
      block.addBlockers(blockers);
    }
  }

  @Override
  abstract String nameWhenUsed();

  @Override
  public final String toString() {
    return nameWhenUsed();
  }
}
