package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A task group that is cancelled from outside: its tasks are cancelled and awaited, and the request is not lost. */
class TaskGroupCancellationTest extends TaskGroupFixture {

  private final IllegalStateException failure = broken("cleanup broke");

  @Test
  void in_its_body_it_cancels_and_awaits_its_tasks() {
    scenario(ofMinutes(1), () -> {
      Task<?> task = createTask(group.run(() -> {
        group.createTask(job("a", ofHours(1)));
        await(sleep(ofHours(2)));
      }));
      await(sleep(ofMinutes(1)));
      task.cancel("why");
      assertThatThrownBy(() -> await(task))
          .isInstanceOf(CancellationException.class)
          .hasMessage("why");
      assertThat(task.cancelling()).isEqualTo(1);
      assertThat(group.failures()).isEmpty();
    });
    assertThat(trace).containsExactly("a cancelled");
  }

  @Test
  void while_it_waits_it_cancels_and_awaits_its_tasks() {
    scenario(ofMinutes(1), () -> {
      Task<?> task = createTask(group.run(() -> {
        group.createTask(job("a", ofHours(1)));
      }));
      await(sleep(ofMinutes(1)));
      task.cancel("why");
      assertThatThrownBy(() -> await(task)).hasMessage("why");
      assertThat(task).isCancelled();
    });
    assertThat(trace).containsExactly("a cancelled");
  }

  @Test
  void before_its_task_has_begun_it_is_never_entered() {
    scenario(ZERO, () -> {
      Task<?> task = createTask(group.run(() -> trace.add("body")));
      task.cancel();
      assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
      assertThat(group).hasToString("TaskGroup[not entered]");
    });
    assertThat(trace).isEmpty();
  }

  @Test
  void after_its_end_it_is_not_touched() {
    scenario(ZERO, () -> {
      Task<?> task = createTask(group.run(() -> {}));
      await(task);
      assertThat(task.cancel()).isFalse();
    });
  }

  @Test
  void again_and_again_it_still_waits_for_its_tasks() {
    scenario(ofHours(2), () -> {
      Task<?> task = createTask(group.run(() -> {
        group.createTask(async(() -> {
          try {
            await(sleep(ofHours(1)));
          } finally {
            await(sleep(ofHours(2)));
            trace.add("cleaned up");
          }
        }));
      }));
      for (int i = 0; i < 3; i++) {
        await(sleep(ZERO));
        await(sleep(ZERO));
        task.cancel("request " + i);
      }
      assertThatThrownBy(() -> await(task)).hasMessage("request 0");
      assertThat(task.cancelling()).isEqualTo(3);
    });
    assertThat(trace).containsExactly("cleaned up");
  }

  @Test
  void it_throws_a_failure_first_and_the_cancellation_at_the_next_await() { // C13.7e
    scenario(ofMinutes(1), () -> {
      Task<?> task = createTask(async(() -> {
        assertThatThrownBy(() -> await(group.run(() -> {
              group.createTask(failingCleanup(failure));
              await(sleep(ofHours(1)));
            })))
            .isSameAs(failure);
        assertThat(currentTask().cancelling()).isEqualTo(1);
        await(AsyncFuture.completedFuture("no suspension"));
        assertThatThrownBy(() -> await(sleep(ofHours(1))))
            .isInstanceOf(CancellationException.class)
            .hasMessage("why");
        await(sleep(ZERO)); // once is enough
      }));
      await(sleep(ofMinutes(1)));
      task.cancel("why");
      await(task);
      assertThat(task.cancelling()).isEqualTo(1);
    });
  }

  @Test
  void as_well_as_by_a_failure_both_come_out() {
    for (int turnsLater = 0; turnsLater < 3; turnsLater++) {
      int turns = turnsLater;
      TaskGroup both = taskGroup();
      runner.run(async(() -> {
        Task<?> task = createTask(async(() -> {
          assertThatThrownBy(() -> await(both.run(() -> {
                both.createTask(failing(ofMinutes(1), failure));
                await(sleep(ofHours(1)));
              })))
              .isSameAs(failure);
          assertThat(currentTask().cancelling()).isEqualTo(1);
          await(sleep(ofHours(1)));
        }));
        await(sleep(ZERO));
        await(sleep(ZERO));
        later(ofMinutes(1), turns, () -> task.cancel("why"));
        assertThatThrownBy(() -> await(task))
            .isInstanceOf(CancellationException.class)
            .hasMessage("why");
        assertThat(task.cancelling()).isEqualTo(1);
      }));
    }
  }

