package dev.asyncawait;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What plain threads do with a lock, a semaphore, an event and a queue, in the interleavings of two and three. */
class PrimitivesLincheckTest {

  public static class Lock {
    private final AsyncLock lock = new AsyncLock();

    @Operation
    public boolean tryAcquire() {
      return lock.tryAcquire() != null;
    }

    @Operation
    public boolean release() {
      try {
        lock.release();
        return true;
      } catch (IllegalStateException e) {
        return false;
      }
    }

    @Operation
    public boolean isLocked() {
      return lock.isLocked();
    }
  }

  public static class SequentialLock {
    private boolean locked;

    public boolean tryAcquire() {
      boolean free = !locked;
      locked = true;
      return free;
    }

    public boolean release() {
      boolean was = locked;
      locked = false;
      return was;
    }

    public boolean isLocked() {
      return locked;
    }
  }

  /** Bounded, with permits that are closed by whoever comes, once and again. */
  public static class Semaphore {
    private final AsyncSemaphore semaphore = AsyncSemaphore.bounded(2);
    private final Held shared = semaphore.tryAcquire();

    @Operation
    public boolean tryAcquire() {
      return semaphore.tryAcquire() != null;
    }

    @Operation
    public boolean release() {
      try {
        semaphore.release();
        return true;
      } catch (IllegalStateException e) {
        return false;
      }
    }

    @Operation
    public boolean close() {
      try {
        shared.close();
        return true;
      } catch (IllegalStateException e) {
        return false;
      }
    }

    @Operation
    public int availablePermits() {
      return semaphore.availablePermits();
    }

    @Operation
    public boolean isLocked() {
      return semaphore.isLocked();
    }
  }

  public static class SequentialSemaphore {
    private int permits = 1;
    private boolean closed;

    public boolean tryAcquire() {
      boolean any = permits > 0;
      permits -= any ? 1 : 0;
      return any;
    }

    public boolean release() {
      boolean room = permits < 2;
      permits += room ? 1 : 0;
      return room;
    }

    public boolean close() {
      if (closed) {
        return true;
      }
      closed = release();
      return closed;
    }

    public int availablePermits() {
      return permits;
    }

    public boolean isLocked() {
      return permits == 0;
    }
  }

  public static class Event {
    private final AsyncEvent event = new AsyncEvent();

    @Operation
    public void set() {
      event.set();
    }

    @Operation
    public void clear() {
      event.clear();
    }

    @Operation
    public boolean isSet() {
      return event.isSet();
    }
  }

  public static class SequentialEvent {
    private boolean set;

    public void set() {
      set = true;
    }

    public void clear() {
      set = false;
    }

    public boolean isSet() {
      return set;
    }
  }

  public static class BoundedQueue {
    private final AsyncQueue<Integer> queue = AsyncQueue.fifo(2);

    @Operation
    public String tryPut(int item) {
      try {
        return String.valueOf(queue.tryPut(item));
      } catch (QueueShutDownException e) {
        return "shut down";
      }
    }

    @Operation
    public String tryTake() {
      try {
        return String.valueOf(queue.tryTake());
      } catch (QueueShutDownException e) {
        return "shut down";
      }
    }

    @Operation
    public boolean taskDone() {
      try {
        queue.taskDone();
        return true;
      } catch (IllegalStateException e) {
        return false;
      }
    }

    @Operation
    public int size() {
      return queue.size();
    }

    @Operation
    public void shutdown() {
      queue.shutdown();
    }

    @Operation
    public List<Integer> shutdownNow() {
      return queue.shutdownNow();
    }
  }

  public static class SequentialQueue {
    private final Deque<Integer> items = new ArrayDeque<>();
    private int unfinished;
    private boolean shutDown;

    public String tryPut(int item) {
      if (shutDown) {
        return "shut down";
      }
      boolean room = items.size() < 2;
      if (room) {
        items.add(item);
        unfinished++;
      }
      return String.valueOf(room);
    }

    public String tryTake() {
      @Nullable Integer item = items.poll();
      return item == null && shutDown ? "shut down" : String.valueOf(item);
    }

    public boolean taskDone() {
      boolean any = unfinished > 0;
      unfinished -= any ? 1 : 0;
      return any;
    }

    public int size() {
      return items.size();
    }

    public void shutdown() {
      shutDown = true;
    }

    public List<Integer> shutdownNow() {
      shutDown = true;
      var left = new ArrayList<>(items);
      items.clear();
      unfinished = Math.max(0, unfinished - left.size());
      return left;
    }
  }

  /**
   * The sets are only used under a monitor, so nothing is lost by taking them as atomic; and otherwise an object
   * has one hash code in the constructors above and another one in a scenario, where a set does not find it again.
   */
  private static void check(Class<?> real, Class<?> sequential) {
    new ModelCheckingOptions()
        .addGuarantee(forClasses(
                HashSet.class.getName(),
                LinkedHashSet.class.getName(),
                HashMap.class.getName(),
                LinkedHashMap.class.getName())
            .allMethods()
            .treatAsAtomic())
        .sequentialSpecification(sequential)
        .iterations(2)
        .invocationsPerIteration(300)
        .threads(2)
        .actorsPerThread(3)
        .check(real);
    new StressOptions()
        .sequentialSpecification(sequential)
        .iterations(4)
        .invocationsPerIteration(1_000)
        .threads(3)
        .actorsPerThread(3)
        .check(real);
  }

  @Test
  void a_lock_is_linearizable() {
    check(Lock.class, SequentialLock.class);
  }

  @Test
  void a_semaphore_is_linearizable() {
    check(Semaphore.class, SequentialSemaphore.class);
  }

  @Test
  void an_event_is_linearizable() {
    check(Event.class, SequentialEvent.class);
  }

  @Test
  void a_queue_is_linearizable() {
    check(BoundedQueue.class, SequentialQueue.class);
  }
}
