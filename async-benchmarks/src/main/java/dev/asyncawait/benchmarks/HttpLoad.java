package dev.asyncawait.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.UnixOperatingSystemMXBean;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A server whose handler calls another server twice, one call after the other, and a client that has many requests in flight:
 * all over loopback with the JDK's own server and client. The other server answers after a while, so that all are in flight.
 */
public final class HttpLoad implements AutoCloseable {

  /** What a handler answers: what the two calls gave. */
  public static final String ANSWER = "onetwo";

  private static final int BACKLOG = 4_096;
  private static final long UPSTREAM_MILLIS = 500;

  /** Whoever waits longer waits for ever. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** Two sockets of a connection to each server, and as many that the run before has left open. */
  private static final int FILES_OF_EACH = 8;

  private static final int MOST = 10_000;
  private static final int SPARE = 100;

  private final HttpClient client =
      HttpClient.newBuilder().version(Version.HTTP_1_1).build();
  private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();
  private final HttpServer upstream;
  private final HttpServer server;

  /** Starts both servers; {@code handler} is that of the one which is measured, and is called by {@code executor}. */
  public HttpLoad(Executor executor, Handler handler) {
    try {
      upstream = start(
          Runnable::run,
          exchange -> later.schedule(
              () -> answer(exchange, exchange.getRequestURI().getPath().substring(1)),
              UPSTREAM_MILLIS,
              TimeUnit.MILLISECONDS));
      server = start(executor, exchange -> handler.handle(this, exchange));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A handler of requests, as each contestant writes it. */
  public interface Handler {
    /** Answers, or sees to it that somebody will. */
    void handle(HttpLoad load, HttpExchange exchange) throws IOException;
  }

  private static HttpServer start(Executor executor, HttpHandler handler) throws IOException {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    HttpServer server = HttpServer.create(address, BACKLOG);
    server.setExecutor(executor);
    server.createContext("/", handler);
    server.start();
    return server;
  }

  private static HttpRequest request(HttpServer of, String path) {
    int port = of.getAddress().getPort();
    String host = InetAddress.getLoopbackAddress().getHostAddress();
    return HttpRequest.newBuilder(URI.create("http://" + host + ":" + port + path))
        .timeout(PATIENCE)
        .build();
  }

  /** The client that the handler calls with. */
  public HttpClient client() {
    return client;
  }

  /** The first of the handler's calls. */
  public HttpRequest one() {
    return request(upstream, "/one");
  }

  /** The second of the handler's calls. */
  public HttpRequest two() {
    return request(upstream, "/two");
  }

  /** Answers a request, on the thread that calls this. */
  public static void answer(HttpExchange exchange, String text) {
    byte[] body = text.getBytes(UTF_8);
    try (exchange) {
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Has so many requests in flight, and waits for all answers. */
  public void run(int requests) {
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>(requests);
    for (int i = 0; i < requests; i++) {
      answers.add(client.sendAsync(request(server, "/"), BodyHandlers.ofString()));
    }
    for (CompletableFuture<HttpResponse<String>> answer : answers) {
      if (!answer.join().body().equals(ANSWER)) {
        throw new IllegalStateException("answered " + answer.join().body());
      }
    }
  }

  /** How many requests this process may have in flight; fewer than ten thousand where it may not open as many files. */
  static int most() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? (int) Math.min(MOST, system.getMaxFileDescriptorCount() / FILES_OF_EACH - SPARE)
        : MOST;
  }

  @Override
  public void close() {
    server.stop(0);
    upstream.stop(0);
    later.shutdownNow();
  }
}
