package dev.asyncawait;

import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Mirrors a future and takes the cancellation that was meant for it: asyncio.shield. */
final class ShieldFuture<T extends @Nullable Object> extends AsyncFuture<T> {

  private final EventLoop loop;
  private final AsyncFuture<T> inner;
  private final Watcher innerDone;

  private ShieldFuture(EventLoop loop, AsyncFuture<T> inner) {
    super(loop);
    this.loop = loop;
    this.inner = inner;
    this.innerDone = new Watcher(loop, false, this::innerDone);
  }

  static <T extends @Nullable Object> AsyncFuture<T> of(Awaitable<T> work) {
    Objects.requireNonNull(work, "work must not be null");
    EventLoop loop = EventLoop.currentFor("shield()");
    AsyncFuture<T> inner = loop.futureOf(work);
    if (inner.isDone()) {
      return inner;
    }
    var outer = new ShieldFuture<>(loop, inner);
    outer.innerDone.watch(inner);
    outer.register(outer.new OuterDone());
    return outer;
  }

  private void innerDone() {
    if (isDone()) {
      return; // a failure then counts as one that nobody has retrieved
    }
    if (inner.isCompletedExceptionally()) {
      settle(null, inner.failureWithin());
    } else {
      settle(inner.resultNow(), null);
    }
  }

  /** Somebody may have cancelled this, or completed it by hand, and then nobody is told how the inner one ends. */
  private final class OuterDone extends Message {
    OuterDone() {
      super(ShieldFuture.this.loop);
    }

    @Override
    void deliver() {
      if (!inner.isDone()) {
        innerDone.withdrawFrom(inner);
        LostFailure.of(inner, loop);
      }
    }
  }

  /** Reports the failure of a future that has lost a shield; one for each future, however many it loses. */
  private static final class LostFailure extends Message {
    private final AsyncFuture<?> future;
    private volatile boolean removed;

    private LostFailure(EventLoop loop, AsyncFuture<?> future) {
      super(loop);
      this.future = future;
    }

    static void of(AsyncFuture<?> future, EventLoop loop) {
      future.removeWaiters(waiter -> waiter instanceof LostFailure other && other.remove(future));
      var lost = new LostFailure(loop, future);
      if (!future.register(lost)) {
        loop.post(lost);
      }
    }

    private boolean remove(AsyncFuture<?> from) {
      boolean first = from == future && !removed;
      removed |= first;
      return first;
    }

    @Override
    boolean isRemoved() {
      return removed;
    }

    @Override
    void deliver() {
      if (!removed) {
        loop.enqueue(new Callback(loop, () -> report(loop, future)));
      }
    }

    @Override
    void dropped() {
      report(loop, future);
    }
  }

  private static void report(EventLoop loop, AsyncFuture<?> inner) {
    if (inner.isCompletedExceptionally() && !inner.isCancelled()) {
      Throwable failure = inner.failureWithin();
      loop.report(failure.getClass().getSimpleName() + " exception in shielded future", failure);
    }
  }

  @Override
  boolean isWorkOf(@Nullable Task<?> reader) {
    return inner.isWorkOf(reader);
  }

  @Override
  void addBlockers(Set<Task<?>> blockers) {
    inner.addBlockers(blockers);
  }

  @Override
  EventLoop runsOn() {
    return loop;
  }

  @Override
  String title() {
    return "shield(" + inner.title() + ")";
  }

  @Override
  String label() {
    return title();
  }

  @Override
  public String toString() {
    return title() + "[" + progress() + "]";
  }
}
