package dev.asyncawait.examples;

import static dev.asyncawait.examples.FileServer.status;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CrawlerIT {

  private static final int BY_SIGINT = 128 + 2;
  private static final int BY_SIGTERM = 128 + 15;

  private FileServer server;

  @BeforeEach
  void startServer() throws Exception {
    server = new FileServer();
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Test
  void without_a_url_the_example_site_is_crawled_and_three_of_its_pages_fail() throws Exception {
    var result = Program.run("crawler");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).startsWith("crawling http://127.0.0.1:");
    assertThat(visits(result))
        .containsExactlyInAnyOrder(
            "ok /site/ 5 links, 4 new",
            "ok /site/about 2 links",
            "ok /site/logo.svg",
            "ok /site/guide/ 8 links, 8 new",
            "ok /site/news 5 links, 4 new",
            "ok /site/archive 3 links",
            "moved /site/old-guide to /site/guide/",
            "moved /site/shop to https://shop.example.org/",
            "FAILED /site/missing HTTP 404; linked from /site/news",
            "FAILED /site/guide/busy HTTP 503; linked from /site/guide/1",
            "FAILED /site/guide/broken the server broke off the connection; linked from /site/guide/2",
            "ok /site/guide/1 3 links, 1 new",
            "ok /site/guide/2 3 links, 1 new",
            "ok /site/guide/3 1 link",
            "ok /site/guide/4 1 link",
            "ok /site/guide/5 1 link",
            "ok /site/guide/6 1 link",
            "ok /site/guide/7 1 link",
            "ok /site/guide/8 1 link");
    assertThat(summary(result)).isEqualTo("finished: 14 ok, 2 moved, 3 failed, 3 on other sites");
  }

  @Test
  void each_page_is_visited_once_however_many_lead_there() throws Exception {
    AtomicInteger root = server.serve("/", page("a", "b", "./#top", "b#end"));
    AtomicInteger a = server.serve("/a", page("/", "b", "a"));
    AtomicInteger b = server.serve("/b", redirect("/a"));

    var result = Program.run("crawler", server.url(""));

    assertThat(result.exitCode()).isZero();
    assertThat(visits(result))
        .containsExactlyInAnyOrder("ok / 3 links, 2 new", "ok /a 3 links", "moved /b to /a");
    assertThat(summary(result)).isEqualTo("finished: 2 ok, 1 moved");
    assertThat(List.of(root.get(), a.get(), b.get())).containsExactly(1, 1, 1);
  }

  @Test
  void what_is_on_other_sites_is_not_visited() throws Exception {
    try (var other = new FileServer()) {
      AtomicInteger requests = other.serve("/", page());
      server.serve("/", page(other.url("/linked"), "moved"));
      server.serve("/moved", redirect(other.url("/target")));

      var result = Program.run("crawler", server.url("/"));

      assertThat(visits(result))
          .containsExactly("ok / 2 links, 1 new", "moved /moved to " + other.url("/target"));
      assertThat(summary(result)).isEqualTo("finished: 1 ok, 1 moved, 2 on other sites");
      assertThat(requests).hasValue(0);
    }
  }

  @Test
  void a_crawl_of_two_sites_names_them_in_each_line() throws Exception {
    try (var other = new FileServer()) {
      other.serve("/", page());
      server.serve("/", page(other.url("/linked")));

      var result = Program.run("crawler", "-w", "1", server.url("/"), other.url("/"));

      assertThat(visits(result))
          .containsExactly(
              "ok " + server.url("/") + " 1 link, 1 new",
              "ok " + other.url("/"),
              "ok " + other.url("/linked"));
    }
  }

  @Test
  void no_more_requests_are_under_way_than_allowed_and_no_fewer() throws Exception {
    assertThat(mostAtOnce("--workers", "7", "--requests", "3")).isEqualTo(3);
  }

  @Test
  void no_more_pages_are_dealt_with_than_there_are_workers() throws Exception {
    assertThat(mostAtOnce("--workers", "3", "--requests", "7")).isEqualTo(3);
  }

  /** How many of nine pages are requested at once; fails if it is ever fewer than three. */
  private int mostAtOnce(String... options) throws Exception {
    var together = new CyclicBarrier(3);
    var tooMany = new CountDownLatch(1);
    var running = new AtomicInteger();
    var most = new AtomicInteger();
    server.serve("/", page(IntStream.range(0, 9).mapToObj(i -> "p/" + i).toArray(String[]::new)));
    server.serve("/p/", exchange -> {
      if (most.accumulateAndGet(running.incrementAndGet(), Math::max) > 3) {
        tooMany.countDown();
      }
      meet(together, tooMany);
      running.decrementAndGet();
      page().handle(exchange);
    });
    var arguments = new ArrayList<>(List.of("crawler", server.url("/")));
    arguments.addAll(List.of(options));

    var result = Program.run(arguments.toArray(String[]::new));

    assertThat(summary(result)).isEqualTo("finished: 10 ok");
    return most.get();
  }

  @Test
  void no_more_pages_are_visited_than_allowed() throws Exception {
    AtomicInteger requests = server.serve("/", page("a", "b", "c", "d"));

    var result = Program.run("crawler", "--max-pages", "3", server.url("/"));

    assertThat(result.exitCode()).isZero();
    assertThat(summary(result)).isEqualTo("finished: 3 ok, 2 above --max-pages");
    assertThat(requests).hasValue(3);
  }

  @Test
  void a_redirect_that_leads_nowhere_has_failed() throws Exception {
    server.serve("/", status(302));

    var result = Program.run("crawler", server.url("/"));

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(visits(result)).containsExactly("FAILED / HTTP 302 to nowhere");
  }

  @Test
  void a_server_that_is_not_there_is_reported() throws Exception {
    String url;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      url = "http://127.0.0.1:" + free.getLocalPort() + "/";
    }

    var result = Program.run("crawler", url);

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(visits(result)).containsExactly("FAILED / cannot connect");
    assertThat(summary(result)).isEqualTo("finished: 1 failed");
  }

  @Test
  void at_the_deadline_the_summary_is_printed_and_the_exit_code_tells() throws Exception {
    server.serve("/", server.unfinished("<a href=/never>".getBytes(UTF_8)));

    var result = Program.run("crawler", "--deadline", "1.5", "-w", "2", "-r", "1", server.url("/"));

    assertThat(result.exitCode()).isEqualTo(124);
    assertThat(result.err()).isEmpty();
    assertThat(result.out())
        .startsWith("crawling " + server.url("/")
            + " (workers: 2, requests at once: 1, deadline: 1.5 s)\n");
    assertThat(summary(result)).startsWith("deadline passed: 1 "); // given up, or not even begun
  }

  @ParameterizedTest
  @CsvSource({"INT, " + BY_SIGINT, "TERM, " + BY_SIGTERM})
  void a_signal_ends_the_crawl_and_the_summary_is_printed(String signal, int exitCode)
      throws Exception {
    server.serve("/", page("endless/1", "endless/2", "endless/3"));
    AtomicInteger requests = server.serve("/endless/", server.unfinished(new byte[10]));
    Program program = Program.start("crawler", "--workers", "2", server.url("/"));
    await().atMost(2, TimeUnit.MINUTES).until(() -> requests.get() == 2);

    program.signal(signal);

    var result = program.result();
    assertThat(result.exitCode()).isEqualTo(exitCode);
    assertThat(result.err()).isEmpty();
    assertThat(visits(result))
        .containsExactlyInAnyOrder(
            "ok / 3 links, 3 new", "given up /endless/1", "given up /endless/2");
    assertThat(summary(result)).isEqualTo("stopped: 1 ok, 2 given up, 1 not visited");
  }

  @ParameterizedTest
  @CsvSource(textBlock = """
                    --workers=0,          '--workers must be at least 1, but was 0'
                    --requests=0,         '--requests must be at least 1, but was 0'
                    --max-pages=0,        '--max-pages must be at least 1, but was 0'
                    --deadline=0,         '--deadline must be more than 0, but was 0.0'
                    --deadline=soon,      Invalid value for option '--deadline': 'soon' is not a double
                    http://[::1/a,        not a URL: http://[::1/a (Expected closing bracket for IPv6 address)
                    ftp://example.org/a,  not an http or https URL: ftp://example.org/a
                    """)
  void a_wrong_command_line_is_refused(String argument, String message) throws Exception {
    assertThat(Program.run("crawler", argument))
        .isEqualTo(new Program.Result(2, "", message + "\nTry 'async-examples crawler --help'.\n"));
  }

  /** The lines between the first and the last, without the time. */
  private static List<String> visits(Program.Result result) {
    List<String> lines = result.out().lines().toList();
    return lines.subList(1, lines.size() - 1).stream()
        .map(line -> line.replaceFirst("^ +\\d+\\.\\d\\d s ", "").strip().replaceAll(" +", " "))
        .toList();
  }

  /** The last line, without the time. */
  private static String summary(Program.Result result) {
    return result
        .out()
        .lines()
        .reduce("", (first, second) -> second)
        .replaceFirst(" after \\d+\\.\\d\\d s:", ":");
  }

  static HttpHandler page(String... links) {
    StringBuilder html = new StringBuilder("<title>Page</title>");
    for (String link : links) {
      html.append("<a href='").append(link).append("'>link</a>");
    }
    return exchange -> {
      exchange.getResponseHeaders().set("Content-Type", "text/html");
      FileServer.bytes(html.toString().getBytes(UTF_8)).handle(exchange);
    };
  }

  private static HttpHandler redirect(String to) {
    return exchange -> {
      exchange.getResponseHeaders().set("Location", to);
      status(301).handle(exchange);
    };
  }

  /** Waits for the others, and a while for one more who should not come. */
  private static void meet(CyclicBarrier others, CountDownLatch tooMany) throws IOException {
    try {
      others.await(2, TimeUnit.MINUTES);
      boolean unused = tooMany.await(300, TimeUnit.MILLISECONDS);
    } catch (Exception e) {
      throw new IOException(e);
    }
  }
}
