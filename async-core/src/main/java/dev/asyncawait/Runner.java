package dev.asyncawait;

import dev.asyncawait.spi.LoopClock;
import dev.asyncawait.spi.ReadyOrder;
import dev.asyncawait.spi.TaskLocal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Executor;
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
 * <p>Tasks left over by one {@code run} go on during the next; between two nothing of the loop runs. What is ready when
 * a main ends has one more turn before {@code run} returns.
 *
 * <p><b>Cancellation.</b> An interrupt of the calling thread cancels the coroutine given to {@code run}; a second
 * one, also while this closes, ends the wait for whatever is still alive. With {@link Builder#cancelOnShutdown} so
 * does Ctrl-C:
 *
 * <pre>{@code
 * try (Runner runner = Runner.builder().cancelOnShutdown().build()) {
 *   runner.run(serve()); // its finally blocks run before the JVM ends
 * }
 * }</pre>
 *
 * <p><b>Threads.</b> May be used from any thread, by one at a time. The calling thread carries the coroutine
 * given to {@code run}.
 *
 * @see Async#run
 * @see <a href="https://docs.python.org/3/library/asyncio-runner.html#asyncio.Runner">asyncio.Runner</a>
 * @since 0.1
 */
public final class Runner implements AutoCloseable {

  private enum State {
    READY,
    RUNNING,
    /** The JVM shuts down, and its hook closes this runner. */
    EXITING,
    CLOSED
  }

  private final Settings settings;
  final @Nullable ShutdownHook hook;
  private final AtomicReference<State> state = new AtomicReference<>(State.READY);
  private volatile @Nullable EventLoop loop;

  /** Shared by all mains; only by the thread that runs this. */
  private @Nullable TaskContext context;

  /** Makes a runner with the default settings. */
  public Runner() {
    this(Settings.DEFAULT, false);
  }

  private Runner(Settings settings, boolean cancelOnShutdown) {
    this.settings = settings;
    this.hook = cancelOnShutdown ? new ShutdownHook(this, settings) : null;
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
   * this method throws or returns what it made of that, with the thread's interrupt flag set again. If the thread
   * is interrupted for a second time before that, the loop closes without waiting for anything, and this method
   * throws, with the flag set again.
   *
   * @param main what to run
   * @param <T> the type of its value
   * @return the value of {@code main}; what {@code main} throws is thrown as it is, also if it is a checked
   *     exception
   * @throws java.util.concurrent.CancellationException if {@code main} was cancelled
   * @throws AbandonedTasksException if the calling thread was interrupted for the second time
   * @throws IllegalStateException in a coroutine or a callback of a loop; if this runner is running or closed;
   *     or if {@code main} was already awaited
   */
  public <T extends @Nullable Object> T run(Coroutine<T> main) {
    Objects.requireNonNull(main, "main must not be null");
    begin("run()");
    try {
      if (settings.debug()) {
        Debug.warnIfInitialisingAClass();
      }
      EventLoop running = open();
      if (context == null) {
        context = TaskContext.copy();
      }
      Task<T> task = running.lifecycle().newMain(main.begin(), null, context);
      if (hook != null) {
        hook.mainBegins(task);
      }
      running.lifecycle().runMain(task);
      return task.outcome();
    } catch (Throwable failure) {
      throw Async.sneaky(failure);
    } finally {
      end(State.READY);
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
      end(State.READY);
    }
  }

  /**
   * Cancels the tasks that are left over, waits for them to end, and closes the loop.
   *
   * <p>Their names are logged, at level INFO, and so is what they fail with, at level ERROR. Calls of {@link
   * Async#toThread(java.util.concurrent.Callable) toThread} that have not ended are waited for as well.
   *
   * <p>The wait is bounded: what is alive after the grace period is reported with its stack, cancelled again and
   * interrupted, once for each such period, and at the limit the loop closes without it. Does nothing if already
   * closed.
   *
   * <p><b>Cancellation.</b> An interrupt of the calling thread is kept for it. The second one, counting one that
   * was there before, closes the loop as the limit does.
   *
   * @throws AbandonedTasksException if tasks or calls were still alive at the limit, or when the calling thread
   *     was interrupted for the second time
   * @throws IllegalStateException in a coroutine or a callback of a loop, or if this runner is running
   */
  @Override
  public void close() {
    if (state.get() == State.CLOSED) {
      return;
    }
    refuseOnLoop("close()");
    if (!state.compareAndSet(State.READY, State.RUNNING)) {
      awaitClosingAtExit();
      return;
    }
    try {
      closeLoop();
    } finally {
      end(State.CLOSED);
      if (hook != null) {
        hook.remove();
      }
    }
  }

  private void closeLoop() {
    EventLoop made = loop;
    if (made != null) {
      made.lifecycle().close();
    }
  }

  /** By the hook: closes this if nobody uses it; true if it is closed then. */
  boolean closeAtExit() {
    if (!state.compareAndSet(State.READY, State.EXITING)) {
      return state.get() == State.CLOSED;
    }
    try {
      closeLoop();
    } finally {
      state.set(State.CLOSED);
    }
    return true;
  }

  private void end(State next) {
    if (hook != null) {
      hook.mainEnded();
    }
    state.set(next);
    if (hook != null) {
      hook.runnerReady();
    }
  }

  /** For a close that finds this in use: by the hook, or by somebody who should not. */
  private void awaitClosingAtExit() {
    State now = state.get();
    if (now == State.EXITING && hook != null) {
      hook.awaitEnd();
    } else if (now != State.CLOSED) {
      throw inUse("close()");
    }
  }

  private void begin(String method) {
    refuseOnLoop(method);
    if (!state.compareAndSet(State.READY, State.RUNNING)) {
      throw inUse(method);
    }
  }

  private static void refuseOnLoop(String method) {
    if (LoopThread.current() != null) {
      throw new IllegalStateException(method + " was called inside a coroutine or callback of "
          + EventLoop.current() + ", which it would block; use await(...) or createTask(...)");
    }
  }

  private IllegalStateException inUse(String method) {
    return new IllegalStateException(method + " was called on " + this
        + "; use it from one thread at a time, and not after close()");
  }

  private EventLoop open() {
    EventLoop made = loop;
    if (made == null) {
      made = new EventLoop(settings);
      loop = made;
      if (hook != null) {
        hook.add();
      }
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

    private @Nullable String name;
    private LoopClock clock = SystemClock.SHARED;
    private @Nullable ReadyOrder order;
    private Threads.Drivers drivers = Threads.Drivers.byDefault();
    private @Nullable Executor calls;
    private Duration closingGrace = Duration.ofSeconds(5);
    private Duration closingLimit = Duration.ofSeconds(60);
    private @Nullable LoopExceptionHandler exceptionHandler;
    private boolean debug = Debug.byDefault();
    private boolean compiledBodies = true;
    private final List<TaskLocal<?>> taskLocals = new ArrayList<>();
    private boolean cancelOnShutdown;

    private Builder() {}

    /**
     * Names the loop, for logs and messages.
     *
     * @param name the name
     * @return this builder
     */
    public Builder name(String name) {
      this.name = Objects.requireNonNull(name, "name must not be null");
      return this;
    }

    /**
     * Sets the clock that timers go by.
     *
     * @param clock the clock; by default real time
     * @return this builder
     */
    public Builder clock(LoopClock clock) {
      this.clock = Objects.requireNonNull(clock, "clock must not be null");
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
      this.order = Objects.requireNonNull(order, "order must not be null");
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
      drivers = Threads.Drivers.of(Objects.requireNonNull(factory, "factory must not be null"));
      return this;
    }

    /**
     * Sets where calls of {@link Async#toThread(java.util.concurrent.Callable) toThread} are made, unless they
     * are given {@link CallOptions} with another executor or for computing; by default on daemon threads of the
     * loop's own, one for each call at once, which end with the loop. On Java 21 and later, what is called while
     * 256 of them are busy is called on a virtual thread.
     *
     * @param executor runs the calls, on threads of its own; it is not shut down
     * @return this builder
     * @see CallOptions#withExecutor
     * @see <a
     *     href="https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.set_default_executor">
     *     loop.set_default_executor</a>
     */
    public Builder executor(Executor executor) {
      calls = Objects.requireNonNull(executor, "executor must not be null");
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
      closingGrace = positive("closingGrace", grace);
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
      closingLimit = positive("closingLimit", limit);
      return this;
    }

    /**
     * Has the JVM's shutdown, such as by Ctrl-C or SIGTERM, cancel what runs, and wait until the runner has
     * closed.
     *
     * <pre>{@code
     * try (Runner runner = Runner.builder().cancelOnShutdown().build()) {
     *   runner.run(async(() -> {
     *     try {
     *       await(serve());
     *     } finally {
     *       await(saveState()); // on Ctrl-C too
     *     }
     *   }));
     * }
     * }</pre>
     *
     * <p>The coroutine given to {@code run} is cancelled, and again after each grace period. When {@code run} has
     * returned, the runner closes, whoever does it first: the hook does it too if nobody else does. The JVM waits
     * for the coroutine for the {@linkplain #closingLimit closing limit} at most, and for what is left then as
     * long as every close does. Nothing of the runner stays registered once it is closed.
     *
     * <p><b>Pitfall.</b> The JVM may end as soon as the runner has closed; what the program does after that is cut
     * off. {@code System.exit} in a coroutine of this runner, which then cannot end, takes the whole limit.
     *
     * @return this builder
     * @see Runtime#addShutdownHook
     * @see <a href="https://docs.python.org/3/library/asyncio-runner.html#handling-keyboard-interruption">
     *     Handling Keyboard Interruption in asyncio</a>
     */
    public Builder cancelOnShutdown() {
      cancelOnShutdown = true;
      return this;
    }

    /**
     * Sets what is told of failures that nobody else sees; by default they are logged.
     *
     * @param handler called once for each
     * @return this builder
     */
    public Builder exceptionHandler(LoopExceptionHandler handler) {
      exceptionHandler = Objects.requireNonNull(handler, "handler must not be null");
      return this;
    }

    /**
     * Turns debug mode on or off: coroutines that were never awaited are reported to the exception handler, and
     * coroutines, tasks and futures know the {@linkplain AsyncFuture#creation place where they were made}. Two more
     * things are logged: that the loop had something ready for 100 ms before a thread came to run it, and that
     * {@code run} was called while a class is initialised. It costs time and memory for each of them.
     *
     * @param debug whether it is on; by default only if the system property {@code dev.asyncawait.debug} is
     *     {@code true}, which turns it on everywhere
     * @return this builder
     * @see <a href="https://docs.python.org/3/library/asyncio-dev.html#debug-mode">Debug mode of asyncio</a>
     */
    public Builder debug(boolean debug) {
      this.debug = debug;
      return this;
    }

    /**
     * Sets whether bodies that are made on the loop may be compiled, if a {@linkplain dev.asyncawait.spi.BodyCompiler
     * compiler of bodies} is there. Without one, and where this is false, each runs on a thread.
     *
     * @param compiled whether they may; true by default, unless the system property {@code dev.asyncawait.compiler} is
     *     {@code off}
     * @return this builder
     */
    public Builder compiledBodies(boolean compiled) {
      compiledBodies = compiled;
      return this;
    }

    /**
     * Has the loop carry state that a library keeps in thread locals from thread to thread with each task, and to
     * the work that the task makes. What is found with {@link java.util.ServiceLoader} is carried anyway.
     *
     * @param local what to carry
     * @return this builder
     */
    public Builder taskLocal(TaskLocal<?> local) {
      taskLocals.add(Objects.requireNonNull(local, "local must not be null"));
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
      return new Runner(settings(), cancelOnShutdown);
    }

    /**
     * Starts a loop with these settings that runs in the background until it is closed, instead of a runner.
     *
     * <pre>{@code
     * try (BackgroundLoop pages = Runner.builder().name("pages").debug(true).start()) {
     *   System.out.println(pages.submit(fetch("a")).join());
     * }
     * }</pre>
     *
     * @return the loop, which runs already
     * @throws IllegalStateException after {@link #cancelOnShutdown}: what cancels a main is of no use to a loop that has none;
     *     {@linkplain BackgroundLoop#shutdown shut it down} in a hook of your own
     * @see EventLoop#start
     */
    @CheckReturnValue
    public BackgroundLoop start() {
      if (cancelOnShutdown) {
        throw new IllegalStateException("cancelOnShutdown() is for a runner, whose main it cancels;"
            + " shut a loop in the background down in a hook of your own");
      }
      return BackgroundLoop.start(settings());
    }

    Settings settings() {
      return new Settings(
          name,
          clock,
          order,
          drivers,
          calls,
          closingGrace,
          closingLimit,
          exceptionHandler,
          debug,
          compiledBodies,
          TaskLocals.with(taskLocals));
    }
  }
}
