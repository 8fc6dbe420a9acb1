package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static dev.asyncawait.Async.waitTasks;
import static dev.asyncawait.ReturnWhen.ALL_COMPLETED;
import static dev.asyncawait.ReturnWhen.FIRST_COMPLETED;
import static dev.asyncawait.ReturnWhen.FIRST_EXCEPTION;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class WaitTasksTest {

  private final List<String> trace = new ArrayList<>();

  private static Coroutine<Integer> after(int hours) {
    return async(() -> {
      await(sleep(ofHours(hours)));
      return hours;
    });
  }

  private static Coroutine<Integer> failingAfter(int hours) {
    return async(() -> {
      await(sleep(ofHours(hours)));
      throw new IllegalStateException("after " + hours);
    });
  }

  private static List<Task<Integer>> tasks(Collection<Coroutine<Integer>> coroutines) {
    return coroutines.stream().map(Async::createTask).toList();
  }

  private static void assertTime(Duration expected) {
    assertThat(EventLoop.current().time()).isEqualTo(expected);
  }

  @Test
  void it_waits_for_all_and_gives_them_in_the_order_given() {
    CleanRun.of(() -> {
      var tasks = tasks(List.of(after(3), after(1), failingAfter(2)));
      Waited<Task<Integer>> waited = await(waitTasks(tasks));
      assertTime(ofHours(3));
      assertThat(waited.done()).containsExactlyElementsOf(tasks);
      assertThat(waited.pending()).isEmpty();
      assertThat(tasks.get(2).exceptionNow()).hasMessage("after 2");
    });
  }

  @Test
  void it_waits_for_the_first_one_done_cancelled_or_not() {
    CleanRun.of(() -> {
      var tasks = tasks(List.of(after(3), after(2), after(4)));
      Waited<Task<Integer>> waited = await(waitTasks(tasks, FIRST_COMPLETED));
      assertTime(ofHours(2));
      assertThat(waited.done()).containsExactly(tasks.get(1));
      assertThat(waited.pending()).containsExactly(tasks.get(0), tasks.get(2));

      tasks.get(2).cancel();
      waited = await(waitTasks(waited.pending(), FIRST_COMPLETED));
      assertTime(ofHours(2));
      assertThat(waited.done()).containsExactly(tasks.get(2));
      await(waitTasks(tasks));
    });
  }

  @Test
  void it_waits_for_the_first_failure_which_a_cancellation_is_not() {
    CleanRun.of(() -> {
      var tasks = tasks(List.of(after(4), after(1), failingAfter(3), after(2)));
      await(sleep(ZERO));
      tasks.get(3).cancel();
      Waited<Task<Integer>> waited = await(waitTasks(tasks, FIRST_EXCEPTION));
      assertTime(ofHours(3));
      assertThat(waited.done()).containsExactlyElementsOf(tasks.subList(1, 4));
      assertThat(tasks.get(2).exceptionNow()).hasMessage("after 3");
      assertThat(waited.pending()).containsExactly(tasks.get(0));

      waited = await(waitTasks(List.of(tasks.get(0), tasks.get(1)), FIRST_EXCEPTION));
      assertTime(ofHours(4));
      assertThat(waited.pending()).isEmpty();
    });
  }

  @ParameterizedTest
  @EnumSource
  void when_the_time_has_passed_it_tells_who_is_late_and_cancels_nobody(ReturnWhen returnWhen) {
    CleanRun.of(
        () -> { // T39
          var tasks = tasks(List.of(after(3), after(3)));
          Waited<Task<Integer>> waited = await(waitTasks(tasks, returnWhen, ofHours(2)));
          assertTime(ofHours(2));
          assertThat(waited.done()).isEmpty();
          assertThat(waited.pending()).containsExactlyElementsOf(tasks);
          assertThat(tasks).allSatisfy(task -> assertThat(task.cancelling()).isZero());
          waited = await(waitTasks(tasks, ALL_COMPLETED, ofHours(2)));
          assertTime(ofHours(3));
          assertThat(waited.done()).containsExactlyElementsOf(tasks);
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-1S"})
  void with_no_time_at_all_it_looks_once(Duration none) {
    CleanRun.of(() -> {
      Task<Integer> late = createTask(after(1));
      AsyncFuture<Integer> done = AsyncFuture.completedFuture(1);
      Waited<AsyncFuture<Integer>> waited =
          await(waitTasks(List.of(late, done), ALL_COMPLETED, none));
      assertTime(ZERO);
      assertThat(waited.done()).containsExactly(done);
      assertThat(waited.pending()).containsExactly(late);
      await(late);
    });
  }

  @Test
  void what_is_given_twice_counts_once() {
    CleanRun.of(() -> {
      Task<Integer> task = createTask(after(1));
      AsyncFuture<Integer> done = AsyncFuture.completedFuture(1);
      var waited = await(waitTasks(List.of(done, done, task, task)));
      assertThat(waited.done()).containsExactly(done, task);
      waited = await(waitTasks(List.of(done, done, new AsyncFuture<Integer>()), FIRST_COMPLETED));
      assertThat(waited.done()).containsExactly(done);
      assertThat(waited.pending()).hasSize(1);
    });
  }

  @Test
  void nothing_to_wait_for_is_refused_at_the_call() { // T38
    for (var returnWhen : ReturnWhen.values()) {
      assertThatThrownBy(() -> waitTasks(Set.<Task<?>>of(), returnWhen))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "futures must not be empty; leave waitTasks() out where there is nothing to wait for");
    }
    assertThatThrownBy(() -> waitTasks(Collections.singleton((Task<?>) null)))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("a future to wait for must not be null");
  }

  @Test
  void later_changes_of_the_collection_and_of_the_answer_do_not_matter() {
    CleanRun.of(() -> {
      var tasks = new ArrayList<>(tasks(List.of(after(1), after(2))));
      Coroutine<Waited<Task<Integer>>> wait = waitTasks(tasks);
      Task<Integer> removed = tasks.remove(1);
      Waited<Task<Integer>> waited = await(wait);
      assertThat(waited.done()).containsExactly(tasks.get(0), removed);
      assertThatThrownBy(() -> waited.done().clear())
          .isInstanceOf(UnsupportedOperationException.class);
      assertThatThrownBy(() -> waited.pending().add(removed))
          .isInstanceOf(UnsupportedOperationException.class);
      assertThat(waited).isEqualTo(new Waited<>(waited.done(), waited.pending()));
    });
    assertThatThrownBy(() -> new Waited<Task<?>>(null, Set.of()))
        .hasMessage("done must not be null");
    assertThatThrownBy(() -> new Waited<Task<?>>(Set.of(), null))
        .hasMessage("pending must not be null");
  }

  @Test
  void cancelling_the_waiter_before_during_and_after_cancels_nothing_else() { // T40
    CleanRun.of(() -> {
      Task<Integer> awaited = createTask(after(2));
      Coroutine<Waited<Task<Integer>>> wait = waitTasks(Set.of(awaited), ALL_COMPLETED, ofHours(9));
      Task<?> before = createTask(wait);
      before.cancel();
      Task<?> during = createTask(waitTasks(Set.of(awaited), ALL_COMPLETED, ofHours(9)));
      Task<?> after = createTask(waitTasks(Set.of(awaited), ALL_COMPLETED, ofHours(9)));
      await(sleep(ofHours(1)));
      assertThat(CleanRun.waiters(awaited)).isEqualTo(2);
      during.cancel("why");
      assertThatThrownBy(() -> await(during))
          .isInstanceOf(CancellationException.class)
          .hasMessage("why");
      assertThat(before).isCancelled();
      assertThat(awaited.cancelling()).isZero();
      assertThat(CleanRun.waiters(awaited)).isEqualTo(1);
      await(after);
      assertThat(after.cancel()).isFalse();
      assertThat(await(awaited)).isEqualTo(2);
    });
  }

  @Test
  void a_waiter_cancelled_when_it_was_woken_and_has_not_run_is_cancelled() {
    CleanRun.of(() -> {
      var future = new AsyncFuture<Integer>();
      Task<?> waiter = createTask(waitTasks(Set.of(future)));
      await(sleep(ZERO));
      future.complete(1);
      EventLoop.current().execute(waiter::cancel); // after the turn that wakes it
      assertThatThrownBy(() -> await(waiter)).isInstanceOf(CancellationException.class);
      assertThat(waiter.cancelling()).isEqualTo(1);
    });
  }

  @Test
  void it_takes_one_turn_for_each_future_and_one_for_the_waiter() {
    CleanRun.of(() -> {
      var a = new AsyncFuture<Integer>();
      Task<?> waiter = createTask(async(() -> {
        await(waitTasks(List.of(a, AsyncFuture.completedFuture(1))));
        trace.add("waited");
      }));
      await(sleep(ZERO));
      await(sleep(ZERO));
      a.complete(1);
      for (int i = 1; i <= 3; i++) {
        trace.add("turn " + i);
        await(sleep(ZERO));
      }
      await(waiter);
    });
    assertThat(trace).containsExactly("turn 1", "turn 2", "waited", "turn 3");
  }

  @Test
  void even_if_all_are_done_the_others_get_a_turn() {
    CleanRun.of(() -> {
      Task<?> other = createTask(async(() -> {
        trace.add("other");
      }));
      await(waitTasks(Set.of(AsyncFuture.completedFuture(1))));
      trace.add("waited");
      await(other);
    });
    assertThat(trace).containsExactly("other", "waited");
  }

  @Test
  void done_callbacks_and_stages_of_the_futures_that_throw_do_not_disturb_it() {
    try (var log = new CapturedLog()) {
      CleanRun.of(() -> {
        var future = new AsyncFuture<Integer>();
        future.addDoneCallback(done -> {
          throw new IllegalStateException("callback");
        });
        var unused = future.thenRun(() -> {
          throw new IllegalStateException("stage");
        });
        EventLoop.current().schedule(ofHours(1), () -> future.complete(1));
        assertThat(await(waitTasks(Set.of(future))).done()).containsExactly(future);
      });
      assertThat(log.errors()).hasSize(1);
    }
  }

  @Test
  void the_futures_may_be_of_other_loops_and_completed_by_foreign_threads() {
    CleanRun.of(() -> {
      var future = new AsyncFuture<Integer>();
      Task<Integer> elsewhere = Async.start(after(1));
      Task<?> completing = createTask(toThread(() -> future.complete(1)));
      var waited = await(waitTasks(List.of(future, elsewhere)));
      assertThat(waited.done()).containsExactly(future, elsewhere);
      await(completing);
    });
  }

  @Test
  void the_coroutine_may_be_made_on_any_thread_and_says_what_it_waits_for() {
    var future = new AsyncFuture<Integer>();
    var wait = waitTasks(List.of(future), FIRST_COMPLETED, ofMinutes(1));
    assertThat(wait).hasToString("Coroutine[waitTasks(1, FIRST_COMPLETED, PT1M), not started]");
    CleanRun.of(() -> {
      Task<?> task = createTask(wait, "waiter");
      await(sleep(ZERO));
      assertThat(task)
          .hasToString("Task[name=waiter, suspended on waitTasks(1, FIRST_COMPLETED, PT1M)]");
      assertThat(await(task)).isNotNull();
      assertTime(ofMinutes(1));
    });
    assertThat(waitTasks(List.of(future)))
        .hasToString("Coroutine[waitTasks(1, ALL_COMPLETED), not started]");
  }

  @Test
  void a_task_that_waits_for_itself_goes_on_when_the_time_has_passed() {
    CleanRun.of(() -> {
      var waited = await(waitTasks(List.of(currentTask()), ALL_COMPLETED, ofMinutes(1)));
      assertThat(waited.pending()).hasSize(1);
    });
  }

  @Test
  void a_million_waits_leave_nothing_on_a_future_that_stays_pending() {
    CleanRun.of(() -> {
      var lasting = new AsyncFuture<Integer>();
      Task<?> below = createTask(async(() -> await(lasting)));
      await(sleep(ZERO));
      AsyncFuture<Integer> done = AsyncFuture.completedFuture(1);
      for (int i = 0; i < 1_000_000; i++) {
        await(waitTasks(List.of(lasting, done), FIRST_COMPLETED));
      }
      assertThat(CleanRun.waiters(lasting)).isEqualTo(1);
      lasting.complete(1);
      await(below);
    });
  }

  /** Each begins before the one before it ends, so that none is ever the youngest when it ends. */
  @Test
  void waits_that_overlap_leave_few_traces_on_a_future_that_stays_pending() {
    CleanRun.of(() -> {
      var lasting = new AsyncFuture<Integer>();
      var own = new AsyncFuture<Integer>();
      Task<?> waiter = createTask(waitTasks(List.of(lasting, own), FIRST_COMPLETED));
      Task<?> above = createTask(async(() -> await(lasting)));
      for (int i = 0; i < 10_000; i++) {
        var next = new AsyncFuture<Integer>();
        Task<?> nextWaiter = createTask(waitTasks(List.of(lasting, next), FIRST_COMPLETED));
        await(sleep(ZERO));
        own.complete(1);
        await(waiter);
        own = next;
        waiter = nextWaiter;
      }
      assertThat(CleanRun.waiters(lasting)).isLessThan(10);
      assertThat(CleanRun.kept(lasting)).isLessThan(10);
      lasting.complete(7);
      await(waiter);
      assertThat(await(above)).isEqualTo(7);
    });
  }
}
