package dev.asyncawait.conformance;

import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the compiler refuses, as the guide's pitfalls say, and what it accepts instead. */
class PitfallsTest {

  private static final String OURS = "import static dev.asyncawait.Async.*;";
  private static final String OUR_AWAIT = "import static dev.asyncawait.Async.await;";
  private static final String AWAITILITY = "import static org.awaitility.Awaitility.await;";

  private static final String BOTH = "await(sleep(Duration.ZERO)); await().until(() -> true);";

  @TempDir
  Path classes;

  @Test
  void a_lambda_inside_an_await_inside_an_overloaded_call_is_refused() {
    assertRefused(OURS, "System.out.println(await(stage.thenApply(x -> x + 1)));")
        .hasMessageContaining("reference to println is ambiguous");
  }

  @Test
  void its_value_may_be_printed_from_a_variable() {
    assertAccepted(
        OURS, "int answer = await(stage.thenApply(x -> x + 1)); System.out.println(answer);");
  }

  @Test
  void an_await_that_is_imported_by_its_name_hides_one_that_is_imported_with_a_star() {
    assertRefused(OURS + AWAITILITY, BOTH)
        .hasMessageContaining("cannot be converted to java.lang.String");
  }

  @Test
  void two_awaits_that_are_imported_by_their_names_can_both_be_called() {
    assertAccepted(OURS + OUR_AWAIT + AWAITILITY, BOTH);
  }

  @Test
  void a_type_of_two_star_imports_is_refused_unless_it_is_imported_by_its_name() {
    String jupiter = OURS + "import org.junit.jupiter.api.*;";
    String code = "Timeout limit = timeout(Duration.ofHours(1)); await(limit.run(() -> {}));";
    assertRefused(jupiter, code).hasMessageContaining("reference to Timeout is ambiguous");
    assertAccepted(jupiter + "import dev.asyncawait.Timeout;", code);
  }

  private AbstractThrowableAssert<?, ?> assertRefused(String imports, String code) {
    return assertThatThrownBy(() -> compile(imports, code)).isInstanceOf(AssertionError.class);
  }

  private void assertAccepted(String imports, String code) {
    assertThatNoException().isThrownBy(() -> compile(imports, code));
  }

  private void compile(String imports, String code) {
    new Snippet("Pitfall.java", 2, code)
        .compile(
            imports + "import dev.asyncawait.*; import java.time.Duration;"
                + " import java.util.concurrent.CompletableFuture; class Pitfall {"
                + " Coroutine<Void> body(CompletableFuture<Integer> stage) { return async(() -> {",
            "}); } }",
            classes);
  }
}
