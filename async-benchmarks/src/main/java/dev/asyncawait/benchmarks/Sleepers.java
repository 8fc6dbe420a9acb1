package dev.asyncawait.benchmarks;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;

import dev.asyncawait.Async;
import dev.asyncawait.AsyncFuture;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * A million tasks asleep at once, beside a million bare threads: the time they take besides their sleep, the
 * processor time, and the heap they hold while all are asleep. Each variant runs in a JVM of its own.
 */
final class Sleepers {

  /** Rounds to run before, so that what is loaded and compiled once does not count. */
  private static final int WARM_UP = 2_000;

  private enum Contestant {
    /** Bodies, each on a suspended thread. */
    asyncawait {
      @Override
      void run(int count, Duration length, Report report) {
        Async.run(async(() -> {
          var last = new AsyncFuture<@Nullable Void>();
          int[] awake = {count};
          for (int i = 0; i < count; i++) {
            createTask(async(() -> {
              await(sleep(length));
              if (--awake[0] == 0) {
                last.complete(null);
              }
            }));
          }
          await(sleep(Duration.ZERO)); // all have begun once it is our turn again
          report.allAsleep();
          await(last);
        }));
      }
    },
    /** The same without bodies: no thread at all. */
    asyncawaitWithoutBodies {
      @Override
      void run(int count, Duration length, Report report) {
        Async.run(async(() -> {
          var tasks = new ArrayList<AsyncFuture<?>>(count);
          for (int i = 0; i < count; i++) {
            tasks.add(createTask(sleep(length)));
          }
          await(sleep(Duration.ZERO));
          report.allAsleep();
          for (AsyncFuture<?> task : tasks) {
            await(task);
          }
        }));
      }
    },
    bareThread {
      @Override
      void run(int count, Duration length, Report report) throws InterruptedException {
        var begun = new CountDownLatch(count);
        var awake = new CountDownLatch(count);
        for (int i = 0; i < count; i++) {
          BareThreads.start(() -> {
            begun.countDown();
            try {
              Thread.sleep(length.toMillis());
            } catch (InterruptedException e) {
              throw new IllegalStateException("interrupted while measuring", e);
            }
            awake.countDown();
          });
        }
        begun.await();
        report.allAsleep();
        awake.await();
      }
    };

    abstract void run(int count, Duration length, Report report) throws InterruptedException;
  }

  private Sleepers() {}

  static void measure(int rounds, int count, int seconds) throws IOException, InterruptedException {
    var ratios = new Ratios();
    for (int round = 0; round < rounds; round++) {
      for (Contestant contestant : Contestant.values()) {
        Properties measured = runInOwnJvm(contestant, count, seconds);
        System.out.println(contestant + " " + measured);
        ratios.add("time", contestant.name(), number(measured, "time"), "s");
        ratios.add("processor time", contestant.name(), number(measured, "processor"), "s");
        ratios.add("heap", contestant.name(), number(measured, "heap") / count, "bytes for each");
      }
    }
    ratios.publish(count + " sleepers of " + seconds + " s");
  }

  private static double number(Properties measured, String name) {
    return Double.parseDouble(measured.getProperty(name));
  }

  private static Properties runInOwnJvm(Contestant contestant, int count, int seconds)
      throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.add("-Xmx8g");
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Sleepers.class.getName()));
    command.addAll(List.of(contestant.name(), "" + count, "" + seconds));
    Process process = new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    var measured = new Properties();
    try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
      measured.load(reader);
    }
    if (process.waitFor() != 0) {
      throw new IllegalStateException(contestant + " failed; its messages are above");
    }
    return measured;
  }

  /** One contestant in this JVM: prints what it measured as properties. */
  public static void main(String[] arguments) throws InterruptedException {
    var contestant = Contestant.valueOf(arguments[0]);
    int count = Integer.parseInt(arguments[1]);
    var length = Duration.ofSeconds(Integer.parseInt(arguments[2]));
    contestant.run(WARM_UP, Duration.ofMillis(200), new Report());
    var report = new Report();
    contestant.run(count, length, report);
    report.print(length);
  }

  private static final class Report {
    private final long heapBefore = usedHeap();
    private final long processorBefore = processorTime();
    private final long began = System.nanoTime();
    private long heap;
    private long processorOfCollection;
    private double untilAsleep;
    private double processorUntilAsleep;

    void allAsleep() {
      untilAsleep = seconds(System.nanoTime() - began);
      long before = processorTime();
      processorUntilAsleep = seconds(before - processorBefore);
      heap = usedHeap() - heapBefore;
      processorOfCollection = processorTime() - before;
    }

    void print(Duration length) {
      double all = seconds(System.nanoTime() - began);
      long processor = processorTime() - processorBefore - processorOfCollection;
      System.out.println("time=" + (all - seconds(length.toNanos())));
      System.out.println("untilAsleep=" + untilAsleep);
      System.out.println("processorUntilAsleep=" + processorUntilAsleep);
      System.out.println("processor=" + seconds(processor));
      System.out.println("heap=" + heap);
    }

    private static double seconds(long nanos) {
      return nanos / 1e9;
    }

    /** By all threads, those of the collector among them. */
    private static long processorTime() {
      var system = ManagementFactory.getOperatingSystemMXBean();
      return ((com.sun.management.OperatingSystemMXBean) system).getProcessCpuTime();
    }

    private static long usedHeap() {
      System.gc();
      return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
  }
}
