package dev.asyncawait.conformance.anyorder;

import static dev.asyncawait.Async.asCompleted;
import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.hedge;
import static dev.asyncawait.Async.mapConcurrently;
import static dev.asyncawait.Async.shield;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.waitTasks;
import static dev.asyncawait.conformance.anyorder.Steps.inAnyOrder;
import static dev.asyncawait.conformance.anyorder.Steps.isSuccess;
import static dev.asyncawait.conformance.anyorder.Steps.outcome;
import static dev.asyncawait.conformance.anyorder.Steps.turn;
import static dev.asyncawait.conformance.anyorder.Steps.turns;
import static dev.asyncawait.test.VirtualTime.untilIdle;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.Async;
import dev.asyncawait.AsyncEvent;
import dev.asyncawait.AsyncFuture;
import dev.asyncawait.AsyncLock;
import dev.asyncawait.CompletionPolicy;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Held;
import dev.asyncawait.Outcome;
import dev.asyncawait.ReturnWhen;
import dev.asyncawait.Task;
import dev.asyncawait.TaskGroup;
import dev.asyncawait.TaskOptions;
import dev.asyncawait.Waited;
import dev.asyncawait.test.AsyncTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What holds of groups of tasks, and of waiting for several, whoever runs next. */
class StructureInAnyOrderTest {

  private static final Duration LONG = Duration.ofHours(1);

  /** Work that takes long or fails, and some turns to clean up. */
  private static final class Work {
    private int begun;
    private int cleanedUp;
    private final List<Throwable> failed = new ArrayList<>();

    /** Goes on until it is cancelled. */
    Coroutine<Void> forLong() {
      return async(() -> {
        begun++;
        try {
          await(sleep(LONG));
        } finally {
          turns(2);
          cleanedUp++;
        }
      });
    }

    Coroutine<Void> failsAfter(int turns) {
      return async(() -> {
        begun++;
        try {
          turns(turns);
        } finally {
          cleanedUp++;
        }
        throw failure("after turns");
      });
    }

    Coroutine<Void> failsWhenCancelled() {
      return async(() -> {
        begun++;
        try {
          await(sleep(LONG));
        } catch (CancellationException e) {
          turn();
          throw failure("when cancelled");
        } finally {
          cleanedUp++;
        }
      });
    }

    IllegalStateException failure(String when) {
      var failure = new IllegalStateException(when);
      failed.add(failure);
      return failure;
    }

    /** Nothing of it runs any more, and what would have taken long was cut short. */
    void assertCutShort() {
      assertThat(cleanedUp).isEqualTo(begun);
      assertThat(EventLoop.current().time()).isZero();
    }
  }

  /** Nobody has asked that this task be cancelled, or will have. */
  private static void assertNotCancelled() {
    assertThat(currentTask().cancelling()).isZero();
    turn();
  }

  // ---- groups

  @AsyncTest(schedules = 300)
  void a_group_with_failures_cancels_and_awaits_the_rest_and_throws_the_first_with_all_others() {
    var work = new Work();
    TaskGroup group = taskGroup();
    Throwable thrown = null;
    try {
      await(group.run(() -> {
        group.createTask(work.forLong(), "long");
        group.createTask(work.failsAfter(1), "fails");
        group.createTask(work.failsWhenCancelled(), "fails when cancelled");
        group.createTask(work.failsAfter(2), "fails late");
        group.createTask(work.forLong(), "also long");
        await(sleep(LONG));
      }));
    } catch (IllegalStateException e) {
      thrown = e;
    }
    work.assertCutShort();
    assertThat(group.failures()).isEqualTo(work.failed);
    assertThat(thrown).isSameAs(work.failed.get(0));
    assertThat(thrown.getSuppressed())
        .containsExactlyElementsOf(work.failed.subList(1, work.failed.size()));
    assertNotCancelled();
  }

