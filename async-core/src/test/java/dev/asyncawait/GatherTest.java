package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

@SuppressWarnings("FutureReturnValueIgnored") // of gathers that are cancelled
class GatherTest {

  private final List<String> trace = new ArrayList<>();

  private Coroutine<String> after(int hours, String name) {
    return async(() -> {
      trace.add("start " + name);
      await(sleep(ofHours(hours)));
      trace.add("end " + name);
      return name;
    });
  }

  private Coroutine<String> failing(int hours, RuntimeException failure) {
    return async(() -> {
      await(sleep(ofHours(hours)));
      throw failure;
    });
  }

  @Test
  void results_come_in_the_order_of_the_arguments_in_the_time_of_the_longest() {
    List<String> results = TestClock.run(async(() -> {
      List<String> gathered = await(gather(after(2, "a"), after(3, "b"), after(1, "c")));
      assertThat(EventLoop.current().time()).isEqualTo(ofHours(3));
      return gathered;
    }));

    assertThat(results).containsExactly("a", "b", "c");
    assertThat(trace).containsExactly("start a", "start b", "start c", "end c", "end a", "end b");
  }

  @Test
  void what_is_given_twice_runs_once() { // T27
    List<String> results = TestClock.run(async(() -> {
      Coroutine<String> twice = after(1, "twice");
      return await(gather(twice, AsyncFuture.completedFuture("b"), twice));
    }));

    assertThat(results).containsExactly("twice", "b", "twice");
    assertThat(trace).containsExactly("start twice", "end twice");
  }

  @Test
  void nothing_to_gather_and_all_done_already_are_done_at_once() {
    TestClock.run(async(() -> {
      assertThat(Async.<String>gather().resultNow()).isEmpty();
      assertThat(gatherOutcomes(List.<Awaitable<String>>of()).resultNow()).isEmpty();
      AsyncFuture<String> done = AsyncFuture.completedFuture("a");
      assertThat(gather(done, AsyncFuture.completedFuture(null)).resultNow())
          .containsExactly("a", null);
    }));
  }

  @Test
  void a_gather_that_is_refused_begins_nothing() {
    TestClock.run(async(() -> {
      Coroutine<Void> fresh = sleep(ZERO);
      Coroutine<Void> used = sleep(ZERO);
      await(used);
      assertThatThrownBy(() -> gather(fresh, null))
          .hasMessage("an awaitable to gather must not be null");
      assertThatThrownBy(() -> gather(fresh, used)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> gather((Awaitable<?>[]) null))
          .hasMessage("awaitables must not be null");
      await(fresh);
      assertThat(Async.allTasks()).hasSize(1);
    }));
  }

  @Test
  void a_child_that_has_failed_already_fails_it_at_once() {
    var failure = new IllegalStateException("before");
    TestClock.run(async(() -> {
      AsyncFuture<List<String>> gathered =
          gather(after(1, "runs on"), AsyncFuture.failedFuture(failure));
      assertThat(gathered.exceptionNow()).isSameAs(failure);
      await(sleep(ofHours(2)));
    }));
    assertThat(trace).containsExactly("start runs on", "end runs on");
  }

  @Test
  void the_first_failure_in_time_wins_and_the_others_run_on() { // T28, T29
    var early = new IllegalStateException("early");
    try (var log = new CapturedLog()) {
      TestClock.run(async(() -> {
        AsyncFuture<List<String>> gathered = gather(
            failing(2, new IllegalStateException("late")), failing(1, early), after(3, "sibling"));
        assertThatThrownBy(() -> await(gathered)).isSameAs(early);
        assertThat(EventLoop.current().time()).isEqualTo(ofHours(1));
        assertThat(gathered.cancel()).isFalse();
        await(sleep(ofHours(4)));
      }));
      assertThat(log.errors()).isEmpty();
    }
    assertThat(trace).containsExactly("start sibling", "end sibling");
  }

  @Test
  void a_child_cancelled_by_somebody_fails_it_and_the_siblings_run_on() { // T30
    TestClock.run(async(() -> {
      Task<String> child = createTask(after(1, "child"));
      AsyncFuture<List<String>> gathered = gather(child, after(2, "sibling"));
      await(sleep(ZERO));
      child.cancel("why");
      assertThatThrownBy(() -> await(gathered))
          .isInstanceOf(CancellationException.class)
          .hasMessage("why");
      assertThat(currentTask().cancelling()).isZero();
      // asyncio says False: here a future is cancelled if a cancellation is its outcome.
      assertThat(gathered).isCancelled();
      await(sleep(ofHours(3)));
    }));
    assertThat(trace).containsExactly("start child", "start sibling", "end sibling");
  }

