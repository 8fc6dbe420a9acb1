package dev.asyncawait;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets one task at a time into a section that awaits: asyncio's {@code Lock}.
 *
 * <pre>{@code
 * AsyncLock lock = new AsyncLock();
 * try (Held held = await(lock.acquire())) {
 *   await(save()); // no other task is in here
 * }
 * }</pre>
 *
 * <p>Tasks get it in the order in which they asked. Between two awaits the tasks of one loop need no lock.
 *
 * <p><b>Cancellation.</b> A task that is cancelled while it waits leaves the queue; if the lock was on its way to it,
 * the next gets it.
 *
 * <p><b>Threads.</b> May be shared by tasks of several loops and by other threads. A loop that is abandoned leaves
 * the queue; what its tasks hold stays locked until somebody calls {@link #release()}.
 *
 * <p><b>Memory consistency.</b> What was done before the lock was released happens-before it is acquired again.
 *
 * <p><b>Pitfall.</b> It is not reentrant: a task that acquires it again waits for itself.
 *
 * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Lock">asyncio.Lock</a>
 * @since 0.1
 */
public final class AsyncLock {

  /** Its own monitor guards it and {@link #holder}. */
  private final WaitQueue queue = new WaitQueue();

  private @Nullable Hold holder;

  /** Makes an unlocked one. */
  public AsyncLock() {}

  /**
   * Returns a coroutine that waits until the lock is free and all who came before have had it, and acquires it.
   *
   * <p>If it is free and nobody waits, no other task runs in between.
   *
   * <p><b>Cancellation.</b> See {@link AsyncLock}: a task that gets the exception does not have the lock.
   *
   * @return a coroutine of what {@linkplain Held#close releases} the lock
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Lock.acquire">Lock.acquire</a>
   */
  @CheckReturnValue
  public Coroutine<Held> acquire() {
    return new Coroutine<>(new AcquireFrame(this, null));
  }

  /**
   * Acquires the lock if it is free and nobody waits for it; never waits.
   *
   * <p>May be called from any thread, also from one that runs no loop.
   *
   * <pre>{@code
   * AsyncLock lock = new AsyncLock();
   * try (Held held = lock.tryAcquire()) {
   *   if (held != null) {
   *     prepare();
   *   }
   * }
   * }</pre>
   *
   * @return what releases the lock, or null
   */
  @CheckReturnValue
  public @Nullable Held tryAcquire() {
    Task<?> task = Task.currentOrNull();
    synchronized (queue) {
      return isFree() ? lock(new Hold(this, task)) : null;
    }
  }

  /**
   * Releases the lock, whoever holds it, and wakes the first task that waits for it.
   *
   * <p>The {@link Held} that {@link #acquire()} gave has no effect any more. May be called from any thread.
   *
   * @throws IllegalStateException if the lock is not locked
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Lock.release">Lock.release</a>
   */
  public void release() {
    if (!release(null)) {
      throw new IllegalStateException(
          this + " is not locked; release it once for each time it was acquired");
    }
  }

  /**
   * Tells whether the lock is locked.
   *
   * <p>A lock that was released reads unlocked until the task it is for goes on; nobody else gets it meanwhile. May
   * be called from any thread.
   *
   * @return whether somebody holds it
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Lock.locked">Lock.locked</a>
   */
  public boolean isLocked() {
    return holder() != null;
  }

  /**
   * Returns a coroutine that acquires the lock, runs {@code body}, and releases it however that ends.
   *
   * <pre>{@code
   * AsyncLock lock = new AsyncLock();
   * String saved = await(lock.run(() -> await(save())));
   * }</pre>
   *
   * @param body what to run, as a part of the task that awaits this
   * @param <T> the type of its value
   * @return a coroutine that gives what {@code body} gives, or throws what it throws
   */
  @CheckReturnValue
  public <T extends @Nullable Object> Coroutine<T> run(AsyncBody<T> body) {
    return new Coroutine<>(new HoldFrame(new AcquireFrame(this, null), Bodies.frame(body)));
  }

  /**
   * Returns a coroutine that runs a body that gives no value, as {@link #run(AsyncBody)} does.
   *
   * @param body what to run, as a part of the task that awaits this
   * @return a coroutine that gives null
   */
  @CheckReturnValue
  public Coroutine<@Nullable Void> run(AsyncAction body) {
    return new Coroutine<>(new HoldFrame(new AcquireFrame(this, null), Bodies.frame(body)));
  }

  /**
   * Returns who has this lock and how many wait for it.
   *
   * <p>May be called from any thread.
   *
   * @return what holds at this moment
   */
  public Statistics statistics() {
    synchronized (queue) {
      Hold current = holder;
      return new Statistics(
          current != null, current == null ? null : current.owner(), queue.count());
    }
  }

  @Nullable
  Hold holder() {
    synchronized (queue) {
      return holder;
    }
  }

  /** Releases the lock if it is held, and by {@code own} if that is given. */
  boolean release(@Nullable Hold own) {
    Waiter woken;
    synchronized (queue) {
      Hold current = holder;
      if (current == null || (own != null && current != own)) {
        return false;
      }
      queue.reserveStack();
      holder = null;
      current.leaveBooks();
      queue.wakeFirst();
      woken = queue.takeWoken();
    }
    WaitQueue.tell(woken);
    return true;
  }

  // under the monitor

  private boolean isFree() {
    return holder == null && !queue.isOccupied();
  }

  private Hold lock(Hold own) {
    holder = own;
    own.enterInBooks();
    return own;
  }

  /**
   * What holds of a lock at one moment.
   *
   * @param locked whether it is locked
   * @param holder the task that holds it; null if it is not locked, or by no task
   * @param waiting how many tasks wait for it
   * @since 0.1
   */
  public record Statistics(boolean locked, @Nullable Task<?> holder, int waiting) {}

  /** It is good as long as it is the lock's holder. */
  static final class Hold extends Held {
    private final AsyncLock lock;

    Hold(AsyncLock lock, @Nullable Task<?> owner) {
      super(owner);
      this.lock = lock;
    }

    @Override
    public void close() {
      boolean unused = lock.release(this);
    }

    @Override
    AsyncLock source() {
      return lock;
    }
  }

  /** asyncio.Lock.acquire; the lock is handed over by who releases it only in so far as it wakes the first. */
  static class AcquireFrame extends QueuedOperation {
    private final AsyncLock lock;

    /** What held the lock before, and is to hold it again. */
    private final @Nullable Hold former;

    AcquireFrame(AsyncLock lock, @Nullable Hold former) {
      super(lock.queue);
      this.lock = lock;
      this.former = former;
    }

    @Override
    final Object proceed(Task<?> task, boolean woken) {
      if (!woken && !lock.isFree()) {
        return SUSPENDED;
      }
      return lock.lock(former != null ? former : new Hold(lock, task));
    }

    @Override
    final void handOn(boolean woken) {
      if (lock.holder == null) {
        lock.queue.wakeFirst();
      }
    }

    @Override
    void addBlockers(Set<Task<?>> blockers) {
      synchronized (lock.queue) {
        Hold holder = lock.holder;
        if (holder != null) {
          holder.addBlockers(blockers);
        }
      }
    }

    @Override
    String nameWhenUsed() {
      return "AsyncLock.acquire()";
    }

    @Override
    public String toString() {
      return lock + ".acquire()";
    }
  }

  /**
   * Says whether the lock is locked, and how many tasks wait for it.
   *
   * @return for example {@code AsyncLock[locked, 2 waiting]}
   */
  @Override
  public String toString() {
    synchronized (queue) {
      return "AsyncLock[" + (holder == null ? "unlocked" : "locked") + queue.count("waiting") + "]";
    }
  }
}
