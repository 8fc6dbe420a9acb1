package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.util.ArrayList;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@SuppressWarnings(
    "FutureReturnValueIgnored") // of stages and tasks whose end another assertion sees
class TaskContractTest extends FutureContract {

  private final Runner runner = Runner.builder().clock(new TestClock()).build();

  @AfterEach
  void close() {
    runner.close();
  }

  @Override
  AsyncFuture<String> pending() {
    return runner.run(async(() -> createTask(sleeper())));
  }

  @Override
  AsyncFuture<String> succeeded(String value) {
    return ended(async(() -> value));
  }

  @Override
  AsyncFuture<String> failed(Throwable error) {
    return ended(async(() -> {
      throw Async.sneaky(error);
    }));
  }

  @Override
  AsyncFuture<String> cancelled(String reason) {
    return runner.run(async(() -> {
      Task<String> task = createTask(sleeper());
      task.cancel(reason);
      await(sleep(ZERO));
      return task;
    }));
  }

  @Override
  AsyncFuture<String> completedBy(AsyncFuture<Void> gate, String value) {
    return createTask(async(() -> {
      await(gate);
      return value;
    }));
  }

  @Override
  AsyncFuture<String> onThisLoop(AsyncFuture<String> future) {
    Task<String> task = createTask(async(future::join));
    await(task);
    return task;
  }

  private static Coroutine<String> sleeper() {
    return async(() -> {
      await(sleep(ofHours(1)));
      return "slept";
    });
  }

  /** The task of {@code coroutine}, on a loop that is paused, once it is done. */
  private <T> Task<T> ended(Coroutine<T> coroutine) {
    return runner.run(async(() -> {
      Task<T> task = createTask(coroutine);
      await(gatherOutcomes(task));
      return task;
    }));
  }

  // ---- completing is up to the body

  static Stream<Arguments> completions() {
    String byItsBody = "a task is completed by its body alone; use cancel() to stop it";
    return Stream.of(
        completion("complete", t -> t.complete("x"), byItsBody),
        completion(
            "completeExceptionally",
            t -> t.completeExceptionally(new IllegalStateException()),
            byItsBody),
        completion("completeAsync", t -> t.completeAsync(() -> "x"), byItsBody),
        completion("completeAsync", t -> t.completeAsync(() -> "x", Runnable::run), byItsBody),
        completion(
            "completeOnTimeout",
            t -> t.completeOnTimeout("x", 1, SECONDS),
            "a task is completed by its body alone; use waitFor() and catch"),
        completion("obtrudeValue", t -> t.obtrudeValue("x"), "its result is settled once"),
        completion(
            "obtrudeException",
            t -> t.obtrudeException(new IllegalStateException()),
            "its result is settled once"));
  }

