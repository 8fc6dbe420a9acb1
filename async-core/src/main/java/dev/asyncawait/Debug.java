package dev.asyncawait;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Whether debug mode is on, for code that has no loop at hand and must not lose time to look for one. */
final class Debug {

  /** Turns it on for the whole JVM. */
  private static final boolean EVERYWHERE = Boolean.getBoolean("dev.asyncawait.debug");

  /** As long as asyncio lets a callback take before it warns. */
  private static final long LATE_NANOS = 100_000_000;

  private static final AtomicInteger LOOPS = new AtomicInteger();

  /** The places that were told of. */
  private static final Set<String> HELPERS = ConcurrentHashMap.newKeySet();

  private static final int MOST_HELPERS = 1000;

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

  /** The real time, whatever the clock of a loop says. */
  static long now() {
    return SystemClock.SHARED.now();
  }

  /** For a thread that has come to run what {@code loop} had ready. Nobody else may be able to run to say so. */
  static void warnIfLate(EventLoop loop, long ready) {
    long waited = now() - ready;
    if (waited >= LATE_NANOS) {
      Reports.warn("loop " + loop.name() + " had something ready for " + waited / 1_000_000
          + " ms before a thread came to run it; virtual threads that compute, or block where they cannot be"
          + " unmounted, keep all others waiting, so make such calls with toThread, and those that compute with"
          + " CallOptions.computing()");
    }
  }

  /** For {@code run}, which lets other threads run while this one may hold them off. */
  static void warnIfInitialisingAClass() {
    StackWalker.getInstance()
        .walk(frames ->
            frames.filter(frame -> frame.getMethodName().equals("<clinit>")).findFirst())
        .ifPresent(frame -> Reports.warn("run() was called while " + frame.getClassName()
            + " is being initialised; every other thread that needs the class waits until that has ended, for ever"
            + " if run() waits for what it does, so call run() from a method instead"));
  }

  /** For an await of plain Java that is about to park the thread of a task whose body is compiled; once for each place. */
  static void tellOfHelper() {
    StackWalker.getInstance()
        .walk(frames -> frames
            .dropWhile(frame -> !frame.getClassName().equals(Async.class.getName()))
            .dropWhile(frame -> frame.getClassName().equals(Async.class.getName()))
            .findFirst())
        .map(frame -> frame.toStackTraceElement().toString())
        .filter(place -> HELPERS.size() < MOST_HELPERS && HELPERS.add(place))
        .ifPresent(place -> Reports.info("await in " + place
            + " parks a thread below a compiled body; make a coroutine of that method, or see"
            + " CompiledBodies.report() if it is one"));
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
