package dev.asyncawait;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets a limited number of tasks into a section at a time: asyncio's {@code Semaphore}.
 *
 * <pre>{@code
 * AsyncSemaphore requests = new AsyncSemaphore(10);
 * String page = await(requests.run(() -> await(fetch("a")))); // at most ten at once
 * }</pre>
 *
 * <p>Tasks get permits in the order in which they asked. Being usable from everywhere, it can bound the use of a
 * resource for a whole process with many loops.
 *
 * <p><b>Cancellation.</b> A task that is cancelled while it waits leaves the queue; a permit that was on its way to it
 * goes to the next.
 *
 * <p><b>Threads.</b> May be shared by tasks of several loops and by other threads. A loop that is abandoned leaves the
 * queue; permits that its tasks hold are not given back for them.
 *
 * <p><b>Memory consistency.</b> What was done before a permit was released happens-before it is acquired again.
 *
 * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Semaphore">asyncio.Semaphore</a>
 * @since 0.1
 */
public final class AsyncSemaphore {

  /** Its own monitor guards it, {@link #permits} and the list of those that are away. */
  private final WaitQueue queue = new WaitQueue();

  private final int initial;

  /** There may never be more than these. */
  private final int bound;

  private int permits;

  /**
   * The permits that are away, as far as is known: a caller of {@link #release()} does not say which came back, so there
   * are never more than {@link #initial} less {@link #permits}, and the eldest go first.
   */
  private final Away away = new Away();

  /**
   * Makes one with {@code permits} permits, to which {@link #release()} may add others.
   *
   * @param permits how many there are at first; zero or more
   * @throws IllegalArgumentException if {@code permits} is negative
   */
  public AsyncSemaphore(int permits) {
    this(permits, Integer.MAX_VALUE);
  }

  private AsyncSemaphore(int permits, int bound) {
    if (permits < 0) {
      throw new IllegalArgumentException("permits must not be negative, but was " + permits);
    }
    this.initial = permits;
    this.bound = bound;
    this.permits = permits;
  }

  /**
   * Makes one that never has more than {@code permits} permits: a {@link #release()} too many is an error.
   *
   * @param permits how many there are; zero or more
   * @return a new semaphore
   * @throws IllegalArgumentException if {@code permits} is negative
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.BoundedSemaphore">
   *     asyncio.BoundedSemaphore</a>
   */
  public static AsyncSemaphore bounded(int permits) {
    return new AsyncSemaphore(permits, permits);
  }

  /**
   * Returns a coroutine that waits until there is a permit and all who came before have one, and acquires it.
   *
   * <pre>{@code
   * AsyncSemaphore requests = new AsyncSemaphore(10);
   * try (Held permit = await(requests.acquire())) {
   *   System.out.println(await(fetch("a")));
   * }
   * }</pre>
   *
   * <p>If there is one and nobody waits, no other task runs in between.
   *
   * <p><b>Cancellation.</b> See {@link AsyncSemaphore}: a task that gets the exception has no permit.
   *
   * @return a coroutine of what {@linkplain Held#close gives the permit back}; a caller of {@link #release()} for that
   *     must not close it as well
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Semaphore.acquire">
   *     Semaphore.acquire</a>
   */
  @CheckReturnValue
  public Coroutine<Held> acquire() {
    return new Coroutine<>(new AcquireFrame());
  }

  /**
   * Acquires a permit if there is one and nobody waits; never waits.
   *
   * <p>May be called from any thread, also from one that runs no loop.
   *
   * @return what gives the permit back, or null
   */
  @CheckReturnValue
  public @Nullable Held tryAcquire() {
    Task<?> task = Task.currentOrNull();
    synchronized (queue) {
      if (isUsedUp()) {
        return null;
      }
      permits--;
      return given(task);
    }
  }

  /**
   * Adds a permit, and so wakes the first task that waits for one.
   *
   * <p>It need not be one that was acquired before. May be called from any thread.
   *
   * @throws IllegalStateException if this is a {@linkplain #bounded bounded} semaphore that has all its permits
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Semaphore.release">
   *     Semaphore.release</a>
   */
  public void release() {
    Waiter woken;
    synchronized (queue) {
      takeBack();
      forgetReturned();
      woken = queue.takeWoken();
    }
    WaitQueue.tell(woken);
  }

  /**
   * Tells whether {@link #acquire()} would have to wait: there is no permit, or others come first.
   *
   * <p>May be called from any thread.
   *
   * @return whether a permit cannot be had at once
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Semaphore.locked">
   *     Semaphore.locked</a>
   */
  public boolean isLocked() {
    synchronized (queue) {
      return isUsedUp();
    }
  }

  /**
   * Returns how many permits there are, not counting those that are on their way to a task.
   *
   * <p>May be called from any thread.
   *
   * @return the number of permits
   */
  public int availablePermits() {
    synchronized (queue) {
      return permits;
    }
  }

  /**
   * Returns how many permits there are, which tasks have the others, and how many wait.
   *
   * <p>May be called from any thread.
   *
   * @return what holds at this moment
   */
  public Statistics statistics() {
    synchronized (queue) {
      List<Task<?>> holders = new ArrayList<>();
      for (Permit permit = away.first(); permit != null; permit = permit.awayAfter) {
        Task<?> owner = permit.owner();
        if (owner != null) {
          holders.add(owner);
        }
      }
      return new Statistics(permits, List.copyOf(holders), queue.count());
    }
  }

