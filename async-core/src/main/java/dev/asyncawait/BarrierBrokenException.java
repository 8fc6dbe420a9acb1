package dev.asyncawait;

/**
 * Thrown by a wait at an {@link AsyncBarrier} that was reset or aborted.
 *
 * @see AsyncBarrier#arriveAndWait()
 * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.BrokenBarrierError">
 *     asyncio.BrokenBarrierError</a>
 * @since 0.1
 */
public final class BarrierBrokenException extends IllegalStateException {

  private static final long serialVersionUID = 1;

  BarrierBrokenException(String message) {
    super(message);
  }
}
