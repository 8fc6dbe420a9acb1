package dev.asyncawait;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The future of a sleeping task, completed by a timer that it takes along when it is cancelled. */
final class Sleep extends AsyncFuture<@Nullable Void> implements Runnable {

  private final Duration length;
  private final Timer timer;

  Sleep(EventLoop loop, Duration length) {
    super(loop, null);
    this.length = length;
    this.timer = Alarm.set(loop, length, this);
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

  /** asyncio.sleep. */
  static final class SleepFrame extends Frame {
    private static final SleepFrame ZERO = new SleepFrame(Duration.ZERO);

    private final Duration length;

    /** Whether it sleeps; one that only lets the others have a turn keeps nothing, so that all can be the same. */
    private boolean suspended;

    private SleepFrame(Duration length) {
      this.length = length;
    }

    static SleepFrame of(Duration length) {
      return length.isZero() ? ZERO : new SleepFrame(length);
    }

    @Override
    @Nullable
    Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
        throws Throwable {
      if (error != null) {
        throw error;
      }
      if (suspended || value == Task.TURN) {
        return null;
      }
      if (length.isZero() || length.isNegative()) {
        return task.awaitNext(Task.TURN);
      }
      suspended = true;
      return task.awaitNext(new Sleep(task.loop, length));
    }

    @Override
    SleepFrame nameWhenUsed() {
      return this;
    }

    @Override
    public String toString() {
      return "sleep(" + length + ")";
    }
  }
}
