package dev.asyncawait;

import java.util.ArrayList;
import java.util.List;

/**
 * Thrown by {@link Async#run run} if tasks were still alive when the time for closing was over, or when the calling
 * thread was interrupted for the second time.
 *
 * <p>They had been cancelled, and at the end of the time once and again after each grace period. Their awaits
 * throw {@link LoopClosedError} from now on; a body that neither awaits nor returns keeps its daemon thread. Where
 * each of them was has been logged.
 *
 * @see Runner.Builder#closingLimit
 * @since 0.1
 */
public final class AbandonedTasksException extends IllegalStateException {

  private static final long serialVersionUID = 1;

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
    List<ThreadCall<?>> calls = loop.calls();
    calls.forEach(call -> names.add(call.description()));
    if (names.isEmpty()) {
      names.add("a callback");
    }
    String wayOut = calls.isEmpty()
        ? "let CancellationException end a task"
        : "let CancellationException end a task, and an interrupt a call";
    return new AbandonedTasksException(
        state + ": " + String.join(", ", names) + "; " + wayOut, names);
  }

  /**
   * Returns the names of the tasks that did not end, and a description of each such call of {@link
   * Async#toThread(java.util.concurrent.Callable) toThread} with the name of its thread.
   *
   * @return an unmodifiable list, never empty
   */
  public List<String> names() {
    return List.of(names);
  }
}
