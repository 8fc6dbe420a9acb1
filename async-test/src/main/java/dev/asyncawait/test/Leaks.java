package dev.asyncawait.test;

import dev.asyncawait.ExceptionContext;
import dev.asyncawait.LoopExceptionHandler;
import dev.asyncawait.Task;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** What a run leaves behind: tasks that are pending at its end, and what nobody saw and the loop reports. */
final class Leaks implements LoopExceptionHandler {

  private final Collection<ExceptionContext> reports = new ConcurrentLinkedQueue<>();
  private final List<Throwable> details = new ArrayList<>();

  /** In one order, however the garbage collector finds them. */
  private final TreeSet<String> lines = new TreeSet<>();

  @Override
  public void handle(ExceptionContext context) {
    reports.add(context);
  }

  void add(Task<?> task, String why) {
    add(task + " " + why, task.creation());
  }

  private void add(String line, @Nullable Throwable creation) {
    String place = creation == null ? null : Report.place(creation.getStackTrace());
    lines.add(line + (place == null ? "" : " (created at " + place + ")"));
    if (creation != null) {
      details.add(creation);
    }
  }

  /** Throws if anything was left; once the loops are closed. */
  void check() {
    for (ExceptionContext report : reports) {
      Throwable exception = report.exception();
      add(report.message() + (exception == null ? "" : ": " + exception), report.creation());
      if (exception != null) {
        details.add(exception);
      }
    }
    if (!lines.isEmpty()) {
      var error = new AssertionError("the test leaves behind:\n  " + String.join("\n  ", lines));
      details.forEach(error::addSuppressed);
      throw error;
    }
  }

  /** Adds the failures that nobody saw to the one that ended main; one of them may be why. */
  void addTo(Throwable failure) {
    for (ExceptionContext report : reports) {
      Throwable exception = report.exception();
      if (exception != null && exception != failure) {
        failure.addSuppressed(exception);
      }
    }
  }
}
