package dev.asyncawait.test;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;
import static org.junit.platform.testkit.engine.EventConditions.event;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.cause;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.instanceOf;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import dev.asyncawait.AsyncFuture;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Task;
import java.io.IOException;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** What {@link AsyncTest} does, seen from a test that uses it and from the engine that runs such tests. */
class AsyncTestTest {

  private static final Duration HOUR = Duration.ofHours(1);

  // ---- as its users see it

  @BeforeEach
  @AfterEach
  void no_loop_runs_around_the_body() {
    assertThat(Task.currentOrNull()).isNull();
  }

  @AsyncTest
  void the_body_may_await_and_its_time_is_virtual() {
    await(sleep(HOUR));
    assertThat(EventLoop.current().time()).isEqualTo(HOUR);
    assertThat(currentTask().getName()).isEqualTo("main");
  }

  @AsyncTest
  void the_body_may_have_parameters(TestInfo info) {
    await(sleep(HOUR));
    assertThat(info.getDisplayName()).startsWith("the_body_may_have_parameters");
  }

  @AsyncTest
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void each_invocation_of_a_parameterised_test_has_a_time_of_its_own(int hours) {
    await(sleep(Duration.ofHours(hours)));
    assertThat(EventLoop.current().time()).hasHours(hours);
  }

  @AsyncTest(schedules = 20)
  @RepeatedTest(2)
  void a_repeated_test_may_be_explored() {
    var done = new ArrayList<Integer>();
    Task<Boolean> one = createTask(async(() -> done.add(1)));
    await(gather(one, async(() -> done.add(2))));
    assertThat(done).containsExactlyInAnyOrder(1, 2);
  }

  @AsyncTest(realTime = true)
  void the_time_may_be_real() {
    var before = System.nanoTime();
    await(sleep(Duration.ofMillis(2)));
    assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(2_000_000);
  }

  @AsyncTest(schedules = 200)
  void the_body_runs_in_many_orders() {
    assertThat(await(order())).hasSize(2);
  }

  private static dev.asyncawait.Coroutine<List<String>> order() {
    return async(() -> {
      var order = new ArrayList<String>();
      await(gather(async(() -> order.add("a")), async(() -> order.add("b"))));
      return order;
    });
  }

  @Nested
  class InNestedClasses {
    @AsyncTest
    @DisplayName("it works as well")
    void it_works_as_well() {
      await(sleep(HOUR));
    }
  }

  // ---- as the engine sees it

  private static Events tests(Class<?> type) {
    return run(type).testEvents();
  }

  private static EngineExecutionResults run(Class<?> type) {
    return EngineTestKit.engine("junit-jupiter")
        .configurationParameter("junit.jupiter.conditions.deactivate", "*")
        .selectors(selectClass(type))
        .execute();
  }

  private static void assertFails(Class<?> type, Predicate<String> saying) {
    tests(type).assertThatEvents().haveExactly(1, event(finishedWithFailure(message(saying))));
  }

  static final Set<String> ORDERS = new HashSet<>();
  static int bodies;

  static class Passing {
    @AsyncTest
    void plain() {
      await(sleep(HOUR));
    }

    @AsyncTest
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void parameterised(int hours) {
      await(sleep(Duration.ofHours(hours)));
    }

    @AsyncTest(schedules = 50)
    void explored() {
      bodies++;
      ORDERS.add(String.join("", await(order())));
    }
  }

  @Test
  void a_test_is_one_however_often_its_body_runs() {
    ORDERS.clear();
    bodies = 0;
    tests(Passing.class).assertStatistics(stats -> stats.started(4).succeeded(4));
    assertThat(bodies).isEqualTo(52);
    assertThat(ORDERS).containsExactlyInAnyOrder("ab", "ba");
  }

  @Test
  void one_method_can_be_selected() {
    EngineTestKit.engine("junit-jupiter")
        .selectors(selectMethod(Passing.class, "plain"))
        .execute()
        .testEvents()
        .assertStatistics(stats -> stats.started(1).succeeded(1));
  }

  static class Failing {
    @AsyncTest
    void with_a_checked_exception() throws IOException {
      await(sleep(HOUR));
      throw new IOException("no disk");
    }
  }

  @Test
  void what_the_body_throws_is_thrown_as_it_is() {
    tests(Failing.class)
        .assertThatEvents()
        .haveExactly(
            1, event(finishedWithFailure(instanceOf(IOException.class), message("no disk"))));
  }

