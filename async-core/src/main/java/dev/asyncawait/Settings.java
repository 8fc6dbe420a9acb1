package dev.asyncawait;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a runner's builder was told; a loop that a coroutine starts inherits it from the coroutine's own. */
record Settings(
    @Nullable String name,
    LoopClock clock,
    @Nullable ReadyOrder order,
    Threads.Drivers drivers,
    Duration closingGrace,
    Duration closingLimit,
    @Nullable ExceptionHandler exceptionHandler,
    boolean debug) {

  static final Settings DEFAULT = new Settings(
      null,
      SystemClock.SHARED,
      null,
      Threads.Drivers.byDefault(),
      Duration.ofSeconds(5),
      Duration.ofSeconds(60),
      null,
      Debug.byDefault());

  Settings withName(@Nullable String newName) {
    return new Settings(
        newName, clock, order, drivers, closingGrace, closingLimit, exceptionHandler, debug);
  }

  Settings withClock(LoopClock newClock) {
    return new Settings(
        name, newClock, order, drivers, closingGrace, closingLimit, exceptionHandler, debug);
  }

  Settings withOrder(ReadyOrder newOrder) {
    return new Settings(
        name, clock, newOrder, drivers, closingGrace, closingLimit, exceptionHandler, debug);
  }

  Settings withDrivers(Threads.Drivers newDrivers) {
    return new Settings(
        name, clock, order, newDrivers, closingGrace, closingLimit, exceptionHandler, debug);
  }

  Settings withClosingGrace(Duration newGrace) {
    return new Settings(
        name, clock, order, drivers, newGrace, closingLimit, exceptionHandler, debug);
  }

  Settings withClosingLimit(Duration newLimit) {
    return new Settings(
        name, clock, order, drivers, closingGrace, newLimit, exceptionHandler, debug);
  }

  Settings withExceptionHandler(ExceptionHandler newHandler) {
    return new Settings(name, clock, order, drivers, closingGrace, closingLimit, newHandler, debug);
  }

  Settings withDebug(boolean newDebug) {
    return new Settings(
        name, clock, order, drivers, closingGrace, closingLimit, exceptionHandler, newDebug);
  }
}
