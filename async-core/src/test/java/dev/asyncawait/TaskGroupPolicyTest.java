package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Task groups with a completion policy. */
class TaskGroupPolicyTest extends TaskGroupFixture {

  // ---- failures that concern nobody else

  @Test
  void isolated_tasks_go_on_when_one_fails_and_the_failure_is_told_once() {
    var failure = broken("a");
    var reports = new ArrayList<ExceptionContext>();
    TestClock.run(Runner.builder().exceptionHandler(reports::add), async(() -> {
      TaskGroup isolated = taskGroup(CompletionPolicy.isolated());
      String value = await(isolated.run(() -> {
        isolated.createTask(failing(ofMinutes(1), failure));
        isolated.createTask(job("b", ofHours(1)));
        return "value";
      }));
      assertThat(value).isEqualTo("value");
      assertThat(EventLoop.current().time()).isEqualTo(ofHours(1));
      assertThat(isolated.failures()).containsExactly(failure);
    }));
    assertThat(trace).containsExactly("b done");
    assertThat(reports).extracting(ExceptionContext::exception).containsExactly(failure);
  }

  @Test
  void the_outcomes_of_isolated_tasks_can_be_asked_for() {
    var failure = broken("a");
    CleanRun.of(() -> {
      TaskGroup isolated = taskGroup(CompletionPolicy.isolated());
      var tasks = new ArrayList<Task<String>>();
      await(isolated.run(() -> {
        tasks.add(isolated.createTask(failing(ofMinutes(1), failure)));
        tasks.add(isolated.createTask(job("b", ofHours(1))));
      }));
      assertThat(await(gatherOutcomes(tasks)))
          .containsExactly(new Outcome.Failure<>(failure), new Outcome.Success<>("b"));
    });
  }

  @Test
  void the_body_of_isolated_tasks_fails_as_that_of_every_group() {
    CleanRun.of(() -> {
      var failure = broken("body");
      TaskGroup isolated = taskGroup(CompletionPolicy.isolated());
      assertThatThrownBy(() -> await(isolated.run(() -> {
            isolated.createTask(job("a", ofHours(1)));
            await(sleep(ZERO));
            throw failure;
          })))
          .isSameAs(failure);
    });
    assertThat(trace).containsExactly("a cancelled");
  }

  // ---- successes

  @Test
  void the_first_success_ends_the_group_and_cancels_the_rest() {
    CleanRun.of(() -> {
      TaskGroup first = taskGroup(CompletionPolicy.firstSuccess());
      var tasks = new ArrayList<Task<String>>();
      await(first.run(() -> {
        tasks.add(first.createTask(failing(ofMinutes(1), broken("a"))));
        tasks.add(first.createTask(job("b", ofMinutes(2))));
        tasks.add(first.createTask(job("c", ofMinutes(3))));
      }));
      assertThat(EventLoop.current().time()).isEqualTo(ofMinutes(2));
      assertThat(tasks.get(1)).isCompletedWithValue("b");
    });
    assertThat(trace).containsExactly("b done", "c cancelled");
  }

  @Test
  void enough_ends_the_body_as_well_and_the_block_gives_null() {
    CleanRun.of(() -> {
      TaskGroup two = taskGroup(CompletionPolicy.successes(2));
      String value = await(two.run(() -> {
        two.createTask(job("a", ofMinutes(1)));
        two.createTask(job("b", ofMinutes(2)));
        try {
          return await(job("body", ofHours(1)));
        } finally {
          assertThat(currentTask().cancelling()).isEqualTo(1);
        }
      }));
      assertThat(value).isNull();
      assertThat(EventLoop.current().time()).isEqualTo(ofMinutes(2));
    });
    assertThat(trace).containsExactly("a done", "b done", "body cancelled");
  }

  @Test
  void too_few_successes_fail_with_the_first_failure_and_the_others_in_it() {
    CleanRun.of(() -> {
      var early = broken("early");
      var late = broken("late");
      TaskGroup two = taskGroup(CompletionPolicy.successes(2));
      assertThatThrownBy(() -> await(two.run(() -> {
            two.createTask(failing(ofMinutes(2), late));
            two.createTask(failing(ofMinutes(1), early));
            two.createTask(job("a", ofMinutes(3)));
          })))
          .isSameAs(early)
          .hasSuppressedException(late);
    });
    assertThat(trace).containsExactly("a done");
  }

