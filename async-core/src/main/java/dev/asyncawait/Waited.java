package dev.asyncawait;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;

/**
 * What {@link Async#waitTasks(java.util.Collection) waitTasks} found at the end of its wait.
 *
 * <pre>{@code
 * Waited<Task<String>> waited = await(waitTasks(tasks, ReturnWhen.FIRST_COMPLETED));
 * waited.pending().forEach(Task::cancel);
 * }</pre>
 *
 * @param done the futures that are done, in the order given
 * @param pending the others, in the order given
 * @param <F> the type of the futures
 * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.wait">asyncio.wait</a>
 * @since 0.1
 */
public record Waited<F extends AsyncFuture<?>>(Set<F> done, Set<F> pending) {

  /**
   * Makes one; the sets are copied, and the copies cannot be changed.
   *
   * @param done the futures that are done
   * @param pending the others
   */
  public Waited {
    done = copy(Objects.requireNonNull(done, "done must not be null"));
    pending = copy(Objects.requireNonNull(pending, "pending must not be null"));
  }

  private static <F> Set<F> copy(Set<F> futures) {
    return Collections.unmodifiableSet(new LinkedHashSet<>(futures));
  }
}
