package dev.asyncawait;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Hands items from tasks that make them to tasks that use them: asyncio's {@code Queue}.
 *
 * <pre>{@code
 * AsyncQueue<String> names = AsyncQueue.fifo(100);
 * Task<Void> worker = createTask(names.forEach(name -> System.out.println(await(fetch(name)))));
 * await(names.put("a"));
 * await(names.put("b"));
 * names.shutdown(); // there will be no more
 * await(worker);    // both were fetched
 * }</pre>
 *
 * <p>Tasks that wait are woken in the order in which they came. A woken one looks again: if somebody else took the item
 * meanwhile, it waits anew, behind the others.
 *
 * <p><b>Cancellation.</b> A task that is cancelled while it waits has put nothing, or taken nothing: an item or a place
 * that it was woken for goes to the next.
 *
 * <p><b>Threads.</b> May be used by tasks of several loops. What does not return a coroutine may be called from any
 * thread.
 *
 * <p><b>Memory consistency.</b> What was done before an item was put happens-before what follows its being taken.
 *
 * <p><b>Pitfall.</b> A task made of {@code take()} has an item as its value: if nobody takes it from there, it is lost.
 * Await {@code take()} in the task that uses the item.
 *
 * @param <T> the type of the items; null is none
 * @see <a href="https://docs.python.org/3/library/asyncio-queue.html">Queues in asyncio</a>
 * @since 0.1
 */
public final class AsyncQueue<T> {

  /** Its own monitor guards it, the other lines and what follows. */
  private final WaitQueue takers = new WaitQueue();

  private final WaitQueue putters = new WaitQueue(takers);
  private final WaitQueue joiners = new WaitQueue(takers);
  private final Queue<T> items;
  private final int capacity;

  /** How many items were put and are not done. */
  private int unfinished;

  private boolean shutDown;

