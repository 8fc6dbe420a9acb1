package dev.asyncawait.benchmarks;

import java.util.Locale;

/**
 * What a contestant took in one turn, for each run of the work; a line of text between the processes.
 *
 * @param nanos the time, or what the work itself gives as that
 * @param processorNanos the processor time of the whole process, its collector's and compilers' among it
 * @param bytes what was allocated
 * @param peakHeap the most bytes of the heap that were in use at once
 */
record Turn(double nanos, double processorNanos, double bytes, double peakHeap) {

  static Turn parse(String line) {
    String[] parts = line.split(" ");
    return new Turn(number(parts[0]), number(parts[1]), number(parts[2]), number(parts[3]));
  }

  private static double number(String text) {
    return Double.parseDouble(text);
  }

  String line() {
    return String.format(
        Locale.ROOT, "%.1f %.1f %.1f %.0f", nanos, processorNanos, bytes, peakHeap);
  }

  /** For each of {@code operations} in a run; the heap is of all. */
  Turn each(long operations) {
    return new Turn(nanos / operations, processorNanos / operations, bytes / operations, peakHeap);
  }
}
