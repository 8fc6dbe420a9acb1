package dev.asyncawait;

import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What one got by acquiring an {@link AsyncLock}, an {@link AsyncSemaphore} or an {@link AsyncLimiter}: closing it gives it
 * back.
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
 * @see AsyncLimiter#acquire()
 * @since 0.1
 */
public abstract sealed class Held implements AutoCloseable
    permits AsyncLock.Hold, AsyncSemaphore.Permit, AsyncLimiter.Token {

  /** Who acquired it; null if that was no task. */
  private final @Nullable Task<?> owner;

  // by the books of the owner's loop

  private @Nullable Held before;
  private @Nullable Held after;

  Held(@Nullable Task<?> owner) {
    this.owner = owner;
  }

  /**
   * Gives it back, and wakes the task that is next. The second time this does nothing.
   *
   * @throws IllegalStateException if it is a permit of a {@linkplain AsyncSemaphore#bounded bounded semaphore} that
   *     has all of them already, since it was released otherwise
   */
  @Override
  public abstract void close();

  abstract Object source();

  final @Nullable Task<?> owner() {
    return owner;
  }

  final void addBlockers(Set<Task<?>> blockers) {
    if (owner != null) {
      owner.addBlockers(blockers);
    }
  }

  /** From now on the owner's loop knows of it. */
  final void enterInBooks() {
    // A condition may take the lock again for a task of another loop; that one's books are not for
    // this thread.
    if (owner != null && owner.loop.isHeldByCurrentThread()) {
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

  /** What the tasks of one loop have acquired, and not given back. Only by the holder of its baton, but for {@link #remove} and {@link #report}. */
  static final class Books extends IntrusiveList<Held> {

    private record Left(Held held, @Nullable Left before) {}

    private final EventLoop loop;

    /** What other threads have given back, and is still in the list. */
    private final AtomicReference<@Nullable Left> left = new AtomicReference<>();

    Books(EventLoop loop) {
      this.loop = loop;
    }

    @Override
    void add(Held held) {
      strikeOff();
      super.add(held);
    }

    /** Takes out what was given back; by any thread. */
    @Override
    boolean remove(Held held) {
      if (loop.isHeldByCurrentThread()) {
        return super.remove(held);
      }
      left.updateAndGet(others -> new Left(held, others));
      return true;
    }

    private void strikeOff() {
      if (left.get() != null) {
        for (Left gone = left.getAndSet(null); gone != null; gone = gone.before) {
          super.remove(gone.held);
        }
      }
    }

    /** When the loop has closed: warns of what is left. A body that does not end may change it meanwhile. */
    void report() {
      strikeOff();
      for (Held held = first(); held != null; held = held.after) {
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
