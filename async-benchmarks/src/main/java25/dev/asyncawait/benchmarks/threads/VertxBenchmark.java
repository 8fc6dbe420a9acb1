package dev.asyncawait.benchmarks.threads;

import dev.asyncawait.benchmarks.SwitchBenchmark;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Vert.x, whose context of virtual threads runs one of them at a time, as a loop does. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class VertxBenchmark {

  @Param("100")
  int n;

  private Vertx vertx;

  @Setup
  public void open() {
    vertx = Vertx.vertx();
  }

  @TearDown
  public void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get();
  }

  @Benchmark
  public void switch_vertx() throws Exception {
    int rounds = SwitchBenchmark.rounds(n);
    var left = new CountDownLatch(n);
    var verticle = new AbstractVerticle() {
      @Override
      public void start() {
        for (int i = 0; i < n; i++) {
          context.runOnContext(any -> {
            for (int round = 0; round < rounds; round++) {
              Promise<Void> turn = Promise.promise();
              context.runOnContext(next -> turn.complete());
              Future.await(turn.future());
            }
            left.countDown();
          });
        }
      }
    };
    var options = new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD);
    String id = vertx
        .deployVerticle(verticle, options)
        .toCompletionStage()
        .toCompletableFuture()
        .get();
    left.await();
    vertx.undeploy(id).toCompletionStage().toCompletableFuture().get();
  }
}
