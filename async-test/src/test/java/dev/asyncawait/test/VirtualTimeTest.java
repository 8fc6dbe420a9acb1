package dev.asyncawait.test;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.from;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static dev.asyncawait.Async.waitFor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.Async;
import dev.asyncawait.AsyncFuture;
import dev.asyncawait.AsyncTimeoutException;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class VirtualTimeTest {

  private static final Duration HOUR = Duration.ofHours(1);

  private static Duration now() {
    return EventLoop.current().time();
  }

  @Test
  void sleeping_takes_exactly_its_time_and_none_in_reality() {
    Duration slept = VirtualTime.run(async(() -> {
      for (int i = 0; i < 24; i++) {
        await(sleep(HOUR));
      }
      return now();
    }));
    assertThat(slept).isEqualTo(Duration.ofDays(1));
  }

  @Test
  void time_stands_still_while_something_runs() {
    Duration busy = VirtualTime.run(async(() -> {
      Task<Void> timer = createTask(sleep(HOUR));
      for (int i = 0; i < 1000; i++) {
        await(sleep(Duration.ZERO));
      }
      timer.cancel();
      return now();
    }));
    assertThat(busy).isZero();
  }

  @Test
  void timers_fire_by_deadline_and_then_in_the_order_in_which_they_were_set() {
    var trace = new ArrayList<String>();
    VirtualTime.run(async(() -> {
      var tasks = new ArrayList<Task<?>>();
      for (String step : List.of("3c", "1a", "3d", "2b")) {
        tasks.add(createTask(async(() -> {
          await(sleep(Duration.ofMinutes(step.charAt(0) - '0')));
          trace.add(step + "@" + now().toMinutes());
        })));
      }
      await(gather(tasks));
    }));
    assertThat(trace).containsExactly("1a@1", "2b@2", "3c@3", "3d@3");
  }

  @Test
  void a_call_on_a_thread_is_waited_for_before_the_time_moves() {
    var timerSet = new CountDownLatch(1);
    List<String> trace = VirtualTime.run(async(() -> {
      var steps = new ArrayList<String>();
      Task<Void> timer = createTask(async(() -> {
        timerSet.countDown();
        await(sleep(HOUR));
        steps.add("timer");
      }));
      steps.add(await(toThread(() -> timerSet.await(300, TimeUnit.SECONDS) ? "call" : "no timer"))
          + "@" + now());
      await(timer);
      return steps;
    }));
    assertThat(trace).containsExactly("call@PT0S", "timer");
  }

  @Test
  void a_call_that_does_not_end_is_reported() {
    var never = new CountDownLatch(1);
    assertThatThrownBy(() -> VirtualTime.options().limit(Duration.ofSeconds(1)).run(async(() -> {
          await(toThread(() -> never.await(1, TimeUnit.HOURS)));
        })))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            "1 call of toThread has not ended within PT1S of real time:\n  Task[name=");
  }

  @Test
  void a_stage_that_completes_within_the_grace_is_seen_before_the_next_timer() {
    var timerSet = new CountDownLatch(1);
    List<String> trace = VirtualTime.options().stageGrace(Duration.ofMinutes(5)).run(async(() -> {
      var steps = new ArrayList<String>();
      Task<Void> timer = createTask(async(() -> {
        timerSet.countDown();
        await(sleep(HOUR));
        steps.add("timer");
      }));
      steps.add(await(CompletableFuture.supplyAsync(() -> {
            try {
              return timerSet.await(300, TimeUnit.SECONDS) ? "stage" : "no timer";
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          }))
          + "@" + now());
      await(timer);
      return steps;
    }));
    assertThat(trace).containsExactly("stage@PT0S", "timer");
  }

  @Test
  void a_stage_that_completes_while_the_loop_becomes_idle_is_seen_before_the_next_timer() {
    for (int i = 0; i < 500; i++) {
      var stage = new CompletableFuture<String>();
      var begun = new AtomicBoolean();
      var completer = new Thread(() -> {
        while (!begun.get()) {
          Thread.onSpinWait();
        }
        stage.complete("stage");
      });
      completer.start();
      Coroutine<Duration> main = async(() -> {
        Task<Void> timer = createTask(async(() -> {
          begun.set(true);
          await(sleep(HOUR));
        }));
        await(stage);
        Duration seen = now();
        await(timer);
        return seen;
      });
      assertThat(VirtualTime.options().stageGrace(Duration.ofMinutes(5)).run(main))
          .isZero();
    }
  }

  @Test
  void a_stage_that_never_completes_does_not_keep_the_time_from_moving() {
    Coroutine<Duration> main = async(() -> {
      assertThatThrownBy(() -> await(waitFor(from(new CompletableFuture<>()), HOUR)))
          .isInstanceOf(AsyncTimeoutException.class);
      return now();
    });
    assertThat(VirtualTime.options().stageGrace(Duration.ofMillis(5)).run(main)).isEqualTo(HOUR);
  }

  @Test
  void a_loop_started_inside_shares_the_time() {
    Coroutine<Duration> main = async(() -> {
      Task<Duration> other = Async.start(async(() -> {
        await(sleep(HOUR));
        return now();
      }));
      await(sleep(Duration.ofMinutes(30)));
      assertThat(other.isDone()).isFalse();
      assertThat(await(other)).isEqualTo(HOUR);
      return now();
    });
    assertThat(VirtualTime.run(main)).isEqualTo(HOUR);
  }

  @Test
  void when_nothing_can_wake_the_tasks_the_run_fails_at_once_and_lists_them() {
    assertThatThrownBy(() -> VirtualTime.run(async(() -> {
          createTask(async(() -> await(new AsyncFuture<>())), "other");
          createTask(async(() -> await(new AsyncFuture<>())), "another");
          await(new AsyncFuture<>());
        })))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("every task waits and nothing can wake them:\n")
        .hasMessageContaining("\n  Task[name=other, suspended on AsyncFuture[pending]]")
        .hasMessageContaining("\n  Task[name=another, suspended on AsyncFuture[pending]]");
  }

  @Test
  void cleanup_runs_when_nothing_can_wake_the_tasks() {
    var trace = new ArrayList<String>();
    assertThatThrownBy(() -> VirtualTime.run(async(() -> {
          try {
            await(new AsyncFuture<>());
          } finally {
            await(sleep(HOUR));
            trace.add("cleaned up at " + now());
          }
        })))
        .isInstanceOf(AssertionError.class);
    assertThat(trace).containsExactly("cleaned up at PT1H");
  }

  @Test
  void a_main_that_swallows_its_cancellation_and_waits_on_fails_all_the_same() {
    assertThatThrownBy(() -> VirtualTime.run(async(() -> {
          while (true) {
            try {
              await(new AsyncFuture<>());
            } catch (CancellationException e) {
              // waits on
            }
          }
        })))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("every task waits");
  }

  @Test
  void what_main_throws_is_thrown_as_it_is() {
    var failure = new IOException("no disk");
    assertThatThrownBy(() -> VirtualTime.run(async(() -> {
          await(sleep(HOUR));
          throw failure;
        })))
        .isSameAs(failure);
  }

  @Test
  void options_refuse_negative_times() {
    assertThatThrownBy(() -> VirtualTime.options().stageGrace(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("stageGrace must not be negative, but was PT-1S");
    assertThatThrownBy(() -> VirtualTime.options().limit(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("limit must not be negative, but was PT-1S");
    assertThatThrownBy(() -> VirtualTime.options().timeout(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("timeout must not be negative, but was PT-1S");
  }
}
