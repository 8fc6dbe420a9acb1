package dev.asyncawait;

import java.util.ArrayList;
import java.util.List;

/**
 * Thrown by {@link Async#run run} if tasks were still alive when the time for closing was over, or when the calling
 * thread was interrupted for the second time.
 *
 * <p>They had been cancelled, and at the end of the time once and again after each grace period. Their awaits
 * throw {@link LoopClosedError} from now on; a body that neither awaits nor returns keeps its daemon thread. Where
 * each of them was has been logged. The message names ten of them and counts the others.
 *
 * <p>If the coroutine given to {@code run} had failed by then, its failure is thrown with this suppressed in it. If it
 * fails when the loop was closed already, this is thrown with that failure suppressed in it.
 *
 * @see Runner.Builder#closingLimit
 * @since 0.1
 */
public final class AbandonedTasksException extends IllegalStateException {

  private static final long serialVersionUID = 1;

  /** More than that are only counted in the message. */
  private static final int NAMED = 10;

  /** The names of what did not end. */
  private final String[] names;

  private AbandonedTasksException(String message, List<String> names) {
    super(message);
    this.names = names.toArray(new String[0]);
  }

  /** With the names of all that is alive on {@code loop}. */
  static AbandonedTasksException of(EventLoop loop, String state) {
    var names = new ArrayList<String>();
    loop.tasks().forEach(task -> names.add(task.getName()));
    List<ThreadCall<?>> calls = loop.external().calls();
    calls.forEach(call -> names.add(call.description()));
    if (names.isEmpty()) {
      names.add("a callback");
    }
    String wayOut = calls.isEmpty()
        ? "let CancellationException end a task"
        : "let CancellationException end a task, and an interrupt a call";
    int more = names.size() - NAMED;
    String named = String.join(", ", more > 0 ? names.subList(0, NAMED) : names)
        + (more > 0 ? " and " + more + " more" : "");
    return new AbandonedTasksException(state + ": " + named + "; " + wayOut, names);
  }

  /**
   * Returns the names of all tasks that did not end, and a description of each such call of {@link
   * Async#toThread(java.util.concurrent.Callable) toThread} with the name of its thread.
   *
   * @return an unmodifiable list, never empty
   */
  public List<String> names() {
    return List.of(names);
  }
}
