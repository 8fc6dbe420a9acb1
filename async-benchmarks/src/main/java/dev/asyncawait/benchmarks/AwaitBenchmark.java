package dev.asyncawait.benchmarks;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;

import dev.asyncawait.Async;
import dev.asyncawait.AsyncAction;
import dev.asyncawait.AsyncFuture;
import dev.asyncawait.Coroutine;
import dev.asyncawait.Task;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What it costs to await something that needs no waiting: a future that is done, a task that never suspends.
 *
 * <p>Methods are named {@code case_contestant}, see {@link Ratios}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class AwaitBenchmark {

  private static final int FUTURES = 100_000;
  private static final int TASKS = 10_000;
  private static final int BATCH = 100;

  private final AsyncFuture<Integer> done = AsyncFuture.completedFuture(1000);
  private final CompletableFuture<Integer> stage = CompletableFuture.completedFuture(1000);
  private int value = 1000;

  // ---- a future that is done

  @Benchmark
  @OperationsPerInvocation(FUTURES)
  public void doneFuture_asyncawait(Blackhole sink) {
    Async.run(async(() -> {
      for (int i = 0; i < FUTURES; i++) {
        sink.consume(await(done));
      }
    }));
  }

  @Benchmark
  @OperationsPerInvocation(FUTURES)
  public void doneFuture_completableFuture(Blackhole sink) {
    for (int i = 0; i < FUTURES; i++) {
      sink.consume(stage.join());
    }
  }

  // ---- a coroutine, awaited inline

  @Benchmark
  @OperationsPerInvocation(FUTURES)
  public void coroutine_asyncawait(Blackhole sink) {
    Async.run(async(() -> {
      for (int i = 0; i < FUTURES; i++) {
        sink.consume(await(body()));
      }
    }));
  }

  @Benchmark
  @OperationsPerInvocation(FUTURES)
  public void coroutine_completableFuture(Blackhole sink) {
    for (int i = 0; i < FUTURES; i++) {
      sink.consume(CompletableFuture.supplyAsync(() -> value, Runnable::run).join());
    }
  }

  // ---- a task, created and awaited before the next: it starts on another stack, and its end
  // resumes us

  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void taskOneByOne_asyncawait(Blackhole sink) {
    runInTask(() -> {
      for (int i = 0; i < TASKS; i++) {
        sink.consume(await(createTask(body())));
      }
    });
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void taskOneByOne_bareThread(Blackhole sink) {
    BareThreads.run(() -> {
      for (int i = 0; i < TASKS; i++) {
        BareThreads.run(() -> sink.consume(value));
      }
    });
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void taskOneByOne_completableFuture(Blackhole sink) {
    for (int i = 0; i < TASKS; i++) {
      sink.consume(CompletableFuture.supplyAsync(() -> value, Runnable::run).join());
    }
  }

  // ---- tasks, a hundred created and then awaited: all start on one stack

  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void taskOfHundred_asyncawait(Blackhole sink) {
    runInTask(() -> {
      for (int i = 0; i < TASKS; i += BATCH) {
        var tasks = new ArrayList<Task<Integer>>(BATCH);
        for (int j = 0; j < BATCH; j++) {
          tasks.add(createTask(body()));
        }
        for (Task<Integer> task : tasks) {
          sink.consume(await(task));
        }
      }
    });
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void taskOfHundred_bareThread(Blackhole sink) {
    BareThreads.run(() -> {
      for (int i = 0; i < TASKS; i += BATCH) {
        var threads = new ArrayList<Thread>(BATCH);
        for (int j = 0; j < BATCH; j++) {
          threads.add(BareThreads.start(() -> sink.consume(value)));
        }
        threads.forEach(BareThreads::join);
      }
    });
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void taskOfHundred_completableFuture(Blackhole sink) {
    for (int i = 0; i < TASKS; i += BATCH) {
      var futures = new ArrayList<CompletableFuture<Integer>>(BATCH);
      for (int j = 0; j < BATCH; j++) {
        futures.add(CompletableFuture.supplyAsync(() -> value, Runnable::run));
      }
      for (CompletableFuture<Integer> future : futures) {
        sink.consume(future.join());
      }
    }
  }

  private Coroutine<Integer> body() {
    return async(() -> value);
  }

  /** In a task of its own, since main is carried by the calling thread, which is a platform thread here. */
  private static void runInTask(AsyncAction work) {
    Async.run(async(() -> await(createTask(async(work)))));
  }
}
