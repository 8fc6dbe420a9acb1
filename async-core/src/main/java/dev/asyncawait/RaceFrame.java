package dev.asyncawait;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Several at once, of which the first to end, or to succeed, decides; the others are cancelled and awaited. */
final class RaceFrame extends BlockFrame implements TaskGroup.Completion {

  private final String name;
  private final List<Awaitable<?>> entrants;

  /** Whether one that fails is out of it, as long as others run. */
  private final boolean untilSuccess;

  private final TaskGroup group = new TaskGroup(this);
  private final Frame block = group.block(new Start());

  // by the holder

  /** How many additions to exceptions there had been. */
  private long began;

  private @Nullable Task<?> winner;

  /** Those that have failed where a success is waited for, in the order of their ends. */
  private final Set<Task<?>> out = new LinkedHashSet<>();

  /** Those that only wait for a future, whose value is not theirs to give back. */
  private final Set<Task<?>> waiting = new HashSet<>();

  private RaceFrame(String name, List<Awaitable<?>> entrants, boolean untilSuccess) {
    this.name = name;
    this.entrants = entrants;
    this.untilSuccess = untilSuccess;
  }

  static <T extends @Nullable Object> Coroutine<T> untilEnd(
      Collection<? extends Awaitable<?>> awaitables) {
    return new Coroutine<>(new RaceFrame("race", listOf(awaitables, "race"), false));
  }

  static <T extends @Nullable Object> Coroutine<T> untilSuccess(
      Collection<? extends Awaitable<?>> awaitables) {
    return new Coroutine<>(new RaceFrame("firstSuccess", listOf(awaitables, "firstSuccess"), true));
  }

  private static List<Awaitable<?>> listOf(
      Collection<? extends Awaitable<?>> awaitables, String name) {
    Objects.requireNonNull(awaitables, "awaitables must not be null");
    List<Awaitable<?>> all = new ArrayList<>(awaitables);
    if (all.isEmpty()) {
      throw new IllegalArgumentException(
          name + "() was given nothing that could be first; give it one awaitable at least");
    }
    if (all.contains(null)) {
      throw new NullPointerException("an awaitable of " + name + "() must not be null");
    }
    return all;
  }

  /** What the group runs: has all begin, each in a task of its own. */
  private final class Start extends Frame {
    @Override
    @Nullable
    Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error) {
      began = KnownFailure.additions();
      Set<Awaitable<?>> coroutines = Collections.newSetFromMap(new IdentityHashMap<>());
      for (Awaitable<?> each : entrants) {
        if (each == task) {
          throw new IllegalStateException(
              task.label() + " cannot wait for its own end in " + name + "()");
        }
        if (each instanceof Coroutine<?> coroutine) {
          coroutine.requireFresh();
          if (!coroutines.add(coroutine)) {
            throw new IllegalStateException("coroutine '" + coroutine + "' was given to " + name
                + "() twice; call the method again for a new one");
          }
        }
      }
      for (Awaitable<?> each : entrants) {
        if (each instanceof Coroutine<?> coroutine) {
          Task<?> unused = group.createTask(coroutine);
        } else {
          waiting.add(group.createTask(Coroutine.within(new FutureFrame((AsyncFuture<?>) each))));
        }
      }
      return null;
    }

    @Override
    String nameWhenUsed() {
      return name;
    }
  }

  // ---- how they end

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
  public boolean decides(Task<?> child) {
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
  Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error) throws Throwable {
    Object result;
    try {
      result = block.resume(task, value, error);
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
      return first.outcome();
    }
    Task<?> thrower = null;
    List<Throwable> later = new ArrayList<>();
    for (Task<?> each : out) {
      if (each.isCancelled()) {
        continue;
      }
      if (thrower == null) {
        thrower = each;
      } else {
        later.add(each.failureWithin());
      }
    }
    if (thrower == null) {
      return out.iterator().next().outcome();
    }
    Throwable failure = thrower.failureWithin();
    if (!later.isEmpty()) {
      SuppressedFailures.add("a later failure of " + this, later, failure, task, thrower, began);
    }
    throw failure;
  }

  @Override
  void dropped() {
    for (Awaitable<?> each : entrants) {
      if (each instanceof Coroutine<?> coroutine) {
        coroutine.drop();
      }
    }
  }

  @Override
  Frame inner() {
    return block;
  }

  @Override
  void addBlockers(Set<Task<?>> blockers) {
    block.addBlockers(blockers);
  }

  @Override
  String nameWhenUsed() {
    return name + "(" + entrants.size() + ")";
  }

  @Override
  public String toString() {
    return nameWhenUsed();
  }
}
