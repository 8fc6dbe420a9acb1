package dev.asyncawait;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The values of all {@link ContextVar}s that a piece of work sees, and its {@linkplain dev.asyncawait.spi.TaskLocal task
 * locals}, the logging context among them.
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
 * whichever thread it runs, and leaves nothing of its own on that thread. So is what other libraries keep in thread locals,
 * if there is a {@link dev.asyncawait.spi.TaskLocal} for it.
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

  private final TaskLocals locals;

  /** What is in thread locals while work runs in this context; never changed, only replaced. */
  private volatile TaskLocals.@Nullable State<?> carried;

  private TaskContext(
      Map<ContextVar<?>, @Nullable Object> values,
      TaskLocals locals,
      TaskLocals.@Nullable State<?> carried) {
    this.values = values;
    this.locals = locals;
    this.carried = carried;
  }

  /**
   * Returns a copy of the current context.
   *
   * @return a new context; later changes to either do not show in the other
   * @see <a href="https://docs.python.org/3/library/contextvars.html#contextvars.copy_context">
   *     contextvars.copy_context</a>
   */
  public static TaskContext copy() {
    TaskLocals locals = TaskLocals.here();
    TaskContext copy = copyOrNull(locals);
    return copy != null ? copy : new TaskContext(Map.of(), locals, null);
  }

  /** A copy for new work of a loop with these {@code locals}, or null if there is nothing to carry. */
  static @Nullable TaskContext copyOrNull(TaskLocals locals) {
    return copyOrNull(currentOrNull(), locals);
  }

  static @Nullable TaskContext copyOrNull(@Nullable TaskContext current, TaskLocals locals) {
    TaskLocals.State<?> captured = locals.capture();
    Map<ContextVar<?>, @Nullable Object> values = current == null ? Map.of() : current.values;
    return values.isEmpty() && captured == null ? null : new TaskContext(values, locals, captured);
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
    TaskLocals.State<?> carriedBefore = locals.remove();
    setCurrent(this);
    locals.install(carried);
    try {
      return work.call();
    } catch (Exception failure) {
      throw Async.sneaky(failure);
    } finally {
      carried = locals.remove();
      locals.install(carriedBefore);
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
      current = new TaskContext(Map.of(), TaskLocals.here(), null);
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

  /** A callback of a loop with these {@code locals} that will run in a copy of the current context. */
  static Runnable bind(TaskLocals locals, Runnable callback) {
    TaskContext context = copyOrNull(locals);
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

  /** Puts on a thread that begins to run work what of that work is kept in thread locals. */
  static void enter(TaskLocals locals, @Nullable TaskContext context) {
    if (context != null) {
      locals.install(context.carried);
    }
  }

  /**
   * Takes off a thread what work has left in thread locals, and gives the context in which work that is not finished goes
   * on; the opposite of {@link #enter}.
   */
  static @Nullable TaskContext leave(TaskLocals locals, @Nullable TaskContext context) {
    TaskLocals.State<?> left = locals.remove();
    if (context == null) {
      return left == null ? null : new TaskContext(Map.of(), locals, left);
    }
    context.carried = left;
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
