package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** What run and await do with coroutines, tasks, sleeps and plain stages, as every program meets it. */
@SuppressWarnings("FutureReturnValueIgnored") // of tasks that trace what they do
class RunAndAwaitTest {

  private final List<String> trace = new ArrayList<>();

  private Coroutine<String> traced(String name) {
    return async(() -> {
      trace.add(name);
      return name;
    });
  }

  // ---- coroutines

  @Test
  void making_a_coroutine_runs_nothing() {
    Coroutine<String> coroutine = traced("ran");
    assertThat(trace).isEmpty();

    assertThat(TestClock.run(coroutine)).isEqualTo("ran");
    assertThat(trace).containsExactly("ran");
  }

  @Test
  void an_action_gives_null() {
    assertThat(TestClock.<Void>run(async(() -> {
          trace.add("ran");
        })))
        .isNull();
    assertThat(trace).containsExactly("ran");
  }

  @Test
  void a_coroutine_says_what_it_is_and_whether_it_has_begun() {
    Coroutine<Void> sleeping = sleep(ofSeconds(2));
    Coroutine<String> body = traced("x");
    assertThat(sleeping).hasToString("Coroutine[sleep(PT2S), not started]");
    assertThat(body)
        .hasToString("Coroutine[async body in dev.asyncawait.RunAndAwaitTest, not started]");
    assertThat(Async.waitFor(AsyncFuture.completedFuture("x"), ofSeconds(2)))
        .hasToString("Coroutine[waitFor(AsyncFuture[done], PT2S), not started]");
    assertThat(toThread(() -> "x")).hasToString("Coroutine[toThread, not started]");

    TestClock.run(sleeping);
    assertThat(sleeping).hasToString("Coroutine[sleep(PT2S), started]");
    body.drop();
    assertThat(body)
        .hasToString("Coroutine[async body in dev.asyncawait.RunAndAwaitTest, dropped]");
  }

  @Test
  void an_awaited_coroutine_runs_inline_in_the_same_task_with_its_callers_in_the_trace() {
    TestClock.run(async(() -> {
      Task<?> outer = currentTask();
      StackTraceElement[] stack = await(async(() -> {
        assertThat(currentTask()).isSameAs(outer);
        return new Throwable().getStackTrace();
      }));
      assertThat(stack)
          .extracting(StackTraceElement::getMethodName)
          .contains(
              "an_awaited_coroutine_runs_inline_in_the_same_task_with_its_callers_in_the_trace");
    }));
  }

  // ---- run and await

  @Test
  void run_and_await_throw_the_very_exception_also_a_checked_one() {
    var failure = new IOException("no disk");
    Coroutine<String> failing = async(() -> {
      throw failure;
    });
    var caught = new ArrayList<Throwable>();

    assertThatThrownBy(() -> TestClock.run(async(() -> {
          Task<String> task = createTask(failing);
          try {
            return await(task);
          } catch (Throwable e) {
            caught.add(e);
            throw e;
          }
        })))
        .isSameAs(failure);
    assertThat(caught).containsExactly(failure);
  }

  @Test
  void the_overloads_with_a_class_declare_a_checked_exception() {
    var failure = new IOException("no disk");
    for (AsyncAction attempt : List.<AsyncAction>of(
        () -> await(
            async(() -> {
              throw failure;
            }),
            IOException.class),
        () -> await(AsyncFuture.failedFuture(failure), IOException.class),
        () -> await(CompletableFuture.failedFuture(failure), IOException.class))) {
      try {
        Async.run(async(attempt), IOException.class);
        trace.add("no exception");
      } catch (IOException e) {
        assertThat(e).isSameAs(failure);
        trace.add("caught");
      }
    }
    assertThat(trace).containsExactly("caught", "caught", "caught");
  }

  @Test
  void a_completion_exception_that_a_body_threw_is_left_alone() {
    var own = new CompletionException("own", new IOException("inside"));
    TestClock.run(async(() -> {
      Task<String> task = createTask(async(() -> {
        throw own;
      }));
      assertThatThrownBy(() -> await(task)).isSameAs(own);
      assertThatThrownBy(() -> await(AsyncFuture.failedFuture(own))).isSameAs(own);
    }));
    assertThatThrownBy(() -> Async.run(async(() -> {
          throw own;
        })))
        .isSameAs(own);
  }

