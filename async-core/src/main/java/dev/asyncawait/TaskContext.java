package dev.asyncawait;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The values of all {@link ContextVar}s that a piece of work sees, and its logging context.
 *
 * <p>Every task has one of its own: a copy of its creator's, made when it was created. So have callbacks of a
 * loop and calls of {@link Async#toThread toThread}. A coroutine that is awaited runs in the context of the task
 * that awaits it. Outside a loop each thread has its own. A context is only needed by name to let a task run
 * in one that somebody else keeps:
 *
 * <pre>{@code
 * TaskContext session = TaskContext.copy();
 * await(createTask(login(), TaskOptions.inContext(session)));
 * await(createTask(order(), TaskOptions.inContext(session))); // sees what login() has set
 * }</pre>
 *
 * <p>SLF4J's {@link org.slf4j.MDC} is carried the same way: a task begins with a copy of its creator's, on
 * whichever thread it runs, and leaves nothing of its own on that thread.
 *
 * <p><b>Threads.</b> May be used from any thread.
 *
 * @see <a href="https://docs.python.org/3/library/contextvars.html#contextvars.Context">contextvars.Context</a>
 * @since 0.1
 */
public final class TaskContext {

  /** The contexts of threads that run no loop's code. */
  private static final ThreadLocal<@Nullable TaskContext> OF_THREAD = new ThreadLocal<>();

  /** Never changed, only replaced. */
  private volatile Map<ContextVar<?>, @Nullable Object> values;

  private volatile @Nullable Map<String, String> mdc;

  private TaskContext(
      Map<ContextVar<?>, @Nullable Object> values, @Nullable Map<String, String> mdc) {
    this.values = values;
    this.mdc = mdc;
  }

  /**
   * Returns a copy of the current context.
   *
   * @return a new context; later changes to either do not show in the other
   * @see <a href="https://docs.python.org/3/library/contextvars.html#contextvars.copy_context">
   *     contextvars.copy_context</a>
   */
  public static TaskContext copy() {
    TaskContext copy = copyOrNull();
    return copy != null ? copy : new TaskContext(Map.of(), null);
  }

  /** A copy for new work, or null if there is nothing to carry. */
  static @Nullable TaskContext copyOrNull() {
    TaskContext current = currentOrNull();
    Map<String, String> mdc = Mdc.copy();
    Map<ContextVar<?>, @Nullable Object> values = current == null ? Map.of() : current.values;
    return values.isEmpty() && mdc == null ? null : new TaskContext(values, mdc);
  }

  /**
   * Calls {@code work} in this context: what it sets is set here, and the caller's context is the same as before
   * when this method returns.
   *
   * @param work what to call; in a coroutine it may await
   * @param <T> the type of its value
   * @return its value; what it throws is thrown as it is, also if it is a checked exception
   * @see <a href="https://docs.python.org/3/library/contextvars.html#contextvars.Context.run">contextvars.Context.run</a>
   */
  public <T extends @Nullable Object> T run(Callable<T> work) {
    Objects.requireNonNull(work, "work must not be null");
    TaskContext before = currentOrNull();
    Map<String, String> mdcBefore = Mdc.copy();
    setCurrent(this);
    Mdc.install(mdc);
    try {
      return work.call();
    } catch (Exception failure) {
      throw Async.sneaky(failure);
    } finally {
      mdc = Mdc.copy();
      Mdc.install(mdcBefore);
      setCurrent(before);
    }
  }

  // ---- for variables

  static @Nullable TaskContext currentOrNull() {
    LoopThread loopThread = LoopThread.current();
    return loopThread != null ? loopThread.context() : OF_THREAD.get();
  }

  private static void setCurrent(@Nullable TaskContext context) {
    LoopThread loopThread = LoopThread.current();
    if (loopThread != null) {
      loopThread.setContext(context);
    } else if (context != null) {
      OF_THREAD.set(context);
    } else {
      OF_THREAD.remove();
    }
  }

  /** The current context, to set a value in; most work never needs one. */
  static TaskContext current() {
    TaskContext current = currentOrNull();
    if (current == null) {
      current = new TaskContext(Map.of(), null);
      setCurrent(current);
    }
    return current;
  }

  boolean has(ContextVar<?> variable) {
    return values.containsKey(variable);
  }

  @Nullable
  Object get(ContextVar<?> variable) {
    return values.get(variable);
  }

  synchronized void set(ContextVar<?> variable, @Nullable Object value) {
    var changed = new HashMap<>(values);
    changed.put(variable, value);
    values = changed;
  }

  synchronized void unset(ContextVar<?> variable) {
    var changed = new HashMap<>(values);
    changed.remove(variable);
    values = changed;
  }

  // ---- for the kernel

  /** A callback that will run in a copy of the current context. */
  static Runnable bind(Runnable callback) {
    TaskContext context = copyOrNull();
    return context == null ? callback : new Bound(context, callback);
  }

  /** Runs {@code work} in {@code context}, if there is one. */
  static void run(@Nullable TaskContext context, Runnable work) {
    if (context == null) {
      work.run();
      return;
    }
    Object unused = context.run(() -> {
      work.run();
      return null;
    });
  }

  private record Bound(TaskContext context, Runnable callback) implements Runnable {
    @Override
    public void run() {
      TaskContext.run(context, callback);
    }

    @Override
    public String toString() {
      return callback.toString();
    }
  }

  /** Gives a thread that begins to run work the logging context of that work. */
  static void enter(@Nullable TaskContext context) {
    Map<String, String> carried = context == null ? null : context.mdc;
    if (carried != null) {
      Mdc.install(carried);
    }
  }

  /**
   * Takes the logging context off a thread, and gives the context in which work that is not finished goes on; the
   * opposite of {@link #enter}.
   */
  static @Nullable TaskContext leave(@Nullable TaskContext context) {
    Map<String, String> left = Mdc.copy();
    if (left != null) {
      Mdc.install(null);
    }
    if (context == null) {
      return left == null ? null : new TaskContext(Map.of(), left);
    }
    context.mdc = left;
    return context;
  }

  /**
   * Shows what is set.
   *
   * @return for example {@code TaskContext[user=ada]}
   */
  @Override
  public String toString() {
    return values.entrySet().stream()
        .map(entry -> entry.getKey().name() + '=' + Ask.text(entry.getValue()))
        .collect(Collectors.joining(", ", "TaskContext[", "]"));
  }
}
