package dev.asyncawait;

import dev.asyncawait.spi.LoopClock;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * A virtual clock for core's own tests of one loop at a time: when the loop is idle and no call or stage is in
 * flight, the time jumps to the next alarm. What users get, with several loops and diagnostics, is VirtualTime in
 * async-test, which core's tests cannot use.
 */
final class TestClock implements LoopClock {

  private record Alarm(long deadline, long number, Runnable action) {}

  private final PriorityQueue<Alarm> alarms = new PriorityQueue<>(
      Comparator.comparingLong(Alarm::deadline).thenComparingLong(Alarm::number));
  private long now;
  private long count;

  /** Runs {@code main} on a loop of its own in virtual time. */
  static <T extends @Nullable Object> T run(Coroutine<T> main) {
    return run(Runner.builder(), main);
  }

  static <T extends @Nullable Object> T run(Runner.Builder settings, Coroutine<T> main) {
    try (Runner runner = settings.clock(new TestClock()).build()) {
      return runner.run(main);
    }
  }

  @Override
  public synchronized long now() {
    return now;
  }

  @Override
  public synchronized Runnable wakeAt(long deadline, Runnable action) {
    var alarm = new Alarm(deadline, count++, action);
    alarms.add(alarm);
    return () -> cancel(alarm);
  }

  private synchronized void cancel(Alarm alarm) {
    alarms.remove(alarm);
  }

  @Override
  public void idle(EventLoop loop) {
    Alarm next;
    synchronized (this) {
      long period = loop.activity().idlePeriod();
      boolean inFlight =
          loop.activity().callsInFlight() > 0 || loop.activity().stagesInFlight() > 0;
      if (period == 0 || inFlight || loop.activity().idlePeriod() != period) {
        return;
      }
      next = alarms.poll();
      if (next != null) {
        now = Math.max(now, next.deadline());
      }
    }
    if (next != null) {
      next.action().run();
    }
  }

  /** Passes time without ringing, as a body does that computes. */
  synchronized void advance(Duration by) {
    now += by.toNanos();
  }

  /** How many alarms are set, of all loops. */
  synchronized int alarms() {
    return alarms.size();
  }

  synchronized Duration time() {
    return Duration.ofNanos(now);
  }
}
