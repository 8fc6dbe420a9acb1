package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EagerStartTest {

  private static final Duration SECOND = Duration.ofSeconds(1);

  private final List<String> trace = new ArrayList<>();

  private <T> Task<T> eager(Coroutine<T> coroutine) {
    return createTask(coroutine, TaskOptions.named("eager").withEagerStart());
  }

  @Test
  void a_body_that_does_not_wait_is_done_before_the_call_returns() {
    TestClock.run(async(() -> {
      Task<?> creator = currentTask();
      Task<String> task = eager(async(() -> {
        trace.add(currentTask().getName());
        return "done";
      }));
      assertThat(task.resultNow()).isEqualTo("done");
      assertThat(currentTask()).isSameAs(creator);
      assertThat(Async.allTasks()).containsExactly(creator);
    }));
    assertThat(trace).containsExactly("eager");
  }

  @Test
  void a_body_that_waits_goes_on_later_and_nobody_else_runs_before_the_creator() {
    TestClock.run(async(() -> {
      Task<Void> other = createTask(async(() -> {
        trace.add("other");
      }));
      Task<Void> task = eager(async(() -> {
        trace.add("begins");
        await(sleep(Duration.ZERO));
        trace.add("goes on");
      }));
      trace.add("creator");
      await(task);
      await(other);
    }));
    assertThat(trace).containsExactly("begins", "creator", "other", "goes on");
  }

  @Test
  void it_may_start_another_one_eagerly() {
    TestClock.run(async(() -> {
      Task<Void> task = eager(async(() -> {
        trace.add("outer");
        Task<Void> inner = eager(async(() -> {
          trace.add("inner");
          await(sleep(SECOND));
          trace.add("inner ends");
        }));
        trace.add("outer again");
        await(inner);
      }));
      trace.add("creator");
      await(task);
    }));
    assertThat(trace).containsExactly("outer", "inner", "outer again", "creator", "inner ends");
  }

  @Test
  void a_callback_may_start_one() {
    TestClock.run(async(() -> {
      var task = new AsyncFuture<Task<String>>();
      EventLoop.current().execute(() -> {
        task.complete(eager(async(() -> {
          trace.add("begins");
          await(sleep(SECOND));
          return "done";
        })));
        trace.add("callback");
      });
      assertThat(await(await(task))).isEqualTo("done");
    }));
    assertThat(trace).containsExactly("begins", "callback");
  }

  @Test
  void a_wait_of_the_library_alone_starts_eagerly_too() {
    Duration time = TestClock.run(async(() -> {
      Task<Void> task = eager(sleep(SECOND));
      assertThat(task).hasToString("Task[name=eager, suspended on sleep(PT1S)]");
      await(task);
      return EventLoop.current().time();
    }));
    assertThat(time).isEqualTo(SECOND);
  }

  @Test
  void its_failure_is_its_own() {
    TestClock.run(async(() -> {
      Task<Void> task = eager(async(() -> {
        throw new IllegalStateException("boom");
      }));
      assertThat(task.exceptionNow()).hasMessage("boom");
    }));
  }

  @Test
  void it_may_cancel_its_creator_which_hears_of_it_at_its_next_await() {
    assertThatThrownBy(() -> TestClock.run(async(() -> {
          Task<?> creator = currentTask();
          Task<Void> task = eager(async(() -> {
            creator.cancel("by the eager one");
          }));
          trace.add("goes on after " + task.isDone());
          await(sleep(SECOND));
          trace.add("never");
        })))
        .isInstanceOf(CancellationException.class)
        .hasMessage("by the eager one");
    assertThat(trace).containsExactly("goes on after true");
  }

  @Test
  void it_may_be_cancelled_where_it_first_waits() {
    TestClock.run(async(() -> {
      Task<Void> task = eager(async(() -> {
        try {
          await(sleep(SECOND));
        } finally {
          trace.add("cleanup");
        }
      }));
      task.cancel();
      assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
    }));
    assertThat(trace).containsExactly("cleanup");
  }

  @Test
  void a_thousand_one_inside_the_other() {
    var depth = new AtomicInteger();
    TestClock.run(async(() -> await(nested(depth, 1_000))));
    assertThat(depth).hasValue(1_000);
  }

  private Coroutine<Void> nested(AtomicInteger depth, int left) {
    return async(() -> {
      depth.incrementAndGet();
      if (left > 1) {
        Task<Void> task = eager(nested(depth, left - 1));
        await(task);
      }
    });
  }

  @Test
  void without_a_thread_it_fails_and_the_creator_goes_on() {
    Runner.Builder settings = Runner.builder().driverThreads(work -> {
      throw new RejectedExecutionException("no thread");
    });
    TestClock.run(settings, async(() -> {
      Task<String> task = eager(async(() -> "never"));
      assertThatThrownBy(task::join)
          .isInstanceOf(CompletionException.class)
          .hasRootCauseMessage("no thread");
      trace.add("creator");
    }));
    assertThat(trace).containsExactly("creator");
  }

  @Test
  void drivers_end_with_the_loop() throws Exception {
    var drivers = new TrackedThreads();
    TestClock.run(Runner.builder().driverThreads(drivers), async(() -> {
      for (int i = 0; i < 100; i++) {
        Task<Void> task = eager(async(() -> await(sleep(SECOND))));
        assertThat(task.isDone()).isFalse();
      }
      await(sleep(Duration.ofSeconds(2)));
    }));
    drivers.awaitEnd();
    assertThat(drivers.count()).isPositive();
  }

  @Test
  void a_loop_that_is_abandoned_meanwhile_wakes_the_creator() {
    Runner.Builder settings =
        Runner.builder().closingGrace(Duration.ofMillis(30)).closingLimit(Duration.ofMillis(30));
    assertThatThrownBy(() -> {
          try (Runner runner = settings.build()) {
            runner.run(async(() -> {
              createTask(async(() -> {
                try {
                  await(new AsyncFuture<>());
                } finally {
                  EventLoop.current().execute(() -> {
                    Task<Void> task =
                        eager(async(() -> new java.util.concurrent.CountDownLatch(1).await()));
                    trace.add("creator " + task.isDone());
                  });
                }
              }));
              await(sleep(Duration.ZERO));
            }));
          }
        })
        .isInstanceOf(AbandonedTasksException.class);
  }
}
