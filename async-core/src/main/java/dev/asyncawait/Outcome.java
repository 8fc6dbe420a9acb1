package dev.asyncawait;

import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * How some work ended: with a value, with a failure, or cancelled.
 *
 * <pre>{@code
 * for (Outcome<String> outcome : await(gatherOutcomes(fetch("a"), fetch("b")))) {
 *   if (outcome instanceof Outcome.Success<String> success) {
 *     System.out.println(success.value());
 *   }
 * }
 * }</pre>
 *
 * <p>The counterpart of what {@code asyncio.gather(..., return_exceptions=True)} puts into its list, without the
 * need to guess whether an exception was returned or thrown.
 *
 * @param <T> the type of the value
 * @see Async#gatherOutcomes
 * @since 0.1
 */
public sealed interface Outcome<T extends @Nullable Object> {

  /**
   * Returns the value, or throws why there is none.
   *
   * @return the value
   * @throws CancellationException if the work was cancelled; a new one, caused by the original, or the
   *     original itself if that is of a subclass. A failure is thrown as it is, also if it is a checked exception
   */
  T orElseThrow();

  /**
   * The work gave a value.
   *
   * @param value what it gave
   * @param <T> the type of the value
   */
  record Success<T extends @Nullable Object>(T value) implements Outcome<T> {
    @Override
    public T orElseThrow() {
      return value;
    }
  }

  /**
   * The work failed.
   *
   * @param exception the very exception it threw
   * @param <T> the type the value would have had
   */
  record Failure<T extends @Nullable Object>(Throwable exception) implements Outcome<T> {

    /**
     * Makes an outcome.
     *
     * @param exception the very exception it threw
     * @throws NullPointerException if {@code exception} is null
     */
    public Failure {
      Objects.requireNonNull(exception, "exception must not be null");
    }

    @Override
    public T orElseThrow() {
      throw Async.sneaky(exception);
    }
  }

  /**
   * The work was cancelled.
   *
   * @param exception the exception that ended it
   * @param <T> the type the value would have had
   */
  record Cancelled<T extends @Nullable Object>(CancellationException exception)
      implements Outcome<T> {

    /**
     * Makes an outcome.
     *
     * @param exception the exception that ended it
     * @throws NullPointerException if {@code exception} is null
     */
    public Cancelled {
      Objects.requireNonNull(exception, "exception must not be null");
    }

    @Override
    public T orElseThrow() {
      throw AsyncFuture.forAwaiter(exception);
    }
  }
}
