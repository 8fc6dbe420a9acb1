package dev.asyncawait.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * One contestant in a process of its own. It waits on standard input for its turn, {@code go MILLIS} or {@code once N}, has
 * JMH run the method for so long, or once with so many, and answers with a {@link Turn}.
 */
public final class Worker {

  /**
   * A turn's time is the median of so many parts, so that what is cold after the others' turns does not count. Where one run
   * takes longer than a turn, that run is all.
   */
  private static final int PARTS = 5;

  private Worker() {}

  /** Runs the benchmark method and with the size that are given. */
  public static void main(String[] arguments) {
    try {
      serve(arguments[0], arguments[1]);
      System.exit(0); // whatever a peer has left running
    } catch (IOException | RunnerException | RuntimeException e) {
      e.printStackTrace();
      System.exit(1);
    }
  }

  private static void serve(String benchmark, String n) throws IOException, RunnerException {
    var in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    System.out.println("ready");
    double nanos = Double.POSITIVE_INFINITY;
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] order = line.split(" ");
      Turn turn;
      if (order[0].equals("once")) {
        turn = once(benchmark, Integer.parseInt(order[1]));
      } else {
        long millis = Long.parseLong(order[1]);
        turn = run(options(benchmark)
            .measurementIterations(nanos > TimeUnit.MILLISECONDS.toNanos(millis) ? 1 : PARTS)
            .measurementTime(TimeValue.milliseconds(millis / PARTS))
            .param("n", n));
        nanos = turn.nanos();
      }
      System.out.println(turn.line());
    }
  }

  static Turn once(String benchmark, int n) throws RunnerException {
    return run(options(benchmark).mode(Mode.SingleShotTime).param("n", "" + n));
  }

  private static ChainedOptionsBuilder options(String benchmark) {
    return new OptionsBuilder()
        .include("^" + Pattern.quote(benchmark) + "$")
        .forks(0)
        .warmupIterations(0)
        .measurementIterations(1)
        .addProfiler(UsageProfiler.class)
        .shouldFailOnError(true)
        .verbosity(VerboseMode.SILENT);
  }

  private static Turn run(ChainedOptionsBuilder options) throws RunnerException {
    Collection<RunResult> results = new Runner(options.build()).run();
    RunResult result = results.iterator().next();
    double runs = secondary(result, "runs");
    double nanos = runs > 0 ? secondary(result, "nanos") / runs : median(result.getPrimaryResult());
    return new Turn(
        nanos,
        secondary(result, UsageProfiler.PROCESSOR),
        secondary(result, UsageProfiler.ALLOCATED),
        secondary(result, UsageProfiler.PEAK_HEAP));
  }

  private static double median(Result<?> result) {
    return result.getStatistics().getPercentile(50);
  }

  /** Zero if the method has no such counter. */
  private static double secondary(RunResult result, String name) {
    var found = result.getSecondaryResults().get(name);
    return found == null ? 0 : found.getScore();
  }
}
