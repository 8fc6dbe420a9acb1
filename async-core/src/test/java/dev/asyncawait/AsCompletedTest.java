package dev.asyncawait;

import static dev.asyncawait.Async.asCompleted;
import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.completedTasks;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AsCompletedTest {

  private final List<String> trace = new ArrayList<>();

  private Coroutine<Integer> after(int hours) {
    return async(() -> {
      trace.add("start " + hours);
      await(sleep(ofHours(hours)));
      return hours;
    });
  }

  private Coroutine<Integer> failingAfter(int hours) {
    return async(() -> {
      await(sleep(ofHours(hours)));
      throw new IllegalStateException("after " + hours);
    });
  }

  private Coroutine<Void> consumer(String name, Iterable<Coroutine<Integer>> results) {
    return async(() -> {
      for (Coroutine<Integer> next : results) {
        trace.add(name + " " + await(next));
      }
    });
  }

  private static void assertTime(Duration expected) {
    assertThat(EventLoop.current().time()).isEqualTo(expected);
  }

  // ---- results

  @Test
  void results_come_in_the_order_in_which_they_are_ready() { // T35
    CleanRun.of(() -> {
      Task<Integer> twice = createTask(after(1));
      await(consumer("got", asCompleted(List.of(after(3), twice, twice, after(2)))));
      assertTime(ofHours(3));
    });
    assertThat(trace).containsExactly("start 1", "start 3", "start 2", "got 1", "got 2", "got 3");
  }

  @Test
  void coroutines_start_at_the_call() {
    CleanRun.of(() -> {
      Iterable<Coroutine<Integer>> results = asCompleted(List.of(after(1), after(2)));
      await(sleep(ZERO));
      trace.add("iterating");
      for (Coroutine<Integer> next : results) {
        await(next);
      }
    });
    assertThat(trace).containsExactly("start 1", "start 2", "iterating");
  }

  @Test
  void a_failure_and_a_cancellation_are_thrown_where_they_are_awaited_and_the_rest_goes_on() {
    CleanRun.of(() -> {
      Task<Integer> cancelled = createTask(after(9));
      Iterator<Coroutine<Integer>> results =
          asCompleted(List.of(after(2), failingAfter(1), cancelled)).iterator();
      await(sleep(ZERO));
      cancelled.cancel("why");
      assertThatThrownBy(() -> await(results.next()))
          .isInstanceOf(CancellationException.class)
          .hasMessage("why");
      assertThatThrownBy(() -> await(results.next())).hasMessage("after 1");
      assertThat(await(results.next())).isEqualTo(2);
      assertThat(results.hasNext()).isFalse();
      assertThatThrownBy(results::next)
          .isInstanceOf(NoSuchElementException.class)
          .hasMessage("asCompleted(3) has no more; ask hasNext() first");
    });
  }

  @Test
  void of_nothing_and_of_what_is_done_there_is_nothing_to_wait_for() {
    CleanRun.of(() -> {
      assertThat(asCompleted(List.<Awaitable<Integer>>of(), ofHours(1))).isEmpty();
      assertThat(completedTasks(List.<Awaitable<Integer>>of(), ofHours(1))).isEmpty();
      List<AsyncFuture<String>> done =
          List.of(AsyncFuture.completedFuture("a"), AsyncFuture.completedFuture(null));
      var results = new ArrayList<String>();
      for (Coroutine<String> next : asCompleted(done)) {
        results.add(await(next));
      }
      assertThat(results).containsExactly("a", null);
      assertTime(ZERO);
    });
  }

  @Test
  void leaving_early_leaves_the_rest_running() {
    CleanRun.of(() -> {
      var tasks = List.of(createTask(after(1)), createTask(after(2)));
      for (Coroutine<Integer> next : asCompleted(tasks)) {
        assertThat(await(next)).isEqualTo(1);
        break;
      }
      assertThat(tasks.get(1)).isNotDone();
      assertThat(await(tasks.get(1))).isEqualTo(2);
    });
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-1S"})
  void with_no_time_at_all_only_what_is_done_is_given(Duration none) {
    CleanRun.of(() -> {
      Task<Integer> late = createTask(after(1));
      Iterator<Coroutine<Integer>> results =
          asCompleted(List.of(late, AsyncFuture.completedFuture(0)), none).iterator();
      assertThat(await(results.next())).isZero();
      assertThatThrownBy(() -> await(results.next())).hasMessage("timed out after " + none);
      assertTime(ZERO);
      await(late);
    });
  }

  @Test
  void after_the_time_each_coroutine_that_is_left_throws_and_the_tasks_run_on() { // T37
    CleanRun.of(() -> {
      var tasks = List.of(createTask(after(1)), createTask(after(3)), createTask(after(4)));
      Iterator<Coroutine<Integer>> results = asCompleted(tasks, ofHours(2)).iterator();
      await(sleep(ofMinutes(150)));
      assertThat(await(results.next())).isEqualTo(1);
      for (int i = 0; i < 2; i++) {
        assertThat(results).hasNext();
        assertThatThrownBy(() -> await(results.next()))
            .isInstanceOf(AsyncTimeoutException.class)
            .hasMessage("timed out after PT2H");
      }
      assertThat(results.hasNext()).isFalse();
      assertThat(tasks).allSatisfy(task -> assertThat(task.cancelling()).isZero());
      assertThat(CleanRun.waiters(tasks.get(2))).isZero();
      assertThat(await(gather(tasks))).containsExactly(1, 3, 4);
    });
  }

  @Test
  void the_time_wakes_everybody_who_waits() {
    CleanRun.of(() -> {
      Task<Integer> late = createTask(after(3));
      Task<Integer> later = createTask(after(4));
      Iterator<Coroutine<Integer>> results =
          asCompleted(List.of(late, later), ofHours(1)).iterator();
      Task<Integer> a = createTask(results.next());
      Task<Integer> b = createTask(results.next());
      for (Task<Integer> consumer : List.of(a, b)) {
        assertThatThrownBy(() -> await(consumer)).isInstanceOf(AsyncTimeoutException.class);
      }
      assertTime(ofHours(1));
      await(later);
    });
  }

  @Test
  void the_timer_ends_with_the_last_of_them() {
    CleanRun.of(
        () -> { // looks for timers
          await(consumer("got", asCompleted(List.of(after(1)), ofHours(9))));
          assertTime(ofHours(1));
        });
  }

  // ---- several consumers

  @Test
  void consumers_share_the_iteration() {
    CleanRun.of(() -> {
      Iterable<Coroutine<Integer>> results =
          asCompleted(List.of(after(1), after(2), after(3), after(4)));
      assertThat(results.iterator()).isSameAs(results.iterator());
      await(gather(consumer("a", results), consumer("b", results)));
    });
    assertThat(trace).endsWith("start 4", "a 1", "b 2", "a 3", "b 4");
  }

  @Test
  void who_is_cancelled_while_it_waits_takes_nothing_from_the_others() {
    CleanRun.of(() -> {
      var first = new AsyncFuture<Integer>();
      var second = new AsyncFuture<Integer>();
      Iterator<Coroutine<Integer>> results = asCompleted(List.of(first, second)).iterator();
      Coroutine<Integer> unused = results.next();
      Task<Integer> before = createTask(unused);
      before.cancel();
      Task<Integer> other = createTask(results.next());
      await(sleep(ZERO));
      first.complete(1);
      assertThat(await(other)).isEqualTo(1);
      assertThat(before).isCancelled();
      second.complete(2);
      await(sleep(ZERO));
    });
  }

  @Test
  void who_was_cancelled_and_has_not_run_since_is_passed_over() {
    CleanRun.of(() -> {
      var first = new AsyncFuture<Integer>();
      Iterator<Coroutine<Integer>> results =
          asCompleted(List.of(first, new AsyncFuture<Integer>())).iterator();
      Task<Integer> waiting = createTask(results.next());
      Task<Integer> other = createTask(results.next());
      await(sleep(ZERO));
      first.complete(1);
      waiting.cancel();
      assertThat(await(other)).isEqualTo(1);
      assertThat(waiting).isCancelled();
    });
  }

  @Test
  void who_is_cancelled_after_it_was_woken_passes_the_wake_up_on() {
    CleanRun.of(() -> {
      var first = new AsyncFuture<Integer>();
      Iterator<Coroutine<Integer>> results =
          asCompleted(List.of(first, new AsyncFuture<Integer>())).iterator();
      Task<Integer> woken = createTask(results.next());
      Task<Integer> other = createTask(results.next());
      await(sleep(ZERO));
      first.complete(1);
      EventLoop.current().execute(woken::cancel); // after the turn that wakes it
      assertThat(await(other)).isEqualTo(1);
      assertThat(woken).isCancelled();
    });
  }

  @Test
  void who_is_woken_and_finds_it_taken_waits_again() {
    CleanRun.of(() -> {
      var first = new AsyncFuture<Integer>();
      var second = new AsyncFuture<Integer>();
      Iterator<Coroutine<Integer>> results = asCompleted(List.of(first, second)).iterator();
      Task<Integer> woken = createTask(results.next());
      await(sleep(ZERO));
      first.complete(1);
      Task<Integer> overtaking = createTask(results.next());
      assertThat(await(overtaking)).isEqualTo(1);
      await(sleep(ZERO));
      assertThat(woken).isNotDone();
      second.complete(2);
      assertThat(await(woken)).isEqualTo(2);
    });
  }

  @Test
  void consumers_may_be_on_other_loops() {
    CleanRun.of(() -> {
      Iterator<Coroutine<Integer>> results =
          asCompleted(List.of(after(1), after(2), after(4))).iterator();
      var consumers = new ArrayList<Task<Integer>>();
      results.forEachRemaining(next -> consumers.add(Async.start(next)));
      assertThat(await(gather(consumers))).containsExactlyInAnyOrder(1, 2, 4);
    });
  }

  @Test
  void the_awaitables_may_be_of_other_loops_and_completed_by_foreign_threads() {
    CleanRun.of(() -> {
      var future = new AsyncFuture<Integer>();
      Iterator<Coroutine<Integer>> results =
          asCompleted(List.of(Async.start(after(1)), future)).iterator();
      Task<?> completing = createTask(toThread(() -> future.complete(7)));
      assertThat(List.of(await(results.next()), await(results.next())))
          .containsExactlyInAnyOrder(1, 7);
      await(completing);
    });
  }

  @Test
  void callbacks_of_the_awaitables_that_throw_do_not_disturb_it() {
    try (var log = new CapturedLog()) {
      CleanRun.of(() -> {
        Task<Integer> task = createTask(after(1));
        task.addDoneCallback(done -> {
          throw new IllegalStateException("callback");
        });
        await(consumer("got", asCompleted(List.of(task))));
      });
      assertThat(log.errors()).hasSize(1);
    }
    assertThat(trace).containsExactly("start 1", "got 1");
  }

  @Test
  void it_takes_one_turn_for_each_awaitable_and_one_for_the_consumer() {
    CleanRun.of(() -> {
      var a = new AsyncFuture<Integer>();
      var b = new AsyncFuture<Integer>();
      Iterator<Coroutine<Integer>> results = asCompleted(List.of(a, b)).iterator();
      for (String name : List.of("first", "second")) {
        Coroutine<Integer> next = results.next();
        createTask(async(() -> trace.add(name + " got " + await(next))));
      }
      await(sleep(ZERO));
      a.complete(1);
      b.complete(2);
      turns(4);
    });
    assertThat(trace)
        .containsExactly("turn 1", "turn 2", "first got 1", "second got 2", "turn 3", "turn 4");
  }

  @Test
  void what_is_done_already_takes_as_many_turns() {
    CleanRun.of(() -> {
      createTask(async(() -> {
        for (var next : asCompleted(List.of(AsyncFuture.completedFuture(2)))) {
          trace.add("got " + await(next));
        }
      }));
      turns(4);
    });
    assertThat(trace).containsExactly("turn 1", "turn 2", "turn 3", "got 2", "turn 4");
  }

  private void turns(int count) {
    for (int i = 1; i <= count; i++) {
      trace.add("turn " + i);
      await(sleep(ZERO));
    }
  }

  // ---- tasks

  @Test
  void the_very_tasks_come_as_they_finish_and_none_of_their_failures() { // T36
    CleanRun.of(() -> {
      Task<Integer> late = createTask(after(3), "late");
      Task<Integer> early = createTask(failingAfter(1), "early");
      Task<Integer> cancelled = createTask(after(9));
      cancelled.cancel();
      var done = new ArrayList<Task<Integer>>();
      for (Coroutine<Task<Integer>> next :
          completedTasks(List.of(late, early, after(2), late, cancelled))) {
        done.add(await(next));
      }
      assertThat(done).hasSize(4);
      assertThat(done.get(0)).isSameAs(cancelled);
      assertThat(done.get(1)).isSameAs(early);
      assertThat(early.exceptionNow()).hasMessage("after 1");
      assertThat(done.get(2).resultNow()).isEqualTo(2);
      assertThat(done.get(3)).isSameAs(late);
    });
  }

  @Test
  void after_the_time_tasks_end_with_one_exception() { // T37
    CleanRun.of(() -> {
      var tasks = List.of(createTask(after(1)), createTask(after(3)), createTask(after(4)));
      Iterator<Coroutine<Task<Integer>>> done =
          completedTasks(tasks, ofHours(2)).iterator();
      assertThat(await(done.next())).isSameAs(tasks.get(0));
      assertThat(done).hasNext();
      assertThatThrownBy(() -> await(done.next()))
          .isInstanceOf(AsyncTimeoutException.class)
          .hasMessage("timed out after PT2H");
      assertThat(done.hasNext()).isFalse();
      assertThatThrownBy(done::next)
          .isInstanceOf(NoSuchElementException.class)
          .hasMessage("completedTasks(3) has no more; ask hasNext() first");
      assertThat(await(gather(tasks))).containsExactly(1, 3, 4);
    });
  }

  @Test
  void a_future_that_is_no_task_is_refused_before_anything_starts() {
    CleanRun.of(() -> {
      Coroutine<Integer> coroutine = after(1);
      assertThatThrownBy(() -> completedTasks(List.of(coroutine, new AsyncFuture<Integer>())))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("completedTasks() takes tasks and coroutines, but AsyncFuture[pending] is"
              + " neither; use asCompleted(), or give it a coroutine that awaits this");
      await(coroutine);
    });
  }

  // ---- misuse

  @Test
  void null_and_used_coroutines_are_refused_before_anything_starts() {
    CleanRun.of(() -> {
      Coroutine<Integer> used = after(0);
      await(used);
      Coroutine<Integer> fresh = after(1);
      assertThatThrownBy(() -> asCompleted(Arrays.asList(fresh, null)))
          .isInstanceOf(NullPointerException.class)
          .hasMessage("an awaitable to wait for must not be null");
      assertThatThrownBy(() -> completedTasks(Arrays.asList(fresh, null)))
          .isInstanceOf(NullPointerException.class);
      assertThatThrownBy(() -> asCompleted(List.of(fresh, used)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("was already awaited");
      await(fresh);
    });
  }

  @Test
  void it_is_refused_where_no_loop_runs() {
    Collection<Coroutine<Integer>> none = List.of();
    assertThatThrownBy(() -> asCompleted(none))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("asCompleted() was called where no event loop runs");
    assertThatThrownBy(() -> completedTasks(none))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("completedTasks() was called where no event loop runs");
  }

  @Test
  void it_says_what_it_is() {
    CleanRun.of(() -> {
      Iterable<Coroutine<Integer>> results = asCompleted(List.of(after(1)));
      assertThat(results).hasToString("asCompleted(1)");
      Coroutine<Integer> next = results.iterator().next();
      assertThat(next).hasToString("Coroutine[asCompleted(1), not started]");
      Task<Integer> consumer = createTask(next, "consumer");
      await(sleep(ZERO));
      await(sleep(ZERO));
      assertThat(consumer).hasToString("Task[name=consumer, suspended on asCompleted(1)]");
      await(consumer);
    });
  }
}
