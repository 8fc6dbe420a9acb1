package dev.asyncawait.benchmarks;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;

import dev.asyncawait.Async;
import dev.asyncawait.AsyncLock;
import dev.asyncawait.AsyncSemaphore;
import dev.asyncawait.Coroutine;
import dev.asyncawait.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** A lock, and a semaphore of ten, that a hundred tasks hold over a turn of the others, or that nobody else wants. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LockBenchmark {

  /** How many want it. */
  public static final int TASKS = 100;

  /** How many the semaphore lets in. */
  public static final int PERMITS = 10;

  @Param("10000")
  int n;

  private static void contended(Supplier<Coroutine<@Nullable Void>> body) {
    Async.run(async(() -> {
      List<Task<@Nullable Void>> tasks = new ArrayList<>(TASKS);
      for (int i = 0; i < TASKS; i++) {
        tasks.add(createTask(body.get()));
      }
      for (Task<@Nullable Void> task : tasks) {
        await(task);
      }
    }));
  }

  // ---- lock

  @Benchmark
  public void lock_asyncawait() {
    var lock = new AsyncLock();
    contended(() -> holds(lock, n / TASKS));
  }

  private static Coroutine<@Nullable Void> holds(AsyncLock lock, int times) {
    return async(() -> {
      for (int i = 0; i < times; i++) {
        try (var held = await(lock.acquire())) {
          await(sleep(Duration.ZERO));
        }
      }
    });
  }

  @Benchmark
  public void lock_kotlin() {
    KotlinPeers.mutex(TASKS, n / TASKS);
  }

  @Benchmark
  public void lockUncontended_asyncawait(Blackhole sink) {
    Async.run(async(() -> {
      var lock = new AsyncLock();
      for (int i = 0; i < n; i++) {
        try (var held = await(lock.acquire())) {
          sink.consume(i);
        }
      }
    }));
  }

  @Benchmark
  public void lockUncontended_kotlin(Blackhole sink) {
    KotlinPeers.mutexUncontended(n, sink);
  }

  // ---- semaphore

  @Benchmark
  public void semaphore_asyncawait() {
    var semaphore = new AsyncSemaphore(PERMITS);
    contended(() -> holds(semaphore, n / TASKS));
  }

  private static Coroutine<@Nullable Void> holds(AsyncSemaphore semaphore, int times) {
    return async(() -> {
      for (int i = 0; i < times; i++) {
        try (var held = await(semaphore.acquire())) {
          await(sleep(Duration.ZERO));
        }
      }
    });
  }

  @Benchmark
  public void semaphore_kotlin() {
    KotlinPeers.semaphore(PERMITS, TASKS, n / TASKS);
  }

  @Benchmark
  public void semaphoreUncontended_asyncawait(Blackhole sink) {
    Async.run(async(() -> {
      var semaphore = new AsyncSemaphore(PERMITS);
      for (int i = 0; i < n; i++) {
        try (var held = await(semaphore.acquire())) {
          sink.consume(i);
        }
      }
    }));
  }

  @Benchmark
  public void semaphoreUncontended_kotlin(Blackhole sink) {
    KotlinPeers.semaphoreUncontended(PERMITS, n, sink);
  }
}