  @Test
  void cancelling_it_or_the_task_that_awaits_it_cancels_every_child() { // T40
    TestClock.run(async(() -> {
      Task<String> a = createTask(after(1, "a"));
      Task<String> b = createTask(after(2, "b"));
      AsyncFuture<List<String>> gathered = gather(a, b);
      await(sleep(ZERO));
      assertThat(gathered.cancel("directly")).isTrue();
      assertThat(gathered).isNotDone();
      assertThatThrownBy(() -> await(gathered)).hasMessage("directly");

      Task<String> c = createTask(after(1, "c"));
      Task<List<String>> awaiter = createTask(async(() -> await(gather(c, after(2, "d")))));
      await(sleep(ZERO));
      awaiter.cancel("through its awaiter");
      assertThatThrownBy(() -> await(awaiter)).hasMessage("through its awaiter");
      await(sleep(ZERO));
      assertThat(List.of(a, b, c)).allSatisfy(child -> assertThat(child).isCancelled());
      assertThat(Async.allTasks()).containsExactly(currentTask());
    }));
    assertThat(trace).noneMatch(line -> line.startsWith("end"));
  }

  @Test
  void its_cancellation_waits_for_the_cleanup_of_the_children_when_outcomes_are_gathered() { // T31
    TestClock.run(async(() -> {
      Coroutine<String> child = async(() -> {
        try {
          return await(after(9, "child"));
        } finally {
          await(sleep(ofHours(1)));
          trace.add("cleaned up");
        }
      });
      AsyncFuture<List<Outcome<String>>> gathered =
          gatherOutcomes(child, AsyncFuture.completedFuture("done"));
      Task<List<Outcome<String>>> awaiter = createTask(async(() -> await(gathered)));
      await(sleep(ZERO));
      awaiter.cancel("why");
      assertThatThrownBy(() -> await(awaiter)).isInstanceOf(CancellationException.class);
      assertThat(awaiter).isCancelled();
      assertThat(gathered).isCancelled();
    }));
    assertThat(trace).containsExactly("start child", "cleaned up");
  }

  @Test
  void its_end_is_a_turn_of_its_own() {
    TestClock.run(async(() -> {
      var child = new AsyncFuture<String>();
      AsyncFuture<List<String>> gathered = gather(child);
      createTask(async(() -> trace.add("got " + await(gathered))));
      await(sleep(ZERO));
      child.complete("a");
      turns(3, gathered);
    }));
    assertThat(trace).containsExactly("turn 1", "turn 2, done", "got [a]", "turn 3, done");
  }

  @Test
  void its_cancellation_takes_the_turns_of_its_children_and_one_more() {
    TestClock.run(async(() -> {
      for (boolean ofOutcomes : new boolean[] {false, true}) {
        trace.clear();
        List<Task<String>> children = List.of(createTask(slow("a")), createTask(slow("b")));
        AsyncFuture<?> gathered = ofOutcomes ? gatherOutcomes(children) : gather(children);
        await(sleep(ZERO));
        gathered.cancel("why");
        turns(4, gathered);
        assertThat(trace)
            .containsExactly("turn 1", "a why", "b why", "turn 2", "turn 3, done", "turn 4, done");
      }
    }));
  }

  private Coroutine<String> slow(String name) {
    return async(() -> {
      try {
        return await(after(9, name));
      } catch (CancellationException e) {
        trace.add(name + " " + e.getMessage());
        throw e;
      } finally {
        trace.remove("start " + name);
      }
    });
  }

  private void turns(int count, AsyncFuture<?> gathered) {
    for (int i = 1; i <= count; i++) {
      trace.add("turn " + i + (gathered.isDone() ? ", done" : ""));
      await(sleep(ZERO));
    }
  }

  @Test
  void a_child_given_twice_is_asked_twice_to_cancel() {
    TestClock.run(async(() -> {
      Task<String> child = createTask(slow("a"));
      AsyncFuture<List<String>> gathered = gather(child, child);
      await(sleep(ZERO));
      gathered.cancel();
      assertThat(child.cancelling()).isEqualTo(2);
      assertThatThrownBy(() -> await(gathered)).isInstanceOf(CancellationException.class);
    }));
  }

