package dev.asyncawait;

/**
 * Thrown where something is put into an {@link AsyncQueue} that was shut down, or taken from one that is empty as
 * well.
 *
 * @see AsyncQueue#shutdown()
 * @see <a href="https://docs.python.org/3/library/asyncio-queue.html#asyncio.QueueShutDown">
 *     asyncio.QueueShutDown</a>
 * @since 0.1
 */
public final class QueueShutDownException extends IllegalStateException {

  private static final long serialVersionUID = 1;

  QueueShutDownException(String message) {
    super(message);
  }
}
