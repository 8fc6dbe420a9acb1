package dev.asyncawait.benchmarks;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;

import dev.asyncawait.Async;
import dev.asyncawait.Coroutine;
import dev.asyncawait.Task;
import dev.asyncawait.test.VirtualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Tasks that sleep: a second of real time each, or until some time of a day that passes in no time. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TimerBenchmark {

  /** How long each sleeper sleeps. */
  public static final int SECOND_MILLIS = 1_000;

  private static final int DAY_MILLIS = 86_400_000;

  @Param("100000")
  int n;

  /** Times of a day, in milliseconds. */
  public static int[] ofDay(int n) {
    return new Random(1).ints(n, 0, DAY_MILLIS).toArray();
  }

  @Benchmark
  public void sleepers_asyncawait() {
    int[] millis = new int[n];
    java.util.Arrays.fill(millis, SECOND_MILLIS);
    Async.run(sleepers(millis));
  }

  private static Coroutine<@Nullable Void> sleepers(int[] millis) {
    return async(() -> {
      List<Task<@Nullable Void>> tasks = new ArrayList<>(millis.length);
      for (int delay : millis) {
        tasks.add(createTask(sleeper(delay)));
      }
      for (Task<@Nullable Void> task : tasks) {
        await(task);
      }
    });
  }

  private static Coroutine<@Nullable Void> sleeper(int millis) {
    return async(() -> await(sleep(Duration.ofMillis(millis))));
  }

  @Benchmark
  public void sleepers_kotlin() {
    KotlinPeers.sleepers(n, SECOND_MILLIS);
  }

  @Benchmark
  public void virtualTime_asyncawait() {
    VirtualTime.run(sleepers(ofDay(n)));
  }

  /** Without the places where everything was made, which the report of a leak shows; Kotlin's has none. */
  @Benchmark
  public void virtualTime_leaksAllowed() {
    VirtualTime.options().allowLeaks().run(sleepers(ofDay(n)));
  }

  @Benchmark
  public void virtualTime_kotlin() {
    KotlinPeers.virtualTime(ofDay(n));
  }
}
