package dev.asyncawait.spi;

import dev.asyncawait.AsyncFuture;
import dev.asyncawait.Awaitable;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One run of a compiled body, as the kernel sees it: what generated code calls where the body's source has {@code await}.
 *
 * <p>Implemented by the kernel alone. Only the thread that runs {@link StateMachine#resume} may call it, and only until
 * that returns.
 *
 * <p>An {@code await} gives the result, throws, or answers {@link #SUSPENDED}. Then the state machine saves what it needs
 * and answers SUSPENDED itself. When it is resumed, it first asks {@link #awaitsCoroutine()}. If it does, it passes what it
 * was resumed with to {@link #resumeAwaited}, on the line of the await, and takes that answer as the await's. If not, what
 * it was resumed with is the await's outcome.
 */
public interface Activation {

  /** The answer of code that waits. */
  Object SUSPENDED = new Object() {
    @Override
    public String toString() {
      return "SUSPENDED";
    }
  };

  /**
   * Awaits what {@link dev.asyncawait.Async#await(Awaitable)} does.
   *
   * @param work what to wait for
   * @return its result, or {@link #SUSPENDED}
   * @throws Throwable what it failed with, or why it cannot be awaited
   */
  @Nullable
  Object await(Awaitable<?> work) throws Throwable;

  /**
   * Awaits what {@link dev.asyncawait.Async#await(AsyncFuture)} does.
   *
   * @param future what to wait for
   * @return its result, or {@link #SUSPENDED}
   * @throws Throwable what it failed with, or why it cannot be awaited
   */
  @Nullable
  Object await(AsyncFuture<?> future) throws Throwable;

  /**
   * Awaits what {@link dev.asyncawait.Async#await(CompletionStage)} does.
   *
   * @param stage what to wait for
   * @return its result, or {@link #SUSPENDED}
   * @throws Throwable what it failed with, or why it cannot be awaited
   */
  @Nullable
  Object await(CompletionStage<?> stage) throws Throwable;

  /**
   * Does what the methods do beforehand that declare a checked exception, such as {@link
   * dev.asyncawait.Async#await(Awaitable, Class)}.
   *
   * @param declared the type of the exception
   */
  static void requireDeclared(Class<?> declared) {
    Objects.requireNonNull(declared, "declared must not be null");
  }

  /**
   * Tells whether what was awaited last is a coroutine that has suspended, and is to be resumed before this body.
   *
   * @return whether {@link #resumeAwaited} must be called
   */
  boolean awaitsCoroutine();

  /**
   * Resumes that coroutine.
   *
   * @param value what the body was resumed with
   * @param error what it was resumed with
   * @return the coroutine's result, or {@link #SUSPENDED} again
   * @throws Throwable what the coroutine failed with
   */
  @Nullable
  Object resumeAwaited(@Nullable Object value, @Nullable Throwable error) throws Throwable;
}
