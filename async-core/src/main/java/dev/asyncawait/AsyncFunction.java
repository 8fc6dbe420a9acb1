package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/**
 * The body of a coroutine that is given something to work with, and gives a value.
 *
 * <p>It may call {@link Async#await await} and may throw any exception.
 *
 * @param <T> the type of what it is given
 * @param <R> the type of the value
 * @see TaskGroup#run(AsyncFunction)
 * @since 0.1
 */
@FunctionalInterface
public interface AsyncFunction<T extends @Nullable Object, R extends @Nullable Object> {

  /**
   * Runs the body.
   *
   * @param argument what it works with
   * @return the coroutine's value
   * @throws Exception whatever the body throws; who awaits the coroutine gets that very exception
   */
  R apply(T argument) throws Exception;
}
