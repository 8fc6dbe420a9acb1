package dev.asyncawait;

import dev.asyncawait.spi.LoopClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Lets so many tasks go on in each period of time, and has the others wait.
 *
 * <pre>{@code
 * AsyncRateLimiter perSecond = new AsyncRateLimiter(5, Duration.ofSeconds(1));
 * for (String name : List.of("a", "b", "c")) {
 *   await(perSecond.acquire()); // the sixth within a second would wait
 *   System.out.println(await(fetch(name)));
 * }
 * }</pre>
 *
 * <p>In no stretch of time of that length do more go on than that, wherever it begins. Tasks go on in the order in which
 * they asked.
 *
 * <p><b>Cancellation.</b> A task that is cancelled while it waits leaves, and does not count. So does a loop that is abandoned.
 *
 * <p><b>Threads.</b> May be shared by tasks of several loops, if these have the same clock: those that were given none
 * have.
 *
 * @see AsyncSemaphore
 * @since 0.1
 */
public final class AsyncRateLimiter {

  private final int permits;
  private final Duration period;

  /** Its own monitor guards it and what follows. */
  private final WaitQueue queue = new WaitQueue();

  private @Nullable LoopClock clock;

  /** When those of the last period went on, on the clock's scale; never more than {@link #permits}. */
  private final Deque<Long> passed = new ArrayDeque<>();

  /**
   * Makes one.
   *
   * @param permits how many may go on in a period; at least 1
   * @param period its length; more than zero
   * @throws IllegalArgumentException if {@code permits} is less than 1, or {@code period} is zero or negative
   */
  public AsyncRateLimiter(int permits, Duration period) {
    if (permits < 1) {
      throw new IllegalArgumentException("permits must be at least 1, but was " + permits);
    }
    Objects.requireNonNull(period, "period must not be null");
    if (period.isZero() || period.isNegative()) {
      throw new IllegalArgumentException(
          "period must be more than zero, but was " + period + "; without one there is no rate");
    }
    this.permits = permits;
    this.period = period;
  }

  /**
   * Returns a coroutine that waits until all who came before have gone on, and another may.
   *
   * <p>If one may and nobody waits, no other task runs in between.
   *
   * <p><b>Cancellation.</b> See {@link AsyncRateLimiter}: a task that gets the exception does not count.
   *
   * @return a coroutine that gives null; {@link Async#await(Awaitable) await} of it throws an {@link
   *     IllegalStateException} if this was used on a loop with another clock before
   */
  @CheckReturnValue
  public Coroutine<@Nullable Void> acquire() {
    return new Coroutine<>(new Acquire());
  }

  /**
   * Returns a coroutine that runs {@code body} when all who came before have gone on, and another may.
   *
   * <pre>{@code
   * AsyncRateLimiter perSecond = new AsyncRateLimiter(5, Duration.ofSeconds(1));
   * String page = await(perSecond.run(() -> await(fetch("a"))));
   * }</pre>
   *
   * @param body what to run, as a part of the task that awaits this
   * @param <T> the type of its value
   * @return a coroutine that gives what {@code body} gives, or throws what it or {@link #acquire()} throws
   */
  @CheckReturnValue
  public <T extends @Nullable Object> Coroutine<T> run(AsyncBody<T> body) {
    return new Coroutine<>(new PacedFrame(Bodies.frame(body)));
  }

  /**
   * Returns a coroutine that runs a body that gives no value, as {@link #run(AsyncBody)} does.
   *
   * @param body what to run, as a part of the task that awaits this
   * @return a coroutine that gives null
   */
  @CheckReturnValue
  public Coroutine<@Nullable Void> run(AsyncAction body) {
    return new Coroutine<>(new PacedFrame(Bodies.frame(body)));
  }

  /**
   * Goes on if nobody waits and another may, and else does not; never waits.
   *
   * @return whether the caller may go on, and counts
   * @throws IllegalStateException if no loop runs here, or this was used on a loop with another clock before
   */
  @CheckReturnValue
  public boolean tryAcquire() {
    EventLoop loop = EventLoop.currentFor("tryAcquire()");
    synchronized (queue) {
      requireClockOf(loop);
      return !queue.isOccupied() && isDue(loop) && pass(loop);
    }
  }

  /**
   * Returns what this allows, and how many wait.
   *
   * <p>May be called from any thread.
   *
   * @return what holds at this moment
   */
  public Statistics statistics() {
    synchronized (queue) {
      return new Statistics(permits, period, queue.count());
    }
  }

