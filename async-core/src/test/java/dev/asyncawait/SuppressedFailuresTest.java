package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.shield;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.timeout;
import static dev.asyncawait.Async.toThread;
import static dev.asyncawait.Async.waitFor;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Which exceptions later failures are suppressed in, and what becomes of the others. */
class SuppressedFailuresTest extends LoopFixture {

  private final IllegalStateException first = new IllegalStateException("first");
  private final IllegalStateException second = new IllegalStateException("second");

  private static <T> Coroutine<T> failing(Throwable failure) {
    return async(() -> {
      throw Async.sneaky(failure);
    });
  }

  private Coroutine<Void> failingCleanup(Throwable failure) {
    return async(() -> {
      try {
        await(sleep(ofHours(1)));
      } finally {
        throwIt(failure);
      }
    });
  }

  private static void throwIt(Throwable failure) {
    throw Async.sneaky(failure);
  }

  /** The block of a group of which one task fails with what {@code work} throws, and another one afterwards. */
  private TaskGroup groupThatFails(Awaitable<?> work, Throwable later) {
    TaskGroup group = taskGroup();
    Throwable thrown = catchThrowable(() -> await(group.run(() -> {
      group.createTask(failingCleanup(later));
      group.createTask(async(() -> {
        await(work);
      }));
    })));
    assertThat(thrown).isSameAs(group.failures().get(0));
    assertThat(group.failures()).endsWith(later);
    return group;
  }

  // ---- what is the block's own

  @Nested
  class AreSuppressedInTheFailure {

    @Test
    void of_code_that_a_task_runs_itself() {
      scenario(ZERO, () -> groupThatFails(failing(first), second));
      assertThat(first).hasSuppressedException(second);
    }

    @Test
    void of_a_task_that_this_one_has_made() {
      scenario(ZERO, () -> groupThatFails(async(() -> await(createTask(failing(first)))), second));
      assertThat(first).hasSuppressedException(second);
    }

    @Test
    void of_coroutines_that_this_task_gathers_or_shields() {
      scenario(
          ZERO,
          () -> groupThatFails(
              async(() -> await(gather(shieldOf(failing(first)), sleep(ZERO)))), second));
      assertThat(first).hasSuppressedException(second);
    }

    private Coroutine<Void> shieldOf(Coroutine<Void> work) {
      return async(() -> await(shield(work)));
    }

    @Test
    void of_a_call_on_another_thread() {
      scenario(ZERO, () -> groupThatFails(toThread(() -> throwIt(first)), second));
      assertThat(first).hasSuppressedException(second);
    }

    @Test
    void of_a_task_of_the_group_that_the_body_or_another_one_awaits() {
      scenario(ZERO, () -> {
        TaskGroup group = taskGroup();
        assertThatThrownBy(() -> await(group.run(() -> {
              Task<Void> fails = group.createTask(failing(first));
              group.createTask(failingCleanup(second));
              group.createTask(async(() -> await(fails)));
              await(gather(fails));
            })))
            .isSameAs(first);
      });
      assertThat(first.getSuppressed()).containsExactly(second);
    }

    @Test
    void that_comes_out_of_blocks_within_this_one() {
      var third = new IllegalStateException("third");
      var fourth = new IllegalStateException("fourth");
      scenario(ofMinutes(1), () -> {
        TaskGroup inBody = taskGroup();
        TaskGroup outer = taskGroup();
        assertThatThrownBy(() -> await(outer.run(() -> {
              outer.createTask(failingCleanup(fourth));
              await(inBody.run(() -> {
                inBody.createTask(failingCleanup(third));
                TaskGroup innermost = taskGroup();
                inBody.createTask(async(() -> await(timeout(ofMinutes(1))
                    .run(() -> await(innermost.run(() -> {
                      innermost.createTask(failingCleanup(first));
                      innermost.createTask(failingCleanup(second));
                    }))))));
              }));
            })))
            .isSameAs(first);
      });
      assertThat(first.getSuppressed())
          .hasSize(4)
          .startsWith(second)
          .contains(third, fourth)
          .hasAtLeastOneElementOfType(AsyncTimeoutException.class);
    }
  }

  // ---- what is others' as well

  @Nested
  class AreReported {

    private final CapturedLog log = new CapturedLog();

    private void assertKeptOff(Throwable shared) {
      assertThat(shared).hasNoSuppressedExceptions();
      assertThat(log.exceptions()).isNotEmpty().doesNotContain(shared);
      log.close();
    }

    @Test
    void if_the_first_came_out_of_a_future_or_a_stage() {
      scenario(ZERO, () -> {
        groupThatFails(AsyncFuture.failedFuture(first), second);
        groupThatFails(async(() -> await(CompletableFuture.failedFuture(first))), second);
        groupThatFails(async(() -> await(gather(AsyncFuture.failedFuture(first)))), second);
      });
      assertThat(log.errors())
          .hasSize(3)
          .allSatisfy(message -> assertThat(message)
              .contains("a later failure of TaskGroup[in ")
              .contains("could not be added to java.lang.IllegalStateException: first, "
                  + "which others may have as well"));
      assertThat(log.exceptions()).containsOnly(second);
      assertKeptOff(first);
    }

    @Test
    void if_the_first_came_out_of_a_task_that_somebody_else_has_made() {
      scenario(ZERO, () -> {
        Task<Void> cached = createTask(failing(first));
        groupThatFails(cached, second);
        groupThatFails(async(() -> await(cached)), second);
      });
      assertKeptOff(first);
    }

    @Test
    void if_the_first_was_read_out_of_somebody_elses_future_in_another_way() {
      scenario(ZERO, () -> {
        var cached = AsyncFuture.<String>failedFuture(first);
        groupThatFails(async(() -> throwIt(cached.exceptionNow())), second);
        groupThatFails(async(() -> await(gatherOutcomes(cached)).get(0).orElseThrow()), second);
      });
      assertKeptOff(first);
    }

