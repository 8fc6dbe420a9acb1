package dev.asyncawait.conformance;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.asyncawait.Async;
import dev.asyncawait.AsyncEvent;
import dev.asyncawait.BackgroundLoop;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The server of the guide under real requests: many threads submit to one loop, which shuts down while they come. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ServerTest {

  private static final int REQUESTS = 200;

  private final ExecutorService threads = Executors.newFixedThreadPool(8);
  private final HttpClient client = HttpClient.newHttpClient();
  private final BackgroundLoop pages = EventLoop.start("pages");
  private final CountDownLatch accepted = new CountDownLatch(REQUESTS);
  private final AsyncEvent open = new AsyncEvent();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress("localhost", 0), REQUESTS);
    server.setExecutor(threads);
    server.createContext("/", this::accept);
    server.start();
  }

  @AfterEach
  void stop() {
    pages.close();
    server.stop(0);
    threads.shutdownNow();
  }

  private void accept(HttpExchange exchange) throws IOException {
    try {
      var unused = pages.submit(answer(exchange));
      accepted.countDown();
    } catch (RejectedExecutionException shuttingDown) {
      send(exchange, 503, "try again later");
    }
  }

  private Coroutine<Void> answer(HttpExchange exchange) {
    return async(() -> {
      try {
        await(open.waitUntilSet());
        await(sleep(Duration.ofMillis(1)));
        String path = exchange.getRequestURI().getPath();
        if (path.startsWith("/broken")) {
          throw new IllegalStateException("broken");
        }
        await(toThread(() -> send(exchange, 200, "the page " + path)));
      } finally {
        exchange.close();
      }
    });
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private CompletableFuture<HttpResponse<String>> get(String path) {
    URI page = URI.create("http://localhost:" + server.getAddress().getPort() + path);
    return client.sendAsync(
        HttpRequest.newBuilder(page).build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void what_has_come_is_answered_and_what_comes_during_the_shutdown_is_refused() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> answers =
        IntStream.range(0, REQUESTS).mapToObj(i -> get("/" + i)).toList();
    accepted.await();
    CompletableFuture<Void> shutdown = Async.start(pages.shutdown(Duration.ofMinutes(1)));
    Awaitility.await().until(() -> pages.toString().contains("shutting down"));
    assertThat(get("/late").join().statusCode()).isEqualTo(503);
    open.set();
    for (int i = 0; i < REQUESTS; i++) {
      assertThat(answers.get(i).join().body()).isEqualTo("the page /" + i);
    }
    shutdown.join();
  }

  @Test
  void a_client_whose_page_fails_does_not_wait() {
    open.set();
    CompletableFuture<HttpResponse<String>> broken = get("/broken");
    assertThat(broken.handle((response, failure) -> failure).join())
        .hasRootCauseInstanceOf(IOException.class);
    assertThat(get("/whole").join().body()).isEqualTo("the page /whole");
  }
}
