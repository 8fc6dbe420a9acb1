package dev.asyncawait.compiler;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.timeout;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.asyncawait.Async;
import dev.asyncawait.AsyncEvent;
import dev.asyncawait.AsyncFuture;
import dev.asyncawait.AsyncLock;
import dev.asyncawait.AsyncQueue;
import dev.asyncawait.AsyncSemaphore;
import dev.asyncawait.Coroutine;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the commonest operations of compiled bodies allocate, to the byte. In a JVM whose JIT compiler leaves out no object, so
 * that what is counted is what the code makes.
 */
class AllocationTest {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final int FEW = 100;
  private static final int TIMES = 1_000;

  /** The least of some counts, since other threads may allocate too. */
  private static final int MEASUREMENTS = 5;

  @TempDir
  Path directory;

  @Test
  void an_operation_allocates_as_much_as_it_did() throws Exception {
    assertThat(OwnProcess.run(directory, Counting.class, "-XX:TieredStopAtLevel=1"))
        .containsExactly(
            "0 await of a done future",
            "72 inline await",
            "24 yield",
            "192 task",
            "256 future between tasks",
            "303 gathered task",
            "237 child of a group",
            "104 queue item",
            "88 uncontended lock",
            "88 uncontended permit",
            "48 event that is set",
            "408 timeout that does not pass");
  }

  /** Prints how many bytes each operation takes. */
  static final class Counting {
    public static void main(String[] arguments) {
      print("await of a done future", AllocationTest::awaitsDone);
      print("inline await", AllocationTest::awaitsInline);
      print("yield", AllocationTest::yields);
      print("task", AllocationTest::makesTasks);
      print("future between tasks", AllocationTest::completesFutures);
      print("gathered task", AllocationTest::gathers);
      print("child of a group", AllocationTest::groups);
      print("queue item", AllocationTest::puts);
      print("uncontended lock", AllocationTest::locks);
      print("uncontended permit", AllocationTest::takesPermits);
      print("event that is set", AllocationTest::awaitsEvent);
      print("timeout that does not pass", AllocationTest::limits);
    }

    private static void print(String name, IntFunction<Coroutine<Void>> operation) {
      long bytes = Async.run(async(() -> await(createTask(measured(operation)))));
      System.out.println(bytes + " " + name);
    }
  }

  /** What the operation takes without repetitions is left out. */
  private static Coroutine<Long> measured(IntFunction<Coroutine<Void>> operation) {
    return async(() -> {
      await(operation.apply(FEW)); // loads and links what there is
      long none = Long.MAX_VALUE;
      long all = Long.MAX_VALUE;
      for (int i = 0; i < MEASUREMENTS; i++) {
        long begun = allocated();
        await(operation.apply(0));
        none = Math.min(none, allocated() - begun);
        begun = allocated();
        await(operation.apply(TIMES));
        all = Math.min(all, allocated() - begun);
      }
      return (all - none) / TIMES;
    });
  }

  /** By all threads, since what a virtual one allocates cannot be asked; before 21, when there are none, by the current one. */
  private static long allocated() {
    try {
      return (long) ThreadMXBean.class.getMethod("getTotalThreadAllocatedBytes").invoke(THREADS);
    } catch (ReflectiveOperationException before21) {
      return THREADS.getCurrentThreadAllocatedBytes();
    }
  }

  private static final AsyncFuture<String> DONE = AsyncFuture.completedFuture("done");

  private static Coroutine<String> body() {
    return async(() -> await(DONE));
  }

  private static Coroutine<Void> awaitsDone(int times) {
    return async(() -> {
      for (int i = 0; i < times; i++) {
        await(DONE);
      }
    });
  }

  private static Coroutine<Void> awaitsInline(int times) {
    return async(() -> {
      for (int i = 0; i < times; i++) {
        await(body());
      }
    });
  }

  private static Coroutine<Void> yields(int times) {
    return async(() -> {
      for (int i = 0; i < times; i++) {
        await(sleep(Duration.ZERO));
      }
    });
  }

  private static Coroutine<Void> makesTasks(int times) {
    return async(() -> {
      for (int i = 0; i < times; i++) {
        await(createTask(body()));
      }
    });
  }

  private static Coroutine<Void> completesFutures(int times) {
    return async(() -> {
      for (int i = 0; i < times; i++) {
        var future = new AsyncFuture<String>();
        createTask(completes(future));
        await(future);
      }
    });
  }

  private static Coroutine<Void> completes(AsyncFuture<String> future) {
    return async(() -> {
      await(DONE);
      future.complete("value");
    });
  }

  private static Coroutine<Void> gathers(int times) {
    return async(() -> {
      List<Coroutine<String>> all = new ArrayList<>();
      for (int i = 0; i < times; i++) {
        all.add(body());
      }
      await(gather(all));
    });
  }

  private static Coroutine<Void> groups(int times) {
    return async(() -> {
      var group = taskGroup();
      await(group.run(() -> {
        for (int i = 0; i < times; i++) {
          group.createTask(body());
        }
        await(DONE);
      }));
    });
  }

  private static Coroutine<Void> puts(int times) {
    return async(() -> {
      AsyncQueue<String> queue = AsyncQueue.fifo(10);
      for (int i = 0; i < times; i++) {
        await(queue.put("item"));
        await(queue.take());
      }
    });
  }

  private static Coroutine<Void> locks(int times) {
    return async(() -> {
      var lock = new AsyncLock();
      for (int i = 0; i < times; i++) {
        try (var held = await(lock.acquire())) {
          await(DONE);
        }
      }
    });
  }

  private static Coroutine<Void> takesPermits(int times) {
    return async(() -> {
      var semaphore = new AsyncSemaphore(2);
      for (int i = 0; i < times; i++) {
        try (var held = await(semaphore.acquire())) {
          await(DONE);
        }
      }
    });
  }

  private static Coroutine<Void> awaitsEvent(int times) {
    return async(() -> {
      var event = new AsyncEvent();
      event.set();
      for (int i = 0; i < times; i++) {
        await(event.waitUntilSet());
      }
    });
  }

  private static Coroutine<Void> limits(int times) {
    return async(() -> {
      for (int i = 0; i < times; i++) {
        await(timeout(Duration.ofHours(1)).run(() -> await(DONE)));
      }
    });
  }
}
