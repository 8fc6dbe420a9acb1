package dev.asyncawait;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at what is still alive while a loop closes, and ends the wait at the limit. It needs no baton, since a
 * task may block while it holds that.
 */
final class ClosingWatch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ClosingWatch.class);

  /** More leftovers than that are only counted. */
  private static final int NAMED = 10;

  /** More than that are only counted when their stacks are shown. */
  private static final int SHOWN = 100;

  private final EventLoop loop;
  private final Settings settings;
  private final long began;

  // guarded by this
  private @Nullable Runnable alarm;
  private long due;
  private boolean stopped;

  ClosingWatch(EventLoop loop, Settings settings) {
    this.loop = loop;
    this.settings = settings;
    this.began = loop.clock().now();
  }

  /** Cancels what is left over, all together. */
  void cancelLeftovers() {
    Set<Task<?>> left = loop.tasks();
    if (!left.isEmpty()) {
      log(() -> {
        if (LOG.isInfoEnabled()) {
          LOG.info("loop {} closes, and cancels what is left over: {}", loop.name(), names(left));
        }
      });
    }
    left.forEach(task -> task.cancel("closing"));
  }

  private static String names(Set<Task<?>> left) {
    String names = left.stream().limit(NAMED).map(Task::getName).collect(Collectors.joining(", "));
    int more = left.size() - NAMED;
    return more > 0 ? names + " and " + more + " more" : names;
  }

  /** Looks again after the grace period; does nothing if that is arranged already. */
  synchronized void arm() {
    if (!stopped && alarm == null) {
      long now = loop.clock().now();
      long left = GuardedClock.nanos(settings.closingLimit()) - (now - began);
      due = now + Math.min(GuardedClock.nanos(settings.closingGrace()), left);
      setAlarm();
    }
  }

  private void setAlarm() {
    alarm = loop.clock().wakeAt(due, () -> loop.clock().offClock(this::ring));
  }

  @Override
  public synchronized void close() {
    stopped = true;
    if (alarm != null) {
      alarm.run();
    }
  }

  /** Whether it is time to look; an alarm may ring early, or twice. */
  private synchronized boolean isDue() {
    if (stopped || alarm == null) {
      return false;
    }
    if (loop.clock().now() - due < 0) {
      setAlarm();
      return false;
    }
    alarm = null;
    return true;
  }

  private void ring() {
    if (loop.isClosed() || !isDue()) {
      return;
    }
    Duration elapsed = Duration.ofNanos(loop.clock().now() - began);
    String when = "still alive " + elapsed + " after loop " + loop.name() + " began to close";
    if (elapsed.compareTo(settings.closingLimit()) >= 0) {
      reportAlive(loop, when + "; the loop closes without it");
      if (!loop.isClosed()) {
        loop.abandon(AbandonedTasksException.of(loop, when));
      }
      return;
    }
    reportAlive(loop, when + "; it is cancelled again");
    loop.tasks().forEach(task -> task.cancel(true));
    loop.external().calls().forEach(ThreadCall::cancelAgain);
    arm();
  }

  /** Warns of each task and each call that is alive, with its stack. */
  static void reportAlive(EventLoop loop, String state) {
    List<Task<?>> alive = loop.tasks().stream().filter(task -> !task.isDone()).toList();
    alive.stream().limit(SHOWN).forEach(task -> report(task, state));
    int more = alive.size() - SHOWN;
    if (more > 0) {
      log(() -> LOG.warn("{} more tasks are {}", more, state));
    }
    loop.external().calls().forEach(call -> report(call.description(), state, call.stackTrace()));
  }

  static void report(Task<?> task, String state) {
    report(task.toString(), state, task.getStackTrace());
  }

  private static void report(String who, String state, StackTraceElement[] stack) {
    var where = new Throwable("where it is");
    where.setStackTrace(stack);
    log(() -> LOG.warn("{} is {}", who, state, where));
  }

  /** Does not let a logger that fails keep the loop from closing. */
  private static void log(Runnable logging) {
    try {
      logging.run();
    } catch (Throwable unlogged) {
      // there is nobody left to tell
    }
  }
}