  @AsyncTest(schedules = 300)
  void a_group_whose_body_fails_throws_what_failed_first_and_lists_all_in_order() {
    var work = new Work();
    var ofBody = new IllegalStateException("of the body");
    TaskGroup group = taskGroup();
    Throwable thrown = null;
    try {
      await(group.run(() -> {
        group.createTask(work.forLong(), "long");
        group.createTask(work.failsAfter(2), "fails");
        group.createTask(work.failsWhenCancelled(), "fails when cancelled");
        try {
          turns(2);
        } finally {
          work.failed.add(ofBody);
          throwAlways(ofBody);
        }
      }));
    } catch (IllegalStateException e) {
      thrown = e;
    }
    work.assertCutShort();
    assertThat(group.failures()).isEqualTo(work.failed);
    assertThat(thrown).isSameAs(work.failed.get(0));
    assertNotCancelled();
  }

  private static void throwAlways(RuntimeException failure) {
    throw failure;
  }

  // ---- races

  /** Gives its name after some turns, and says so first. */
  private static Coroutine<Object> arrives(String name, int turns, List<String> arrived) {
    return async(() -> {
      turns(turns);
      arrived.add(name);
      return name;
    });
  }

  @AsyncTest(schedules = 300)
  void a_race_gives_what_was_first_and_cancels_and_awaits_the_rest() {
    var work = new Work();
    List<String> arrived = new ArrayList<>();
    Object won = await(Async.<Object>race(
        work.forLong(), arrives("a", 2, arrived), arrives("b", 1, arrived), work.forLong()));
    assertThat(won).isEqualTo(arrived.get(0));
    work.assertCutShort();
    assertNotCancelled();
  }

  @AsyncTest(schedules = 300)
  void the_first_success_comes_before_failures_or_after_them() {
    var work = new Work();
    List<String> arrived = new ArrayList<>();
    Object won = await(Async.<Object>firstSuccess(
        work.failsAfter(1), arrives("a", 2, arrived), work.failsAfter(0), work.forLong()));
    assertThat(won).isEqualTo("a");
    work.assertCutShort();
    assertNotCancelled();
  }

  @AsyncTest(schedules = 300)
  void a_race_that_is_cancelled_awaits_all_and_keeps_no_lock() {
    var work = new Work();
    var lock = new AsyncLock();
    Coroutine<Held> locks = async(() -> {
      turn();
      return await(lock.acquire());
    });
    Task<Object> racing =
        createTask(Async.<Object>race(work.forLong(), locks, work.forLong()), TaskOptions.eager());
    Coroutine<Void> cancels = async(() -> {
      turns(3);
      racing.cancel();
    });
    await(createTask(cancels, "canceller"));
    if (outcome(racing) instanceof Outcome.Success<Object> success) {
      ((Held) success.value()).close();
    }
    assertThat(lock.isLocked()).isFalse();
    work.assertCutShort();
  }

  @AsyncTest(schedules = 300)
  void races_within_a_race_leave_nothing_behind_that_has_not_begun() {
    var work = new Work();
    List<String> arrived = new ArrayList<>();
    Object won = await(Async.<Object>race(
        Async.<Object>race(arrives("a", 3, arrived), work.forLong()),
        Async.<Object>firstSuccess(arrives("b", 2, arrived), work.forLong()),
        arrives("c", 0, arrived)));
    assertThat(arrived).contains((String) won);
    work.assertCutShort();
    assertNotCancelled();
  }

  @AsyncTest(schedules = 300)
  void attempts_of_which_one_succeeds_leave_nothing_behind() {
    var work = new Work();
    int[] attempt = {0};
    String won = await(hedge(Duration.ZERO, 4, () -> {
      int number = attempt[0]++;
      switch (number) {
        case 0 -> await(work.forLong());
        case 1 -> await(work.failsAfter(2));
        default -> turns(number);
      }
      return "attempt " + number;
    }));
    assertThat(won).isIn("attempt 2", "attempt 3");
    work.assertCutShort();
    assertNotCancelled();
  }

  @AsyncTest(schedules = 300)
  void attempts_that_are_cancelled_are_awaited() {
    var work = new Work();
    Task<Void> hedging =
        createTask(hedge(Duration.ZERO, 3, () -> await(work.forLong())), TaskOptions.eager());
    turns(2);
    hedging.cancel();
    assertThat(isSuccess(hedging)).isFalse();
    work.assertCutShort();
  }

