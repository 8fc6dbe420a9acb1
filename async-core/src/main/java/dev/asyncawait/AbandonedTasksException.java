package dev.asyncawait;

import java.util.List;

/**
 * Thrown by {@link Async#run run} if tasks were still alive when the time for closing was over.
 *
 * <p>They had been cancelled once and again after each grace period. Their awaits throw {@link LoopClosedError}
 * from now on; a body that neither awaits nor returns keeps its daemon thread.
 *
 * @see Runner.Builder#closingLimit
 * @since 0.1
 */
public final class AbandonedTasksException extends IllegalStateException {

  private static final long serialVersionUID = 1;

  /** The names of what did not end. */
  private final String[] names;

  AbandonedTasksException(String message, List<String> names) {
    super(message);
    this.names = names.toArray(new String[0]);
  }

  /**
   * Returns the names of the tasks, and of calls made with {@code toThread}, that did not end.
   *
   * @return an unmodifiable list, never empty
   */
  public List<String> names() {
    return List.of(names);
  }
}
