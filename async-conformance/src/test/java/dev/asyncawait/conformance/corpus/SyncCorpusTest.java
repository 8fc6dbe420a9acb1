package dev.asyncawait.conformance.corpus;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
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
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Programs around the primitives and queues do what CPython does, turn for turn; made by generate_sync_corpus.py. */
@ExtendWith(SilentLibrary.class)
class SyncCorpusTest {

  private static final int TURNS = 30;

  private record Program(
      int id, List<String> shape, List<List<String>> tasks, List<String> trace) {}

  private static List<Program> programs() {
    try (InputStream in = SyncCorpusTest.class.getResourceAsStream("sync-programs.txt")) {
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
    return programs().stream()
        .map(program -> DynamicTest.dynamicTest("program " + program.id(), () -> {
          var run = new Run(program);
          VirtualTime.options().allowLeaks().run(run.main());
          assertThat(String.join("\n", run.trace))
              .as("%s %s", String.join(" ", program.shape()), program.tasks())
              .isEqualTo(String.join("\n", program.trace()));
        }));
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
      assertThat(programs())
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
    private final List<Task<Void>> tasks = new ArrayList<>();
    private final AsyncLock lock = new AsyncLock();
    private final AsyncSemaphore semaphore;
    private final AsyncEvent event = new AsyncEvent();
    private final AsyncCondition condition = new AsyncCondition();
    private final AsyncBarrier barrier;
    private final AsyncQueue<Integer> queue;
    private int unfinished;
    private int tick;
    private boolean flag;

    Run(Program program) {
      this.program = program;
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

    Coroutine<Void> main() {
      return async(() -> {
        for (int i = 0; i < program.tasks().size(); i++) {
          tasks.add(createTask(task(i, program.tasks().get(i))));
        }
        for (int round = 0; round < 8; round++) {
          for (int turn = 0; turn < TURNS; turn++) {
            await(sleep(ZERO));
            tick++;
          }
          tasks.stream().filter(task -> !task.isDone()).toList().forEach(Task::cancel);
        }
        var ends = new StringBuilder();
        for (Task<Void> task : tasks) {
          ends.append(task.isCancelled() ? 'C' : task.isDone() ? 'D' : 'P');
        }
        log(ends.toString());
        log(python(lock.isLocked()) + " " + semaphore.availablePermits() + " "
            + python(semaphore.isLocked()) + " " + python(event.isSet()) + " "
            + python(condition.lock().isLocked()));
        int size = queue.size();
        while (isTaskDone()) {
          unfinished++;
        }
        log(barrier.getNumberWaiting() + " " + python(barrier.isBroken()) + " " + size + " "
            + unfinished);
      });
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
        case "cancel" -> {
          return String.valueOf(tasks.get(k).cancel());
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
