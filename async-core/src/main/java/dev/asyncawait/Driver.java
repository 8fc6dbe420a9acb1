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

  /** What this begins with, from the moment when it has been granted that. */
  private @Nullable ReadyEntry first;

  /** Whether this has ever held the baton; one that has not can still be called off. */
  private boolean begun;

  /** Whether this was made the spare when it last let go of the baton. */
  boolean isSpare;

  /** Makes one that is not started yet, and has been granted the baton with {@code first}. */
  Driver(EventLoop loop, ReadyEntry first) {
    super(loop);
    grantFirst(first);
  }

  boolean hasBegun() {
    return begun;
  }

  /*
   * A new driver takes its first grant as it takes all others, though that is there already: so the JIT compiler has seen
   * that a grant can be there. Where the first hundred thousand bodies of a process park before one of them goes on, it
   * would leave that case out otherwise, and each of their threads would fall back to the interpreter when it goes on.
   */
  @Override
  public void run() {
    LoopThread outer = bind();
    try {
      first = awaitGrant();
      begun = first != EXIT;
      if (begun) {
        runBegun();
      }
    } finally {
      unbind(outer);
    }
  }

  private void runBegun() {
    Thread self = Thread.currentThread();
    ClassLoader loader = self.getContextClassLoader();
    try {
      self.setContextClassLoader(loop.loader());
      drive();
    } catch (LoopClosedError closed) {
      // abandoned: this thread has nothing left to run
    } catch (Throwable failure) {
      loop.abandon(failure);
    } finally {
      dropIfLast();
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
    if (loop.isClosed()) {
      loop.ready().putBack(entry); // what was granted to a new thread has come to nothing meanwhile
      throw loop.closedError();
    }
    while (entry != EXIT) {
      Thread.interrupted(); // one that came while nothing ran here is nobody's
      stackIsEmpty();
      runHere(entry);
      entry = baton.passOn(this, null);
      if (entry == null) {
        if (!isSpare) {
          return;
        }
        entry = awaitGrant();
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
