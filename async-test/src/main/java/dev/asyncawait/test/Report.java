package dev.asyncawait.test;

import dev.asyncawait.Async;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Task;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Says what the tasks of some loops do: where they are, who waits for whom, and who does so in a circle. */
final class Report {

  /** More tasks than a reader will look at. */
  private static final int MOST = 100;

  /** The classes of the JDK, of the library, and those of this package that may be on a coroutine's stack. */
  private static final Pattern NOT_OF_THE_TEST = Pattern.compile("(java|jdk|sun)\\..*"
      + "|dev\\.asyncawait\\.[A-Z].*"
      + "|dev\\.asyncawait\\.test\\.(AsyncTestExtension|Guard|Leaks|ManualTime|PriorityOrder|Recorder|Report"
      + "|Schedules|Strategy|TestRun|VirtualClock|VirtualTime)(\\$.*)?");

  private Report() {}

  static AssertionError of(String why, Collection<EventLoop> loops) {
    Set<Task<?>> tasks = new LinkedHashSet<>();
    loops.forEach(loop -> tasks.addAll(loop.tasks()));
    var text = new StringBuilder(why).append(':');
    tasks.stream().limit(MOST).forEach(task -> text.append("\n  ").append(describe(task)));
    if (tasks.size() > MOST) {
      text.append("\n  and ").append(tasks.size() - MOST).append(" more");
    }
    List<Task<?>> circle = circle(tasks);
    if (!circle.isEmpty()) {
      text.append("\ndeadlock: ").append(chain(circle));
    }
    var report = new AssertionError(text.toString());
    for (Task<?> task : tasks) {
      if (isRunning(task)) {
        var where = new Throwable(task + " is here");
        where.setStackTrace(task.getStackTrace());
        report.addSuppressed(where);
      }
    }
    return report;
  }

  private static String describe(Task<?> task) {
    String place = place(task);
    Set<Task<?>> blockers = task.waitsFor();
    return task
        + (place == null ? "" : " at " + place)
        + (blockers.isEmpty() ? "" : ", waits for " + names(blockers));
  }

  private static String names(Collection<Task<?>> tasks) {
    return tasks.stream().map(Task::getName).collect(Collectors.joining(", "));
  }

  /** {@code a waits for b, which waits for a}. */
  private static String chain(List<Task<?>> circle) {
    var text = new StringBuilder(circle.get(0).getName());
    for (int i = 1; i <= circle.size(); i++) {
      text.append(i == 1 ? " waits for " : ", which waits for ")
          .append(circle.get(i % circle.size()).getName());
    }
    return text.toString();
  }

  private record Step(Task<?> task, Iterator<Task<?>> others) {
    static Step at(Task<?> task) {
      return new Step(task, task.waitsFor().iterator());
    }
  }

  /** Tasks of which each waits for the next, and the last for the first; none if there are no such. */
  private static List<Task<?>> circle(Collection<Task<?>> tasks) {
    Set<Task<?>> seen = new HashSet<>();
    var path = new ArrayDeque<Step>();
    for (Task<?> start : tasks) {
      if (seen.add(start)) {
        path.add(Step.at(start));
      }
      while (!path.isEmpty()) {
        Step last = path.getLast();
        if (!last.others.hasNext()) {
          path.removeLast();
          continue;
        }
        Task<?> next = last.others.next();
        if (seen.add(next)) {
          path.add(Step.at(next));
        } else if (path.stream().anyMatch(step -> step.task == next)) {
          return path.stream()
              .<Task<?>>map(Step::task)
              .dropWhile(task -> task != next)
              .toList();
        }
      }
    }
    return List.of();
  }

  /** What a failure says, in a line. */
  static String firstLine(Throwable failure) {
    String message = failure.getMessage() == null ? "" : failure.getMessage();
    return failure.getClass().getName()
        + message
            .lines()
            .filter(line -> !line.isBlank())
            .findFirst()
            .map(": "::concat)
            .orElse("");
  }

  /** Where a task is, or where it awaits; above that its thread may run anything else for the loop meanwhile. */
  static @Nullable String place(Task<?> task) {
    StackTraceElement[] stack = task.getStackTrace();
    int await = isRunning(task) ? 0 : innermostAwait(stack);
    return place(Arrays.copyOfRange(stack, await, stack.length));
  }

  private static int innermostAwait(StackTraceElement[] stack) {
    for (int i = 0; i < stack.length; i++) {
      if (stack[i].getClassName().equals(Async.class.getName())
          && stack[i].getMethodName().equals("await")) {
        return i;
      }
    }
    return 0;
  }

  private static boolean isRunning(Task<?> task) {
    return task.toString().contains(", running");
  }

  /** The innermost line of the test itself, or of what it tests, such as {@code Bank.java:31}. */
  static @Nullable String place(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      if (frame.getFileName() != null
          && !NOT_OF_THE_TEST.matcher(frame.getClassName()).matches()) {
        return frame.getFileName() + ":" + frame.getLineNumber();
      }
    }
    return null;
  }
}
