package dev.asyncawait;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

  /*
   * `head` is the baton and the inbox in one word:
   *
   *   null      somebody holds the baton, nothing is in the inbox
   *   a message somebody holds the baton; the inbox is a stack of messages
   *   IDLE      nobody holds the baton; nothing is ready and nothing is in the inbox
   *   CLOSED    for good
   *
   * A post swaps its message in with one compareAndSet. If it replaced IDLE, the poster is the holder now and
   * must pass the baton on (dispatch); else the holder will find the message, since it lets go only by swapping
   * null for IDLE, which fails if a message is there. So a message is never left behind, and there is no flag
   * to look at twice.
   */
  private static final Message IDLE = Message.sentinel("IDLE");
  private static final Message CLOSED = Message.sentinel("CLOSED");

  private static final VarHandle HEAD;
  private static final VarHandle GRANTEE;

  static {
    try {
      HEAD = MethodHandles.lookup().findVarHandle(EventLoop.class, "head", Message.class);
      GRANTEE = MethodHandles.lookup().findVarHandle(EventLoop.class, "grantee", LoopThread.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(EventLoop.class);

  private static final AtomicInteger COUNT = new AtomicInteger();

  private final String name;
  private final Settings settings;
  private final LoopClock clock;
  private final long origin;
  private final @Nullable ClassLoader loader;

  // any thread

  @SuppressWarnings("unused") // through HEAD
  private volatile @Nullable Message head;

  private final TaskList tasks = new TaskList();

  /** The calls of toThread whose end has not come in; changed by the baton's holder. */
  private final Set<ThreadCall<?>> calls = Collections.synchronizedSet(new LinkedHashSet<>());

  /** What its tasks have acquired and not given back. */
  private final Held.Books held = new Held.Books();

  private final CallThreads callThreads = new CallThreads(this);

  private final AtomicInteger drivers = new AtomicInteger();
  private volatile @Nullable Throwable abandonedBecause;
  private volatile @Nullable Thread closingThread;

  /** Whether {@link #abandon} came to its end; one that overflowed its stack is finished by the next. */
  private volatile boolean swept;

  /** Whether the bodies that are on no stack have been seen to. */
  private final AtomicBoolean unwound = new AtomicBoolean();

  /** Only by the thread that runs or closes this loop. */
  private boolean abandonmentThrown;

  /**
   * The main of a loop that runs in the background; written before it runs. It is not done before the loop has closed,
   * since who waits for it is to find nothing of the loop left, and its failure may be looked at when the loop has closed.
   */
  private @Nullable Task<?> background;

  /** How {@link #background} has ended, until that is published; by the baton's holder. */
  private Task.@Nullable End<?> backgroundEnd;

  /** For assertions alone. */
  private final AtomicReference<@Nullable Thread> holder = new AtomicReference<>();

  // written by the baton's holder; others may look at what is volatile

  private final ReadyQueue ready;

  private final Timers timers;
  private volatile @Nullable LoopThread spare;
  private volatile @Nullable LoopThread caller;

  /** Who was granted the baton last; a thread that seizes the baton looks too. */
  @SuppressWarnings("unused") // through GRANTEE
  private volatile @Nullable LoopThread grantee;

  private @Nullable AsyncFuture<@Nullable Void> drained;
  private volatile int stagesInFlight;
  private volatile long outsideWork;
  private volatile long idlePeriods;
  private volatile boolean closing;
  private int cancelRound;

  /** Makes a loop whose baton the calling thread holds. */
  EventLoop(Settings settings) {
    this.settings = settings;
    this.name = settings.name() != null ? settings.name() : "loop-" + COUNT.incrementAndGet();
    this.clock = settings.clock();
    this.origin = clock.now();
    this.timers = new Timers(this);
    this.ready = new ReadyQueue(settings.order(), timers);
    this.loader = Thread.currentThread().getContextClassLoader();
    clock.opened(this);
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
    return isClosed() || (closing && !isHeldHere() && !isCalledFromHere());
  }

  private boolean isCalledFromHere() {
    Thread thread = Thread.currentThread();
    return calls().stream().anyMatch(call -> call.runsOn(thread));
  }

  private void refuseFromOutside(String rule) {
    if (refusesFromHere()) {
      throw refusal(rule);
    }
  }

  private RejectedExecutionException refusal(String rule) {
    return new RejectedExecutionException(this + " " + rule + "; use a loop that is open");
  }

  private void refuseIfClosed(String operation) {
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
    if (!post(new Callback(this, TaskContext.bind(callback)))) {
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
    var task = new Task<T>(this, coroutine.begin(), null, TaskContext.copyOrNull());
    if (refusesFromHere()) {
      task.abandon(
          new LoopClosedError(this + " accepts no more tasks; use a loop that is open", null));
    } else if (isHeldHere()) {
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
    return set(new Timer(this, deadlineIn(delay), TaskContext.bind(callback)));
  }

  /**
   * Has {@code callback} run at a time on the scale of {@link #time}, by the holder. One that is due already is a
   * callback like any other, as in asyncio's timeouts.
   */
  TimerHandle scheduleAt(Duration loopTime, Runnable callback) {
    var timer = new Timer(this, origin + nanos(loopTime), TaskContext.bind(callback));
    if (timer.deadline - now() <= 0) {
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
    return Duration.ofNanos(now() - origin);
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
   * Returns the number of the idle period that this loop is in: nothing runs on it and nothing is ready, so only
   * an event from outside or a timer can give it something to do.
   *
   * <p>Who gets the same number twice knows that the loop was idle all the time between, and that {@link
   * #callsInFlight} and {@link #stagesInFlight} did not change.
   *
   * @return the number, or zero if the loop is not idle
   */
  public long idlePeriod() {
    long period = idlePeriods;
    return head == IDLE ? period : 0;
  }

  /**
   * Returns how many calls of {@link Async#toThread toThread} are running.
   *
   * @return the number of calls whose end has not reached the loop
   */
  public int callsInFlight() {
    return calls.size();
  }

  /**
   * Returns how many plain stages are awaited, or were given to {@link Async#from from}, and are pending.
   *
   * @return the number of stages whose completion has not reached the loop
   */
  public int stagesInFlight() {
    return stagesInFlight;
  }

  /**
   * Returns how many calls of {@link Async#toThread toThread} and plain stages this loop has had to do with, those in
   * flight among them. As long as it is zero, and nobody else brings it anything, all that happens on this loop comes
   * from its own tasks and timers, and would happen again in the same order.
   *
   * @return the number of calls and stages so far
   */
  public long outsideWork() {
    return outsideWork;
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
            : (closing ? "closing, " : "") + count + (count == 1 ? " task" : " tasks"))
        + "]";
  }

  // ---- the baton

  boolean isHeldHere() {
    LoopThread loopThread = LoopThread.current();
    return loopThread != null && loopThread.loop == this;
  }

  boolean isClosed() {
    return head == CLOSED;
  }

  /** Delivers at once if this thread holds the baton, else through the inbox; false if the loop is closed. */
  boolean post(Message message) {
    if (!isHeldHere()) {
      return push(message);
    }
    if (isClosed()) {
      message.dropped();
      return false;
    }
    message.deliver();
    return true;
  }

  /** In one place, so that it has been linked before a stack that is full needs it. */
  private boolean swapHead(@Nullable Message from, @Nullable Message to) {
    return HEAD.compareAndSet(this, from, to);
  }

  private boolean push(Message message) {
    for (; ; ) {
      Message top = head;
      if (top == CLOSED) {
        message.dropped();
        return false;
      }
      if (top == IDLE) {
        StackReserve.touchToDispatch();
      }
      message.next = top == IDLE ? null : top;
      if (swapHead(top, message)) {
        if (top == IDLE) {
          dispatch();
        }
        return true;
      }
    }
  }

  /** Delivers what is in the inbox. Before every poll, so that a busy loop cannot starve it. */
  void drain() {
    Message top = head;
    if (top == null) {
      return;
    }
    while (top != CLOSED) {
      if (swapHead(top, null)) {
        for (Message m = Message.reversed(top); m != null; ) {
          Message next = m.next;
          m.next = null;
          m.deliver();
          m = next;
        }
        return;
      }
      top = head;
    }
    dropIfHeldHere();
    throw closedError();
  }

  /** Nobody but the last holder of a loop that was abandoned may touch what is ready; others only look like one. */
  private void dropIfHeldHere() {
    LoopThread loopThread = LoopThread.current();
    if (loopThread == null || loopThread.loop != this || loopThread.isHolder()) {
      dropAll();
    }
  }

  /** By the last holder of a loop that was abandoned: lets go of what is not carried out any more. */
  private void dropAll() {
    ready.drop();
    timers.clear();
    unwindBodies();
  }

  /**
   * Has those bodies end that are suspended and on no stack, so that their finally blocks run as those of parked ones do.
   * That takes a thread of its own, since they may do anything. Whoever takes the head of an idle loop does this, or its
   * last holder; so one thread does.
   */
  private void unwindBodies() {
    if (unwound.getAndSet(true)) {
      return;
    }
    var suspended = new ArrayList<Task<?>>();
    for (Task<?> task : tasks()) {
      if (task.isOffStack()) {
        suspended.add(task);
      }
    }
    if (suspended.isEmpty()) {
      return;
    }
    try {
      settings.drivers().start(() -> Threads.runWith(loader, () -> LoopThread.unwind(suspended)));
    } catch (Throwable failure) {
      log(
          suspended.size() + " bodies of loop " + name
              + " could not be told that it was abandoned, so what they opened stays open",
          failure);
    }
  }

  /** The entry whose turn it is, or null if there is none. */
  @Nullable
  Entry next() {
    drain();
    return ready.next();
  }

  /** Adds an entry to what is ready. A queue that could not be enlarged may have lost what was in it. */
  void enqueue(Entry entry) {
    try {
      ready.add(entry);
    } catch (Throwable failure) {
      abandon(failure);
      throw closedError();
    }
  }

  /**
   * Lets go of the baton with nothing to run; false if something came in, and the caller is still the holder.
   *
   * <p>The clock hears of it afterwards, from this thread, which by then may have been granted the baton
   * again; the grant waits.
   */
  @SuppressWarnings("NonAtomicVolatileUpdate") // only the holder writes
  boolean goIdle() {
    idlePeriods++;
    if (!swapHead(null, IDLE)) {
      return false;
    }
    try {
      clock.idle(this);
    } catch (Throwable failure) {
      abandon(failure);
    }
    return true;
  }

  /**
   * What a foreign thread does that found the loop idle: it passes the baton on, to the thread of the very
   * task that its event resumes if there is one. It runs no user code of the loop, and whatever loop the thread
   * itself belongs to is of no concern here.
   */
  private void dispatch() {
    boolean holder = true;
    try {
      assert taken();
      for (; ; ) {
        Entry entry = next();
        if (entry instanceof Callback callback && callback.isKernelCode()) {
          callback.run();
          continue;
        }
        if (entry == null) {
          timers.arm();
        }
        assert released();
        holder = false;
        if (entry == null) {
          if (goIdle()) {
            return;
          }
        } else {
          passOn(entry);
          return;
        }
        assert taken();
        holder = true;
      }
    } catch (LoopClosedError closed) {
      // abandoned meanwhile, or by a clock that has failed here
    } catch (Throwable failure) {
      abandon(failure);
    }
    if (holder) {
      dropAll();
    }
  }

  private void passOn(Entry entry) {
    LoopThread parked = Entry.parkedOn(entry);
    if (parked != null) {
      parked.give(entry);
    } else if (toDriver(entry) != null) {
      // No thread can be had. The caller's is parked, as all are while the loop is idle, and has a
      // stack.
      Objects.requireNonNull(caller).give(entry);
    }
  }

  /**
   * Gives the baton and the entry to a thread with an empty stack; returns why if none can be had: an overflow if there
   * is too little stack left here to start one.
   */
  @Nullable
  Throwable toDriver(Entry entry) {
    LoopThread waiting = spare;
    if (waiting != null) {
      spare = null;
      waiting.give(entry);
      return null;
    }
    try {
      StackReserve.touchForThread();
    } catch (StackOverflowError overflow) {
      return overflow;
    }
    drivers.incrementAndGet();
    LoopThread driver = LoopThread.driver(this, entry);
    try {
      settings.drivers().start(driver);
      return null;
    } catch (Throwable failure) {
      if (!driver.callOff()) {
        log("the thread factory of " + this + " threw when it had started a thread", failure);
        return null; // it runs all the same
      }
      drivers.decrementAndGet();
      return failure;
    }
  }

  /** Before the grant, so that who finds nobody granted the baton, and no holder, can look once more. */
  void grantsTo(LoopThread loopThread) {
    GRANTEE.setRelease(this, loopThread);
  }

  /**
   * Makes {@code thread} the holder if nobody holds the baton now: the loop is idle, or it was granted to a thread that
   * has not taken it. What that was to run comes next.
   */
  boolean seizeFor(LoopThread thread) {
    if (swapHead(IDLE, null)) {
      thread.hold();
      return true;
    }
    LoopThread other = grantee;
    if (other == null || other == thread) {
      return false;
    }
    Entry entry = other.revoke();
    if (entry == null) {
      return false;
    }
    thread.hold();
    if (Entry.parkedOn(entry) == null) {
      if (!other.hasBegun()) {
        drivers.decrementAndGet();
      } else if (!other.isCaller()) {
        spare = other;
      }
    }
    ready.putBack(entry);
    return true;
  }

  /** Keeps a driver that is about to park, if there is none yet. Before it lets go of the baton. */
  boolean offerSpare(LoopThread driver) {
    if (spare != null) {
      return false;
    }
    spare = driver;
    return true;
  }

  void withdrawSpare() {
    spare = null;
  }

  /** A pool of threads counts as one driver. */
  void poolStarted() {
    drivers.incrementAndGet();
  }

  /** A driver's last act. */
  void driverEnded() {
    if (drivers.decrementAndGet() == 0) {
      LockSupport.unpark(closingThread);
    }
  }

  boolean taken() {
    return holder.compareAndSet(null, Thread.currentThread()) || isAbandoned();
  }

  boolean released() {
    return holder.compareAndSet(Thread.currentThread(), null) || isAbandoned();
  }

  ReadyQueue ready() {
    return ready;
  }

  boolean isDebug() {
    return settings.debug();
  }

  boolean compilesBodies() {
    return settings.compiledBodies();
  }

  /** In virtual time nobody waits for a thread that comes late. */
  boolean warnsOfLateThreads() {
    return settings.debug() && clock instanceof SystemClock;
  }

  @Nullable
  ClassLoader loader() {
    return loader;
  }

  // ---- tasks, by the holder

  <T extends @Nullable Object> Task<T> newTask(Frame frame, @Nullable String taskName) {
    StackReserve.touch();
    var task = new Task<T>(this, frame, taskName, TaskContext.copyOrNull());
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
   */
  List<AsyncFuture<?>> futuresOf(List<Awaitable<?>> awaitables, String purpose) {
    for (Awaitable<?> awaitable : awaitables) {
      Objects.requireNonNull(awaitable, "an awaitable to " + purpose + " must not be null");
      if (awaitable instanceof Coroutine<?> coroutine) {
        coroutine.requireFresh();
      }
    }
    var futures = new IdentityHashMap<Awaitable<?>, AsyncFuture<?>>();
    for (Awaitable<?> awaitable : awaitables) {
      futures.computeIfAbsent(awaitable, this::futureOf);
    }
    return awaitables.stream().<AsyncFuture<?>>map(futures::get).toList();
  }

  <T extends @Nullable Object> Task<T> newTaskWith(TaskOptions options, Frame frame) {
    if (options.eagerStart) {
      StackReserve.touchForThread();
    } else {
      StackReserve.touch();
    }
    TaskContext context = options.context != null ? options.context : TaskContext.copyOrNull();
    var task = new Task<T>(this, frame, options.name, context);
    if (options.eagerStart) {
      startEagerly(task);
    } else {
      add(task);
    }
    return task;
  }

  private void startEagerly(Task<?> task) {
    register(task);
    try {
      Objects.requireNonNull(LoopThread.current()).startEagerly(task);
    } catch (Throwable failure) {
      if (task.state == Task.State.NEW) {
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
      if (loop.closing && !whileClosing) {
        task.cancel("closing");
      }
    }

    @Override
    void dropped() {
      task.abandon(loop.closedError());
    }
  }

  void finished(Task<?> task) {
    tasks.remove(task);
    wakeCloserIfDrained();
  }

  /** Lets a task that has ended be done. */
  void publish(Task.End<?> end) {
    if (end.task() == background) {
      backgroundEnd = end;
    } else {
      end.publish();
    }
  }

  /** Lets the main of a loop in the background be done. */
  void publishMain() {
    Task.End<?> end = backgroundEnd;
    if (end != null) {
      backgroundEnd = null;
      end.publish();
    }
  }

  private boolean isDrained() {
    return tasks.count() == 0 && calls.isEmpty();
  }

  private void wakeCloserIfDrained() {
    AsyncFuture<@Nullable Void> closer = drained;
    if (closer != null && isDrained()) {
      closer.settle(null, null);
    }
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

  @SuppressWarnings("NonAtomicVolatileUpdate") // only the holder writes
  void callStarted(ThreadCall<?> call) {
    outsideWork++;
    calls.add(call);
  }

  void callEnded(ThreadCall<?> call) {
    calls.remove(call);
    wakeCloserIfDrained();
  }

  /** The calls of toThread that are in flight, in the order in which they were started; by any thread. */
  List<ThreadCall<?>> calls() {
    return List.of(calls.toArray(new ThreadCall<?>[0]));
  }

  Held.Books held() {
    return held;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // only the holder writes
  void stageStarted() {
    outsideWork++;
    stagesInFlight++;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // only the holder writes
  void stageEnded() {
    stagesInFlight--;
  }

  // ---- time

  Timers timers() {
    return timers;
  }

  long origin() {
    return origin;
  }

  /** The clock's time. A clock that throws closes the loop, whoever asks. */
  long now() {
    try {
      return clock.now();
    } catch (Throwable failure) {
      throw brokenClock(failure);
    }
  }

  /**
   * Asks the clock for an alarm. A clock goes deeper than the kernel, and an executor that overflows might lose other
   * alarms, so the stack is touched before; an overflow says nothing about the clock.
   *
   * @return cancels it, if there is stack left for that; it may ring for nothing
   */
  Runnable wakeAt(long deadline, Runnable alarm) {
    StackReserve.touchForThread();
    Runnable cancel;
    try {
      cancel = clock.wakeAt(deadline, alarm);
    } catch (StackOverflowError overflow) {
      throw overflow;
    } catch (Throwable failure) {
      throw brokenClock(failure);
    }
    return () -> {
      try {
        StackReserve.touchForThread();
        cancel.run();
      } catch (StackOverflowError overflow) {
        debug("an alarm of " + this + " rings for nothing: no stack was left", overflow);
      } catch (Throwable failure) {
        log("an alarm of " + this + " could not be cancelled, and rings for nothing", failure);
      }
    };
  }

  /** Posts what a thread of the clock's brings. */
  void postFromClock(Message message) {
    if (settings.callUserCode()) {
      offClock(() -> post(message));
    } else {
      post(message);
    }
  }

  /** Does what a thread of the clock's has come for; the one of the shared clock must not be held up by it. */
  void offClock(Runnable work) {
    if (clock == SystemClock.SHARED) {
      Threads.background(work);
    } else {
      work.run();
    }
  }

  private LoopClosedError brokenClock(Throwable failure) {
    abandon(failure);
    return closedError();
  }

  long deadlineIn(Duration delay) {
    return now() + nanos(delay);
  }

  /** Half of the range, some 146 years, is for ever; deadlines must compare by difference. */
  static long nanos(Duration delay) {
    long most = Long.MAX_VALUE / 2;
    Objects.requireNonNull(delay, "delay must not be null");
    if (delay.isNegative()) {
      return 0;
    }
    return delay.compareTo(Duration.ofNanos(most)) >= 0 ? most : delay.toNanos();
  }

  // ---- a runner's life of the loop

  <T extends @Nullable Object> Task<T> newMain(Frame frame, @Nullable TaskContext context) {
    refuseIfClosed("run()");
    return new Task<T>(this, frame, null, context);
  }

  /** Makes ready a main, after what was ready before. */
  void addMain(Task<?> main) {
    drain();
    add(main);
  }

  static <T extends @Nullable Object> Task<T> startInBackground(Coroutine<T> coroutine) {
    Frame frame = coroutine.begin();
    EventLoop parent = currentOrNull();
    var loop = new EventLoop(parent == null ? Settings.DEFAULT : parent.settings.withoutName());
    Task<T> main = loop.newMain(frame, TaskContext.copyOrNull());
    loop.background = main;
    try {
      Threads.background(() -> Threads.runWith(loop.loader, () -> loop.runInBackground(main)));
    } catch (Throwable failure) {
      loop.abandon(failure);
      loop.afterClosing();
      throw failure;
    }
    return main;
  }

  /** What these throw means that the loop was abandoned, and has been logged. */
  private void runInBackground(Task<?> main) {
    try {
      runMain(main);
    } catch (Throwable failure) {
      // see above
    }
    try {
      close();
    } catch (Throwable failure) {
      // see above
    } finally {
      publishMain(); // if the clock or a handler has failed
    }
  }

  /** Runs {@code main} to its end on the calling thread, which holds the baton before and after. */
  void runMain(Task<?> main) {
    LoopThread loopThread = LoopThread.enter(this);
    caller = loopThread;
    try {
      loopThread.runMain(main);
      loopThread.awaitLastCycle();
    } catch (Throwable failure) {
      abandon(failure);
    } finally {
      loopThread.leave();
    }
    throwIfAbandoned();
  }

  /** Cancels and awaits what is left, and closes; by the thread that holds the baton, once. */
  void close() {
    try {
      if (!isClosed()) {
        closeOpen();
        throwIfAbandoned();
      }
    } finally {
      afterClosing();
    }
  }

  private void afterClosing() {
    Unretrieved.reportCollected();
    Unretrieved.reportLeftBy(this, background);
    held.report(this);
    if (settings.debug()) {
      Debug.closed();
    }
    if (!settings.compiledBodies()) {
      Bodies.refusingLoopClosed();
    }
    callThreads.close();
    timers.cancelAlarm();
    publishMain(); // before the clock forgets this loop, which may have to wake another one
    try {
      clock.closed(this);
    } catch (Throwable failure) {
      if (!isAbandoned()) {
        throw failure;
      }
      log("the clock of " + this + " failed when that had closed", failure);
    }
  }

  private void closeOpen() {
    LoopThread loopThread = LoopThread.enter(this);
    caller = loopThread;
    try {
      loopThread.keepInterrupt(); // one that main had already, or nobody was there to take
      drain(); // submitted before; now among the tasks
      closing = true;
      try (var watch = new ClosingWatch(this, settings)) {
        watch.cancelLeftovers();
        runUntilDrained(loopThread, watch);
      }
      callThreads.close();
      loopThread.awaitEndOf(drivers);
      timers.clear();
    } catch (Throwable failure) {
      abandon(failure);
    } finally {
      loopThread.leave();
    }
  }

  private void runUntilDrained(LoopThread loopThread, ClosingWatch watch) {
    while (!isAbandoned()) {
      if (!isDrained()) {
        watch.arm();
        drained = new AsyncFuture<>(this);
        var wait = new Task<>(this, new FutureFrame(drained), "closing", null);
        loopThread.runToEnd(wait);
        if (wait.isCompletedExceptionally()) {
          throw Async.sneaky(wait.failure()); // there is too little stack left to wait on
        }
        continue;
      }
      Entry entry = next();
      if (entry instanceof Callback callback) {
        watch.arm();
        loopThread.runHere(callback);
      } else if (entry != null) {
        ready.putBack(entry); // a task that came in meanwhile; it keeps the loop open
      } else if (swapHead(null, CLOSED)) {
        closingThread = Thread.currentThread();
        LoopThread waiting = spare;
        if (waiting != null) {
          spare = null;
          waiting.exit();
        }
        return;
      }
    }
  }

  /** Reports a failure that nobody may be left to see. */
  void reportIfLost(Task<?> task, Throwable failure) {
    boolean ownEnd = failure instanceof CancellationException || failure instanceof LoopClosedError;
    boolean fatal = failure instanceof VirtualMachineError;
    if (fatal || (closing && !ownEnd && task != background)) {
      task.retrieve();
      try {
        report(
            (fatal ? "fatal error in " : "unhandled exception while closing, in ") + task, failure);
      } catch (StackOverflowError unlogged) {
        // the stack that the task could not start on is too full to say so
      }
    }
  }

  /** Tells of what a body throws when its loop was abandoned, and its future has failed with that. */
  void reportTooLate(Task<?> task, @Nullable LoopThread loopThread, Throwable failure) {
    if (failure instanceof LoopClosedError || failure instanceof CancellationException) {
      return;
    }
    if (loopThread == caller && abandonedBecause instanceof AbandonedTasksException thrownByRun) {
      LaterFailures.add(
          "the failure of main",
          List.of(failure),
          thrownByRun,
          task,
          task,
          KnownFailure.additions());
    } else {
      report("exception in " + task.title() + ", whose loop was abandoned", failure);
    }
  }

  // ---- failure

  /** Tells the exception handler what has nowhere else to go. */
  void report(String what, @Nullable Throwable failure) {
    report(what, failure, null);
  }

  /** Tells it, and where that was made which it is about. */
  void report(String what, @Nullable Throwable failure, @Nullable Throwable creation) {
    LoopExceptionHandler handler = settings.exceptionHandler();
    if (handler != null) {
      try {
        handler.handle(new ExceptionContext(this, what, failure, creation));
        return;
      } catch (Throwable broken) {
        log("the exception handler " + Ask.text(handler) + " failed", broken);
      }
    }
    log(what + " (loop " + name + ")", failure != null ? failure : creation);
  }

  /** Logs, and does not let a logger that fails harm the loop; it may fail for the exception that it is to show. */
  static void log(String what, @Nullable Throwable failure) {
    try {
      LOG.error(what, failure);
    } catch (Throwable unlogged) {
      if (failure != null) {
        log(what + "; it cannot be shown whole: " + Ask.text(failure), null);
      }
    }
  }

  static void debug(String what, Throwable failure) {
    try {
      LOG.debug(what, failure);
    } catch (Throwable unlogged) {
      // it was no news
    }
  }

  static void warn(String message) {
    try {
      LOG.warn(message);
    } catch (Throwable unlogged) {
      // there is nobody left to tell
    }
  }

  private static void dropped(@Nullable Message inbox) {
    for (Message m = Message.reversed(inbox); m != null; ) {
      Message next = m.next;
      m.next = null;
      m.dropped();
      m = next;
    }
  }

  boolean isAbandoned() {
    return abandonedBecause != null;
  }

  void checkOpen() {
    if (isClosed()) {
      throw closedError();
    }
  }

  LoopClosedError closedError() {
    return new LoopClosedError(
        "loop " + name + " was closed while this task was alive; let this error end it",
        abandonedBecause);
  }

  /** Closes the loop as the limit of closing does. */
  void abandonForInterrupt() {
    if (isClosed()) {
      return;
    }
    String when = "still alive when the thread that runs loop " + name
        + " was interrupted for the second time";
    ClosingWatch.reportAlive(this, when);
    abandon(AbandonedTasksException.of(this, when));
  }

  /** Throws once, since {@code run} and {@code close} may meet in one try statement. */
  private void throwIfAbandoned() {
    Throwable cause = abandonedBecause;
    if (cause != null && !abandonmentThrown) {
      abandonmentThrown = true;
      throw Async.sneaky(cause);
    }
  }

  /**
   * Closes the loop at once, whoever holds the baton, because of something that must not happen or has lasted
   * too long. Its tasks fail, threads parked for them wake up and throw, and so does run.
   *
   * <p>A thread that parks meanwhile is not missed: it has told {@link Task#loopThread}, {@link #spare} or {@link #ready}
   * where it is before it looks at {@link #abandonedBecause}, which is written before they are read here.
   * So is {@link Task#inQueue} by a task that begins to wait for a primitive.
   *
   * <p>Nothing that was accepted is left waiting. Whoever takes the head takes the inbox with it, and drops that. What is
   * ready, and the timers, are the holder's: it drops them when it next looks for something to run, or this does if
   * there was no holder.
   */
  void abandon(Throwable cause) {
    boolean first;
    synchronized (tasks) {
      first = abandonedBecause == null && !isClosed();
      if (first) {
        abandonedBecause = cause;
      }
    }
    if (!first && (swept || !isAbandoned())) {
      if (!(cause instanceof LoopClosedError)) {
        report("failure in a loop that is closed already", cause);
      }
      return;
    }
    Message inbox = (Message) HEAD.getAndSet(this, CLOSED);
    log("loop " + name + " is abandoned", cause);
    if (inbox == IDLE) {
      dropAll(); // nobody else holds the baton, or ever will
    } else {
      dropped(inbox);
      if (isHeldHere()) {
        dropIfHeldHere();
      }
    }
    for (Task<?> task : tasks()) {
      LoopThread loopThread = task.loopThread;
      task.abandon(closedError());
      Waiter waiter = task.inQueue;
      if (waiter != null) {
        waiter.abandoned();
      }
      if (loopThread != null) {
        loopThread.unpark();
      }
    }
    ready.unparkReturns();
    LoopThread waiting = spare;
    if (waiting != null) {
      waiting.unpark();
    }
    LoopThread calling = caller;
    if (calling != null) {
      calling.unpark();
    }
    swept = true;
  }
}