  @Test
  void what_is_done_and_what_does_not_suspend_lets_nobody_else_run() { // T71
    TestClock.run(async(() -> {
      createTask(traced("other"));
      await(AsyncFuture.completedFuture("done"));
      await(CompletableFuture.completedFuture("done"));
      assertThatThrownBy(() -> await(AsyncFuture.failedFuture(new IOException())))
          .isInstanceOf(IOException.class);
      await(async(() -> await(traced("inline"))));
      trace.add("main");
      await(sleep(ZERO));
    }));
    assertThat(trace).containsExactly("inline", "main", "other");
  }

  @Test
  void tasks_start_in_the_order_of_their_creation_once_their_creator_suspends() {
    TestClock.run(async(() -> {
      createTask(traced("a"));
      EventLoop.current().execute(() -> trace.add("callback"));
      createTask(traced("b"));
      EventLoop.current().submit(traced("c"));
      trace.add("creator");
      await(sleep(ZERO));
      trace.add("creator again");
    }));
    assertThat(trace).containsExactly("creator", "a", "callback", "b", "c", "creator again");
  }

  // ---- sleep

  @Test
  void sleepers_wake_in_the_order_of_their_deadlines() {
    TestClock.run(async(() -> {
      List<Task<Void>> sleepers = new ArrayList<>();
      for (int hours : new int[] {3, 1, 2}) {
        sleepers.add(createTask(async(() -> {
          await(sleep(ofHours(hours)));
          trace.add(hours + " " + EventLoop.current().time());
        })));
      }
      await(Async.gather(sleepers));
    }));
    assertThat(trace).containsExactly("1 PT1H", "2 PT2H", "3 PT3H");
  }

  @Test
  void equal_timers_fire_in_the_order_in_which_they_were_set() {
    TestClock.run(async(() -> {
      for (String name : List.of("a", "b", "c", "d")) {
        createTask(async(() -> {
          await(sleep(ofHours(1)));
          trace.add(name);
        }));
        EventLoop.current().schedule(ofHours(1), () -> trace.add("timer of " + name));
      }
      await(sleep(ofHours(2)));
    }));
    assertThat(trace)
        .containsExactly(
            "timer of a", "timer of b", "timer of c", "timer of d", "a", "b", "c", "d");
  }

  @Test
  void sleeping_no_time_lets_the_others_have_one_turn() { // T75
    TestClock.run(async(() -> {
      createTask(async(() -> {
        for (int i = 0; i < 3; i++) {
          trace.add("other " + i);
          await(sleep(ZERO));
        }
      }));
      for (Duration none : List.of(ZERO, ofHours(-1))) {
        await(sleep(none));
        trace.add("main " + EventLoop.current().time());
      }
    }));
    assertThat(trace).containsExactly("other 0", "main PT0S", "other 1", "main PT0S", "other 2");
  }

  @Test
  void a_cancelled_sleep_ends_at_once() {
    TestClock.run(async(() -> {
      Task<Void> sleeper = createTask(sleep(ofHours(1)));
      await(sleep(ofSeconds(1)));
      sleeper.cancel("enough");
      assertThatThrownBy(() -> await(sleeper))
          .isInstanceOf(CancellationException.class)
          .hasMessage("enough");
      assertThat(EventLoop.current().time()).isEqualTo(ofSeconds(1));
    }));
  }

  // ---- who runs

  @Test
  void the_current_task_is_known_in_every_task_and_all_tasks_lists_what_is_not_done() {
    TestClock.run(async(() -> {
      Task<?> main = currentTask();
      Task<Void> other = createTask(
          async(() -> {
            trace.add(currentTask().getName());
            await(sleep(ofHours(1)));
            trace.add(currentTask().getName());
          }),
          "other");
      assertThat(Async.allTasks()).containsExactly(main, other);
      await(other);
      assertThat(Async.allTasks()).containsExactly(main);
      assertThat(currentTask()).isSameAs(main);
    }));
    assertThat(trace).containsExactly("other", "other");
  }

