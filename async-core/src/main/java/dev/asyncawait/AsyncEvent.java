package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/**
 * A flag that tasks can wait for: asyncio's {@code Event}.
 *
 * <pre>{@code
 * AsyncEvent ready = new AsyncEvent();
 * button.onClick(ready::set);     // any thread
 * await(ready.waitUntilSet());    // any number of tasks
 * }</pre>
 *
 * <p><b>Cancellation.</b> A task that is cancelled while it waits stops waiting; nothing else happens.
 *
 * <p><b>Threads.</b> May be used by tasks of several loops and by other threads.
 *
 * <p><b>Memory consistency.</b> What was done before {@link #set()} happens-before what follows the waits that it
 * ended.
 *
 * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Event">asyncio.Event</a>
 * @since 0.1
 */
public final class AsyncEvent {

  /** Its own monitor guards it and {@link #set}. */
  private final WaitQueue queue = new WaitQueue();

  private boolean set;

  /** Makes one that is not set. */
  public AsyncEvent() {}

  /**
   * Returns a coroutine that waits until the event is set.
   *
   * <p>If it is, no other task runs in between. A wait that {@link #set()} ended is not taken back by a {@link
   * #clear()} that came before the task went on.
   *
   * <p><b>Cancellation.</b> Ends the wait at once.
   *
   * @return a coroutine that gives null
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Event.wait">Event.wait</a>
   */
  @CheckReturnValue
  public Coroutine<@Nullable Void> waitUntilSet() {
    return new Coroutine<>(new UntilSet());
  }

  /**
   * Sets the event and wakes all who wait for it, in the order in which they came; does nothing if it is set.
   *
   * <p>May be called from any thread.
   *
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Event.set">Event.set</a>
   */
  public void set() {
    Waiter woken;
    synchronized (queue) {
      if (!set) {
        queue.reserveStack();
        set = true;
        queue.wakeAll();
      }
      woken = queue.takeWoken();
    }
    WaitQueue.tell(woken);
  }

  /**
   * Makes the event one that is not set.
   *
   * <p>May be called from any thread.
   *
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Event.clear">Event.clear</a>
   */
  public void clear() {
    synchronized (queue) {
      set = false;
    }
  }

  /**
   * Tells whether the event is set.
   *
   * <p>May be called from any thread.
   *
   * @return whether it is set
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Event.is_set">Event.is_set</a>
   */
  public boolean isSet() {
    synchronized (queue) {
      return set;
    }
  }

  /**
   * Returns whether the event is set, and how many tasks wait for it.
   *
   * <p>May be called from any thread.
   *
   * @return what holds at this moment
   */
  public Statistics statistics() {
    synchronized (queue) {
      return new Statistics(set, queue.count());
    }
  }

  /**
   * What holds of an event at one moment.
   *
   * @param set whether it is set
   * @param waiting how many tasks wait for it, or were woken and have not gone on
   * @since 0.1
   */
  public record Statistics(boolean set, int waiting) {}

  /** asyncio.Event.wait. */
  private final class UntilSet extends QueuedOperation {
    UntilSet() {
      super(queue);
    }

    @Override
    @Nullable
    Object proceed(Task<?> task, boolean woken) {
      return woken || set ? null : SUSPENDED;
    }

    @Override
    void handOn(boolean woken) {}

    @Override
    String nameWhenUsed() {
      return "AsyncEvent.waitUntilSet()";
    }

    @Override
    public String toString() {
      return AsyncEvent.this + ".waitUntilSet()";
    }
  }

  /**
   * Says whether the event is set, and how many tasks wait for it.
   *
   * @return for example {@code AsyncEvent[not set, 2 waiting]}
   */
  @Override
  public String toString() {
    synchronized (queue) {
      return "AsyncEvent[" + (set ? "set" : "not set") + queue.count("waiting") + "]";
    }
  }
}
