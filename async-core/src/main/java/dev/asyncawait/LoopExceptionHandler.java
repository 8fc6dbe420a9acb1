package dev.asyncawait;

/**
 * Gets the failures that nobody else sees: of callbacks, of tasks that nobody awaited, of tasks that were left over
 * when their loop closed.
 *
 * <pre>{@code
 * Runner.builder().exceptionHandler(context -> {
 *   metrics.count("unhandled");
 *   log.error(context.message(), context.exception());
 * });
 * }</pre>
 *
 * <p>Without one they are logged as errors by {@code dev.asyncawait.EventLoop}.
 *
 * <p><b>Threads.</b> Usually called on the loop, with no current task; on any thread if the loop is closed by then.
 * It must not block, and may not await.
 *
 * @see Runner.Builder#exceptionHandler
 * @see <a href="https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.set_exception_handler">
 *     loop.set_exception_handler</a>
 * @since 0.1
 */
@FunctionalInterface
public interface LoopExceptionHandler {

  /**
   * Called once for each failure.
   *
   * @param context what happened; if this method throws, both failures are logged
   */
  void handle(ExceptionContext context);
}
