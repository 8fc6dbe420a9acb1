package dev.asyncawait;

/**
 * When {@link Async#waitTasks(java.util.Collection, ReturnWhen) waitTasks} has waited long enough.
 *
 * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.wait">asyncio.wait</a>
 * @since 0.1
 */
public enum ReturnWhen {

  /** All are done. */
  ALL_COMPLETED,

  /** One is done, in whatever manner. */
  FIRST_COMPLETED,

  /** One has failed, or all are done; a cancelled one has not failed. */
  FIRST_EXCEPTION
}
