package dev.asyncawait.benchmarks;

import dev.asyncawait.benchmarks.Measurement.Figure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Writes the page of benchmarks: what a reader should conclude, the tables, how it was measured. */
final class Report {

  private static final String VIRTUAL_THREAD = "virtualThread";

  /** What works are compared in, where one column has one peer. */
  private static final List<String> COLUMNS =
      List.of(Contestant.PARKED, Contestant.KOTLIN, VIRTUAL_THREAD);

  private static final Map<String, String> TITLES = Map.ofEntries(
      Map.entry(Contestant.PARKED, "ours, parked"),
      Map.entry(Contestant.KOTLIN, "Kotlin"),
      Map.entry(VIRTUAL_THREAD, "virtual threads"),
      Map.entry("completableFuture", "CompletableFuture"),
      Map.entry(Contestant.EMPTY_MAIN, "an empty main"),
      Map.entry("join", "`join`"),
      Map.entry("leaksAllowed", "ours, leaks allowed"),
      Map.entry("platformThread", "a platform thread"),
      Map.entry("structuredTaskScope", "StructuredTaskScope"),
      Map.entry(Contestant.CPYTHON, "CPython"),
      Map.entry("vertx", "Vert.x"));

  private final Results results;
  private final Optional<Results> before;

  Report(Results results, Optional<Results> before) {
    this.results = results;
    this.before = before;
  }

  /** What was measured of one work, for whoever watches. */
  static String lines(Work work, List<Measurement> all) {
    Measurement ours = all.get(0);
    return "\n" + work.title() + ", Java " + ours.java() + "\n"
        + all.stream()
            .map(each -> String.format(
                Locale.ROOT,
                "  %-20s %10s %12s   ours : it %s, processor time %s",
                each.contestant(),
                time(each.figure(Turn::nanos).median()),
                bytes(each.figure(Turn::bytes).median()),
                range(ours.ratioTo(each, Turn::nanos)),
                range(ours.ratioTo(each, Turn::processorNanos))))
            .collect(Collectors.joining("\n"));
  }

  void write(Path folder) throws IOException {
    var page = new StringBuilder();
    page.append("# Benchmarks\n\n").append(conclusion());
    for (int java : javas()) {
      page.append(table(java));
    }
    if (!results.growth().isEmpty()) {
      page.append(growth());
      Charts.growth(results.growth(), folder.resolve("benchmarks-growth"));
    }
    Charts.ratios(results, javas().get(0), folder.resolve("benchmarks-kotlin"));
    page.append(details()).append(method());
    Files.writeString(folder.resolve("benchmarks.md"), page);
  }

  private List<Integer> javas() {
    return results.measurements().stream().map(Measurement::java).distinct().toList();
  }

  // ---- what to conclude

  private String conclusion() {
    var text = new StringBuilder();
    for (int java : javas()) {
      Map<String, Figure> compiled = ratiosToKotlin(java, Contestant.COMPILED);
      Map<String, Figure> parked = ratiosToKotlin(java, Contestant.PARKED);
      if (compiled.isEmpty()) {
        continue;
      }
      List<String> behind = compiled.entrySet().stream()
          .filter(entry -> entry.getValue().median() > 1)
          .map(entry -> titleOf(entry.getKey()) + " (" + number(entry.getValue().median()) + ")")
          .toList();
      text.append(String.format(
          Locale.ROOT,
          "On JDK %d compiled bodies take %s to %s times what Kotlin takes for the same work, in half of the rows at most %s"
              + " times%s. ",
          java,
          least(compiled),
          most(compiled),
          middle(compiled),
          behind.isEmpty() ? "" : "; they are behind in: " + String.join(", ", behind)));
      text.append(String.format(
          Locale.ROOT,
          "Without the compiler they take %s to %s times, in half of the rows at most %s times.",
          least(parked),
          most(parked),
          middle(parked)));
      Map<String, Figure> threads = ratios(java, Contestant.COMPILED, VIRTUAL_THREAD);
      if (!threads.isEmpty()) {
        text.append(String.format(
            Locale.ROOT,
            " Beside bare virtual threads, compiled, it is %s to %s times, in half of the rows at most %s times.",
            least(threads),
            most(threads),
            middle(threads)));
      }
      text.append("\n\n");
    }
    List<String> slower = slower();
    if (!slower.isEmpty()) {
      text.append("Slower than on ")
          .append(before.orElseThrow().date())
          .append(", by more than the range of either run:\n\n")
          .append(String.join("\n", slower))
          .append("\n\n");
    }
    return text.toString();
  }

