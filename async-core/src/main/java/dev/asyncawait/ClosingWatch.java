package dev.asyncawait;

import java.time.Duration;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at what is still alive while a loop closes, and ends the wait at the limit. It needs no baton, since a
 * task may block while it holds that.
 */
final class ClosingWatch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ClosingWatch.class);

  private final EventLoop loop;
  private final Settings settings;
  private final long began;

  // guarded by this
  private @Nullable Runnable alarm;
  private boolean stopped;

  ClosingWatch(EventLoop loop, Settings settings) {
    this.loop = loop;
    this.settings = settings;
    this.began = loop.now();
  }

  /** Looks again after the grace period; does nothing if that is arranged already. */
  synchronized void arm() {
    if (!stopped && alarm == null) {
      long left = EventLoop.nanos(settings.closingLimit()) - (loop.now() - began);
      long grace = EventLoop.nanos(settings.closingGrace());
      alarm = loop.wakeAt(loop.now() + Math.min(grace, left), this::ring);
    }
  }

  @Override
  public synchronized void close() {
    stopped = true;
    if (alarm != null) {
      alarm.run();
    }
  }

  private synchronized void disarm() {
    alarm = null;
  }

  private void ring() {
    if (loop.isClosed()) {
      return;
    }
    disarm();
    Duration elapsed = Duration.ofNanos(loop.now() - began);
    if (elapsed.compareTo(settings.closingLimit()) >= 0) {
      loop.abandon(abandonment(elapsed));
      return;
    }
    for (Task<?> task : loop.tasks()) {
      LOG.warn(
          "{} is still alive {} after loop {} began to close; it is cancelled again",
          task,
          elapsed,
          loop.name(),
          stackOf(task));
      task.cancel(true);
    }
    if (loop.callsInFlight() > 0) {
      LOG.warn("{} still run {} after loop {} began to close", calls(), elapsed, loop.name());
    }
    arm();
  }

  private AbandonedTasksException abandonment(Duration elapsed) {
    var names = new ArrayList<String>();
    loop.tasks().forEach(task -> names.add(task.getName()));
    if (loop.callsInFlight() > 0) {
      names.add(calls());
    }
    return new AbandonedTasksException(
        "still alive " + elapsed + " after loop " + loop.name() + " began to close: "
            + String.join(", ", names) + "; let CancellationException end a task",
        names);
  }

  private String calls() {
    int count = loop.callsInFlight();
    return count + (count == 1 ? " call of toThread" : " calls of toThread");
  }

  private static Throwable stackOf(Task<?> task) {
    var stack = new Throwable("where it is");
    Carrier carrier = task.carrier;
    stack.setStackTrace(carrier == null ? new StackTraceElement[0] : carrier.stackTrace());
    return stack;
  }
}
