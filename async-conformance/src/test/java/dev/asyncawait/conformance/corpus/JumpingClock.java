package dev.asyncawait.conformance.corpus;

import dev.asyncawait.EventLoop;
import dev.asyncawait.spi.LoopClock;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** Jumps to the next timer when its loop, of which there is one, is idle: for a Runner that VirtualTime does not make. */
final class JumpingClock implements LoopClock {

  private record Alarm(long deadline, Runnable action) {}

  private final PriorityQueue<Alarm> alarms =
      new PriorityQueue<>(Comparator.comparingLong(Alarm::deadline));
  private long now;

  @Override
  public synchronized long now() {
    return now;
  }

  @Override
  public synchronized Runnable wakeAt(long deadline, Runnable action) {
    var alarm = new Alarm(deadline, action);
    alarms.add(alarm);
    return () -> cancel(alarm);
  }

  private synchronized void cancel(Alarm alarm) {
    alarms.remove(alarm);
  }

  @Override
  public void idle(EventLoop loop) {
    Alarm next = jump();
    if (next == null) {
      throw new AssertionError("every task waits and no timer is set: " + loop.tasks());
    }
    next.action().run();
  }

  private synchronized @Nullable Alarm jump() {
    Alarm next = alarms.poll();
    now = next == null ? now : Math.max(now, next.deadline());
    return next;
  }
}
