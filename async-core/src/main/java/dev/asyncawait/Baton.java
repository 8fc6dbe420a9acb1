package dev.asyncawait;

import dev.asyncawait.spi.LoopClock;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The right to run the code of one loop, the loop's inbox, which is in the same word, and the scheduling loop by which a
 * holder passes the right on.
 */
final class Baton {

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
      HEAD = MethodHandles.lookup().findVarHandle(Baton.class, "head", Message.class);
      GRANTEE = MethodHandles.lookup().findVarHandle(Baton.class, "grantee", LoopThread.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final EventLoop loop;
  private final LoopClock clock;
  private final Threads.Drivers driverThreads;
  private final ReadyQueue ready;

  @SuppressWarnings("unused") // through HEAD
  private volatile @Nullable Message head;

  /** How many drivers there are, a pool of calls counting as one; whoever closes the loop waits for the last. */
  private final AtomicInteger drivers = new AtomicInteger();

  private volatile @Nullable Thread closer;

  /** For assertions alone. */
  private final AtomicReference<@Nullable Thread> holder = new AtomicReference<>();

  // written by the holder; others may look at what is volatile

  private volatile @Nullable Driver spare;
  private volatile @Nullable Caller caller;

  /** The thread to which the baton was granted last; a thread that seizes the baton looks too. */
  @SuppressWarnings("unused") // through GRANTEE
  private volatile @Nullable LoopThread grantee;

  /** In debug mode, when that was. */
  private long grantedAt;

  private volatile long idlePeriods;

  /**
   * The loop thread that holds the baton; null if none does, or a foreign thread. Only the thread itself writes that it is
   * the holder and that it is not any more. So whoever finds itself here is the holder, though this is not volatile.
   */
  private @Nullable LoopThread current;

  /** Makes one that the calling thread holds. */
  Baton(EventLoop loop, LoopClock clock, Threads.Drivers driverThreads, ReadyQueue ready) {
    this.loop = loop;
    this.clock = clock;
    this.driverThreads = driverThreads;
    this.ready = ready;
  }

  // ---- the inbox

  boolean isClosed() {
    return head == CLOSED;
  }

  /** The number of the idle period that the loop is in, or zero. */
  long idlePeriod() {
    long period = idlePeriods;
    return head == IDLE ? period : 0;
  }

  /** In one place, so that it has been linked before a stack that is full needs it. */
  private boolean swapHead(@Nullable Message from, @Nullable Message to) {
    return HEAD.compareAndSet(this, from, to);
  }

  /** Puts a message into the inbox, by a thread that does not hold the baton; false if the loop is closed. */
  boolean push(Message message) {
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
    loop.abandonment().dropIfHeldHere();
    throw loop.closedError();
  }

  /** Closes the loop, by the holder; false if something has come in. The spare ends. */
  boolean close() {
    if (!swapHead(null, CLOSED)) {
      return false;
    }
    closer = Thread.currentThread();
    Driver waiting = spare;
    if (waiting != null) {
      spare = null;
      waiting.dismiss();
    }
    return true;
  }

  /** Closes the loop, by any thread, and drops what is in the inbox; whether nobody held the baton. */
  boolean takeAway() {
    Message inbox = (Message) HEAD.getAndSet(this, CLOSED);
    if (inbox == IDLE) {
      return true;
    }
    for (Message m = Message.reversed(inbox); m != null; ) {
      Message next = m.next;
      m.next = null;
      m.dropped();
      m = next;
    }
    return false;
  }

  /** Wakes the threads of a loop that was abandoned, other than those of its tasks. */
  void unparkThreads() {
    ready.unparkReturns();
    Driver waiting = spare;
    if (waiting != null) {
      waiting.unpark();
    }
    Caller calling = caller;
    if (calling != null) {
      calling.unpark();
    }
  }

  // ---- the scheduling loop

  /** The entry whose turn it is, or null if there is none. */
  @Nullable
  ReadyEntry next() {
    drain();
    return ready.next();
  }

  /**
   * The scheduling loop: runs what is kernel code until it is the turn of something else, and passes the baton on to
   * that, or lets go of it where nothing is ready.
   *
   * <p>Three kinds of threads are here, with the baton in hand: one with the stack of a task that has suspended, which
   * goes on with one certain entry; a driver whose stack is empty, which takes every entry that no other thread must run;
   * and a foreign thread that found the loop idle, which takes none.
   *
   * <p>What this throws it throws while the calling thread is the holder.
   *
   * @param thread the calling thread, or null if that is not the loop's
   * @param own the entry with which its stack goes on; null if that is empty
   * @return what the calling thread runs now, as the holder; null if it is the holder no more
   */
  @Nullable
  ReadyEntry passOn(@Nullable LoopThread thread, @Nullable ReadyEntry own) {
    for (; ; ) {
      ReadyEntry entry = next();
      if (entry == null) {
        getReadyToIdle(thread);
        letGo(thread, own);
        if (thread != null) {
          Unretrieved.reportCollected();
        }
        if (goIdle()) {
          return null;
        }
        takeBack(thread);
        continue;
      }
      if (entry == own) {
        return entry;
      }
      LoopThread parked = ReadyEntry.parkedOn(entry);
      if (parked != null) {
        letGo(thread, own);
        if (parked.give(entry)) {
          return null;
        }
        takeBack(thread, entry);
        continue;
      }
      if (ReadyEntry.runIfKernelCode(entry)) {
        continue;
      }
      if (thread != null && own == null) {
        return entry;
      }
      letGo(thread, own);
      Throwable failure = toDriver(thread, entry);
      if (failure == null) {
        return null;
      }
      // A foreign thread runs nothing, but the caller's is parked while the loop is idle, and has a
      // stack.
      if (thread == null && Objects.requireNonNull(caller).give(entry)) {
        return null;
      }
      if (thread == null || isClosed()) {
        takeBack(thread, entry);
      } else {
        thread.hold();
        thread.runWithoutDriver(entry, failure);
      }
    }
  }

  /** By a thread that has found nobody to whom it could give an entry, since the loop was abandoned. */
  private void takeBack(@Nullable LoopThread thread, ReadyEntry entry) {
    takeBack(thread);
    ready.putBack(entry);
  }

  /** Does with the baton in hand whatever may overflow. */
  private void getReadyToIdle(@Nullable LoopThread thread) {
    if (thread != null) {
      thread.getReadyToIdle();
    } else {
      loop.timers().arm();
    }
  }

  /** Lets go of the baton. A driver with an empty stack makes itself the spare before that: afterwards the field is another's. */
  private void letGo(@Nullable LoopThread thread, @Nullable ReadyEntry own) {
    if (thread == null) {
      assert released();
      return;
    }
    if (thread instanceof Driver driver) {
      driver.isSpare = own == null && spare == null;
      if (driver.isSpare) {
        spare = driver;
      }
    }
    thread.letGo();
  }

  private void takeBack(@Nullable LoopThread thread) {
    if (thread == null) {
      assert taken();
      return;
    }
    thread.hold();
    if (spare == thread) {
      spare = null;
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
      clock.idle(loop);
    } catch (Throwable failure) {
      loop.abandon(failure);
    }
    return true;
  }

  /**
   * What a foreign thread does that found the loop idle: it passes the baton on, to the thread of the very
   * task that its event resumes if there is one. It runs no user code of the loop, and whatever loop the thread
   * itself belongs to is of no concern here.
   */
  private void dispatch() {
    try {
      assert taken();
      ReadyEntry none = passOn(null, null);
      assert none == null;
      return;
    } catch (LoopClosedError closed) {
      // abandoned meanwhile, or by a clock that has failed here
    } catch (Throwable failure) {
      loop.abandon(failure);
    }
    loop.abandonment().dropAll();
  }

  /**
   * Gives the baton and the entry to a thread with an empty stack; returns why if none can be had: an overflow if there
   * is too little stack left here to start one.
   */
  private @Nullable Throwable toDriver(@Nullable LoopThread thread, ReadyEntry entry) {
    LoopThread waiting = spare;
    if (waiting != null) {
      spare = null;
    } else if (thread != caller && isMain(entry)) {
      waiting = caller;
    }
    if (waiting != null) {
      return waiting.give(entry) ? null : loop.closedError();
    }
    Driver driver;
    try {
      StackReserve.touchForThread();
      driver = new Driver(loop, entry);
    } catch (Throwable failure) {
      return failure;
    }
    drivers.incrementAndGet();
    try {
      driverThreads.start(driver);
      return null;
    } catch (Throwable failure) {
      if (!driver.callOff()) {
        Reports.log(
            "the thread factory of " + loop + " threw when it had started a thread", failure);
        return null; // it runs all the same
      }
      drivers.decrementAndGet();
      return failure;
    }
  }

  // ---- grants

  /** Before the grant, so that a thread that finds nobody granted the baton, and no holder, can look once more. */
  void grantsTo(LoopThread thread) {
    if (loop.warnsOfLateThreads()) {
      grantedAt = Debug.now();
    }
    GRANTEE.setRelease(this, thread);
  }

  /** By the holder, to whom the baton has come through a grant. */
  void warnIfLate() {
    if (loop.warnsOfLateThreads()) {
      Debug.warnIfLate(loop, grantedAt);
    }
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
    ReadyEntry entry = other.revoke();
    if (entry == null) {
      return false;
    }
    thread.hold();
    if (other instanceof Driver driver && !driver.hasBegun()) {
      drivers.decrementAndGet();
    } else if (other instanceof Driver driver && driver.isSpare && !isClosed()) {
      spare = driver;
    }
    ready.putBack(entry);
    if (isClosed()) {
      other.unpark(); // whoever abandoned the loop did not find it where it waits
    }
    return true;
  }

  // ---- the threads

  void heldBy(@Nullable LoopThread thread) {
    current = thread;
  }

  /** The holder, if that is the calling thread. */
  @Nullable
  LoopThread currentIfHere() {
    LoopThread thread = current;
    return thread != null && thread.isCallingThread() ? thread : null;
  }

  /** Notes which thread has called {@code run}, or closes the loop. */
  void calledBy(Caller thread) {
    caller = thread;
  }

  boolean isCaller(@Nullable LoopThread thread) {
    return thread == caller;
  }

  /** Whether this is what the caller waits for the end of. */
  boolean isMain(ReadyEntry entry) {
    Caller calling = caller;
    return calling != null && calling.isMain(entry);
  }

  /** By whoever has run main to its end. */
  void stopAfterNextCycle() {
    BatonReturn unused = ready.stopAfterNextCycle(Objects.requireNonNull(caller));
  }

  /** A pool of threads counts as one driver. */
  void poolStarted() {
    drivers.incrementAndGet();
  }

  /** A driver's last act. */
  void driverEnded() {
    if (drivers.decrementAndGet() == 0) {
      LockSupport.unpark(closer);
    }
  }

  boolean driversHaveEnded() {
    return drivers.get() == 0;
  }

  boolean taken() {
    return holder.compareAndSet(null, Thread.currentThread()) || loop.isAbandoned();
  }

  boolean released() {
    return holder.compareAndSet(Thread.currentThread(), null) || loop.isAbandoned();
  }
}
