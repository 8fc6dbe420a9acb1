package dev.asyncawait;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Runs what a function makes of each of many items, so many at once: an item is asked for when there is room for it. */
final class MapFrame<T extends @Nullable Object> extends BlockFrame
    implements TaskGroup.Completion {

  /** What a task of the group works at. */
  private record Item(int index, boolean ownsResult) {}

  private final String name;
  private final int limit;
  private final Supplier<? extends Iterator<? extends T>> items;
  private final Function<? super T, ? extends Awaitable<?>> function;
  private final TaskGroup group = new TaskGroup(this);
  private final Frame block = group.block(new Feed());

  // by the holder

  private final Map<Task<?>, Item> running = new HashMap<>();

  /** In the order of the items; null if nobody wants them. */
  private final @Nullable List<@Nullable Object> results;

  /** What was acquired for the caller, who will not get it if this fails. */
  private final List<Held> acquired = new ArrayList<>();

  /** The first that was cancelled, not by this. */
  private @Nullable Task<?> cancelled;

  /** Whether one has failed or was cancelled, so that no other begins. */
  private boolean broken;

  /** Ends when there is room for another. */
  private @Nullable FrameFuture room;

  MapFrame(
      String name,
      int limit,
      Supplier<? extends Iterator<? extends T>> items,
      Function<? super T, ? extends Awaitable<?>> function,
      boolean wantsResults) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1, but was " + limit);
    }
    this.name = name;
    this.limit = limit;
    this.items = items;
    this.function = Objects.requireNonNull(function, "function must not be null");
    this.results = wantsResults ? new ArrayList<>() : null;
  }

  /** What the group runs: has tasks begin, as long as there are items. */
  private final class Feed extends Frame {
    private @Nullable Iterator<? extends T> left;
    private int next;

    @Override
    @Nullable
    Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
        throws Throwable {
      if (error != null) {
        throw error;
      }
      if (left == null) {
        left = items.get();
      }
      while (!broken) {
        if (running.size() == limit) {
          room = new FrameFuture(task, this);
          return task.awaitNext(room);
        }
        if (!left.hasNext()) {
          break;
        }
        begin(task, left.next());
      }
      return null;
    }

    private void begin(Task<?> task, T item) {
      Awaitable<?> work = function.apply(item);
      if (work == task) {
        throw new IllegalStateException(
            task.label() + " cannot wait for its own end in " + name + "()");
      }
      if (work == null) {
        throw new NullPointerException("the function of " + name + "() gave null for "
            + Ask.text(item) + "; it must give what is to be awaited");
      }
      boolean own = work instanceof Coroutine<?>;
      Task<?> child = group.createTask(
          own ? (Coroutine<?>) work : Coroutine.within(new FutureFrame((AsyncFuture<?>) work)));
      running.put(child, new Item(next++, own));
      if (results != null) {
        results.add(null);
      }
    }

    @Override
    void addBlockers(Set<Task<?>> blockers) {
      MapFrame.this.addBlockers(blockers);
    }

    @Override
    String nameWhenUsed() {
      return MapFrame.this.nameWhenUsed();
    }

    @Override
    public String toString() {
      return MapFrame.this.toString();
    }
  }

  @Override
  public boolean isolatesFailures() {
    return false;
  }

  @Override
  public void ended(Task<?> child, boolean cutShort) {
    Item item = running.remove(child);
    if (item == null) {
      return; // the loop was abandoned while it was made
    }
    if (!child.isCompletedExceptionally()) {
      keep(item, child.resultNow());
      return;
    }
    broken = true;
    if (child.isCancelled() && !cutShort && cancelled == null) {
      cancelled = child;
    }
  }

  private void keep(Item item, @Nullable Object result) {
    if (results != null) {
      results.set(item.index, result);
    }
    if (item.ownsResult && result instanceof Held held) {
      acquired.add(held);
    }
  }

  @Override
  public boolean decides(Task<?> child) {
    if (room != null) {
      room.end();
    }
    return child == cancelled;
  }

  @Override
  @Nullable
  Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error) throws Throwable {
    try {
      Object result = block.resume(task, value, error);
      if (result == SUSPENDED) {
        return SUSPENDED;
      }
      if (cancelled != null) {
        return cancelled.outcome(); // which throws
      }
    } catch (Throwable failure) {
      acquired.forEach(held -> Held.handBack(held, task.loop));
      throw failure;
    }
    return results == null ? null : Collections.unmodifiableList(results);
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
    return name + "(" + limit + ")";
  }

  @Override
  public String toString() {
    return nameWhenUsed();
  }
}
