package dev.asyncawait.benchmarks;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;

import dev.asyncawait.Async;
import dev.asyncawait.Coroutine;
import dev.asyncawait.TaskGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Makes tasks and waits for them: one by one, many with {@code gather}, and as children of a group. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TaskBenchmark {

  @Param("10000")
  int n;

  private int value = 1000;

  private Coroutine<Integer> body() {
    return async(() -> value);
  }

  private Coroutine<Integer> yieldingBody() {
    return async(() -> {
      await(sleep(Duration.ZERO));
      return value;
    });
  }

  // ---- one that never suspends, created and awaited before the next

  @Benchmark
  public long task_asyncawait() {
    return Async.run(async(() -> {
      long sum = 0;
      for (int i = 0; i < n; i++) {
        sum += await(createTask(body()));
      }
      return sum;
    }));
  }

  @Benchmark
  public long task_kotlin() {
    return KotlinPeers.task(n, () -> value);
  }

  @Benchmark
  public long task_completableFuture() {
    long sum = 0;
    for (int i = 0; i < n; i++) {
      sum += CompletableFuture.supplyAsync(() -> value).join();
    }
    return sum;
  }

  // ---- many at once

  @Benchmark
  public List<Integer> gather_asyncawait() {
    return Async.run(async(() -> {
      List<Coroutine<Integer>> all = new ArrayList<>(n);
      for (int i = 0; i < n; i++) {
        all.add(body());
      }
      return await(gather(all));
    }));
  }

  @Benchmark
  public List<Integer> gather_kotlin() {
    return KotlinPeers.awaitAll(n, () -> value);
  }

  @Benchmark
  public void gather_completableFuture() {
    CompletableFuture<?>[] all = new CompletableFuture<?>[n];
    for (int i = 0; i < n; i++) {
      all[i] = CompletableFuture.supplyAsync(() -> value);
    }
    CompletableFuture.allOf(all).join();
  }

  // ---- many at once that each let the others have a turn

  @Benchmark
  public List<Integer> gatherYield_asyncawait() {
    return Async.run(async(() -> {
      List<Coroutine<Integer>> all = new ArrayList<>(n);
      for (int i = 0; i < n; i++) {
        all.add(yieldingBody());
      }
      return await(gather(all));
    }));
  }

  @Benchmark
  public List<Integer> gatherYield_kotlin() {
    return KotlinPeers.awaitAllYielding(n, () -> value);
  }

  // ---- children of a group

  @Benchmark
  public void group_asyncawait() {
    Async.run(async(() -> {
      TaskGroup group = taskGroup();
      await(group.run(() -> {
        for (int i = 0; i < n; i++) {
          group.createTask(body());
        }
      }));
    }));
  }

  @Benchmark
  public void group_kotlin() {
    KotlinPeers.scope(n, () -> value);
  }
}
