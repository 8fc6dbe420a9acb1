package dev.asyncawait.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;

/**
 * What was measured, in rounds in which each contestant had its turn, and the table made of it: for every case,
 * how many times as long as each contestant we take.
 *
 * <p>A ratio is taken within a round, so that what else the machine does counts for both sides; the table has
 * the median of the rounds and their range. A benchmark method is named {@code case_contestant}; one that is
 * added beside the others appears in the table by itself.
 */
final class Ratios {

  /** The contestant that the others are compared with. */
  static final String OURS = "asyncawait";

  private final Map<String, Map<String, List<Double>>> values = new LinkedHashMap<>();
  private final Map<String, String> units = new LinkedHashMap<>();

  void add(String measured, String contestant, double value, String unit) {
    values
        .computeIfAbsent(measured, any -> new LinkedHashMap<>())
        .computeIfAbsent(contestant, any -> new ArrayList<>())
        .add(value);
    units.put(measured, unit);
  }

  void add(RunResult result) {
    String method = result.getParams().getBenchmark();
    String[] name = method.substring(method.lastIndexOf('.') + 1).split("_", 2);
    var primary = result.getPrimaryResult();
    add(name[0], name[1], primary.getScore(), primary.getScoreUnit());
  }

  /** Prints the table, and appends it to {@code target/results.md} of the directory we run in. */
  void publish(String title) throws IOException {
    var text = new StringBuilder();
    text.append("\n## ")
        .append(title)
        .append(", Java ")
        .append(Runtime.version())
        .append('\n');
    text.append(
        "\nRatios of one machine in one run; below 1 we take less. The last column is no claim.\n");
    text.append(
        "\n| case | beside | asyncawait : it, median (range) | medians here |\n|---|---|---|---|\n");
    values.forEach((measured, contestants) -> {
      List<Double> ours = contestants.getOrDefault(OURS, List.of());
      contestants.forEach((contestant, theirs) -> {
        if (!contestant.equals(OURS)) {
          text.append(row(measured, contestant, ours, theirs));
        }
      });
    });
    System.out.println(text);
    Path file = Path.of("target", "results.md");
    Files.createDirectories(file.getParent());
    String before = Files.exists(file) ? Files.readString(file) : "";
    Files.writeString(file, before + text);
  }

  private String row(String measured, String contestant, List<Double> ours, List<Double> theirs) {
    var ratios = new ArrayList<Double>();
    for (int round = 0; round < Math.min(ours.size(), theirs.size()); round++) {
      ratios.add(ours.get(round) / theirs.get(round));
    }
    ratios.sort(null);
    if (ratios.isEmpty()) {
      return "| " + measured + " | " + contestant + " | not measured | |\n";
    }
    return String.format(
        Locale.ROOT,
        "| %s | %s | **%.2f** (%.2f to %.2f) | %.1f : %.1f %s |%n",
        measured,
        contestant,
        median(ratios),
        ratios.get(0),
        ratios.get(ratios.size() - 1),
        median(ours),
        median(theirs),
        units.get(measured));
  }

  private static double median(List<Double> values) {
    var sorted = new ArrayList<>(values);
    sorted.sort(null);
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
