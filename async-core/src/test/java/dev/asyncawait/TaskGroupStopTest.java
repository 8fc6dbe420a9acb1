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

import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** A task group that is stopped by its own cancel(): it ends without an error, and loses no other cancellation. */
class TaskGroupStopTest extends TaskGroupFixture {

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
}
