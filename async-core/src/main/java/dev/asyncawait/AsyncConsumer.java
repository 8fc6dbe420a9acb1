package dev.asyncawait;

/**
 * The body of a coroutine that is run once for each of several items.
 *
 * <p>It may call {@link Async#await await} and may throw any exception.
 *
 * @param <T> the type of the items
 * @see AsyncQueue#forEach
 * @since 0.1
 */
@FunctionalInterface
public interface AsyncConsumer<T> {

  /**
   * Runs the body.
   *
   * @param item what to deal with
   * @throws Exception whatever the body throws; who awaits the coroutine gets that very exception
   */
  void accept(T item) throws Exception;
}
