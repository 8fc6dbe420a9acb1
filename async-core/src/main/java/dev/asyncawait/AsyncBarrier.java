package dev.asyncawait;

import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/**
 * A point where tasks wait until a certain number of them has arrived: asyncio's {@code Barrier}.
 *
 * <pre>{@code
 * AsyncBarrier barrier = new AsyncBarrier(2);
 * for (String name : List.of("a", "b")) {
 *   createTask(async(() -> {
 *     String page = await(fetch(name));
 *     await(barrier.arriveAndWait());
 *     System.out.println(page + ", and the other is there, too");
 *   }));
 * }
 * }</pre>
 *
 * <p>When the last has arrived, all go on, and the barrier can be used again.
 *
 * <p><b>Cancellation.</b> A task that is cancelled while it waits has not arrived any more, once it has gone on; unlike
 * in a {@link java.util.concurrent.CyclicBarrier}, the others go on waiting.
 *
 * <p><b>Threads.</b> May be used by tasks of several loops. {@link #reset()} and {@link #abort()} may be called from
 * any thread.
 *
 * <p><b>Memory consistency.</b> What the tasks did before they arrived happens-before what each does afterwards.
 *
 * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Barrier">asyncio.Barrier</a>
 * @since 0.1
 */
public final class AsyncBarrier {

  private enum State {
    /** Tasks arrive and wait. */
    FILLING,
    /** All have arrived, and not all have gone on. */
    DRAINING,
    /** It was reset, and not all who waited have gone on. */
    RESETTING,
    BROKEN
  }

  private final int parties;

  /** Its own monitor guards it and what follows. */
  private final WaitQueue queue = new WaitQueue();

  private State state = State.FILLING;

  /** Those who have arrived and not gone on. */
  private final Set<Arrival> arrived = new LinkedHashSet<>();

  /**
   * Makes a barrier for {@code parties} tasks.
   *
   * @param parties how many must arrive; at least one
   * @throws IllegalArgumentException if {@code parties} is less than one
   */
  public AsyncBarrier(int parties) {
    if (parties < 1) {
      throw new IllegalArgumentException("parties must be at least 1, but was " + parties);
    }
    this.parties = parties;
  }

  /**
   * Returns a coroutine that waits until all parties have arrived.
   *
   * <p>While those of the round before are still to go on, it waits for that first.
   *
   * <p><b>Cancellation.</b> See {@link AsyncBarrier}.
   *
   * @return a coroutine of a number from zero to one less than the parties, a different one for each, in the order of
   *     arrival; {@link Async#await(Awaitable) await} of it throws a {@link BarrierBrokenException} if the barrier was
   *     aborted, or was reset meanwhile
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Barrier.wait">Barrier.wait</a>
   */
  @CheckReturnValue
  public Coroutine<Integer> arriveAndWait() {
    return new Coroutine<>(new Arrival());
  }

  /**
   * Has all who wait go on with a {@link BarrierBrokenException}; the barrier can be used again at once, also if it was
   * aborted before.
   *
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Barrier.reset">Barrier.reset</a>
   */
  public void reset() {
    Waiter woken;
    synchronized (queue) {
      queue.reserveStack();
      state = arrived.isEmpty() ? State.FILLING : State.RESETTING;
      queue.wakeAll();
      woken = queue.takeWoken();
    }
    WaitQueue.tell(woken);
  }

  /**
   * Has all who wait, and who arrive until the next {@link #reset()}, go on with a {@link BarrierBrokenException}.
   *
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Barrier.abort">Barrier.abort</a>
   */
  public void abort() {
    Waiter woken;
    synchronized (queue) {
      queue.reserveStack();
      state = State.BROKEN;
      queue.wakeAll();
      woken = queue.takeWoken();
    }
    WaitQueue.tell(woken);
  }

  /**
   * Returns how many tasks must arrive.
   *
   * @return the number that the barrier was made with
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Barrier.parties">Barrier.parties</a>
   */
  public int getParties() {
    return parties;
  }

  /**
   * Returns how many tasks have arrived and wait for others.
   *
   * @return the number; zero while tasks go on
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Barrier.n_waiting">
   *     Barrier.n_waiting</a>
   */
  public int getNumberWaiting() {
    synchronized (queue) {
      return state == State.FILLING ? arrived.size() : 0;
    }
  }

  /**
   * Tells whether the barrier was aborted, and not reset since.
   *
   * @return whether it is broken
   * @see <a href="https://docs.python.org/3/library/asyncio-sync.html#asyncio.Barrier.broken">Barrier.broken</a>
   */
  public boolean isBroken() {
    synchronized (queue) {
      return state == State.BROKEN;
    }
  }

  /**
   * Returns how many tasks must arrive, and how many have.
   *
   * <p>May be called from any thread.
   *
   * @return what holds at this moment
   */
  public Statistics statistics() {
    synchronized (queue) {
      return new Statistics(parties, arrived.size(), state == State.BROKEN);
    }
  }

  /**
   * What holds of a barrier at one moment.
   *
   * @param parties how many must arrive
   * @param arrived how many have arrived and not gone on
   * @param broken whether it was aborted, and not reset since
   * @since 0.1
   */
  public record Statistics(int parties, int arrived, boolean broken) {}

  // under the monitor

  private void trip() {
    int next = 0;
    for (Arrival arrival : arrived) {
      arrival.index = next++;
    }
    state = State.DRAINING;
    queue.wakeAll();
  }

  private void goOn(Arrival arrival) {
    arrived.remove(arrival);
    if (arrived.isEmpty()) {
      if (state != State.BROKEN) {
        state = State.FILLING;
      }
      queue.wakeAll();
    }
  }

  /** asyncio.Barrier.wait. */
  private final class Arrival extends QueuedOperation {

    /** Given when all have arrived, so that one that was cancelled leaves no gap. */
    private int index;

    Arrival() {
      super(queue);
    }

    @Override
    Object proceed(Task<?> task, boolean woken) {
      task.reserveStack();
      boolean here = arrived.contains(this);
      if (here ? state == State.FILLING : isBusy()) {
        return SUSPENDED; // also if it was woken for nothing
      }
      if (state == State.BROKEN || state == State.RESETTING) {
        var broken = new BarrierBrokenException(AsyncBarrier.this
            + " was aborted, or reset while tasks waited; reset() makes it usable");
        if (here) {
          goOn(this);
        }
        throw broken;
      }
      if (!here) {
        arrived.add(this);
        if (arrived.size() < parties) {
          return SUSPENDED;
        }
        trip();
      }
      goOn(this);
      return index;
    }

    private boolean isBusy() {
      return state == State.DRAINING || state == State.RESETTING;
    }

    @Override
    void handOn(boolean woken) {
      boolean unused = queue.wakeNext(); // it looks, and waits on; as in asyncio
      if (arrived.contains(this)) {
        goOn(this);
      }
    }

    @Override
    String nameWhenUsed() {
      return "AsyncBarrier.arriveAndWait()";
    }

    @Override
    public String toString() {
      return AsyncBarrier.this + ".arriveAndWait()";
    }
  }

  /**
   * Says what the barrier does, and how many have arrived.
   *
   * @return for example {@code AsyncBarrier[filling, 2 of 3]}
   */
  @Override
  public String toString() {
    synchronized (queue) {
      String doing = state.name().toLowerCase(Locale.ROOT);
      return "AsyncBarrier[" + doing + ", " + arrived.size() + " of " + parties + "]";
    }
  }
}
