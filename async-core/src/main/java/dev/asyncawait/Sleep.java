package dev.asyncawait;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a sleeping task waits for: at once the future, the timer, and the entry that completes it when that is due. A
 * cancelled one leaves the heap.
 */
final class Sleep extends AsyncFuture<@Nullable Void> implements ReadyEntry, TimerHeap.Element {

  private final EventLoop loop;
  private final Duration length;

  /** By the heap. */
  private int place = OUT;

  private Sleep(Task<?> task, Duration length) {
    super(task);
    this.loop = task.loop;
    this.length = length;
  }

  private static Sleep begin(Task<?> task, Duration length) {
    EventLoop loop = task.loop;
    var sleep = new Sleep(task, length);
    loop.timers().set(sleep, loop.clock().deadlineIn(length));
    return sleep;
  }

  /** By the holder, when its turn has come. */
  void end() {
    settle(null, null);
  }

  @Override
  public boolean cancel(@Nullable String reason) {
    loop.timers().withdraw(this);
    return super.cancel(reason);
  }

  @Override
  public int place() {
    return place;
  }

  @Override
  public void setPlace(int place) {
    this.place = place;
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
      if (suspended || value == Task.YIELD) {
        return null;
      }
      if (length.isZero() || length.isNegative()) {
        return task.awaitNext(Task.YIELD);
      }
      suspended = true;
      return task.awaitNext(Sleep.begin(task, length));
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
