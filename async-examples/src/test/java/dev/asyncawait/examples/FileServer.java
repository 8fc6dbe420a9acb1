package dev.asyncawait.examples;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A web server for one test; a handler that fails breaks its connection off. */
final class FileServer implements AutoCloseable {

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer server;

  FileServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.start();
  }

  static HttpHandler bytes(byte[] content) {
    return exchange -> {
      try (exchange) {
        exchange.sendResponseHeaders(200, content.length == 0 ? -1 : content.length);
        exchange.getResponseBody().write(content);
      }
    };
  }

  static HttpHandler status(int status) {
    return exchange -> {
      try (exchange) {
        exchange.sendResponseHeaders(status, -1);
      }
    };
  }

  /** Sends {@code content} as the beginning of something longer, and then nothing more until closed. */
  HttpHandler unfinished(byte[] content) {
    return exchange -> {
      exchange.sendResponseHeaders(200, content.length + 1);
      exchange.getResponseBody().write(content);
      exchange.getResponseBody().flush();
    };
  }

  /** Serves this at this path, and counts the requests. */
  AtomicInteger serve(String path, HttpHandler handler) {
    var requests = new AtomicInteger();
    server.createContext(path, exchange -> {
      requests.incrementAndGet();
      handler.handle(exchange);
    });
    return requests;
  }

  String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
