package dev.asyncawait.benchmarks.threads;

import com.softwaremill.jox.Channel;
import dev.asyncawait.benchmarks.QueueBenchmark;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The channels of jox, which are made for virtual threads. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class JoxBenchmark {

  @Param("100000")
  int n;

  @Benchmark
  public long queue_jox() throws Exception {
    Channel<Integer> channel = Channel.newBufferedChannel(QueueBenchmark.CAPACITY);
    FutureTask<Long> producer = start(() -> {
      for (int i = 0; i < n; i++) {
        channel.send(i);
      }
      return 0L;
    });
    FutureTask<Long> consumer = start(() -> {
      long sum = 0;
      for (int i = 0; i < n; i++) {
        sum += channel.receive();
      }
      return sum;
    });
    return producer.get() + consumer.get();
  }

  private static FutureTask<Long> start(Callable<Long> work) {
    var task = new FutureTask<>(work);
    Thread.startVirtualThread(task);
    return task;
  }
}
