package dev.asyncawait.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainIT {

  private static final String PROGRAMS =
      "(?s).*Programs:\n +greet .*\n +fetch .*\n +download .*\n +differences .*\n +analogy .*\n +fetch-files .*\n +crawler .*";

  @Test
  void help_lists_the_programs() throws Exception {
    var result = Program.run("--help");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith("Usage: async-examples ").matches(PROGRAMS);
    assertThat(result.err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"greet", "fetch", "download", "differences", "analogy", "fetch-files", "crawler"})
  void each_program_has_help(String program) throws Exception {
    var result = Program.run(program, "--help");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith("Usage: async-examples " + program + " [-h]");
    assertThat(result.err()).isEmpty();
  }

  @Test
  void an_unknown_program_is_named_and_the_known_ones_are_listed() throws Exception {
    var result = Program.run("gret");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).startsWith("Unknown program: 'gret'\n").matches(PROGRAMS);
  }

  @Test
  void no_program_is_an_error_that_lists_them() throws Exception {
    var result = Program.run();

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).startsWith("Missing required ").matches(PROGRAMS);
  }

  @Test
  void an_unknown_option_is_an_error_of_its_program() throws Exception {
    assertThat(Program.run("greet", "--loud"))
        .isEqualTo(new Program.Result(
            2, "", "Unknown option: '--loud'\nTry 'async-examples greet --help'.\n"));
  }
}
