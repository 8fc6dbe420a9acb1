package dev.asyncawait;

import dev.asyncawait.spi.ReadyOrder;
import java.util.AbstractList;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a loop has to run, in cycles as asyncio's loop runs them: a cycle is what was ready when it began. The baton's returns
 * come before all of it. Only by the baton's holder.
 */
final class ReadyQueue {

  private final @Nullable ReadyOrder order;
  private final Timers timers;

  private final ArrayDeque<ReadyEntry> entries = new ArrayDeque<>();

  /** How many of the first entries belong to the cycle that runs. */
  private int cycle;

  /** Where the baton goes when the cycle that runs and the one after it are over; null unless main has just ended. */
  private @Nullable BatonReturn stop;

  /** Whether the cycle that runs is the last one before {@link #stop}. */
  private boolean lastCycle;

  /** The returns of those that wait for tasks started eagerly, the innermost first; any thread may look. */
  private volatile @Nullable BatonReturn returns;

  ReadyQueue(@Nullable ReadyOrder order, Timers timers) {
    this.order = order;
    this.timers = timers;
  }

  void add(ReadyEntry entry) {
    entries.add(entry);
  }

  /** The entry whose turn it is, or null if there is none. */
  @Nullable
  ReadyEntry next() {
    BatonReturn back = returns;
    if (back != null) {
      Task<?> started = back.pollStarted();
      return started != null ? started : popReturn();
    }
    if (cycle == 0 && !beginsCycle()) {
      return takeStop();
    }
    int choices = stop == null ? entries.size() : cycle;
    if (cycle > 0) {
      cycle--;
    }
    return order == null || choices < 2 ? entries.poll() : pick(order, choices);
  }

  /** Has {@code order} pick one of the first {@code choices} entries. */
  private ReadyEntry pick(ReadyOrder order, int choices) {
    var candidates = entries.stream().limit(choices).toList();
    int index = order.next(new AbstractList<@Nullable Task<?>>() {
      @Override
      public @Nullable Task<?> get(int i) {
        return candidates.get(i) instanceof Task<?> task ? task : null;
      }

      @Override
      public int size() {
        return candidates.size();
      }
    });
    Objects.checkIndex(index, candidates.size());
    Iterator<ReadyEntry> chosen = entries.iterator();
    for (int i = 0; i < index; i++) {
      chosen.next();
    }
    ReadyEntry picked = chosen.next();
    chosen.remove();
    return picked;
  }

  /** Begins another cycle, unless the loop is to stop before it or would have nothing to do in it but to stop. */
  private boolean beginsCycle() {
    if (stop == null) {
      timers.fireOverdue();
      cycle = entries.size();
      return true;
    }
    if (lastCycle) {
      return false;
    }
    lastCycle = true;
    timers.fire();
    cycle = entries.size();
    return cycle > 0;
  }

  /**
   * Has the baton come back to {@code owner} when the cycle that runs and the one after it are over, as asyncio's loop
   * stops: main's end is an entry of the next cycle there, and that cycle comes to its end.
   */
  BatonReturn stopAfterNextCycle(LoopThread owner) {
    var entry = new BatonReturn(owner, null);
    stop = entry;
    lastCycle = false;
    return entry;
  }

  private BatonReturn takeStop() {
    BatonReturn entry = Objects.requireNonNull(stop);
    stop = null;
    return entry;
  }

  void pushReturn(BatonReturn entry) {
    entry.outer = returns;
    returns = entry;
  }

  BatonReturn popReturn() {
    BatonReturn entry = Objects.requireNonNull(returns);
    returns = entry.outer;
    return entry;
  }

  /** Takes out a return that is not waited for any more, from wherever it is. */
  void removeReturn(BatonReturn entry) {
    BatonReturn inner = returns;
    if (inner == entry) {
      returns = entry.outer;
    }
    for (; inner != null; inner = inner.outer) {
      if (inner.outer == entry) {
        inner.outer = entry.outer;
      }
    }
  }

  /** Has an entry come next that was polled, and not run. */
  void putBack(ReadyEntry entry) {
    BatonReturn waiting = returns;
    if (entry instanceof BatonReturn back) {
      pushReturn(back);
    } else if (waiting == null || !waiting.takesBack(entry)) {
      entries.addFirst(entry);
      cycle++;
    }
  }

  /** Takes out a task that was ready and does not suspend after all. */
  void withdraw(Task<?> task) {
    int place = 0;
    for (Iterator<ReadyEntry> all = entries.iterator(); all.hasNext(); place++) {
      if (all.next() == task) {
        all.remove();
        cycle -= place < cycle ? 1 : 0;
        return;
      }
    }
  }

  /** When the loop was abandoned, by its last holder: lets go of what is not carried out any more. */
  void drop() {
    for (ReadyEntry entry; (entry = entries.poll()) != null; ) {
      if (entry instanceof Callback callback) {
        callback.dropped();
      }
    }
  }

  /** When the loop was abandoned, by any thread. */
  void unparkReturns() {
    for (BatonReturn entry = returns; entry != null; entry = entry.outer) {
      entry.owner.unpark();
    }
  }
}
