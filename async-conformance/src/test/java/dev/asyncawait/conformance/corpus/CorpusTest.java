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

  private static final Corpus CORPUS = Corpus.load();
  private static final List<Program> PROGRAMS = CORPUS.programs();

  @TestFactory
  Stream<DynamicTest> trace_is_that_of_cpython() {
    return PROGRAMS.stream()
        .map(program -> DynamicTest.dynamicTest("program " + program.id(), () -> {
          String trace = String.join("\n", Interpreter.traceOf(program));
          assertThat(trace).as(program.toString()).isEqualTo(String.join("\n", program.trace()));
        }));
  }

  @Test
  void traces_are_those_of_cpython_3_14() {
    assertThat(CORPUS.python()).startsWith("cpython 3.14.");
  }

  @Test
  void there_are_at_least_400_programs() {
    assertThat(PROGRAMS).hasSizeGreaterThanOrEqualTo(400);
    assertThat(PROGRAMS).extracting(Program::id).doesNotHaveDuplicates();
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