  @Test
  void rethrow_if_cancelled_throws_cancellations_alone() {
    var cancellation = new CancellationException("why");

    assertThatThrownBy(() -> Async.rethrowIfCancelled(cancellation)).isSameAs(cancellation);
    assertThatCode(() -> Async.rethrowIfCancelled(new IOException())).doesNotThrowAnyException();
    assertThatCode(() -> Async.rethrowIfCancelled(new AsyncTimeoutException("late")))
        .doesNotThrowAnyException();
  }

  @Test
  void start_runs_a_coroutine_on_a_loop_of_its_own() {
    TestClock.run(async(() -> {
      EventLoop here = EventLoop.current();
      var gate = new AsyncFuture<Void>();
      Task<EventLoop> task = Async.start(async(() -> {
        await(gate);
        return EventLoop.current();
      }));
      gate.complete(null);
      assertThat(await(task)).isNotSameAs(here);
    }));
    assertThat(Async.start(traced("outside")).join()).isEqualTo("outside");
  }

  @Test
  void a_started_task_can_be_cancelled_from_outside() {
    Task<Void> task = Async.start(sleep(ofHours(1)));
    assertThat(task.cancel("stop")).isTrue();
    assertThatThrownBy(() -> task.get(300, SECONDS))
        .isInstanceOf(CancellationException.class)
        .hasMessage("stop");
  }

  // ---- plain stages

  @Test
  void the_wrapper_that_a_stage_puts_around_a_failure_is_taken_off() {
    var failure = new IOException("no net");
    Async.run(async(() -> {
      var early = CompletableFuture.failedFuture(failure).thenApply(v -> "x");
      assertThatThrownBy(() -> await(early)).isSameAs(failure);
      assertThatThrownBy(() -> await(Async.from(early))).isSameAs(failure);
      for (boolean mirrored : new boolean[] {true, false}) {
        var source = new CompletableFuture<String>();
        var late = source.thenApply(v -> "x");
        createTask(toThread(() -> source.completeExceptionally(failure)));
        assertThatThrownBy(() -> await(mirrored ? Async.from(late) : late)).isSameAs(failure);
      }
    }));
  }

  @Test
  void a_stage_completed_elsewhere_wakes_the_task_that_awaits_it() {
    Async.run(async(() -> {
      var stage = new CompletableFuture<String>();
      createTask(toThread(() -> stage.complete("value")));
      assertThat(await(stage)).isEqualTo("value");
      assertThat(await(Async.from(stage))).isEqualTo("value");
      assertThat(EventLoop.current().activity().stagesInFlight()).isZero();
    }));
  }

  @Test
  void cancelling_a_task_that_awaits_a_stage_cancels_the_stage() {
    TestClock.run(async(() -> {
      var stage = new CompletableFuture<String>();
      Task<String> task = createTask(async(() -> await(stage)));
      await(sleep(ZERO));
      assertThat(task).asString().contains("suspended on stage ");
      assertThat(EventLoop.current().activity().stagesInFlight()).isEqualTo(1);
      task.cancel("why");
      assertThatThrownBy(() -> await(task)).hasMessage("why");

      assertThat(stage).isCancelled();
      assertThat(EventLoop.current().activity().stagesInFlight()).isZero();
    }));
  }

  @Test
  void cancellation_of_a_mirrored_stage_goes_both_ways() {
    TestClock.run(async(() -> {
      var forth = new CompletableFuture<String>();
      Async.from(forth).cancel();
      assertThat(forth).isCancelled();

      var back = new CompletableFuture<String>();
      AsyncFuture<String> mirror = Async.from(back);
      back.cancel(true);
      assertThatThrownBy(() -> await(mirror)).isInstanceOf(CancellationException.class);
      assertThat(mirror).isCancelled();
      assertThat(currentTask().cancelling()).isZero();
    }));
  }

  @Test
  void a_future_of_ours_is_its_own_mirror_and_one_made_off_a_loop_works_too() {
    var future = new AsyncFuture<String>();
    assertThat(Async.from(future)).isSameAs(future);

    var stage = new CompletableFuture<String>();
    AsyncFuture<String> mirror = Async.from(stage);
    stage.complete("value");
    assertThat(mirror.join()).isEqualTo("value");
  }
}
