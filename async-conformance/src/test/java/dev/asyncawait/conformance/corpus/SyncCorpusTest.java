package dev.asyncawait.conformance.corpus;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ZERO;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.AsyncAction;
import dev.asyncawait.AsyncBarrier;
import dev.asyncawait.AsyncCondition;
import dev.asyncawait.AsyncEvent;
import dev.asyncawait.AsyncLock;
import dev.asyncawait.AsyncQueue;
import dev.asyncawait.AsyncSemaphore;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Held;
import dev.asyncawait.Task;
import dev.asyncawait.test.VirtualTime;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Programs around the primitives and queues do what CPython does, turn for turn; made by generate_sync_corpus.py. */
@ExtendWith(SilentLibrary.class)
class SyncCorpusTest {

  private static final List<Program> PROGRAMS = load("sync-programs.txt");

  /** CPython gives each of these another trace if what is left is cancelled as soon as main has ended. */
  private static final List<Program> LAST_CYCLE = load("last-cycle-sync-programs.txt");

  private record Program(
      int id, List<String> shape, List<List<String>> tasks, List<String> trace) {}

  private static List<Program> load(String file) {
    try (InputStream in = SyncCorpusTest.class.getResourceAsStream(file)) {
      var programs = new ArrayList<Program>();
      for (String line : new String(in.readAllBytes(), UTF_8).lines().skip(1).toList()) {
        switch (line.charAt(0)) {
          case ':' ->
            programs
                .get(programs.size() - 1)
                .tasks()
                .add(List.of(line.substring(2).split(" ", -1)));
          case '>' -> programs.get(programs.size() - 1).trace().add(line.substring(2));
          default ->
            programs.add(new Program(
                programs.size(),
                List.of(line.split(" ", -1)),
                new ArrayList<>(),
                new ArrayList<>()));
        }
      }
      return programs;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @TestFactory
  Stream<DynamicTest> trace_is_that_of_cpython() {
    return traces(PROGRAMS);
  }

  @TestFactory
  Stream<DynamicTest> what_is_ready_when_main_ends_has_its_last_cycle_as_in_cpython() {
    return traces(LAST_CYCLE);
  }

  private static Stream<DynamicTest> traces(List<Program> programs) {
    return programs.stream()
        .map(program -> DynamicTest.dynamicTest("program " + program.id(), () -> {
          assertThat(String.join("\n", new Run(program).toTheEnd()))
              .as("%s %s", String.join(" ", program.shape()), program.tasks())
              .isEqualTo(String.join("\n", program.trace()));
        }));
  }

  @Test
  void the_last_cycle_decides_at_least_400_programs() {
    assertThat(LAST_CYCLE).hasSizeGreaterThanOrEqualTo(400);
  }

  @Test
  void each_operation_is_in_at_least_30_programs() {
    for (String name : List.of(
        "lock,",
        "sem,",
        "release,",
        "event,",
        "set,",
        "clear,",
        "wait,",
        "until,",
        "notify,",
        "notifyall,",
        "bar,",
        "breset,",
        "babort,",
        "put,",
        "get,",
        "putn,",
        "getn,",
        "done,",
        "join,",
        "shut,",
        "shutnow,",
        "cancel,")) {
      assertThat(PROGRAMS)
          .as(name)
          .filteredOn(program -> program.tasks().stream()
              .flatMap(List::stream)
              .anyMatch(operation -> operation.startsWith(name)))
          .hasSizeGreaterThanOrEqualTo(30);
    }
  }

  /** The same interpreter as the script's, written with the library. */
  private static final class Run {
    private final Program program;
    private final List<String> trace = new ArrayList<>();
    private final @Nullable Task<?>[] tasks;
    private final AsyncLock lock = new AsyncLock();
    private final AsyncSemaphore semaphore;
    private final AsyncEvent event = new AsyncEvent();
    private final AsyncCondition condition = new AsyncCondition();
    private final AsyncBarrier barrier;
    private final AsyncQueue<Integer> queue;
    private int tick;
    private boolean flag;

    Run(Program program) {
      this.program = program;
      tasks = new Task<?>[program.tasks().size()];
      List<String> shape = program.shape();
      int capacity = Integer.parseInt(shape.get(0));
      queue = switch (shape.get(1)) {
        case "fifo" -> AsyncQueue.fifo(capacity);
        case "lifo" -> AsyncQueue.lifo(capacity);
        default -> AsyncQueue.priority(Comparator.naturalOrder(), capacity);
      };
      semaphore = new AsyncSemaphore(Integer.parseInt(shape.get(2)));
      barrier = new AsyncBarrier(Integer.parseInt(shape.get(3)));
    }

    private void log(String text) {
      trace.add(tick + " " + text);
    }

    List<String> toTheEnd() {
      try {
        VirtualTime.options().allowLeaks().run(main());
        trace.add("run gave a value");
      } catch (CancellationException cancelled) {
        trace.add("run was cancelled");
      }
      var ends = new StringBuilder();
      for (Task<?> task : tasks) {
        ends.append(task == null ? '-' : task.isCancelled() ? 'C' : task.isDone() ? 'D' : 'P');
      }
      trace.add(ends.toString());
      trace.add(python(lock.isLocked()) + " " + semaphore.availablePermits() + " "
          + python(semaphore.isLocked()) + " " + python(event.isSet()));
      trace.add(python(condition.lock().isLocked()) + " " + barrier.getNumberWaiting() + " "
          + python(barrier.isBroken()) + " " + queue.size());
      int unfinished = 0;
      while (isTaskDone()) {
        unfinished++;
      }
      trace.add(String.valueOf(unfinished));
      return trace;
    }

    private Coroutine<Void> main() {
      return async(() -> {
        tasks[0] = currentTask();
        EventLoop.current().execute(this::count);
        await(task(0, program.tasks().get(0)));
      });
    }

    private void count() {
      tick++;
      if (tick % 100 == 0) {
        tasks[0].cancel();
      }
      if (tick < 400 && Stream.of(tasks).anyMatch(task -> task != null && !task.isDone())) {
        EventLoop.current().execute(this::count);
      }
    }

    private boolean isTaskDone() {
      try {
        queue.taskDone();
        return true;
      } catch (IllegalStateException none) {
        return false;
      }
    }

    private static String python(boolean value) {
      return value ? "True" : "False";
    }

    private Coroutine<Void> task(int i, List<String> operations) {
      return async(() -> {
        for (int n = 0; n < operations.size(); n++) {
          String operation = operations.get(n);
          boolean swallows = operation.endsWith("!");
          String[] parts = operation.replace("!", "").split(",", -1);
          String outcome;
          try {
            outcome = execute(i, n, parts[0], Integer.parseInt(parts[1]));
          } catch (CancellationException e) {
            log(i + " " + operation + " cancelled");
            if (!swallows) {
              throw e;
            }
            continue;
          } catch (IllegalStateException e) {
            outcome = "error";
          }
          log(i + " " + operation + " " + outcome);
        }
      });
    }

    private static void turns(int number) {
      for (int i = 0; i < number; i++) {
        await(sleep(ZERO));
      }
    }

    private AsyncAction inside(int i, int turns) {
      return () -> {
        log(i + " in");
        turns(turns);
      };
    }

    private String execute(int i, int n, String name, int k) throws Exception {
      AsyncLock changes = condition.lock();
      switch (name) {
        case "sleep" -> turns(k);
        case "start" -> tasks[k] = createTask(task(k, program.tasks().get(k)));
        case "cancel" -> {
          return tasks[k] == null ? "none" : String.valueOf(tasks[k].cancel());
        }
        case "lock" -> {
          if (k % 2 == 0) {
            await(lock.run(inside(i, k)));
          } else {
            try (Held held = await(lock.acquire())) {
              inside(i, k).run();
            }
          }
        }
        case "sem" -> {
          if (k % 2 == 0) {
            await(semaphore.run(inside(i, k)));
          } else {
            try (Held held = await(semaphore.acquire())) {
              inside(i, k).run();
            }
          }
        }
        case "release" -> semaphore.release();
        case "event" -> await(event.waitUntilSet());
        case "set" -> event.set();
        case "clear" -> event.clear();
        case "wait" ->
          await(changes.run(() -> {
            await(condition.waitForSignal());
            inside(i, k).run();
          }));
        case "until" ->
          await(changes.run(() -> {
            await(condition.waitUntil(() -> flag));
            inside(i, k).run();
          }));
        case "flag" ->
          await(changes.run(() -> {
            flag = !flag;
            condition.signalAll();
            turns(k);
          }));
        case "notify" ->
          await(changes.run(() -> {
            condition.signal(k);
            turns(k);
          }));
        case "notifyall" -> await(changes.run(() -> condition.signalAll()));
        case "bar" -> await(barrier.arriveAndWait());
        case "breset" -> barrier.reset();
        case "babort" -> barrier.abort();
        case "put" -> await(queue.put(10 * i + n));
        case "get" -> {
          return String.valueOf(await(queue.take()));
        }
        case "putn" -> {
          return queue.tryPut(10 * i + n) ? "ok" : "full";
        }
        case "getn" -> {
          Integer item = queue.tryTake();
          return item == null ? "empty" : item.toString();
        }
        case "done" -> queue.taskDone();
        case "join" -> await(queue.join());
        case "shut" -> queue.shutdown();
        case "shutnow" -> {
          List<Integer> unused = queue.shutdownNow();
        }
        default -> throw new AssertionError(name);
      }
      return "ok";
    }
  }
}
