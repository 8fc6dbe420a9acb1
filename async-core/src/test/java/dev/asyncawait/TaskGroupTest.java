package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.timeout;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The block of a task group: what it gives, when it ends, how many tasks it can have, and what it says of itself. */
class TaskGroupTest extends TaskGroupFixture {

  @Test
  void ends_when_all_its_tasks_have_and_gives_the_value_of_the_body() {
    scenario(ofHours(2), () -> {
      String value = await(group.run(() -> {
        group.createTask(job("a", ofHours(1)));
        group.createTask(job("b", ofHours(2)));
        trace.add("body");
        return "value";
      }));
      assertThat(value).isEqualTo("value");
      assertThat(group.failures()).isEmpty();
    });
    assertThat(trace).containsExactly("body", "a done", "b done");
  }

  @Test
  void of_an_action_gives_null() {
    scenario(ZERO, () -> assertThat(await(group.run(() -> {}))).isNull());
  }

  @Test
  void without_tasks_does_not_suspend() {
    scenario(ZERO, () -> {
      createTask(async(() -> trace.add("other")));
      await(group.run(() -> trace.add("body")));
      trace.add("after");
      await(sleep(ZERO));
    });
    assertThat(trace).containsExactly("body", "after", "other");
  }

  @Test
  void whose_tasks_are_done_before_the_body_ends_does_not_suspend() {
    scenario(ofMinutes(1), () -> {
      await(group.run(() -> {
        group.createTask(job("a", ZERO));
        await(sleep(ofMinutes(1)));
        createTask(async(() -> trace.add("other")));
      }));
      trace.add("after");
      await(sleep(ZERO));
    });
    assertThat(trace).containsExactly("a done", "after", "other");
  }

  @Test
  void can_be_a_task_of_its_own() {
    scenario(ofMinutes(1), () -> {
      Task<Integer> task = createTask(group.run(() -> {
        group.createTask(job("a", ofMinutes(1)));
        return 7;
      }));
      assertThat(await(task)).isEqualTo(7);
    });
  }

  @Test
  void is_entered_once() {
    scenario(ZERO, () -> {
      Coroutine<?> first = group.run(() -> {});
      Coroutine<?> second = group.run(() -> trace.add("second"));
      await(first);
      assertThatThrownBy(() -> await(first))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageEndingWith("was already awaited; call the method again for a new one");
      assertThatThrownBy(() -> await(second))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("TaskGroup[in Task-%s, closed] was entered before; make a new one with"
                  .formatted(numberOf(currentTask()))
              + " taskGroup() for each block");
    });
    assertThat(trace).isEmpty();
  }

  @Test
  void entered_within_itself_fails_and_harms_nothing() {
    scenario(
        ofMinutes(1),
        () -> await(group.run(() -> {
          group.createTask(job("a", ofMinutes(1)));
          assertThatThrownBy(() -> await(group.run(() -> {})))
              .hasMessageContaining("entered before");
        })));
    assertThat(trace).containsExactly("a done");
  }

  private String numberOf(Task<?> task) {
    return task.getName().substring("Task-".length());
  }

  @Test
  void waits_for_ten_thousand_tasks() {
    var sum = new int[1];
    scenario(
        ZERO,
        () -> await(group.run(() -> {
          for (int i = 0; i < 10_000; i++) {
            group.createTask(from(i, sum));
          }
        })));
    assertThat(sum[0]).isEqualTo(10_000 * 9_999 / 2);
  }

  /** Frames of the library's own, so that it takes no 10,000 threads on Java 17. */
  private Coroutine<?> from(int i, int[] sum) {
    return timeout(ofHours(1)).run(() -> {
      sum[0] += i;
    });
  }

  @Test
  void of_ten_thousand_sleepers_is_cancelled_by_the_failure_of_one() {
    var failure = broken("one of many");
    scenario(ofMinutes(1), () -> {
      assertThatThrownBy(() -> await(group.run(() -> {
            for (int i = 0; i < 10_000; i++) {
              group.createTask(sleep(ofHours(1)));
            }
            group.createTask(failing(ofMinutes(1), failure));
          })))
          .isSameAs(failure)
          .hasNoSuppressedExceptions();
      assertThat(group.failures()).containsExactly(failure);
    });
  }

  @Test
  void collects_ten_thousand_failures() {
    scenario(ZERO, () -> {
      Throwable thrown = catchThrowable(() -> await(group.run(() -> {
        for (int i = 0; i < 10_000; i++) {
          group.createTask(async(() -> {
            throw broken("one of many");
          }));
        }
      })));
      assertThat(group.failures()).hasSize(10_000).doesNotHaveDuplicates();
      assertThat(thrown).isSameAs(group.failures().get(0));
      assertThat(thrown.getSuppressed()).hasSize(9_999);
    });
  }

  @Nested
  class Text {

    @Test
    void tells_the_state() {
      var failure = broken("broken");
      scenario(ofMinutes(3), () -> {
        currentTask().setName("main");
        assertThat(group).hasToString("TaskGroup[not entered]");
        EventLoop loop = EventLoop.current();
        loop.schedule(ofMinutes(1), () -> trace.add(group.toString()));
        loop.schedule(ofMinutes(2), () -> {
          trace.add(group.toString());
          trace.add(Async.allTasks().iterator().next().toString());
        });
        assertThatThrownBy(() -> await(group.run(() -> {
              group.createTask(sleep(ofMinutes(2)));
              group.createTask(sleep(ofMinutes(4)));
              group.createTask(async(() -> {
                try {
                  await(failing(ofMinutes(3), failure));
                } finally {
                  // After the group has been told of the failure.
                  loop.execute(() -> loop.execute(() -> trace.add(group.toString())));
                }
              }));
              await(sleep(ofMinutes(1)));
            })))
            .isSameAs(failure);
        assertThat(group).hasToString("TaskGroup[in main, 1 failure, closed]");
      });
      assertThat(trace)
          .containsExactly(
              "TaskGroup[in main, 3 tasks, open]",
              "TaskGroup[in main, 3 tasks, closing]",
              "Task[name=main, suspended on TaskGroup[in main, 3 tasks, closing]]",
              "TaskGroup[in main, 1 task, 1 failure, cancelling]");
    }

    @Test
    void of_the_block_names_group_and_body() {
      Coroutine<?> block = group.run(() -> {});
      assertThat(block.toString())
          .startsWith("Coroutine[TaskGroup[not entered] around async body in "
              + getClass().getName())
          .endsWith(", not started]");
      block.drop();
    }
  }
}
