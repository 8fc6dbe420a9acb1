package dev.asyncawait.benchmarks;

import java.io.IOException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs what its first argument names, in rounds, and writes the table of ratios. */
public final class Main {

  private static final String USAGE =
      "usage: benchmarks.jar await [rounds] | switch [rounds] | sleepers [rounds [count [seconds]]]";

  private Main() {}

  /**
   * Runs one of the benchmarks; options of the JVM are handed on to the JVMs that are measured.
   *
   * @param arguments see the module's README
   * @throws RunnerException from JMH
   * @throws IOException if a JVM cannot be started or the table cannot be written
   * @throws InterruptedException if interrupted while one runs
   */
  public static void main(String[] arguments)
      throws RunnerException, IOException, InterruptedException {
    switch (arguments.length == 0 ? "" : arguments[0]) {
      case "await" -> measure(AwaitBenchmark.class, number(arguments, 1, 3));
      case "switch" -> measure(SwitchBenchmark.class, number(arguments, 1, 5));
      case "sleepers" ->
        Sleepers.measure(
            number(arguments, 1, 3),
            number(arguments, 2, BareThreads.areVirtual() ? 1_000_000 : 2_000),
            number(arguments, 3, 30));
      default -> {
        System.err.println(USAGE);
        System.exit(2);
      }
    }
  }

  private static int number(String[] arguments, int index, int otherwise) {
    return index < arguments.length ? Integer.parseInt(arguments[index]) : otherwise;
  }

  private static void measure(Class<?> benchmark, int rounds) throws RunnerException, IOException {
    var ratios = new Ratios();
    for (int round = 0; round < rounds; round++) {
      var options =
          new OptionsBuilder().include(benchmark.getSimpleName() + "\\.").build();
      new Runner(options).run().forEach(ratios::add);
    }
    ratios.publish(benchmark.getSimpleName());
  }
}
