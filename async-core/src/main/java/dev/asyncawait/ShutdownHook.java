package dev.asyncawait;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Ends a runner when the JVM shuts down, and keeps the JVM until that is done or has taken too long.
 *
 * <p>Who competes: the thread that uses the runner, and the hook's. A main is cancelled whichever comes first:
 * {@link #main} is written before {@link #exiting} is read, and the other way round on the hook's thread. The
 * runner's own state decides which of the two closes it.
 */
final class ShutdownHook implements Runnable {

  private static final String REASON = "the JVM shuts down";

  private final Runner runner;
  private final Settings settings;
  final Thread thread = Threads.shutdownHook("asyncawait-shutdown", this);

  private volatile @Nullable Task<?> main;
  private volatile boolean exiting;

  ShutdownHook(Runner runner, Settings settings) {
    this.runner = runner;
    this.settings = settings;
  }

  /** Does nothing if the JVM shuts down already: then there is nothing to wait for. */
  void add() {
    try {
      Runtime.getRuntime().addShutdownHook(thread);
    } catch (IllegalStateException e) {
      Reports.debug(runner + " ends with the JVM, which shuts down already", e);
    }
  }

  void remove() {
    try {
      Runtime.getRuntime().removeShutdownHook(thread);
    } catch (IllegalStateException e) {
      LockSupport.unpark(thread); // it runs
    }
  }

  void mainBegins(Task<?> task) {
    main = task;
    if (exiting) {
      task.cancel(REASON);
    }
  }

  void mainEnded() {
    main = null;
  }

  /** Tells the hook, if it runs, that the runner is not in use any more. */
  void runnerReady() {
    LockSupport.unpark(thread);
  }

  /** Waits until the hook has closed the runner, or has given up. */
  void awaitEnd() {
    try {
      CallerWait.block(() -> !thread.isAlive(), thread::join);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void run() {
    exiting = true;
    Task<?> running = main;
    if (running != null) {
      running.cancel(REASON);
    }
    try {
      closeRunner();
    } catch (AbandonedTasksException logged) {
      // and nobody is left to throw it to
    }
  }

  /** Closes the runner when nobody uses it, or waits until somebody else has closed it; for a bounded time. */
  private void closeRunner() {
    long began = SystemClock.SHARED.now();
    long grace = GuardedClock.nanos(settings.closingGrace());
    long limit = GuardedClock.nanos(settings.closingLimit());
    long lookAt = Math.min(grace, limit);
    while (!runner.closeAtExit()) {
      long elapsed = SystemClock.SHARED.now() - began;
      if (elapsed < lookAt) {
        LockSupport.parkNanos(this, lookAt - elapsed);
      } else if (elapsed < limit) {
        cancelAgain(elapsed);
        lookAt = Math.min(lookAt + grace, limit);
      } else {
        report(main, elapsed, "the JVM does not wait for it");
        return;
      }
    }
  }

  private void cancelAgain(long elapsed) {
    Task<?> running = main;
    report(running, elapsed, "it is cancelled again");
    if (running != null) {
      running.cancel(true);
    }
  }

  /** Of what closing waits for the loop reports itself. */
  private static void report(@Nullable Task<?> running, long elapsed, String consequence) {
    if (running != null) {
      ClosingWatch.report(
          running,
          "still alive " + Duration.ofNanos(elapsed) + " after the JVM began to shut down; "
              + consequence);
    }
  }
}
