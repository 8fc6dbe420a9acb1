package dev.asyncawait;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A thread of the library's own, which runs entries one after the other as long as its stack is empty between them.
 *
 * <p>One that has nothing to run makes itself the loop's spare <em>before</em> it lets go of the baton: afterwards the
 * field belongs to somebody else, and a spare that was not yet published would be missed, or overwritten. One that is not
 * needed as the spare ends.
 */
final class Driver extends LoopThread implements Runnable {

  /** Ends a parked spare. */
  static final ReadyEntry EXIT = new Callback(Message.NO_LOOP, () -> {});

  /** Has a driver begin, with {@link #first}; granted once. */
  private static final ReadyEntry BEGIN = new Callback(Message.NO_LOOP, () -> {});

  /** Ends a driver that should not have begun. */
  private static final ReadyEntry REVOKED = new Callback(Message.NO_LOOP, () -> {});

  /** What this begins with. */
  private @Nullable ReadyEntry first;

  /** Whether this has ever held the baton; one that has not can still be called off. */
  private boolean begun;

  /** Whether this waits with an empty stack; by the thread, and by the holder while it waits. */
  boolean isSpare;

  /** Makes one that is not started yet, and has been granted the baton with {@code first}. */
  Driver(EventLoop loop, ReadyEntry first) {
    super(loop);
    this.first = first;
    boolean unused = offer(BEGIN);
  }

  boolean hasBegun() {
    return begun;
  }

  /** Sees to it that this does not begin; false if it has, whatever it was granted since. */
  boolean callOff() {
    return swapGrant(BEGIN, REVOKED);
  }

  @Override
  @Nullable
  ReadyEntry revoke() {
    ReadyEntry offered = granted();
    if (offered == BEGIN) {
      return callOff() ? Objects.requireNonNull(first) : null;
    }
    return offered == EXIT || offered == REVOKED ? null : super.revoke();
  }

  /** Ends this spare, whose loop has closed. */
  void exit() {
    boolean unused = give(EXIT);
  }

  @Override
  public void run() {
    begun = take() == BEGIN;
    if (!begun) {
      return;
    }
    Thread self = Thread.currentThread();
    ClassLoader loader = self.getContextClassLoader();
    LoopThread outer = bind();
    try {
      self.setContextClassLoader(loop.loader());
      drive();
    } catch (LoopClosedError closed) {
      // abandoned: this thread has nothing left to run
    } catch (Throwable failure) {
      loop.abandon(failure);
    } finally {
      dropIfLast();
      unbind(outer);
      try {
        self.setContextClassLoader(loader);
      } finally {
        baton.driverEnded();
      }
    }
  }

  /** Keeps no entry in a variable while it is parked, since that would keep a task that is done from being garbage. */
  private void drive() {
    ReadyEntry entry = Objects.requireNonNull(first);
    first = null;
    hold();
    baton.warnIfLate();
    if (loop.isClosed()) {
      loop.ready().putBack(entry); // what was granted to a new thread has come to nothing meanwhile
      throw loop.closedError();
    }
    while (entry != EXIT) {
      Thread.interrupted(); // one that came while nothing ran here is nobody's
      runHere(entry);
      entry = baton.passOn(this, null);
      if (entry == null) {
        if (!isSpare) {
          return;
        }
        entry = awaitGrant();
        isSpare = false;
      }
    }
  }

  @Override
  void interrupted(@Nullable Task<?> task) {
    if (task != null) {
      task.cancel("interrupted");
    }
  }
}
