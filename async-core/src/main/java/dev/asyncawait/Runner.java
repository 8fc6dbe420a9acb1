package dev.asyncawait;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Runs several coroutines one after the other on one loop, and holds every setting of it.
 *
 * <pre>{@code
 * try (Runner runner = Runner.builder().name("orders").build()) {
 *   Session session = runner.run(open());
 *   runner.run(process(session));
 * }
 * }</pre>
 *
 * <p>Tasks left over by one {@code run} go on during the next; between two nothing of the loop runs.
 *
 * <p><b>Threads.</b> May be used from any thread, by one at a time. The calling thread carries the coroutine
 * given to {@code run}; an interrupt of that thread cancels it.
 *
 * @see Async#run
 * @see <a href="https://docs.python.org/3/library/asyncio-runner.html#asyncio.Runner">asyncio.Runner</a>
 * @since 0.1
 */
public final class Runner implements AutoCloseable {

  private enum State {
    READY,
    RUNNING,
    CLOSED
  }

  private final Settings settings;
  private final AtomicReference<State> state = new AtomicReference<>(State.READY);
  private volatile @Nullable EventLoop loop;

  /** Shared by all mains; only by the thread that runs this. */
  private @Nullable Context context;

  /** Makes a runner with the default settings. */
  public Runner() {
    this(Settings.DEFAULT);
  }

  private Runner(Settings settings) {
    this.settings = settings;
  }

  /**
   * Returns a builder with the default settings.
   *
   * @return a new builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Runs {@code main} to its end on this runner's loop, and gives its result.
   *
   * <p><b>Cancellation.</b> If the calling thread is interrupted, {@code main} is cancelled; when it has ended
   * this method throws or returns what it made of that, with the thread's interrupt flag set again.
   *
   * @param main what to run
   * @param <T> the type of its value
   * @return the value of {@code main}; what {@code main} throws is thrown as it is, also if it is a checked
   *     exception
   * @throws java.util.concurrent.CancellationException if {@code main} was cancelled
   * @throws IllegalStateException in a coroutine or a callback of a loop; if this runner is running or closed;
   *     or if {@code main} was already awaited
   */
  public <T extends @Nullable Object> T run(Coroutine<T> main) {
    Objects.requireNonNull(main, "main must not be null");
    begin("run()");
    try {
      EventLoop running = open();
      if (context == null) {
        context = Context.copy();
      }
      Task<T> task = running.newMain(main.begin(), context);
      running.runMain(task);
      return task.outcome();
    } catch (Throwable failure) {
      throw Async.sneaky(failure);
    } finally {
      state.set(State.READY);
    }
  }

  /**
   * Returns this runner's loop.
   *
   * @return the loop, made now if {@code run} was not called yet
   * @throws IllegalStateException if this runner is closed
   */
  public EventLoop loop() {
    EventLoop made = loop;
    if (made != null && state.get() != State.CLOSED) {
      return made;
    }
    begin("loop()");
    try {
      return open();
    } finally {
      state.set(State.READY);
    }
  }

  /**
   * Cancels the tasks that are left over, waits for them to end, and closes the loop.
   *
   * <p>The wait is bounded: a task that is alive after the grace period is reported and cancelled again, once
   * for each such period, and at the limit the loop closes without it. Does nothing if already closed.
   *
   * @throws AbandonedTasksException if tasks were still alive at the limit
   * @throws IllegalStateException in a coroutine or a callback of a loop, or if this runner is running
   */
  @Override
  public void close() {
    if (state.get() == State.CLOSED) {
      return;
    }
    begin("close()");
    try {
      EventLoop made = loop;
      if (made != null) {
        made.close();
      }
    } finally {
      state.set(State.CLOSED);
    }
  }

  private void begin(String method) {
    if (Carrier.current() != null) {
      throw new IllegalStateException(method + " was called inside a coroutine or callback of "
          + EventLoop.current() + ", which it would block; use await(...) or createTask(...)");
    }
    if (!state.compareAndSet(State.READY, State.RUNNING)) {
      throw new IllegalStateException(method + " was called on " + this
          + "; use it from one thread at a time, and not after close()");
    }
  }

  private EventLoop open() {
    EventLoop made = loop;
    if (made == null) {
      made = new EventLoop(settings);
      loop = made;
    }
    return made;
  }