  // ---- many items, few at once

  @AsyncTest(schedules = 300)
  void no_more_items_than_the_limit_run_and_results_are_in_order() {
    int[] running = {0};
    List<Integer> items = List.of(0, 1, 2, 3, 4, 5, 6);
    List<Integer> results = await(mapConcurrently(
        3,
        items,
        item -> async(() -> {
          running[0]++;
          assertThat(running[0]).isLessThanOrEqualTo(3);
          turns(item % 3);
          running[0]--;
          return item;
        })));
    assertThat(results).isEqualTo(items);
    assertNotCancelled();
  }

  @AsyncTest(schedules = 300)
  void the_first_item_that_fails_cuts_the_others_short() {
    var work = new Work();
    List<Integer> asked = new ArrayList<>();
    Throwable thrown = null;
    try {
      await(mapConcurrently(3, List.of(0, 1, 2, 3, 4, 5), item -> {
        asked.add(item);
        assertThat(work.failed).isEmpty();
        return switch (item) {
          case 0 -> work.failsWhenCancelled();
          case 1 -> work.failsAfter(1);
          case 2 -> work.failsAfter(2);
          default -> work.forLong();
        };
      }));
    } catch (IllegalStateException e) {
      thrown = e;
    }
    work.assertCutShort();
    assertThat(thrown).isSameAs(work.failed.get(0));
    assertThat(thrown.getSuppressed())
        .containsExactlyElementsOf(work.failed.subList(1, work.failed.size()));
    assertThat(asked).containsExactly(0, 1, 2);
    assertNotCancelled();
  }

  @AsyncTest(schedules = 300)
  void items_that_are_cancelled_are_awaited_and_keep_no_lock() {
    var work = new Work();
    var lock = new AsyncLock();
    List<Integer> items = List.of(0, 1, 2, 3);
    Task<List<Object>> mapping = createTask(
        Async.<Integer, Object>mapConcurrently(
            2, items, item -> item == 0 ? lock.acquire() : work.forLong()),
        TaskOptions.eager());
    Coroutine<Void> cancels = async(() -> {
      turns(3);
      mapping.cancel();
    });
    await(createTask(cancels, "canceller"));
    assertThat(isSuccess(mapping)).isFalse();
    assertThat(lock.isLocked()).isFalse();
    work.assertCutShort();
  }

  // ---- groups of other kinds

  @AsyncTest(schedules = 300)
  void a_group_that_wants_two_successes_has_them_and_awaits_the_rest() {
    var work = new Work();
    List<String> arrived = new ArrayList<>();
    TaskGroup two = taskGroup(CompletionPolicy.successes(2));
    await(two.run(() -> {
      two.createTask(arrives("a", 2, arrived), "a");
      two.createTask(work.failsAfter(1), "fails");
      two.createTask(arrives("b", 1, arrived), "b");
      two.createTask(work.forLong(), "long");
      two.createTask(work.failsAfter(0), "fails at once");
      await(work.forLong());
    }));
    assertThat(arrived).containsExactlyInAnyOrder("a", "b");
    work.assertCutShort();
    assertNotCancelled();
  }

  @AsyncTest(schedules = 300)
  void isolated_tasks_all_end_by_themselves() {
    var work = new Work();
    List<String> arrived = new ArrayList<>();
    TaskGroup isolated = taskGroup(CompletionPolicy.isolated());
    List<Task<?>> tasks = new ArrayList<>();
    await(isolated.run(() -> {
      tasks.add(isolated.createTask(work.failsAfter(1), "fails"));
      tasks.add(isolated.createTask(arrives("a", 3, arrived), "a"));
      tasks.add(isolated.createTask(work.failsAfter(2), "fails late"));
    }));
    assertThat(tasks).filteredOn(Steps::isSuccess).hasSize(1);
    assertThat(arrived).containsExactly("a");
    assertThat(isolated.failures()).hasSize(2);
    assertNotCancelled();
  }

