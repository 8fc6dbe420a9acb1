package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/** A body that is not compiled: {@link Async#onThread(AsyncBody)}. A class, since every body is asked whether it is one. */
abstract sealed class OnThread<B> {

  /** What the user gave. */
  final B body;

  private OnThread(B body) {
    this.body = body;
  }

  /** One that gives a value. */
  static final class Body<T extends @Nullable Object> extends OnThread<AsyncBody<T>>
      implements AsyncBody<T> {
    Body(AsyncBody<T> body) {
      super(body);
    }

    @Override
    public T call() throws Exception {
      return body.call();
    }
  }

  /** One that gives none. */
  static final class Action extends OnThread<AsyncAction> implements AsyncAction {
    Action(AsyncAction body) {
      super(body);
    }

    @Override
    public void run() throws Exception {
      body.run();
    }
  }

  /** One that takes an item. */
  static final class Consumer<T> extends OnThread<AsyncConsumer<T>> implements AsyncConsumer<T> {
    Consumer(AsyncConsumer<T> body) {
      super(body);
    }

    @Override
    public void accept(T item) throws Exception {
      body.accept(item);
    }
  }

  /** The class that the user has written. */
  static Class<?> classOf(Object body) {
    return body instanceof OnThread<?> bound ? bound.body.getClass() : body.getClass();
  }
}
