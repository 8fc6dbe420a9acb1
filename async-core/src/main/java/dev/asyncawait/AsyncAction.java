package dev.asyncawait;

/**
 * The body of a coroutine that gives no value.
 *
 * <p>It may call {@link Async#await await} and may throw any exception. As a call of {@link
 * Async#toThread(AsyncAction) toThread} it is no coroutine's body, and may not await.
 *
 * @see Async#async(AsyncAction)
 * @since 0.1
 */
@FunctionalInterface
public interface AsyncAction {

  /**
   * Runs the body.
   *
   * @throws Exception whatever the body throws; who awaits the coroutine gets that very exception
   */
  void run() throws Exception;
}