  private static Arguments completion(String method, Consumer<Task<String>> call, String rule) {
    return arguments(method, call, rule);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("completions")
  void every_method_that_completes_by_hand_is_refused(
      String method, Consumer<Task<String>> call, String rule) {
    var task = (Task<String>) pending();

    assertThatThrownBy(() -> call.accept(task))
        .isExactlyInstanceOf(UnsupportedOperationException.class)
        .hasMessage(method + "() is not for Task[name=" + task.getName()
            + ", suspended on sleep(PT1H)]; " + rule);
    assertThat(task).isNotDone();
  }

  @Test
  void an_error_out_of_a_body_is_stored_like_any_failure() {
    var error = new AssertionError("as it is");

    assertThat(failed(error).exceptionNow()).isSameAs(error);
  }

  @Test
  void a_virtual_machine_error_is_logged_as_well() {
    var error = new InternalError("pretended");
    try (var log = new CapturedLog()) {
      assertThat(failed(error).exceptionNow()).isSameAs(error);
      assertThat(log.errors())
          .hasSize(1)
          .first()
          .asString()
          .startsWith("fatal error in Task[name=");
      assertThat(log.exceptions()).containsExactly(error);
    }
  }

  // ---- or timeout

  @Test
  void or_timeout_cancels_the_body_and_the_task_then_fails_with_the_timeout() {
    var trace = new ArrayList<String>();
    Task<String> task = ended(async(() -> {
      Task<?> self = currentTask();
      assertThat(self.orTimeout(1, MINUTES)).isSameAs(self);
      try {
        return await(sleeper());
      } finally {
        await(sleep(ofHours(2)));
        trace.add("cleaned up, " + self.cancelling() + " request");
      }
    }));

    assertThat(task.exceptionNow())
        .isExactlyInstanceOf(TimeoutException.class)
        .hasMessage(null)
        .hasSuppressedException(new CancellationException("timed out"));
    assertThat(task).isNotCancelled();
    assertThat(trace).containsExactly("cleaned up, 1 request");
  }

  @Test
  void a_value_or_an_error_of_its_own_wins_over_or_timeout() {
    var error = new IllegalStateException("own");
    assertThat(timedOutThen(async(() -> "own value")).resultNow()).isEqualTo("own value");
    assertThat(timedOutThen(async(() -> {
              throw error;
            }))
            .exceptionNow())
        .isSameAs(error);
  }

  private Task<String> timedOutThen(Coroutine<String> afterwards) {
    return ended(async(() -> {
      currentTask().orTimeout(1, MINUTES);
      assertThatThrownBy(() -> await(sleeper())).isInstanceOf(CancellationException.class);
      return await(afterwards);
    }));
  }

  @Test
  void a_task_that_ends_in_time_is_not_timed_out_later() {
    Task<String> task = ended(async(() -> {
      currentTask().orTimeout(2, HOURS);
      return await(sleeper());
    }));

    assertThat(task.orTimeout(1, HOURS).resultNow()).isEqualTo("slept");
    runner.run(sleep(ofHours(3)));
    assertThat(task.cancelling()).isZero();
  }

  // ---- cancellation

  @Test
  void a_task_cancelled_before_its_first_step_never_runs() { // T1
    var trace = new ArrayList<String>();
    runner.run(async(() -> {
      Task<?> task = createTask(async(() -> trace.add("ran")));
      assertThat(task.cancel()).isTrue();
      assertThat(task).isNotDone();
      assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);

      assertThat(task).isCancelled();
      assertThat(task.cancelling()).isEqualTo(1);
      assertThat(task.cancel()).isFalse();
      assertThat(task.cancelling()).isEqualTo(1);
    }));
    assertThat(trace).isEmpty();
  }

  @Test
  void a_task_that_cancels_itself_and_returns_without_suspending_is_cancelled() { // T2
    Task<Integer> task = ended(async(() -> {
      currentTask().cancel("myself");
      return 7;
    }));

    assertThat(task).isCancelled();
    assertThatThrownBy(task::join).hasMessage("myself");
  }

  @Test
  void a_task_that_swallows_its_cancellation_ends_with_its_value() { // T3
    runner.run(async(() -> {
      Task<Integer> task = createTask(async(() -> {
        assertThatThrownBy(() -> await(sleeper())).isInstanceOf(CancellationException.class);
        return 7;
      }));
      await(sleep(ZERO));
      assertThat(task.cancel()).isTrue();

      assertThat(await(task)).isEqualTo(7);
      assertThat(task).isNotCancelled();
      assertThat(task.cancelling()).isEqualTo(1);
      assertThat(task.cancel()).isFalse();
    }));
  }

  @Test
  void cancelling_is_a_request_and_the_task_is_done_after_its_cleanup() {
    var trace = new ArrayList<String>();
    runner.run(async(() -> {
      Task<String> task = createTask(async(() -> {
        try {
          return await(sleeper());
        } finally {
          await(sleep(ofHours(1)));
          trace.add("cleaned up");
        }
      }));
      await(sleep(ZERO));
      assertThat(task.cancel("why")).isTrue();
      assertThat(task).isNotDone().isNotCancelled();
      trace.add("requested");
      assertThatThrownBy(() -> await(task))
          .isInstanceOf(CancellationException.class)
          .hasMessage("why");
      assertThat(task).isCancelled();
    }));
    assertThat(trace).containsExactly("requested", "cleaned up");
  }

  @Test
  void each_further_cancel_strikes_again_also_in_finally() { // T4
    var trace = new ArrayList<String>();
    runner.run(async(() -> {
      Task<String> task = createTask(async(() -> {
        try {
          return await(sleeper());
        } finally {
          trace.add("finally");
          await(sleep(ofHours(1)));
          trace.add("not reached");
        }
      }));
      for (String reason : new String[] {"first", "second"}) {
        await(sleep(ZERO));
        task.cancel(reason);
      }
      assertThatThrownBy(() -> await(task)).hasMessage("second");
      assertThat(task.cancelling()).isEqualTo(2);
    }));
    assertThat(trace).containsExactly("finally");
  }

