package dev.asyncawait;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Hands out futures in the order in which they finish, to whoever asks next: asyncio.as_completed.
 *
 * @param <R> what is handed out: the results, or the tasks themselves
 */
final class AsCompleted<R extends @Nullable Object> implements Iterable<Coroutine<R>> {

  private final boolean ofTasks;
  private final int count;
  private final @Nullable Duration limit;
  private final Sources sources;
  private final Iterator<Coroutine<R>> iterator = new Remaining();

  /*
   * Completions and the timeout are entries of the loop, but who asks may be on another loop or thread. So these are
   * guarded by the monitor of `sources`. It is held for a moment and never while another thread is told something:
   * waits are ended and watchers withdrawn after it was let go. A wait that was taken out of `waiting` and then
   * turns out to be cancelled is passed over.
   */
  private final ArrayDeque<AsyncFuture<?>> finished = new ArrayDeque<>();
  private final Set<FrameFuture> waiting = new LinkedHashSet<>();
  private int left;
  private boolean timedOut;
  private boolean timeoutThrown;

  private AsCompleted(
      EventLoop loop,
      boolean ofTasks,
      Collection<AsyncFuture<?>> futures,
      @Nullable Duration limit) {
    this.ofTasks = ofTasks;
    this.limit = limit;
    forgetLeft();
    sources = new Sources(this);
    count = sources.watch(loop, futures, limit);
    left = count;
  }

  /**
   * What futures and a timer know of an iteration. Nobody says when a loop over it was left early, and the futures may
   * live on: so they hold it weakly, and when it is garbage they are rid of it.
   */
  private static final class Sources extends WeakReference<AsCompleted<?>> {
    private static final ReferenceQueue<AsCompleted<?>> LEFT = new ReferenceQueue<>();

    // guarded by this

    private Source[] all = {};
    private int unfinished;

    private @Nullable Timer timer;

    Sources(AsCompleted<?> iteration) {
      super(iteration, LEFT);
    }

    /** Says how many different ones there are. */
    int watch(EventLoop loop, Collection<AsyncFuture<?>> futures, @Nullable Duration limit) {
      all = new LinkedHashSet<>(futures)
          .stream().map(future -> new Source(this, loop, future)).toArray(Source[]::new);
      unfinished = all.length;
      for (Source source : all) {
        source.watcher.watch(Objects.requireNonNull(source.future));
      }
      timer = limit == null || all.length == 0 ? null : Alarm.set(loop, limit, this::timeOut);
      return all.length;
    }

    private void finish(Source source) {
      AsCompleted<?> iteration = get();
      if (iteration != null) {
        iteration.finish(source);
      }
    }

    private void timeOut() {
      AsCompleted<?> iteration = get();
      if (iteration != null) {
        iteration.timeOut();
      }
    }

    /** Takes the future of one that has finished or is given up; null if it was taken before. */
    @Nullable
    AsyncFuture<?> take(Source source) {
      AsyncFuture<?> future = source.future;
      if (future != null) {
        source.future = null;
        unfinished--;
      }
      return future;
    }

    synchronized List<Watcher> takeAll() {
      return Stream.of(all)
          .filter(source -> take(source) != null)
          .map(source -> source.watcher)
          .toList();
    }

    void addBlockers(Set<Task<?>> blockers) {
      for (Source source : all) {
        AsyncFuture<?> future = source.future;
        if (future != null) {
          future.addBlockers(blockers);
        }
      }
    }

    void cancelTimer() {
      if (timer != null) {
        timer.cancel();
      }
    }
  }

  /** A future that an iteration waits for. */
  private static final class Source implements Runnable {
    private final Sources sources;
    final Watcher watcher;

    /** Null when it was taken. */
    @Nullable
    AsyncFuture<?> future;

    Source(Sources sources, EventLoop loop, AsyncFuture<?> future) {
      this.sources = sources;
      this.future = future;
      this.watcher = new Watcher(loop, true, this);
    }

    @Override
    public void run() {
      sources.finish(this);
    }
  }

  /** Tidies up after iterations that were left early and are garbage by now. */
  static void forgetLeft() {
    for (Reference<?> left; (left = Sources.LEFT.poll()) != null; ) {
      var sources = (Sources) left;
      sources.cancelTimer();
      sources.takeAll().forEach(Watcher::withdraw);
    }
  }

