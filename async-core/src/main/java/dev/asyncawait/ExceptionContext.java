package dev.asyncawait;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link LoopExceptionHandler} is told.
 *
 * @param loop the loop on which it happened
 * @param message what happened, for example {@code exception of task fetch was never retrieved}
 * @param exception what was thrown; null for a coroutine that was never awaited
 * @param creation where the coroutine, task or future was made that it is about; null if that is unknown, as it is
 *     unless {@linkplain Runner.Builder#debug debug mode} is on
 * @see <a href="https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.call_exception_handler">
 *     loop.call_exception_handler</a>
 * @since 0.1
 */
public record ExceptionContext(
    EventLoop loop,
    String message,
    @Nullable Throwable exception,
    @Nullable Throwable creation) {

  /**
   * Makes a context.
   *
   * @param loop the loop on which it happened
   * @param message what happened
   * @param exception what was thrown, or null
   * @param creation where that was made which it is about, or null
   */
  public ExceptionContext {
    Objects.requireNonNull(loop, "loop must not be null");
    Objects.requireNonNull(message, "message must not be null");
  }
}
