package dev.asyncawait;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The future of a sleeping task, completed by a timer that it takes along when it is cancelled. */
final class Sleep extends AsyncFuture<@Nullable Void> implements Runnable {

  private final Duration length;
  private final Timer timer;

  Sleep(EventLoop loop, Duration length) {
    super(loop);
    this.length = length;
    this.timer = new Alarm(loop, loop.deadlineIn(length), this);
    loop.timers().set(timer);
  }

  @Override
  public void run() {
    settle(null, null);
  }

  @Override
  public boolean cancel(@Nullable String reason) {
    timer.cancel();
    return super.cancel(reason);
  }

  @Override
  String label() {
    return "sleep(" + length + ")";
  }

  private static final class Alarm extends Timer {
    Alarm(EventLoop loop, long deadline, Sleep sleep) {
      super(loop, deadline, sleep);
    }

    /** Nobody but the sleeping task sees the future, so completing it runs no user code. */
    @Override
    boolean isKernelCode() {
      return true;
    }
  }

  /** asyncio.sleep. */
  static final class SleepFrame extends Frame {
    private final Duration length;
    private boolean suspended;

    SleepFrame(Duration length) {
      this.length = length;
    }

    @Override
    @Nullable
    Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
        throws Throwable {
      if (error != null) {
        throw error;
      }
      if (suspended) {
        return null;
      }
      suspended = true;
      boolean longer = !length.isZero() && !length.isNegative();
      return task.awaitNext(longer ? new Sleep(task.loop, length) : Task.TURN);
    }

    @Override
    public String toString() {
      return "sleep(" + length + ")";
    }
  }
}