  @Test
  void a_request_taken_back_before_it_struck_never_does() { // T5
    runner.run(async(() -> {
      currentTask().cancel();
      assertThat(currentTask().cancelling()).isEqualTo(1);
      assertThat(currentTask().uncancel()).isZero();
      await(sleep(ZERO));
      assertThat(currentTask().uncancel()).isZero();
      assertThat(currentTask().cancelling()).isZero();
    }));
  }

  @Test
  void a_request_still_strikes_if_only_another_one_was_taken_back() {
    runner.run(async(() -> {
      currentTask().cancel("one");
      currentTask().cancel("two");
      assertThat(currentTask().uncancel()).isEqualTo(1);
      assertThatThrownBy(() -> await(sleep(ZERO))).isInstanceOf(CancellationException.class);
    }));
  }

  @Test
  void a_cancel_between_the_value_and_the_resumption_loses_the_value() { // T6
    runner.run(async(() -> {
      var future = new AsyncFuture<String>();
      Task<String> task = createTask(async(() -> await(future)));
      await(sleep(ZERO));
      future.complete("value");
      assertThat(task.cancel()).isTrue();
      assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
    }));
  }

  @Test
  void cancelling_a_task_that_awaits_a_task_cancels_both() { // T7
    runner.run(async(() -> {
      Task<String> inner = createTask(sleeper());
      Task<String> outer = createTask(async(() -> await(inner)));
      await(sleep(ZERO));
      outer.cancel("why");
      assertThat(outer).isNotDone();
      assertThatThrownBy(() -> await(outer))
          .isInstanceOf(CancellationException.class)
          .hasMessage("why");

      assertThat(inner).isCancelled();
      assertThat(outer).isCancelled();
      assertThat(inner.cancelling()).isEqualTo(1);
      assertThat(outer.cancelling()).isEqualTo(1);
    }));
  }

  @Test
  void an_inner_task_that_swallows_the_cancellation_saves_the_outer_one() { // T8
    runner.run(async(() -> {
      Task<String> inner = createTask(async(() -> {
        assertThatThrownBy(() -> await(sleeper())).isInstanceOf(CancellationException.class);
        return "saved";
      }));
      Task<String> outer = createTask(async(() -> await(inner)));
      await(sleep(ZERO));
      outer.cancel();

      assertThat(await(outer)).isEqualTo("saved");
      assertThat(outer).isNotCancelled();
      assertThat(outer.cancelling()).isEqualTo(1);
    }));
  }

  @Test
  void awaiting_a_task_that_somebody_cancelled_throws_but_is_no_request_to_oneself() { // T9
    runner.run(async(() -> {
      Task<String> victim = createTask(sleeper());
      Task<String> awaiter = createTask(async(() -> await(victim)));
      await(sleep(ZERO));
      victim.cancel("why");
      assertThatThrownBy(() -> await(victim)).hasMessage("why");
      assertThat(currentTask().cancelling()).isZero();
      await(sleep(ZERO));
      assertThat(awaiter).isCancelled();
      assertThat(awaiter.cancelling()).isZero();
    }));
  }

  @Test
  void the_reason_is_seen_by_the_body_and_by_every_reader() { // T10, where asyncio forgets it
    var seen = new ArrayList<String>();
    runner.run(async(() -> {
      Task<String> task = createTask(async(() -> {
        try {
          return await(sleeper());
        } catch (CancellationException e) {
          seen.add(e.getMessage());
          throw e;
        }
      }));
      await(sleep(ZERO));
      task.cancel("why");
      seen.add(catchThrowable(() -> await(task)).getMessage());
      seen.add(catchThrowable(() -> await(task)).getMessage());
      seen.add(catchThrowable(task::join).getMessage());
    }));
    assertThat(seen).containsExactly("why", "why", "why", "why");
  }

