package dev.asyncawait;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A thread to which the baton of a loop can be granted: how it is given the baton, waits for it, takes it, and lets it go.
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
 * its owner or by whoever takes it back.
 */
abstract sealed class Grantee permits LoopThread {

  /** How often a thread that cannot be parked looks for the baton before it pauses. */
  private static final int SPINS = 1000;

  /** What a thread is granted that is to end. */
  static final ReadyEntry EXIT = new Callback(Message.NO_LOOP, () -> {});

  /*
   * The states of a grant. It is a number beside the entry, rather than the entry itself, since the JIT compiler would
   * guess from the first grants what kinds of entries there are, and let each thread that is parked when it turns out to
   * be wrong fall back to the interpreter.
   *
   *   NONE       nothing was granted                     to GRANTED by the holder, to LEFT by the thread
   *   FIRST      granted, to a driver that has not begun  to NONE by the thread, to DISMISSED by whoever calls it off
   *   GRANTED    granted                                 to NONE by the thread, or by whoever takes the baton back
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
      GRANT = MethodHandles.lookup().findVarHandle(Grantee.class, "grant", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final EventLoop loop;
  final Baton baton;

  @SuppressWarnings("unused") // through GRANT
  private volatile int grant;

  /** What this was granted; written before that, and read by whoever has taken it. */
  private @Nullable ReadyEntry granted;

  // only by its own thread, and by a holder while that thread is parked

  /** Any thread may look. */
  @Nullable
  Thread thread;

  boolean holding;

  /** Whether the loop was abandoned while this waited for the baton, so that it never got it. */
  private boolean outcast;

  /** The overflow that said that the loop cannot go on from this stack, on its way to the body. */
  private @Nullable StackOverflowError unparkable;

  Grantee(EventLoop loop) {
    this.loop = loop;
    this.baton = loop.baton();
  }

  private LoopThread self() {
    return (LoopThread) this;
  }

  final boolean isCallingThread() {
    return thread == Thread.currentThread();
  }

  /** Does what an interrupt asks for that has come while this waited. */
  abstract void interruptedWhileParked();

  final void hold() {
    holding = true;
    baton.heldBy(self());
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
    baton.grantsTo(self());
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
    baton.grantsTo(self());
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
        interruptedWhileParked();
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
      becomeOutcast();
      throw loop.closedError();
    }
  }

  /** From here on this runs code of the loop without its baton, and what that still awaits is refused. */
  final void becomeOutcast() {
    holding = true;
    outcast = true;
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
      if (baton.seizeFor(self())) {
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
      interruptedWhileParked();
    }
  }

  /** Does with the baton in hand whatever may overflow. */
  final void getReadyToIdle() {
    try {
      // The clock hears of it, and what is garbage may be another loop's to report.
      StackReserve.touchToDispatch();
      loop.timers().arm();
    } catch (StackOverflowError overflow) {
      throw unparkable(overflow);
    }
  }

  final StackOverflowError unparkable(StackOverflowError overflow) {
    unparkable = overflow;
    return overflow;
  }

  /** Whether {@code failure} is what says that the loop cannot go on from this stack; asked once. */
  final boolean isUnparkable(Throwable failure) {
    boolean same = failure == unparkable;
    unparkable = null;
    return same;
  }
}
