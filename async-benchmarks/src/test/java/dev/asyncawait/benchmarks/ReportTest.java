package dev.asyncawait.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is made of measurements. */
class ReportTest {

  @TempDir
  Path folder;

  private static Measurement measured(String contestant, double... nanos) {
    List<Turn> rounds =
        DoubleStream.of(nanos).mapToObj(each -> new Turn(each, each, 48, 0)).toList();
    return new Measurement(25, "switch", 100, contestant, rounds);
  }

  private static Results results(Measurement... measurements) {
    List<Measurement> growth = IntStream.of(10, 1_000, 10_000, 100_000)
        .mapToObj(n -> new Measurement(
            25, "queue", n, Contestant.COMPILED, List.of(new Turn(Math.sqrt(n), 1, 1, 1))))
        .toList();
    return new Results(
        "2026-01-01",
        "2 cores",
        List.of("25"),
        "",
        new Rounds(3, 1, 1),
        List.of(measurements),
        growth);
  }

  private String page(Results results, Results before) throws Exception {
    new Report(results, Optional.ofNullable(before)).write(folder);
    return Files.readString(folder.resolve("benchmarks.md"));
  }

  @Test
  void a_ratio_is_the_median_of_the_rounds_and_not_of_the_medians() throws Exception {
    Results results = results(
        measured(Contestant.COMPILED, 10, 40, 20),
        measured(Contestant.PARKED, 100, 100, 100),
        measured(Contestant.KOTLIN, 40, 40, 40),
        measured("virtualThread", 400, 400, 400));
    assertThat(page(results, null))
        .contains("On JDK 25 compiled bodies take 0.50 to 0.50 times what Kotlin takes")
        .contains("Beside bare virtual threads, compiled, it is 0.050 to 0.050 times")
        .contains("| switch among 100 tasks | 20.0 ns | 100 ns, **0.20** | 40.0 ns, **0.50** |")
        .contains("0.50 (0.25 to 1.00)")
        .contains("| queue | 1.50 |");
    assertThat(folder.resolve("benchmarks-kotlin.svg")).isNotEmptyFile();
    assertThat(folder.resolve("benchmarks-growth.svg")).isNotEmptyFile();
  }

  @Test
  void what_has_become_slower_than_both_runs_vary_is_told() throws Exception {
    Measurement kotlin = measured(Contestant.KOTLIN, 10, 10, 10);
    Measurement parked = measured(Contestant.PARKED, 50, 50, 50);
    Results before = results(measured(Contestant.COMPILED, 5, 6, 7), parked, kotlin);
    assertThat(page(results(measured(Contestant.COMPILED, 6, 8, 9), parked, kotlin), before))
        .doesNotContain("Slower than");
    assertThat(page(results(measured(Contestant.COMPILED, 8, 8, 9), parked, kotlin), before))
        .contains("Slower than on 2026-01-01")
        .contains("switch among 100 tasks, asyncawait, JDK 25: 0.60 (0.50 to 0.70) then, 0.80");
  }

  @Test
  void what_was_measured_is_read_again_as_it_was_written() throws Exception {
    Results results = results(measured(Contestant.COMPILED, 1, 2));
    Path file = folder.resolve("results.json");
    assertThat(Results.read(file)).isEmpty();
    results.write(file);
    assertThat(Results.read(file)).contains(results);
  }

  @Test
  void growth_in_proportion_has_slope_one() {
    List<Measurement> each = IntStream.of(1_000, 10_000, 100_000)
        .mapToObj(n ->
            new Measurement(25, "queue", n, Contestant.COMPILED, List.of(new Turn(7, 7, 0, 0))))
        .toList();
    assertThat(Growth.slope(each)).isCloseTo(1, within(1e-9));
  }
}