    @Test
    void if_the_first_came_out_of_a_future_and_others_have_failed_since() {
      scenario(
          ZERO,
          () -> groupThatFails(
              async(() -> {
                try {
                  await(AsyncFuture.failedFuture(first));
                } finally {
                  assertThatThrownBy(() -> await(AsyncFuture.failedFuture(new RuntimeException())))
                      .isInstanceOf(RuntimeException.class);
                }
              }),
              second));
      assertKeptOff(first);
    }

    @Test
    void if_the_block_is_a_timeout() {
      var cached = AsyncFuture.<Void>failedFuture(first);
      scenario(ofMinutes(2), () -> {
        Coroutine<Void> work = async(() -> {
          try {
            await(sleep(ofHours(1)));
          } finally {
            await(cached);
          }
        });
        assertThatThrownBy(() -> await(waitFor(work, ofMinutes(1)))).isSameAs(first);
        assertThatThrownBy(() -> await(timeout(ofMinutes(1)).run(() -> {
              try {
                await(sleep(ofHours(1)));
              } finally {
                await(cached);
              }
            })))
            .isSameAs(first);
      });
      assertThat(log.exceptions())
          .hasSize(2)
          .allMatch(lost -> lost instanceof AsyncTimeoutException);
      assertKeptOff(first);
    }

    @Test
    void if_the_block_holds_something_or_takes_items_of_a_queue() {
      var cached = AsyncFuture.<Void>failedFuture(first);
      scenario(ZERO, () -> {
        var semaphore = AsyncSemaphore.bounded(1);
        assertThatThrownBy(() -> await(semaphore.run(() -> {
              semaphore.release();
              await(cached);
            })))
            .isSameAs(first);
        AsyncQueue<Integer> queue = AsyncQueue.fifo();
        queue.tryPut(1);
        assertThatThrownBy(() -> await(queue.forEach(item -> {
              queue.taskDone();
              await(cached);
            })))
            .isSameAs(first);
      });
      assertThat(log.exceptions())
          .hasSize(2)
          .allMatch(lost -> lost instanceof IllegalStateException);
      assertKeptOff(first);
    }
  }

  // ---- bounds

  @Test
  void an_exception_that_is_thrown_again_and_again_is_added_to_by_one_block_alone() {
    try (var log = new CapturedLog()) {
      scenario(ZERO, () -> {
        for (int i = 0; i < 100; i++) {
          groupThatFails(failing(first), new IllegalStateException("later " + i));
        }
      });
      assertThat(first.getSuppressed()).hasSize(1);
      assertThat(log.exceptions()).hasSize(99);
    }
  }

  @Test
  void an_exception_that_blocks_of_several_tasks_throw_is_added_to_by_one_of_them_alone() {
    try (var log = new CapturedLog()) {
      scenario(ZERO, () -> {
        var groups = new ArrayList<Coroutine<TaskGroup>>();
        for (int i = 0; i < 100; i++) {
          var later = new IllegalStateException("later " + i);
          groups.add(async(() -> groupThatFails(failing(first), later)));
        }
        assertThat(await(gather(groups))).hasSize(100);
      });
      assertThat(first.getSuppressed()).hasSize(1);
      assertThat(log.exceptions()).hasSize(99);
    }
  }

  @Test
  void many_blocks_within_each_other_take_time_in_proportion_to_their_number() {
    int depth = 400;
    var asked = new AtomicInteger();
    var failure = new Counted("first", asked);
    scenario(
        ZERO,
        () -> assertThatThrownBy(() -> await(nested(depth, failure, asked))).isSameAs(failure));
    assertThat(failure.getSuppressed()).hasSize(depth);
    assertThat(asked.get()).isLessThan(110 * depth);
  }

  private static final class Counted extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient AtomicInteger asked;

    Counted(String message, AtomicInteger asked) {
      super(message);
      this.asked = asked;
    }

    @Override
    public synchronized Throwable getCause() {
      asked.incrementAndGet();
      return super.getCause();
    }
  }

  private Coroutine<Void> nested(int depth, Throwable failure, AtomicInteger asked) {
    if (depth == 0) {
      return failing(failure);
    }
    return async(() -> {
      TaskGroup group = taskGroup();
      await(group.run(() -> {
        group.createTask(failingCleanup(new Counted("at " + depth, asked)));
        group.createTask(nested(depth - 1, failure, asked));
      }));
    });
  }

  @Test
  void an_exception_without_end_is_looked_into_to_some_depth_and_makes_no_ring() {
    try (var log = new CapturedLog()) {
      scenario(ZERO, () -> groupThatFails(failing(first), new Endless()));
      assertThat(first).hasNoSuppressedExceptions();
      assertThat(log.errors())
          .singleElement()
          .asString()
          .endsWith("; it cannot be shown whole: " + Endless.class.getName() + ": endless");
    }
  }

  private static final class Endless extends RuntimeException {
    private static final long serialVersionUID = 1;

    Endless() {
      super("endless", null, true, false);
    }

    @Override
    public synchronized Throwable getCause() {
      return new Endless();
    }
  }

  @Test
  void nothing_is_known_of_an_exception_that_nobody_has_any_more() {
    long before = KnownFailure.count();
    scenario(ZERO, () -> {
      for (int i = 0; i < 10_000; i++) {
        assertThatThrownBy(() -> await(AsyncFuture.failedFuture(new RuntimeException("gone"))))
            .hasMessage("gone");
      }
    });
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> {
      System.gc();
      return KnownFailure.count() < before + 100;
    });
  }
}
