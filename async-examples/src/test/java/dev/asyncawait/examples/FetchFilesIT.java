package dev.asyncawait.examples;

import static dev.asyncawait.examples.FileServer.bytes;
import static dev.asyncawait.examples.FileServer.status;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FetchFilesIT {

  private static final Duration HANGS = Duration.ofMinutes(2);
  private static final byte[] SMALL = "small".getBytes(UTF_8);
  private static final byte[] LARGE = new byte[5_000_000];

  static {
    new Random(1).nextBytes(LARGE);
  }

  @TempDir
  Path directory;

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
  void files_are_stored_whole_under_the_names_in_their_urls() throws Exception {
    server.serve("/small.txt", bytes(SMALL));
    server.serve("/large.bin", bytes(LARGE));
    server.serve("/empty", bytes(new byte[0]));

    var result =
        fetch("-w", "1", server.url("/small.txt"), server.url("/large.bin"), server.url("/empty"));

    assertThat(result).isEqualTo(new Program.Result(0, """
                        saved %1$s/small.txt (5 bytes)
                        saved %1$s/large.bin (5000000 bytes)
                        saved %1$s/empty (0 bytes)
                        3 of 3 files downloaded
                        """.formatted(directory), ""));
    assertThat(names()).containsExactly("empty", "large.bin", "small.txt");
    assertThat(directory.resolve("small.txt")).hasBinaryContent(SMALL);
    assertThat(directory.resolve("large.bin")).hasBinaryContent(LARGE);
    assertThat(directory.resolve("empty")).isEmptyFile();
  }

  @Test
  void as_many_files_as_there_are_workers_are_downloaded_at_once() throws Exception {
    var together = new CyclicBarrier(3);
    var running = new AtomicInteger();
    var most = new AtomicInteger();
    server.serve("/", exchange -> {
      most.accumulateAndGet(running.incrementAndGet(), Math::max);
      meet(together); // never more than three, and never fewer: else this fails
      running.decrementAndGet();
      bytes(SMALL).handle(exchange);
    });

    var arguments = new ArrayList<>(List.of("--workers", "3", "--retries", "0"));
    IntStream.range(0, 9).forEach(i -> arguments.add(server.url("/" + i)));
    var result = fetch(arguments.toArray(String[]::new));

    assertThat(result.err()).isEmpty();
    assertThat(names()).hasSize(9);
    assertThat(most).hasValue(3);
  }

  @Test
  void a_refused_file_is_reported_and_the_others_are_downloaded() throws Exception {
    AtomicInteger requests = server.serve("/missing", status(404));
    server.serve("/good", bytes(SMALL));

    var result = fetch("-w", "1", server.url("/missing"), server.url("/good"));

    assertThat(result)
        .isEqualTo(new Program.Result(
            1,
            "saved " + directory.resolve("good") + " (5 bytes)\n1 of 2 files downloaded\n",
            "fetch-files: " + server.url("/missing") + ": HTTP 404\n"));
    assertThat(names()).containsExactly("good");
    assertThat(requests).hasValue(1);
  }

  @Test
  void a_file_that_fails_for_now_is_tried_again() throws Exception {
    var served = new AtomicBoolean();
    AtomicInteger requests = server.serve(
        "/flaky",
        exchange -> (served.getAndSet(true) ? bytes(SMALL) : status(503)).handle(exchange));

    var result = fetch(server.url("/flaky"));

    assertThat(result)
        .isEqualTo(new Program.Result(
            0,
            "retry 1 of 2: " + server.url("/flaky") + ": HTTP 503\n" + "saved "
                + directory.resolve("flaky") + " (5 bytes)\n1 of 1 files downloaded\n",
            ""));
    assertThat(requests).hasValue(2);
    assertThat(directory.resolve("flaky")).hasBinaryContent(SMALL);
  }

  @Test
  void an_attempt_that_takes_too_long_is_given_up_and_leaves_nothing() throws Exception {
    server.serve("/endless", server.unfinished(LARGE));

    var result = fetch("--timeout", "1", "--retries", "1", server.url("/endless"));

    assertThat(result)
        .isEqualTo(new Program.Result(
            1,
            "retry 1 of 1: " + server.url("/endless") + ": took longer than 1 s\n"
                + "0 of 1 files downloaded\n",
            "fetch-files: " + server.url("/endless") + ": took longer than 1 s\n"));
    assertThat(names()).isEmpty();
  }

  @Test
  void a_body_that_breaks_off_is_tried_again_and_leaves_nothing() throws Exception {
    AtomicInteger requests = server.serve("/broken", exchange -> {
      server.unfinished(SMALL).handle(exchange);
      exchange.close();
    });

    var result = fetch("--retries", "1", server.url("/broken"));

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .isEqualTo(
            "fetch-files: " + server.url("/broken") + ": the server broke off the connection\n");
    assertThat(requests).hasValue(2);
    assertThat(names()).isEmpty();
  }

  @Test
  void a_file_with_its_checksum_is_kept_and_one_with_another_is_not() throws Exception {
    server.serve("/", bytes(LARGE));
    String right = sha256(LARGE);
    String wrong = "0".repeat(64);

    var result = fetch(
        "-w",
        "1",
        server.url("/right#sha256=" + right),
        server.url("/shouted#sha256=" + right.toUpperCase(Locale.ROOT)),
        server.url("/wrong#sha256=" + wrong));

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .isEqualTo("fetch-files: " + server.url("/wrong") + ": wrong checksum: expected " + wrong
            + ", got " + right + "\n");
    assertThat(names()).containsExactly("right", "shouted");
  }

  @Test
  void a_server_that_is_not_there_is_reported() throws Exception {
    String url;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      url = "http://127.0.0.1:" + free.getLocalPort() + "/file";
    }

    assertThat(fetch("--retries", "0", url))
        .isEqualTo(new Program.Result(
            1, "0 of 1 files downloaded\n", "fetch-files: " + url + ": cannot connect\n"));
  }

  @Test
  void redirects_are_followed_and_the_name_stays_that_of_the_url() throws Exception {
    server.serve("/target", bytes(SMALL));
    server.serve("/latest", exchange -> {
      exchange.getResponseHeaders().set("Location", "/target");
      status(302).handle(exchange);
    });

    assertThat(fetch(server.url("/latest")).exitCode()).isZero();
    assertThat(directory.resolve("latest")).hasBinaryContent(SMALL);
  }

  @Test
  void no_url_reaches_outside_the_directory_or_over_another_file() throws Exception {
    Path inner = Files.createDirectory(directory.resolve("inner"));
    Files.write(inner.resolve("same"), SMALL);
    server.serve("/", bytes(LARGE));

    var result = Program.run(
        "fetch-files",
        "--dir",
        inner.toString(),
        server.url("/..%2fescaped"),
        server.url("/same"),
        server.url("/other/same"),
        server.url("/"));

    assertThat(result.err()).isEmpty();
    assertThat(names(directory)).containsExactly("inner");
    assertThat(names(inner))
        .containsExactly(".._escaped", "index.html", "same", "same.1", "same.2");
    assertThat(inner.resolve("same")).hasBinaryContent(SMALL);
  }

  @Test
  void a_file_that_the_disk_refuses_is_reported_and_not_tried_again() throws Exception {
    AtomicInteger requests = server.serve("/", bytes(SMALL));
    String name = "x".repeat(300);

    var result = fetch(server.url("/" + name));

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .startsWith(
            "fetch-files: " + server.url("/" + name) + ": cannot write " + directory.resolve(name))
        .endsWith(".part: File name too long\n");
    assertThat(requests).hasValue(1);
  }

  @Test
  void a_directory_that_cannot_be_made_is_reported() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));

    assertThat(Program.run("fetch-files", "-d", file.toString(), server.url("/")))
        .isEqualTo(new Program.Result(
            1, "", "fetch-files: " + file + ": a file of this name is there already\n"));
  }

  @Test
  void ctrl_c_removes_the_partial_files_counts_the_others_and_ends_with_130() throws Exception {
    server.serve("/small", bytes(SMALL));
    server.serve("/endless", server.unfinished(LARGE));
    Program program = Program.start(
        "fetch-files", "-w1", "-d" + directory, server.url("/small"), server.url("/endless"));
    await().atMost(HANGS).until(() -> names().size() == 2);

    program.interrupt();

    assertThat(program.result())
        .isEqualTo(new Program.Result(
            130,
            "saved " + directory.resolve("small") + " (5 bytes)\n1 of 2 files downloaded\n",
            "fetch-files: interrupted\n"));
    assertThat(names()).containsExactly("small");
  }

  @Test
  void on_a_terminal_a_bar_shows_the_progress_below_the_messages() throws Exception {
    server.serve("/small", bytes(SMALL));
    var barSeen = new CyclicBarrier(2);
    server.serve("/broken", exchange -> {
      server.unfinished(LARGE).handle(exchange);
      meet(barSeen);
      exchange.close();
    });
    Program program = Program.startOnTerminal(
        "fetch-files",
        "--dir=" + directory,
        "--retries=0",
        server.url("/small"),
        server.url("/broken"));
    String bar = "\r[#############################-] 1 of 2 files, 5.0 MB\r[";
    await().atMost(HANGS).until(() -> program.printed().contains(bar));
    meet(barSeen);

    var result = program.result();
    String erased =
        "\r" + " ".repeat("[------------------------------] 0 of 2 files, 0.0 MB".length()) + "\r";
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out())
        .startsWith("\r[------------------------------] 0 of 2 files, 0.0 MB")
        .contains(erased + "saved " + directory.resolve("small") + " (5 bytes)\r\n")
        .contains(erased + "fetch-files: " + server.url("/broken")
            + ": the server broke off the connection\r\n")
        .endsWith("1 of 2 files downloaded\r\n");
  }

  @ParameterizedTest
  @CsvSource(textBlock = """
                    --workers=0,                   '--workers must be at least 1, but was 0'
                    --retries=-1,                  '--retries must be at least 0, but was -1'
                    --timeout=0,                   '--timeout must be more than 0, but was 0.0'
                    --timeout=soon,                Invalid value for option '--timeout': 'soon' is not a double
                    ftp://example.org/a,           not an http or https URL: ftp://example.org/a
                    http://exa mple.org/a,         not a URL: http://exa mple.org/a (Illegal character in authority)
                    http://example.org/#sha256=12, sha256= must be followed by 64 hexadecimal digits: http://example.org/#sha256=12
                    """)
  void a_wrong_command_line_is_refused(String argument, String message) throws Exception {
    assertThat(Program.run("fetch-files", argument))
        .isEqualTo(
            new Program.Result(2, "", message + "\nTry 'async-examples fetch-files --help'.\n"));
  }

  @Test
  void without_a_url_the_examples_are_downloaded_and_three_of_them_fail() throws Exception {
    var result = fetch("--retries", "1");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out())
        .startsWith("no URL given: downloading examples from http://127.0.0.1:")
        .endsWith("\n5 of 8 files downloaded\n");
    assertThat(result.err().lines().map(line -> line.replaceFirst("http://[^/]+/", "")))
        .containsExactlyInAnyOrder(
            "fetch-files: missing.bin: HTTP 404",
            "fetch-files: tampered.bin: wrong checksum: expected " + "0".repeat(64) + ", got "
                + sha256(Files.readAllBytes(directory.resolve("one.bin"))),
            "fetch-files: too-slow.bin: took longer than 1 s");
    assertThat(names()).containsExactly("flaky.bin", "one.bin", "slow.bin", "three.bin", "two.bin");
  }

  @Test
  void the_examples_leave_nothing_in_the_temporary_directory() throws Exception {
    Program program = Program.startIn(directory, "fetch-files");

    assertThat(program.result().exitCode()).isEqualTo(1);
    assertThat(names()).isEmpty();
  }

  @Test
  void the_examples_leave_nothing_in_the_temporary_directory_after_ctrl_c() throws Exception {
    Program program = Program.startIn(directory, "fetch-files", "--timeout=1000");
    await().atMost(HANGS).until(() -> program.printed().contains("/slow.bin ("));
    assertThat(names()).hasSize(1);

    program.interrupt();

    var result = program.result();
    assertThat(result.exitCode()).isEqualTo(130);
    assertThat(result.out()).endsWith("of 8 files downloaded\n");
    assertThat(result.err()).endsWith("fetch-files: interrupted\n");
    assertThat(names()).isEmpty();
  }

  private Program.Result fetch(String... arguments) throws Exception {
    var all = new ArrayList<>(List.of("fetch-files", "--dir", directory.toString()));
    all.addAll(List.of(arguments));
    return Program.run(all.toArray(String[]::new));
  }

  private List<String> names() throws Exception {
    return names(directory);
  }

  private static List<String> names(Path directory) throws Exception {
    try (var files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static String sha256(byte[] content) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
  }

  private static void meet(CyclicBarrier others) throws IOException {
    try {
      others.await(HANGS.toSeconds(), TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IOException(e);
    }
  }
}
