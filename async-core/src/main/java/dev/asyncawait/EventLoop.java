package dev.asyncawait;

import dev.asyncawait.spi.LoopActivity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks and callbacks one at a time, in the order in which they became ready.
 *
 * <p>{@link Async#run run} makes one, runs a coroutine on it and closes it. Within a coroutine it is rarely
 * needed by name; other threads use it to have something run there:
 *
 * <pre>{@code
 * EventLoop loop = EventLoop.current();             // in a coroutine
 * button.onClick(() -> loop.execute(this::refresh)); // on any thread, later
 * }</pre>
 *
 * <p><b>Threads.</b> All methods may be called from any thread. A loop has no thread of its own: whoever holds
 * its baton runs it, and no two threads hold it at once.
 *
 * <p><b>Memory consistency.</b> What a thread did before it gave something to the loop happens-before that runs;
 * each entry of the loop happens-before the next.
 *
 * @see <a href="https://docs.python.org/3/library/asyncio-eventloop.html">Event loop in asyncio</a>
 * @since 0.1
 */
public final class EventLoop implements Executor {

  private static final AtomicInteger COUNT = new AtomicInteger();

  private final String name;
  private final Settings settings;
  private final @Nullable ClassLoader loader;
  private final TaskLocals taskLocals;

  private final GuardedClock clock;
  private final Timers timers;
  private final ReadyQueue ready;
  private final Baton baton;
  private final Reports reports;
  private final Lifecycle lifecycle;
  private final Abandonment abandonment;

  private final TaskList tasks = new TaskList();

  private final ExternalWork external;

  /** What its tasks have acquired and not given back. */
  private final Held.Books held = new Held.Books(this);

  private final CallThreads callThreads = new CallThreads(this);

  /** By the baton's holder. */
  private int cancelRound;

  /** Makes a loop whose baton the calling thread holds. */
  EventLoop(Settings settings) {
    this.settings = settings;
    this.name = settings.name() != null ? settings.name() : "loop-" + COUNT.incrementAndGet();
    this.taskLocals = settings.taskLocals();
    this.loader = Thread.currentThread().getContextClassLoader();
    this.clock = new GuardedClock(this, settings);
    this.timers = new Timers(this);
    this.ready = new ReadyQueue(settings.order(), timers);
    this.baton = new Baton(this, settings.clock(), settings.drivers(), ready);
    this.external = new ExternalWork(baton);
    this.reports = new Reports(this, settings.exceptionHandler());
    this.lifecycle = new Lifecycle(this, settings);
    this.abandonment = new Abandonment(this, settings.drivers());
    settings.clock().opened(this);
    if (settings.debug()) {
      Debug.opened();
    }
    if (!settings.compiledBodies()) {
      Bodies.refusingLoopOpened();
    }
  }

  /**
   * Returns the loop that runs here.
   *
   * @return the loop whose coroutine or callback the calling thread is in
   * @throws IllegalStateException outside a coroutine or callback of a loop
   * @see <a href="https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.get_running_loop">
   *     asyncio.get_running_loop</a>
   */
  public static EventLoop current() {
    EventLoop loop = currentOrNull();
    if (loop == null) {
      throw new IllegalStateException(
          "no event loop runs on this thread; wrap the code in Async.run(async(() -> ...))");
    }
    return loop;
  }

  /**
   * Starts a loop that runs in the background until it is closed.
   *
   * <pre>{@code
   * try (BackgroundLoop pages = EventLoop.start("pages")) {
   *   System.out.println(pages.submit(fetch("a")).join());
   * }
   * }</pre>
   *
   * <p>If a coroutine starts it, it has the settings of the coroutine's loop, its clock among them, and nothing else to do
   * with that.
   *
   * @param name names it, for logs and messages; it need not be unique
   * @return the loop, which runs already
   * @see Runner.Builder#start()
   * @see Async#start Async.start, for a loop that is there for one coroutine
   */
  @CheckReturnValue
  public static BackgroundLoop start(String name) {
    Objects.requireNonNull(name, "name must not be null");
    return BackgroundLoop.start(Settings.ofCaller().named(name));
  }

  static @Nullable EventLoop currentOrNull() {
    LoopThread loopThread = LoopThread.current();
    return loopThread == null ? null : loopThread.loop;
  }

  /** The current loop, for what {@code operation} needs one for. */
  static EventLoop currentFor(String operation) {
    EventLoop loop = currentOrNull();
    if (loop == null) {
      throw new IllegalStateException(operation
          + " was called where no event loop runs; wrap the code in Async.run(async(() -> ...))");
    }
    loop.refuseIfClosed(operation);
    return loop;
  }

  /**
   * Once closing has begun, what comes from outside is refused: it could keep the loop open for ever. A call of
   * toThread that one of its tasks makes is not outside.
   */
  private boolean refusesFromHere() {
    return isClosed() || (lifecycle.isClosing() && !isHeldByCurrentThread() && !isCalledFromHere());
  }

  private boolean isCalledFromHere() {
    Thread thread = Thread.currentThread();
    return external.calls().stream().anyMatch(call -> call.runsOn(thread));
  }

  private void refuseFromOutside(String rule) {
    if (refusesFromHere()) {
      throw refusal(rule);
    }
  }

  private RejectedExecutionException refusal(String rule) {
    return new RejectedExecutionException(this + " " + rule + "; use a loop that is open");
  }

  void refuseIfClosed(String operation) {
    if (isClosed()) {
      throw new IllegalStateException(
          operation + " was called on " + this + "; use a loop that is open");
    }
  }

  // ---- for everyone

  /**
   * Has {@code callback} run on this loop, after what is ready now.
   *
   * <p>It runs between tasks, with no current task; it may not await. What it throws goes to the {@linkplain
   * LoopExceptionHandler exception handler}.
   *
   * @param callback what to run
   * @throws RejectedExecutionException if the loop is closed, or if it is closing and this is called by a thread
   *     that neither runs it nor makes a call of {@link Async#toThread toThread} for it
   * @see <a href="https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.call_soon_threadsafe">
   *     loop.call_soon_threadsafe</a>
   */
  @Override
  public void execute(Runnable callback) {
    Objects.requireNonNull(callback, "callback must not be null");
    refuseFromOutside("runs no more callbacks");
    if (!post(new Callback(this, TaskContext.bind(taskLocals, callback)))) {
      throw refusal("runs no more callbacks");
    }
  }

  /**
   * Makes {@code coroutine} a task of this loop.
   *
   * <p>The task is done sooner or later. If the loop closes before the task has begun, it is cancelled. If the loop is
   * closing already, and this is called by a thread that neither runs it nor makes a call of {@link Async#toThread
   * toThread} for it, the task is refused: it has failed with a {@link LoopClosedError}, as tasks do whose loop is closed
   * by force.
   *
   * @param coroutine what to run; it begins after what is ready now
   * @param <T> the type of its value
   * @return the task
   * @throws IllegalStateException if the coroutine was already awaited
   * @throws RejectedExecutionException if the loop is closed
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.run_coroutine_threadsafe">
   *     asyncio.run_coroutine_threadsafe</a>
   */
  public <T extends @Nullable Object> Task<T> submit(Coroutine<T> coroutine) {
    Objects.requireNonNull(coroutine, "coroutine must not be null");
    if (isClosed()) {
      throw refusal("accepts no more tasks");
    }
    var task = new Task<T>(
        this, coroutine.begin(), null, TaskContext.copyOrNull(taskLocals), Task.currentOrNull());
    boolean closing = lifecycle.isClosing();
    if (refusesFromHere()) {
      task.abandon(
          new LoopClosedError(this + " accepts no more tasks; use a loop that is open", null));
    } else if (isHeldByCurrentThread()) {
      StackReserve.touch();
      add(task);
    } else if (!post(new NewTask(task, closing))) {
      throw refusal("accepts no more tasks");
    }
    return task;
  }

  /**
   * Has {@code callback} run on this loop after {@code delay}.
   *
   * <p>Callbacks that are due at the same time run in the order in which they were scheduled.
   *
   * @param delay how long to wait; zero or less means after what is ready now
   * @param callback what to run, as with {@link #execute}
   * @return cancels it
   * @throws RejectedExecutionException if the loop is closed, or if it is closing and this is called by a thread
   *     that neither runs it nor makes a call of {@link Async#toThread toThread} for it
   * @see <a href="https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.call_later">
   *     loop.call_later</a>
   */
  public TimerHandle schedule(Duration delay, Runnable callback) {
    Objects.requireNonNull(callback, "callback must not be null");
    refuseFromOutside("sets no more timers");
    return set(new Timer(this, clock.deadlineIn(delay), TaskContext.bind(taskLocals, callback)));
  }

  /**
   * Has {@code callback} run at a time on the scale of {@link #time}, by the holder. One that is due already is a
   * callback like any other, as in asyncio's timeouts.
   */
  TimerHandle scheduleAt(Duration loopTime, Runnable callback) {
    var timer = new Timer(this, clock.at(loopTime), TaskContext.bind(taskLocals, callback));
    if (timer.deadline - clock.now() <= 0) {
      enqueue(timer);
    } else {
      timers.set(timer);
    }
    return timer;
  }

  private TimerHandle set(Timer timer) {
    if (!timers.set(timer)) {
      throw refusal("sets no more timers");
    }
    return timer;
  }

  /**
   * Returns the time of this loop's clock.
   *
   * @return the time since the loop was made
   * @see <a href="https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.time">loop.time</a>
   */
  public Duration time() {
    return clock.sinceOrigin(clock.now());
  }

  /**
   * Returns the loop's name.
   *
   * @return the name that its runner was given, or {@code loop-1} and so on
   */
  public String name() {
    return name;
  }

  /**
   * Returns the tasks of this loop that are not done.
   *
   * @return a copy, in the order of creation
   * @see Async#allTasks()
   */
  public Set<Task<?>> tasks() {
    return tasks.copy();
  }

  /**
   * Returns what this loop is busy with, for test kits.
   *
   * @return a view that shows the state at each call
   */
  public LoopActivity activity() {
    return external;
  }

  /**
   * Names the loop and its state.
   *
   * @return for example {@code EventLoop[loop-1, 3 tasks]}
   */
  @Override
  public String toString() {
    int count = tasks.count();
    return "EventLoop[" + name + ", "
        + (isClosed()
            ? "closed"
            : (lifecycle.isClosing() ? "closing, " : "")
                + count
                + (count == 1 ? " task" : " tasks"))
        + "]";
  }

  // ---- for the library

  boolean isHeldByCurrentThread() {
    return baton.currentIfHere() != null;
  }

  /** Whether the calling thread runs code of this loop; also one that had to leave it, since it was abandoned. */
  boolean isRunningHere() {
    LoopThread loopThread = LoopThread.current();
    return loopThread != null && loopThread.loop == this;
  }

  boolean isClosed() {
    return baton.isClosed();
  }

  /** Delivers at once if this thread holds the baton, else through the inbox; false if the loop is closed. */
  boolean post(Message message) {
    if (!isHeldByCurrentThread()) {
      return baton.push(message);
    }
    if (isClosed()) {
      message.dropped();
      return false;
    }
    message.deliver();
    return true;
  }

  /** Adds an entry to what is ready, by the holder. A queue that could not be enlarged may have lost what was in it. */
  void enqueue(ReadyEntry entry) {
    try {
      ready.add(entry);
    } catch (Throwable failure) {
      abandon(failure);
      throw closedError();
    }
  }

  /** Closes the loop at once, because of something that must not happen; by any thread. */
  void abandon(Throwable cause) {
    abandonment.abandon(cause);
  }

  boolean isAbandoned() {
    return abandonment.cause() != null;
  }

  void checkOpen() {
    if (isClosed()) {
      throw closedError();
    }
  }

  LoopClosedError closedError() {
    return new LoopClosedError(
        "loop " + name + " was closed while this task was alive; let this error end it",
        abandonment.cause());
  }

  /** Tells the exception handler what has nowhere else to go. */
  void report(String what, @Nullable Throwable failure) {
    reports.report(what, failure, null);
  }

  Settings settings() {
    return settings;
  }

  @Nullable
  ClassLoader loader() {
    return loader;
  }

  TaskLocals taskLocals() {
    return taskLocals;
  }

  GuardedClock clock() {
    return clock;
  }

  Timers timers() {
    return timers;
  }

  ReadyQueue ready() {
    return ready;
  }

  Baton baton() {
    return baton;
  }

  Reports reports() {
    return reports;
  }

  Lifecycle lifecycle() {
    return lifecycle;
  }

  Abandonment abandonment() {
    return abandonment;
  }

  boolean isDebug() {
    return settings.debug();
  }

  boolean compilesBodies() {
    return settings.compiledBodies();
  }

  /** In virtual time nobody waits for a thread that comes late. */
  boolean warnsOfLateThreads() {
    return settings.debug() && settings.clock() instanceof SystemClock;
  }

  // ---- tasks, by the holder

  <T extends @Nullable Object> Task<T> newTask(Frame frame, @Nullable String taskName) {
    LoopThread here = LoopThread.currentOf(this);
    here.touchUsual();
    TaskContext context = TaskContext.copyOrNull(here.context(), taskLocals);
    var task = new Task<T>(this, frame, taskName, context, here.task());
    add(task);
    return task;
  }

  /** The future of an awaitable, asyncio.ensure_future: a new task for a coroutine, or the future that it is. */
  <T extends @Nullable Object> AsyncFuture<T> futureOf(Awaitable<T> awaitable) {
    return awaitable instanceof Coroutine<T> coroutine
        ? newTask(coroutine.begin(), null)
        : (AsyncFuture<T>) awaitable;
  }

  /**
   * The future of each awaitable, the same one where an awaitable is given twice. Looks at all before it makes a task
   * of any, so that a refused one leaves none running.
   *
   * @param purpose says in a message what they are for
   * @param each hears of the future of each awaitable, before the next is looked at
   */
  List<AsyncFuture<?>> futuresOf(
      List<Awaitable<?>> awaitables, String purpose, Consumer<AsyncFuture<?>> each) {
    for (Awaitable<?> awaitable : awaitables) {
      if (awaitable == null) {
        throw new NullPointerException("an awaitable to " + purpose + " must not be null");
      }
      if (awaitable instanceof Coroutine<?> coroutine) {
        coroutine.requireFresh();
      }
    }
    var futures = new ArrayList<AsyncFuture<?>>(awaitables.size());
    for (Awaitable<?> awaitable : awaitables) {
      // One that has begun was given before; few are, so nobody pays for a map of all.
      boolean begun = awaitable instanceof Coroutine<?> coroutine && !coroutine.isFresh();
      int place = begun ? awaitables.indexOf(awaitable) : futures.size();
      AsyncFuture<?> future = place < futures.size() ? futures.get(place) : futureOf(awaitable);
      futures.add(future);
      each.accept(future);
    }
    return futures;
  }

  /** The same where nobody hears of each. */
  List<AsyncFuture<?>> futuresOf(List<Awaitable<?>> awaitables, String purpose) {
    return futuresOf(awaitables, purpose, future -> {});
  }

  /**
   * A task with options, which may have it begin at once.
   *
   * @param group whose child it is; null if it is none's
   */
  <T extends @Nullable Object> Task<T> newTaskWith(
      TaskOptions options, Frame frame, @Nullable Family group) {
    LoopThread here = LoopThread.currentOf(this);
    if (options.eagerStart) {
      StackReserve.touchForThread();
    } else {
      here.touchUsual();
    }
    TaskContext context = options.context != null
        ? options.context
        : TaskContext.copyOrNull(here.context(), taskLocals);
    var task = new Task<T>(this, frame, options.name, context, here.task());
    if (group != null) {
      task.family = group;
    }
    if (options.eagerStart) {
      startEagerly(here, task);
    } else {
      add(task);
    }
    return task;
  }

  private void startEagerly(LoopThread here, Task<?> task) {
    register(task);
    try {
      here.startEagerly(task);
    } catch (Throwable failure) {
      if (task.state == Task.NEW) {
        task.refuse(failure);
      }
      throw failure;
    }
  }

  private void add(Task<?> task) {
    register(task);
    enqueue(task);
  }

  private void register(Task<?> task) {
    tasks.add(task);
    if (isAbandoned()) {
      task.abandon(closedError()); // too late to be among those that abandon() sees
    }
  }

  /** A task that another thread submitted. */
  static final class NewTask extends Message {
    private final Task<?> task;
    private final boolean whileClosing;

    NewTask(Task<?> task, boolean whileClosing) {
      super(task.loop);
      this.task = task;
      this.whileClosing = whileClosing;
    }

    /** One that was submitted before, and comes when the leftovers have been cancelled, is one of them. */
    @Override
    void deliver() {
      loop.add(task);
      if (loop.lifecycle.isClosing() && !whileClosing) {
        task.cancel("closing");
      }
    }

    @Override
    void dropped() {
      task.abandon(loop.closedError());
    }
  }

  void finished(Task<?> task) {
    if (isAbandoned()) {
      tasks.remove(task);
    } else {
      tasks.removeByHolder(task);
    }
    lifecycle.somethingEnded();
  }

  boolean isDrained() {
    return tasks.count() == 0 && external.callsInFlight() == 0;
  }

  int nextCancelRound() {
    return ++cancelRound;
  }

  Executor callExecutor() {
    Executor given = settings.calls();
    return given != null ? given : callThreads.blocking();
  }

  Executor computingExecutor() {
    return callThreads.computing();
  }

  void callEnded(ThreadCall<?> call) {
    external.callEnded(call);
    lifecycle.somethingEnded();
  }

  ExternalWork external() {
    return external;
  }

  CallThreads callThreads() {
    return callThreads;
  }

  Held.Books held() {
    return held;
  }

  /** Makes ready a main, after what was ready before. */
  void addMain(Task<?> main) {
    baton.drain();
    add(main);
  }
}
