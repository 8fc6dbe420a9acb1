package dev.asyncawait;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A thread that may hold the baton of a loop: the thread that called {@code run}, or a driver.
 *
 * <p>Who competes: all threads of the loop, and foreign threads that find it idle. Exactly one is the holder, and
 * only the holder touches what is marked so in {@link EventLoop} and {@link Task}. The baton passes in two ways:
 *
 * <ul>
 *   <li>by a grant: the holder writes the other's {@link #grant} and from then on touches nothing of the loop.
 *       A grant stays until its owner takes it, so it does not matter whether the owner has parked yet;
 *   <li>by {@link EventLoop#goIdle}: nobody holds it until a post takes it, see there.
 * </ul>
 *
 * <p>A virtual thread parks by putting its stack aside, and deep in a stack that may overflow, when the baton is gone
 * already. Such a thread waits on the thread that carries it, and as soon as the baton is in nobody's hands it takes that
 * and throws the overflow where it was to await ({@link #seizeBaton}). Therefore a grant is taken with a compareAndSet, by
 * its owner or by who takes it back.
 *
 * <p>A driver that has nothing on its stack makes itself the loop's spare <em>before</em> it lets go of the
 * baton: afterwards the field belongs to somebody else, and a spare that was not yet published would be missed,
 * or overwritten.
 */
final class LoopThread implements Runnable {

  /** Ends a parked spare. */
  private static final Entry EXIT = new Callback(Message.NO_LOOP, () -> {});

  /** How often a thread that cannot be parked looks for the baton before it pauses. */
  private static final int SPINS = 1000;

  /** Up to so many compiled bodies on top of each other there is stack for whatever the kernel does. */
  private static final int SHALLOW = 64;

  private static final int UNKNOWN_DEPTH = Integer.MAX_VALUE / 2;

  /** Has a driver begin, with {@link #first}; granted once. */
  private static final Entry BEGIN = new Callback(Message.NO_LOOP, () -> {});

  /** Ends a driver that should not have begun. */
  private static final Entry REVOKED = new Callback(Message.NO_LOOP, () -> {});

  private static final VarHandle GRANT;

  static {
    try {
      GRANT = MethodHandles.lookup().findVarHandle(LoopThread.class, "grant", Entry.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final ThreadLocal<LoopThread> CURRENT = new ThreadLocal<>();

  final EventLoop loop;
  private final InterruptGate gate = new InterruptGate();

  /** Null to an entry by the granter; back to null by the owner, or by who takes it back. */
  private volatile @Nullable Entry grant;

  /** In debug mode, when the grant was given; written before it. */
  private long grantedAt;

  // only by its own thread, and by a holder while that thread is parked

  private @Nullable Thread thread;
  private @Nullable Task<?> top;
  private boolean holding;

  /** Whether the loop was abandoned while this waited for the baton, so that it never got it. */
  private boolean outcast;

  /** Whether it has ever held the baton; a driver that has not begun can still be called off. */
  private boolean begun;

  /** The overflow that said that the loop cannot go on from this stack, on its way to the body. */
  private @Nullable StackOverflowError unparkable;

  /** What a driver begins with. */
  private @Nullable Entry first;

  /** What a callback that runs here has set. */
  private @Nullable TaskContext callbackContext;

  /** Whether this is the thread that called run. Its interrupts are main's, or are kept until run returns. */
  private final boolean caller;

  private @Nullable Task<?> main;
  private boolean callerInterrupted;

  /** What this thread was before; a thread factory or a clock of a loop may run a loop of its own. */
  private final @Nullable LoopThread outer;

  private @Nullable Map<String, String> outerMdc;

  /** How many compiled bodies are on this stack, from its bottom; unknown where others are among them. */
  private int depth = UNKNOWN_DEPTH;

  /** What has answered SUSPENDED to a body on this stack; any thread may look. */
  private volatile @Nullable Frame offStack;

  /** Whether a body has come near the end of this stack. */
  private boolean nearTheEnd;

  private LoopThread(EventLoop loop, boolean caller, @Nullable LoopThread outer) {
    this.loop = loop;
    this.caller = caller;
    this.outer = outer;
  }

  /** A driver, not started yet, that begins with {@code first}. */
  static LoopThread driver(EventLoop loop, Entry first) {
    var loopThread = new LoopThread(loop, false, null);
    loopThread.first = first;
    loopThread.offer(BEGIN);
    return loopThread;
  }

  /** The calling thread, if it holds the baton of a loop. */
  static @Nullable LoopThread current() {
    LoopThread loopThread = CURRENT.get();
    return loopThread != null && loopThread.holding ? loopThread : null;
  }

  @Nullable
  Task<?> task() {
    return top;
  }

  @Nullable
  TaskContext context() {
    return top != null ? top.context : callbackContext;
  }

  void setContext(@Nullable TaskContext context) {
    if (top != null) {
      top.context = context;
    } else {
      callbackContext = context;
    }
  }

  // ---- the caller of run

  /** Makes the calling thread, which holds the baton, the thread of mains; {@link #leave} ends that. */
  static LoopThread enter(EventLoop loop) {
    var loopThread = new LoopThread(loop, true, CURRENT.get());
    loopThread.thread = Thread.currentThread();
    loopThread.begun = true;
    loopThread.outerMdc = Mdc.copy();
    CURRENT.set(loopThread);
    loopThread.hold();
    return loopThread;
  }

  void leave() {
    letGo();
    Mdc.install(outerMdc);
    if (outer != null) {
      CURRENT.set(outer);
    } else {
      CURRENT.remove();
    }
    if (callerInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes note of an interrupt that cancels nothing any more; the next one closes the loop. */
  void keepInterrupt() {
    if (Thread.interrupted()) {
      callerInterrupted = true;
    }
  }

  /** Runs main from its first step to its end on this stack, once what is ready before it has had its turn. */
  void runMain(Task<?> task) {
    main = task;
    task.setLoopThread(this);
    loop.addMain(task);
    switchAway(task);
    runToEnd(task);
    main = null;
  }

  /** Runs {@code task} from its first step to its end on this stack, and other tasks on other threads. */
  void runToEnd(Task<?> task) {
    top = task;
    task.setLoopThread(this);
    Object value = null;
    Throwable error = null;
    gate.enter(task);
    try {
      value = task.step();
      if (value == Frame.SUSPENDED) {
        value = finishFrame(task, task.frame());
      }
    } catch (Throwable failure) {
      error = failure;
    }
    boolean aimedAtTask = gate.leave(task);
    if (aimedAtTask) {
      Thread.interrupted();
    } else {
      keepInterrupt(); // too late for main, but the caller's to keep
    }
    top = null;
    if (task == main && value instanceof Held own) {
      own.leaveBooks(); // it is the caller's now
    }
    task.finish(value, error);
  }

  /** Lets the others go on when main has ended, for as long as asyncio's loop does before it stops. */
  void awaitLastCycle() {
    switchAway(loop.ready().stopAfterNextCycle(this));
  }

  // ---- await

  // The task that runs here is known: Async has looked before it touched what is awaited.

  /** Waits for {@code work} on this stack, which may be as deep as the user's code likes. */
  @Nullable
  Object await(Awaitable<?> work) throws Throwable {
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
  Object resumeAbove(Task<?> task, Frame frame, @Nullable Object value, @Nullable Throwable error)
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
  void reserveStack() {
    if (depth < SHALLOW) {
      return;
    }
    if (nearTheEnd) {
      StackReserve.touchDeep();
      return;
    }
    try {
      if (caller) { // an interrupt may have it dispatch, or a pool start a thread for it
        StackReserve.touchToTell();
      } else {
        StackReserve.touch();
      }
    } catch (StackOverflowError overflow) {
      nearTheEnd = true;
      throw overflow;
    }
  }

  private Task<?> runningTask() {
    loop.checkOpen();
    return Objects.requireNonNull(top);
  }

  /** Goes on with a frame that has answered SUSPENDED, to its end. */
  private @Nullable Object finishFrame(Task<?> task, Frame frame) throws Throwable {
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

  private void leaveBody(Task<?> task) {
    if (gate.leave(task)) {
      Thread.interrupted(); // it was meant for this task alone, and its cancellation was requested
    } else if (Thread.interrupted()) {
      wasInterrupted();
    }
  }

  private void wasInterrupted() {
    if (caller && callerInterrupted) {
      loop.abandonForInterrupt();
      return;
    }
    callerInterrupted = caller;
    Task<?> target = caller ? main : top;
    if (target != null) {
      target.cancel("interrupted");
    }
  }

  void interrupt(Task<?> task) {
    gate.interrupt(task);
  }

  // ---- passing the baton

  void hold() {
    holding = true;
    assert loop.taken();
  }

  private void letGo() {
    assert loop.released();
    holding = false;
  }

  /** Whether this is the one that holds the baton, or was when its loop was abandoned. */
  boolean isHolder() {
    return holding && !outcast;
  }

  boolean hasBegun() {
    return begun;
  }

  boolean isCaller() {
    return caller;
  }

  /** Gives the baton to this parked thread, with what it is to run. The granter is not the holder any more. */
  void give(Entry entry) {
    assert grant == null : "granted twice";
    Thread parked = thread;
    offer(entry);
    LockSupport.unpark(parked);
  }

  private void offer(Entry entry) {
    if (loop.warnsOfLateThreads()) {
      grantedAt = Debug.now();
    }
    loop.grantsTo(this);
    grant = entry;
  }

  /** Takes what this was granted, if it was. */
  private @Nullable Entry take() {
    Entry offered = grant;
    return offered != null && swapGrant(offered, null) ? offered : null;
  }

  /** Takes the baton away again with what it was to run; null if this has taken that, or nothing was granted. */
  @Nullable
  Entry revoke() {
    Entry offered = grant;
    if (offered == BEGIN) {
      return callOff() ? Objects.requireNonNull(first) : null;
    }
    boolean pending = offered != null && offered != EXIT && offered != REVOKED;
    return pending && swapGrant(offered, null) ? offered : null;
  }

  /** Sees to it that a driver does not begin; false if it has, whatever it was granted since. */
  boolean callOff() {
    return swapGrant(BEGIN, REVOKED);
  }

  /** In one place, so that it has been linked before a stack that is full needs it. */
  private boolean swapGrant(@Nullable Entry from, @Nullable Entry to) {
    return GRANT.compareAndSet(this, from, to);
  }

  void exit() {
    give(EXIT);
  }

  /** By the holder, to whom the baton has come through a grant. */
  private void warnIfLate() {
    if (loop.warnsOfLateThreads()) {
      Debug.warnIfLate(loop, grantedAt);
    }
  }

  /** Wakes a thread that must look whether its loop was abandoned. */
  void unpark() {
    LockSupport.unpark(thread);
  }

  /** Adds where this stack stands, with the bodies that it waits for and that are on none. */
  void addStackTrace(List<StackTraceElement> places) {
    Frame suspended = offStack;
    if (suspended != null) {
      suspended.addPlaces(places);
    }
    Collections.addAll(places, Ask.stack(thread));
  }

  /** Waits until the last driver has ended; the loop is closed, so each is on its way. */
  void awaitEndOf(AtomicInteger drivers) {
    while (drivers.get() != 0 && !loop.isAbandoned()) {
      parkWorker(() -> drivers.get() == 0 || loop.isAbandoned());
      if (Thread.interrupted()) {
        wasInterrupted();
      }
    }
  }

  /** Waits until the baton is given to this thread. */
  private Entry awaitGrant() {
    for (; ; ) {
      Entry entry = take();
      if (entry != null) {
        return taken(entry);
      }
      becomeOutcastIfAbandoned();
      try {
        parkForGrant();
      } catch (StackOverflowError overflow) {
        return seizeBaton(overflow);
      }
      if (Thread.interrupted()) {
        wasInterrupted();
      }
    }
  }

  private Entry taken(Entry entry) {
    if (entry != EXIT) {
      hold();
      warnIfLate();
    }
    return entry;
  }

  private void becomeOutcastIfAbandoned() {
    if (loop.isAbandoned()) {
      holding = true; // so that what this thread still awaits is refused
      outcast = true;
      throw loop.closedError();
    }
  }

  /**
   * Waits for the baton on a stack that cannot be put aside, and takes it if the loop is idle or whoever was granted it has
   * not taken it. So nobody waits for this thread: a holder that runs has a thread to run on, and one that has none yet is
   * not waited for.
   *
   * @return what this was granted after all
   * @throws StackOverflowError if it has taken the baton
   */
  private Entry seizeBaton(StackOverflowError overflow) {
    for (int looks = 0; ; looks++) {
      Entry entry = take();
      if (entry != null) {
        return taken(entry);
      }
      becomeOutcastIfAbandoned();
      if (loop.seizeFor(this)) {
        throw unparkable(overflow);
      }
      if (looks < SPINS) {
        Thread.onSpinWait();
      } else {
        pause();
      }
    }
  }

  /** Waits a moment on a monitor, which works where the stack cannot be put aside: the thread that carries it waits as well. */
  @SuppressWarnings("WaitNotInLoop") // it looks, and comes again
  private synchronized void pause() {
    try {
      wait(1);
    } catch (InterruptedException interrupt) {
      wasInterrupted();
    }
  }

  private void parkForGrant() {
    if (caller && CallerWait.isWorker()) {
      parkWorker(() -> grant != null || loop.isAbandoned());
    } else {
      LockSupport.park(this);
    }
  }

  /** Parks the caller's thread, which may be a fork-join pool's, unless the wait is over by then. */
  private void parkWorker(BooleanSupplier over) {
    try {
      CallerWait.block(over, () -> LockSupport.park(this));
    } catch (InterruptedException never) {
      Thread.currentThread().interrupt();
    }
  }

  /** Does with the baton in hand whatever may overflow. */
  private void getReadyToIdle() {
    try {
      StackReserve.touchForThread(); // the clock hears of it
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
  private void switchAway(Entry own) {
    Entry entry = loop.next();
    while (entry != own) {
      LoopThread parked = Entry.parkedOn(entry);
      if (entry == null) {
        getReadyToIdle();
        letGo();
        Unretrieved.reportCollected();
        if (loop.goIdle()) {
          entry = awaitGrant();
        } else {
          hold();
          entry = loop.next();
        }
      } else if (parked != null) {
        letGo();
        parked.give(entry);
        entry = null; // see drive()
        entry = awaitGrant();
      } else if (entry instanceof Callback callback && callback.isKernelCode()) {
        callback.run();
        entry = loop.next();
      } else {
        letGo();
        Throwable failure = loop.toDriver(entry);
        if (failure == null) {
          entry = null;
          entry = awaitGrant();
        } else if (failure instanceof StackOverflowError overflow) {
          hold();
          loop.ready().putBack(entry);
          throw unparkable(overflow);
        } else {
          hold();
          runWithoutDriver(entry, failure);
          entry = loop.next();
        }
      }
    }
  }

  /** What is left if no driver can be had: a new task fails with the reason, the rest runs on top of this stack. */
  void runWithoutDriver(Entry entry, Throwable failure) {
    Task<?> below = top;
    TaskContext context = TaskContext.leave(below == null ? callbackContext : below.context);
    top = null;
    if (entry instanceof Task<?> task && task.state == Task.State.NEW) {
      task.finish(null, failure);
    } else {
      runHere(entry);
    }
    top = below;
    setContext(context);
    TaskContext.enter(context);
  }

  /**
   * Runs a new task up to where it first suspends, before this method returns. It has a thread of its own, and when
   * it suspends the baton comes straight back to this one. This thread says that it waits for that before it lets go
   * of the baton: afterwards the word is somebody else's.
   */
  void startEagerly(Task<?> task) {
    Task<?> creator = top;
    if (creator != null) {
      leaveBody(creator);
    }
    try {
      var back = new BatonReturn(this, task);
      loop.ready().pushReturn(back);
      letGo();
      Throwable failure = loop.toDriver(task);
      if (failure == null) {
        awaitReturn(back);
      } else {
        hold();
        loop.ready().popReturn();
        if (failure instanceof StackOverflowError overflow) {
          throw overflow; // there was too little stack left here, which is no fault of the task's
        }
        top = null;
        task.finish(null, failure);
      }
    } finally {
      top = creator;
      if (creator != null) {
        gate.enter(creator);
      }
    }
  }

  private void awaitReturn(BatonReturn back) {
    try {
      Entry entry = awaitGrant();
      assert entry == back;
    } catch (StackOverflowError overflow) {
      if (isUnparkable(overflow)) {
        loop.ready().removeReturn(back);
      }
      throw overflow;
    }
  }

  // ---- loops that were abandoned

  /** Has the bodies of tasks that are on no stack see that their loop was abandoned; the calling thread is their last. */
  static void unwind(List<Task<?>> tasks) {
    for (Task<?> task : tasks) {
      var loopThread = new LoopThread(task.loop, false, null);
      loopThread.thread = Thread.currentThread();
      loopThread.holding = true; // so that what is still awaited is refused
      loopThread.outcast = true;
      loopThread.top = task;
      CURRENT.set(loopThread);
      try {
        loopThread.endWith(task, task.loop.closedError());
      } finally {
        CURRENT.remove();
      }
    }
  }

  private void endWith(Task<?> task, LoopClosedError closed) {
    task.setLoopThread(this);
    Object value = null;
    Throwable error = null;
    TaskContext.enter(task.context);
    try {
      value = task.frame().resume(task, null, closed);
    } catch (Throwable failure) {
      error = failure;
    }
    task.context = TaskContext.leave(task.context);
    top = null;
    boolean waitsOn = value == Frame.SUSPENDED && error == null;
    task.finish(waitsOn ? null : value, waitsOn ? closed : error);
  }

  // ---- drivers

  @Override
  public void run() {
    if (!begins()) {
      return;
    }
    Thread self = Thread.currentThread();
    ClassLoader loader = self.getContextClassLoader();
    thread = self;
    CURRENT.set(this);
    try {
      self.setContextClassLoader(loop.loader());
      drive();
    } catch (LoopClosedError closed) {
      // abandoned: this thread has nothing left to run
    } catch (Throwable failure) {
      loop.abandon(failure);
    } finally {
      CURRENT.remove();
      try {
        self.setContextClassLoader(loader);
      } finally {
        loop.driverEnded();
      }
    }
  }

  /** Takes what this driver is to begin with; false if that was taken back. */
  private boolean begins() {
    begun = take() == BEGIN;
    return begun;
  }

  /** Keeps no entry in a variable while it is parked, since that would keep a task that is done from being garbage. */
  private void drive() {
    Entry entry = Objects.requireNonNull(first);
    first = null;
    hold();
    loop.checkOpen(); // what was granted to a new thread may have come to nothing meanwhile
    warnIfLate();
    while (entry != EXIT) {
      LoopThread parked = Entry.parkedOn(entry);
      if (entry != null && parked == null) {
        Thread.interrupted(); // one that came while nothing ran here is nobody's
        runHere(entry);
        entry = loop.next();
        continue;
      }
      if (entry == null) {
        loop.timers().arm(); // there may have been no stack for it where the timer was set
      }
      boolean stay = loop.offerSpare(this);
      letGo();
      if (entry == null) {
        Unretrieved.reportCollected();
      }
      if (entry != null && parked != null) {
        parked.give(entry);
        entry = null;
      } else if (!loop.goIdle()) {
        hold();
        if (stay) {
          loop.withdrawSpare();
        }
        entry = loop.next();
        continue;
      }
      if (!stay) {
        return;
      }
      entry = awaitGrant();
    }
  }

  /** Runs one entry on the empty stack of this thread. */
  void runHere(Entry entry) {
    if (entry instanceof Task<?> task) {
      step(task);
    } else {
      ((Callback) entry).run();
      TaskContext.leave(callbackContext);
      callbackContext = null;
      if (Thread.interrupted()) {
        wasInterrupted();
      }
    }
  }

  private void step(Task<?> task) {
    nearTheEnd = false;
    depth = 0;
    top = task;
    task.setLoopThread(this);
    Object value = null;
    Throwable error = null;
    TaskContext.enter(task.context);
    gate.enter(task);
    try {
      do {
        value = task.step();
      } while (value == Frame.SUSPENDED && !registers(task));
    } catch (Throwable failure) {
      error = failure;
    }
    boolean suspended = value == Frame.SUSPENDED && error == null;
    boolean aimedAtTask = gate.leave(task);
    if (Thread.interrupted() && !aimedAtTask && suspended) {
      task.cancel("interrupted");
    }
    task.context = TaskContext.leave(task.context);
    top = null;
    if (suspended) {
      task.setLoopThread(null);
    } else {
      task.finish(value, error);
    }
  }
}
