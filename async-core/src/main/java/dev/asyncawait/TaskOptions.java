package dev.asyncawait;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a task is made: its name, its context, and whether it begins at once.
 *
 * <pre>{@code
 * Task<String> fetch = createTask(fetchData(), TaskOptions.named("fetch").withEagerStart());
 * }</pre>
 *
 * <p>Immutable.
 *
 * @see Async#createTask(Coroutine, TaskOptions)
 * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task">
 *     asyncio.create_task</a>
 * @since 0.1
 */
public final class TaskOptions {

  static final TaskOptions NONE = new TaskOptions(null, null, false);

  final @Nullable String name;
  final @Nullable TaskContext context;
  final boolean eagerStart;

  private TaskOptions(@Nullable String name, @Nullable TaskContext context, boolean eagerStart) {
    this.name = name;
    this.context = context;
    this.eagerStart = eagerStart;
  }

  /**
   * Returns options with a name.
   *
   * @param name the task's name
   * @return new options
   */
  public static TaskOptions named(String name) {
    return NONE.withName(Objects.requireNonNull(name, "name must not be null"));
  }

  /**
   * Returns options with a context.
   *
   * @param context the context itself, not a copy, in which the task runs
   * @return new options
   */
  public static TaskOptions inContext(TaskContext context) {
    return NONE.withContext(Objects.requireNonNull(context, "context must not be null"));
  }

  /**
   * Returns options with an eager start, see {@link #withEagerStart}.
   *
   * @return new options
   */
  public static TaskOptions eager() {
    return NONE.withEagerStart();
  }

  /**
   * Returns these options with a name.
   *
   * @param newName the task's name; without one it is {@code Task-1} and so on
   * @return new options
   */
  public TaskOptions withName(String newName) {
    return new TaskOptions(
        Objects.requireNonNull(newName, "newName must not be null"), context, eagerStart);
  }

  /**
   * Returns these options with a context.
   *
   * @param newContext the context itself, not a copy, in which the task runs; without one it gets a copy of its
   *     creator's
   * @return new options
   */
  public TaskOptions withContext(TaskContext newContext) {
    return new TaskOptions(
        name, Objects.requireNonNull(newContext, "newContext must not be null"), eagerStart);
  }

  /**
   * Returns these options with an eager start: the task runs at once, before the call that creates it returns, up
   * to where it first waits. If it does not wait at all, it is done then.
   *
   * <p>It saves a turn of the loop, and lets a task take its place in a queue before its creator goes on. It does not
   * save time: the body still runs on a thread other than its creator's.
   *
   * @return new options
   */
  public TaskOptions withEagerStart() {
    return new TaskOptions(name, context, true);
  }

  /**
   * Shows the options.
   *
   * @return for example {@code TaskOptions[name=fetch, eager start]}
   */
  @Override
  public String toString() {
    return "TaskOptions[" + (name == null ? "no name" : "name=" + name)
        + (context == null ? "" : ", " + context) + (eagerStart ? ", eager start" : "") + "]";
  }
}
