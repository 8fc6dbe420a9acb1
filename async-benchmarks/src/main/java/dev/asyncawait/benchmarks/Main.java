package dev.asyncawait.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures all works beside all peers, and writes what it found. */
@Command(
    name = "benchmarks",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Measures the same work on dev.asyncawait and on its peers, and writes the tables and charts.")
public final class Main implements Callable<Integer> {

  private static final Rounds SHORT = new Rounds(3, 200, 1_500);

  @Parameters(description = "The works to measure, such as switch or queue; all without any.")
  private List<String> works = List.of();

  @Option(
      names = "--jdk",
      description =
          "The home of a JDK to measure on, 17 or later; may be given more than once. Without it: the one that"
              + " runs this.")
  private List<Path> homes = List.of(Path.of(System.getProperty("java.home")));

  @Option(names = "--short", description = "Few and short rounds, for a first look: minutes.")
  private boolean brief;

  @Option(
      names = "--rounds",
      defaultValue = "7",
      description = "How many turns each contestant has; without it ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--millis",
      defaultValue = "300",
      description = "How long a turn is; without it ${DEFAULT-VALUE}.")
  private int millis;

  @Option(
      names = "--warm-up",
      defaultValue = "10000",
      description =
          "How many milliseconds each contestant runs before; without it ${DEFAULT-VALUE}.")
  private int warmUpMillis;

  @Option(
      names = "--growth",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "Whether to measure with growing sizes too.")
  private boolean growth;

  @Option(
      names = "--to",
      defaultValue = "target/benchmarks",
      description =
          "The folder for benchmarks.md, benchmarks.json and the charts; without it ${DEFAULT-VALUE}. What was there"
              + " is what the new figures are compared with.")
  private Path folder;

  private Main() {}

  /** Runs the command. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Main()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    Rounds how = brief ? SHORT : new Rounds(rounds, millis, warmUpMillis);
    List<Jdk> jdks = new ArrayList<>();
    for (Path home : homes) {
      jdks.add(Jdk.at(home));
    }
    List<Work> wanted = Work.ALL.stream()
        .filter(work -> works.isEmpty() || works.contains(work.name()))
        .toList();
    List<Measurement> measured = new ArrayList<>();
    boolean failed = false; // one that fails does not cost the others what takes most of an hour
    for (Jdk jdk : jdks) {
      for (Work work : wanted) {
        try {
          List<Measurement> all = how.measure(work, jdk);
          measured.addAll(all);
          System.out.println(Report.lines(work, all));
        } catch (IOException | IllegalStateException e) {
          tell(work.title() + ", " + jdk.version(), e);
          failed = true;
        }
      }
    }
    List<Measurement> grown = List.of();
    try {
      grown = growth ? Growth.measure(how, jdks.get(0)) : List.of();
    } catch (IOException | IllegalStateException e) {
      tell("growing sizes", e);
      failed = true;
    }
    Optional<Results> before = Results.read(folder.resolve("benchmarks.json"));
    var results = new Results(
        LocalDate.now().toString(),
        machine(),
        jdks.stream().map(jdk -> jdk.version().toString()).toList(),
        Contestant.python(),
        how,
        measured,
        grown);
    // what is in the folder stays the last whole run
    Path to = failed ? folder.resolve("incomplete") : folder;
    Files.createDirectories(to);
    results.write(to.resolve("benchmarks.json"));
    new Report(results, before).write(to);
    System.out.println("written to " + to.toAbsolutePath());
    return failed ? 1 : 0;
  }

  private static void tell(String what, Exception failure) {
    System.err.println("\n" + what + ": not measured");
    failure.printStackTrace();
  }

  private static String machine() throws IOException {
    Path info = Path.of("/proc/cpuinfo");
    String model = "unknown processor";
    if (Files.exists(info)) {
      try (Stream<String> lines = Files.lines(info)) {
        model = lines
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse(model);
      }
    }
    return Runtime.getRuntime().availableProcessors() + " cores of " + model + ", "
        + System.getProperty("os.name") + " " + System.getProperty("os.version");
  }
}
