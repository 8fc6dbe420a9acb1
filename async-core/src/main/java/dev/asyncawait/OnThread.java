package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/** A body that is not compiled: {@link Async#onThread(AsyncBody)}. */
sealed interface OnThread {

  /** What the user gave. */
  Object body();

  /** One that gives a value. */
  record Body<T extends @Nullable Object>(AsyncBody<T> body) implements OnThread, AsyncBody<T> {
    @Override
    public T call() throws Exception {
      return body.call();
    }
  }

  /** One that gives none. */
  record Action(AsyncAction body) implements OnThread, AsyncAction {
    @Override
    public void run() throws Exception {
      body.run();
    }
  }

  /** One that takes an item. */
  record Consumer<T>(AsyncConsumer<T> body) implements OnThread, AsyncConsumer<T> {
    @Override
    public void accept(T item) throws Exception {
      body.accept(item);
    }
  }

  /** The class that the user has written. */
  static Class<?> classOf(Object body) {
    return body instanceof OnThread bound ? bound.body().getClass() : body.getClass();
  }
}
