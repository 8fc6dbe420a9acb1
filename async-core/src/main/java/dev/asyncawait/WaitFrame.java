package dev.asyncawait;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Waits for some of several futures and touches none of them: asyncio.wait. */
final class WaitFrame<F extends AsyncFuture<?>> extends Frame {

  /** Each once, in the order given. */
  private final List<F> futures;

  private final ReturnWhen returnWhen;
  private final @Nullable Duration limit;

  /** One for each future, from the moment when the wait has begun. */
  private final List<Watcher> watchers = new ArrayList<>();

  private @Nullable FrameFuture enough;
  private @Nullable Timer timer;
  private int missing;

  WaitFrame(Collection<? extends F> futures, ReturnWhen returnWhen, @Nullable Duration limit) {
    Objects.requireNonNull(futures, "futures must not be null");
    this.returnWhen = Objects.requireNonNull(returnWhen, "returnWhen must not be null");
    this.limit = limit;
    var distinct = new LinkedHashSet<F>();
    for (F future : futures) {
      distinct.add(Objects.requireNonNull(future, "a future to wait for must not be null"));
    }
    if (distinct.isEmpty()) {
      throw new IllegalArgumentException(
          "futures must not be empty; leave waitTasks() out where there is nothing to wait for");
    }
    this.futures = List.copyOf(distinct);
  }

  @Override
  @Nullable
  Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error) throws Throwable {
    if (enough == null) {
      enough = begin(task);
      return task.awaitNext(enough);
    }
    end();
    if (error != null) {
      throw error;
    }
    return waited();
  }

  private FrameFuture begin(Task<?> task) {
    EventLoop loop = task.loop;
    var wait = new FrameFuture(task, this);
    missing = futures.size();
    for (F future : futures) {
      var watcher = new Watcher(loop, true, () -> completed(future, wait));
      watchers.add(watcher);
      watcher.watch(future);
    }
    if (limit != null) {
      timer = Alarm.set(loop, limit, wait::end);
    }
    return wait;
  }

  private void completed(F future, FrameFuture wait) {
    missing--;
    boolean failed = future.isCompletedExceptionally() && !future.isCancelled();
    boolean suffices = switch (returnWhen) {
      case ALL_COMPLETED -> false;
      case FIRST_COMPLETED -> true;
      case FIRST_EXCEPTION -> failed;
    };
    if (suffices || missing == 0) {
      cancelTimer();
      wait.end();
    }
  }

  private void end() {
    cancelTimer();
    watchers.forEach(Watcher::withdraw);
  }

  private void cancelTimer() {
    if (timer != null) {
      timer.cancel();
    }
  }

  private Waited<F> waited() {
    Set<F> done = new LinkedHashSet<>();
    Set<F> pending = new LinkedHashSet<>();
    for (F future : futures) {
      (future.isDone() ? done : pending).add(future);
    }
    return new Waited<>(done, pending);
  }

  @Override
  void addBlockers(Set<Task<?>> blockers) {
    futures.forEach(future -> future.addBlockers(blockers));
  }

  @Override
  String nameWhenUsed() {
    return "waitTasks(...)";
  }

  @Override
  public String toString() {
    return "waitTasks(" + futures.size() + ", " + returnWhen + (limit == null ? "" : ", " + limit)
        + ")";
  }
}