  static class Stuck {
    @AsyncTest
    void waits_for_ever() {
      await(new AsyncFuture<>());
    }
  }

  static class Leaking {
    @AsyncTest
    void leaves_a_task() {
      createTask(sleep(HOUR), "left");
    }
  }

  static class TooSlow {
    @AsyncTest(timeout = "PT1H")
    void takes_two_hours() {
      await(sleep(HOUR.multipliedBy(2)));
    }
  }

  static class Blocking {
    @AsyncTest(realTime = true, timeout = "PT0.02S")
    void blocks() throws InterruptedException {
      new CountDownLatch(1).await();
    }
  }

  @Test
  void the_checks_of_virtual_time_are_made() {
    assertFails(Stuck.class, text -> text.startsWith("every task waits and nothing can wake them"));
    assertFails(
        Leaking.class, text -> text.startsWith("the test leaves behind:\n  Task[name=left,"));
    assertFails(
        TooSlow.class, text -> text.startsWith("the test has not ended within PT1H of its time"));
    assertFails(
        Blocking.class,
        text -> text.startsWith("the test is still running after PT0.02S of real time"));
  }

  static class Lenient {
    @AsyncTest(allowLeaks = true)
    void leaves_a_task() {
      createTask(sleep(HOUR));
    }
  }

  @Test
  void leaks_may_be_allowed() {
    tests(Lenient.class).assertStatistics(stats -> stats.succeeded(1).failed(0));
  }

  static class OrderDependent {
    @AsyncTest(schedules = 100)
    void expects_first_in_first_out() {
      assertThat(await(order())).containsExactly("a", "b");
    }
  }

  static class OneSeed {
    @AsyncTest(seed = 3)
    void expects_first_in_first_out() {
      bodies++;
      await(order());
    }
  }

  @Test
  void a_failure_in_one_order_tells_the_seed() {
    tests(OrderDependent.class)
        .assertThatEvents()
        .haveExactly(
            1,
            event(finishedWithFailure(
                instanceOf(ScheduleFailure.class),
                message(text -> text.startsWith("fails with seed ")),
                cause(instanceOf(AssertionError.class)))));
  }

  @Test
  void one_seed_runs_after_the_usual_order() {
    bodies = 0;
    tests(OneSeed.class).assertStatistics(stats -> stats.succeeded(1));
    assertThat(bodies).isEqualTo(2);
  }

  static class Aborted {
    @AsyncTest
    void at_once() {
      Assumptions.abort("not here");
    }

    @AsyncTest(schedules = 100)
    void in_one_order() {
      Assumptions.assumeTrue(await(order()).get(0).equals("a"));
    }
  }

  @Test
  void a_test_whose_assumption_fails_is_aborted() {
    tests(Aborted.class).assertStatistics(stats -> stats.started(2).aborted(2));
  }

  @Retention(RetentionPolicy.RUNTIME)
  @AsyncTest(timeout = "PT1H")
  @interface WithinAnHour {}

  static class Composed {
    @WithinAnHour
    void takes_an_hour() {
      await(sleep(HOUR));
    }

    @WithinAnHour
    void takes_longer() {
      await(sleep(HOUR.plusSeconds(1)));
    }
  }

  @Test
  void an_annotation_may_be_made_of_it() {
    tests(Composed.class).assertStatistics(stats -> stats.succeeded(1).failed(1));
  }

  static class BadSettings {
    @AsyncTest(schedules = -1)
    void schedules() {}

    @AsyncTest(seed = -2)
    void seed() {}

    @AsyncTest(timeout = "an hour")
    void timeout() {}

    @AsyncTest(timeout = "-PT1H")
    void negative() {}

    @AsyncTest(realTime = true, schedules = 10)
    void both() {}
  }

  @Test
  void bad_settings_are_refused() {
    assertFails(
        BadSettings.class,
        "@AsyncTest on schedules: schedules must be 0 or more, but was -1"::equals);
    assertFails(
        BadSettings.class, "@AsyncTest on seed: seed must be 0 or more, but was -2"::equals);
    assertFails(
        BadSettings.class,
        "@AsyncTest on timeout: timeout must be a duration such as PT1H, but was an hour"::equals);
    assertFails(
        BadSettings.class,
        "@AsyncTest on negative: timeout must not be negative, but was -PT1H"::equals);
    assertFails(
        BadSettings.class,
        "@AsyncTest on both: realTime goes with neither schedules nor seed, which need virtual time"
            ::equals);
  }
}
