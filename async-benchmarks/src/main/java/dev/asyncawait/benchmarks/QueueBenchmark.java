package dev.asyncawait.benchmarks;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;

import dev.asyncawait.Async;
import dev.asyncawait.AsyncQueue;
import dev.asyncawait.Coroutine;
import dev.asyncawait.Task;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A producer and a consumer with a queue of a hundred places between them: tasks of one loop, or each of a loop of its own. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class QueueBenchmark {

  /** The places of each peer's queue. */
  public static final int CAPACITY = 100;

  @Param("100000")
  int n;

  private static Coroutine<@Nullable Void> produces(AsyncQueue<Integer> queue, int count) {
    return async(() -> {
      for (int i = 0; i < count; i++) {
        await(queue.put(i));
      }
    });
  }

  private static Coroutine<Long> consumes(AsyncQueue<Integer> queue, int count) {
    return async(() -> {
      long sum = 0;
      for (int i = 0; i < count; i++) {
        sum += await(queue.take());
      }
      return sum;
    });
  }

  @Benchmark
  public long queue_asyncawait() {
    return Async.run(async(() -> {
      AsyncQueue<Integer> queue = AsyncQueue.fifo(CAPACITY);
      Task<@Nullable Void> producer = createTask(produces(queue, n));
      Task<Long> consumer = createTask(consumes(queue, n));
      await(producer);
      return await(consumer);
    }));
  }

  @Benchmark
  public long queue_kotlin() {
    return KotlinPeers.channel(n);
  }

  @Benchmark
  public long queueTwoLoops_asyncawait() {
    AsyncQueue<Integer> queue = AsyncQueue.fifo(CAPACITY);
    Task<@Nullable Void> producer = Async.start(produces(queue, n));
    long sum = Async.run(consumes(queue, n));
    producer.join();
    return sum;
  }

  @Benchmark
  public long queueTwoLoops_kotlin() {
    return KotlinPeers.channelOfTwoLoops(n);
  }
}
