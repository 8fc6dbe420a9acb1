package dev.asyncawait.examples;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/** A web server on the loopback interface whose files and pages are good, slow, or fail in a way of their own. */
final class DemoServer implements AutoCloseable {

  private static final int PIECES = 10;
  private static final String TOO_SLOW = "/too-slow.bin";

  private final byte[] content = new byte[1_000_000];
  private final AtomicBoolean refusedFlaky = new AtomicBoolean();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer server;

  DemoServer() throws IOException {
    new Random(1).nextBytes(content);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::serve);
    server.createContext(DemoSite.ROOT, new DemoSite(closed));
    server.setExecutor(threads);
    server.start();
  }

  String root() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
  }

  List<Source> sources() {
    String right = "#sha256=" + HexFormat.of().formatHex(PartFile.sha256().digest(content));
    String wrong = "#sha256=" + "0".repeat(64);
    return Stream.of(
            "one.bin" + right,
            "two.bin" + right,
            "three.bin",
            "slow.bin" + right,
            "flaky.bin" + right,
            "missing.bin",
            "tampered.bin" + wrong,
            "too-slow.bin")
        .map(file -> Source.parse(root() + file))
        .toList();
  }

  /** Whether this is the file that never comes. */
  static boolean isTooSlow(Source source) {
    return source.uri().getPath().equals(TOO_SLOW);
  }

  Address site() {
    return Address.parse("http://127.0.0.1:" + server.getAddress().getPort() + DemoSite.ROOT);
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      switch (exchange.getRequestURI().getPath()) {
        case "/missing.bin" -> exchange.sendResponseHeaders(404, -1);
        case "/flaky.bin" -> {
          if (refusedFlaky.compareAndSet(false, true)) {
            exchange.sendResponseHeaders(503, -1);
          } else {
            send(exchange, 0);
          }
        }
        case "/slow.bin" -> send(exchange, 100);
        case TOO_SLOW -> send(exchange, 60_000);
        default -> send(exchange, 0);
      }
    }
  }

  /** Sends the content in pieces, with a pause of some milliseconds before each. */
  private void send(HttpExchange exchange, int pause) throws IOException {
    exchange.sendResponseHeaders(200, content.length);
    OutputStream body = exchange.getResponseBody();
    int length = content.length / PIECES;
    try {
      for (int piece = 0; piece < PIECES && !closed.await(pause, TimeUnit.MILLISECONDS); piece++) {
        body.write(content, piece * length, length);
        body.flush();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdown();
  }
}
