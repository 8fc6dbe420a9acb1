package dev.asyncawait;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A coroutine that runs on a loop, beside other tasks, and the future of its result.
 *
 * <pre>{@code
 * Task<String> fetch = createTask(fetchData()); // begins when this task next waits
 * prepare();
 * String data = await(fetch);
 * }</pre>
 *
 * <p>It runs until its body returns or throws, and gives way to other tasks only where it awaits something that
 * is not done. Two tasks of one loop never run at the same instant.
 *
 * <p><b>Cancellation.</b> {@link #cancel(String)} is a request, and this is where a task differs from other
 * {@code CompletableFuture}s: the body gets a {@link CancellationException} at its {@code await}, runs its
 * cleanup, and only then the task is done. A task is cancelled if such an exception left its body.
 *
 * <p><b>Threads.</b> All methods may be called from any thread. Which thread the body runs on is not promised;
 * dependent stages run on the loop, between tasks.
 *
 * <p><b>Pitfall.</b> A task completes only by its body: the methods that complete a {@code CompletableFuture} by
 * hand are refused.
 *
 * @param <T> the type of the result
 * @see Async#createTask(Coroutine)
 * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.Task">asyncio.Task</a>
 * @since 0.1
 */
public final class Task<T extends @Nullable Object> extends AsyncFuture<T> implements ReadyEntry {

  /** What a task awaits when it only lets the others have a turn: it is never completed, and goes on at the next turn. It is its own outcome. */
  static final AsyncFuture<?> YIELD = new AsyncFuture<>(null, null);

  private static final AtomicInteger COUNT = new AtomicInteger();

  private static final VarHandle LOOP_THREAD;
  private static final VarHandle AWAITING;

  static {
    try {
      LOOP_THREAD =
          MethodHandles.lookup().findVarHandle(Task.class, "loopThread", LoopThread.class);
      AWAITING = MethodHandles.lookup().findVarHandle(Task.class, "awaiting", AsyncFuture.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /*
   * Only the baton's holder changes the state, so all that a step does is there for the next one.
   *
   *   NEW        made; its entry is ready                     to RUNNING in step(), to DONE if it cannot begin
   *   RUNNING    in a step, on the thread in loopThread       to SUSPENDED or QUEUED in suspend(), to DONE in finish()
   *   SUSPENDED  it is registered with `awaiting`             to QUEUED in woken() and accept(), to RUNNING if the future
   *                                                           was done or the stack cannot be left
   *   QUEUED     its entry is ready again                     to RUNNING in resumption()
   *   DONE       the body has ended; End publishes the outcome, after which isDone() says so to everybody
   *
   * It is a number, since to store a reference in an object that has become old costs a memory fence with G1, and this
   * changes four times a switch.
   */
  static final int NEW = 0;

  private static final int RUNNING = 1;
  private static final int SUSPENDED = 2;
  private static final int QUEUED = 3;
  private static final int DONE = 4;

  final EventLoop loop;

  /** Whose work this is; null if no task has made it. */
  @Nullable
  Family family;

  /** The tasks that this one has made, if it has. */
  @Nullable
  Family made;

  /** Null once this is done: then it keeps nothing of what its body held. */
  private @Nullable Frame frame;

  private volatile @Nullable String name;

  /** Names the task if nobody else did; unsigned. */
  private final int number;

  // by TaskList

  TaskList.@Nullable Block block;
  int place;

  // only by the baton's holder; others look too, for toString and the like, and may be late

  int state = NEW;

  /** Made when something is set; most tasks have none. */
  @Nullable
  TaskContext context;

  /** What the innermost frame waits for, left here by {@link #awaitNext}. */
  @Nullable
  AsyncFuture<?> awaiting;

  /** The thread that has frames of this task on its stack, if one has; any thread may look. */
  volatile @Nullable LoopThread loopThread;

  /** Null as long as nobody has asked this to end, and no cleanup has begun; any thread may look. */
  private volatile @Nullable CancelAccount cancels;

  /**
   * Makes one that is not ready yet.
   *
   * @param maker the task in which it is made
   */
  Task(
      EventLoop loop,
      Frame frame,
      @Nullable String name,
      @Nullable TaskContext context,
      @Nullable Task<?> maker) {
    super(loop);
    this.context = context;
    this.loop = loop;
    this.frame = frame;
    this.name = name;
    this.number = name == null ? COUNT.incrementAndGet() : 0;
    this.family = maker == null ? null : maker.familyMade();
  }

  Family familyMade() {
    Family family = made;
    if (family == null) {
      family = Family.ofMaker();
      made = family;
    }
    return family;
  }

  /**
   * Returns the task that runs here, if one does.
   *
   * <p>May be called from any thread.
   *
   * @return the current task, or null outside a coroutine
   * @see Async#currentTask()
   */
  public static @Nullable Task<?> currentOrNull() {
    LoopThread loopThread = LoopThread.current();
    return loopThread == null ? null : loopThread.task();
  }

  /**
   * Returns this task's name.
   *
   * @return the name it was created with, {@code Task-1} and so on without one
   */
  public String getName() {
    String given = name;
    return given != null ? given : "Task-" + Integer.toUnsignedString(number);
  }

  /**
   * Renames this task, for logs and messages.
   *
   * @param name the new name
   */
  public void setName(String name) {
    this.name = Objects.requireNonNull(name, "name must not be null");
  }

  // ---- what it is doing

  /**
   * Returns the stack of this task: where it is, or where it awaits.
   *
   * <p>A snapshot; may be called from any thread. Above the frames of the body are those of {@link Async#await await},
   * and of whatever the thread runs for the loop meanwhile; below are those of the library, and of the caller of
   * {@code run} if this is its coroutine.
   *
   * @return the frames, the innermost first; empty if the body is on no stack, since it has not begun, is done, or is
   *     an operation of the library such as {@code sleep} alone
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.Task.get_stack">Task.get_stack</a>
   */
  public StackTraceElement[] getStackTrace() {
    LoopThread runner = loopThread;
    var places = new ArrayList<StackTraceElement>();
    if (runner != null) {
      runner.addStackTrace(places);
    } else {
      Frame suspended = frame;
      if (suspended != null && state != NEW) {
        suspended.addPlaces(places);
      }
    }
    return places.toArray(new StackTraceElement[0]);
  }

  /**
   * Returns the tasks without which this one cannot go on: the task that it awaits, those of a {@code gather} or a
   * group that have not ended, whoever holds the lock or the permits that it waits for.
   *
   * <p>A snapshot; exact while the loops of all of these are idle. May be called from any thread.
   *
   * <pre>{@code
   * for (Task<?> task : allTasks()) {
   *   log.info("{} waits for {}", task, task.waitsFor());
   * }
   * }</pre>
   *
   * @return a new set; empty if this is not suspended, or waits for something else, such as a timer or an event
   * @see <a href="https://docs.python.org/3/library/asyncio-graph.html">Call graph introspection in asyncio</a>
   */
  public Set<Task<?>> waitsFor() {
    var blockers = new LinkedHashSet<Task<?>>();
    AsyncFuture<?> awaited = awaiting;
    if (awaited != null) {
      awaited.addBlockers(blockers);
    }
    return blockers;
  }

  @Override
  boolean isWorkOf(@Nullable Task<?> reader) {
    return family != null && family.includes(reader);
  }

  @Override
  void addBlockers(Set<Task<?>> blockers) {
    if (!isDone()) {
      blockers.add(this);
    }
  }

  // ---- cancellation

  /**
   * Requests cancellation: {@link #cancel(String)} without a reason.
   *
   * <p>Unlike {@link java.util.concurrent.CompletableFuture#cancel}, it does not complete the task.
   *
   * @param mayInterruptIfRunning whether to interrupt the thread as well, if the body is blocked in a call of
   *     its own rather than in {@code await}
   * @return true if cancellation was requested, false if the task was done
   */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean requested = cancel(null);
    LoopThread runner = loopThread;
    if (requested && mayInterruptIfRunning && runner != null && cleanup() == null) {
      runner.interrupt(this);
    }
    return requested;
  }

  /**
   * Requests that this task be cancelled.
   *
   * <p>If it is suspended, what it awaits is cancelled and the body gets a {@link CancellationException}
   * from its {@code await}; if it awaits another task, that one gets the request first. If it is running or
   * about to run, it gets the exception when it next suspends. If it has not begun, it never will.
   *
   * <p>Each request counts, see {@link #cancelling()}. A body may catch the exception and go on; then the
   * task is not cancelled.
   *
   * <p>On the task's own loop it acts at once. From another thread it is carried out as an entry of the loop.
   *
   * @param reason the message of the exception, or null
   * @return true if cancellation was requested, false if the task was done
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.Task.cancel">Task.cancel</a>
   */
  @Override
  public boolean cancel(@Nullable String reason) {
    if (isDone()) {
      retrieve();
      return false;
    }
    if (loop.isHeldByCurrentThread()) {
      requestCancel(reason);
      return true;
    }
    String requester = CancelInfo.caller();
    return loop.post(new Callback(loop, () -> {
      boolean unused = new CancelRequest(loop, reason, requester, null).deliver(this);
    }));
  }

  private void requestCancel(@Nullable String why) {
    boolean unused = new CancelRequest(loop, why).deliver(this);
  }

  /**
   * A request that a block of this task makes for the work within it.
   *
   * @param around the innermost cleanup when the block was entered; one that began inside is not disturbed
   */
  void cancelWithin(@Nullable CleanupFrame around, @Nullable String why) {
    if (around == cleanup()) {
      boolean unused = new CancelRequest(loop, why).deliverWithin(this);
    } else {
      account().cleanupWithin(around).hold(new CancelRequest(loop, why));
    }
  }

  /** The request goes on to what the task awaits; if it is of no use there, the task itself gets it. */
  @Override
  boolean receiveCancel(CancelRequest request) {
    if (loop != request.loop) {
      return !isDone() && request.crossTo(this);
    }
    if (state == DONE) {
      if (request.cameThrough() != null) {
        loop.lifecycle()
            .publishMain(); // whoever waits for it is cancelled, and is not woken by anything else
      }
      return false;
    }
    if (cleanup() != null) {
      account().cleanupWithin(null).hold(request);
      return true;
    }
    return accept(request);
  }

  boolean accept(CancelRequest request) {
    boolean suspended = state == SUSPENDED;
    if (account().accept(request, suspended)) {
      request.visit(new CancelVisit());
    } else if (suspended) {
      queue(); // the request came back to it, and nothing else would ever wake the ring
    }
    return true;
  }

  private final class CancelVisit extends CancelRequest.Visit {
    private boolean asked;

    @Override
    @Nullable
    AsyncFuture<?> next(boolean accepted) {
      if (!asked) {
        asked = true;
        return awaiting;
      }
      account().cameBack(accepted);
      return null;
    }

    @Override
    boolean accepted() {
      return true;
    }

    @Override
    Task<?> task() {
      return Task.this;
    }
  }

  /** By the holder. */
  private CancelAccount account() {
    CancelAccount own = cancels;
    if (own == null) {
      own = new CancelAccount(this);
      cancels = own;
    }
    return own;
  }

  /**
   * Returns how many cancel requests are outstanding.
   *
   * <p>Zero in a body that caught a {@link CancellationException} means that not this task but something it
   * awaited was cancelled.
   *
   * @return requests made less {@link #uncancel()} calls
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.Task.cancelling">
   *     Task.cancelling</a>
   */
  public int cancelling() {
    CancelAccount own = cancels;
    return own == null ? 0 : own.requests();
  }

  /**
   * Takes back one cancel request; what a construct does that made the request itself and dealt with it.
   *
   * <p>When none is left, a request that was not delivered yet will not be.
   *
   * @return how many requests are left
   * @throws IllegalStateException if not called on the task's own loop
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.Task.uncancel">
   *     Task.uncancel</a>
   */
  public int uncancel() {
    if (!loop.isRunningHere()) {
      throw new IllegalStateException("uncancel() on " + this
          + " must be called on its own loop; use " + "EventLoop.execute to get there");
    }
    CancelAccount own = cancels;
    return own == null ? 0 : own.uncancel();
  }

  /**
   * Returns who asked last that this task end, when, and why.
   *
   * <p>May be called from any thread.
   *
   * @return the latest request; null if there was none, or all were {@linkplain #uncancel taken back}
   */
  public @Nullable CancelInfo cancelInfo() {
    CancelAccount own = cancels;
    return own == null ? null : own.info();
  }

  // by the holder, if not said otherwise

  /** The message of the latest request. */
  @Nullable
  String cancelReason() {
    CancelAccount own = cancels;
    return own == null ? null : own.reason();
  }

  /** Whether a cancellation is still to be delivered. */
  boolean isCancelPending() {
    CancelAccount own = cancels;
    return own != null && own.isPending();
  }

  boolean cancelSeen() {
    CancelAccount own = cancels;
    return own != null && own.isSeen();
  }

  int cancelDeliveries() {
    CancelAccount own = cancels;
    return own == null ? 0 : own.deliveries();
  }

  /** There is no cancellation to be delivered, and none to be accounted for unless {@code seen}. */
  void forgetCancel(boolean seen) {
    account().forget(seen);
  }

  /** The innermost cleanup that runs; any thread may look. */
  @Nullable
  CleanupFrame cleanup() {
    CancelAccount own = cancels;
    return own == null ? null : own.cleanup();
  }

  void enterCleanup(CleanupFrame block) {
    account().enterCleanup(block);
  }

  void leaveCleanup(CleanupFrame block) {
    account().leaveCleanup(block);
  }

  /** Warns that {@code swallower} caught a cancellation of this task and went on as if nothing were. */
  void swallowed(Object swallower) {
    account().swallowed();
    Reports.warn(this + " was cancelled, but " + swallower
        + " swallowed the CancellationException; rethrow it, or call uncancel()");
  }

  // ---- blocks, by the holder

  /** The innermost block around what this does, or around the group whose child this is. */
  @Nullable
  ScopeNode scope() {
    CancelAccount own = cancels;
    return own == null ? scopeMadeIn() : own.innermost();
  }

  @Nullable
  ScopeNode scopeMadeIn() {
    return family == null ? null : family.scope();
  }

  ScopeNode enterScope(ScopeNode.Kind kind) {
    return account().enter(kind);
  }

  void leaveScope(ScopeNode node) {
    account().leave(node);
  }

  @Override
  boolean wasAsked() {
    return cancelling() > 0;
  }

  private @Nullable CancellationException takeCancel() {
    CancelAccount own = cancels;
    return own == null ? null : own.take();
  }

  // ---- steps, by the holder

  /**
   * Notes which thread has frames of this task on its stack; null if none has any more.
   *
   * <p>Released and not volatile, since this is written twice a step. A thread that parks has granted the baton or let go of
   * the head in between, which is as good a fence.
   */
  void setLoopThread(@Nullable LoopThread thread) {
    LOOP_THREAD.setRelease(this, thread);
  }

  /** Makes sure that there is stack left to suspend, before anything is changed. */
  void reserveStack() {
    LoopThread runner = loopThread;
    if (runner != null) {
      runner.reserveStack();
    }
  }

  /** Gives the outcome of {@code future} if it is done, else leaves word that the task waits for it. */
  @Nullable
  Object await(AsyncFuture<?> future) throws Throwable {
    if (future == this) {
      throw new IllegalStateException(
          this + " awaits itself, so it would never end; await another task");
    }
    if (future.isDone()) {
      return future.outcome();
    }
    reserveStack();
    return awaitNext(future);
  }

  /** Leaves word that the task waits for {@code future} next. */
  Object awaitNext(AsyncFuture<?> future) {
    awaiting = future;
    return Frame.SUSPENDED;
  }

  /** Leaves word that the task waits in a queue, so that whoever abandons the loop from now on finds it there. */
  Object awaitInQueue(Waiter waiter) {
    AWAITING.setVolatile(this, waiter);
    return Frame.SUSPENDED;
  }

  /** The place in a queue where the task waits, if it does; any thread may look. */
  @Nullable
  Waiter placeInQueue() {
    return AWAITING.getVolatile(this) instanceof Waiter waiter ? waiter : null;
  }

  /** Suspends on what {@link #awaiting} names; false if it is done, and there is nothing to wait for. */
  boolean suspend() {
    AsyncFuture<?> future = Objects.requireNonNull(awaiting);
    CancelAccount own = cancels;
    if (own == null && ScopeNode.cancelledOf(scopeMadeIn()) != null) {
      own = account();
    }
    if (own == null ? future == YIELD : own.comesBefore(future)) {
      queue();
      return true;
    }
    state = SUSPENDED;
    if (future.register(this)) {
      return true;
    }
    state = RUNNING;
    return false;
  }

  /** Takes back a suspension on a stack that cannot be put aside: the body goes on, and hears of that. */
  void unsuspend() {
    AsyncFuture<?> awaited = Objects.requireNonNull(awaiting);
    if (state == QUEUED) {
      loop.ready().withdraw(this);
    }
    state = RUNNING;
    awaiting = null;
    CancelAccount own = cancels;
    if (own != null) {
      own.unsuspendedFrom(awaited);
    }
  }

  private void queue() {
    state = QUEUED;
    loop.enqueue(this);
  }

  /** By whoever has completed {@code future}, on which this waits or has waited. */
  void wakeUp(AsyncFuture<?> future) {
    if (loop.isHeldByCurrentThread()) {
      woken(future);
    } else {
      loop.post(wakeUpBy(future));
    }
  }

  /** Tells this, on its loop, that {@code future} is done. */
  Message wakeUpBy(AsyncFuture<?> future) {
    return new Message(loop) {
      @Override
      void deliver() {
        woken(future);
      }
    };
  }

  /** It may have gone on meanwhile, since its cancellation was requested, and may even wait for something else. */
  private void woken(AsyncFuture<?> future) {
    if (awaiting == future && state == SUSPENDED) {
      queue();
    }
  }

  /** What the task goes on with after it was suspended: the outcome of what it awaited, or its cancellation. */
  @Nullable
  Object resumption() throws Throwable {
    state = RUNNING;
    AsyncFuture<?> awaited = Objects.requireNonNull(awaiting);
    awaiting = null;
    CancelAccount own = cancels;
    if (own != null) {
      CancellationException cancellation = own.resumedAfter(awaited);
      if (cancellation != null) {
        throw cancellation;
      }
    }
    assert awaited == YIELD || awaited.isDone() : "woken by nothing";
    return awaited == YIELD ? YIELD : awaited.outcome();
  }

  /** Runs on from the beginning or from where the task was suspended; SUSPENDED if it needs no stack. */
  @Nullable
  Object step() throws Throwable {
    if (state != NEW) {
      return go();
    }
    state = RUNNING;
    CancellationException cancellation = takeCancel();
    if (cancellation != null && !frame().outlivesCancellation()) {
      frame().dropped();
      throw cancellation;
    }
    return frame().resume(this, null, cancellation);
  }

  private @Nullable Object go() throws Throwable {
    Frame suspended = frame();
    Object value;
    try {
      value = resumption();
    } catch (Throwable error) {
      return suspended.resume(this, null, error);
    }
    return suspended.resume(this, value, null);
  }

  boolean isCompiled() {
    Frame current = frame;
    return current != null && current.isCompiled();
  }

  /** Whoever abandons the loop may have taken it away from the task that is just about to go on. */
  Frame frame() {
    Frame current = frame;
    if (current == null) {
      throw loop.closedError();
    }
    return current;
  }

  @SuppressWarnings("unchecked")
  void finish(@Nullable Object value, @Nullable Throwable error) {
    Throwable failure = error;
    if (error == null) {
      if (cancelSeen() && !isCancelPending()) {
        swallowed(frame());
      }
      failure = takeCancel();
    } else if (error instanceof CancellationException && isTimedOut()) {
      failure = new TimeoutException();
      failure.addSuppressed(error);
    }
    LoopThread ranOn = loopThread;
    leaveLoop();
    loop.lifecycle().publish(new End<>(this, ranOn, (T) value, failure));
  }

  private boolean isTimedOut() {
    CancelAccount own = cancels;
    return own != null && own.isTimedOut();
  }

  /** Ends a task that could not begin, and that nobody has; who wanted to make it gets the failure. */
  void refuse(Throwable failure) {
    leaveLoop();
    retrieve();
    settle(null, failure);
  }

  private void leaveLoop() {
    state = DONE;
    frame = null;
    context = null;
    setLoopThread(null);
    awaiting = null;
    loop.finished(this);
  }

  /** How a task has ended, until the future that it is says so. */
  record End<T extends @Nullable Object>(
      Task<T> task,
      @Nullable LoopThread ranOn,
      @Nullable T value,
      @Nullable Throwable failure) {
    void publish() {
      EventLoop loop = task.loop;
      boolean settled = task.settle(value, failure);
      if (!settled || failure != null) {
        Held.handBack(value, loop);
      }
      if (failure != null && settled) {
        loop.reports().ofTask(task, failure);
      } else if (failure != null) {
        loop.reports().ofTaskTooLate(task, ranOn, failure);
      }
    }
  }

  /** Fails the future of a task whose loop was abandoned; by any thread, and the body may still run. */
  void abandon(Throwable error) {
    settle(null, error);
    Frame abandoned = frame;
    if (abandoned != null && !abandoned.holdsBody()) {
      frame = null;
    }
  }

  /** Whether this has begun, is suspended, and has a body that no stack holds. By the last holder of the loop. */
  boolean isOffStack() {
    Frame suspended = frame;
    return suspended != null
        && loopThread == null
        && (state == SUSPENDED || state == QUEUED)
        && suspended.holdsBody();
  }

  // ---- the contract where it is not a CompletableFuture's

  private UnsupportedOperationException onlyByItsBody(String method) {
    return refused(method, "a task is completed by its body alone; use cancel() to stop it");
  }

  /**
   * Refused: a task is completed by its body alone.
   *
   * @throws UnsupportedOperationException always
   */
  @Override
  public boolean complete(T value) {
    throw onlyByItsBody("complete");
  }

  /**
   * Refused: a task is completed by its body alone.
   *
   * @throws UnsupportedOperationException always
   */
  @Override
  public boolean completeExceptionally(Throwable error) {
    throw onlyByItsBody("completeExceptionally");
  }

  /**
   * Refused: a task is completed by its body alone.
   *
   * @throws UnsupportedOperationException always
   */
  @Override
  public AsyncFuture<T> completeAsync(Supplier<? extends T> supplier) {
    throw onlyByItsBody("completeAsync");
  }

  /**
   * Refused: a task is completed by its body alone.
   *
   * @throws UnsupportedOperationException always
   */
  @Override
  public AsyncFuture<T> completeAsync(Supplier<? extends T> supplier, Executor executor) {
    throw onlyByItsBody("completeAsync");
  }

  /**
   * Refused: a task is completed by its body alone. To go on with a value after a time, await {@link
   * Async#waitFor waitFor} and catch its {@link AsyncTimeoutException}.
   *
   * @throws UnsupportedOperationException always
   */
  @Override
  public AsyncFuture<T> completeOnTimeout(T value, long timeout, TimeUnit unit) {
    throw refused(
        "completeOnTimeout", "a task is completed by its body alone; use waitFor() and catch");
  }

  /**
   * Requests cancellation if the task is not done in time.
   *
   * <p>A body that then ends cancelled makes the task fail with a {@link TimeoutException}; a value or an
   * error of its own counts as it is.
   *
   * @param timeout how long to wait, by the loop's clock
   * @param unit the unit of {@code timeout}
   * @return this task
   */
  @Override
  public AsyncFuture<T> orTimeout(long timeout, TimeUnit unit) {
    Objects.requireNonNull(unit, "unit must not be null");
    onTimeout(loop, timeout, unit, () -> {
      if (state != DONE) {
        account().timeOut();
        requestCancel("timed out");
      }
    });
    return this;
  }

  @Override
  EventLoop runsOn() {
    return loop;
  }

  @Override
  String noun() {
    return "task";
  }

  @Override
  String title() {
    return "task " + getName();
  }

  /**
   * Names the task, says what it does now and how often its cancellation was requested.
   *
   * <p>A snapshot, exact on the task's own loop.
   *
   * @return for example {@code Task[name=fetch, suspended on sleep(PT2S), 1 cancel request]}
   */
  @Override
  public String toString() {
    var text = new StringBuilder("Task[name=").append(getName()).append(", ");
    AsyncFuture<?> awaited = awaiting;
    switch (isDone() ? DONE : state) {
      case NEW -> text.append("not started");
      case RUNNING -> text.append("running");
      case QUEUED -> text.append("ready");
      case SUSPENDED ->
        text.append("suspended").append(awaited == null ? "" : " on " + awaited.label());
      case DONE -> text.append(isDone() ? progress() : "ended, its loop closes");
    }
    int count = cancelling();
    if (count > 0) {
      text.append(", ").append(count).append(count == 1 ? " cancel request" : " cancel requests");
    }
    return text.append(']').toString();
  }

  @Override
  String label() {
    return title();
  }
}
