package dev.asyncawait;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The steps of a {@link Task}: how its frame begins, suspends, goes on and ends. */
abstract sealed class TaskSteps<T extends @Nullable Object> extends AsyncFuture<T> permits Task {

  /** What a task awaits when it only lets the others have a turn: it is never completed, and goes on at the next turn. It is its own outcome. */
  static final AsyncFuture<?> YIELD = new AsyncFuture<>(null, null);

  private static final VarHandle LOOP_THREAD;
  private static final VarHandle AWAITING;

  static {
    try {
      LOOP_THREAD =
          MethodHandles.lookup().findVarHandle(TaskSteps.class, "loopThread", LoopThread.class);
      AWAITING =
          MethodHandles.lookup().findVarHandle(TaskSteps.class, "awaiting", AsyncFuture.class);
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
   */
  enum State {
    NEW,
    RUNNING,
    SUSPENDED,
    QUEUED,
    DONE
  }

  final EventLoop loop;

  /** Null once this is done: then it keeps nothing of what its body held. */
  private @Nullable Frame frame;

  // only by the baton's holder; others look too, for toString and the like, and may be late

  State state = State.NEW;

  /** Made when something is set; most tasks have none. */
  @Nullable
  TaskContext context;

  /** What the innermost frame waits for, left here by {@link #awaitNext}. */
  @Nullable
  AsyncFuture<?> awaiting;

  /** The thread that has frames of this task on its stack, if one has; any thread may look. */
  volatile @Nullable LoopThread loopThread;

  /** Null as long as nobody has asked this to end, and no cleanup has begun; any thread may look. */
  volatile @Nullable CancelAccount cancels;

  TaskSteps(EventLoop loop, Frame frame, @Nullable TaskContext context) {
    super(loop);
    this.loop = loop;
    this.frame = frame;
    this.context = context;
  }

  private Task<T> self() {
    return (Task<T>) this;
  }

  // ---- its cancellation, by the holder if not said otherwise

  /** By the holder. */
  final CancelAccount account() {
    CancelAccount own = cancels;
    if (own == null) {
      own = new CancelAccount(self());
      cancels = own;
    }
    return own;
  }

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
    if (future == YIELD) {
      queue();
      return true;
    }
    CancelAccount own = cancels;
    if (own != null && own.passOnTo(future) && future.isDone()) {
      queue(); // a turn passes before it is delivered, as if the future had been cancelled later
      return true;
    }
    state = State.SUSPENDED;
    if (future.register(self())) {
      return true;
    }
    state = State.RUNNING;
    return false;
  }

  /** Takes back a suspension on a stack that cannot be put aside: the body goes on, and hears of that. */
  void unsuspend() {
    AsyncFuture<?> awaited = Objects.requireNonNull(awaiting);
    if (state == State.QUEUED) {
      loop.ready().withdraw(self());
    }
    state = State.RUNNING;
    awaiting = null;
    CancelAccount own = cancels;
    if (own != null) {
      own.unsuspendedFrom(awaited);
    }
  }

  final void queue() {
    state = State.QUEUED;
    loop.enqueue(self());
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
    if (awaiting == future && state == State.SUSPENDED) {
      queue();
    }
  }

  /** What the task goes on with after it was suspended: the outcome of what it awaited, or its cancellation. */
  @Nullable
  Object resumption() throws Throwable {
    state = State.RUNNING;
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
    if (state != State.NEW) {
      return go();
    }
    state = State.RUNNING;
    CancellationException cancellation = takeCancel();
    if (cancellation != null) {
      throw cancellation;
    }
    return frame().resume(self(), null, null);
  }

  private @Nullable Object go() throws Throwable {
    Frame suspended = frame();
    Object value;
    try {
      value = resumption();
    } catch (Throwable error) {
      return suspended.resume(self(), null, error);
    }
    return suspended.resume(self(), value, null);
  }

  /** Whoever abandons the loop may have taken it away from the task that is just about to go on. */
  Frame frame() {
    Frame current = frame;
    if (current == null) {
      throw loop.closedError();
    }
    return current;
  }

  /** Adds where this is suspended, if no stack tells; by any thread. */
  void addPlaces(List<StackTraceElement> places) {
    Frame suspended = frame;
    if (suspended != null && state != State.NEW) {
      suspended.addPlaces(places);
    }
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
    loop.lifecycle().publish(new End<>(self(), ranOn, (T) value, failure));
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
    state = State.DONE;
    frame = null;
    context = null;
    setLoopThread(null);
    awaiting = null;
    loop.finished(self());
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
        && (state == State.SUSPENDED || state == State.QUEUED)
        && suspended.holdsBody();
  }
}
