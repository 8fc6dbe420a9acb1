package dev.asyncawait.benchmarks;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;

import dev.asyncawait.Async;
import dev.asyncawait.Coroutine;
import dev.asyncawait.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Tasks of one loop that let each other have a turn, {@link #rounds} times each. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SwitchBenchmark {

  private static final int SWITCHES = 1_000_000;

  @Param("100")
  int n;

  /** How often each of {@code n} has its turn, so that one run does not take too long. */
  public static int rounds(int n) {
    return Math.max(10, SWITCHES / n);
  }

  @Benchmark
  public void switch_asyncawait() {
    int rounds = rounds(n);
    Async.run(async(() -> {
      List<Task<@Nullable Void>> tasks = new ArrayList<>(n);
      for (int i = 0; i < n; i++) {
        tasks.add(createTask(yields(rounds)));
      }
      for (Task<@Nullable Void> task : tasks) {
        await(task);
      }
    }));
  }

  private static Coroutine<@Nullable Void> yields(int count) {
    return async(() -> {
      for (int i = 0; i < count; i++) {
        await(sleep(Duration.ZERO));
      }
    });
  }

  @Benchmark
  public void switch_kotlin() {
    KotlinPeers.yields(n, rounds(n));
  }
}