  private Map<String, Figure> ratiosToKotlin(int java, String contestant) {
    return ratios(java, contestant, Contestant.KOTLIN);
  }

  private Map<String, Figure> ratios(int java, String contestant, String peer) {
    Map<String, Figure> ratios = new TreeMap<>();
    for (Measurement its :
        results.all(each -> each.java() == java && each.contestant().equals(peer))) {
      results
          .find(java, its.work(), contestant)
          .ifPresent(ours -> ratios.put(its.work(), ours.ratioTo(its, Turn::nanos)));
    }
    return ratios;
  }

  private static String least(Map<String, Figure> ratios) {
    return number(ratios.values().stream().mapToDouble(Figure::median).min().orElse(Double.NaN));
  }

  private static String most(Map<String, Figure> ratios) {
    return number(ratios.values().stream().mapToDouble(Figure::median).max().orElse(Double.NaN));
  }

  private static String middle(Map<String, Figure> ratios) {
    return number(Figure.of(ratios.values().stream().mapToDouble(Figure::median).toArray())
        .median());
  }

  /** Works in which our ratio to Kotlin has left the range of the run before, upwards. */
  private List<String> slower() {
    List<String> lines = new ArrayList<>();
    if (before.isEmpty()) {
      return lines;
    }
    var earlier = new Report(before.get(), Optional.empty());
    for (int java : javas()) {
      for (String contestant : List.of(Contestant.COMPILED, Contestant.PARKED)) {
        Map<String, Figure> then = earlier.ratiosToKotlin(java, contestant);
        ratiosToKotlin(java, contestant).forEach((work, now) -> {
          Figure was = then.get(work);
          if (was != null && now.least() > was.most()) {
            lines.add("- " + titleOf(work) + ", " + contestant + ", JDK " + java + ": " + range(was)
                + " then, " + range(now) + " now");
          }
        });
      }
    }
    return lines;
  }

  // ---- tables

  private String table(int java) {
    var text = new StringBuilder("## JDK " + java + "\n\n| | ours, compiled |");
    COLUMNS.forEach(column -> text.append(' ').append(TITLES.get(column)).append(" |"));
    text.append(" others |\n| --- | --- |")
        .append(" --- |".repeat(COLUMNS.size() + 1))
        .append('\n');
    for (Work work : Work.ALL) {
      results.find(java, work.name(), Contestant.COMPILED).ifPresent(ours -> {
        text.append("| ").append(work.title()).append(" | ");
        text.append(time(ours.figure(Turn::nanos).median())).append(" |");
        for (String column : COLUMNS) {
          String cell = results
              .find(java, work.name(), column)
              .map(other -> cell(ours, other))
              .orElse("");
          text.append(' ').append(cell).append(" |");
        }
        text.append(' ').append(others(ours)).append(" |\n");
      });
    }
    return text.append(
            "\nEach cell: what it takes, and in bold how many times as much ours takes, compiled; below 1 we take less.\n\n")
        .toString();
  }

  private static String cell(Measurement ours, Measurement other) {
    return time(other.figure(Turn::nanos).median()) + ", **"
        + number(ours.ratioTo(other, Turn::nanos).median()) + "**";
  }