  private AsyncQueue(Queue<T> items, int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity must be at least 1, but was " + capacity
          + "; leave it out for a queue without a limit");
    }
    this.items = items;
    this.capacity = capacity;
  }

  // ---- kinds

  /**
   * Makes a queue without a limit that gives the oldest item first.
   *
   * @param <T> the type of the items
   * @return a new, empty queue
   */
  public static <T> AsyncQueue<T> fifo() {
    return new AsyncQueue<>(new ArrayDeque<>(), Integer.MAX_VALUE);
  }

  /**
   * Makes a queue that gives the oldest item first.
   *
   * @param capacity how many items it holds; at least one
   * @param <T> the type of the items
   * @return a new, empty queue
   * @throws IllegalArgumentException if {@code capacity} is less than one
   * @see <a href="https://docs.python.org/3/library/asyncio-queue.html#asyncio.Queue">asyncio.Queue</a>
   */
  public static <T> AsyncQueue<T> fifo(int capacity) {
    return new AsyncQueue<>(new ArrayDeque<>(), capacity);
  }

  /**
   * Makes a queue without a limit that gives the newest item first.
   *
   * @param <T> the type of the items
   * @return a new, empty queue
   */
  public static <T> AsyncQueue<T> lifo() {
    return lifo(Integer.MAX_VALUE);
  }

  /**
   * Makes a queue that gives the newest item first.
   *
   * @param capacity how many items it holds; at least one
   * @param <T> the type of the items
   * @return a new, empty queue
   * @throws IllegalArgumentException if {@code capacity} is less than one
   * @see <a href="https://docs.python.org/3/library/asyncio-queue.html#asyncio.LifoQueue">asyncio.LifoQueue</a>
   */
  public static <T> AsyncQueue<T> lifo(int capacity) {
    return new AsyncQueue<>(Collections.asLifoQueue(new ArrayDeque<>()), capacity);
  }

  /**
   * Makes a queue without a limit that gives the least item first, and of equal ones the oldest.
   *
   * @param order compares items when one is put; a quick function that does not use the queue
   * @param <T> the type of the items
   * @return a new, empty queue
   */
  public static <T> AsyncQueue<T> priority(Comparator<? super T> order) {
    return priority(order, Integer.MAX_VALUE);
  }

  /**
   * Makes a queue that gives the least item first, and of equal ones the oldest.
   *
   * @param order compares items when one is put; a quick function that does not use the queue. What it throws, {@code
   *     put} throws
   * @param capacity how many items it holds; at least one
   * @param <T> the type of the items
   * @return a new, empty queue
   * @throws IllegalArgumentException if {@code capacity} is less than one
   * @see <a href="https://docs.python.org/3/library/asyncio-queue.html#asyncio.PriorityQueue">
   *     asyncio.PriorityQueue</a>
   */
  public static <T> AsyncQueue<T> priority(Comparator<? super T> order, int capacity) {
    Objects.requireNonNull(order, "order must not be null");
    return new AsyncQueue<>(new StablePriorityQueue<>(order), capacity);
  }

  // ---- putting and taking

  /**
   * Returns a coroutine that puts {@code item} into the queue, and waits for room as long as it is full.
   *
   * <p>If there is room, no other task runs in between.
   *
   * <p><b>Cancellation.</b> See {@link AsyncQueue}: a task that gets the exception has put nothing.
   *
   * @param item what to put
   * @return a coroutine that gives null; {@link Async#await(Awaitable) await} of it throws a {@link
   *     QueueShutDownException} if the queue is shut down before the item is in it
   * @see <a href="https://docs.python.org/3/library/asyncio-queue.html#asyncio.Queue.put">Queue.put</a>
   */
  @CheckReturnValue
  public Coroutine<@Nullable Void> put(T item) {
    return new Coroutine<>(new Put(Objects.requireNonNull(item, "item must not be null")));
  }

  /**
   * Puts {@code item} into the queue if there is room; never waits.
   *
   * <pre>{@code
   * AsyncQueue<String> messages = AsyncQueue.fifo();
   * socket.onMessage(messages::tryPut); // any thread
   * System.out.println(await(messages.take()));
   * }</pre>
   *
   * @param item what to put
   * @return whether there was room
   * @throws QueueShutDownException if the queue was shut down
   * @see <a href="https://docs.python.org/3/library/asyncio-queue.html#asyncio.Queue.put_nowait">
   *     Queue.put_nowait</a>
   */
  public boolean tryPut(T item) {
    Objects.requireNonNull(item, "item must not be null");
    Waiter woken;
    boolean put;
    synchronized (takers) {
      refuseIfShutDown();
      takers.reserveStack();
      put = items.size() < capacity;
      if (put) {
        add(item);
      }
      woken = takers.takeWoken();
    }
    WaitQueue.tell(woken);
    return put;
  }

  /**
   * Returns a coroutine that takes the item whose turn it is, and waits for one as long as there is none.
   *
   * <p>If there is one, no other task runs in between.
   *
   * <p><b>Cancellation.</b> See {@link AsyncQueue}: a task that gets the exception has taken nothing.
   *
   * @return a coroutine of the item; {@link Async#await(Awaitable) await} of it throws a {@link
   *     QueueShutDownException} if the queue is empty and shut down
   * @see <a href="https://docs.python.org/3/library/asyncio-queue.html#asyncio.Queue.get">Queue.get</a>
   */
  @CheckReturnValue
  public Coroutine<T> take() {
    return new Coroutine<>(new Take());
  }

  /**
   * Takes the item whose turn it is, if there is one; never waits.
   *
   * @return the item, or null if there is none
   * @throws QueueShutDownException if the queue is empty and shut down
   * @see <a href="https://docs.python.org/3/library/asyncio-queue.html#asyncio.Queue.get_nowait">
   *     Queue.get_nowait</a>
   */
  public @Nullable T tryTake() {
    Waiter woken;
    T item;
    synchronized (takers) {
      if (items.isEmpty()) {
        refuseIfShutDown();
      }
      putters.reserveStack();
      item = remove();
      woken = takers.takeWoken();
    }
    WaitQueue.tell(woken);
    return item;
  }

  /**
   * Returns a coroutine that takes one item after the other and runs {@code body} for each, until the queue is empty
   * and shut down.
   *
   * <p>After each, whether {@code body} returned or threw, {@link #taskDone()} is called. Several tasks may do this
   * with the same queue, and so share the work.
   *
   * <pre>{@code
   * AsyncQueue<String> names = AsyncQueue.fifo();
   * List.of("a", "b", "c").forEach(names::tryPut);
   * names.shutdown();
   * await(names.forEach(name -> System.out.println(await(fetch(name)))));
   * }</pre>
   *
   * <p><b>Cancellation.</b> Cancels {@code body} if that runs; the items that are left stay in the queue.
   *
   * @param body what to do with each item, as a part of the task that awaits this
   * @return a coroutine that gives null, or throws what {@code body} throws
   */
  @CheckReturnValue
  public Coroutine<@Nullable Void> forEach(AsyncConsumer<? super T> body) {
    Bodies.announce(body);
    return new Coroutine<>(new ForEach(body));
  }

  // ---- work in progress

  /**
   * Says that an item that was taken is dealt with; {@link #forEach} does it by itself.
   *
   * @throws IllegalStateException if that was said of all items already
   * @see <a href="https://docs.python.org/3/library/asyncio-queue.html#asyncio.Queue.task_done">
   *     Queue.task_done</a>
   */
  public void taskDone() {
    Waiter woken;
    synchronized (takers) {
      if (unfinished == 0) {
        throw new IllegalStateException("taskDone() on " + this
            + " was called more often than items were put; call it once for each item");
      }
      joiners.reserveStack();
      finished(1);
      woken = takers.takeWoken();
    }
    WaitQueue.tell(woken);
  }

  /**
   * Returns a coroutine that waits until every item that was put is dealt with, as {@link #taskDone()} says.
   *
   * <p>If that is so, no other task runs in between.
   *
   * <p><b>Cancellation.</b> Ends the wait at once.
   *
   * @return a coroutine that gives null
   * @see <a href="https://docs.python.org/3/library/asyncio-queue.html#asyncio.Queue.join">Queue.join</a>
   */
  @CheckReturnValue
  public Coroutine<@Nullable Void> join() {
    return new Coroutine<>(new Join());
  }

  // ---- the end

  /**
   * Accepts no more items; what is in the queue can still be taken.
   *
   * <p>Tasks that wait to put, and when the queue is empty those that wait to take, go on with a {@link
   * QueueShutDownException}. May be called again.
   *
   * @see <a href="https://docs.python.org/3/library/asyncio-queue.html#asyncio.Queue.shutdown">Queue.shutdown</a>
   */
  public void shutdown() {
    List<T> unused = shutdown(false);
  }

  /**
   * Accepts no more items, and gives back what is in the queue, as dealt with.
   *
   * <p>Tasks that wait to put or to take go on with a {@link QueueShutDownException}; {@link #join()} goes on waiting
   * for items that were taken and are in progress. May be called after {@link #shutdown()}.
   *
   * @return the items, in the order in which they would have been taken
   * @see <a href="https://docs.python.org/3/library/asyncio-queue.html#asyncio.Queue.shutdown">
   *     Queue.shutdown(immediate=True)</a>
   */
  public List<T> shutdownNow() {
    return shutdown(true);
  }

  private List<T> shutdown(boolean now) {
    Waiter woken;
    var drained = new ArrayList<T>();
    synchronized (takers) {
      takers.reserveStack();
      putters.reserveStack();
      joiners.reserveStack();
      shutDown = true;
      if (now) {
        for (T item; (item = items.poll()) != null; ) {
          drained.add(item);
        }
        finished(Math.min(drained.size(), unfinished));
      }
      takers.wakeAll();
      putters.wakeAll();
      woken = takers.takeWoken();
    }
    WaitQueue.tell(woken);
    return drained;
  }

  /**
   * Tells whether the queue was shut down.
   *
   * @return whether it accepts no more items
   */
  public boolean isShutdown() {
    synchronized (takers) {
      return shutDown;
    }
  }

  // ---- looking

  /**
   * Returns how many items are in the queue.
   *
   * @return the number, exact when it is taken; other threads may change it at once
   * @see <a href="https://docs.python.org/3/library/asyncio-queue.html#asyncio.Queue.qsize">Queue.qsize</a>
   */
  public int size() {
    synchronized (takers) {
      return items.size();
    }
  }

  /**
   * Tells whether there is no item in the queue.
   *
   * @return whether {@link #take()} would have to wait
   * @see <a href="https://docs.python.org/3/library/asyncio-queue.html#asyncio.Queue.empty">Queue.empty</a>
   */
  public boolean isEmpty() {
    return size() == 0;
  }

  /**
   * Tells whether there is no room for another item.
   *
   * @return whether {@link #put} would have to wait
   * @see <a href="https://docs.python.org/3/library/asyncio-queue.html#asyncio.Queue.full">Queue.full</a>
   */
  public boolean isFull() {
    return size() >= capacity;
  }

  /**
   * Returns how many items the queue holds.
   *
   * @return the capacity; {@link Integer#MAX_VALUE} without a limit
   * @see <a href="https://docs.python.org/3/library/asyncio-queue.html#asyncio.Queue.maxsize">Queue.maxsize</a>
   */
  public int capacity() {
    return capacity;
  }

  /**
   * Returns how many items there are, how many tasks wait, and how many items are unfinished.
   *
   * <p>May be called from any thread.
   *
   * @return what holds at this moment
   */
  public Statistics statistics() {
    synchronized (takers) {
      return new Statistics(
          items.size(), capacity, putters.count(), takers.count(), joiners.count(), unfinished);
    }
  }

  /**
   * What holds of a queue at one moment.
   *
   * @param size how many items there are
   * @param capacity how many there may be
   * @param putting how many tasks wait until there is room
   * @param taking how many tasks wait for an item
   * @param joining how many tasks wait until all items are dealt with
   * @param unfinished how many items were put and are not dealt with
   * @since 0.1
   */
  public record Statistics(
      int size, int capacity, int putting, int taking, int joining, int unfinished) {}

  // ---- under the monitor

  private void refuseIfShutDown() {
    if (shutDown) {
      throw shutDown();
    }
  }

  private QueueShutDownException shutDown() {
    return new QueueShutDownException(
        (items.isEmpty() ? "nothing can be put into or taken from " : "nothing can be put into ")
            + this + "; use isShutdown() to look, or forEach() to take until the end");
  }

  private void add(T item) {
    items.add(item);
    unfinished++;
    boolean unused = takers.wakeNext();
  }

  private @Nullable T remove() {
    T item = items.poll();
    if (item != null) {
      boolean unused = putters.wakeNext();
    }
    return item;
  }

  private void finished(int count) {
    unfinished -= count;
    if (unfinished == 0) {
      joiners.wakeAll();
    }
  }

  /** asyncio.Queue.put. */
  private final class Put extends QueuedOperation {
    private final T item;

    Put(T item) {
      super(putters);
      this.item = item;
    }

    @Override
    @Nullable
    Object proceed(Task<?> task, boolean woken) {
      refuseIfShutDown();
      takers.reserveStack(task);
      if (items.size() >= capacity) {
        return SUSPENDED;
      }
      try {
        add(item);
      } catch (Throwable refusedByOrder) {
        handOn(woken);
        throw refusedByOrder;
      }
      return null;
    }

    @Override
    void handOn(boolean woken) {
      if (woken && items.size() < capacity) {
        boolean unused = putters.wakeNext();
      }
    }

    @Override
    String nameWhenUsed() {
      return "AsyncQueue.put(...)";
    }

    @Override
    public String toString() {
      return AsyncQueue.this + ".put(...)";
    }
  }

  /** asyncio.Queue.get. */
  private class Take extends QueuedOperation {
    Take() {
      super(takers);
    }

    @Override
    final @Nullable Object proceed(Task<?> task, boolean woken) {
      putters.reserveStack(task);
      T item = remove();
      if (item != null) {
        return item;
      }
      return shutDown ? ended() : SUSPENDED;
    }

    /** What it gives when there will be no more. */
    @Nullable
    Object ended() {
      throw shutDown();
    }

    @Override
    final void handOn(boolean woken) {
      if (woken && !items.isEmpty()) {
        boolean unused = takers.wakeNext();
      }
    }

    @Override
    String nameWhenUsed() {
      return "AsyncQueue.take()";
    }

    @Override
    public String toString() {
      return AsyncQueue.this + ".take()";
    }
  }

  private final class TakeOrEnd extends Take {
    @Override
    @Nullable
    Object ended() {
      return null;
    }
  }

  /** asyncio.Queue.join. */
  private final class Join extends QueuedOperation {
    Join() {
      super(joiners);
    }

    @Override
    @Nullable
    Object proceed(Task<?> task, boolean woken) {
      return woken || unfinished == 0 ? null : SUSPENDED;
    }

    @Override
    void handOn(boolean woken) {}

    @Override
    String nameWhenUsed() {
      return "AsyncQueue.join()";
    }

    @Override
    public String toString() {
      return AsyncQueue.this + ".join()";
    }
  }

  /** Takes and deals with one item after the other. */
  private final class ForEach extends BlockFrame {
    private final AsyncConsumer<? super T> consumer;
    private Frame take = new TakeOrEnd();

    /** What runs for the item that was taken, if one was. */
    private @Nullable Frame body;

    ForEach(AsyncConsumer<? super T> consumer) {
      this.consumer = consumer;
    }

    @Override
    @Nullable
    Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
        throws Throwable {
      Object sent = value;
      Throwable thrown = error;
      for (; ; ) {
        Frame running = body;
        if (running != null) {
          if (isSuspended(running, task, sent, thrown)) {
            return SUSPENDED;
          }
          body = null;
          take = new TakeOrEnd();
        } else {
          Object item = take.resume(task, sent, thrown);
          if (item == SUSPENDED || item == null) {
            return item;
          }
          body = bodyFor(item);
        }
        sent = null;
        thrown = null;
      }
    }

    private boolean isSuspended(
        Frame running, Task<?> task, @Nullable Object value, @Nullable Throwable error)
        throws Throwable {
      Object result;
      try {
        result = running.resume(task, value, error);
      } catch (Throwable failure) {
        try {
          taskDone();
        } catch (IllegalStateException tooOften) {
          SuppressedFailures.add(
              "what " + this + " threw at its end",
              List.of(tooOften),
              failure,
              task,
              task,
              KnownFailure.additions());
        }
        throw failure;
      }
      if (result == SUSPENDED) {
        return true;
      }
      taskDone();
      return false;
    }

    @SuppressWarnings("unchecked")
    private Frame bodyFor(Object item) {
      return Bodies.announced(consumer, (T) item);
    }

    @Override
    @Nullable
    Frame inner() {
      return body;
    }

    @Override
    String nameWhenUsed() {
      return "AsyncQueue.forEach(...)";
    }

    @Override
    public String toString() {
      return AsyncQueue.this + ".forEach(...)";
    }
  }

  /**
   * Says how many items there are, how many tasks wait, and how many items are unfinished.
   *
   * @return for example {@code AsyncQueue[0 of 10 items, 2 taking, 1 unfinished, shut down]}
   */
  @Override
  public String toString() {
    synchronized (takers) {
      int size = items.size();
      boolean limited = capacity < Integer.MAX_VALUE;
      return "AsyncQueue[" + size + (limited ? " of " + capacity : "")
          + (size == 1 && !limited ? " item" : " items")
          + takers.count("taking")
          + putters.count("putting")
          + (unfinished == 0 ? "" : ", " + unfinished + " unfinished")
          + (shutDown ? ", shut down]" : "]");
    }
  }
}
