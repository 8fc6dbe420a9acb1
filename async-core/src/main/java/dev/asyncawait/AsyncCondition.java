package dev.asyncawait;

import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets tasks that hold a lock wait until others have changed what it protects: asyncio's {@code Condition}.
 *
 * <pre>{@code
 * AsyncCondition changed = new AsyncCondition();
 * Deque<String> letters = new ArrayDeque<>();
 * createTask(changed.lock().run(() -> {
 *   letters.add("a letter");
 *   changed.signal();
 * }));
 * String letter = await(changed.lock().run(() -> {
 *   await(changed.waitUntil(() -> !letters.isEmpty()));
 *   return letters.remove();
 * }));
 * }</pre>
 *
 * <p>A wait releases the lock and acquires it again before it ends, however it ends.
 *
 * <p><b>Cancellation.</b> A task that is cancelled while it waits acquires the lock again first, and cancel requests
 * that come meanwhile do not stop it; then it gets the latest exception. A signal that was on its way to it goes to
 * another.
 *
 * <p><b>Threads.</b> May be used by tasks of several loops. Other threads may signal while somebody holds the lock.
 *
 * <p><b>Pitfall.</b> A wait may end without a signal that is meant for it; {@link #waitUntil} looks again.
 *
 * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Condition">asyncio.Condition</a>
 * @since 0.1
 */
public final class AsyncCondition {

  private final AsyncLock lock;
  private final WaitQueue queue = new WaitQueue();

  /** Makes one with a lock of its own. */
  public AsyncCondition() {
    this(new AsyncLock());
  }

  /**
   * Makes one with a lock that may have other conditions as well.
   *
   * @param lock the lock
   */
  public AsyncCondition(AsyncLock lock) {
    this.lock = Objects.requireNonNull(lock, "lock must not be null");
  }

  /**
   * Returns the lock that a task must hold to wait or to signal.
   *
   * @return the lock
   */
  public AsyncLock lock() {
    return lock;
  }

  /**
   * Returns a coroutine that releases the lock, waits for a signal, and acquires the lock again.
   *
   * <p><b>Cancellation.</b> See {@link AsyncCondition}.
   *
   * @return a coroutine that gives null; {@link Async#await(Awaitable) await} of it throws an {@link
   *     IllegalStateException} if nobody holds the lock
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Condition.wait">Condition.wait</a>
   */
  @CheckReturnValue
  public Coroutine<@Nullable Void> waitForSignal() {
    return new Coroutine<>(new ForSignal());
  }

  /**
   * Returns a coroutine that waits for signals until {@code predicate} is true.
   *
   * <p>The predicate is asked while the lock is held, first before any wait. It may not await.
   *
   * <p><b>Cancellation.</b> See {@link AsyncCondition}.
   *
   * @param predicate what is waited for
   * @return a coroutine that gives null; {@link Async#await(Awaitable) await} of it throws what {@code predicate}
   *     throws, and an {@link IllegalStateException} if it must wait and nobody holds the lock
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Condition.wait_for">
   *     Condition.wait_for</a>
   */
  @CheckReturnValue
  public Coroutine<@Nullable Void> waitUntil(BooleanSupplier predicate) {
    Objects.requireNonNull(predicate, "predicate must not be null");
    return new Coroutine<>(new UntilTrue(predicate));
  }

  /**
   * Wakes the first task that waits.
   *
   * <p>It goes on when it has the lock again, which the caller does not release by this. May be called from any
   * thread.
   *
   * @throws IllegalStateException if nobody holds the lock
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Condition.notify">Condition.notify</a>
   */
  public void signal() {
    signal(1);
  }

  /**
   * Wakes the first tasks that wait, as {@link #signal()} does.
   *
   * @param most how many at most; zero or less wakes none
   * @throws IllegalStateException if nobody holds the lock
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Condition.notify">Condition.notify</a>
   */
  public void signal(int most) {
    lockedBy("signal()");
    wake(most);
  }

  /**
   * Wakes all tasks that wait, as {@link #signal()} does.
   *
   * @throws IllegalStateException if nobody holds the lock
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Condition.notify_all">
   *     Condition.notify_all</a>
   */
  public void signalAll() {
    lockedBy("signalAll()");
    wake(Integer.MAX_VALUE);
  }

  /**
   * Returns how many tasks wait for a signal, and what holds of the lock.
   *
   * <p>May be called from any thread.
   *
   * @return what holds at this moment
   */
  public Statistics statistics() {
    AsyncLock.Statistics ofLock = lock.statistics();
    synchronized (queue) {
      return new Statistics(queue.count(), ofLock);
    }
  }

  /**
   * What holds of a condition at one moment.
   *
   * @param waiting how many tasks wait for a signal; those that have it and wait for the lock are among the lock's
   * @param lock what holds of its lock
   * @since 0.1
   */
  public record Statistics(int waiting, AsyncLock.Statistics lock) {}

  private AsyncLock.Hold lockedBy(String operation) {
    AsyncLock.Hold holder = lock.holder();
    if (holder == null) {
      throw new IllegalStateException(
          operation + " on " + this + " needs its lock; put it into lock().run(...)");
    }
    return holder;
  }

  private void wake(int most) {
    Waiter woken;
    synchronized (queue) {
      queue.reserveStack();
      int missing = most;
      while (missing > 0 && queue.wakeNext()) {
        missing--;
      }
      woken = queue.takeWoken();
    }
    WaitQueue.tell(woken);
  }

  /** A signal that may have been given to somebody who makes no use of it. */
  private void passOn() {
    wake(1);
  }

  /** The wait itself. Whoever does not go on in the queue passes on a signal later, when it has the lock. */
  private final class Signalled extends QueuedOperation {
    Signalled() {
      super(queue);
    }

    @Override
    @Nullable
    Object proceed(Task<?> task, boolean woken) {
      return woken ? null : SUSPENDED;
    }

    @Override
    void handOn(boolean woken) {}

    @Override
    void abandoned() {
      passOn();
    }

    @Override
    String nameWhenUsed() {
      return "AsyncCondition.waitForSignal()";
    }

    @Override
    public String toString() {
      return AsyncCondition.this + ".waitForSignal()";
    }
  }

  /** Acquires the lock for who held it before. */
  private final class Reacquire extends AsyncLock.AcquireFrame {
    Reacquire(AsyncLock.Hold former) {
      super(lock, former);
    }

    @Override
    void abandoned() {
      passOn();
    }

    @Override
    boolean mustEnd() {
      return true;
    }
  }

  /** asyncio.Condition.wait. */
  private final class ForSignal extends Frame {
    private AsyncLock.@Nullable Hold held;
    private @Nullable Frame current;
    private @Nullable CancellationException cancellation;

    @Override
    @Nullable
    Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
        throws Throwable {
      AsyncLock.Hold own = held;
      Frame frame = current;
      return own == null || frame == null ? begin(task) : goOn(own, frame, task, value, error);
    }

    private @Nullable Object begin(Task<?> task) throws Throwable {
      AsyncLock.Hold own = lockedBy("waitForSignal()");
      var wait = new Signalled();
      held = own;
      current = wait;
      Object suspended = wait.resume(task, null, null); // in the queue before the lock is free
      if (!lock.release(own)) {
        Object unused = wait.resume(
            task,
            null,
            new IllegalStateException("the lock of " + this + " was released by somebody else"));
      }
      return suspended;
    }

    private @Nullable Object goOn(
        AsyncLock.Hold own,
        Frame first,
        Task<?> task,
        @Nullable Object value,
        @Nullable Throwable error)
        throws Throwable {
      Frame frame = first;
      Throwable told = error;
      for (; ; ) {
        boolean ended = true;
        try {
          if (frame.resume(task, value, told) == SUSPENDED) {
            return SUSPENDED;
          }
        } catch (CancellationException e) {
          cancellation = e; // the latest counts
          ended = false;
        } catch (Throwable failure) {
          passOn();
          throw failure;
        }
        if (ended && frame instanceof Reacquire) {
          break;
        }
        frame = new Reacquire(own);
        current = frame;
        told = null;
      }
      if (cancellation != null) {
        passOn();
        throw cancellation;
      }
      return null;
    }

    @Override
    String nameWhenUsed() {
      return "AsyncCondition.waitForSignal()";
    }

    @Override
    public String toString() {
      return AsyncCondition.this + ".waitForSignal()";
    }
  }

  /** asyncio.Condition.wait_for. */
  private final class UntilTrue extends Frame {
    private final BooleanSupplier predicate;
    private @Nullable Frame wait;

    UntilTrue(BooleanSupplier predicate) {
      this.predicate = predicate;
    }

    @Override
    @Nullable
    Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
        throws Throwable {
      if (wait != null && wait.resume(task, value, error) == SUSPENDED) {
        return SUSPENDED;
      }
      if (predicate.getAsBoolean()) {
        return null;
      }
      wait = new ForSignal();
      return wait.resume(task, null, null);
    }

    @Override
    String nameWhenUsed() {
      return "AsyncCondition.waitUntil(...)";
    }

    @Override
    public String toString() {
      return AsyncCondition.this + ".waitUntil(...)";
    }
  }

  /**
   * Says how many tasks wait, and names the lock.
   *
   * @return for example {@code AsyncCondition[AsyncLock[locked], 2 waiting]}
   */
  @Override
  public String toString() {
    String locked = lock.toString();
    synchronized (queue) {
      return "AsyncCondition[" + locked + queue.count("waiting") + "]";
    }
  }
}
