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
        EventLoop.log(loop.name() + " dropped what it could not give back: " + held, refused);
      }
    }
  }

  /** Says what the tasks of a loop that has closed did not give back. */
  static void reportLeftBy(EventLoop loop) {
    for (Held held : loop.held().toArray(new Held[0])) {
      held.leaveBooks();
      EventLoop.warn("loop " + loop.name() + " closed while " + held
          + "; release it in a try statement, or use run(body)");
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
}