  static <T extends @Nullable Object> Iterable<Coroutine<T>> results(
      Collection<? extends Awaitable<? extends T>> awaitables, @Nullable Duration limit) {
    Objects.requireNonNull(awaitables, "awaitables must not be null");
    EventLoop loop = EventLoop.currentFor("asCompleted()");
    var futures = loop.futuresOf(new ArrayList<>(awaitables), "wait for");
    return new AsCompleted<>(loop, false, futures, limit);
  }

  static <T extends @Nullable Object> Iterable<Coroutine<Task<T>>> tasks(
      Collection<? extends Awaitable<? extends T>> awaitables, @Nullable Duration limit) {
    Objects.requireNonNull(awaitables, "awaitables must not be null");
    EventLoop loop = EventLoop.currentFor("completedTasks()");
    var copy = new ArrayList<Awaitable<?>>(awaitables);
    for (Awaitable<?> awaitable : copy) {
      if (awaitable instanceof AsyncFuture<?> future && !(future instanceof Task<?>)) {
        throw new IllegalArgumentException("completedTasks() takes tasks and coroutines, but "
            + future + " is neither; use asCompleted(), or give it a coroutine that awaits this");
      }
    }
    return new AsCompleted<>(loop, true, loop.futuresOf(copy, "wait for"), limit);
  }

  // ---- by the loop

  private void finish(Source source) {
    boolean last;
    synchronized (sources) {
      AsyncFuture<?> future = sources.take(source);
      if (future == null) {
        return; // the timeout was first
      }
      finished.add(future);
      last = sources.unfinished == 0;
    }
    wakeNext();
    if (last) {
      sources.cancelTimer();
    }
  }

  private void timeOut() {
    List<Watcher> given;
    synchronized (sources) {
      timedOut = true;
      given = sources.takeAll();
    }
    given.forEach(watcher -> {
      watcher.withdraw();
      wakeNext();
    });
  }

  /** Wakes the first that still waits. */
  private void wakeNext() {
    FrameFuture next;
    do {
      synchronized (sources) {
        Iterator<FrameFuture> line = waiting.iterator();
        next = line.hasNext() ? line.next() : null;
        waiting.remove(next);
      }
    } while (next != null && !next.end());
  }

  // ---- by who asks

  /** Always the same one, for all to share. */
  @Override
  public Iterator<Coroutine<R>> iterator() {
    return iterator;
  }

  private final class Remaining implements Iterator<Coroutine<R>> {
    @Override
    public boolean hasNext() {
      synchronized (sources) {
        return left > 0 && !(ofTasks && timeoutThrown);
      }
    }

    @Override
    public Coroutine<R> next() {
      synchronized (sources) {
        if (!hasNext()) {
          throw new NoSuchElementException(AsCompleted.this + " has no more; ask hasNext() first");
        }
        left--;
      }
      return new Coroutine<>(new Next());
    }
  }

  @Override
  public String toString() {
    return (ofTasks ? "completedTasks(" : "asCompleted(") + count + ")";
  }

  /** Waits for its turn to take one of the finished. */
  private final class Next extends Frame {
    private @Nullable FrameFuture wait;

    @Override
    @Nullable
    Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
        throws Throwable {
      if (error != null) {
        giveUp(Objects.requireNonNull(wait));
        throw error;
      }
      AsyncFuture<?> taken;
      synchronized (sources) {
        taken = finished.poll();
        if (taken == null && !timedOut) {
          wait = new FrameFuture(task, this);
          waiting.add(wait);
          return task.awaitNext(wait);
        }
        timeoutThrown |= taken == null;
      }
      if (taken == null) {
        throw new AsyncTimeoutException("timed out after " + limit);
      }
      return ofTasks ? taken : taken.outcome();
    }

    /** One that was woken and is cancelled before it takes anything passes the wake-up on. */
    private void giveUp(FrameFuture given) {
      given.cancel();
      boolean forNext;
      synchronized (sources) {
        waiting.remove(given);
        forNext = !given.isCancelled() && (timedOut || !finished.isEmpty());
      }
      if (forNext) {
        wakeNext();
      }
    }

    @Override
    void addBlockers(Set<Task<?>> blockers) {
      synchronized (sources) {
        sources.addBlockers(blockers);
      }
    }

    @Override
    String nameWhenUsed() {
      return ofTasks ? "completedTasks(...)" : "asCompleted(...)";
    }

    @Override
    public String toString() {
      return AsCompleted.this.toString();
    }
  }
}
