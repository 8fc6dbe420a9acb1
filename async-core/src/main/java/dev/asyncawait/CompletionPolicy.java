package dev.asyncawait;

/**
 * Decides when a {@link TaskGroup} has what it wants. A group that is given one leaves it to the policy what the failure of a
 * task means: the others go on.
 *
 * <pre>{@code
 * TaskGroup mirrors = taskGroup(CompletionPolicy.successes(2));
 * List<Task<String>> pages = new ArrayList<>();
 * await(mirrors.run(() -> {
 *   for (String mirror : List.of("a", "b", "c")) {
 *     pages.add(mirrors.createTask(fetch(mirror)));
 *   }
 * })); // two of them have succeeded, and the third has, too, or was cancelled
 * }</pre>
 *
 * <p>Ask the tasks for their results when the block has ended, not in its body: that may be cut short before it has them.
 *
 * <p>To write one takes a method. This one ends the group at the first answer that is good enough:
 *
 * <pre>{@code
 * CompletionPolicy longAnswer =
 *     task -> !task.isCompletedExceptionally() && String.valueOf(task.resultNow()).length() > 10;
 * TaskGroup group = taskGroup(longAnswer);
 * }</pre>
 *
 * <p><b>Threads.</b> A policy is called on the loop of the group, and may not await: {@link #taskEnded} as a done callback
 * is, in no task and in a copy of the {@link TaskContext} in which the block was entered, and {@link #groupEnded} in the task
 * of the block.
 *
 * @see Async#taskGroup(CompletionPolicy)
 * @since 0.1
 */
@FunctionalInterface
public interface CompletionPolicy {

  /**
   * Called once for each task of the group that has ended, in a turn of the loop after that; not for those in the {@linkplain
   * TaskGroup#createBackground(Coroutine) background}, nor for those that end when the group is being cancelled, whoever asked
   * for that.
   *
   * @param task the task, which is done
   * @return whether the group has what it wants: then its other tasks and its body are cancelled and awaited, and the block
   *     ends without an exception, as with {@link TaskGroup#cancel()}
   * @throws Exception if the group is to fail with that: its other tasks and its body are cancelled and awaited, and the
   *     block throws it
   */
  boolean taskEnded(Task<?> task) throws Exception;

  /**
   * Called when the body and all tasks have ended, if nothing has ended the group early but {@link #taskEnded}, and the body
   * has not failed.
   *
   * @throws Exception if the block is to throw that: the group has not got what it wanted
   */
  default void groupEnded() throws Exception {}

  /**
   * Returns a policy for tasks that have nothing to do with each other: one that fails concerns nobody else, and all are
   * awaited. A failure that nobody looks at goes to the loop's exception handler, as that of any other task.
   *
   * @return a policy that may be shared
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.gather">asyncio.gather with
   *     return_exceptions</a>
   */
  static CompletionPolicy isolated() {
    return task -> false;
  }

  /**
   * Returns a policy that ends the group at the first success; {@link #successes successes(1)}.
   *
   * @return a policy for one group
   */
  static CompletionPolicy firstSuccess() {
    return successes(1);
  }

  /**
   * Returns a policy that ends the group when so many of its tasks have succeeded. If there are fewer, the block throws the
   * first failure, with the others {@linkplain Throwable#getSuppressed suppressed} unless it is one that others than the group
   * may have as well, or an {@link IllegalStateException} if none has failed.
   *
   * @param count how many; at least 1
   * @return a policy for one group
   * @throws IllegalArgumentException if {@code count} is less than 1
   */
  static CompletionPolicy successes(int count) {
    return new SuccessCount(count);
  }
}
