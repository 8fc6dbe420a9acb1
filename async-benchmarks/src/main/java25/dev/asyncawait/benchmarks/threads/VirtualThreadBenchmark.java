package dev.asyncawait.benchmarks.threads;

import com.sun.net.httpserver.HttpExchange;
import dev.asyncawait.benchmarks.CrossThreadBenchmark;
import dev.asyncawait.benchmarks.CrossThreadBenchmark.Latency;
import dev.asyncawait.benchmarks.HttpLoad;
import dev.asyncawait.benchmarks.LockBenchmark;
import dev.asyncawait.benchmarks.QueueBenchmark;
import dev.asyncawait.benchmarks.SwitchBenchmark;
import dev.asyncawait.benchmarks.TimerBenchmark;
import java.io.IOException;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** Bare virtual threads, with what java.util.concurrent has for threads. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class VirtualThreadBenchmark {

  @Param("100")
  int n;

  private int value = 1000;

  /** What a thread does. */
  private interface Work {
    void run() throws Exception;
  }

  private static Thread start(Work work) {
    return Thread.startVirtualThread(() -> {
      try {
        work.run();
      } catch (Exception e) {
        throw new IllegalStateException("a peer failed", e);
      }
    });
  }

  private static void join(Work work) throws InterruptedException {
    start(work).join();
  }

  private static void joinAll(int count, Work work) throws InterruptedException {
    List<Thread> threads = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      threads.add(start(work));
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  @Benchmark
  public void task_virtualThread(Blackhole sink) throws InterruptedException {
    join(() -> {
      for (int i = 0; i < n; i++) {
        join(() -> sink.consume(value));
      }
    });
  }

  @Benchmark
  public int[] gather_virtualThread() throws InterruptedException {
    return gather(false);
  }

  @Benchmark
  public int[] gatherYield_virtualThread() throws InterruptedException {
    return gather(true);
  }

  private int[] gather(boolean yields) throws InterruptedException {
    int[] results = new int[n];
    List<Thread> threads = new ArrayList<>(n);
    for (int i = 0; i < n; i++) {
      int me = i;
      threads.add(start(() -> {
        if (yields) {
          Thread.yield();
        }
        results[me] = value;
      }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return results;
  }

  /** A ring in which each hands over to the next, as a loop's tasks do; Thread.yield would hand over to nobody in particular. */
  @Benchmark
  public void switch_virtualThread() throws InterruptedException {
    int rounds = SwitchBenchmark.rounds(n);
    var turn = new Turn();
    Thread[] ring = new Thread[n];
    for (int i = 0; i < n; i++) {
      int me = i;
      int next = i + 1 == n ? 0 : i + 1;
      ring[i] = Thread.ofVirtual().unstarted(() -> {
        for (int round = 0; round < rounds; round++) {
          while (turn.whose != me) {
            LockSupport.park();
          }
          turn.whose = next;
          LockSupport.unpark(ring[next]);
        }
      });
    }
    for (Thread thread : ring) {
      thread.start();
    }
    turn.whose = 0;
    LockSupport.unpark(ring[0]);
    for (Thread thread : ring) {
      thread.join();
    }
  }

  private static final class Turn {
    volatile int whose = -1;
  }

  @Benchmark
  public long queue_virtualThread() throws InterruptedException {
    var queue = new ArrayBlockingQueue<Integer>(QueueBenchmark.CAPACITY);
    var sum = new AtomicLong();
    Thread producer = start(() -> {
      for (int i = 0; i < n; i++) {
        queue.put(i);
      }
    });
    join(() -> {
      long received = 0;
      for (int i = 0; i < n; i++) {
        received += queue.take();
      }
      sum.set(received);
    });
    producer.join();
    return sum.get();
  }

  @Benchmark
  public void lock_virtualThread() throws InterruptedException {
    var lock = new ReentrantLock();
    joinAll(LockBenchmark.TASKS, () -> {
      for (int i = 0; i < n / LockBenchmark.TASKS; i++) {
        lock.lock();
        try {
          Thread.yield();
        } finally {
          lock.unlock();
        }
      }
    });
  }

  @Benchmark
  public void lockUncontended_virtualThread(Blackhole sink) throws InterruptedException {
    join(() -> {
      var lock = new ReentrantLock();
      for (int i = 0; i < n; i++) {
        lock.lock();
        try {
          sink.consume(i);
        } finally {
          lock.unlock();
        }
      }
    });
  }

  @Benchmark
  public void semaphore_virtualThread() throws InterruptedException {
    var semaphore = new Semaphore(LockBenchmark.PERMITS);
    joinAll(LockBenchmark.TASKS, () -> {
      for (int i = 0; i < n / LockBenchmark.TASKS; i++) {
        semaphore.acquire();
        try {
          Thread.yield();
        } finally {
          semaphore.release();
        }
      }
    });
  }

  @Benchmark
  public void semaphoreUncontended_virtualThread(Blackhole sink) throws InterruptedException {
    join(() -> {
      var semaphore = new Semaphore(LockBenchmark.PERMITS);
      for (int i = 0; i < n; i++) {
        semaphore.acquire();
        try {
          sink.consume(i);
        } finally {
          semaphore.release();
        }
      }
    });
  }

  /** A state of this class' own, since JMH writes the wrapper of another's anew, for this JDK alone. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class OwnLatency {
    public long nanos;
    public long runs;

    void add(long[] latencies) {
      var one = new Latency();
      one.add(latencies);
      nanos += one.nanos;
      runs += one.runs;
    }
  }

  @Benchmark
  public void cross_virtualThread(OwnLatency latency) throws InterruptedException {
    join(() -> latency.add(CrossThreadBenchmark.joined(n)));
  }

  @Benchmark
  public void sleepers_virtualThread() throws InterruptedException {
    joinAll(n, () -> Thread.sleep(TimerBenchmark.SECOND_MILLIS));
  }

  @Benchmark
  public void http_virtualThread() {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
        var load = new HttpLoad(executor, VirtualThreadBenchmark::answer)) {
      load.run(n);
    }
  }

  private static void answer(HttpLoad load, HttpExchange exchange) throws IOException {
    try {
      String one = load.client().send(load.one(), BodyHandlers.ofString()).body();
      String two = load.client().send(load.two(), BodyHandlers.ofString()).body();
      HttpLoad.answer(exchange, one + two);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while measuring", e);
    }
  }
}