  @Test
  void cancelling_it_is_refused_when_no_child_accepts_and_it_ends_as_they_do() {
    TestClock.run(async(() -> {
      var child = new AsyncFuture<String>();
      AsyncFuture<List<String>> gathered = gather(child);
      child.complete("a");
      assertThat(gathered.cancel()).isFalse();
      assertThat(await(gathered)).containsExactly("a");
      assertThat(gathered.cancel()).isFalse();
    }));
  }

  @Test
  void children_that_swallow_its_cancellation_do_not_save_it() {
    TestClock.run(async(() -> {
      AsyncFuture<List<String>> gathered = gather(async(() -> {
        assertThatThrownBy(() -> await(after(9, "child")))
            .isInstanceOf(CancellationException.class);
        return "swallowed";
      }));
      await(sleep(ZERO));
      gathered.cancel();
      assertThatThrownBy(() -> await(gathered)).isInstanceOf(CancellationException.class);
    }));
  }

  @Test
  void a_foreign_thread_may_cancel_it_and_complete_its_children() {
    CleanRun.of(() -> {
      var child = new AsyncFuture<String>();
      Task<String> task = createTask(after(9, "a"));
      AsyncFuture<List<String>> gathered = gather(child, task);
      AsyncFuture<List<String>> other = gather(child);
      Async.await(Async.toThread(() -> child.complete("b")));
      assertThat(await(other)).containsExactly("b");
      boolean accepted = await(Async.toThread(() -> gathered.cancel("why")));
      assertThat(accepted).isTrue();
      assertThatThrownBy(() -> await(gathered)).hasMessage("why");
    });
  }

  @Test
  void outcomes_tell_how_each_ended_and_no_failure_fails_them() {
    var failure = new IllegalStateException("broken");
    List<Outcome<String>> outcomes = TestClock.run(async(() -> {
      Task<String> cancelled = createTask(after(9, "cancelled"));
      AsyncFuture<List<Outcome<String>>> gathered =
          gatherOutcomes(after(1, "value"), failing(2, failure), cancelled);
      await(sleep(ZERO));
      cancelled.cancel("why");
      return await(gathered);
    }));

    assertThat(outcomes).hasSize(3);
    assertThat(outcomes.get(0)).isEqualTo(new Outcome.Success<>("value"));
    assertThat(outcomes.get(0).orElseThrow()).isEqualTo("value");
    assertThat(outcomes.get(1)).isEqualTo(new Outcome.Failure<>(failure));
    assertThatThrownBy(outcomes.get(1)::orElseThrow).isSameAs(failure);
    assertThat(outcomes.get(2)).isInstanceOf(Outcome.Cancelled.class);
    var original = ((Outcome.Cancelled<String>) outcomes.get(2)).exception();
    assertThatThrownBy(outcomes.get(2)::orElseThrow)
        .isInstanceOf(CancellationException.class)
        .isNotSameAs(original)
        .hasMessage("why")
        .hasCause(original);
  }

  // ---- results of different types

  private record Page(String name, int orders) {}

  private static Coroutine<Integer> number(int hours, int number) {
    return async(() -> {
      await(sleep(ofHours(hours)));
      return number;
    });
  }

  @Test
  void results_of_different_types_are_combined_in_the_order_of_the_arguments() {
    TestClock.run(async(() -> {
      Page page = await(gather(after(2, "ann"), number(1, 3), Page::new));
      assertThat(page).isEqualTo(new Page("ann", 3));
      assertThat(EventLoop.current().time()).isEqualTo(ofHours(2));
      String three =
          await(gather(after(1, "a"), number(2, 3), after(3, "c"), (a, b, c) -> a + b + c));
      assertThat(three).isEqualTo("a3c");
      String four = await(gather(
          number(1, 1), after(1, "b"), number(1, 3), after(1, "d"), (a, b, c, d) -> a + b + c + d));
      assertThat(four).isEqualTo("1b3d");
      List<Integer> five = await(gather(
          number(1, 1),
          number(1, 2),
          number(1, 3),
          number(1, 4),
          number(1, 5),
          (a, b, c, d, e) -> List.of(a, b, c, d, e)));
      assertThat(five).containsExactly(1, 2, 3, 4, 5);
    }));
  }

