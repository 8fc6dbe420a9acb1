package dev.asyncawait.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each manner of measuring, in small: with processes, as the command does. */
class RoundsTest {

  private static final int SMALL = 100;

  /** Those who were measured, each in every round. */
  private static List<String> contestants(String name) throws Exception {
    Work work =
        Work.ALL.stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
    Jdk jdk = Jdk.at(Path.of(System.getProperty("java.home")));
    List<Measurement> measured = new Rounds(2, 1, 1).measure(work.withSize(SMALL), jdk);
    assertThat(measured).allSatisfy(each -> {
      assertThat(each.rounds()).hasSize(2);
      assertThat(each.rounds()).allSatisfy(turn -> assertThat(turn.nanos()).isPositive());
    });
    return measured.stream().map(Measurement::contestant).toList();
  }

  @Test
  void those_that_are_warm_take_turns() throws Exception {
    assertThat(contestants("done"))
        .startsWith(Contestant.COMPILED, Contestant.PARKED)
        .contains("join", Contestant.KOTLIN);
  }

  @Test
  void each_turn_may_be_the_first_run_of_a_process() throws Exception {
    assertThat(contestants("sleepers")).startsWith(Contestant.COMPILED).contains(Contestant.KOTLIN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"hello", Contestant.ARCHIVED})
  void each_turn_may_be_a_whole_process(String name) throws Exception {
    assertThat(contestants(name))
        .containsExactly(
            Contestant.COMPILED, Contestant.PARKED, Contestant.KOTLIN, Contestant.EMPTY_MAIN);
  }
}