  @Test
  void a_cancellation_that_left_the_body_makes_it_cancelled_asked_for_or_not() {
    var own = new CancellationException("own idea");
    AsyncFuture<String> task = failed(own);

    assertThat(task).isCancelled();
    assertThat(((Task<String>) task).cancelling()).isZero();
    assertThatThrownBy(task::join).isSameAs(own);
  }

  @Test
  void tasks_that_wait_for_each_other_in_a_ring_can_be_cancelled() {
    runner.run(async(() -> {
      var ring = new ArrayList<Task<String>>();
      for (int i = 0; i < 3; i++) {
        int next = (i + 1) % 3;
        ring.add(createTask(async(() -> await(ring.get(next)))));
      }
      await(sleep(ZERO));
      ring.get(0).cancel("break the ring");
      for (Task<String> task : ring) {
        assertThatThrownBy(() -> await(task))
            .isInstanceOf(CancellationException.class)
            .hasMessage("break the ring");
      }
    }));
  }

  @Test
  void cancel_true_interrupts_a_body_that_blocks_in_a_call_of_its_own() {
    var trace = new ArrayList<String>();
    var blocking = new CompletableFuture<Task<?>>();
    Async.run(async(() -> {
      Task<Boolean> canceller =
          createTask(toThread(() -> blocking.get(300, SECONDS).cancel(true)));
      Task<String> task = createTask(async(() -> {
        try {
          blocking.complete(currentTask());
          trace.add("unblocked " + new CountDownLatch(1).await(300, SECONDS));
        } catch (InterruptedException e) {
          trace.add("interrupted");
        }
        assertThatThrownBy(() -> await(sleeper())).isInstanceOf(CancellationException.class);
        trace.add("cancelled, flag " + Thread.currentThread().isInterrupted());
        return "ended";
      }));
      trace.add(await(task));
      trace.add("requested " + await(canceller));
    }));
    assertThat(trace)
        .containsExactly("interrupted", "cancelled, flag false", "ended", "requested true");
  }

  @Test
  void cancel_true_does_not_interrupt_the_thread_of_a_body_that_is_suspended() {
    runner.run(async(() -> {
      Task<Boolean> task = createTask(async(() -> {
        assertThatThrownBy(() -> await(sleeper())).isInstanceOf(CancellationException.class);
        return Thread.currentThread().isInterrupted();
      }));
      await(sleep(ZERO));
      assertThat(task.cancel(true)).isTrue();
      assertThat(await(task)).isFalse();
    }));
  }

  @Test
  void a_body_that_interrupts_itself_by_cancel_true_leaves_no_flag_to_the_next() {
    runner.run(async(() -> {
      Task<Boolean> self = createTask(async(() -> {
        currentTask().cancel(true);
        return Thread.currentThread().isInterrupted();
      }));
      Task<Boolean> next = createTask(async(() -> Thread.currentThread().isInterrupted()));
      assertThatThrownBy(() -> await(self)).isInstanceOf(CancellationException.class);
      assertThat(await(next)).isFalse();
    }));
  }

  @Test
  void the_interrupt_of_cancel_true_is_over_when_the_body_suspends() {
    Task<Boolean> task = ended(async(() -> {
      currentTask().cancel(true);
      assertThatThrownBy(() -> await(sleeper())).isInstanceOf(CancellationException.class);
      await(sleeper());
      assertThat(currentTask().cancelling()).isEqualTo(1);
      return Thread.currentThread().isInterrupted();
    }));

    assertThat(task.resultNow()).isFalse();
  }

  @Test
  void a_cancel_from_a_foreign_thread_takes_its_turn_and_counts() {
    Async.run(async(() -> {
      Task<String> task = createTask(sleeper());
      assertThat(await(toThread(() -> task.cancel("from afar")))).isTrue();
      assertThatThrownBy(() -> await(task)).hasMessage("from afar");
      assertThat(task.cancelling()).isEqualTo(1);
      assertThat(await(toThread(() -> task.cancel("too late")))).isFalse();
    }));
  }

  // ---- reading a task of one's own loop

  @Test
  void a_pending_task_of_another_loop_may_be_joined_and_its_loop_goes_on() {
    Task<String> task = Async.start(async(() -> {
      await(sleep(ZERO));
      return "elsewhere";
    }));
    String joined = TestClock.run(async(task::join));

    assertThat(joined).isEqualTo("elsewhere");
  }

