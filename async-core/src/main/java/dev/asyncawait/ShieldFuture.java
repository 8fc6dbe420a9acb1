package dev.asyncawait;

import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Mirrors a future and takes the cancellation that was meant for it: asyncio.shield. */
final class ShieldFuture<T extends @Nullable Object> extends AsyncFuture<T> {

  private final EventLoop loop;

  /** Null when this is done: whatever keeps it then keeps nothing else. */
  private volatile @Nullable AsyncFuture<T> inner;

  /** Written before {@code inner} is forgotten. */
  private @Nullable String title;

  /** The inner one, if its failure is this one's. */
  private volatile @Nullable AsyncFuture<T> failed;

  private final Watcher innerDone;

  private ShieldFuture(EventLoop loop, AsyncFuture<T> inner) {
    super(loop);
    this.loop = loop;
    this.inner = inner;
    this.innerDone = Watcher.forFuture(loop, () -> innerDone(inner), () -> innerDone(inner));
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

  private void innerDone(AsyncFuture<T> inner) {
    if (isDone()) {
      return; // a failure then counts as one that nobody has retrieved
    }
    if (inner.isCompletedExceptionally()) {
      failed = inner;
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
      AsyncFuture<T> lost = inner;
      if (lost != null) {
        forget(lost);
      }
    }
  }

  private void forget(AsyncFuture<T> lost) {
    title = title();
    inner = null;
    innerDone.withdraw();
    if (!lost.isDone()) {
      var report = new LostFailure(loop, lost);
      if (!lost.register(report)) {
        loop.post(report);
      }
    }
  }

  /** Reports the failure of a future that has lost a shield; one for each future, however many it loses. */
  static final class LostFailure extends Message {
    private final AsyncFuture<?> future;
    private volatile boolean removed;

    private LostFailure(EventLoop loop, AsyncFuture<?> future) {
      super(loop);
      this.future = future;
    }

    void remove() {
      removed = true;
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
      if (!removed) {
        report(loop, future);
      }
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
    AsyncFuture<T> done = failed;
    return done != null && done.isWorkOf(reader);
  }

  @Override
  void addBlockers(Set<Task<?>> blockers) {
    AsyncFuture<T> awaited = inner;
    if (awaited != null) {
      awaited.addBlockers(blockers);
    }
  }

  @Override
  EventLoop runsOn() {
    return loop;
  }

  @Override
  String title() {
    AsyncFuture<T> shielded = inner;
    return shielded == null ? Objects.requireNonNull(title) : "shield(" + shielded.title() + ")";
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
