package dev.asyncawait;

import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A variable of which every task has its own value: what a {@link ThreadLocal} is to threads.
 *
 * <pre>{@code
 * static final ContextVar<String> USER = new ContextVar<>("user");
 *
 * static Coroutine<Void> handle(Request request) {
 *   return async(() -> {
 *     USER.set(request.user());
 *     await(gather(audit(request), process(request))); // both see the user
 *   });
 * }
 * }</pre>
 *
 * <p>A task begins with the values of its creator. What it sets is seen by itself, by the coroutines that it awaits
 * and by the tasks that it creates afterwards, and by nobody else. Calls of {@link Async#toThread toThread} and
 * callbacks begin with the values of who asked for them. Outside a loop a variable has a value for each thread, and
 * {@link Async#run run} takes it along.
 *
 * <p>Variables are meant to be constants: their identity is the key.
 *
 * <p>Whatever tells whose work this is belongs here and not in a {@code ThreadLocal}: the tasks of a loop take turns on
 * a few threads, so that what one task leaves in a {@code ThreadLocal} is seen by others that have nothing to do with it.
 *
 * <p><b>Threads.</b> May be used from any thread.
 *
 * @param <T> the type of the value
 * @see TaskContext
 * @see <a href="https://docs.python.org/3/library/contextvars.html#contextvars.ContextVar">
 *     contextvars.ContextVar</a>
 * @since 0.1
 */
public final class ContextVar<T extends @Nullable Object> {

  private final String name;
  private final boolean hasDefault;
  private final @Nullable T defaultValue;

  /**
   * Makes a variable without a default value.
   *
   * @param name for messages; need not be unique
   */
  public ContextVar(String name) {
    this(name, false, null);
  }

  /**
   * Makes a variable with a default value.
   *
   * @param name for messages; need not be unique
   * @param defaultValue what {@link #get()} returns where no value is set
   */
  public ContextVar(String name, T defaultValue) {
    this(name, true, defaultValue);
  }

  private ContextVar(String name, boolean hasDefault, @Nullable T defaultValue) {
    this.name = Objects.requireNonNull(name, "name must not be null");
    this.hasDefault = hasDefault;
    this.defaultValue = defaultValue;
  }

  /**
   * Returns the name that this variable was made with.
   *
   * @return the name
   */
  public String name() {
    return name;
  }

  /**
   * Returns the value in the current context.
   *
   * @return the value set last, else the default
   * @throws NoSuchElementException if neither exists
   * @see <a href="https://docs.python.org/3/library/contextvars.html#contextvars.ContextVar.get">
   *     ContextVar.get</a>
   */
  @SuppressWarnings("NullAway") // a null is one that T allows
  public T get() {
    TaskContext context = TaskContext.currentOrNull();
    if (context != null && context.has(this)) {
      return valueIn(context);
    }
    if (hasDefault) {
      return defaultValue;
    }
    throw new NoSuchElementException("ContextVar '" + name
        + "' has no value here and no default; set() it first or use orElse()");
  }

  /**
   * Returns the value in the current context, or {@code other} if none is set; the default does not count.
   *
   * @param other what to return where no value is set
   * @return the value set last, else {@code other}
   */
  public T orElse(T other) {
    TaskContext context = TaskContext.currentOrNull();
    return context != null && context.has(this) ? valueIn(context) : other;
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // only set() writes
  private T valueIn(TaskContext context) {
    return (T) context.get(this);
  }

  /**
   * Sets the value in the current context.
   *
   * @param value the new value
   * @return restores the value from before when it is closed
   * @see <a href="https://docs.python.org/3/library/contextvars.html#contextvars.ContextVar.set">
   *     ContextVar.set</a>
   */
  public Token set(T value) {
    TaskContext context = TaskContext.current();
    var token = new Token(this, context);
    context.set(this, value);
    return token;
  }

  /**
   * Shows the name.
   *
   * @return for example {@code ContextVar[user]}
   */
  @Override
  public String toString() {
    return "ContextVar[" + name + "]";
  }

  /**
   * Restores the value from before a {@link ContextVar#set}; need not be used.
   *
   * <pre>{@code
   * try (var token = USER.set("ada")) {
   *   await(order());
   * } // the user from before is back
   * }</pre>
   *
   * @see <a href="https://docs.python.org/3/library/contextvars.html#contextvars.Token">contextvars.Token</a>
   */
  public static final class Token implements AutoCloseable {

    private final ContextVar<?> variable;
    private final boolean wasSet;

    // null once this is closed

    private @Nullable TaskContext context;
    private @Nullable Object oldValue;

    private Token(ContextVar<?> variable, TaskContext context) {
      this.variable = variable;
      this.context = context;
      this.wasSet = context.has(variable);
      this.oldValue = context.get(variable);
    }

    /**
     * Restores the value, once; does nothing when called again.
     *
     * @throws IllegalStateException in another context than the one in which the value was set
     * @see <a href="https://docs.python.org/3/library/contextvars.html#contextvars.ContextVar.reset">
     *     ContextVar.reset</a>
     */
    @Override
    public void close() {
      TaskContext setIn = context;
      if (setIn == null) {
        return;
      }
      if (setIn != TaskContext.currentOrNull()) {
        throw new IllegalStateException("the value of " + variable
            + " was set in another context; close the token in the task that got it");
      }
      if (wasSet) {
        setIn.set(variable, oldValue);
      } else {
        setIn.unset(variable);
      }
      context = null;
      oldValue = null;
    }
  }
}