  @Test
  void a_done_task_of_ones_own_loop_may_be_joined() {
    String joined = runner.run(async(() -> {
      Task<String> task = createTask(sleeper());
      await(task);
      return task.join() + task.get() + task.getNow("absent");
    }));

    assertThat(joined).isEqualTo("sleptsleptslept");
  }

  // ---- dependents

  @Test
  void dependents_run_on_the_loop_between_tasks_with_no_current_task() {
    var trace = new ArrayList<String>();
    runner.run(async(() -> {
      EventLoop loop = EventLoop.current();
      Task<String> task = createTask(async(() -> "value"), "the task");
      task.thenAccept(value -> {
        trace.add(value + ", task " + Task.currentOrNull());
        trace.add(EventLoop.current() == loop ? "on the loop" : "elsewhere");
        trace.add(task.toString());
      });
      await(task);
      trace.add("resumed");
    }));

    assertThat(trace)
        .containsExactly("value, task null", "on the loop", "Task[name=the task, done]", "resumed");
  }

  @Test
  void a_dependent_that_throws_harms_nobody_but_its_own_stage() {
    runner.run(async(() -> {
      Task<String> task = createTask(sleeper());
      var dependent = task.thenApply(v -> {
        throw new IllegalStateException("bad dependent");
      });
      assertThat(await(task)).isEqualTo("slept");
      assertThatThrownBy(dependent::join).hasRootCauseMessage("bad dependent");
    }));
  }

  @Test
  void a_done_task_is_not_listed_while_its_dependents_run() {
    var trace = new ArrayList<String>();
    TestClock.run(async(() -> {
      Task<String> task = createTask(async(() -> "x"));
      task.thenRun(() -> trace.add("listed: " + EventLoop.current().tasks().contains(task)));
      await(task);
    }));
    assertThat(trace).containsExactly("listed: false");
  }

  // ---- names and texts

  @Test
  void unnamed_tasks_are_numbered_and_names_can_be_changed() {
    runner.run(async(() -> {
      Task<?> first = createTask(sleep(ZERO));
      Task<?> second = createTask(sleep(ZERO));
      int number = Integer.parseInt(first.getName().substring("Task-".length()));
      assertThat(second.getName()).isEqualTo("Task-" + (number + 1));

      second.setName("renamed");
      assertThat(second.getName()).isEqualTo("renamed");
      assertThat(createTask(sleep(ZERO), "given").getName()).isEqualTo("given");
    }));
  }

  @Test
  void it_says_what_it_does_and_how_often_its_cancellation_was_requested() {
    var texts = new ArrayList<String>();
    runner.run(async(() -> {
      var self = new Task<?>[1];
      Task<String> task = createTask(
          async(() -> {
            texts.add(self[0].toString());
            try {
              await(sleep(ofHours(2)));
              return "unreached";
            } catch (CancellationException e) {
              await(new AsyncFuture<>());
              return "unreached";
            }
          }),
          "t");
      self[0] = task;
      texts.add(task.toString());
      await(sleep(ZERO));
      texts.add(task.toString());
      task.cancel();
      texts.add(task.toString());
      await(sleep(ZERO));
      texts.add(task.toString());
      Task<String> outer = createTask(async(() -> await(task)), "outer");
      await(sleep(ZERO));
      texts.add(outer.toString());
      task.cancel();
      await(gatherOutcomes(task));
      texts.add(task.toString());
      texts.add(ended("ok", async(() -> "x")).toString());
      texts.add(ended("bad", async(() -> {
            throw new IOException("no disk");
          }))
          .toString());
    }));

    assertThat(texts)
        .containsExactly(
            "Task[name=t, not started]",
            "Task[name=t, running]",
            "Task[name=t, suspended on sleep(PT2H)]",
            "Task[name=t, ready, 1 cancel request]",
            "Task[name=t, suspended on AsyncFuture[pending], 1 cancel request]",
            "Task[name=outer, suspended on task t]",
            "Task[name=t, cancelled, 2 cancel requests]",
            "Task[name=ok, done]",
            "Task[name=bad, failed: java.io.IOException: no disk]");
  }

  private static Task<String> ended(String name, Coroutine<String> coroutine) {
    Task<String> task = createTask(coroutine, name);
    await(gatherOutcomes(task));
    return task;
  }
}
