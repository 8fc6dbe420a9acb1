package dev.asyncawait.spi;

import dev.asyncawait.EventLoop;
import dev.asyncawait.Runner;

/**
 * The time of loops: the seam through which a test kit makes time virtual.
 *
 * <p>A loop reads the time here and arms one alarm at a time for its earliest timer; nothing else in the library
 * reads a clock or keeps a timer. One clock may serve many loops.
 *
 * <p><b>Threads.</b> All methods may be called from any thread and must not block. What a method throws closes
 * the loop it was called for, and {@code run} throws it.
 *
 * @see Runner.Builder#clock
 * @since 0.1
 */
public interface LoopClock {

  /**
   * Returns the time.
   *
   * @return nanoseconds since an origin of the clock's own; only differences mean anything
   */
  long now();

  /**
   * Has {@code alarm} run once the time has reached {@code deadline}.
   *
   * <p>It may run on any thread, also on the caller's, but not from within this method. It does not block, and
   * it may be run late, or although it was cancelled.
   *
   * @param deadline when, on the scale of {@link #now}; it may be past
   * @param alarm wakes the loop
   * @return cancels the alarm when run
   */
  Runnable wakeAt(long deadline, Runnable alarm);

  /**
   * Called when a loop that uses this clock is made.
   *
   * @param loop the loop
   */
  default void opened(EventLoop loop) {}

  /**
   * Called by a thread that has just left {@code loop} with nothing to run.
   *
   * <p>By now another thread may have given it something again; {@link LoopActivity#idlePeriod} tells.
   *
   * @param loop the loop
   */
  default void idle(EventLoop loop) {}

  /**
   * Called when a loop has closed.
   *
   * @param loop the loop
   */
  default void closed(EventLoop loop) {}
}