  private void later(Duration delay, int turns, Runnable action) {
    EventLoop loop = EventLoop.current();
    Runnable step = action;
    for (int i = 0; i < turns; i++) {
      Runnable next = step;
      step = () -> loop.execute(next);
    }
    loop.schedule(delay, step);
  }

  @Test
  void by_a_foreign_cancellation_in_the_body_only_it_passes_that_on() {
    var foreign = new AsyncFuture<String>();
    foreign.cancel("not ours");
    scenario(
        ZERO,
        () -> assertThatThrownBy(() -> await(group.run(() -> {
              group.createTask(job("a", ofHours(1)));
              await(sleep(ZERO));
              await(foreign);
            })))
            .isInstanceOf(CancellationException.class)
            .hasMessage("not ours"));
    assertThat(trace).containsExactly("a cancelled");
  }

  @Test
  void in_one_task_it_lets_the_others_go_on() {
    scenario(ofHours(1), () -> {
      await(group.run(() -> {
        Task<?> one = group.createTask(job("a", ofHours(2)));
        group.createTask(job("b", ofHours(1)));
        await(sleep(ofMinutes(1)));
        one.cancel();
      }));
      assertThat(group.failures()).isEmpty();
    });
    assertThat(trace).containsExactly("a cancelled", "b done");
  }

  @Test
  void with_a_request_that_it_had_before_it_goes_on_as_ever() {
    scenario(ofMinutes(1), () -> {
      Task<?> task = createTask(async(() -> {
        try {
          await(sleep(ofHours(1)));
        } finally {
          await(group.run(() -> {
            group.createTask(job("a", ofMinutes(1)));
          }));
          assertThat(currentTask().cancelling()).isEqualTo(1);
        }
      }));
      await(sleep(ZERO));
      task.cancel("why");
      assertThatThrownBy(() -> await(task)).hasMessage("why");
    });
    assertThat(trace).containsExactly("a done");
  }

  /** That it comes back although it was delivered before is a peculiarity of asyncio's. */
  @Test
  void before_it_began_the_cancellation_comes_back_after_a_failure() {
    scenario(ofMinutes(1), () -> {
      Task<?> task = createTask(async(() -> {
        try {
          await(sleep(ofHours(1)));
        } finally {
          assertThatThrownBy(() -> await(group.run(() -> {
                group.createTask(failing(ofMinutes(1), failure));
              })))
              .isSameAs(failure);
          assertThat(currentTask().cancelling()).isEqualTo(1);
          assertThatThrownBy(() -> await(sleep(ofHours(1))))
              .isInstanceOf(CancellationException.class)
              .hasMessage("why");
        }
      }));
      await(sleep(ZERO));
      task.cancel("why");
      assertThatThrownBy(() -> await(task)).hasMessage("why");
    });
  }

  @Test
  void when_the_loop_closes_it_ends() {
    runner.run(async(() -> {
      createTask(group.run(() -> {
        group.createTask(job("a", ofHours(1)));
      }));
      await(sleep(ZERO));
      await(sleep(ZERO));
    }));
    runner.close();
    assertThat(trace).containsExactly("a cancelled");
    assertThat(group.toString()).endsWith(", closed]");
  }

  @Test
  void an_abandoned_loop_does_not_wait_for_the_tasks() throws Exception {
    var failures = new ArrayList<Throwable>();
    var unwound = new CountDownLatch(1);
    Runner bounded = Runner.builder()
        .closingGrace(Duration.ofMillis(20))
        .closingLimit(Duration.ofMillis(60))
        .build();
    try (var log = new CapturedLog()) {
      assertThatThrownBy(() -> {
            try (bounded) {
              bounded.run(async(() -> {
                createTask(async(() -> {
                  try {
                    await(group.run(() -> {
                      group.createTask(stubborn());
                      try {
                        await(stubborn());
                      } catch (LoopClosedError closed) {
                        failures.add(closed);
                        throw closed;
                      }
                    }));
                  } catch (Throwable failure) {
                    failures.add(failure);
                    throw failure;
                  } finally {
                    unwound.countDown();
                  }
                }));
                await(sleep(ZERO));
                await(sleep(ZERO));
              }));
            }
          })
          .isInstanceOf(AbandonedTasksException.class);
      assertThat(log.errors()).isNotEmpty();
    }
    assertThat(unwound.await(300, TimeUnit.SECONDS)).isTrue();
    assertThat(failures)
        .hasSize(2)
        .allSatisfy(failure -> assertThat(failure).isSameAs(failures.get(0)));
    assertThat(group.failures()).isEmpty();
  }
}
