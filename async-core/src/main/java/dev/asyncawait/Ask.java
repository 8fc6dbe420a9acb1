package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/**
 * Asks users' objects for what the library needs to know of them. What they throw instead of answering is not thrown on,
 * whatever it is, since it would take the place of what is to be told or done.
 */
final class Ask {

  private Ask() {}

  /** How {@code object} shows itself in a message. */
  static String text(@Nullable Object object) {
    try {
      return String.valueOf(object);
    } catch (Throwable thrown) {
      return (object == null ? "null" : object.getClass().getName()) + " (whose toString() threw "
          + thrown.getClass().getName() + ")";
    }
  }

  static @Nullable String message(Throwable failure) {
    try {
      return failure.getMessage();
    } catch (Throwable thrown) {
      return null;
    }
  }

  static @Nullable Throwable cause(Throwable failure) {
    try {
      return failure.getCause();
    } catch (Throwable thrown) {
      return null;
    }
  }

  static StackTraceElement[] stack(@Nullable Thread thread) {
    try {
      return thread == null ? new StackTraceElement[0] : thread.getStackTrace();
    } catch (Throwable thrown) {
      return new StackTraceElement[0];
    }
  }

  /** A user's object as a key; one that cannot be compared is like no other, and one that changes is still itself. */
  record Key(Object object, int hash) {
    Key(Object object) {
      this(object, hashOf(object));
    }

    private static int hashOf(Object object) {
      try {
        return object.hashCode();
      } catch (Throwable thrown) {
        return System.identityHashCode(object);
      }
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      Object compared = other instanceof Key key ? key.object : null;
      try {
        return object == compared || object.equals(compared);
      } catch (Throwable thrown) {
        return false;
      }
    }
  }
}
