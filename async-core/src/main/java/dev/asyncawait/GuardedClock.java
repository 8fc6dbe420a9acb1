package dev.asyncawait;

import dev.asyncawait.spi.LoopClock;
import java.time.Duration;
import java.util.Objects;

/** The clock of a loop, as the kernel asks it: one that throws closes the loop, whoever asks. */
final class GuardedClock {

  private final EventLoop loop;
  private final LoopClock clock;
  private final boolean callsUserCode;

  /** When the loop was made, on the clock's scale. */
  private final long origin;

  GuardedClock(EventLoop loop, Settings settings) {
    this.loop = loop;
    this.clock = settings.clock();
    this.callsUserCode = settings.callUserCode();
    this.origin = clock.now();
  }

  long now() {
    try {
      return clock.now();
    } catch (Throwable failure) {
      throw broken(failure);
    }
  }

  /** The time since the loop was made, of a time on the clock's scale. */
  Duration sinceOrigin(long time) {
    return Duration.ofNanos(time - origin);
  }

  /** The time on the clock's scale of one on the loop's. */
  long at(Duration loopTime) {
    return origin + nanos(loopTime);
  }

  long deadlineIn(Duration delay) {
    return now() + nanos(delay);
  }

  /** Half of the range, some 146 years, is for ever; deadlines must compare by difference. */
  static long nanos(Duration delay) {
    long most = Long.MAX_VALUE / 2;
    Objects.requireNonNull(delay, "delay must not be null");
    if (delay.isNegative()) {
      return 0;
    }
    return delay.compareTo(Duration.ofNanos(most)) >= 0 ? most : delay.toNanos();
  }

  /**
   * Asks the clock for an alarm. A clock goes deeper than the kernel, and an executor that overflows might lose other
   * alarms, so the stack is touched before; an overflow says nothing about the clock.
   *
   * @return cancels it, if there is stack left for that; it may ring for nothing
   */
  Runnable wakeAt(long deadline, Runnable alarm) {
    StackReserve.touchForThread();
    Runnable cancel;
    try {
      cancel = clock.wakeAt(deadline, alarm);
    } catch (StackOverflowError overflow) {
      throw overflow;
    } catch (Throwable failure) {
      throw broken(failure);
    }
    return () -> {
      try {
        StackReserve.touchForThread();
        cancel.run();
      } catch (StackOverflowError overflow) {
        Reports.debug("an alarm of " + loop + " rings for nothing: no stack was left", overflow);
      } catch (Throwable failure) {
        Reports.log(
            "an alarm of " + loop + " could not be cancelled, and rings for nothing", failure);
      }
    };
  }

  /** Posts what a thread of the clock's brings. */
  void post(Message message) {
    if (callsUserCode) {
      offClock(() -> loop.post(message));
    } else {
      loop.post(message);
    }
  }

  /** Does what a thread of the clock's has come for; the one of the shared clock must not be held up by it. */
  void offClock(Runnable work) {
    if (clock == SystemClock.SHARED) {
      Threads.background(work);
    } else {
      work.run();
    }
  }

  private LoopClosedError broken(Throwable failure) {
    loop.abandon(failure);
    return loop.closedError();
  }
}