  @AsyncTest(schedules = 300)
  void background_tasks_outlive_the_others_and_are_awaited() {
    var work = new Work();
    int[] ended = {0};
    TaskGroup group = taskGroup();
    await(group.run(() -> {
      for (int i = 0; i < 2; i++) {
        group.createBackground(async(() -> {
          try {
            await(work.forLong());
          } finally {
            assertThat(ended[0]).isEqualTo(3);
          }
        }));
      }
      for (int i = 0; i < 3; i++) {
        int number = i;
        group.createTask(async(() -> {
          turns(number);
          ended[0]++;
        }));
      }
      turn();
    }));
    work.assertCutShort();
    assertNotCancelled();
  }

  @AsyncTest(schedules = 300)
  void a_task_that_starts_is_ready_or_has_failed_or_was_cancelled() {
    var work = new Work();
    TaskGroup group = taskGroup();
    List<Task<Integer>> starting = new ArrayList<>();
    await(group.run(() -> {
      starting.add(createTask(group.start(ready -> {
        turns(2);
        ready.complete(1);
        turns(2);
      })));
      starting.add(createTask(group.start(ready -> await(work.failsAfter(2)))));
      Coroutine<Void> cancels = async(() -> {
        turn();
        starting.get(0).cancel();
      });
      await(createTask(cancels, "canceller"));
      await(gatherOutcomes(starting));
    }));
    assertThat(isSuccess(starting.get(1))).isFalse();
    assertThat(group.failures()).isEmpty();
    assertNotCancelled();
  }

  @AsyncTest(schedules = 300)
  void tasks_that_are_told_to_stop_are_cancelled_only_if_they_do_not() {
    var work = new Work();
    List<String> told = new ArrayList<>();
    TaskGroup group = taskGroup();
    await(group.run(() -> {
      group.createTask(async(() -> {
        await(group.untilStopping());
        turns(3);
        told.add("a");
      }));
      group.createTask(async(() -> {
        while (!group.isStopping()) {
          turn();
        }
        told.add("b");
      }));
      group.createTask(work.forLong(), "long");
      group.createTask(async(() -> {
        turn();
        group.stop(Duration.ofSeconds(1));
      }));
    }));
    assertThat(told).containsExactlyInAnyOrder("a", "b");
    assertThat(work.cleanedUp).isEqualTo(1);
    assertThat(EventLoop.current().time()).isEqualTo(Duration.ofSeconds(1));
    assertNotCancelled();
  }

  // ---- groups that grow

  /** A task that adds two others, and these two each, and so on. */
  private static Coroutine<Void> grow(TaskGroup group, int depth, int[] begunAndEnded) {
    return async(() -> {
      begunAndEnded[0]++;
      try {
        turn();
        if (depth > 0) {
          group.createTask(grow(group, depth - 1, begunAndEnded), "left " + depth);
          turn();
          group.createTask(grow(group, depth - 1, begunAndEnded), "right " + depth);
        }
      } finally {
        begunAndEnded[1]++;
      }
    });
  }

  @AsyncTest(schedules = 200)
  void a_group_awaits_tasks_that_its_tasks_add_while_it_closes() {
    int[] begunAndEnded = new int[2];
    TaskGroup group = taskGroup();
    await(group.run(() -> {
      group.createTask(grow(group, 3, begunAndEnded), "root");
    }));
    assertThat(begunAndEnded).containsExactly(15, 15);
  }

  /** The only refusal there could be is that of a group that is being cancelled; whoever adds was, too, and earlier. */
  @AsyncTest(schedules = 300)
  void a_group_that_fails_while_its_tasks_add_others_refuses_none_and_leaves_none_running() {
    int[] begunAndEnded = new int[2];
    var work = new Work();
    TaskGroup group = taskGroup();
    Throwable thrown = null;
    try {
      await(group.run(() -> {
        group.createTask(grow(group, 3, begunAndEnded), "root");
        group.createTask(work.failsAfter(4), "fails");
      }));
    } catch (IllegalStateException e) {
      thrown = e;
    }
    assertThat(thrown).isSameAs(work.failed.get(0));
    assertThat(group.failures()).hasSize(1);
    assertThat(begunAndEnded[1]).isEqualTo(begunAndEnded[0]);
    assertThat(EventLoop.current().tasks()).hasSize(1);
    assertNotCancelled();
  }

