package dev.asyncawait.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.asyncawait.AsyncTimeoutException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What exploring is for: it finds bugs that are known to be there, and none where there is none.
 *
 * <p>Seeds and traces are compared with {@code known-bugs.txt}, so that every JDK must choose the same. It changes with
 * {@link KnownBug} and with {@link Strategy}; a run of this class with {@code -Dknown-bugs.write=true} makes it anew.
 */
class KnownBugsTest {

  private static final String EXPECTED = "known-bugs.txt";

  private static final int SEEDS = 1000;

  private static ScheduleFailure found(KnownBug bug) {
    return failure(() -> Schedules.explore(SEEDS, () -> bug.program(false)));
  }

  private static ScheduleFailure failure(ThrowingCallable run) {
    Throwable failure = catchThrowable(run);
    assertThat(failure).isInstanceOf(ScheduleFailure.class);
    return (ScheduleFailure) failure;
  }

  @ParameterizedTest
  @EnumSource
  void the_usual_order_does_not_show_it(KnownBug bug) {
    assertThatCode(() -> VirtualTime.run(bug.program(false))).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @EnumSource
  void exploring_finds_it_and_its_seed_shows_it_again(KnownBug bug) {
    ScheduleFailure found = found(bug);
    assertThat(found.seed()).isBetween(0L, SEEDS - 1L);
    for (int i = 0; i < 10; i++) {
      ScheduleFailure again =
          failure(() -> Schedules.replay(found.seed(), () -> bug.program(false)));
      assertThat(again.seed()).isEqualTo(found.seed());
      assertThat(again.trace()).isNotEmpty().isEqualTo(found.trace());
      assertThat(again).hasMessage(found.getMessage());
      assertThat(again.getCause()).hasSameClassAs(found.getCause());
    }
  }

  @Test
  void seeds_and_traces_are_the_same_on_every_machine_and_jdk() throws IOException {
    var all = new StringBuilder();
    for (KnownBug bug : KnownBug.values()) {
      ScheduleFailure found = found(bug);
      all.append(bug).append(" with seed ").append(found.seed()).append('\n');
      found.trace().forEach(line -> all.append("  ").append(line).append('\n'));
    }
    Path source = Path.of("src", "test", "resources", EXPECTED);
    if (Boolean.getBoolean("known-bugs.write")) {
      Files.writeString(source, all);
      assertThat(source).hasContent(all.toString());
    } else {
      try (InputStream expected = KnownBugsTest.class.getResourceAsStream("/" + EXPECTED)) {
        assertThat(all).hasToString(new String(expected.readAllBytes(), UTF_8));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void without_the_bug_there_is_nothing_to_find(KnownBug bug) {
    assertThat(Schedules.explore(SEEDS, () -> bug.program(true))).isGreaterThan(5);
  }

  @ParameterizedTest
  @EnumSource
  void the_failure_tells_the_seed_the_order_and_how_to_see_it_again(KnownBug bug) {
    ScheduleFailure failure = found(bug);
    var order = new StringBuilder();
    for (int i = 0; i < failure.trace().size(); i++) {
      order.append("\n  ").append(i + 1).append(". ").append(failure.trace().get(i));
    }
    assertThat(failure)
        .hasMessageStartingWith("fails with seed %d: %s"
            .formatted(failure.seed(), failure.getCause().getClass().getName()))
        .hasMessageEndingWith("\nwho went on whenever several tasks were ready:" + order
            + "\nreplay it with Schedules.replay(%1$d, ...) or @AsyncTest(seed = %1$d)"
                .formatted(failure.seed()));
  }

  @Test
  void of_a_lost_update_it_says_what_the_test_says() {
    assertThat(found(KnownBug.LOST_UPDATE))
        .hasCauseInstanceOf(AssertionError.class)
        .cause()
        .hasMessageContainingAll("[balance]", "expected: 120", "but was: 70");
  }

  @Test
  void of_a_deadlock_it_says_who_waits_for_whom_and_where() {
    assertThat(found(KnownBug.LOCK_ORDER).getCause())
        .isExactlyInstanceOf(AssertionError.class)
        .message()
        .matches("""
            every task waits and nothing can wake them:
              Task\\[name=main, suspended on gather\\(2\\)\\[pending]] at KnownBug.java:\\d+, waits for rent, refund
              Task\\[name=rent, suspended on AsyncLock\\[locked, 1 waiting].acquire\\(\\)] at KnownBug.java:\\d+, waits for refund
              Task\\[name=refund, suspended on AsyncLock\\[locked, 1 waiting].acquire\\(\\)] at KnownBug.java:\\d+, waits for rent
            deadlock: rent waits for refund, which waits for rent""");
  }

  @Test
  void of_a_task_that_waits_for_what_never_comes_it_says_for_what_and_where() {
    assertThat(found(KnownBug.CHECK_THEN_ACT).getCause())
        .isExactlyInstanceOf(AssertionError.class)
        .message()
        .matches("""
            every task waits and nothing can wake them:
              Task\\[name=main, suspended on gather\\(2\\)\\[pending]] at KnownBug.java:\\d+, waits for (ann|ben)
              Task\\[name=\\1, suspended on AsyncQueue\\[0 items, 1 taking, 2 unfinished].take\\(\\)] at KnownBug.java:\\d+""");
  }

  @Test
  void of_a_task_left_running_it_says_which_and_where_it_was_made() {
    assertThat(found(KnownBug.FORGOTTEN_CANCEL).getCause())
        .isExactlyInstanceOf(AssertionError.class)
        .message()
        .matches("""
            the test leaves behind:
              Task\\[name=primary, ready] has not ended; await or cancel it \\(created at KnownBug.java:\\d+\\)""");
  }

  @Test
  void of_an_exception_it_gives_the_very_one_with_its_stack() {
    assertThat(found(KnownBug.MISSING_FINALLY))
        .hasCauseExactlyInstanceOf(AsyncTimeoutException.class)
        .hasRootCauseMessage("timed out after PT1S");
    Throwable closed = found(KnownBug.SEND_AFTER_CLOSE).getCause();
    assertThat(closed)
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessageMatching("cannot send '(one|two|three)', the connection is closed");
    assertThat(closed.getStackTrace()[0].getMethodName()).isEqualTo("send");
  }
}
