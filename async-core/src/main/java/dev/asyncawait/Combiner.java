package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/**
 * What becomes of the results of {@link Async#gather(Awaitable, Awaitable, Combiner.Of2) gather} where each is of a type of
 * its own: one interface for each number of results.
 *
 * <pre>{@code
 * record Page(String name, int orders) {}
 *
 * Coroutine<String> name = async(() -> "Ann");
 * Coroutine<Integer> orders = async(() -> 3);
 * Page page = await(gather(name, orders, Page::new));
 * }</pre>
 *
 * <p><b>Threads.</b> A combiner is called on the loop, as a done callback is: in no task, so it cannot await, and in a copy of the
 * caller's {@link TaskContext}.
 *
 * @since 0.1
 */
public final class Combiner {

  private Combiner() {}

  /**
   * Combines two results.
   *
   * @param <A> the type of the first
   * @param <B> the type of the second
   * @param <R> what they become
   * @since 0.1
   */
  @FunctionalInterface
  public interface Of2<
      A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object> {

    /**
     * Combines the results, in the order of the awaitables.
     *
     * @param a the first
     * @param b the second
     * @return what they become
     * @throws Exception if they cannot be combined; the gathered future fails with it
     */
    R combine(A a, B b) throws Exception;
  }

  /**
   * Combines three results.
   *
   * @param <A> the type of the first
   * @param <B> the type of the second
   * @param <C> the type of the third
   * @param <R> what they become
   * @since 0.1
   */
  @FunctionalInterface
  public interface Of3<
      A extends @Nullable Object,
      B extends @Nullable Object,
      C extends @Nullable Object,
      R extends @Nullable Object> {

    /**
     * Combines the results, in the order of the awaitables.
     *
     * @param a the first
     * @param b the second
     * @param c the third
     * @return what they become
     * @throws Exception if they cannot be combined; the gathered future fails with it
     */
    R combine(A a, B b, C c) throws Exception;
  }

  /**
   * Combines four results.
   *
   * @param <A> the type of the first
   * @param <B> the type of the second
   * @param <C> the type of the third
   * @param <D> the type of the fourth
   * @param <R> what they become
   * @since 0.1
   */
  @FunctionalInterface
  public interface Of4<
      A extends @Nullable Object,
      B extends @Nullable Object,
      C extends @Nullable Object,
      D extends @Nullable Object,
      R extends @Nullable Object> {

    /**
     * Combines the results, in the order of the awaitables.
     *
     * @param a the first
     * @param b the second
     * @param c the third
     * @param d the fourth
     * @return what they become
     * @throws Exception if they cannot be combined; the gathered future fails with it
     */
    R combine(A a, B b, C c, D d) throws Exception;
  }

  /**
   * Combines five results.
   *
   * @param <A> the type of the first
   * @param <B> the type of the second
   * @param <C> the type of the third
   * @param <D> the type of the fourth
   * @param <E> the type of the fifth
   * @param <R> what they become
   * @since 0.1
   */
  @FunctionalInterface
  public interface Of5<
      A extends @Nullable Object,
      B extends @Nullable Object,
      C extends @Nullable Object,
      D extends @Nullable Object,
      E extends @Nullable Object,
      R extends @Nullable Object> {

    /**
     * Combines the results, in the order of the awaitables.
     *
     * @param a the first
     * @param b the second
     * @param c the third
     * @param d the fourth
     * @param e the fifth
     * @return what they become
     * @throws Exception if they cannot be combined; the gathered future fails with it
     */
    R combine(A a, B b, C c, D d, E e) throws Exception;
  }
}
