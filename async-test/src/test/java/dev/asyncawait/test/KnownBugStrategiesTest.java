package dev.asyncawait.test;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.Coroutine;
import dev.asyncawait.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Which strategy finds which bugs, and whether one by priorities finds them as often as it promises. */
class KnownBugStrategiesTest {

  private static final int SEEDS = 1000;

  /** How many of the seeds find a bug. */
  private static int found(Strategy strategy, Supplier<Coroutine<?>> main) {
    int found = 0;
    int next = 0;
    while (next < SEEDS) {
      int first = next;
      Strategy others = (seed, choices) -> strategy.order(first + seed, choices);
      try {
        Schedules.options().strategy(others).explore(SEEDS - first, main);
        next = SEEDS;
      } catch (ScheduleFailure failure) {
        found++;
        next += (int) failure.seed() + 1;
      }
    }
    return found;
  }

  /** How many choices there are in the usual order. */
  private static int choices(Supplier<Coroutine<?>> main) {
    var counted = new AtomicInteger();
    Strategy counting = (seed, choices) -> {
      counted.set(choices);
      return ready -> 0;
    };
    Schedules.options().strategy(counting).replay(0, main);
    return counted.get();
  }

  /** The least that {@link Strategy#pct} promises for a thousand seeds. */
  private static double promised(int depth, int tasks, int choices) {
    return SEEDS / (tasks * Math.pow(2.0 * choices, depth - 1));
  }

  /**
   * Three writers share a ring of forty slots, and a reader looks at the one that will be written over last. Forty times
   * in a row it must be the turn of the others until it reads what it was not to.
   */
  private static Coroutine<?> overrun() {
    int slots = 40;
    var written = new AtomicInteger();
    return async(() -> {
      var tasks = new ArrayList<Task<?>>();
      tasks.add(createTask(
          async(() -> {
            for (int i = 0; i < 5; i++) {
              int at = written.get();
              await(sleep(Duration.ZERO));
              assertThat(written.get() - at).as("written meanwhile").isLessThanOrEqualTo(slots);
            }
          }),
          "reader"));
      for (String writer : List.of("red", "green", "blue")) {
        tasks.add(createTask(
            async(() -> {
              for (int i = 0; i < 20; i++) {
                written.incrementAndGet();
                await(sleep(Duration.ZERO));
              }
            }),
            writer));
      }
      await(gather(tasks));
    });
  }

  @Test
  void where_a_task_must_be_held_up_for_long_priorities_find_what_equal_chances_do_not() {
    int tasks = 6; // main, the reader, three writers, and the callbacks, which count as one
    int choices = choices(KnownBugStrategiesTest::overrun);
    assertThat(choices).isGreaterThan(60);
    assertThat(found(Strategy.uniform(), KnownBugStrategiesTest::overrun)).isZero();
    assertThat(found(Strategy.pct(2), KnownBugStrategiesTest::overrun))
        .isGreaterThanOrEqualTo((int) Math.ceil(promised(2, tasks, choices)));
    assertThatThrownBy(() -> Schedules.explore(SEEDS, KnownBugStrategiesTest::overrun))
        .isInstanceOf(ScheduleFailure.class)
        .cause()
        .hasMessageContaining("[written meanwhile]");
  }

  @Test
  void a_bug_for_which_two_tasks_must_be_held_up_is_found_with_depth_three_and_with_no_less() {
    Supplier<Coroutine<?>> bug = () -> KnownBug.SEND_AFTER_CLOSE.program(false);
    int tasks = 4; // main, sender, session, callbacks
    assertThat(found(Strategy.pct(1), bug)).isZero();
    assertThat(found(Strategy.pct(2), bug)).isZero();
    assertThat(found(Strategy.pct(3), bug))
        .isGreaterThanOrEqualTo((int) Math.ceil(promised(3, tasks, choices(bug))));
  }
}
