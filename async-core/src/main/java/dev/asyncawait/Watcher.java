package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/** Has something run on a loop, at a turn of its own, once a future is done, unless it is withdrawn before. */
final class Watcher extends Message {

  private final boolean kernelCode;

  /** Null once this is withdrawn or told, so that whatever keeps it a while keeps nothing else. */
  private volatile @Nullable Runnable action;

  /** What is done instead, by any thread, if the loop runs nothing any more. */
  private volatile @Nullable Runnable ifClosed;

  private @Nullable AsyncFuture<?> watched;

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
    super(loop);
    this.kernelCode = kernelCode;
    this.action = action;
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

  /** Watches no more. */
  void withdraw() {
    AsyncFuture<?> future = watched;
    ifClosed = null;
    if (action != null && future != null) {
      action = null;
      watched = null;
      future.removed(1);
    }
  }

  @Override
  boolean isRemoved() {
    return action == null;
  }

  @Override
  void deliver() {
    Runnable wanted = action;
    action = null;
    watched = null;
    if (wanted != null) {
      loop.enqueue(new Callback(loop, wanted) {
        @Override
        boolean isKernelCode() {
          return kernelCode;
        }

        @Override
        void dropped() {
          Watcher.this.dropped();
        }
      });
    }
  }

  @Override
  void dropped() {
    Runnable instead = ifClosed;
    if (instead != null) {
      instead.run();
    }
  }
}
