package dev.asyncawait;

/**
 * Thrown when the time given to some work passed before it was done.
 *
 * <p>It is not a {@link java.util.concurrent.CancellationException}: a task that gets it was not cancelled. The
 * counterpart of Python's {@code TimeoutError}.
 *
 * @see Async#waitFor
 * @since 0.1
 */
public final class AsyncTimeoutException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /**
   * Makes one, for code that has timeouts of its own.
   *
   * @param message says what took too long
   */
  public AsyncTimeoutException(String message) {
    super(message);
  }
}
