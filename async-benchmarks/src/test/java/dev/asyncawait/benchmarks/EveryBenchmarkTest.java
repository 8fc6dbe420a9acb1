package dev.asyncawait.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

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
}
