package dev.asyncawait.conformance.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole programs do what CPython does with them; src/test/python/README.md tells where they come from. */
@ExtendWith(SilentLibrary.class)
class CorpusTest {

  private static final Corpus CORPUS = Corpus.load("programs.jsonl");
  private static final List<Program> PROGRAMS = CORPUS.programs();

  /** CPython gives each of these another trace if what is left is cancelled as soon as main has ended. */
  private static final Corpus LAST_CYCLE = Corpus.load("last-cycle-programs.jsonl");

  @TestFactory
  Stream<DynamicTest> trace_is_that_of_cpython() {
    return traces(PROGRAMS);
  }

  @TestFactory
  Stream<DynamicTest> what_is_ready_when_main_ends_has_its_last_cycle_as_in_cpython() {
    return traces(LAST_CYCLE.programs());
  }

  private static Stream<DynamicTest> traces(List<Program> programs) {
    return programs.stream()
        .map(program -> DynamicTest.dynamicTest("program " + program.id(), () -> {
          String trace = String.join("\n", Interpreter.traceOf(program));
          assertThat(trace).as(program.toString()).isEqualTo(String.join("\n", program.trace()));
        }));
  }

  @Test
  void traces_are_those_of_cpython_3_14() {
    assertThat(CORPUS.python()).startsWith("cpython 3.14.");
    assertThat(LAST_CYCLE.python()).isEqualTo(CORPUS.python());
  }

  @Test
  void there_are_at_least_400_programs() {
    assertThat(PROGRAMS).hasSizeGreaterThanOrEqualTo(400);
    assertThat(PROGRAMS).extracting(Program::id).doesNotHaveDuplicates();
  }

  @Test
  void the_last_cycle_decides_at_least_500_programs() {
    assertThat(LAST_CYCLE.programs()).hasSizeGreaterThanOrEqualTo(500);
    assertThat(LAST_CYCLE.programs()).extracting(Program::id).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "made",
        "woken",
        "chain",
        "cancelled",
        "turns",
        "timers",
        "callbacks",
        "gather",
        "shield",
        "group",
        "waiting",
        "main",
        "failing",
        "leaving",
        "mains"
      })
  void each_shape_of_what_is_ready_is_in_at_least_30_programs(String shape) {
    assertThat(LAST_CYCLE.programs())
        .filteredOn(program -> program.shapes().contains(shape))
        .hasSizeGreaterThanOrEqualTo(30);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "task",
        "sleep",
        "cancel",
        "cancelSelf",
        "uncancel",
        "group",
        "spawn",
        "timeout",
        "reschedule",
        "waitFor",
        "gather",
        "outcomes",
        "shield",
        "wait",
        "each",
        "finally",
        "inline",
        "future",
        "later",
        "onDone"
      })
  void each_construct_is_in_at_least_30_programs(String construct) {
    assertThat(PROGRAMS)
        .filteredOn(program -> program.constructs().contains(construct))
        .hasSizeGreaterThanOrEqualTo(30);
  }

  @Test
  void at_least_100_programs_nest_three_deep() {
    assertThat(PROGRAMS)
        .filteredOn(program -> program.nesting() >= 3)
        .hasSizeGreaterThanOrEqualTo(100);
  }
}
