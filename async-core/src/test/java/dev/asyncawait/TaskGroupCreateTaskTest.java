package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.COMPLETABLE_FUTURE;

import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** The createTask of a task group: when it takes a task, what it does with an eager one, and what it refuses. */
class TaskGroupCreateTaskTest extends TaskGroupFixture {

  @Test
  void names_the_task() {
    scenario(
        ZERO,
        () -> await(group.run(() -> {
          assertThat(group.createTask(job("a", ZERO), "fetch").getName()).isEqualTo("fetch");
          assertThat(group.createTask(job("b", ZERO)).getName()).startsWith("Task-");
        })));
  }

  @Test
  void is_open_to_tasks_while_the_group_waits() { // T48
    scenario(
        ofMinutes(3),
        () -> await(group.run(() -> {
          group.createTask(async(() -> {
            await(sleep(ofMinutes(1)));
            group.createTask(async(() -> {
              await(sleep(ofMinutes(1)));
              group.createTask(job("grandchild", ofMinutes(1)));
            }));
          }));
          trace.add("body ended");
        })));
    assertThat(trace).containsExactly("body ended", "grandchild done");
  }

  @Test
  void is_open_to_callbacks_and_other_tasks_of_the_loop() {
    scenario(ofMinutes(3), () -> {
      createTask(async(() -> {
        await(sleep(ofMinutes(1)));
        group.createTask(job("other", ofMinutes(1)));
      }));
      await(group.run(() -> {
        EventLoop.current()
            .schedule(ofMinutes(1), () -> group.createTask(job("callback", ofMinutes(1))));
        await(sleep(ofMinutes(3)));
      }));
    });
    assertThat(trace).containsExactlyInAnyOrder("callback done", "other done");
  }

  @Test
  void is_refused_before_entry_and_drops_the_coroutine() {
    Coroutine<String> coroutine = job("a", ZERO);
    assertThatThrownBy(() -> group.createTask(coroutine))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("TaskGroup[not entered] accepts no tasks yet; create them in the body that is "
            + "given to run()");
    assertThat(coroutine.toString()).endsWith(", dropped]");
  }

