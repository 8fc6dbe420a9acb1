package dev.asyncawait;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A registration of {@link AsyncFuture#addDoneCallback}. */
final class DoneCallback<T extends @Nullable Object> extends Message {

  private final AsyncFuture<T> future;
  private final @Nullable TaskContext context;

  /** Null once it was called or removed, whichever came first. */
  private final AtomicReference<@Nullable Consumer<? super AsyncFuture<T>>> callback;

  DoneCallback(EventLoop loop, AsyncFuture<T> future, Consumer<? super AsyncFuture<T>> callback) {
    super(loop);
    this.context = TaskContext.copyOrNull();
    this.future = future;
    this.callback = new AtomicReference<>(callback);
  }

  /** A walk along a list that is being delivered may stray into another one, so both must match. */
  boolean remove(AsyncFuture<?> from, Object candidate) {
    Consumer<? super AsyncFuture<T>> wanted = callback.get();
    return from == future && isSame(candidate, wanted) && callback.compareAndSet(wanted, null);
  }

  /** A callback that cannot be compared is another one. */
  private static boolean isSame(Object candidate, @Nullable Object wanted) {
    try {
      return candidate.equals(wanted);
    } catch (Throwable failure) {
      EventLoop.log("equals() of " + Ask.text(candidate) + " failed", failure);
      return candidate == wanted;
    }
  }

  @Override
  boolean isRemoved() {
    return callback.get() == null;
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
    Consumer<? super AsyncFuture<T>> wanted = callback.getAndSet(null);
    if (wanted != null) {
      TaskContext.run(context, () -> wanted.accept(future));
    }
  }
}
