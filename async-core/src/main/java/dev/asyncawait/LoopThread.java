package dev.asyncawait;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A thread that may hold the baton of a loop, with the bodies that are on its stack: the {@link Caller} of {@code run}, a
 * {@link Driver}, or the thread that ends what is left of an abandoned loop.
 *
 * <p>Who competes: all threads of the loop, and foreign threads that find it idle. Exactly one is the holder, and
 * only the holder touches what is marked so in the classes of the loop and the task. The baton passes in two ways:
 *
 * <ul>
 *   <li>by a grant: the holder writes the other's {@link #grant} and from then on touches nothing of the loop.
 *       A grant stays until its owner takes it, so it does not matter whether the owner has parked yet;
 *   <li>by {@link Baton#goIdle}: nobody holds it until a post takes it, or a thread that cannot be parked does.
 * </ul>
 *
 * <p>A virtual thread parks by putting its stack aside, and deep in a stack that may overflow, when the baton is gone
 * already. Such a thread waits on the thread that carries it, and as soon as the baton is in nobody's hands it takes that
 * and throws the overflow where it was to await ({@link #seizeBaton}). Therefore a grant is taken with a compareAndSet, by
 * its owner or by who takes it back.
 */
abstract class LoopThread {

  /** How often a thread that cannot be parked looks for the baton before it pauses. */
  private static final int SPINS = 1000;

  /** Up to so many compiled bodies on top of each other there is stack for whatever the kernel does. */
  private static final int SHALLOW = 64;

  private static final int UNKNOWN_DEPTH = Integer.MAX_VALUE / 2;

  /** What a thread is granted that is to end. */
  static final ReadyEntry EXIT = new Callback(Message.NO_LOOP, () -> {});

  /*
   * The states of a grant. It is a number beside the entry, rather than the entry itself, since the JIT compiler would
   * guess from the first grants what kinds of entries there are, and let each thread that is parked when it turns out to
   * be wrong fall back to the interpreter.
   *
   *   NONE       nothing was granted                     to GRANTED by the holder, to LEFT by the thread
   *   FIRST      granted, to a driver that has not begun  to NONE by the thread, to DISMISSED by who calls it off
   *   GRANTED    granted                                 to NONE by the thread, or by who takes the baton back
   *   DISMISSED  the thread is to end
   *   LEFT       the thread has left an abandoned loop
   */
  private static final int NONE = 0;
  private static final int FIRST = 1;
  private static final int GRANTED = 2;
  private static final int DISMISSED = 3;
  private static final int LEFT = 4;

  private static final VarHandle GRANT;

  static {
    try {
      GRANT = MethodHandles.lookup().findVarHandle(LoopThread.class, "grant", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final ThreadLocal<LoopThread> CURRENT = new ThreadLocal<>();

  final EventLoop loop;
  final Baton baton;
  final InterruptGate gate = new InterruptGate();

  @SuppressWarnings("unused") // through GRANT
  private volatile int grant;

  /** What this was granted; written before that, and read by whoever has taken it. */
  private @Nullable ReadyEntry granted;

  // only by its own thread, and by a holder while that thread is parked; any thread may look at
  // `thread`

  @Nullable
  Thread thread;

  /** The task whose code runs here, or whose body this stack holds while it waits. */
  @Nullable
  Task<?> top;

  private boolean holding;

  /** Whether the loop was abandoned while this waited for the baton, so that it never got it. */
  private boolean outcast;

  /** The overflow that said that the loop cannot go on from this stack, on its way to the body. */
  private @Nullable StackOverflowError unparkable;

  /** What a callback that runs here has set. */
  private @Nullable TaskContext callbackContext;

  /** How many compiled bodies are on this stack, from its bottom; unknown where others are among them. */
  private int depth = UNKNOWN_DEPTH;

  /** What has answered SUSPENDED to a body on this stack; any thread may look. */
  private volatile @Nullable Frame offStack;

  /** Whether a body has come near the end of this stack. */
  private boolean nearTheEnd;

  LoopThread(EventLoop loop) {
    this.loop = loop;
    this.baton = loop.baton();
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

  final boolean isCallingThread() {
    return thread == Thread.currentThread();
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

  private void step(Task<?> task) {
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
    if (Thread.interrupted() && !aimedAtTask && suspended) {
      task.cancel("interrupted");
    }
    task.context = TaskContext.leave(loop.taskLocals(), task.context);
    top = null;
    if (suspended) {
      task.setLoopThread(null);
    } else {
      task.finish(value, error);
    }
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
    outcast = true; // so that what is still awaited is refused
    holding = true;
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
    if (nearTheEnd) {
      StackReserve.touchDeep();
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
    StackReserve.touch();
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

  final void interrupt(Task<?> task) {
    gate.interrupt(task);
  }

  // ---- passing the baton

  final void hold() {
    holding = true;
    baton.heldBy(this);
    assert baton.taken();
  }

  final void letGo() {
    assert baton.released();
    baton.heldBy(null);
    holding = false;
  }

  /** Whether this is the one that holds the baton, or was when its loop was abandoned. */
  final boolean isHolder() {
    return holding && !outcast;
  }

  /**
   * Gives the baton to this parked thread, with what it is to run; false if it has left. Else the granter is not the
   * holder any more.
   */
  final boolean give(ReadyEntry entry) {
    return grant(entry, GRANTED);
  }

  /** Ends this thread, which is parked with an empty stack; its loop has closed. */
  final void dismiss() {
    boolean unused = grant(EXIT, DISMISSED);
  }

  private boolean grant(ReadyEntry entry, int state) {
    Thread parked = thread;
    baton.grantsTo(this);
    granted = entry;
    if (!swapGrant(NONE, state)) {
      assert grant == LEFT : "granted twice";
      return false;
    }
    try {
      LockSupport.unpark(parked);
    } catch (Throwable failure) { // no room for a virtual thread's turn
      loop.abandon(failure);
    }
    return true;
  }

  /** Grants the baton to a thread that has not begun. */
  final void grantFirst(ReadyEntry entry) {
    baton.grantsTo(this);
    granted = entry;
    grant = FIRST;
  }

  /** Sees to it that this does not begin; false if it has, whatever it was granted since. */
  final boolean callOff() {
    return swapGrant(FIRST, DISMISSED);
  }

  /** Takes what this was granted, if it was. */
  private @Nullable ReadyEntry take() {
    int state = grant;
    return state != NONE && state <= GRANTED && swapGrant(state, NONE) ? takeGranted() : null;
  }

  private @Nullable ReadyEntry takeGranted() {
    ReadyEntry entry = granted;
    granted = null;
    return entry;
  }

  /** Takes the baton away again with what it was to run; null if this has taken that, or nothing was granted. */
  final @Nullable ReadyEntry revoke() {
    boolean revoked = callOff() || swapGrant(GRANTED, NONE);
    return revoked ? takeGranted() : null;
  }

  /** In one place, so that it has been linked before a stack that is full needs it. */
  private boolean swapGrant(int from, int to) {
    return GRANT.compareAndSet(this, from, to);
  }

  /** Whether this need not wait for a grant any more. */
  final boolean isGranted() {
    return grant != NONE;
  }

  /** Wakes a thread that must look whether its loop was abandoned. */
  final void unpark() {
    LockSupport.unpark(thread);
  }

  /** Adds where this stack stands, with the bodies that it waits for and that are on none. */
  final void addStackTrace(List<StackTraceElement> places) {
    Frame suspended = offStack;
    if (suspended != null) {
      suspended.addPlaces(places);
    }
    Collections.addAll(places, Ask.stack(thread));
  }

  /** Waits until the baton is given to this thread. */
  final ReadyEntry awaitGrant() {
    for (; ; ) {
      ReadyEntry entry = take();
      if (entry != null) {
        return taken(entry);
      }
      if (grant == DISMISSED) {
        return EXIT;
      }
      leaveIfAbandoned();
      try {
        parkForGrant();
      } catch (StackOverflowError overflow) {
        return seizeBaton(overflow);
      }
      if (Thread.interrupted()) {
        interrupted(top);
      }
    }
  }

  private ReadyEntry taken(ReadyEntry entry) {
    hold();
    baton.warnIfLate();
    return entry;
  }

  /**
   * Leaves a loop that was abandoned and closed, unless this has been granted the baton meanwhile: then it is the holder,
   * and leaves when it next looks for something to run. A thread that left earlier could run the loop beside the holder.
   */
  private void leaveIfAbandoned() {
    if (loop.isAbandoned() && loop.isClosed() && swapGrant(NONE, LEFT)) {
      holding = true; // so that what this thread still awaits is refused
      outcast = true;
      throw loop.closedError();
    }
  }

  /** By the thread, when it runs nothing of the loop any more: as the last holder of one that was abandoned it drops what is left. */
  final void dropIfLast() {
    if (isHolder() && loop.isAbandoned() && loop.isClosed()) {
      loop.abandonment().dropAll();
    }
  }

  void parkForGrant() {
    LockSupport.park(this);
  }

  /**
   * Waits for the baton on a stack that cannot be put aside, and takes it if the loop is idle or whoever was granted it has
   * not taken it. So nobody waits for this thread: a holder that runs has a thread to run on, and one that has none yet is
   * not waited for.
   *
   * @return what this was granted after all
   * @throws StackOverflowError if it has taken the baton
   */
  private ReadyEntry seizeBaton(StackOverflowError overflow) {
    for (int looks = 0; ; looks++) {
      ReadyEntry entry = take();
      if (entry != null) {
        return taken(entry);
      }
      leaveIfAbandoned();
      if (baton.seizeFor(this)) {
        throw unparkable(overflow);
      }
      if (looks < SPINS) {
        Thread.onSpinWait();
      } else {
        pause();
      }
    }
  }

  /** Waits a moment on a monitor, which works where the stack cannot be put aside. */
  @SuppressWarnings("WaitNotInLoop") // it looks, and comes again
  private synchronized void pause() {
    try {
      wait(1);
    } catch (InterruptedException interrupt) {
      interrupted(top);
    }
  }

  /** Does with the baton in hand whatever may overflow. */
  final void getReadyToIdle() {
    try {
      StackReserve
          .touchToDispatch(); // the clock hears of it, and what is garbage may be another loop's
      loop.timers().arm();
    } catch (StackOverflowError overflow) {
      throw unparkable(overflow);
    }
  }

  private StackOverflowError unparkable(StackOverflowError overflow) {
    unparkable = overflow;
    return overflow;
  }

  /** Whether {@code failure} is what says that the loop cannot go on from this stack; asked once. */
  private boolean isUnparkable(Throwable failure) {
    boolean same = failure == unparkable;
    unparkable = null;
    return same;
  }

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
    if (entry instanceof Task<?> task && task.state == Task.State.NEW) {
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
