package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/**
 * The body of a coroutine that gives a value: what stands after {@code async def} in Python.
 *
 * <p>It may call {@link Async#await await} and may throw any exception.
 *
 * @param <T> the type of the value
 * @see Async#async(AsyncBody)
 * @since 0.1
 */
@FunctionalInterface
public interface AsyncBody<T extends @Nullable Object> {

  /**
   * Runs the body.
   *
   * @return the coroutine's value
   * @throws Exception whatever the body throws; who awaits the coroutine gets that very exception
   */
  T call() throws Exception;
}
