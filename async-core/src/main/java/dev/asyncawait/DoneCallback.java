package dev.asyncawait;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A registration of {@link AsyncFuture#addDoneCallback}. */
final class DoneCallback<T extends @Nullable Object> extends Message {

  private final AsyncFuture<T> future;
  private volatile @Nullable Consumer<? super AsyncFuture<T>> callback;

  DoneCallback(EventLoop loop, AsyncFuture<T> future, Consumer<? super AsyncFuture<T>> callback) {
    super(loop);
    this.future = future;
    this.callback = callback;
  }

  /** A walk along a list that is being delivered may stray into another one, so both must match. */
  boolean remove(AsyncFuture<?> from, Object candidate) {
    if (from == future && candidate.equals(callback)) {
      callback = null;
      return true;
    }
    return false;
  }

  boolean isRemoved() {
    return callback == null;
  }

  @Override
  void dropped() {
    if (!isRemoved()) {
      EventLoop.log(
          "a done callback of " + future + " was not called: its loop is closed",
          new IllegalStateException(loop.toString()));
    }
  }

  @Override
  void deliver() {
    loop.enqueue(new Callback(loop, this::call));
  }

  private void call() {
    Consumer<? super AsyncFuture<T>> wanted = callback;
    if (wanted != null) {
      callback = null;
      wanted.accept(future);
    }
  }
}
