package dev.asyncawait;

import java.util.List;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells of what has nowhere else to go: the exception handler of a loop, or the log. */
final class Reports {

  private static final Logger LOG = LoggerFactory.getLogger(EventLoop.class);

  private final EventLoop loop;
  private final @Nullable LoopExceptionHandler handler;

  Reports(EventLoop loop, @Nullable LoopExceptionHandler handler) {
    this.loop = loop;
    this.handler = handler;
  }

  /** Tells the exception handler, and where that was made which this is about. */
  void report(String what, @Nullable Throwable failure, @Nullable Throwable creation) {
    if (handler != null) {
      try {
        handler.handle(new ExceptionContext(loop, what, failure, creation));
        return;
      } catch (Throwable broken) {
        log("the exception handler " + Ask.text(handler) + " failed", broken);
      }
    }
    log(what + " (loop " + loop.name() + ")", failure != null ? failure : creation);
  }

  /** Reports how a task has failed, where nobody may be left to look at that. */
  void ofTask(Task<?> task, Throwable failure) {
    if (reports(task, failure)) {
      task.retrieve();
      try {
        report(
            (isFatal(failure) ? "fatal error in " : "unhandled exception while closing, in ")
                + task,
            failure,
            null);
      } catch (StackOverflowError unlogged) {
        // the stack that the task could not start on is too full to say so
      }
    }
  }

  /** Whether {@link #ofTask} reports that. */
  boolean reports(Task<?> task, Throwable failure) {
    boolean ownEnd = failure instanceof CancellationException || failure instanceof LoopClosedError;
    return isFatal(failure) || (!ownEnd && loop.lifecycle().isLeftover(task));
  }

  private static boolean isFatal(Throwable failure) {
    return failure instanceof VirtualMachineError;
  }

  /** Tells of what a body throws when its loop was abandoned, and its future has failed with that. */
  void ofTaskTooLate(Task<?> task, @Nullable LoopThread ranOn, Throwable failure) {
    if (failure instanceof LoopClosedError || failure instanceof CancellationException) {
      return;
    }
    if (loop.baton().isCaller(ranOn)
        && loop.abandonment().cause() instanceof AbandonedTasksException thrownByRun) {
      SuppressedFailures.add(
          "the failure of main",
          List.of(failure),
          thrownByRun,
          task,
          task,
          KnownFailure.additions());
    } else {
      report("exception in " + task.title() + ", whose loop was abandoned", failure, null);
    }
  }

  // ---- the log

  /** Logs, and does not let a logger that fails harm the loop; it may fail for the exception that it is to show. */
  static void log(String what, @Nullable Throwable failure) {
    try {
      LOG.error(what, failure);
    } catch (Throwable unlogged) {
      if (failure != null) {
        log(what + "; it cannot be shown whole: " + Ask.text(failure), null);
      }
    }
  }

  static void debug(String what, Throwable failure) {
    try {
      LOG.debug(what, failure);
    } catch (Throwable unlogged) {
      // it was no news
    }
  }

  static void info(String message) {
    try {
      LOG.info(message);
    } catch (Throwable unlogged) {
      // it was no news
    }
  }

  static void warn(String message) {
    try {
      LOG.warn(message);
    } catch (Throwable unlogged) {
      // there is nobody left to tell
    }
  }
}
