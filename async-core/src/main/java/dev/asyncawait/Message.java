package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/**
 * Something that happened to a loop, told from any thread: the node of the loop's inbox and of a future's list
 * of waiters, of which it is in one at a time.
 */
abstract class Message {

  @SuppressWarnings("NullAway") // only a sentinel has none, and a sentinel is never delivered
  static final EventLoop NO_LOOP = null;

  final EventLoop loop;

  /** Owned by whoever owns the list this is in. */
  @Nullable
  Message next;

  Message(EventLoop loop) {
    this.loop = loop;
  }

  /** Whether nobody wants it delivered any more; once true, always true. */
  boolean isRemoved() {
    return false;
  }

  /** Called instead of {@link #deliver} if the loop is closed; by any thread. */
  void dropped() {}

  /** Has this delivered on its loop, or here if it has none. */
  final void send() {
    if (loop == NO_LOOP) {
      deliver();
    } else {
      loop.post(this);
    }
  }

  /** Kernel code, run once by the holder of the loop's baton: never calls user code, never suspends. */
  abstract void deliver();

  /** A mark that ends a list or stands in the place of one. */
  static Message sentinel(String name) {
    return new Message(NO_LOOP) {
      @Override
      void deliver() {
        throw new AssertionError(name);
      }

      @Override
      public String toString() {
        return name;
      }
    };
  }

  /** Reverses a list that was pushed last in first, which makes it first in, first out. */
  static @Nullable Message reversed(@Nullable Message last) {
    Message first = null;
    for (Message m = last; m != null; ) {
      Message next = m.next;
      m.next = first;
      first = m;
      m = next;
    }
    return first;
  }
}
