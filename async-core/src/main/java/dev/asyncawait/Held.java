package dev.asyncawait;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one got by acquiring an {@link AsyncLock} or an {@link AsyncSemaphore}: closing it gives it back.
 *
 * <pre>{@code
 * AsyncLock lock = new AsyncLock();
 * try (Held held = await(lock.acquire())) {
 *   await(save());
 * }
 * }</pre>
 *
 * <p>Where the variable is of no use, {@link AsyncLock#run(AsyncAction) run} does the same.
 *
 * <p><b>Cancellation.</b> What a cancelled task was given on its way is handed on. One that a task gives as its value
 * is handed back if the task ends cancelled all the same.
 *
 * <p><b>Threads.</b> May be closed on any thread, and by any task.
 *
 * <p><b>Pitfall.</b> {@code createTask(lock.acquire())} makes a task whose value is the lock: if nobody takes it from
 * there, nobody releases it. Await {@code acquire()} in the task that uses the lock. A loop that closes warns of what
 * its tasks have acquired and not given back.
 *
 * @see AsyncLock#acquire()
 * @see AsyncSemaphore#acquire()
 * @since 0.1
 */
public abstract sealed class Held implements AutoCloseable
    permits AsyncLock.Hold, AsyncSemaphore.Permit {

  /** Who acquired it; null if that was no task. */
  private final @Nullable Task<?> owner;

  // by the books of the owner's loop

  private @Nullable Held before;
  private @Nullable Held after;

  Held(@Nullable Task<?> owner) {
    this.owner = owner;
  }

  /**
   * Gives it back and wakes who is next; does nothing the second time.
   *
   * @throws IllegalStateException if it is a permit of a {@linkplain AsyncSemaphore#bounded bounded semaphore} that
   *     has all of them already, since it was released otherwise
   */
  @Override
  public abstract void close();

  abstract Object source();

  final void addBlockers(Set<Task<?>> blockers) {
    if (owner != null) {
      owner.addBlockers(blockers);
    }
  }

  /** From now on the owner's loop knows of it. */
  final void enterInBooks() {
    if (owner != null) {
      owner.loop.held().add(this);
    }
  }

  final void leaveBooks() {
    if (owner != null) {
      owner.loop.held().remove(this);
    }
  }

  /** Closes a value that was dropped, if it can be. */
  static void handBack(@Nullable Object dropped, EventLoop loop) {
    if (dropped instanceof Held held) {
      try {
        held.close();
      } catch (IllegalStateException refused) {
        Reports.log(loop.name() + " dropped what it could not give back: " + held, refused);
      }
    }
  }

  /**
   * Says who holds what.
   *
   * @return for example {@code fetch holds AsyncLock[locked, 2 waiting]}
   */
  @Override
  public final String toString() {
    return (owner == null ? "a thread" : owner.label()) + " holds " + source();
  }

  /** What the tasks of a loop have acquired and not given back, in the order in which they did; for any thread. */
  static final class Books extends IntrusiveList<Held> {

    @Override
    synchronized void add(Held held) {
      super.add(held);
    }

    @Override
    synchronized boolean remove(Held held) {
      return super.remove(held);
    }

    private synchronized @Nullable Held poll() {
      Held held = first();
      return held != null && super.remove(held) ? held : null;
    }

    /** Says what is left when {@code loop} has closed. */
    void report(EventLoop loop) {
      for (Held held; (held = poll()) != null; ) {
        Reports.warn("loop " + loop.name() + " closed while " + held
            + "; release it in a try statement, or use run(body)");
      }
    }

    @Override
    @Nullable
    Held before(Held held) {
      return held.before;
    }

    @Override
    @Nullable
    Held after(Held held) {
      return held.after;
    }

    @Override
    void setBefore(Held held, @Nullable Held before) {
      held.before = before;
    }

    @Override
    void setAfter(Held held, @Nullable Held after) {
      held.after = after;
    }
  }
}
