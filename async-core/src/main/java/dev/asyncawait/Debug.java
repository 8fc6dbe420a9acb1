package dev.asyncawait;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Whether debug mode is on, for code that has no loop at hand and must not lose time to look for one. */
final class Debug {

  /** Turns it on for the whole JVM. */
  private static final boolean EVERYWHERE = Boolean.getBoolean("dev.asyncawait.debug");

  private static final AtomicInteger LOOPS = new AtomicInteger();

  private Debug() {}

  /** For what happens now on this thread. */
  static boolean isOn() {
    if (EVERYWHERE) {
      return true;
    }
    if (LOOPS.get() == 0) {
      return false;
    }
    EventLoop loop = EventLoop.currentOrNull();
    return loop != null && loop.isDebug();
  }

  /** Where the caller is, for something that it makes and that belongs to {@code loop}; null unless debug mode is on. */
  static @Nullable Throwable creation(@Nullable EventLoop loop) {
    return EVERYWHERE || (loop != null && loop.isDebug()) ? new Throwable("created here") : null;
  }

  static boolean byDefault() {
    return EVERYWHERE;
  }

  static void opened() {
    LOOPS.incrementAndGet();
  }

  static void closed() {
    LOOPS.decrementAndGet();
  }
}
