package dev.asyncawait.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A small web site: a page takes a tenth of a second, and some are slow, have moved, or fail. */
final class DemoSite implements HttpHandler {

  static final String ROOT = "/site/";

  private static final int CHAPTERS = 8;

  private final CountDownLatch closed;

  DemoSite(CountDownLatch closed) {
    this.closed = closed;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    String page = exchange.getRequestURI().getPath().substring(ROOT.length());
    try (exchange) {
      closed.await(page.equals("archive") ? 1000 : 100, TimeUnit.MILLISECONDS);
      switch (page) {
        case "" ->
          send(exchange, "guide/", "news", "about#team", "logo.svg", "https://example.org/");
        case "about" -> send(exchange, ROOT, "news", "mailto:team@example.org");
        case "news" -> send(exchange, ROOT, "archive", "old-guide", "shop", "missing");
        case "archive" -> send(exchange, "news", "about", "https://example.org/archive");
        case "guide/" ->
          send(
              exchange,
              IntStream.rangeClosed(1, CHAPTERS).mapToObj(String::valueOf).toArray(String[]::new));
        case "guide/1" -> send(exchange, "./", "2", "busy");
        case "guide/2" -> send(exchange, "./", "3", "broken");
        case "logo.svg" ->
          sendAs(exchange, "image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>\n");
        case "old-guide" -> redirect(exchange, "guide/");
        case "shop" -> redirect(exchange, "https://shop.example.org/");
        case "guide/busy" -> exchange.sendResponseHeaders(503, -1);
        case "guide/broken" -> {} // the connection closes without an answer
        default -> {
          if (page.matches("guide/[3-" + CHAPTERS + "]")) {
            send(exchange, "./");
          } else {
            exchange.sendResponseHeaders(404, -1);
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void send(HttpExchange exchange, String... links) throws IOException {
    String html = Stream.of(links)
        .map(link -> "<li><a href='" + link + "'>" + link + "</a></li>\n")
        .collect(Collectors.joining("", "<!doctype html>\n<title>Demo</title>\n<ul>\n", "</ul>\n"));
    sendAs(exchange, "text/html; charset=utf-8", html);
  }

  private static void redirect(HttpExchange exchange, String to) throws IOException {
    exchange.getResponseHeaders().set("Location", to);
    exchange.sendResponseHeaders(301, -1);
  }

  private static void sendAs(HttpExchange exchange, String type, String text) throws IOException {
    byte[] content = text.getBytes(UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(200, content.length);
    exchange.getResponseBody().write(content);
  }
}
