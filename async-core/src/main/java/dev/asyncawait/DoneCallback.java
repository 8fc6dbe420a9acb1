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

  /** The registration before of an equal callback; written by the future before others see this. */
  @Nullable
  DoneCallback<?> equal;

  DoneCallback(EventLoop loop, AsyncFuture<T> future, Consumer<? super AsyncFuture<T>> callback) {
    super(loop);
    this.context = TaskContext.copyOrNull(loop.taskLocals());
    this.future = future;
    this.callback = new AtomicReference<>(callback);
  }

  /** False if it was called or removed before. */
  boolean remove() {
    return callback.getAndSet(null) != null;
  }

  @Override
  boolean isRemoved() {
    return callback.get() == null;
  }

  @Override
  void dropped() {
    if (!isRemoved()) {
      Reports.log(
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
