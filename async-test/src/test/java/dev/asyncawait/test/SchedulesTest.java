package dev.asyncawait.test;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.asyncawait.Async;
import dev.asyncawait.AsyncAction;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class SchedulesTest {

  /** Two tasks, each of several steps; gives the order of the steps. */
  private static Coroutine<String> steps(int each) {
    return async(() -> {
      var trace = new StringBuilder();
      await(gather(List.of(named("a", each, trace), named("b", each, trace))));
      return trace.toString();
    });
  }

  private static Task<Void> named(String name, int steps, StringBuilder trace) {
    return createTask(
        async(() -> {
          for (int i = 0; i < steps; i++) {
            trace.append(name);
            await(sleep(Duration.ZERO));
          }
        }),
        name);
  }

  private static Supplier<Coroutine<?>> failingWhen(String order) {
    return () -> async(() -> {
      String steps = await(steps(2));
      if (steps.equals(order)) {
        throw new IllegalStateException("came as " + order);
      }
    });
  }

  @Test
  void every_order_of_a_small_program_is_found_and_counted() {
    Set<String> orders = new HashSet<>();
    int count = Schedules.explore(200, () -> async(() -> orders.add(await(steps(2)))));
    assertThat(orders).containsExactlyInAnyOrder("aabb", "abab", "abba", "baab", "baba", "bbaa");
    assertThat(count).as("with the turns in which tasks end").isBetween(6, 201);
  }

  @Test
  void a_program_without_a_choice_has_one_order() {
    assertThat(Schedules.explore(10, () -> async(() -> await(sleep(Duration.ofHours(1))))))
        .isEqualTo(1);
  }

  @Test
  void the_first_run_is_in_the_usual_order_and_what_fails_there_is_thrown_as_it_is() {
    assertThatThrownBy(() -> Schedules.explore(10, failingWhen("abab")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("came as abab");
    assertThatThrownBy(() -> Schedules.replay(0, failingWhen("abab")))
        .isInstanceOf(IllegalStateException.class);
  }

  private static ScheduleFailure failureOf(Supplier<Coroutine<?>> main) {
    return catchThrowableOfType(ScheduleFailure.class, () -> Schedules.explore(1000, main));
  }

  @Test
  void a_failure_tells_its_seed_and_the_order_and_has_the_failure_as_its_cause() {
    ScheduleFailure failure = failureOf(failingWhen("bbaa"));
    assertThat(failure).hasCauseInstanceOf(IllegalStateException.class);
    assertThat(failure.trace()).isNotEmpty();
    assertThat(failure.trace().get(0)).startsWith("b, before a");
    assertThat(failure)
        .hasMessageStartingWith("fails with seed " + failure.seed()
            + ": java.lang.IllegalStateException: came as bbaa\n"
            + "who went on whenever several tasks were ready:\n  1. b, before a")
        .hasMessageEndingWith("\nreplay it with Schedules.replay(" + failure.seed()
            + ", ...) or @AsyncTest(seed = " + failure.seed() + ")");
    assertThat(String.join("\n", failure.trace())).contains("b at SchedulesTest.java:");
  }

  @Test
  void a_seed_replays_what_it_found() {
    ScheduleFailure found = failureOf(failingWhen("bbaa"));
    assertThatThrownBy(() -> Schedules.replay(found.seed(), failingWhen("bbaa")))
        .isInstanceOfSatisfying(ScheduleFailure.class, again -> {
          assertThat(again.trace()).isEqualTo(found.trace());
          assertThat(again.seed()).isEqualTo(found.seed());
        });
    Schedules.replay(found.seed(), failingWhen("never"));
  }

  @Test
  void callbacks_keep_their_order_and_mix_with_tasks() {
    Set<String> orders = new HashSet<>();
    Schedules.explore(
        200,
        () -> async(() -> {
          var trace = new StringBuilder();
          EventLoop loop = EventLoop.current();
          loop.execute(() -> trace.append('1'));
          loop.execute(() -> trace.append('2'));
          await(named("a", 1, trace));
          await(VirtualTime.untilIdle());
          orders.add(trace.toString());
        }));
    assertThat(orders).containsExactlyInAnyOrder("12a", "1a2", "a12");
  }

  @Test
  void timers_fire_when_they_are_due() {
    Schedules.explore(
        50,
        () -> async(() -> {
          var trace = new ArrayList<Integer>();
          var tasks = new ArrayList<Task<?>>();
          for (int hours : List.of(3, 1, 2)) {
            tasks.add(createTask(async(() -> {
              await(sleep(Duration.ofHours(hours)));
              trace.add(hours);
            })));
          }
          await(gather(tasks));
          assertThat(trace).containsExactly(1, 2, 3);
        }));
  }

  @Test
  void what_a_run_leaves_in_a_field_is_found() {
    var runs = new AtomicInteger();
    assertThatThrownBy(() -> Schedules.explore(10, () -> steps(runs.incrementAndGet())))
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            "the test took another course when it ran for the second time, in the same order; each run"
                + " must make what it shares with its tasks, and not keep it in fields");
    assertThatThrownBy(() -> Schedules.explore(
            10, () -> async(() -> assertThat(runs.getAndIncrement()).isEqualTo(2))))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("the test took another course")
        .hasCauseInstanceOf(AssertionError.class);
  }

  @Test
  void a_seed_that_does_not_replay_says_so() {
    var runs = new AtomicInteger();
    Supplier<Coroutine<?>> thirdRunFails = () -> async(() -> {
      assertThat(runs.incrementAndGet()).isNotEqualTo(3);
      await(steps(1));
    });
    assertThat(failureOf(thirdRunFails))
        .hasMessageEndingWith(
            "this seed does not replay: the test took another course when it ran with it again,"
                + " so it depends on something else than the order of its tasks");
  }

  private static void saysItMayNotReplay(AsyncAction work) {
    Supplier<Coroutine<?>> main = () -> async(() -> {
      await(async(work));
      await(failingWhen("bbaa").get());
    });
    assertThat(failureOf(main))
        .hasMessageEndingWith(
            "this seed may not replay: calls of toThread, plain stages or other loops were in"
                + " flight, and end when they end");
  }

  @Test
  void a_program_with_work_in_the_real_world_is_told_that_its_seed_may_not_replay() {
    saysItMayNotReplay(() -> await(toThread(() -> 1)));
    saysItMayNotReplay(() -> await(CompletableFuture.runAsync(
        () -> {}, CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS))));
    saysItMayNotReplay(() -> await(Async.start(async(() -> await(sleep(Duration.ofHours(1)))))));
  }

  @Test
  void leaks_and_stuck_tasks_are_found_too() {
    Supplier<Coroutine<?>> leaking = () -> async(() -> {
      String steps = await(steps(1));
      if (steps.equals("ba")) {
        Task<Void> unused = createTask(sleep(Duration.ofHours(1)));
      }
    });
    assertThat(failureOf(leaking).getCause()).hasMessageStartingWith("the test leaves behind:");
  }

  @Test
  void a_task_that_waits_in_a_loop_is_not_preferred_for_ever() {
    for (int depth = 1; depth < 4; depth++) {
      Schedules.options()
          .strategy(Strategy.pct(depth))
          .explore(
              50,
              () -> async(() -> {
                var done = new AtomicInteger();
                Task<Void> waiting = createTask(async(() -> {
                  while (done.get() == 0) {
                    await(sleep(Duration.ZERO));
                  }
                }));
                await(createTask(async(done::incrementAndGet)));
                await(waiting);
              }));
    }
  }

  @Test
  void a_strategy_of_ones_own_is_asked_for_each_seed() {
    var asked = new ArrayList<String>();
    Strategy newestFirst = (seed, choices) -> {
      asked.add(seed + " of " + choices);
      return ready -> ready.size() - 1;
    };
    var orders = new ArrayList<String>();
    Schedules.options()
        .strategy(newestFirst)
        .explore(2, () -> async(() -> orders.add(await(steps(2)))));
    assertThat(asked).containsExactly("0 of 6", "1 of 6");
    assertThat(orders).hasSize(4).startsWith("abab", "abab").endsWith("bbaa", "bbaa");
  }

  @Test
  void options_apply_to_each_run() {
    var options = VirtualTime.options().timeout(Duration.ofMinutes(1));
    assertThatThrownBy(() ->
            Schedules.options().virtualTime(options).explore(10, () -> sleep(Duration.ofHours(1))))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("the test has not ended within PT1M of its time");
  }

  @Test
  void bad_settings_are_refused() {
    assertThatThrownBy(() -> Schedules.explore(0, () -> steps(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("count must be 1 or more, but was 0");
    assertThatThrownBy(() -> Strategy.pct(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("depth must be 1 or more, but was 0");
    assertThatThrownBy(() -> Schedules.explore(1, null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("main must not be null");
    assertThatThrownBy(() -> Schedules.options().strategy(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("strategy must not be null");
    assertThatThrownBy(() -> Schedules.options().virtualTime(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("options must not be null");
  }
}
