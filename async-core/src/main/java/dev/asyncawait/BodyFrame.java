package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/**
 * A body of ordinary Java code, run to its end in one {@code resume} on the stack of a thread.
 *
 * <p>There is a class for each kind, since to ask an object for an interface that it does not have takes longer than all
 * else that happens to a body that awaits nothing.
 */
abstract sealed class BodyFrame extends Frame {

  private BodyFrame() {}

  static BodyFrame of(AsyncBody<?> body) {
    return new Value(body);
  }

  static BodyFrame of(AsyncAction body) {
    return new Action(body);
  }

  static <T> BodyFrame of(AsyncFunction<? super T, ?> body, T argument) {
    return new Function<>(body, argument);
  }

  static <T> BodyFrame ofAction(AsyncConsumer<? super T> body, T argument) {
    return new Consumer<>(body, argument);
  }

  private static final class Value extends BodyFrame {
    private final AsyncBody<?> body;

    Value(AsyncBody<?> body) {
      this.body = body;
    }

    @Override
    AsyncBody<?> body() {
      return body;
    }

    @Override
    @Nullable
    Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
        throws Exception {
      return body.call();
    }
  }

  private static final class Action extends BodyFrame {
    private final AsyncAction body;

    Action(AsyncAction body) {
      this.body = body;
    }

    @Override
    AsyncAction body() {
      return body;
    }

    @Override
    @Nullable
    Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
        throws Exception {
      body.run();
      return null;
    }
  }

  private static final class Function<T> extends BodyFrame {
    private final AsyncFunction<? super T, ?> body;
    private final T argument;

    Function(AsyncFunction<? super T, ?> body, T argument) {
      this.body = body;
      this.argument = argument;
    }

    @Override
    AsyncFunction<? super T, ?> body() {
      return body;
    }

    @Override
    @Nullable
    Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
        throws Exception {
      return body.apply(argument);
    }
  }

  private static final class Consumer<T> extends BodyFrame {
    private final AsyncConsumer<? super T> body;
    private final T argument;

    Consumer(AsyncConsumer<? super T> body, T argument) {
      this.body = body;
      this.argument = argument;
    }

    @Override
    AsyncConsumer<? super T> body() {
      return body;
    }

    @Override
    @Nullable
    Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
        throws Exception {
      body.accept(argument);
      return null;
    }
  }

  abstract Object body();

  /** The body's own calls find out whether there is stack for them. */
  @Override
  final boolean reservesStack() {
    return true;
  }

  @Override
  final Class<?> nameWhenUsed() {
    return OnThread.classOf(body());
  }

  @Override
  public final String toString() {
    return nameOf(nameWhenUsed());
  }

  /** Names the class whose source holds a body of class {@code type}; the method is not known at run time. */
  static String nameOf(Class<?> type) {
    String name = type.getName();
    int lambda = name.indexOf("$$Lambda");
    return "async body in " + (lambda < 0 ? name : name.substring(0, lambda));
  }
}
