package dev.asyncawait.test;

import dev.asyncawait.EventLoop;
import dev.asyncawait.LoopClock;
import dev.asyncawait.Task;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The clock behind {@link VirtualTime}: it stands still while a loop has something to run, and jumps when all are
 * idle.
 *
 * <p>Who may look and jump: the thread that left a loop idle, or the checker's after a wait in real time. Each
 * looks under the lock at all loops. A loop tells {@link #idle} after it became idle, so whichever of several
 * loops becomes idle last sees the others idle. An alarm is run without the lock, by one thread at a time; who
 * finds another at it leaves a note that it must look again.
 *
 * <p>While it looks, an event from outside may start a loop that was idle, which posts to another one and becomes
 * idle again. So the number of each idle period is read before and after: only if none has changed were all idle
 * at once, with nothing in flight. Else somebody will look again, since the loop that ran tells when it is idle.
 */
final class VirtualClock implements LoopClock, AutoCloseable {

  private record Alarm(long deadline, long number, Runnable action) {}

  private final Duration stageGrace;
  private final Duration callLimit;
  private final ScheduledThreadPoolExecutor checker =
      new ScheduledThreadPoolExecutor(1, VirtualClock::daemon);

  // guarded by this

  private final PriorityQueue<Alarm> alarms = new PriorityQueue<>(
      Comparator.comparingLong(Alarm::deadline).thenComparingLong(Alarm::number));
  private final Set<EventLoop> loops = new LinkedHashSet<>();
  private long now;
  private long numbers;
  private boolean jumping;
  private boolean lookAgain;
  private @Nullable Future<?> pendingCheck;
  private @Nullable Task<?> main;
  private @Nullable AssertionError stuck;
  private boolean hopeless;

  VirtualClock(Duration stageGrace, Duration callLimit) {
    this.stageGrace = stageGrace;
    this.callLimit = callLimit;
    checker.setRemoveOnCancelPolicy(true);
  }

  private static Thread daemon(Runnable work) {
    var thread = new Thread(null, work, "virtual-time-checker", 0, false);
    thread.setDaemon(true);
    return thread;
  }

  // ---- what loops ask

  @Override
  public synchronized long now() {
    return now;
  }

  @Override
  public synchronized Runnable wakeAt(long deadline, Runnable action) {
    var alarm = new Alarm(deadline, numbers++, action);
    alarms.add(alarm);
    return () -> cancel(alarm);
  }

  private synchronized void cancel(Alarm alarm) {
    alarms.remove(alarm);
  }

  @Override
  public synchronized void opened(EventLoop loop) {
    loops.add(loop);
  }

  @Override
  public void closed(EventLoop loop) {
    synchronized (this) {
      loops.remove(loop);
    }
    look(Wait.NOTHING);
  }

  /** Throws if the run was told to stop and waits for ever all the same: that closes the loop under it. */
  @Override
  public void idle(EventLoop loop) {
    synchronized (this) {
      if (hopeless && stuck != null) {
        throw stuck;
      }
    }
    look(Wait.NOTHING);
  }

  // ---- jumping

  /** What has been waited for, in real time, since the loops became idle. */
  private enum Wait {
    NOTHING,
    GRACE,
    LIMIT
  }

  private void look(Wait waited) {
    Runnable jump = nextJump(waited);
    while (jump != null) {
      boolean again;
      try {
        jump.run();
      } finally {
        again = mustLookAgain();
      }
      jump = again ? nextJump(Wait.NOTHING) : null;
    }
  }

  private synchronized boolean mustLookAgain() {
    jumping = false;
    boolean again = lookAgain;
    lookAgain = false;
    return again;
  }

  /** What happens next: an alarm to run, after the time has jumped there; or null if nothing now. */
  private synchronized @Nullable Runnable nextJump(Wait waited) {
    if (jumping) {
      lookAgain = true;
      return null;
    }
    if (pendingCheck != null) {
      pendingCheck.cancel(false);
      pendingCheck = null;
    }
    long[] periods = idlePeriods();
    boolean calls = loops.stream().anyMatch(loop -> loop.callsInFlight() > 0);
    boolean stages = loops.stream().anyMatch(loop -> loop.stagesInFlight() > 0);
    boolean allIdle = periods.length > 0 && LongStream.of(periods).allMatch(period -> period != 0);
    if (!allIdle || !Arrays.equals(periods, idlePeriods())) {
      return null;
    }
    if (calls) {
      return waited == Wait.LIMIT
          ? stop("a call of toThread has not ended within " + callLimit)
          : checkAfter(Wait.LIMIT);
    }
    if (stages && waited != Wait.LIMIT) {
      if (alarms.isEmpty()) {
        return checkAfter(Wait.LIMIT);
      }
      if (waited == Wait.NOTHING) {
        return checkAfter(Wait.GRACE);
      }
    }
    Alarm next = alarms.poll();
    if (next == null) {
      return stop("every task waits and nothing can wake them");
    }
    now = Math.max(now, next.deadline());
    jumping = true;
    return next.action();
  }

  private long[] idlePeriods() {
    return loops.stream().mapToLong(EventLoop::idlePeriod).toArray();
  }

  private @Nullable Runnable checkAfter(Wait wait) {
    Duration time = wait == Wait.GRACE ? stageGrace : callLimit;
    pendingCheck = checker.schedule(() -> look(wait), time.toNanos(), TimeUnit.NANOSECONDS);
    return null;
  }

  // ---- being stuck

  synchronized void stopWhenStuck(Task<?> task) {
    main = task;
  }

  /** Ends the run: first by cancelling main, so that its cleanup runs; if that does not help, the hard way. */
  private Runnable stop(String why) {
    jumping = true;
    Task<?> task = main;
    if (stuck == null) {
      var message = new StringBuilder(why).append(':');
      loops.forEach(loop -> loop.tasks().forEach(t -> message.append("\n  ").append(t)));
      stuck = new AssertionError(message.toString());
    } else {
      hopeless = true;
    }
    boolean hard = hopeless;
    Set<EventLoop> all = new LinkedHashSet<>(loops);
    return () -> {
      if (hard || task == null) {
        all.forEach(loop -> loop.execute(() -> {})); // it becomes idle again, and is told
      } else {
        task.cancel(why);
      }
    };
  }

  synchronized void failIfStuck(@Nullable Throwable end) {
    if (stuck != null) {
      if (end != null && end != stuck) {
        stuck.addSuppressed(end);
      }
      throw stuck;
    }
  }

  @Override
  public void close() {
    checker.shutdownNow();
  }
}
