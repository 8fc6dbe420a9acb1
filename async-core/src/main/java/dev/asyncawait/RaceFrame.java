package dev.asyncawait;

import java.util.ArrayList;
import java.util.Collection;
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
      for (Awaitable<?> each : entrants) {
        if (each instanceof Coroutine<?> coroutine) {
          coroutine.requireFresh();
        } else if (each == task) {
          throw new IllegalStateException(
              task.label() + " cannot wait for its own end in " + name + "()");
        }
      }
      for (Awaitable<?> each : entrants) {
        Task<?> unused = group.createTask(coroutineOf(each));
      }
      return null;
    }

    @Override
    String nameWhenUsed() {
      return name;
    }
  }

  private static Coroutine<?> coroutineOf(Awaitable<?> awaitable) {
    return awaitable instanceof Coroutine<?> coroutine
        ? coroutine
        : Coroutine.within(new FutureFrame((AsyncFuture<?>) awaitable));
  }

  // ---- how they end

  @Override
  public void ended(Task<?> child) {
    boolean asItself = winner == null || child.cancelling() == 0; // not cut short by the winner
    if (untilSuccess && asItself && child.isCompletedExceptionally()) {
      out.add(child);
    } else if (winner == null) {
      winner = child;
    }
  }

  @Override
  public boolean decides(Task<?> child) {
    if (child != winner) {
      if (out.contains(child)) {
        child.retrieve();
      } else {
        lose(child);
      }
    }
    return child == winner;
  }

  /** What it gave nobody gets, and what it threw is no more an answer. */
  private static void lose(Task<?> child) {
    if (!child.isCompletedExceptionally()) {
      Held.handBack(child.resultNow(), child.loop);
    } else if (!child.isCancelled()) {
      child.loop.report(
          "exception of " + child.title() + ", after another was first", child.failureWithin());
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
        lose(unheard);
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
    List<Task<?>> failed = out.stream().filter(child -> !child.isCancelled()).toList();
    if (failed.isEmpty()) {
      return out.iterator().next().outcome();
    }
    Throwable failure = failed.get(0).failureWithin();
    SuppressedFailures.add(
        "a later failure of " + this,
        failed.stream().skip(1).map(AsyncFuture::failureWithin).toList(),
        failure,
        task,
        failed.get(0),
        began);
    throw failure;
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
