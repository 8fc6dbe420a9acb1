package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.cleanup;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.waitFor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CleanupTest {

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration LONG = Duration.ofSeconds(10);

  private final List<String> trace = new ArrayList<>();

  /** Works, is cancelled, and takes two seconds to clean up. */
  private Coroutine<Void> worker() {
    return async(() -> {
      try {
        await(sleep(LONG));
      } finally {
        await(cleanup(LONG, () -> {
          trace.add("begins");
          await(sleep(SECOND));
          trace.add("half");
          await(sleep(SECOND));
          trace.add("ends with " + currentTask().cancelling());
        }));
        trace.add("after");
      }
    });
  }

  @Test
  void requests_that_come_meanwhile_do_not_reach_it() {
    TestClock.run(async(() -> {
      Task<Void> task = createTask(worker());
      await(sleep(SECOND));
      for (int i = 0; i < 3; i++) {
        assertThat(task.cancel("request " + i)).isTrue();
        await(sleep(Duration.ofMillis(700)));
      }
      assertThatThrownBy(() -> await(task))
          .isInstanceOf(CancellationException.class)
          .hasMessage("request 0");
      assertThat(task.cancelling()).isEqualTo(3);
      assertThat(task.isCancelled()).isTrue();
    }));
    assertThat(trace).containsExactly("begins", "half", "ends with 1", "after");
  }

  @Test
  void they_take_effect_at_the_next_await_after_it() {
    TestClock.run(async(() -> {
      Task<Void> task = createTask(async(() -> {
        await(cleanup(LONG, () -> await(sleep(SECOND))));
        trace.add("goes on with " + currentTask().cancelling());
        try {
          await(sleep(SECOND));
        } catch (CancellationException e) {
          trace.add(e.getMessage());
          throw e;
        }
      }));
      await(sleep(Duration.ZERO));
      task.cancel("first");
      task.cancel("second");
      assertThat(task.cancelling()).isZero();
      assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
    }));
    assertThat(trace).containsExactly("goes on with 2", "second");
  }

  @Test
  void a_request_from_before_that_was_not_delivered_waits_as_well() {
    TestClock.run(async(() -> {
      Task<Void> task = createTask(async(() -> {
        currentTask().cancel("own");
        await(cleanup(LONG, () -> await(sleep(SECOND))));
        trace.add("cleaned up with " + currentTask().cancelling());
        await(sleep(SECOND));
      }));
      assertThatThrownBy(() -> await(task))
          .isInstanceOf(CancellationException.class)
          .hasMessage("own");
    }));
    assertThat(trace).containsExactly("cleaned up with 1");
  }

  @Test
  void a_request_that_is_taken_back_is_not_delivered_afterwards() {
    TestClock.run(async(() -> {
      currentTask().cancel("own");
      await(cleanup(LONG, () -> currentTask().uncancel()));
      await(sleep(SECOND));
      assertThat(currentTask().cancelling()).isZero();
    }));
  }

  @Test
  void its_time_is_limited_and_its_own_cleanup_runs() {
    Duration time = TestClock.run(async(() -> {
      assertThatThrownBy(() -> await(cleanup(SECOND, () -> {
            try {
              await(sleep(LONG));
            } finally {
              trace.add("inner finally");
            }
          })))
          .isInstanceOf(AsyncTimeoutException.class)
          .hasMessageContaining("PT1S");
      assertThat(currentTask().cancelling()).isZero();
      return EventLoop.current().time();
    }));
    assertThat(time).isEqualTo(SECOND);
    assertThat(trace).containsExactly("inner finally");
  }

  @Test
  void the_limit_is_kept_though_the_task_was_cancelled_as_well() {
    TestClock.run(async(() -> {
      Task<Void> task = createTask(async(() -> {
        try {
          await(cleanup(Duration.ofSeconds(3), () -> await(sleep(LONG))));
        } catch (AsyncTimeoutException e) {
          trace.add("timed out at " + EventLoop.current().time());
        }
        await(sleep(SECOND));
        trace.add("never");
      }));
      await(sleep(SECOND));
      task.cancel("outside");
      assertThatThrownBy(() -> await(task)).hasMessage("outside");
    }));
    assertThat(trace).containsExactly("timed out at PT3S");
  }

  @Test
  void a_timeout_inside_works_as_everywhere() {
    TestClock.run(async(() -> {
      Task<Void> task = createTask(async(() -> await(cleanup(LONG, () -> {
        assertThatThrownBy(() -> await(waitFor(sleep(LONG), SECOND)))
            .isInstanceOf(AsyncTimeoutException.class);
        trace.add("timed out at " + EventLoop.current().time());
      }))));
      await(sleep(Duration.ofMillis(500)));
      task.cancel();
      assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
      assertThat(task.cancelling()).isEqualTo(1);
    }));
    assertThat(trace).containsExactly("timed out at PT1S");
  }

  @Test
  void a_timeout_around_it_waits_for_its_end() {
    Duration time = TestClock.run(async(() -> {
      assertThatThrownBy(() -> await(waitFor(
              async(() -> {
                await(cleanup(LONG, () -> await(sleep(Duration.ofSeconds(3)))));
                await(sleep(LONG));
              }),
              SECOND)))
          .isInstanceOf(AsyncTimeoutException.class);
      assertThat(currentTask().cancelling()).isZero();
      return EventLoop.current().time();
    }));
    assertThat(time).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void one_inside_the_other_hands_its_requests_on() {
    TestClock.run(async(() -> {
      Task<Void> task = createTask(async(() -> {
        await(cleanup(LONG, () -> {
          await(cleanup(LONG, () -> await(sleep(SECOND))));
          trace.add("outer goes on with " + currentTask().cancelling());
          await(sleep(SECOND));
          trace.add("outer ends");
        }));
        trace.add("after with " + currentTask().cancelling());
        await(sleep(SECOND));
      }));
      await(sleep(Duration.ZERO));
      task.cancel("why");
      assertThatThrownBy(() -> await(task)).hasMessage("why");
    }));
    assertThat(trace).containsExactly("outer goes on with 0", "outer ends", "after with 1");
  }

  @Test
  void its_value_and_its_failure_come_out() {
    TestClock.run(async(() -> {
      assertThat(await(cleanup(LONG, () -> "value"))).isEqualTo("value");
      assertThatThrownBy(() -> await(cleanup(LONG, () -> {
            throw new IllegalStateException("boom");
          })))
          .isInstanceOf(IllegalStateException.class);
      currentTask().cancel("still works");
      assertThatThrownBy(() -> await(sleep(SECOND))).hasMessage("still works");
    }));
  }

  @Test
  void a_task_that_is_cancelled_before_it_begins_never_begins() {
    TestClock.run(async(() -> {
      Task<String> task = createTask(cleanup(LONG, () -> "never"));
      task.cancel();
      assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
    }));
  }

  @Test
  void a_request_from_another_thread_neither_reaches_nor_interrupts_it() throws Exception {
    var inside = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    Task<Boolean> task = Async.start(async(() -> await(cleanup(LONG, () -> {
      inside.countDown();
      return go.await(300, TimeUnit.SECONDS);
    }))));
    inside.await();
    assertThat(task.cancel(true)).isTrue();
    go.countDown();
    assertThat(task.get(300, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void closing_waits_for_it() {
    TestClock.run(async(() -> {
      Task<Void> left = createTask(worker());
      await(sleep(Duration.ofMillis(1)));
      assertThat(left.isDone()).isFalse();
    }));
    assertThat(trace).containsExactly("begins", "half", "ends with 1", "after");
  }

  @Test
  void a_limit_that_is_no_time_is_refused() {
    for (Duration limit : List.of(Duration.ZERO, Duration.ofSeconds(-1))) {
      assertThatThrownBy(() -> {
            Coroutine<Void> unused = cleanup(limit, () -> {});
          })
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("limit must be more than zero, but was " + limit
              + "; cleanup needs time, and an end");
    }
  }
}