  /**
   * Names the runner's state and its loop.
   *
   * @return for example {@code Runner[running, EventLoop[orders, 3 tasks]]}
   */
  @Override
  public String toString() {
    EventLoop made = loop;
    return "Runner[" + state.toString().toLowerCase(Locale.ROOT) + ", "
        + (made == null ? "no loop yet" : made) + "]";
  }

  /** The settings of a runner. */
  public static final class Builder {

    private Settings settings = Settings.DEFAULT;

    private Builder() {}

    /**
     * Names the loop, for logs and messages.
     *
     * @param name the name
     * @return this builder
     */
    public Builder name(String name) {
      settings = settings.withName(Objects.requireNonNull(name, "name must not be null"));
      return this;
    }

    /**
     * Sets the clock that timers go by.
     *
     * @param clock the clock; by default real time
     * @return this builder
     */
    public Builder clock(LoopClock clock) {
      settings = settings.withClock(Objects.requireNonNull(clock, "clock must not be null"));
      return this;
    }

    /**
     * Uses real time, with alarms on an executor of your own instead of the shared daemon thread.
     *
     * <p>It should remove cancelled tasks, see {@link
     * java.util.concurrent.ScheduledThreadPoolExecutor#setRemoveOnCancelPolicy}. It is not shut down.
     *
     * @param executor runs one short task for each alarm
     * @return this builder
     */
    public Builder timers(ScheduledExecutorService executor) {
      return clock(new SystemClock(Objects.requireNonNull(executor, "executor must not be null")));
    }

    /**
     * Sets the order in which ready entries run; by default first in, first out.
     *
     * @param order picks the next entry
     * @return this builder
     */
    public Builder scheduling(ReadyOrder order) {
      settings = settings.withOrder(Objects.requireNonNull(order, "order must not be null"));
      return this;
    }

    /**
     * Sets where the threads come from that tasks run on; by default virtual threads on Java 21 and later,
     * pooled daemon threads before.
     *
     * @param factory makes threads, not started; a suspended body keeps one
     * @return this builder
     */
    public Builder driverThreads(ThreadFactory factory) {
      Objects.requireNonNull(factory, "factory must not be null");
      settings = settings.withDrivers(Threads.Drivers.of(factory));
      return this;
    }

    /**
     * Sets how long a task may take to end while the loop closes, before it is reported and cancelled again.
     *
     * @param grace more than zero; 5 seconds by default
     * @return this builder
     * @throws IllegalArgumentException if {@code grace} is zero or negative
     */
    public Builder closingGrace(Duration grace) {
      settings = settings.withClosingGrace(positive("closingGrace", grace));
      return this;
    }

    /**
     * Sets how long closing may take altogether, before the loop closes without the tasks that are left.
     *
     * @param limit more than zero; 60 seconds by default
     * @return this builder
     * @throws IllegalArgumentException if {@code limit} is zero or negative
     */
    public Builder closingLimit(Duration limit) {
      settings = settings.withClosingLimit(positive("closingLimit", limit));
      return this;
    }

    /**
     * Sets who is told of failures that nobody else sees; by default they are logged.
     *
     * @param handler called once for each
     * @return this builder
     */
    public Builder exceptionHandler(ExceptionHandler handler) {
      settings = settings.withExceptionHandler(
          Objects.requireNonNull(handler, "handler must not be null"));
      return this;
    }

    /**
     * Turns debug mode on or off: coroutines that were never awaited are reported to the exception handler, with the
     * place where they were made. It costs time and memory for each coroutine.
     *
     * @param debug whether it is on; by default only if the system property {@code dev.asyncawait.debug} is
     *     {@code true}, which turns it on everywhere
     * @return this builder
     * @see <a href="https://docs.python.org/3/library/asyncio-dev.html#debug-mode">Debug mode of asyncio</a>
     */
    public Builder debug(boolean debug) {
      settings = settings.withDebug(debug);
      return this;
    }

    private static Duration positive(String setting, Duration value) {
      Objects.requireNonNull(value, setting + " must not be null");
      if (value.isZero() || value.isNegative()) {
        throw new IllegalArgumentException(setting + " must be more than zero, but was " + value);
      }
      return value;
    }

    /**
     * Makes the runner.
     *
     * @return a new runner; its loop is made when it is first needed
     */
    public Runner build() {
      return new Runner(settings);
    }
  }
}