  @Test
  void too_few_tasks_fail_with_what_was_missing() {
    CleanRun.of(() -> {
      TaskGroup two = taskGroup(CompletionPolicy.successes(2));
      assertThatThrownBy(() -> await(two.run(() -> {
            two.createTask(job("a", ofMinutes(3)));
            two.createTask(job("b", ofHours(3))).cancel();
          })))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("2 tasks of the group were to succeed, but only 1 did");
    });
  }

  @Test
  void a_policy_that_counts_is_good_for_one_group() {
    CleanRun.of(() -> {
      CompletionPolicy first = CompletionPolicy.firstSuccess();
      TaskGroup one = taskGroup(first);
      await(one.run(() -> {
        one.createTask(job("a", ZERO));
      }));
      AsyncAction never = () -> trace.add("never");
      assertThatThrownBy(() -> await(taskGroup(first).run(never)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("CompletionPolicy.successes(1) has counted the tasks of another group;"
              + " make a new one for each");
    });
    assertThat(trace).containsExactly("a done");
  }

  @Test
  void a_cancelled_group_asks_for_nothing() {
    CleanRun.of(() -> {
      TaskGroup first = taskGroup(CompletionPolicy.firstSuccess());
      assertThat(await(first.run(() -> {
            first.createTask(job("a", ofHours(1)));
            await(sleep(ZERO));
            first.cancel();
            return "value";
          })))
          .isEqualTo("value");
    });
    assertThat(trace).containsExactly("a cancelled");
  }

  @Test
  void tasks_in_the_background_do_not_count() {
    CleanRun.of(() -> {
      TaskGroup first = taskGroup(CompletionPolicy.firstSuccess());
      await(first.run(() -> {
        first.createBackground(job("background", ZERO));
        first.createTask(job("a", ofMinutes(1)));
      }));
    });
    assertThat(trace).containsExactly("background done", "a done");
  }

  // ---- policies of one's own

  @Test
  void a_policy_hears_of_each_end_and_of_the_groups() {
    var heard = new ArrayList<String>();
    var policy = new CompletionPolicy() {
      @Override
      public boolean taskEnded(Task<?> task) {
        heard.add(task.getName()
            + (task.isCancelled()
                ? " cancelled"
                : task.isCompletedExceptionally() ? " failed" : ""));
        assertThatThrownBy(() -> await(sleep(ZERO))).isInstanceOf(IllegalStateException.class);
        return false;
      }

      @Override
      public void groupEnded() throws Exception {
        throw new Exception("not content");
      }
    };
    CleanRun.of(() -> {
      TaskGroup asks = taskGroup(policy);
      assertThatThrownBy(() -> await(asks.run(() -> {
            asks.createTask(job("a", ofMinutes(1)), "a");
            asks.createTask(failing(ofMinutes(2), broken("b")), "b");
            asks.createTask(job("c", ofMinutes(3)), "c").cancel();
          })))
          .hasMessage("not content");
    });
    assertThat(heard).containsExactly("c cancelled", "a", "b failed");
  }

  @Test
  void a_policy_that_throws_fails_the_group_and_is_not_asked_again() {
    var failure = new Exception("cannot tell");
    var asked = new ArrayList<Task<?>>();
    CleanRun.of(() -> {
      TaskGroup group = taskGroup(task -> {
        asked.add(task);
        throw failure;
      });
      assertThatThrownBy(() -> await(group.run(() -> {
            group.createTask(job("a", ofMinutes(1)));
            group.createTask(job("b", ofHours(1)));
            await(sleep(ofHours(2)));
          })))
          .isSameAs(failure);
      assertThat(group.failures()).containsExactly(failure);
    });
    assertThat(asked).hasSize(1);
    assertThat(trace).containsExactly("a done", "b cancelled");
  }

  @Test
  void a_policy_can_do_what_a_group_without_one_does() {
    CleanRun.of(() -> {
      TaskGroup strict = taskGroup(task -> {
        if (task.isCompletedExceptionally() && !task.isCancelled()) {
          throw (Exception) task.exceptionNow();
        }
        return false;
      });
      var failure = broken("a");
      assertThatThrownBy(() -> await(strict.run(() -> {
            strict.createTask(failing(ofMinutes(1), failure));
            strict.createTask(job("b", ofHours(1)));
          })))
          .isSameAs(failure);
    });
    assertThat(trace).containsExactly("b cancelled");
  }

  @Test
  void a_policy_sees_the_context_in_which_the_block_was_entered() {
    var user = new ContextVar<String>("user");
    var seen = new ArrayList<String>();
    CleanRun.of(() -> {
      TaskGroup group = taskGroup(task -> {
        seen.add(user.orElse("nobody"));
        return false;
      });
      Task<Void> block = createTask(async(() -> {
        user.set("Ann");
        await(group.run(() -> {
          group.createTask(job("a", ofMinutes(1)));
        }));
      }));
      await(block);
    });
    assertThat(seen).containsExactly("Ann");
  }

  @Test
  void somebody_elses_cancellation_counts_more_than_what_the_policy_wants() {
    CleanRun.of(() -> {
      Task<Void> block = createTask(async(() -> {
        TaskGroup first = taskGroup(CompletionPolicy.firstSuccess());
        await(first.run(() -> {
          first.createTask(job("a", ofHours(1)));
        }));
      }));
      await(sleep(ofMinutes(1)));
      block.cancel("enough");
      assertThatThrownBy(() -> await(block))
          .isInstanceOf(CancellationException.class)
          .hasMessage("enough");
    });
  }

  @Test
  void a_policy_that_cancels_its_group_and_decides_leaves_no_request() {
    CleanRun.of(() -> {
      for (boolean fails : new boolean[] {false, true}) {
        var own = new AtomicReference<TaskGroup>();
        var failure = new Exception("of the policy");
        TaskGroup group = taskGroup(task -> {
          own.get().cancel();
          if (fails) {
            throw failure;
          }
          return true;
        });
        own.set(group);
        Coroutine<Void> block = group.run(() -> {
          group.createTask(job("a", ofMinutes(1)));
          await(sleep(ofHours(1)));
        });
        if (fails) {
          assertThatThrownBy(() -> await(block)).isSameAs(failure);
        } else {
          assertThat(await(block)).isNull();
        }
        assertThat(currentTask().cancelling()).isZero();
      }
    });
  }

  @Test
  void a_policy_may_pass_on_to_another() {
    CleanRun.of(() -> {
      CompletionPolicy first = CompletionPolicy.firstSuccess();
      var policy = new CompletionPolicy() {
        @Override
        public boolean taskEnded(Task<?> task) throws Exception {
          return first.taskEnded(task);
        }

        @Override
        public void groupEnded() throws Exception {
          first.groupEnded();
        }
      };
      var failure = broken("a");
      TaskGroup group = taskGroup(policy);
      assertThatThrownBy(() -> await(group.run(() -> {
            group.createTask(failing(ofMinutes(1), failure));
          })))
          .isSameAs(failure);
    });
  }

  @Test
  void a_policy_may_begin_another_task_when_the_last_has_ended() {
    CleanRun.of(() -> {
      var own = new AtomicReference<TaskGroup>();
      TaskGroup restarts = taskGroup(task -> {
        if (task.isCompletedExceptionally()) {
          own.get().createTask(job("again", ofMinutes(1)));
        }
        return false;
      });
      own.set(restarts);
      await(restarts.run(() -> {
        restarts.createTask(failing(ofMinutes(1), broken("a")));
      }));
      assertThat(EventLoop.current().time()).isEqualTo(ofMinutes(2));
    });
    assertThat(trace).containsExactly("again done");
  }

  @Test
  void a_failure_that_was_counted_is_told_if_the_body_fails() {
    var counted = broken("counted");
    var failure = broken("body");
    var reports = new ArrayList<ExceptionContext>();
    TestClock.run(Runner.builder().exceptionHandler(reports::add), async(() -> {
      TaskGroup first = taskGroup(CompletionPolicy.firstSuccess());
      assertThatThrownBy(() -> await(first.run(() -> {
            first.createTask(failing(ofMinutes(1), counted));
            await(sleep(ofMinutes(2)));
            throw failure;
          })))
          .isSameAs(failure);
      assertThat(first.failures()).containsExactly(counted, failure);
    }));
    assertThat(reports).extracting(ExceptionContext::exception).containsExactly(counted);
  }

  @Test
  void bad_counts_are_refused() {
    assertThatThrownBy(() -> CompletionPolicy.successes(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("count must be at least 1, but was 0");
    assertThat(List.of(CompletionPolicy.successes(3), CompletionPolicy.firstSuccess()))
        .extracting(Object::toString)
        .containsExactly("CompletionPolicy.successes(3)", "CompletionPolicy.successes(1)");
  }
}
