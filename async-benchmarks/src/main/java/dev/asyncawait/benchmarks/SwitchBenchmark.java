package dev.asyncawait.benchmarks;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;

import dev.asyncawait.Async;
import dev.asyncawait.AsyncFuture;
import dev.asyncawait.Coroutine;
import dev.asyncawait.Task;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
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

/**
 * A switch from one suspended task to another, beside a hand-off between two bare threads by park and unpark.
 * One operation is one switch; the thread that measures takes no part.
 *
 * <p>Methods are named {@code case_contestant}, see {@link Ratios}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(1)
public class SwitchBenchmark {

  private static final int SWITCHES = 100_000;

  // ---- two tasks that let each other have a turn

  @Benchmark
  @OperationsPerInvocation(SWITCHES)
  public void yield_asyncawait() {
    Async.run(async(() -> {
      var first = createTask(yields(SWITCHES / 2));
      var second = createTask(yields(SWITCHES / 2));
      await(first);
      await(second);
    }));
  }

  @Benchmark
  @OperationsPerInvocation(SWITCHES)
  public void yield_bareThread() {
    HandOff.run(SWITCHES / 2);
  }

  private static Coroutine<@Nullable Void> yields(int count) {
    return async(() -> {
      for (int i = 0; i < count; i++) {
        await(sleep(Duration.ZERO));
      }
    });
  }

  // ---- two tasks that complete each other's future

  @Benchmark
  @OperationsPerInvocation(SWITCHES)
  public void pingPong_asyncawait() {
    Async.run(async(() -> {
      var table = new Table();
      Task<?> first = createTask(table.player(0, SWITCHES / 2));
      Task<?> second = createTask(table.player(1, SWITCHES / 2));
      await(first);
      await(second);
    }));
  }

  @Benchmark
  @OperationsPerInvocation(SWITCHES)
  public void pingPong_bareThread() {
    HandOff.run(SWITCHES / 2);
  }

  /** Each player waits for a ball and plays one to the other; the first begins with a ball of its own. */
  private static final class Table {
    private AsyncFuture<Integer> next = new AsyncFuture<>();

    Coroutine<@Nullable Void> player(int side, int balls) {
      return async(() -> {
        for (int i = 0; i < balls; i++) {
          AsyncFuture<Integer> played = next;
          var mine = new AsyncFuture<Integer>();
          next = mine;
          played.complete(i);
          if (side == 0 || i < balls - 1) {
            await(mine);
          }
        }
      });
    }
  }

  /** Two bare threads that pass a turn to and fro. */
  private static final class HandOff {
    private volatile int turn;
    private final Thread[] players = new Thread[2];

    static void run(int turns) {
      var game = new HandOff();
      BareThreads.run(() -> {
        game.players[0] = Thread.currentThread();
        game.players[1] = BareThreads.start(() -> game.play(1, turns));
        game.play(0, turns);
        BareThreads.join(game.players[1]);
      });
    }

    private void play(int side, int turns) {
      Thread other = players[1 - side];
      for (int i = 0; i < turns; i++) {
        while (turn != side) {
          LockSupport.park(this);
        }
        turn = 1 - side;
        LockSupport.unpark(other);
      }
    }
  }
}
