package dev.asyncawait.benchmarks;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;

import dev.asyncawait.Async;
import dev.asyncawait.AsyncFuture;
import dev.asyncawait.Coroutine;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Awaits what needs no waiting: a future that is done, a coroutine that does not suspend. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AwaitBenchmark {

  @Param("100000")
  int n;

  private final AsyncFuture<Integer> done = AsyncFuture.completedFuture(1000);
  private final CompletableFuture<Integer> stage = CompletableFuture.completedFuture(1000);
  private int value = 1000;

  // ---- a future that is done

  @Benchmark
  public long done_asyncawait() {
    return Async.run(async(() -> {
      long sum = 0;
      for (int i = 0; i < n; i++) {
        sum += await(done);
      }
      return sum;
    }));
  }

  @Benchmark
  public long done_join() {
    long sum = 0;
    for (int i = 0; i < n; i++) {
      sum += stage.join();
    }
    return sum;
  }

  @Benchmark
  public long done_kotlin() {
    return KotlinPeers.done(n);
  }

  // ---- a coroutine that does not suspend

  @Benchmark
  public long inline_asyncawait() {
    return Async.run(async(() -> {
      long sum = 0;
      for (int i = 0; i < n; i++) {
        sum += await(body());
      }
      return sum;
    }));
  }

  private Coroutine<Integer> body() {
    return async(() -> value);
  }

  @Benchmark
  public long inline_completableFuture() {
    long sum = 0;
    for (int i = 0; i < n; i++) {
      sum += CompletableFuture.supplyAsync(() -> value, Runnable::run).join();
    }
    return sum;
  }

  @Benchmark
  public long inline_kotlin() {
    return KotlinPeers.inline(n, () -> value);
  }
}