  @AsyncTest(schedules = 300)
  void a_failure_leaves_nested_groups_as_it_is_when_all_within_has_ended() {
    var work = new Work();
    TaskGroup outer = taskGroup();
    TaskGroup inner = taskGroup();
    Coroutine<Void> nested = async(() -> {
      try {
        await(inner.run(() -> {
          inner.createTask(work.forLong(), "inner, long");
          inner.createTask(work.failsAfter(2), "inner, fails");
          await(sleep(LONG));
        }));
      } finally {
        assertThat(inner).asString().endsWith("closed]").doesNotContain(" tasks");
      }
    });
    Throwable thrown = null;
    try {
      await(outer.run(() -> {
        outer.createTask(nested, "nested");
        outer.createTask(work.forLong(), "outer, long");
        outer.createTask(work.failsAfter(2), "outer, fails");
      }));
    } catch (IllegalStateException e) {
      thrown = e;
    }
    work.assertCutShort();
    assertThat(outer.failures()).containsExactlyInAnyOrderElementsOf(work.failed);
    assertThat(thrown).isSameAs(outer.failures().get(0));
    assertNotCancelled();
  }

  private static Coroutine<Void> cancelsAfterATurn(TaskGroup group) {
    return async(() -> {
      turn();
      group.cancel();
    });
  }

  @AsyncTest(schedules = 300)
  void a_group_that_one_of_its_tasks_cancels_ends_without_an_exception_when_all_have_ended() {
    var work = new Work();
    TaskGroup group = taskGroup();
    boolean[] bodyEnded = new boolean[1];
    String value = await(group.run(() -> {
      group.createTask(work.forLong(), "long");
      group.createTask(cancelsAfterATurn(group), "cancels");
      group.createTask(work.forLong(), "also long");
      turns(2);
      bodyEnded[0] = true;
      return "value";
    }));
    assertThat(value).isEqualTo(bodyEnded[0] ? "value" : null);
    work.assertCutShort();
    assertThat(group.failures()).isEmpty();
    assertNotCancelled();
  }

  @Test
  void a_cancelled_task_ends_its_group_first_and_its_cancellation_survives_a_failure() {
    Set<String> ends = inAnyOrder(400, () -> {
      var work = new Work();
      TaskGroup group = taskGroup();
      List<String> end = new ArrayList<>();
      Coroutine<Void> block = async(() -> {
        try {
          await(group.run(() -> {
            group.createTask(work.forLong(), "long");
            group.createTask(work.failsAfter(2), "fails");
            await(sleep(LONG));
          }));
        } catch (IllegalStateException e) {
          end.add("failed");
          assertThat(e).isSameAs(work.failed.get(0));
        } finally {
          work.assertCutShort();
        }
        turn(); // where a cancellation comes at the latest
      });
      Task<Void> task = createTask(block, "block");
      Coroutine<Boolean> cancels = async(() -> {
        turn();
        return task.cancel();
      });
      boolean requested = await(createTask(cancels, "canceller"));
      boolean succeeded = isSuccess(task);
      assertThat(succeeded).isEqualTo(!requested);
      end.add(succeeded ? "ended" : "cancelled");
      return String.join(" and ", end);
    });
    assertThat(ends).containsExactly("cancelled", "failed and cancelled", "failed and ended");
  }

  @AsyncTest(schedules = 300)
  void a_group_cancelled_from_within_and_without_at_once_ends_its_task_cancelled() {
    var work = new Work();
    TaskGroup group = taskGroup();
    Coroutine<Void> block = async(() -> {
      try {
        await(group.run(() -> {
          group.createTask(work.forLong(), "long");
          group.createTask(cancelsAfterATurn(group), "cancels group");
        }));
      } finally {
        work.assertCutShort();
      }
      turn();
    });
    Task<Void> task = createTask(block, "block");
    Coroutine<Boolean> cancelsTask = async(() -> {
      turns(2);
      return task.cancel();
    });
    boolean requested = await(createTask(cancelsTask, "cancels task"));
    assertThat(isSuccess(task)).isEqualTo(!requested);
    assertThat(task.cancelling()).isEqualTo(requested ? 1 : 0);
  }

