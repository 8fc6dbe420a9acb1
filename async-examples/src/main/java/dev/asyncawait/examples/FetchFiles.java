package dev.asyncawait.examples;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;

import dev.asyncawait.Coroutine;
import dev.asyncawait.Runner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command line of the {@link Downloader}. */
@Command(
    name = "fetch-files",
    description = {
      "Download files over HTTP, several at once.%n",
      "A file is named after the last part of its URL's path, with a number if that name is taken"
          + " (data.1.csv). It has that name only when it is complete, and no partial file is left"
          + " behind. Network errors, timeouts and HTTP 408, 429, 500, 502, 503 and 504 are retried.%n",
      "Without a URL, example files are downloaded from a server of its own on the loopback interface,"
          + " into a temporary directory that is removed at the end unless -d is given. Some of them fail"
          + " on purpose, so the exit code is then 1.%n"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:All files were downloaded.",
      "1:Some were not; each has a line on standard error that tells why.",
      "2:The command line is wrong; nothing was downloaded.",
      "130:Interrupted (Ctrl-C)."
    })
final class FetchFiles implements Callable<Integer> {

  private static final int SOME_FAILED = 1;
  private static final int INTERRUPTED = 130;

  @Spec
  private CommandSpec command = CommandSpec.create(); // replaced by picocli

  @Parameters(
      paramLabel = "URL[#sha256=HEX]",
      arity = "0..*",
      description = "What to download and, optionally, the SHA-256 it must have.")
  private List<String> urls = List.of();

  @Option(
      names = {"-d", "--dir"},
      paramLabel = "DIR",
      description = "Where to store the files, made if missing (default: the current directory).")
  private @Nullable Path directory;

  @Option(
      names = {"-w", "--workers"},
      paramLabel = "N",
      description = "How many files to download at once (default: ${DEFAULT-VALUE}).")
  private int workers = 4;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description =
          "How long each attempt may take, such as 0.5 (default: 60; the example too-slow.bin gets 1).")
  private @Nullable Double timeout;

  @Option(
      names = "--retries",
      paramLabel = "N",
      description = "How many more attempts a file gets, after pauses of 0.5 s, 1 s, 2 s and so on"
          + " (default: ${DEFAULT-VALUE}).")
  private int retries = 2;

  @Override
  public Integer call() {
    List<Source> sources = validated();
    try {
      if (sources.isEmpty()) {
        return downloadExamples();
      }
      Path target = directory == null ? Path.of("") : directory;
      return runUntilInterrupted(download(sources, target, source -> timeoutOr(60)));
    } catch (IOException e) {
      System.err.println("fetch-files: " + Reason.of(e));
      return SOME_FAILED;
    }
  }

  private List<Source> validated() {
    try {
      require(workers >= 1, "--workers must be at least 1, but was " + workers);
      require(retries >= 0, "--retries must be at least 0, but was " + retries);
      require(timeout == null || timeout > 0, "--timeout must be more than 0, but was " + timeout);
      return urls.stream().map(Source::parse).toList();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }

  private int downloadExamples() throws IOException {
    try (var server = new DemoServer()) {
      Function<Path, Coroutine<Integer>> download = target -> {
        System.out.println("no URL given: downloading examples from " + server.root() + " to "
            + target + (directory == null ? ", removed at the end (-d DIR keeps them)" : ""));
        return download(
            server.sources(), target, source -> timeoutOr(DemoServer.isTooSlow(source) ? 1 : 60));
      };
      return runUntilInterrupted(
          directory == null ? inTemporaryDirectory(download) : download.apply(directory));
    }
  }

  private static <T> Coroutine<T> inTemporaryDirectory(Function<Path, Coroutine<T>> use) {
    return async(() -> {
      Path temporary = Files.createTempDirectory("fetch-files-");
      try {
        return await(use.apply(temporary));
      } finally {
        remove(temporary);
      }
    });
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private Coroutine<Integer> download(
      List<Source> sources, Path target, Function<Source, Duration> limit) {
    return async(() -> {
      Files.createDirectories(target);
      var names = new FileNames(target);
      var jobs = sources.stream()
          .map(source ->
              new Downloader.Job(source, names.reserve(source.uri()), limit.apply(source)))
          .toList();
      var downloader = new Downloader(retries, new Progress(jobs.size()));
      int failed = await(downloader.downloadAll(jobs, workers));
      return failed == 0 ? ExitCode.OK : SOME_FAILED;
    });
  }

  /** Runs {@code main}, which throws that undeclared; Ctrl-C cancels it, and the process ends when it has cleaned up. */
  private static int runUntilInterrupted(Coroutine<Integer> main) throws IOException {
    try (var runner = Runner.builder().name("fetch-files").cancelOnShutdown().build()) {
      return runner.run(main);
    } catch (CancellationException e) {
      return INTERRUPTED; // for form's sake: the signal has set the exit code of the JVM
    }
  }

  private Duration timeoutOr(double seconds) {
    return Duration.ofNanos((long) ((timeout == null ? seconds : timeout) * 1e9));
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }
}