  /**
   * What holds of a semaphore at one moment.
   *
   * @param availablePermits how many permits there are, not counting those that are on their way to a task
   * @param holders the tasks that acquired what has not been given back, one for each permit, the eldest first; as far as is
   *     known, since a caller of {@link #release()} does not say which permit came back
   * @param waiting how many tasks wait for one
   * @since 0.1
   */
  public record Statistics(int availablePermits, List<Task<?>> holders, int waiting) {}

  /**
   * Returns a coroutine that acquires a permit, runs {@code body}, and gives it back however that ends.
   *
   * @param body what to run, as a part of the task that awaits this
   * @param <T> the type of its value
   * @return a coroutine that gives what {@code body} gives, or throws what it throws
   */
  @CheckReturnValue
  public <T extends @Nullable Object> Coroutine<T> run(AsyncBody<T> body) {
    return new Coroutine<>(new HoldFrame(new AcquireFrame(), Bodies.frame(body)));
  }

  /**
   * Returns a coroutine that runs a body that gives no value, as {@link #run(AsyncBody)} does.
   *
   * @param body what to run, as a part of the task that awaits this
   * @return a coroutine that gives null
   */
  @CheckReturnValue
  public Coroutine<@Nullable Void> run(AsyncAction body) {
    return new Coroutine<>(new HoldFrame(new AcquireFrame(), Bodies.frame(body)));
  }

  // under the monitor

  private boolean isUsedUp() {
    return permits == 0 || queue.isOccupied();
  }

  private Permit given(@Nullable Task<?> owner) {
    var permit = new Permit(this, owner);
    away.add(permit);
    permit.enterInBooks();
    forgetReturned();
    return permit;
  }

  private void forgetReturned() {
    int most = Math.max(0, initial - permits);
    while (away.size() > most) {
      forget(Objects.requireNonNull(away.first()));
    }
  }

  /** Takes a permit off the list, if it is there. */
  private void forget(Permit permit) {
    if (away.remove(permit)) {
      permit.leaveBooks();
    }
  }

  private void takeBack() {
    if (permits >= bound) {
      throw new IllegalStateException(
          this + " has all its permits; release once for each that was acquired");
    }
    queue.reserveStack();
    permits++;
    giveNext();
  }

  private boolean giveNext() {
    boolean woken = queue.wakeNext();
    if (woken) {
      permits--;
    }
    return woken;
  }

  /** Those who came while one was on its way had to wait, although there may have been permits. */
  private void giveAll() {
    boolean more = true;
    while (permits > 0 && more) {
      more = giveNext();
    }
  }

  /** Given back once. */
  static final class Permit extends Held {
    private final AsyncSemaphore semaphore;

    // under the semaphore's monitor

    private boolean closed;
    private @Nullable Permit awayBefore;
    private @Nullable Permit awayAfter;

    Permit(AsyncSemaphore semaphore, @Nullable Task<?> owner) {
      super(owner);
      this.semaphore = semaphore;
    }

    @Override
    public void close() {
      Waiter woken;
      synchronized (semaphore.queue) {
        if (!closed) {
          semaphore.takeBack();
          closed = true;
          semaphore.forget(this);
          semaphore.forgetReturned();
        }
        woken = semaphore.queue.takeWoken();
      }
      WaitQueue.tell(woken);
    }

    @Override
    AsyncSemaphore source() {
      return semaphore;
    }
  }

  private static final class Away extends IntrusiveList<Permit> {
    @Override
    @Nullable
    Permit before(Permit permit) {
      return permit.awayBefore;
    }

    @Override
    @Nullable
    Permit after(Permit permit) {
      return permit.awayAfter;
    }

    @Override
    void setBefore(Permit permit, @Nullable Permit before) {
      permit.awayBefore = before;
    }

    @Override
    void setAfter(Permit permit, @Nullable Permit after) {
      permit.awayAfter = after;
    }
  }

  /** asyncio.Semaphore.acquire; a task that is woken has been given the permit. */
  private final class AcquireFrame extends QueuedOperation {
    AcquireFrame() {
      super(queue);
    }

    @Override
    Object proceed(Task<?> task, boolean woken) {
      queue.reserveStack(task);
      if (!woken) {
        if (isUsedUp()) {
          return SUSPENDED;
        }
        permits--;
      }
      giveAll();
      return given(task);
    }

    @Override
    void handOn(boolean woken) {
      if (woken) {
        permits++;
      }
      giveAll();
    }

    @Override
    void addBlockers(Set<Task<?>> blockers) {
      synchronized (queue) {
        for (Permit permit = away.first(); permit != null; permit = permit.awayAfter) {
          permit.addBlockers(blockers);
        }
      }
    }

    @Override
    String nameWhenUsed() {
      return "AsyncSemaphore.acquire()";
    }

    @Override
    public String toString() {
      return AsyncSemaphore.this + ".acquire()";
    }
  }

  /**
   * Says how many permits there are, and how many tasks wait for one.
   *
   * @return for example {@code AsyncSemaphore[0 permits, 2 waiting]}, or {@code AsyncSemaphore[1 of 3 permits]} if it
   *     is bounded
   */
  @Override
  public String toString() {
    synchronized (queue) {
      return "AsyncSemaphore[" + permits + (bound == Integer.MAX_VALUE ? "" : " of " + bound)
          + (permits == 1 && bound == Integer.MAX_VALUE ? " permit" : " permits")
          + queue.count("waiting") + "]";
    }
  }
}