  // ---- gather

  private static Coroutine<String> value(String value, int turns) {
    return async(() -> {
      turns(turns);
      return value;
    });
  }

  @AsyncTest(schedules = 200)
  void gather_gives_results_in_the_order_of_its_arguments_whoever_ends_first() {
    var future = new AsyncFuture<String>();
    Coroutine<Boolean> completes = async(() -> {
      turn();
      return future.complete("c");
    });
    Task<Boolean> completion = createTask(completes, "completes");
    Task<String> task = createTask(value("b", 1), "b");
    List<String> results =
        await(gather(value("a", 2), task, future, task, value("d", 0), value("e", 3)));
    assertThat(results).containsExactly("a", "b", "c", "b", "d", "e");
    assertThat(await(completion)).isTrue();
  }

  @AsyncTest(schedules = 200)
  void gather_gives_outcomes_in_the_order_of_its_arguments_whoever_ends_first_or_is_cancelled() {
    var work = new Work();
    Task<String> victim = createTask(value("victim", 2), "victim");
    Coroutine<String> fails = async(() -> {
      turn();
      throw work.failure("of the third");
    });
    Coroutine<Boolean> cancels = async(() -> {
      turn();
      return victim.cancel();
    });
    Task<Boolean> canceller = createTask(cancels, "canceller");
    List<Outcome<String>> outcomes =
        await(gatherOutcomes(value("a", 3), victim, fails, value("d", 1)));
    assertThat(outcomes.get(0)).isEqualTo(new Outcome.Success<>("a"));
    assertThat(outcomes.get(1) instanceof Outcome.Cancelled<?>).isEqualTo(await(canceller));
    assertThat(outcomes.get(2)).isEqualTo(new Outcome.Failure<>(work.failed.get(0)));
    assertThat(outcomes.get(3)).isEqualTo(new Outcome.Success<>("d"));
  }

  @AsyncTest(schedules = 200)
  void gather_throws_what_fails_first_and_lets_the_others_run_on() {
    var work = new Work();
    int[] ended = new int[1];
    Coroutine<Void> survives = async(() -> {
      turns(4);
      ended[0]++;
    });
    List<Task<Void>> tasks = List.of(
        createTask(work.failsAfter(2), "fails"),
        createTask(survives, "survives"),
        createTask(work.failsAfter(1), "also fails"));
    Throwable thrown = null;
    try {
      await(gather(tasks));
    } catch (IllegalStateException e) {
      thrown = e;
    }
    assertThat(thrown).isSameAs(work.failed.get(0));
    await(waitTasks(tasks));
    assertThat(work.failed).hasSize(2);
    assertThat(ended[0]).isEqualTo(1);
  }

  @AsyncTest(schedules = 300)
  void a_cancelled_gather_of_outcomes_cancels_what_is_not_done_and_ends_when_all_has_ended() {
    var work = new Work();
    List<Task<?>> tasks = List.of(
        createTask(work.forLong(), "long"),
        createTask(value("quick", 1), "quick"),
        createTask(work.forLong(), "also long"));
    Coroutine<Void> gathers = async(() -> {
      try {
        await(gatherOutcomes(tasks));
      } finally {
        assertThat(tasks).allMatch(Task::isDone);
      }
    });
    Task<Void> gathering = createTask(gathers, "gathers");
    Coroutine<Void> cancels = async(() -> {
      turns(2);
      gathering.cancel();
    });
    await(createTask(cancels, "canceller"));
    assertThat(outcome(gathering)).isInstanceOf(Outcome.Cancelled.class);
    tasks.forEach(task -> task.cancel()); // only if the one that gathers had not begun
    await(waitTasks(tasks));
    work.assertCutShort();
  }

  // ---- waiting for some

