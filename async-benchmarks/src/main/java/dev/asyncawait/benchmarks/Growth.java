package dev.asyncawait.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** How what we take grows with the number of tasks, items or timers: in proportion, if nothing is searched or copied. */
final class Growth {

  private static final List<String> WORKS =
      List.of("switch", "gather", "queue", "virtualTime", "sleepers");

  private static final int SMALLEST = 10;
  private static final int LARGEST = 1_000_000;

  /** From here on the slope counts; below it is mostly the start of a loop. */
  private static final int MANY = 1_000;

  /** What every sleeper sleeps is no work. */
  private static final double SLEEP_NANOS = TimerBenchmark.SECOND_MILLIS * 1e6;

  private Growth() {}

  static List<Measurement> measure(Rounds rounds, Jdk jdk) throws IOException {
    List<Measurement> measured = new ArrayList<>();
    for (Work work : Work.ALL) {
      if (WORKS.contains(work.name())) {
        for (int n = SMALLEST; n <= LARGEST; n *= 10) {
          measured.add(rounds.measureOurs(work.withSize(n), jdk));
        }
      }
    }
    return measured;
  }

  /** The time of a run of all, less what they sleep; of switches, of a turn of each. */
  static double runNanos(Measurement of) {
    double nanos = of.figure(Turn::nanos).median();
    return of.work().equals("sleepers") ? Math.max(nanos - SLEEP_NANOS, 1) : nanos * of.n();
  }

  /** The slope of the best line through the logarithms, from {@link #MANY} on: 1 is in proportion. */
  static double slope(List<Measurement> ofOneWork) {
    List<double[]> points = ofOneWork.stream()
        .filter(each -> each.n() >= MANY)
        .map(each -> new double[] {Math.log10(each.n()), Math.log10(runNanos(each))})
        .toList();
    double meanX = points.stream().mapToDouble(point -> point[0]).average().orElse(0);
    double meanY = points.stream().mapToDouble(point -> point[1]).average().orElse(0);
    double xy = 0;
    double xx = 0;
    for (double[] point : points) {
      xy += (point[0] - meanX) * (point[1] - meanY);
      xx += (point[0] - meanX) * (point[0] - meanX);
    }
    return xy / xx;
  }
}
