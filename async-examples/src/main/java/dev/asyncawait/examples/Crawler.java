package dev.asyncawait.examples;

import dev.asyncawait.Runner;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command line of a {@link Crawl}. */
@Command(
    name = "crawler",
    description = {
      "Visit all pages of a web site by their links, and tell which links are broken.%n",
      "Links to other hosts or ports are not followed, nor are those marked nofollow. robots.txt is not"
          + " read, so crawl sites of your own.%n",
      "Without a URL, an example site is crawled on a server of its own on the loopback interface. Some of"
          + " its pages fail on purpose, so the exit code is then 1.%n"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:All pages that were visited are there.",
      "1:Some failed; each has a line that tells why.",
      "2:The command line is wrong; nothing was visited.",
      "124:The deadline passed.",
      "130:Interrupted (Ctrl-C)."
    })
final class Crawler implements Callable<Integer> {

  private static final int SOME_FAILED = 1;
  private static final int DEADLINE_PASSED = 124;
  private static final int INTERRUPTED = 130;

  @Spec
  private CommandSpec command = CommandSpec.create(); // replaced by picocli

  @Parameters(paramLabel = "URL", arity = "0..*", description = "Where to begin.")
  private List<String> urls = List.of();

  @Option(
      names = {"-w", "--workers"},
      paramLabel = "N",
      description = "How many pages to deal with at once (default: ${DEFAULT-VALUE}).")
  private int workers = 8;

  @Option(
      names = {"-r", "--requests"},
      paramLabel = "N",
      description = "How many requests may be under way at once (default: ${DEFAULT-VALUE}).")
  private int requests = 4;

  @Option(
      names = "--max-pages",
      paramLabel = "N",
      description = "How many pages to visit at most (default: ${DEFAULT-VALUE}).")
  private int maxPages = 1000;

  @Option(
      names = "--deadline",
      paramLabel = "SECONDS",
      description = "How long all of it may take, such as 0.5 (default: ${DEFAULT-VALUE}).")
  private double deadline = 300;

  @Override
  public Integer call() {
    List<Address> starts = validated();
    if (!starts.isEmpty()) {
      return crawl(starts);
    }
    try (var server = new DemoServer()) {
      return crawl(List.of(server.site()));
    } catch (IOException e) {
      System.err.println("crawler: " + Reason.of(e));
      return SOME_FAILED;
    }
  }

  private List<Address> validated() {
    try {
      require(workers >= 1, "--workers must be at least 1, but was " + workers);
      require(requests >= 1, "--requests must be at least 1, but was " + requests);
      require(maxPages >= 1, "--max-pages must be at least 1, but was " + maxPages);
      require(deadline > 0, "--deadline must be more than 0, but was " + deadline);
      return urls.stream().map(Address::parse).toList();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }

  private int crawl(List<Address> starts) {
    var report = new CrawlReport(starts);
    var limits =
        new Crawl.Limits(workers, requests, maxPages, Duration.ofNanos((long) (deadline * 1e9)));
    var crawl = new Crawl(starts, limits, report);
    try (var runner = Runner.builder().name("crawler").cancelOnShutdown().build()) {
      Crawl.End end = runner.run(crawl.run());
      if (end == Crawl.End.DEADLINE_PASSED) {
        return DEADLINE_PASSED;
      }
      return report.failures() == 0 ? ExitCode.OK : SOME_FAILED;
    } catch (CancellationException e) {
      return INTERRUPTED; // for form's sake: the signal has set the exit code of the JVM
    }
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }
}
