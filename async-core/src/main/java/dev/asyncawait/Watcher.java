package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/** Has something run on a loop, at a turn of its own, once a future is done, unless it is withdrawn before. */
final class Watcher extends Callback {

  private final boolean kernelCode;

  /** What is done instead, by any thread, if the loop runs nothing any more. */
  private volatile @Nullable Runnable ifClosed;

  /** Null before this watches, and when it has been told or withdrawn. */
  private @Nullable AsyncFuture<?> watched;

  private volatile boolean withdrawn;

  /**
   * Makes one that watches nothing yet.
   *
   * @param kernelCode whether {@code action} completes nothing that a user could have a dependent stage of
   */
  Watcher(EventLoop loop, boolean kernelCode, Runnable action) {
    this(loop, kernelCode, action, null);
  }

  private Watcher(
      EventLoop loop, boolean kernelCode, Runnable action, @Nullable Runnable ifClosed) {
    super(loop, action);
    this.kernelCode = kernelCode;
    this.ifClosed = ifClosed;
  }

  /** Makes one for a future that others may have, and that is to be done also if the loop closes before. */
  static Watcher forFuture(EventLoop loop, Runnable action, Runnable ifClosed) {
    return new Watcher(loop, false, action, ifClosed);
  }

  /** Watches {@code future}, which may be done. */
  void watch(AsyncFuture<?> future) {
    watched = future;
    if (!future.register(this)) {
      loop.post(this);
    }
  }

  /** Watches no more; one that has been told already has its turn all the same. */
  void withdraw() {
    AsyncFuture<?> future = watched;
    ifClosed = null;
    if (future != null) {
      withdrawn = true;
      watched = null;
      forgetAction();
      future.removed(1);
    }
  }

  @Override
  boolean isRemoved() {
    return withdrawn;
  }

  @Override
  void deliver() {
    watched = null;
    if (!withdrawn) {
      super.deliver();
    }
  }

  @Override
  boolean isKernelCode() {
    return kernelCode;
  }

  @Override
  void dropped() {
    Runnable instead = ifClosed;
    if (instead != null) {
      instead.run();
    }
  }
}
