package dev.asyncawait.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * What one contestant took for each operation of a work, in the rounds in which all had their turns.
 *
 * @param java the feature version of the JDK
 */
record Measurement(int java, String work, int n, String contestant, List<Turn> rounds) {

  /** A median with its range. */
  record Figure(double median, double least, double most) {
    static Figure of(double... values) {
      double[] sorted = values.clone();
      Arrays.sort(sorted);
      int middle = sorted.length / 2;
      double median =
          sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
      return new Figure(median, sorted[0], sorted[sorted.length - 1]);
    }
  }

  Figure figure(ToDoubleFunction<Turn> part) {
    return Figure.of(rounds.stream().mapToDouble(part).toArray());
  }

  /** How many times as much this takes as {@code other}: a ratio for each round, so that what else the machine does counts for both. */
  Figure ratioTo(Measurement other, ToDoubleFunction<Turn> part) {
    int common = Math.min(rounds.size(), other.rounds.size());
    return Figure.of(IntStream.range(0, common)
        .mapToDouble(
            i -> part.applyAsDouble(rounds.get(i)) / part.applyAsDouble(other.rounds.get(i)))
        .toArray());
  }
}