  @ParameterizedTest
  @EnumSource(ReturnWhen.class)
  @AsyncTest(schedules = 150)
  void who_waits_for_tasks_goes_on_when_enough_are_done_and_has_cancelled_none(
      ReturnWhen returnWhen) {
    var work = new Work();
    List<Task<?>> tasks = List.of(
        createTask(value("a", 3), "a"),
        createTask(work.failsAfter(2), "fails"),
        createTask(value("b", 1), "b"),
        createTask(value("c", 4), "c"));
    Waited<Task<?>> waited = await(waitTasks(tasks, returnWhen));
    assertThat(waited.done()).allMatch(Task::isDone);
    assertThat(waited.pending()).noneMatch(Task::isDone);
    assertThat(waited.done()).hasSize(4 - waited.pending().size());
    switch (returnWhen) {
      case ALL_COMPLETED -> assertThat(waited.pending()).isEmpty();
      case FIRST_COMPLETED -> assertThat(waited.done()).isNotEmpty();
      case FIRST_EXCEPTION -> assertThat(waited.done()).contains(tasks.get(1));
    }
    if (!waited.pending().isEmpty()) {
      await(waitTasks(waited.pending()));
    }
    assertThat(tasks).noneMatch(Task::isCancelled);
    await(gatherOutcomes(tasks));
  }

  @AsyncTest(schedules = 200)
  void who_waits_for_tasks_for_some_time_is_told_truly_which_are_done_then() {
    Duration limit = Duration.ofSeconds(1);
    var work = new Work();
    List<Task<?>> tasks = new ArrayList<>();
    tasks.add(createTask(value("in time", 2), "in time"));
    for (int i = 0; i < 3; i++) {
      int turns = i;
      Coroutine<Void> ends = async(() -> {
        await(sleep(limit));
        turns(turns);
      });
      tasks.add(createTask(ends, "ends after " + i + " turns"));
    }
    tasks.add(createTask(work.forLong(), "late"));
    Waited<Task<?>> waited = await(waitTasks(tasks, ReturnWhen.ALL_COMPLETED, limit));
    assertThat(EventLoop.current().time()).isEqualTo(limit);
    assertThat(waited.done()).allMatch(Task::isDone).contains(tasks.get(0));
    assertThat(waited.pending()).noneMatch(Task::isDone).contains(tasks.get(4));
    assertThat(waited.done()).hasSize(5 - waited.pending().size());
    tasks.get(4).cancel();
    await(waitTasks(tasks));
    assertThat(work.cleanedUp).isEqualTo(1);
  }

