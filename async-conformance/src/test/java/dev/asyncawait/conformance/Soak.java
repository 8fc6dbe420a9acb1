package dev.asyncawait.conformance;

import static dev.asyncawait.Async.asCompleted;
import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.from;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.rethrowIfCancelled;
import static dev.asyncawait.Async.shield;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.toThread;
import static dev.asyncawait.Async.waitFor;

import dev.asyncawait.Async;
import dev.asyncawait.AsyncFuture;
import dev.asyncawait.AsyncLock;
import dev.asyncawait.AsyncQueue;
import dev.asyncawait.AsyncTimeoutException;
import dev.asyncawait.Coroutine;
import dev.asyncawait.Task;
import dev.asyncawait.TaskGroup;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.ObjectName;

/**
 * Uses the library in all ways at once for some minutes, on futures that live as long as it does, and compares how many
 * of the library's objects there are after two minutes and at the end. {@code main} takes the number of minutes and exits
 * with 1 if they have grown.
 */
final class Soak {

  private static final int GROWTH = 2_000;

  /** A line of the histogram: rank, number, bytes, class. */
  private static final Pattern COUNT =
      Pattern.compile("\\d+:\\s+(\\d+)\\s+\\d+\\s+dev\\.asyncawait\\.((?!conformance)\\S+)");

  private final AsyncFuture<String> lasting = new AsyncFuture<>();
  private final AsyncFuture<String> failed =
      AsyncFuture.failedFuture(new IllegalStateException("connection is broken"));
  private final CompletableFuture<String> stage = new CompletableFuture<>();
  private final AsyncLock lock = new AsyncLock();
  private final ScheduledExecutorService others = Executors.newScheduledThreadPool(2);
  private final AtomicLong rounds = new AtomicLong();
  private volatile boolean over;

  private Soak() {}

  public static void main(String[] args) throws Exception {
    int minutes = args.length == 0 ? 10 : Integer.parseInt(args[0]);
    var soak = new Soak();
    var loops = new ArrayList<Thread>();
    for (int i = 0; i < 2; i++) {
      int seed = i;
      Thread thread = new Thread(() -> soak.run(new Random(seed)), "loop " + i);
      thread.start();
      loops.add(thread);
    }
    TimeUnit.MINUTES.sleep(Math.min(2, minutes)); // the soak itself, and no test
    Map<String, Long> before = histogram();
    System.out.println("after two minutes, " + soak.rounds + " rounds: " + before);
    TimeUnit.MINUTES.sleep(Math.max(0, minutes - 2));
    Map<String, Long> after = histogram();
    System.out.println("at the end, " + soak.rounds + " rounds: " + after);
    soak.over = true;
    for (Thread loop : loops) {
      loop.join();
    }
    soak.others.shutdownNow();
    Map<String, Long> left = histogram();
    System.out.println("when all loops have closed: " + left);
    after.entrySet().removeIf(e -> e.getValue() - before.getOrDefault(e.getKey(), 0L) < GROWTH);
    System.out.println(after.isEmpty() ? "nothing has grown" : "grown: " + after);
    System.exit(after.isEmpty() ? 0 : 1);
  }

  /** How many objects there are of each of the library's classes, after a garbage collection. */
  private static Map<String, Long> histogram() throws Exception {
    var text = (String) ManagementFactory.getPlatformMBeanServer()
        .invoke(
            new ObjectName("com.sun.management:type=DiagnosticCommand"),
            "gcClassHistogram",
            new Object[] {null},
            new String[] {String[].class.getName()});
    var counts = new TreeMap<String, Long>();
    Matcher line = COUNT.matcher(text);
    while (line.find()) {
      counts.put(line.group(2), Long.parseLong(line.group(1)));
    }
    return counts;
  }

  /** One loop after the other, each for some rounds. */
  private void run(Random random) {
    while (!over) {
      Async.run(async(() -> {
        AsyncQueue<Integer> queue = AsyncQueue.fifo(10);
        createTask(queue.forEach(item -> await(sleep(Duration.ZERO))));
        for (int i = 0; i < 200 && !over; i++) {
          await(round(random, queue));
          rounds.incrementAndGet();
        }
      }));
      Async.start(async(() -> await(waitFor(shield(lasting), Duration.ofMillis(1)))))
          .handle((value, error) -> null)
          .join();
    }
  }

  private Coroutine<Void> round(Random random, AsyncQueue<Integer> queue) {
    return async(() -> {
      List<Task<?>> tasks = new ArrayList<>();
      tasks.add(createTask(async(() -> await(shield(lasting)))));
      tasks.add(createTask(async(() -> await(gather(lasting, failed)))));
      tasks.add(createTask(
          async(() -> await(gather(shield(lasting), sleep(Duration.ofHours(1)))))));
      tasks.add(createTask(async(() -> await(shield(stage)))));
      tasks.add(createTask(async(() -> await(from(new CompletableFuture<String>())))));
      tasks.add(createTask(waitFor(shield(lasting), Duration.ofMillis(1))));
      tasks.add(createTask(async(() -> await(lock.run(() -> await(sleep(Duration.ofMillis(1))))))));
      tasks.add(createTask(leavesEarly()));
      tasks.add(createTask(groupThatFails()));
      tasks.add(createTask(toThread(() -> random.nextInt())));
      tasks.add(createTask(toThread(() -> TimeUnit.HOURS.sleep(1))));
      var foreign = new AsyncFuture<String>();
      others.schedule(
          () -> foreign.complete("value"), random.nextInt(1_000), TimeUnit.MICROSECONDS);
      tasks.add(createTask(async(() -> await(foreign))));
      await(queue.put(1));
      await(sleep(Duration.ofMillis(random.nextInt(3))));
      await(toThread(() -> tasks.get(random.nextInt(tasks.size())).cancel()));
      tasks.forEach(Task::cancel);
      await(gatherOutcomes(tasks));
    });
  }

  private Coroutine<Void> leavesEarly() {
    return async(() -> {
      for (Coroutine<String> next : asCompleted(List.of(lasting, sleepingValue()))) {
        await(next);
        break;
      }
    });
  }

  private static Coroutine<String> sleepingValue() {
    return async(() -> {
      await(sleep(Duration.ZERO));
      return currentTask().getName();
    });
  }

  private Coroutine<Void> groupThatFails() {
    return async(() -> {
      TaskGroup group = taskGroup();
      try {
        await(group.run(() -> {
          group.createTask(async(() -> await(failed)));
          group.createTask(async(() -> {
            throw new IllegalStateException("another");
          }));
          await(waitFor(sleep(Duration.ofHours(1)), Duration.ofMillis(1)));
        }));
      } catch (IllegalStateException | AsyncTimeoutException e) {
        rethrowIfCancelled(e);
      }
    });
  }
}
