package dev.asyncawait;

import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A thread that may hold the baton of a loop, with the bodies that are on its stack: the {@link Caller} of {@code run}, a
 * {@link Driver}, or the thread that ends what is left of an abandoned loop.
 */
abstract non-sealed class LoopThread extends Grantee {

  /** Up to so many compiled bodies on top of each other there is stack for whatever the kernel does. */
  private static final int SHALLOW = 64;

  private static final int UNKNOWN_DEPTH = Integer.MAX_VALUE / 2;

  private static final ThreadLocal<LoopThread> CURRENT = new ThreadLocal<>();

  final InterruptGate gate = new InterruptGate();

  // only by its own thread, and by a holder while that thread is parked

  /** The task whose code runs here, or whose body this stack holds while it waits. */
  @Nullable
  Task<?> top;

  /** What a callback that runs here has set. */
  private @Nullable TaskContext callbackContext;

  /** How many compiled bodies are on this stack, from its bottom; unknown where others are among them. */
  private int depth = UNKNOWN_DEPTH;

  /** What has answered SUSPENDED to a body on this stack; any thread may look. */
  private volatile @Nullable Frame offStack;

  /** Whether a body has come near the end of this stack. */
  private boolean nearTheEnd;

  private int touches;

  LoopThread(EventLoop loop) {
    super(loop);
  }

  /** The calling thread, if it holds the baton of a loop. */
  static @Nullable LoopThread current() {
    LoopThread loopThread = CURRENT.get();
    return loopThread != null && loopThread.holding ? loopThread : null;
  }

  /** The calling thread, which holds the baton of {@code loop}. */
  static LoopThread currentOf(EventLoop loop) {
    LoopThread holder = loop.baton().currentIfHere();
    if (holder == null) {
      throw loop.closedError(); // it had to leave
    }
    return holder;
  }

  /** Makes this the calling thread; gives what that was before, for {@link #unbind}. */
  final @Nullable LoopThread bind() {
    LoopThread outer = CURRENT.get();
    thread = Thread.currentThread();
    CURRENT.set(this);
    return outer;
  }

  static void unbind(@Nullable LoopThread outer) {
    if (outer != null) {
      CURRENT.set(outer);
    } else {
      CURRENT.remove();
    }
  }

  @Nullable
  final Task<?> task() {
    return top;
  }

  @Nullable
  final TaskContext context() {
    return top != null ? top.context : callbackContext;
  }

  final void setContext(@Nullable TaskContext context) {
    if (top != null) {
      top.context = context;
    } else {
      callbackContext = context;
    }
  }

  // ---- running

  /** Runs one entry on the empty stack of this thread, or on top of a stack when there is no other. */
  final void runHere(ReadyEntry entry) {
    if (entry instanceof Task<?> task) {
      step(task);
    } else {
      ((Callback) entry).run();
      TaskContext.leave(loop.taskLocals(), callbackContext);
      callbackContext = null;
      if (Thread.interrupted()) {
        interrupted(null);
      }
    }
  }

  /** By a driver, before it runs an entry. */
  final void stackIsEmpty() {
    nearTheEnd = false;
    depth = 0;
  }

  /** Runs a task up to where it suspends, on no stack, or ends. */
  final void step(Task<?> task) {
    Object value = null;
    Throwable error = null;
    TaskContext.enter(loop.taskLocals(), task.context);
    begin(task);
    try {
      do {
        value = task.step();
      } while (value == Frame.SUSPENDED && !registersOrAbandons(task));
    } catch (Throwable failure) {
      error = failure;
    }
    boolean suspended = value == Frame.SUSPENDED && error == null;
    boolean aimedAtTask = gate.leave(task);
    if (Thread.interrupted() && !aimedAtTask) {
      if (suspended) {
        interrupted(task);
      } else {
        interruptedTooLate();
      }
    }
    task.context = TaskContext.leave(loop.taskLocals(), task.context);
    top = null;
    if (suspended) {
      task.setLoopThread(null);
    } else {
      finish(task, value, error);
      if (baton.isMain(task)) {
        baton.stopAfterNextCycle();
      }
    }
  }

  /** Ends a task; what a main gives is the caller's. */
  final void finish(Task<?> task, @Nullable Object value, @Nullable Throwable error) {
    if (value instanceof Held own && baton.isMain(task)) {
      own.leaveBooks();
    }
    task.finish(value, error);
  }

  /** Suspends a task that is on no stack; if the kernel fails in that, the task is one of those that are ended. */
  private boolean registersOrAbandons(Task<?> task) {
    try {
      return registers(task);
    } catch (Throwable failure) {
      loop.abandon(failure);
      return true;
    }
  }

  /** Makes {@code task} the one whose code this thread runs. */
  final void begin(Task<?> task) {
    top = task;
    task.setLoopThread(this);
    gate.enter(task);
  }

  /** Has a suspended task that is on no stack end, since its loop was abandoned. */
  final void endAbandoned(Task<?> task) {
    becomeOutcast();
    LoopClosedError closed = loop.closedError();
    Object value = null;
    Throwable error = null;
    top = task;
    task.setLoopThread(this);
    TaskContext.enter(loop.taskLocals(), task.context);
    try {
      value = task.frame().resume(task, null, closed);
    } catch (Throwable failure) {
      error = failure;
    }
    task.context = TaskContext.leave(loop.taskLocals(), task.context);
    top = null;
    boolean waitsOn = value == Frame.SUSPENDED && error == null;
    task.finish(waitsOn ? null : value, waitsOn ? closed : error);
  }

  // ---- await

  // The task that runs here is known: Async has looked before it touched what is awaited.

  /** Waits for {@code work} on this stack, which may be as deep as the user's code likes. */
  @Nullable
  final Object await(Awaitable<?> work) throws Throwable {
    Task<?> task = runningTask();
    int below = depth;
    depth = UNKNOWN_DEPTH;
    try {
      return work instanceof Coroutine<?> coroutine
          ? runInline(task, coroutine.begin())
          : await(task, (AsyncFuture<?>) work);
    } finally {
      depth = below;
    }
  }

  /** Runs an awaited coroutine as a part of the task that runs here. */
  private @Nullable Object runInline(Task<?> task, Frame frame) throws Throwable {
    if (!frame.reservesStack()) {
      reserveStack();
    }
    boolean seenBefore = task.cancelSeen();
    Object value = frame.resume(task, null, null);
    if (value == Frame.SUSPENDED) {
      value = finishFrame(task, frame);
    }
    if (task.cancelSeen() && !seenBefore) {
      task.swallowed(frame);
    }
    return value;
  }

  private @Nullable Object await(Task<?> task, AsyncFuture<?> future) throws Throwable {
    Object value = task.await(future);
    return value == Frame.SUSPENDED ? suspend(task) : value;
  }

  /** Runs a frame that a compiled body awaits, or awaited when it was suspended, on top of it. */
  @Nullable
  final Object resumeAbove(
      Task<?> task, Frame frame, @Nullable Object value, @Nullable Throwable error)
      throws Throwable {
    if (!frame.reservesStack()) {
      reserveStack();
    }
    depth++;
    try {
      return frame.resume(task, value, error);
    } finally {
      depth--;
    }
  }

  /** Called by the task that runs here, before it changes anything in order to wait. */
  final void reserveStack() {
    if (depth < SHALLOW) {
      return;
    }
    Task<?> task = top;
    if (nearTheEnd || (task != null && task.isCancelPending())) {
      StackReserve.touchDeep(); // a request that is pending is passed on where the task suspends
      return;
    }
    try {
      touchStack();
    } catch (StackOverflowError overflow) {
      nearTheEnd = true;
      throw overflow;
    }
  }

  void touchStack() {
    touchUsual();
  }

  /** Makes sure that there is stack left for what does not wait. */
  final void touchUsual() {
    StackReserve.touch(touches++);
  }

  private Task<?> runningTask() {
    loop.checkOpen();
    return Objects.requireNonNull(top);
  }

  /** Goes on with a frame that has answered SUSPENDED, to its end. */
  final @Nullable Object finishFrame(Task<?> task, Frame frame) throws Throwable {
    Frame outerFrame = offStack;
    offStack = frame;
    try {
      Object value;
      do {
        Throwable error = null;
        value = null;
        try {
          value = suspend(task);
        } catch (Throwable failure) {
          error = failure;
        }
        value = frame.resume(task, value, error);
      } while (value == Frame.SUSPENDED);
      return value;
    } finally {
      offStack = outerFrame;
    }
  }

  /** Suspends the task with its frames on this stack, and gives what it goes on with. */
  private @Nullable Object suspend(Task<?> task) throws Throwable {
    if (loop.isDebug() && task.isCompiled()) {
      Debug.tellOfHelper();
    }
    leaveBody(task);
    try {
      if (registers(task)) {
        switchAway(task);
      }
    } catch (LoopClosedError closed) {
      throw closed;
    } catch (Throwable failure) {
      if (isUnparkable(failure)) {
        task.unsuspend();
        throw failure;
      }
      loop.abandon(failure);
      throw loop.closedError();
    } finally {
      gate.enter(task);
    }
    return task.resumption();
  }

  /** Suspends the task, with no current task: that may cancel a future, and a dependent of it must not await. */
  private boolean registers(Task<?> task) {
    top = null;
    try {
      return task.suspend();
    } finally {
      top = task;
    }
  }

  final void leaveBody(Task<?> task) {
    if (gate.leave(task)) {
      Thread.interrupted(); // it was meant for this task alone, and its cancellation was requested
    } else if (Thread.interrupted()) {
      interrupted(task);
    }
  }

  /** Does what an interrupt of this thread asks for, that came while {@code task} ran, or none. */
  abstract void interrupted(@Nullable Task<?> task);

  /** Hears of an interrupt that came when a task had run to its end. */
  void interruptedTooLate() {}

  @Override
  final void interruptedWhileParked() {
    interrupted(top);
  }

  /** Adds where this stack stands, with the bodies that it waits for and that are on none. */
  final void addStackTrace(List<StackTraceElement> places) {
    Frame suspended = offStack;
    if (suspended != null) {
      suspended.addPlaces(places);
    }
    Collections.addAll(places, Ask.stack(thread));
  }

  final void interrupt(Task<?> task) {
    gate.interrupt(task);
  }

  // ---- running the loop on top of this stack

  /** Runs the loop on top of this stack until it is the turn of {@code own}, the entry with which this stack goes on. */
  final void switchAway(ReadyEntry own) {
    while (baton.passOn(this, own) == null) {
      ReadyEntry granted = awaitGrant();
      if (granted == own) {
        return;
      }
      loop.ready().putBack(granted); // a foreign thread has found no other thread for it
    }
  }

  /** What is left if no driver can be had: a new task fails with the reason, the rest runs on top of this stack. */
  final void runWithoutDriver(ReadyEntry entry, Throwable failure) {
    if (failure instanceof StackOverflowError overflow) {
      loop.ready().putBack(entry);
      throw unparkable(overflow);
    }
    Task<?> below = top;
    int belowDepth = depth;
    depth = UNKNOWN_DEPTH;
    TaskContext context =
        TaskContext.leave(loop.taskLocals(), below == null ? callbackContext : below.context);
    top = null;
    if (entry instanceof Task<?> task && task.state == Task.NEW) {
      task.finish(null, failure);
    } else {
      runHere(entry);
    }
    top = below;
    depth = belowDepth;
    setContext(context);
    TaskContext.enter(loop.taskLocals(), context);
  }

  /**
   * Runs a new task up to where it first suspends, before this method returns. It has a thread of its own, and when
   * it suspends the baton comes straight back to this one. This thread says that it waits for that before it lets go
   * of the baton: afterwards the word is somebody else's.
   *
   * @throws StackOverflowError if there is too little stack left here, which is no fault of the task's
   */
  final void startEagerly(Task<?> task) {
    Task<?> creator = top;
    if (creator != null) {
      leaveBody(creator);
    }
    var back = new BatonReturn(this, task);
    loop.ready().pushReturn(back);
    try {
      switchAway(back);
    } catch (LoopClosedError closed) {
      throw closed;
    } catch (Throwable failure) {
      if (isUnparkable(failure)) {
        loop.ready().removeReturn(back);
        throw failure;
      }
      loop.abandon(failure);
      throw loop.closedError();
    } finally {
      top = creator;
      if (creator != null) {
        gate.enter(creator);
      }
    }
  }
}