  @Test
  void what_is_combined_may_be_done_already_and_null() {
    TestClock.run(async(() -> {
      AsyncFuture<String> done = AsyncFuture.completedFuture(null);
      AsyncFuture<String> gathered = gather(done, AsyncFuture.completedFuture(1), (a, b) -> a);
      assertThat(gathered).isNotDone();
      assertThat(await(gathered)).isNull();
    }));
  }

  @Test
  void the_first_failure_in_time_is_that_of_what_would_be_combined() {
    var early = new IllegalStateException("early");
    TestClock.run(async(() -> {
      AsyncFuture<String> gathered = gather(failing(1, early), after(2, "runs on"), (a, b) -> {
        throw new AssertionError("there is nothing to combine");
      });
      assertThatThrownBy(() -> await(gathered)).isSameAs(early);
      await(sleep(ofHours(2)));
    }));
    assertThat(trace).containsExactly("start runs on", "end runs on");
  }

  @Test
  void what_cannot_be_combined_fails_the_whole() {
    var failure = new Exception("no");
    var error = new AssertionError("not at all");
    TestClock.run(async(() -> {
      AsyncFuture<String> gathered = gather(after(1, "a"), number(1, 1), (a, b) -> {
        throw failure;
      });
      assertThatThrownBy(() -> await(gathered)).isSameAs(failure);
      AsyncFuture<String> done =
          gather(AsyncFuture.completedFuture(1), AsyncFuture.completedFuture(2), (a, b) -> {
            throw error;
          });
      assertThatThrownBy(() -> await(done)).isSameAs(error);
    }));
  }

  @Test
  void a_combiner_is_in_no_task_and_cannot_await() {
    TestClock.run(async(() -> {
      AsyncFuture<Void> gathered =
          gather(after(1, "a"), number(1, 1), (a, b) -> await(sleep(ofHours(1))));
      assertThatThrownBy(() -> await(gathered)).isInstanceOf(IllegalStateException.class);
      AsyncFuture<String> done = AsyncFuture.completedFuture("a");
      AsyncFuture<Task<?>> in = gather(done, done, (a, b) -> Task.currentOrNull());
      assertThat(await(in)).isNull();
    }));
  }

  @Test
  void cancelling_what_is_to_be_combined_cancels_all_and_combines_nothing() {
    TestClock.run(async(() -> {
      Coroutine<String> first = after(5, "a");
      Task<Integer> second = createTask(number(5, 1));
      AsyncFuture<String> gathered = gather(first, second, (a, b) -> {
        throw new AssertionError("there is nothing to combine");
      });
      await(sleep(ofHours(1)));
      assertThat(gathered.cancel()).isTrue();
      assertThatThrownBy(() -> await(gathered)).isInstanceOf(CancellationException.class);
      assertThat(second).isCancelled();
    }));
    assertThat(trace).containsExactly("start a");
  }

  @Test
  void a_combiner_runs_in_the_context_of_who_gathered() {
    var user = new ContextVar<String>("user");
    TestClock.run(async(() -> {
      user.set("ann");
      AsyncFuture<String> later = gather(after(1, "a"), number(1, 1), (a, b) -> user.get() + a);
      AsyncFuture<Integer> done = AsyncFuture.completedFuture(1);
      AsyncFuture<String> soon = gather(done, done, (a, b) -> user.get());
      user.set("ben");
      assertThat(await(soon)).isEqualTo("ann");
      assertThat(await(later)).isEqualTo("anna");
    }));
  }

  @Test
  void what_is_done_and_not_yet_combined_can_be_cancelled() {
    TestClock.run(async(() -> {
      AsyncFuture<Integer> done = AsyncFuture.completedFuture(1);
      AsyncFuture<String> gathered = gather(done, done, (a, b) -> {
        throw new AssertionError("it was cancelled before");
      });
      assertThat(gathered.cancel("enough")).isTrue();
      assertThat(gathered).isCancelled();
      Coroutine<String> gathers = async(() -> await(gather(done, done, (a, b) -> {
        throw new AssertionError("it was cancelled before");
      })));
      Task<String> waiting = createTask(gathers, TaskOptions.eager());
      waiting.cancel();
      assertThatThrownBy(() -> await(waiting)).isInstanceOf(CancellationException.class);
    }));
  }
}
