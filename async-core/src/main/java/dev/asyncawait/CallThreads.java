package dev.asyncawait;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * The threads on which one loop makes calls that are given no executor. They are started when they are needed and end
 * with the loop, which counts a pool among its drivers; an idle one ends sooner.
 */
final class CallThreads {

  private final EventLoop loop;

  // guarded by this, since a loop that is abandoned is closed while somebody may hold its baton
  private @Nullable ExecutorService blocking;
  private @Nullable ExecutorService computing;
  private boolean closed;

  CallThreads(EventLoop loop) {
    this.loop = loop;
  }

  synchronized Executor blocking() {
    checkOpen();
    ExecutorService pool = blocking;
    if (pool == null) {
      pool = Threads.newBlockingPool(loop.baton()::driverEnded);
      loop.baton().poolStarted();
      blocking = pool;
    }
    return pool;
  }

  synchronized Executor computing() {
    checkOpen();
    ExecutorService pool = computing;
    if (pool == null) {
      pool = Threads.newComputingPool(loop.baton()::driverEnded);
      loop.baton().poolStarted();
      computing = pool;
    }
    return pool;
  }

  private void checkOpen() {
    if (closed) {
      throw loop.closedError();
    }
  }

  synchronized void close() {
    closed = true;
    if (blocking != null) {
      blocking.shutdown();
    }
    if (computing != null) {
      computing.shutdown();
    }
  }
}
