package dev.asyncawait;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;

/**
 * A wait of a thread that is not the library's own. If it is a worker of a fork-join pool, the pool hears of the wait
 * and may have another thread do its work meanwhile; a small pool would come to a stand otherwise.
 */
final class CallerWait implements ForkJoinPool.ManagedBlocker {

  /** Blocks at most until the wait is over. */
  interface Blocking {
    void block() throws InterruptedException;
  }

  private final BooleanSupplier over;
  private final Blocking blocking;

  private CallerWait(BooleanSupplier over, Blocking blocking) {
    this.over = over;
    this.blocking = blocking;
  }

  /** Blocks once; the caller looks afterwards whether its wait is over. */
  static void block(BooleanSupplier over, Blocking blocking) throws InterruptedException {
    if (isWorker()) {
      var wait = new CallerWait(over, blocking);
      try {
        ForkJoinPool.managedBlock(wait);
      } catch (RejectedExecutionException full) {
        wait.block(); // the pool may start no more threads
      }
    } else {
      blocking.block();
    }
  }

  /** Whether the calling thread may have to start another one when it waits. */
  static boolean isWorker() {
    return Thread.currentThread() instanceof ForkJoinWorkerThread;
  }

  /** The pool may have parked this thread since it asked, and used up the permit to go on. */
  @Override
  public boolean block() throws InterruptedException {
    if (!isReleasable()) {
      blocking.block();
    }
    return true;
  }

  @Override
  public boolean isReleasable() {
    return over.getAsBoolean();
  }
}
