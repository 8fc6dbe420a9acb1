package dev.asyncawait;

import java.time.Duration;

/**
 * A callback that waits for its time on a loop.
 *
 * <p>All methods may be called from any thread.
 *
 * @see EventLoop#schedule
 * @see <a href="https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.TimerHandle">
 *     asyncio.TimerHandle</a>
 * @since 0.1
 */
public interface TimerHandle {

  /**
   * Prevents the callback from running, unless it has begun.
   */
  void cancel();

  /**
   * Says whether {@link #cancel} came before the callback began.
   *
   * @return true if it will not run
   */
  boolean isCancelled();

  /**
   * Returns when the callback is due.
   *
   * @return a time on the scale of {@link EventLoop#time}
   */
  Duration when();
}
