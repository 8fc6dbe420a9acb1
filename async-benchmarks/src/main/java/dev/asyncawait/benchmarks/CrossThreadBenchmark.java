package dev.asyncawait.benchmarks;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;

import dev.asyncawait.Async;
import dev.asyncawait.AsyncFuture;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** How long after another thread has completed a future whoever awaits it goes on. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CrossThreadBenchmark {

  /** The median latencies of the runs, which are what counts here; a run itself takes mostly the other thread's pauses. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Latency {
    public long nanos;
    public long runs;

    /** Adds a run. */
    public void add(long[] latencies) {
      Arrays.sort(latencies);
      nanos += latencies[latencies.length / 2];
      runs++;
    }
  }

  @Param("1000")
  int n;

  @Benchmark
  public void cross_asyncawait(Latency latency) {
    long[] latencies = new long[n];
    Async.run(async(() -> {
      for (int i = 0; i < n; i++) {
        var future = new AsyncFuture<Long>();
        Other.ask(future);
        long completed = await(future);
        latencies[i] = System.nanoTime() - completed;
      }
    }));
    latency.add(latencies);
  }

  @Benchmark
  public void cross_platformThread(Latency latency) {
    latency.add(joined(n));
  }

  @Benchmark
  public void cross_kotlin(Latency latency) {
    latency.add(KotlinPeers.cross(n));
  }

  /** The latencies of {@code join} on the current thread. */
  public static long[] joined(int n) {
    long[] latencies = new long[n];
    for (int i = 0; i < n; i++) {
      var future = new CompletableFuture<Long>();
      Other.ask(future);
      long completed = future.join();
      latencies[i] = System.nanoTime() - completed;
    }
    return latencies;
  }

  /** The other thread: pauses until whoever asked has surely suspended, and completes the future with the time of that. */
  public static final class Other {
    private static final long PAUSE_NANOS = 50_000;
    private static final LinkedBlockingQueue<CompletableFuture<Long>> ASKED =
        new LinkedBlockingQueue<>();

    static {
      var thread = new Thread(Other::answer, "other");
      thread.setDaemon(true);
      thread.start();
    }

    private Other() {}

    /** Has it complete a future. */
    public static void ask(CompletableFuture<Long> future) {
      ASKED.add(future);
    }

    private static void answer() {
      try {
        while (true) {
          CompletableFuture<Long> future = ASKED.take();
          long until = System.nanoTime() + PAUSE_NANOS;
          while (System.nanoTime() < until) {
            Thread.onSpinWait();
          }
          future.complete(System.nanoTime());
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException("interrupted while measuring", e);
      }
    }
  }
}