  /**
   * What holds of a rate limiter at one moment.
   *
   * @param permits how many may go on in a period
   * @param period its length
   * @param waiting how many tasks wait
   * @since 0.1
   */
  public record Statistics(int permits, Duration period, int waiting) {}

  // under the monitor

  private void requireClockOf(EventLoop loop) {
    LoopClock here = loop.settings().clock();
    if (clock == null) {
      clock = here;
    } else if (here != clock && !(here instanceof SystemClock && clock instanceof SystemClock)) {
      throw new IllegalStateException(
          this + " goes by the clock of the loop that used it first, and " + loop
              + " has another; use one for each");
    }
  }

  private boolean isDue(EventLoop loop) {
    return passed.size() < permits || nextDue() - loop.clock().now() <= 0;
  }

  /** When the next may go on, if as many have as may in a period. */
  private long nextDue() {
    return passed.getFirst() + GuardedClock.nanos(period);
  }

  private boolean pass(EventLoop loop) {
    if (passed.size() == permits) {
      passed.removeFirst();
    }
    return passed.add(loop.clock().now());
  }

  // outside the monitor

  /**
   * Sees to it that the first in the queue is woken in time, by a timer of its own loop; whoever leaves the queue does this for
   * the next. While the first waits nobody goes on, so its time does not change.
   */
  private void armFirst() {
    Waiter woken = null;
    Alarm alarm = null;
    synchronized (queue) {
      Waiter first = queue.firstUnlessWaking();
      if (first != null && passed.size() < permits) {
        boolean unused = queue.wakeNext();
        woken = queue.takeWoken();
      } else if (first != null) {
        alarm = ((Acquire) first.operation()).alarmAt(nextDue(), () -> ring(first));
      }
    }
    WaitQueue.tell(woken);
    if (alarm != null) {
      alarm.loop.timers().set(alarm);
    }
  }

  private void ring(Waiter waiter) {
    Waiter woken = null;
    synchronized (queue) {
      if (queue.firstUnlessWaking() == waiter && queue.wakeNext()) {
        woken = queue.takeWoken();
      }
    }
    WaitQueue.tell(woken);
  }

  /** Acquires, and runs a body. */
  private final class PacedFrame extends BlockFrame {
    private final Frame body;
    private final Frame acquire = new Acquire();
    private boolean acquired;

    PacedFrame(Frame body) {
      this.body = body;
    }

    @Override
    @Nullable
    Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
        throws Throwable {
      if (acquired) {
        return body.resume(task, value, error);
      }
      if (acquire.resume(task, value, error) == SUSPENDED) {
        return SUSPENDED;
      }
      acquired = true;
      return body.resume(task, null, null);
    }

    @Override
    Frame inner() {
      return acquired ? body : acquire;
    }

    @Override
    String nameWhenUsed() {
      return "AsyncRateLimiter.run(...)";
    }

    @Override
    public String toString() {
      return AsyncRateLimiter.this + ".run(...)";
    }
  }

  private final class Acquire extends QueuedOperation {

    // under the monitor

    private @Nullable EventLoop loop;
    private @Nullable Alarm alarm;

    Acquire() {
      super(queue);
    }

    @Override
    @Nullable
    Object proceed(Task<?> task, boolean woken) {
      loop = task.loop;
      alarm = null;
      requireClockOf(task.loop);
      if ((!woken && queue.isOccupied()) || !isDue(task.loop)) {
        return SUSPENDED;
      }
      pass(task.loop);
      return null;
    }

    @Override
    void handOn(boolean woken) {
      if (alarm != null) {
        alarm.cancel();
      }
    }

    @Override
    void moved() {
      armFirst();
    }

    /** One that is to be set, if there was none. */
    @Nullable
    Alarm alarmAt(long due, Runnable action) {
      if (alarm != null) {
        return null;
      }
      alarm = Alarm.at(Objects.requireNonNull(loop), due, action);
      return alarm;
    }

    @Override
    String nameWhenUsed() {
      return "AsyncRateLimiter.acquire()";
    }

    @Override
    public String toString() {
      return AsyncRateLimiter.this + ".acquire()";
    }
  }

  /**
   * Says how many may go on in which time, and how many tasks wait.
   *
   * @return for example {@code AsyncRateLimiter[5 per PT1S, 2 waiting]}
   */
  @Override
  public String toString() {
    int waiting = statistics().waiting();
    return "AsyncRateLimiter[" + permits + " per " + period
        + (waiting == 0 ? "" : ", " + waiting + " waiting") + "]";
  }
}