  @Test
  void is_refused_after_the_end_and_drops_the_coroutine() {
    Coroutine<String> coroutine = job("a", ZERO);
    scenario(ZERO, () -> {
      currentTask().setName("main");
      await(group.run(() -> {}));
      assertThatThrownBy(() -> group.createTask(coroutine, "name"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "TaskGroup[in main, closed] accepts no more tasks; create them before its body "
                  + "and its last task have ended");
    });
    assertThat(coroutine.toString()).endsWith(", dropped]");
  }

  @Test
  void is_refused_between_the_end_of_the_last_task_and_the_end_of_the_block() {
    Coroutine<String> late = job("late", ZERO);
    scenario(ZERO, () -> {
      currentTask().setName("main");
      await(group.run(() -> {
        Task<?> last = group.createTask(sleep(ZERO));
        // Called after the group has been told.
        last.addDoneCallback(done -> assertThatThrownBy(() -> group.createTask(late))
            .hasMessageStartingWith("TaskGroup[in main, 0 tasks, closing] accepts no more tasks"));
      }));
    });
    assertThat(late.toString()).endsWith(", dropped]");
  }

  @Test
  void is_refused_while_aborting_and_drops_the_coroutine() {
    Coroutine<String> coroutine = job("a", ZERO);
    var failure = broken("broken");
    scenario(ofMinutes(1), () -> {
      currentTask().setName("main");
      assertThatThrownBy(() -> await(group.run(() -> {
            group.createTask(failing(ofMinutes(1), failure));
            try {
              await(sleep(ofHours(1)));
            } finally {
              assertThatThrownBy(() -> group.createTask(coroutine))
                  .isInstanceOf(IllegalStateException.class)
                  .hasMessage("TaskGroup[in main, 0 tasks, 1 failure, cancelling] accepts no more "
                      + "tasks; what cleanup needs can have a group of its own");
            }
          })))
          .isSameAs(failure);
    });
    assertThat(coroutine.toString()).endsWith(", dropped]");
  }

  @Test
  void is_refused_on_a_foreign_thread_and_drops_the_coroutine() {
    Coroutine<String> coroutine = job("a", ZERO);
    scenario(
        ZERO,
        () -> await(group.run(() -> {
          currentTask().setName("main");
          group.createTask(sleep(ZERO));
          await(
              Async.toThread(
                  () -> assertThatThrownBy(() -> group.createTask(coroutine))
                      .isInstanceOf(IllegalStateException.class)
                      .hasMessageMatching(
                          "createTask\\(\\) on TaskGroup\\[in main, \\d tasks?, open] must be called "
                              + "on its own loop; use EventLoop.submit or EventLoop.execute to get there")));
        })));
    assertThat(coroutine.toString()).endsWith(", dropped]");
  }

  @Test
  void refuses_a_coroutine_that_has_begun() {
    scenario(
        ZERO,
        () -> await(group.run(() -> {
          Coroutine<?> used = sleep(ZERO);
          await(used);
          assertThatThrownBy(() -> group.createTask(used))
              .isInstanceOf(IllegalStateException.class)
              .hasMessageContaining("was already awaited");
        })));
  }

  @Test
  void with_options_gives_the_task_its_name_and_context() {
    var variable = new ContextVar<String>("variable");
    scenario(ZERO, () -> {
      TaskContext context = TaskContext.copy();
      await(group.run(() -> {
        Coroutine<?> setting = async(() -> variable.set("set"));
        assertThat(group
                .createTask(setting, TaskOptions.named("fetch").withContext(context))
                .getName())
            .isEqualTo("fetch");
      }));
      assertThat(context.get(variable)).isEqualTo("set");
    });
  }

  @Test
  void of_an_eager_task_that_ends_at_once_counts_it_until_the_next_turn() {
    scenario(
        ZERO,
        () -> await(group.run(() -> {
          currentTask().setName("main");
          Task<String> eager = group.createTask(async(() -> "value"), TaskOptions.eager());
          assertThat(eager.isDone()).isTrue();
          assertThat(group).hasToString("TaskGroup[in main, 1 task, open]");
          await(sleep(ZERO));
          assertThat(group).hasToString("TaskGroup[in main, 0 tasks, open]");
        })));
  }

  @Test
  void of_an_eager_task_that_fails_at_once_does_not_cancel_its_creator_early() { // C13.10
    var failure = broken("at once");
    var sibling = new ArrayList<Task<?>>();
    scenario(
        ZERO,
        () -> assertThatThrownBy(() -> await(group.run(() -> {
              Task<?> eager = group.createTask(
                  async(() -> {
                    throw failure;
                  }),
                  TaskOptions.eager());
              assertThat(eager.isCompletedExceptionally()).isTrue();
              assertThat(currentTask().cancelling()).isZero();
              sibling.add(group.createTask(job("sibling", ofHours(1))));
              trace.add("went on");
              await(sleep(ofHours(1)));
            })))
            .isSameAs(failure));
    assertThat(trace).containsExactly("went on");
    assertThat(sibling).singleElement().asInstanceOf(COMPLETABLE_FUTURE).isCancelled();
  }

  @Test
  void of_an_eager_task_that_stops_its_group_cancels_that_task_too() {
    scenario(
        ZERO,
        () -> await(group.run(() -> {
          group.createTask(
              async(() -> {
                group.cancel();
                await(job("eager", ofHours(1)));
              }),
              TaskOptions.eager());
          await(sleep(ofHours(1)));
        })));
    assertThat(trace).containsExactly("eager cancelled");
  }

  @Test
  void of_null_is_refused_in_every_state() {
    assertThatThrownBy(() -> group.createTask(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("coroutine must not be null");
    assertThatThrownBy(() -> group.createTask(sleep(ZERO), (String) null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("name must not be null");
  }
}
