package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/**
 * Thrown by {@code await} in a task whose loop has been closed under it.
 *
 * <p>That happens to a task that did not end although closing cancelled it again and again, or to all tasks of a
 * loop in which something failed that must not. It is an {@code Error} so that {@code catch (Exception e)} does
 * not keep such a task alive: every {@code await} it still tries throws this. Its cause is the reason.
 *
 * @see AbandonedTasksException
 * @since 0.1
 */
public final class LoopClosedError extends Error {

  private static final long serialVersionUID = 1;

  LoopClosedError(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
