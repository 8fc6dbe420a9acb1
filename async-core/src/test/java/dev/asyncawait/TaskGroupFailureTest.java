package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
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
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A failure in a task group: whom it cancels, and what comes out of the block in the end. */
class TaskGroupFailureTest extends TaskGroupFixture {

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
              // The task fails, and the group has not had its turn to deal with that.
              await(sleep(ZERO));
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
