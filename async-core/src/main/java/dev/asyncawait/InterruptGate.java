package dev.asyncawait;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Lets another thread interrupt exactly one piece of work on a thread, and nothing that comes after it.
 *
 * <p>The race: a canceller wants to interrupt a body that is about to leave its thread. The occupant's word
 * decides: the canceller must swap it for INTERRUPTING before it interrupts, and the leaver must swap it for
 * null, so it waits out an interrupt that is under way and then knows that the flag is the canceller's and may
 * be cleared. The same handshake as in FutureTask.
 */
final class InterruptGate {

  private static final Object INTERRUPTING = new Object();

  private static final VarHandle OCCUPANT;

  static {
    try {
      OCCUPANT =
          MethodHandles.lookup().findVarHandle(InterruptGate.class, "occupant", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused") // through OCCUPANT
  private volatile @Nullable Object occupant;

  /** Written before INTERRUPTING is taken back, read after it is gone. */
  private boolean interrupted;

  private @Nullable Thread thread;

  /** By the thread that begins {@code work}. */
  void enter(Object work) {
    Thread current = Thread.currentThread();
    if (thread != current) { // a store costs more, see Task.NEW
      thread = current;
    }
    interrupted = false;
    OCCUPANT.setRelease(this, work);
  }

  /**
   * By the same thread, when it leaves; true if it was interrupted through this gate meanwhile. It may not be
   * inside, if its stack overflowed as it entered.
   */
  boolean leave(Object work) {
    while (occupant != null && !OCCUPANT.compareAndSet(this, work, null)) {
      Thread.onSpinWait();
    }
    return interrupted;
  }

  /** By any thread: interrupts the thread if it is inside {@code work} now. */
  void interrupt(Object work) {
    if (OCCUPANT.compareAndSet(this, work, INTERRUPTING)) {
      interrupted = true;
      Thread inside = thread;
      try {
        if (inside != null) {
          inside.interrupt();
        }
      } catch (Throwable failure) { // a thread of the user's own class
        Reports.log("interrupting " + Ask.text(inside) + " failed", failure);
      } finally {
        OCCUPANT.setRelease(this, work);
      }
    }
  }
}
