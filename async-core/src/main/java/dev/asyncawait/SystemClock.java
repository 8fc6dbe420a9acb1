package dev.asyncawait;

import dev.asyncawait.spi.LoopClock;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Real time: {@link System#nanoTime} and a scheduled executor. */
final class SystemClock implements LoopClock {

  /** For every loop that is not given another: one daemon thread. */
  static final LoopClock SHARED = new SystemClock(Threads.newTimerThread());

  private final ScheduledExecutorService executor;

  SystemClock(ScheduledExecutorService executor) {
    this.executor = executor;
  }

  @Override
  public long now() {
    return System.nanoTime();
  }

  @Override
  public Runnable wakeAt(long deadline, Runnable alarm) {
    Future<?> scheduled = executor.schedule(alarm, deadline - now(), TimeUnit.NANOSECONDS);
    return () -> scheduled.cancel(false);
  }
}
