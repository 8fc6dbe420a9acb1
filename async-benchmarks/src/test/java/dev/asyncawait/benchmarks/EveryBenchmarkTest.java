package dev.asyncawait.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every contestant does its work, in small. */
class EveryBenchmarkTest {

  private static final int SMALL = 100;

  private static final int JAVA_17 = 61;

  /** The peers of the newest JDK alone. */
  private static final Path THREADS = Path.of("dev/asyncawait/benchmarks/threads");

  private static List<String> methods() throws Exception {
    return Jdk.at(Path.of(System.getProperty("java.home"))).methods("");
  }

  @TestFactory
  Stream<DynamicTest> a_run_in_small_takes_time_and_memory() throws Exception {
    return methods().stream()
        .map(method -> DynamicTest.dynamicTest(method, () -> {
          Turn turn = Worker.once(method, SMALL);
          assertThat(turn.nanos()).isPositive();
          assertThat(turn.processorNanos()).isNotNegative();
          assertThat(turn.peakHeap()).isPositive();
        }));
  }

  @Test
  void each_work_has_methods_of_ours_and_each_method_is_of_a_work() throws Exception {
    Set<String> works = methods().stream()
        .map(method -> method.substring(method.lastIndexOf('.') + 1, method.lastIndexOf('_')))
        .collect(Collectors.toSet());
    assertThat(Work.ALL.stream()
            .filter(work -> work.manner() != Work.Manner.PROCESS)
            .map(Work::name))
        .containsExactlyInAnyOrderElementsOf(works);
    assertThat(methods()).filteredOn(method -> method.endsWith("_asyncawait")).hasSameSizeAs(works);
  }

  /** JMH writes some for classes that are not among those it was run for. */
  @Test
  void what_is_for_all_jdks_has_no_class_of_a_later_one() throws Exception {
    Path classes =
        Path.of(Work.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<Path> files;
    try (Stream<Path> all = Files.walk(classes)) {
      files = all.filter(file -> file.toString().endsWith(".class"))
          .filter(file -> !classes.relativize(file).startsWith(THREADS))
          .toList();
    }
    assertThat(files).hasSizeGreaterThan(100).allSatisfy(file -> {
      try (var in = new DataInputStream(Files.newInputStream(file))) {
        in.readInt();
        assertThat(in.readInt()).as("version").isLessThanOrEqualTo(JAVA_17);
      }
    });
  }
}
