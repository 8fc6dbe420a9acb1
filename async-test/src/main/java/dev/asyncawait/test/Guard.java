package dev.asyncawait.test;

import dev.asyncawait.EventLoop;
import dev.asyncawait.Task;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a run that would not end by itself, and remembers why.
 *
 * <p>A run that is over its limit in real time is ended step by step: first its tasks are cancelled, and those that
 * block in a call of their own are interrupted. If that does not help the thread that runs main is interrupted twice,
 * which makes a loop close over whatever still runs on it. Under the lock nothing is interrupted that has ended, so no
 * interrupt reaches what the thread does next.
 */
final class Guard implements AutoCloseable {

  /** How long each step may take to have an effect. */
  private static final Duration STEP = Duration.ofSeconds(1);

  /** Runs nothing that takes long; its thread ends when there is nothing to do. */
  static final ScheduledThreadPoolExecutor TIMER = timer();

  private static final Logger LOG = LoggerFactory.getLogger(Guard.class);

  private final Duration limit;
  private final Supplier<Set<EventLoop>> loops;

  // guarded by this

  private @Nullable Task<?> main;
  private @Nullable Thread caller;
  private @Nullable AssertionError reason;
  private @Nullable Future<?> next;
  private int interrupts;
  private boolean ended = true;

  Guard(Duration limit, Supplier<Set<EventLoop>> loops) {
    this.limit = limit;
    this.loops = loops;
  }

  private static ScheduledThreadPoolExecutor timer() {
    var timer = new ScheduledThreadPoolExecutor(1, Guard::daemon);
    timer.setRemoveOnCancelPolicy(true);
    timer.setKeepAliveTime(1, TimeUnit.SECONDS);
    timer.allowCoreThreadTimeOut(true);
    return timer;
  }

  private static Thread daemon(Runnable work) {
    var thread = new Thread(null, work, "asyncawait-test-timer", 0, false);
    thread.setDaemon(true);
    return thread;
  }

  /** By main, on the thread that runs it. */
  synchronized void begins(Task<?> task) {
    main = task;
    caller = Thread.currentThread();
    ended = false;
    next = schedule(this::limitReached, limit);
  }

  private static Future<?> schedule(Runnable action, Duration delay) {
    return TIMER.schedule(action, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Has main cancelled, for a reason that the run fails with whatever main makes of it. The first one counts, and none
   * that comes when the run has ended.
   */
  void stop(String why) {
    AssertionError report = Report.of(why, loops.get());
    Task<?> task;
    synchronized (this) {
      task = main;
      if (reason != null || task == null) {
        return;
      }
      reason = report;
    }
    task.cancel(why);
  }

  /** Whether main runs, and nothing has stopped it. */
  synchronized boolean isMainRunning() {
    return reason == null && main != null && !main.isDone();
  }

  synchronized @Nullable AssertionError reason() {
    return reason;
  }

  private void limitReached() {
    stop(overdue());
    if (reason() == null) {
      return; // it has ended just in time
    }
    loops.get().forEach(loop -> loop.tasks().forEach(task -> task.cancel(true)));
    later(this::interruptCaller);
  }

  private synchronized void later(Runnable step) {
    if (!ended) {
      next = schedule(step, STEP);
    }
  }

  private String overdue() {
    Set<EventLoop> all = loops.get();
    boolean idle = all.stream().allMatch(loop -> loop.activity().idlePeriod() != 0);
    int calls = all.stream().mapToInt(loop -> loop.activity().callsInFlight()).sum();
    int stages = all.stream().mapToInt(loop -> loop.activity().stagesInFlight()).sum();
    if (idle && calls > 0) {
      return "%d call%s of toThread %s not ended within %s of real time"
          .formatted(calls, calls == 1 ? "" : "s", calls == 1 ? "has" : "have", limit);
    }
    if (idle && stages > 0) {
      return "%d plain stage%s %s not completed within %s of real time"
          .formatted(stages, stages == 1 ? "" : "s", stages == 1 ? "has" : "have", limit);
    }
    return "the test is still running after " + limit + " of real time";
  }

  private void interruptCaller() {
    Thread thread;
    synchronized (this) {
      thread = caller;
      if (ended || thread == null) {
        return;
      }
      interrupts++;
      if (interrupts <= 2) {
        thread.interrupt();
        later(this::interruptCaller);
        return;
      }
    }
    var where = new Throwable("where it is");
    where.setStackTrace(thread.getStackTrace());
    LOG.error("{} ignores interrupts, so the test cannot be ended", thread, where);
  }

  Set<EventLoop> loops() {
    return loops.get();
  }

  /** From now on the caller's thread does something else. */
  @Override
  public synchronized void close() {
    ended = true;
    main = null;
    caller = null;
    if (next != null) {
      next.cancel(false);
    }
    if (interrupts > 0) {
      boolean unused = Thread.interrupted(); // ours
    }
  }

  /** Throws the reason if there is one, with what the run ended with instead. */
  synchronized void throwIfStopped(@Nullable Throwable end) {
    if (reason == null) {
      return;
    }
    if (end != null && end != reason && !List.of(reason.getSuppressed()).contains(end)) {
      reason.addSuppressed(end);
    }
    throw reason;
  }
}