  private String others(Measurement ours) {
    return results
        .all(each -> each.java() == ours.java()
            && each.work().equals(ours.work())
            && !COLUMNS.contains(each.contestant())
            && !each.contestant().equals(Contestant.COMPILED))
        .stream()
        .map(other ->
            TITLES.getOrDefault(other.contestant(), other.contestant()) + " " + cell(ours, other))
        .collect(Collectors.joining("; "));
  }

  private String growth() {
    var text = new StringBuilder(
        "## Growth\n\n![what a run takes for growing sizes](benchmarks-growth.svg)\n\n");
    text.append(
        "The slope of the logarithms from 1,000 on; 1 is in proportion.\n\n| | slope |\n| --- | --- |\n");
    results.growth().stream()
        .collect(Collectors.groupingBy(Measurement::work, TreeMap::new, Collectors.toList()))
        .forEach((work, sizes) -> text.append("| ")
            .append(work)
            .append(" | ")
            .append(number(Growth.slope(sizes)))
            .append(" |\n"));
    return text.append('\n').toString();
  }

  private String details() {
    var text =
        new StringBuilder("## Everything\n\n![ours beside Kotlin](benchmarks-kotlin.svg)\n\n");
    text.append("Medians, and the ratios of the rounds with their range.\n\n");
    text.append(
        "| | JDK | who | time | processor time | bytes | peak heap | ours : it, time | processor time |\n");
    text.append("| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (Measurement each : results.measurements()) {
      Measurement ours =
          results.find(each.java(), each.work(), Contestant.COMPILED).orElse(each);
      text.append(String.format(
          Locale.ROOT,
          "| %s | %d | %s | %s | %s | %s | %s | %s | %s |%n",
          each.work(),
          each.java(),
          each.contestant(),
          time(each.figure(Turn::nanos).median()),
          time(each.figure(Turn::processorNanos).median()),
          bytes(each.figure(Turn::bytes).median()),
          megabytes(each.figure(Turn::peakHeap).median()),
          range(ours.ratioTo(each, Turn::nanos)),
          range(ours.ratioTo(each, Turn::processorNanos))));
    }
    return text.append('\n').toString();
  }

  private String method() {
    return String.format(
        Locale.ROOT,
        "## How\n\nMeasured on %s with %s, JDK %s%s. Every contestant is a process of its own, warmed up for %,d ms; then they"
            + " take turns of %d ms, %d rounds, and a ratio is taken within a round. The pages of their heaps have been touched"
            + " before. Sleepers: the first run of a process of its own with a heap of up to 8 GB, whose pages have not been."
            + " The command is in async-benchmarks/README.md, the data in benchmarks.json.%n",
        results.date(),
        results.machine(),
        String.join(" and ", results.jdks()),
        results.python().isEmpty() ? "" : ", " + results.python(),
        results.rounds().warmUpMillis(),
        results.rounds().millis(),
        results.rounds().rounds());
  }

  // ---- figures

  static String titleOf(String work) {
    return Work.ALL.stream()
        .filter(each -> each.name().equals(work))
        .map(Work::title)
        .findFirst()
        .orElse(work);
  }

  private static String range(Figure figure) {
    return number(figure.median()) + " (" + number(figure.least()) + " to " + number(figure.most())
        + ")";
  }

  /** Two or three digits that count. */
  private static String number(double value) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return "-";
    }
    int decimals = value >= 100 ? 0 : value >= 10 ? 1 : value >= 0.1 ? 2 : value >= 0.01 ? 3 : 4;
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }

  private static String time(double nanos) {
    if (nanos < 1e4) {
      return number(nanos) + " ns";
    }
    return nanos < 1e7 ? number(nanos / 1e3) + " µs" : number(nanos / 1e6) + " ms";
  }

  private static String bytes(double bytes) {
    return bytes == 0
        ? ""
        : bytes < 1e6 ? String.format(Locale.ROOT, "%,.0f B", bytes) : megabytes(bytes);
  }

  private static String megabytes(double bytes) {
    return bytes == 0 ? "" : String.format(Locale.ROOT, "%,.0f MB", bytes / 1e6);
  }
}
