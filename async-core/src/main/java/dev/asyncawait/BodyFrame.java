package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/** A body of ordinary Java code, run to its end in one {@code resume} on the stack of a thread. */
final class BodyFrame extends Frame {

  /** An {@link AsyncBody} or an {@link AsyncAction}. */
  private final Object body;

  BodyFrame(Object body) {
    this.body = body;
  }

  @Override
  @Nullable
  Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error) throws Exception {
    if (body instanceof AsyncAction action) {
      action.run();
      return null;
    }
    return ((AsyncBody<?>) body).call();
  }

  /** The body's own calls find out whether there is stack for them. */
  @Override
  boolean reservesStack() {
    return true;
  }

  @Override
  Class<?> nameWhenUsed() {
    return OnThread.classOf(body);
  }

  @Override
  public String toString() {
    return nameOf(OnThread.classOf(body));
  }

  /** Names the class whose source holds a body of class {@code type}; the method is not known at run time. */
  static String nameOf(Class<?> type) {
    String name = type.getName();
    int lambda = name.indexOf("$$Lambda");
    return "async body in " + (lambda < 0 ? name : name.substring(0, lambda));
  }
}
