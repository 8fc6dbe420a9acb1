package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.timeout;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.InstanceOfAssertFactories.COMPLETABLE_FUTURE;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class TaskGroupTest extends LoopFixture {

  private final List<String> trace = new ArrayList<>();
  private final TaskGroup group = taskGroup();

  private Coroutine<String> job(String name, Duration length) {
    return async(() -> {
      try {
        await(sleep(length));
        trace.add(name + " done");
        return name;
      } catch (CancellationException e) {
        trace.add(name + " cancelled");
        throw e;
      }
    });
  }

  private Coroutine<String> failing(Duration after, Throwable failure) {
    return async(() -> {
      await(sleep(after));
      throw Async.sneaky(failure);
    });
  }

  /** Fails when it is cancelled. */
  private Coroutine<String> failingCleanup(Throwable failure) {
    return async(() -> {
      try {
        await(sleep(ofHours(9)));
        return "not cancelled";
      } catch (CancellationException e) {
        throw Async.sneaky(failure);
      }
    });
  }

  private static IllegalStateException broken(String message) {
    return new IllegalStateException(message);
  }

  private static void forgotten(Coroutine<?> coroutine) {
    coroutine.drop();
  }

  @Nested
  class Block {

    /** The body is a frame that suspends without a thread; what it answers then is no value of the block's. */
    @Test
    void a_group_that_is_stopped_while_its_body_is_suspended_gives_null() {
      Object value = TestClock.run(async(() -> {
        TaskGroup group = taskGroup();
        Task<Object> block = createTask(group.around(sleep(ofHours(1)).begin()));
        await(sleep(ZERO));
        group.cancel();
        return await(block);
      }));
      assertThat(value).isNull();
    }

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
  }

  @Nested
  class Failure {

    private final IllegalStateException first = broken("first");
    private final IllegalStateException second = broken("second");
    private final IllegalStateException third = broken("third");

    @Test
    void of_a_task_cancels_the_others_and_the_body_and_is_thrown_itself() {
      scenario(ofMinutes(1), () -> {
        assertThatThrownBy(() -> await(group.run(() -> {
              group.createTask(job("a", ofHours(1)));
              group.createTask(failing(ofMinutes(1), first), "b");
              try {
                await(sleep(ofHours(2)));
              } catch (CancellationException e) {
                trace.add(e.getMessage());
                throw e;
              }
            })))
            .isSameAs(first)
            .hasNoSuppressedExceptions();
        trace.add("out");
        await(sleep(ZERO));
      });
      assertThat(trace)
          .containsExactly(
              "a cancelled", "cancelled by the failure of task b in its task group", "out");
    }

    @Test
    void tells_the_others_why_they_are_cancelled() {
      var reasons = new ArrayList<@Nullable String>();
      scenario(ofMinutes(1), () -> {
        assertThatThrownBy(() -> await(group.run(() -> {
              group.createTask(failing(ofMinutes(1), first), "b");
              group.createTask(reasonOf(reasons));
            })))
            .isSameAs(first);
        TaskGroup failingBody = taskGroup();
        assertThatThrownBy(() -> await(failingBody.run(() -> {
              failingBody.createTask(reasonOf(reasons));
              await(sleep(ZERO));
              throw second;
            })))
            .isSameAs(second);
        for (String why : new String[] {"why", null}) {
          TaskGroup outside = taskGroup();
          Task<?> task = createTask(outside.run(() -> {
            outside.createTask(reasonOf(reasons));
          }));
          await(sleep(ZERO));
          await(sleep(ZERO));
          task.cancel(why);
          assertThatThrownBy(() -> await(task)).hasMessage(why);
        }
        TaskGroup stopped = taskGroup();
        await(stopped.run(() -> {
          stopped.createTask(reasonOf(reasons));
          await(sleep(ZERO));
          stopped.cancel();
        }));
      });
      assertThat(reasons)
          .containsExactly(
              "cancelled by the failure of task b in its task group",
              "cancelled by the failure of the body of its task group",
              "cancelled with its task group: why",
              "cancelled with its task group",
              "cancelled with its task group");
    }

    private Coroutine<?> reasonOf(List<@Nullable String> reasons) {
      return async(() -> {
        try {
          await(sleep(ofHours(1)));
        } catch (CancellationException e) {
          reasons.add(e.getMessage());
          throw e;
        }
      });
    }

    @Test
    void of_the_body_cancels_the_tasks_and_is_thrown() {
      scenario(ofMinutes(1), () -> {
        assertThatThrownBy(() -> await(group.run(() -> {
              group.createTask(job("a", ofHours(1)));
              await(sleep(ofMinutes(1)));
              throw first;
            })))
            .isSameAs(first);
        assertThat(group.failures()).containsExactly(first);
      });
      assertThat(trace).containsExactly("a cancelled");
    }

    @Test
    void that_comes_later_is_suppressed_in_the_first() {
      scenario(ofMinutes(1), () -> {
        assertThatThrownBy(() -> await(group.run(() -> {
              group.createTask(failing(ofMinutes(1), first));
              group.createTask(failingCleanup(second));
              try {
                await(sleep(ofHours(1)));
              } finally {
                throwIt(third);
              }
            })))
            .isSameAs(first);
        assertThat(first.getSuppressed()).containsExactly(second, third);
        assertThat(group.failures()).containsExactly(first, second, third);
      });
    }

    private void throwIt(RuntimeException failure) {
      throw failure;
    }

    @Test
    void of_the_body_is_thrown_with_what_the_cleanup_of_a_task_throws_afterwards_suppressed() {
      scenario(ZERO, () -> {
        assertThatThrownBy(() -> await(group.run(() -> {
              group.createTask(failingCleanup(second));
              await(sleep(ZERO));
              throw first;
            })))
            .isSameAs(first)
            .satisfies(e -> assertThat(e.getSuppressed()).containsExactly(second));
        assertThat(group.failures()).containsExactly(first, second);
      });
    }

    @Test
    void of_the_body_is_thrown_with_what_nested_groups_throw_afterwards_suppressed() {
      scenario(ZERO, () -> {
        TaskGroup inner = taskGroup();
        assertThatThrownBy(() -> await(group.run(() -> {
              group.createTask(async(() -> await(inner.run(() -> {
                inner.createTask(failingCleanup(third));
                try {
                  await(sleep(ofHours(1)));
                } finally {
                  throwIt(second);
                }
              }))));
              await(sleep(ZERO));
              await(sleep(ZERO));
              throw first;
            })))
            .isSameAs(first)
            .satisfies(e -> assertThat(e.getSuppressed()).containsExactly(second));
        assertThat(second.getSuppressed()).containsExactly(third);
        assertThat(inner.failures()).containsExactly(second, third);
        assertThat(group.failures()).containsExactly(first, second);
      });
    }

    @Test
    void of_a_task_that_ended_just_before_the_body_failed_is_the_first() {
      scenario(ZERO, () -> {
        var signal = new AsyncFuture<@Nullable Void>();
        assertThatThrownBy(() -> await(group.run(() -> {
              group.createTask(async(() -> {
                await(signal);
                throw first;
              }));
              await(sleep(ZERO));
              signal.complete(null);
              try {
                await(sleep(
                    ZERO)); // the task fails, and the group has not had its turn to deal with that
              } finally {
                throwIt(second);
              }
            })))
            .isSameAs(first)
            .satisfies(e -> assertThat(e.getSuppressed()).containsExactly(second));
        assertThat(group.failures()).containsExactly(first, second);
      });
    }

    @Test
    void is_listed_as_soon_as_it_has_happened() {
      scenario(
          ZERO,
          () -> assertThatThrownBy(() -> await(group.run(() -> {
                group.createTask(async(() -> {
                  try {
                    await(sleep(ofHours(1)));
                  } catch (CancellationException e) {
                    assertThat(group.failures()).containsExactly(first);
                    throw e;
                  }
                }));
                await(sleep(ZERO));
                throw first;
              })))
              .isSameAs(first));
    }

    @Test
    void that_is_the_same_object_twice_is_attached_to_nothing() {
      scenario(ZERO, () -> {
        assertThatThrownBy(() -> await(group.run(() -> {
              group.createTask(failing(ZERO, first));
              group.createTask(failing(ZERO, first));
            })))
            .isSameAs(first)
            .hasNoSuppressedExceptions();
        assertThat(group.failures()).containsExactly(first, first);
      });
    }

    @Test
    void that_the_first_one_has_in_it_is_not_attached_again() {
      first.initCause(second);
      second.addSuppressed(third);
      scenario(
          ZERO,
          () -> assertThatThrownBy(() -> await(group.run(() -> {
                group.createTask(failing(ZERO, first));
                group.createTask(failing(ZERO, second));
                group.createTask(failing(ZERO, third));
              })))
              .isSameAs(first)
              .hasNoSuppressedExceptions());
    }

    @Test
    void that_a_later_one_has_in_it_is_not_attached_again() {
      second.initCause(third);
      scenario(
          ZERO,
          () -> assertThatThrownBy(() -> await(group.run(() -> {
                group.createTask(failing(ZERO, first));
                group.createTask(failing(ZERO, second));
                group.createTask(failing(ZERO, third));
              })))
              .isSameAs(first)
              .satisfies(e -> assertThat(e.getSuppressed()).containsExactly(second)));
    }

    @Test
    void that_has_the_first_one_in_it_is_reported_and_makes_no_ring() {
      second.initCause(first);
      try (var log = new CapturedLog()) {
        scenario(
            ZERO,
            () -> assertThatThrownBy(() -> await(group.run(() -> {
                  group.createTask(failing(ZERO, first));
                  group.createTask(failing(ZERO, second));
                  group.createTask(failing(ZERO, third));
                })))
                .isSameAs(first)
                .satisfies(e -> assertThat(e.getSuppressed()).containsExactly(third)));
        assertThat(log.exceptions()).containsExactly(second);
        assertThat(log.errors())
            .singleElement()
            .asString()
            .startsWith("a later failure of TaskGroup[in Task-")
            .contains(
                ", 3 failures, closed] could not be added to java.lang.IllegalStateException: first");
      }
    }

    @Test
    void that_takes_no_others_has_them_reported() {
      var closed = new RuntimeException("takes none", null, false, false) {};
      try (var log = new CapturedLog()) {
        scenario(
            ZERO,
            () -> assertThatThrownBy(() -> await(group.run(() -> {
                  group.createTask(failing(ZERO, closed));
                  group.createTask(failing(ZERO, second));
                  group.createTask(failing(ZERO, third));
                })))
                .isSameAs(closed));
        assertThat(log.exceptions()).containsExactly(second, third);
      }
    }

    @Test
    void may_be_an_error() {
      var error = new AssertionError("not an exception");
      scenario(
          ofMinutes(1),
          () -> assertThatThrownBy(() -> await(group.run(() -> {
                group.createTask(failing(ofMinutes(1), error));
                group.createTask(job("a", ofHours(1)));
              })))
              .isSameAs(error));
      assertThat(trace).containsExactly("a cancelled");
    }

    @Test
    void that_is_another_loops_end_is_like_any_other() {
      var closed = new LoopClosedError("another loop", null);
      scenario(
          ZERO,
          () -> assertThatThrownBy(() -> await(group.run(() -> {
                group.createTask(job("a", ofHours(1)));
                await(sleep(ZERO));
                throw closed;
              })))
              .isSameAs(closed));
      assertThat(trace).containsExactly("a cancelled");
    }

    @Test
    void comes_out_of_nested_groups_as_it_is() {
      scenario(ofMinutes(1), () -> {
        assertThatThrownBy(() -> await(group.run(() -> {
              TaskGroup inner = taskGroup();
              group.createTask(job("outer", ofHours(1)));
              await(inner.run(() -> {
                inner.createTask(job("inner", ofHours(1)));
                inner.createTask(failing(ofMinutes(1), first));
              }));
            })))
            .isSameAs(first)
            .hasNoSuppressedExceptions();
        assertThat(group.failures()).containsExactly(first);
      });
      assertThat(trace).containsExactly("inner cancelled", "outer cancelled");
    }

    @Test
    void in_an_outer_group_ends_the_inner_one_and_its_failing_cleanup_is_suppressed() {
      scenario(ofMinutes(1), () -> {
        TaskGroup inner = taskGroup();
        assertThatThrownBy(() -> await(group.run(() -> {
              group.createTask(failing(ofMinutes(1), first));
              await(inner.run(() -> {
                inner.createTask(failingCleanup(second));
              }));
            })))
            .isSameAs(first)
            .satisfies(e -> assertThat(e.getSuppressed()).containsExactly(second));
        await(sleep(ZERO));
        assertThat(inner.failures()).containsExactly(second);
      });
    }

    @Test
    void of_a_task_that_was_awaited_by_the_body_is_listed_once() {
      scenario(ofMinutes(1), () -> {
        assertThatThrownBy(() -> await(group.run(() -> {
              await(group.createTask(failing(ofMinutes(1), first)));
            })))
            .isSameAs(first);
        assertThat(group.failures()).containsExactly(first);
      });
    }

    @Test
    void is_thrown_although_the_body_swallowed_its_cancellation() {
      scenario(
          ofMinutes(2),
          () -> assertThatThrownBy(() -> await(group.run(() -> {
                group.createTask(failing(ofMinutes(1), first));
                assertThatThrownBy(() -> await(sleep(ofHours(1))))
                    .isInstanceOf(CancellationException.class);
                await(sleep(ofMinutes(1)));
                return "value";
              })))
              .isSameAs(first));
    }

    @Test
    void waits_for_a_task_that_takes_its_time() {
      scenario(
          ofMinutes(61),
          () -> assertThatThrownBy(() -> await(group.run(() -> {
                group.createTask(failing(ofMinutes(1), first));
                group.createTask(async(() -> {
                  try {
                    await(sleep(ofHours(5)));
                  } finally {
                    await(sleep(ofHours(1)));
                    trace.add("cleaned up");
                  }
                }));
              })))
              .isSameAs(first));
      assertThat(trace).containsExactly("cleaned up");
    }

    @Test
    void of_a_dependent_stage_during_the_cancelling_harms_nothing() {
      var future = new AsyncFuture<String>();
      CompletableFuture<Void> dependent = future.handle((value, error) -> {
        throw second;
      });
      scenario(
          ofMinutes(1),
          () -> assertThatThrownBy(() -> await(group.run(() -> {
                group.createTask(async(() -> await(future)));
                group.createTask(job("a", ofHours(1)));
                group.createTask(failing(ofMinutes(1), first));
              })))
              .isSameAs(first)
              .hasNoSuppressedExceptions());
      assertThat(future).isCancelled();
      assertThat(dependent).isCompletedExceptionally();
      assertThat(trace).containsExactly("a cancelled");
    }

    @Test
    void lists_are_copies() {
      scenario(ZERO, () -> {
        List<Throwable> before = group.failures();
        assertThatThrownBy(() -> await(group.run(() -> {
              throw first;
            })))
            .isSameAs(first);
        assertThat(before).isEmpty();
        assertThatThrownBy(() -> group.failures().clear())
            .isInstanceOf(UnsupportedOperationException.class);
      });
    }
  }

  @Nested
  class CancelledFromOutside {

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
  }

  @Nested
  class Stopped {

    @Test
    void by_a_task_it_ends_without_an_error_and_gives_null() {
      scenario(ofMinutes(1), () -> {
        String value = await(group.run(() -> {
          group.createTask(job("a", ofHours(1)));
          group.createTask(async(() -> {
            await(sleep(ofMinutes(1)));
            group.cancel();
            group.cancel();
          }));
          await(sleep(ofHours(2)));
          return "value";
        }));
        assertThat(value).isNull();
        trace.add("out");
        await(sleep(ZERO));
      });
      assertThat(trace).containsExactly("a cancelled", "out");
    }

    @Test
    void after_the_body_it_gives_the_bodys_value() {
      scenario(ofMinutes(1), () -> {
        String value = await(group.run(() -> {
          group.createTask(job("a", ofHours(1)));
          EventLoop.current().schedule(ofMinutes(1), group::cancel);
          return "value";
        }));
        assertThat(value).isEqualTo("value");
      });
      assertThat(trace).containsExactly("a cancelled");
    }

    @Test
    void by_the_body_it_cancels_that_at_its_next_await() {
      scenario(ZERO, () -> {
        await(group.run(() -> {
          group.createTask(job("a", ofHours(1)));
          await(sleep(ZERO));
          group.cancel();
          trace.add("body goes on");
          await(sleep(ZERO));
          trace.add("never");
        }));
        await(sleep(ZERO));
      });
      assertThat(trace).containsExactly("body goes on", "a cancelled");
    }

    @Test
    void by_a_body_that_then_ends_it_leaves_no_request() {
      scenario(ZERO, () -> {
        assertThat(await(group.run(() -> {
              group.cancel();
              return "value";
            })))
            .isEqualTo("value");
        await(sleep(ZERO));
      });
    }

    @Test
    void in_the_cleanup_of_a_cancelled_task_it_leaves_no_request_either() {
      scenario(ZERO, () -> {
        Task<?> task = createTask(async(() -> {
          try {
            await(sleep(ofHours(1)));
          } finally {
            await(group.run(group::cancel));
            assertThat(currentTask().cancelling()).isEqualTo(1);
            await(sleep(ZERO));
            trace.add("cleaned up");
          }
        }));
        await(sleep(ZERO));
        task.cancel("why");
        assertThatThrownBy(() -> await(task)).hasMessage("why");
      });
      assertThat(trace).containsExactly("cleaned up");
    }

    @Test
    void with_a_cancellation_pending_at_entry_that_is_still_delivered() {
      scenario(ZERO, () -> {
        Task<?> task = createTask(async(() -> {
          currentTask().cancel("why");
          await(group.run(group::cancel));
          trace.add("out");
          await(sleep(ZERO));
          trace.add("never");
        }));
        assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
      });
      assertThat(trace).containsExactly("out");
    }

    @Test
    void before_it_is_entered_it_ends_at_once() {
      scenario(ZERO, () -> {
        group.cancel();
        assertThat(group).hasToString("TaskGroup[cancelled before it was entered]");
        assertThat(await(group.run(() -> trace.add("body")))).isNull();
        await(sleep(ZERO));
      });
      assertThat(trace).isEmpty();
    }

    @Test
    void after_its_end_nothing_happens() {
      scenario(ZERO, () -> {
        await(group.run(() -> {}));
        group.cancel();
        await(sleep(ZERO));
      });
    }

    @Test
    void it_throws_a_failure_all_the_same() {
      var failure = broken("cleanup broke");
      scenario(ofMinutes(1), () -> {
        assertThatThrownBy(() -> await(group.run(() -> {
              group.createTask(failingCleanup(failure));
              EventLoop.current().schedule(ofMinutes(1), group::cancel);
              await(sleep(ofHours(1)));
            })))
            .isSameAs(failure);
        await(sleep(ZERO));
      });
    }

    @Test
    void it_does_not_swallow_a_cancellation_from_outside() { // gh-155433
      for (int order = 0; order < 4; order++) {
        boolean inBody = order % 2 == 0;
        boolean outsideFirst = order / 2 == 0;
        TaskGroup both = taskGroup();
        runner.run(async(() -> {
          Task<?> task = createTask(async(() -> await(both.run(() -> {
            both.createTask(job("a", ofHours(1)));
            if (inBody) {
              await(sleep(ofHours(1)));
            }
            return "value";
          }))));
          await(sleep(ofMinutes(1)));
          if (outsideFirst) {
            task.cancel("why");
          }
          both.cancel();
          if (!outsideFirst) {
            task.cancel("why");
          }
          assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
          assertThat(task.cancelling()).isEqualTo(1);
        }));
      }
    }

    @Test
    void it_does_not_swallow_a_cancellation_that_comes_while_it_waits() {
      scenario(ofMinutes(3), () -> {
        Task<?> task = createTask(group.run(() -> {
          group.createTask(async(() -> {
            try {
              await(sleep(ofHours(1)));
            } finally {
              await(sleep(ofMinutes(2)));
            }
          }));
          EventLoop.current().schedule(ofMinutes(1), group::cancel);
          await(sleep(ofHours(1)));
        }));
        await(sleep(ofMinutes(2)));
        task.cancel("why");
        assertThatThrownBy(() -> await(task)).hasMessage("why");
        assertThat(task.cancelling()).isEqualTo(1);
      });
    }
  }

  @Nested
  class CreateTask {

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
          .hasMessage(
              "TaskGroup[not entered] accepts no tasks yet; create them in the body that is "
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
              .hasMessageStartingWith(
                  "TaskGroup[in main, 0 tasks, closing] accepts no more tasks"));
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
                    .hasMessage(
                        "TaskGroup[in main, 0 tasks, 1 failure, cancelling] accepts no more "
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

  @Nested
  class ForeignThread {

    @Test
    void may_cancel_the_group() {
      scenario(ZERO, () -> {
        String value = await(group.run(() -> {
          group.createTask(job("a", ofHours(1)));
          await(sleep(ZERO));
          await(Async.toThread(group::cancel));
          await(sleep(ofHours(1)));
          return "value";
        }));
        assertThat(value).isNull();
      });
      assertThat(trace).containsExactly("a cancelled");
    }

    @Test
    void may_cancel_a_group_that_is_entered_meanwhile() throws Exception {
      for (int i = 0; i < 300; i++) {
        TaskGroup raced = taskGroup();
        var racer = new Thread(raced::cancel);
        Boolean ended = Async.run(async(() -> {
          racer.start();
          await(raced.run(() -> {
            raced.createTask(sleep(ofHours(1)));
          }));
          return currentTask().cancelling() == 0;
        }));
        racer.join();
        assertThat(ended).isTrue();
      }
    }

    @Test
    void may_cancel_a_group_whose_loop_is_closed() {
      scenario(ZERO, () -> await(group.run(() -> {})));
      runner.close();
      group.cancel();
    }

    @Test
    void may_look() {
      scenario(
          ofMinutes(1),
          () -> await(group.run(() -> {
            currentTask().setName("main");
            group.createTask(sleep(ofMinutes(1)));
            await(Async.toThread(() -> {
              assertThat(group.failures()).isEmpty();
              assertThat(group).hasToString("TaskGroup[in main, 1 task, open]");
            }));
          })));
    }
  }

  @Nested
  class InCleanup {

    private final IllegalStateException failure = broken("broken");

    /** Runs {@code body} as the protected cleanup of a task that was cancelled, which is then cancelled again. */
    private void cleanup(AsyncAction body) {
      Task<?> task = createTask(async(() -> {
        try {
          await(sleep(ofHours(1)));
        } finally {
          await(Async.cleanup(ofHours(5), body));
          trace.add("cleaned up, count " + currentTask().cancelling());
        }
      }));
      await(sleep(ZERO));
      task.cancel("why");
      assertThatThrownBy(() -> await(task)).hasMessage("why");
    }

    @Test
    void a_failing_group_does_not_bring_the_cancellation_back() {
      scenario(
          ofMinutes(2),
          () -> cleanup(() -> {
            assertThatThrownBy(() -> await(group.run(() -> {
                  group.createTask(failing(ofMinutes(1), failure));
                  await(sleep(ofHours(1)));
                })))
                .isSameAs(failure);
            assertThat(currentTask().cancelling()).isEqualTo(1);
            await(sleep(ofMinutes(1)));
          }));
      assertThat(trace).containsExactly("cleaned up, count 1");
    }

    @Test
    void a_cancel_from_outside_does_not_reach_the_group() {
      scenario(ofMinutes(2), () -> {
        Task<?> task = createTask(async(() -> {
          await(Async.cleanup(ofHours(5), () -> {
            await(group.run(() -> {
              group.createTask(job("a", ofMinutes(2)));
            }));
          }));
        }));
        await(sleep(ofMinutes(1)));
        task.cancel("why");
        await(Async.gatherOutcomes(task));
      });
      assertThat(trace).containsExactly("a done");
    }

    @Test
    void the_end_of_its_time_that_is_hidden_by_a_failure_comes_again_within_it() {
      scenario(ofMinutes(1), () -> {
        assertThatThrownBy(() -> await(Async.cleanup(ofMinutes(1), () -> {
              assertThatThrownBy(() -> await(group.run(() -> {
                    group.createTask(failingCleanup(failure));
                    await(sleep(ofHours(1)));
                  })))
                  .isSameAs(failure);
              await(sleep(ofHours(1)));
            })))
            .isExactlyInstanceOf(AsyncTimeoutException.class);
        await(sleep(ZERO));
      });
    }

    @Test
    void a_cleanup_in_the_body_is_finished_before_a_failing_group_ends() {
      scenario(ofMinutes(2), () -> {
        assertThatThrownBy(() -> await(group.run(() -> {
              group.createTask(failing(ofMinutes(1), failure));
              await(Async.cleanup(ofHours(1), () -> await(job("cleanup", ofMinutes(2)))));
              await(sleep(ZERO));
              trace.add("never");
            })))
            .isSameAs(failure);
        await(sleep(ZERO));
      });
      assertThat(trace).containsExactly("cleanup done");
    }
  }

  @Nested
  class Warnings {

    private Coroutine<?> swallowing() {
      return async(() -> {
        try {
          await(sleep(ofHours(1)));
        } catch (CancellationException e) {
          trace.add("swallowed");
        }
      });
    }

    @Test
    void of_a_swallowed_cancellation_do_not_come_from_a_group_or_a_timeout() {
      try (var log = new CapturedLog()) {
        scenario(ofMinutes(2), () -> {
          await(group.run(() -> {
            EventLoop.current().schedule(ofMinutes(1), group::cancel);
            await(sleep(ofHours(1)));
          }));
          assertThatThrownBy(() -> await(timeout(ofMinutes(1)).run(() -> await(sleep(ofHours(1))))))
              .isInstanceOf(AsyncTimeoutException.class);
        });
        assertThat(log.warnings()).isEmpty();
      }
    }

    @Test
    void come_once_for_a_swallowed_one_and_not_again_for_what_blocks_do_later() {
      try (var log = new CapturedLog()) {
        scenario(ofMinutes(2), () -> {
          Task<?> task = createTask(async(() -> {
            await(swallowing());
            await(group.run(() -> {
              EventLoop.current().schedule(ofMinutes(1), group::cancel);
              await(sleep(ofHours(1)));
            }));
            assertThatThrownBy(() ->
                    await(timeout(ofMinutes(1)).run(() -> await(sleep(ofHours(1))))))
                .isInstanceOf(AsyncTimeoutException.class);
          }));
          await(sleep(ZERO));
          task.cancel();
          await(task);
        });
        assertThat(trace).containsExactly("swallowed");
        assertThat(log.warnings())
            .singleElement()
            .asString()
            .contains("swallowed the CancellationException");
      }
    }
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
      forgotten(block);
    }
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

  private static Coroutine<?> stubborn() {
    return async(() -> {
      for (; ; ) {
        try {
          await(sleep(ofHours(1)));
        } catch (CancellationException e) {
          // goes on
        }
      }
    });
  }
}
