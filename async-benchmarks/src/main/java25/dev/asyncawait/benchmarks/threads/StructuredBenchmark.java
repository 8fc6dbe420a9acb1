package dev.asyncawait.benchmarks.threads;

import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The JDK's own structured concurrency, a preview. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class StructuredBenchmark {

  @Param("1000")
  int n;

  private int value = 1000;

  @Benchmark
  public void group_structuredTaskScope() throws InterruptedException {
    try (var scope = StructuredTaskScope.<Integer>open()) {
      for (int i = 0; i < n; i++) {
        scope.fork(() -> value);
      }
      scope.join();
    }
  }
}