  @Test
  void each_result_is_given_once_in_the_order_of_completion_although_one_who_waits_is_cancelled() {
    Set<String> moments = inAnyOrder(300, () -> {
      var last = new AsyncEvent();
      List<String> completed = new ArrayList<>();
      List<String> given = new ArrayList<>();
      List<Task<String>> tasks = new ArrayList<>();
      for (String name : List.of("a", "b", "last")) {
        Coroutine<String> work = async(() -> {
          if (name.equals("last")) {
            await(last.waitUntilSet());
          }
          completed.add(name);
          return name;
        });
        tasks.add(createTask(work, name));
      }
      Iterator<Coroutine<String>> results = asCompleted(tasks).iterator();
      var victim = new Victim();
      victim.start(() -> {
        given.add(await(results.next()));
        victim.is("going on");
        turn();
      });
      List<Task<Void>> takers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        Coroutine<Void> takes = async(() -> {
          given.add(await(results.next()));
        });
        takers.add(createTask(takes, "taker " + i));
      }
      Coroutine<Void> cancels = async(() -> {
        turn();
        victim.cancel();
      });
      await(createTask(cancels, "canceller"));
      await(untilIdle());
      assertThat(given).isEqualTo(completed).hasSize(2);
      last.set();
      await(gather(tasks));
      if (results.hasNext()) { // the one that the victim has not asked for
        given.add(await(results.next()));
      }
      await(gather(takers));
      await(gatherOutcomes(List.of(victim.task())));
      boolean asked = victim.moment().equals("waiting") || victim.moment().equals("woken");
      assertThat(given).isEqualTo(completed.subList(0, asked ? 2 : 3));
      return victim.moment();
    });
    assertThat(moments).containsExactly("done", "going on", "not started", "waiting", "woken");
  }

  // ---- shield

  @Test
  void shielded_work_runs_to_its_end_whenever_one_who_waits_for_it_is_cancelled() {
    Set<String> moments = inAnyOrder(300, () -> {
      Task<String> shielded = createTask(value("value", 3), "shielded");
      List<String> received = new ArrayList<>();
      var victim = new Victim();
      victim.start(() -> {
        received.add(await(shield(shielded)));
        victim.is("going on");
        turn();
      });
      Coroutine<Void> other = async(() -> {
        received.add(await(shield(shielded)));
      });
      Coroutine<Void> cancels = async(() -> {
        turns(3);
        victim.cancel();
      });
      await(gather(createTask(other, "other"), createTask(cancels, "canceller")));
      assertThat(await(shielded)).isEqualTo("value");
      boolean succeeded = isSuccess(victim.task());
      assertThat(succeeded).isEqualTo(victim.moment().equals("done"));
      boolean got = succeeded || victim.moment().equals("going on");
      assertThat(received).hasSize(got ? 2 : 1).containsOnly("value");
      return victim.moment();
    });
    assertThat(moments).containsExactly("done", "going on", "not started", "waiting", "woken");
  }

  // ---- what has an order of its own

  @AsyncTest(schedules = 300)
  void callbacks_are_called_in_the_order_in_which_they_were_asked_for() {
    var future = new AsyncFuture<String>();
    List<String> called = new ArrayList<>();
    List<String> asked = new ArrayList<>();
    List<Task<Void>> tasks = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      Coroutine<Void> asks = async(() -> {
        for (int i = 0; i < 2; i++) {
          String callback = name + i;
          asked.add(callback);
          future.addDoneCallback(done -> called.add(callback));
          turn();
        }
      });
      tasks.add(createTask(asks, name));
    }
    await(gather(tasks));
    Coroutine<Void> asksLater = async(() -> {
      turn();
      asked.add("d");
      future.addDoneCallback(done -> called.add("d"));
    });
    Task<Void> later = createTask(asksLater, "d");
    Coroutine<Boolean> completes = async(() -> {
      turn();
      return future.complete("value");
    });
    await(gather(later, createTask(completes, "completes")));
    await(untilIdle());
    assertThat(called).isEqualTo(asked).hasSize(7);
  }

  @AsyncTest(schedules = 300)
  void timers_of_one_time_fire_in_the_order_in_which_they_were_set() {
    EventLoop loop = EventLoop.current();
    List<String> fired = new ArrayList<>();
    List<String> set = new ArrayList<>();
    List<Task<Void>> tasks = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      Coroutine<Void> sets = async(() -> {
        for (int i = 2; i > 0; i--) {
          String timer = i + name;
          set.add(timer);
          var unused = loop.schedule(Duration.ofSeconds(i), () -> fired.add(timer));
          turn();
        }
      });
      tasks.add(createTask(sets, name));
    }
    await(gather(tasks));
    await(sleep(LONG));
    var firstThoseOfOneSecond = new ArrayList<String>(set);
    firstThoseOfOneSecond.sort(Comparator.comparing(timer -> timer.charAt(0)));
    assertThat(fired).isEqualTo(firstThoseOfOneSecond).hasSize(6);
  }

  @AsyncTest(schedules = 300)
  void an_eager_task_takes_its_place_before_its_creator_goes_on() {
    AsyncLock lock = new AsyncLock();
    List<String> created = new ArrayList<>();
    List<String> given = new ArrayList<>();
    List<Task<Void>> creators = new ArrayList<>();
    for (String name : List.of("a", "b")) {
      Coroutine<Void> creates = async(() -> {
        TaskGroup group = taskGroup();
        await(group.run(() -> {
          for (int i = 0; i < 3; i++) {
            String child = name + i;
            created.add(child);
            Coroutine<Void> uses = lock.run(() -> {
              given.add(child);
              turn();
            });
            group.createTask(uses, TaskOptions.named(child).withEagerStart());
            turn();
          }
        }));
      });
      creators.add(createTask(creates, name));
    }
    await(gather(creators));
    assertThat(given).isEqualTo(created).hasSize(6);
  }
}
