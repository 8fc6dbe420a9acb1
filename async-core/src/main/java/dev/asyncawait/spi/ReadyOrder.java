package dev.asyncawait.spi;

import dev.asyncawait.Runner;
import dev.asyncawait.Task;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides which of a loop's ready entries runs next: the seam through which a test kit explores schedules.
 *
 * <p>Without one a loop is first in, first out, as asyncio is.
 *
 * @see Runner.Builder#scheduling
 * @since 0.1
 */
@FunctionalInterface
public interface ReadyOrder {

  /**
   * Picks an entry.
   *
   * <p>Called by the thread that runs the loop at the time, only with two or more entries. What it throws
   * closes the loop, and {@code run} throws it.
   *
   * @param ready the entries from oldest to newest, each as the task that would go on, or null for a callback;
   *     valid only during the call
   * @return the index of the entry to run
   */
  int next(List<@Nullable Task<?>> ready);
}
