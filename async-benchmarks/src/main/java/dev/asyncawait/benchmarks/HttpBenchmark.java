package dev.asyncawait.benchmarks;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;

import com.sun.net.httpserver.HttpExchange;
import dev.asyncawait.Async;
import dev.asyncawait.AsyncFuture;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Task;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A handler of an HTTP server that awaits two calls of its own, with many requests in flight. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HttpBenchmark {

  @Param("10000")
  int n;

  @Benchmark
  public void http_asyncawait() {
    var opened = new CompletableFuture<EventLoop>();
    var stop = new AsyncFuture<@Nullable Void>();
    Task<@Nullable Void> main = Async.start(async(() -> {
      opened.complete(EventLoop.current());
      await(stop);
    }));
    EventLoop loop = opened.join();
    try (var load = new HttpLoad(
        Runnable::run, (service, exchange) -> loop.submit(answers(service, exchange)))) {
      load.run(n);
    } finally {
      stop.complete(null);
      main.join();
    }
  }

  private static Coroutine<@Nullable Void> answers(HttpLoad load, HttpExchange exchange) {
    return async(() -> {
      HttpResponse<String> one =
          await(load.client().sendAsync(load.one(), BodyHandlers.ofString()));
      HttpResponse<String> two =
          await(load.client().sendAsync(load.two(), BodyHandlers.ofString()));
      HttpLoad.answer(exchange, one.body() + two.body());
    });
  }

  @Benchmark
  public void http_completableFuture() {
    try (var load = new HttpLoad(
        Runnable::run,
        (service, exchange) -> service
            .client()
            .sendAsync(service.one(), BodyHandlers.ofString())
            .thenCompose(one -> service
                .client()
                .sendAsync(service.two(), BodyHandlers.ofString())
                .thenAccept(two -> HttpLoad.answer(exchange, one.body() + two.body()))))) {
      load.run(n);
    }
  }

  @Benchmark
  public void http_kotlin() {
    KotlinPeers.http(n);
  }
}
