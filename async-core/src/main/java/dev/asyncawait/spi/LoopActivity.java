package dev.asyncawait.spi;

import dev.asyncawait.Async;

/**
 * What a loop is busy with: with a {@link LoopClock} and a {@link ReadyOrder} all that a test kit needs of it.
 *
 * <p><b>Threads.</b> All methods may be called from any thread. Whoever gets the same {@link #idlePeriod} before and after
 * knows that the other numbers did not change between.
 *
 * @see dev.asyncawait.EventLoop#activity
 * @since 0.1
 */
public interface LoopActivity {

  /**
   * Returns the number of the idle period that the loop is in: nothing runs on it and nothing is ready, so only
   * an event from outside or a timer can give it something to do.
   *
   * <p>If it is the same twice, the loop was idle all the time between. Later periods have greater numbers.
   *
   * @return the number, or zero if the loop is not idle
   */
  long idlePeriod();

  /**
   * Returns how many calls of {@link Async#toThread toThread} are running.
   *
   * @return the number of calls whose end has not reached the loop
   */
  int callsInFlight();

  /**
   * Returns how many plain stages are awaited, or were given to {@link Async#from from}, and are pending.
   *
   * @return the number of stages whose completion has not reached the loop
   */
  int stagesInFlight();

  /**
   * Returns how many calls of {@link Async#toThread toThread} and plain stages the loop has had to do with, those in
   * flight among them. As long as it is zero, and nobody else brings the loop anything, all that happens on it comes
   * from its own tasks and timers, and would happen again in the same order.
   *
   * @return the number of calls and stages so far
   */
  long externalOperations();
}
