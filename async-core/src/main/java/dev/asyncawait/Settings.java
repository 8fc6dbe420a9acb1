package dev.asyncawait;

import dev.asyncawait.spi.LoopClock;
import dev.asyncawait.spi.ReadyOrder;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** What a runner's builder was told; a loop that a coroutine starts inherits it from the coroutine's own. */
record Settings(
    @Nullable String name,
    LoopClock clock,
    @Nullable ReadyOrder order,
    Threads.Drivers drivers,
    @Nullable Executor calls,
    Duration closingGrace,
    Duration closingLimit,
    @Nullable LoopExceptionHandler exceptionHandler,
    boolean debug,
    boolean compiledBodies,
    TaskLocals taskLocals) {

  static final Settings DEFAULT = Runner.builder().settings();

  /** Whether passing on the baton may call code of the user's: then it is not for a thread that serves other loops too. */
  boolean callUserCode() {
    return order != null || drivers != Threads.Drivers.byDefault();
  }

  /** Those of the loop that runs here, or the default ones. */
  static Settings ofCaller() {
    EventLoop loop = EventLoop.currentOrNull();
    return loop == null ? DEFAULT : loop.settings();
  }

  /** For another loop. */
  Settings named(@Nullable String newName) {
    return new Settings(
        newName,
        clock,
        order,
        drivers,
        calls,
        closingGrace,
        closingLimit,
        exceptionHandler,
        debug,
        compiledBodies,
        taskLocals);
  }
}
