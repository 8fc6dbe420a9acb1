package dev.asyncawait.conformance.scenarios;

import static dev.asyncawait.Async.asCompleted;
import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.completedTasks;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.shield;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.waitTasks;
import static dev.asyncawait.ReturnWhen.ALL_COMPLETED;
import static dev.asyncawait.conformance.scenarios.Scenario.scenario;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.AsyncFuture;
import dev.asyncawait.AsyncTimeoutException;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Outcome;
import dev.asyncawait.Task;
import dev.asyncawait.Waited;
import dev.asyncawait.conformance.Snippet;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** gather, shield, as_completed and wait: T27 to T40 of the table of asyncio's behaviour. */
@SuppressWarnings("FutureReturnValueIgnored") // of shields that are cancelled
class WaitingScenariosTest {

  private final List<String> trace = new ArrayList<>();

  /** Gives its hours after them. */
  private Coroutine<Integer> after(int hours) {
    return async(() -> {
      trace.add("start " + hours);
      try {
        await(sleep(ofHours(hours)));
      } catch (CancellationException e) {
        trace.add("CE " + hours);
        throw e;
      }
      trace.add("end " + hours);
      return hours;
    });
  }

  private static Coroutine<Integer> failing(int hours, RuntimeException failure) {
    return async(() -> {
      await(sleep(ofHours(hours)));
      throw failure;
    });
  }

  private static void assertTime(Duration expected) {
    assertThat(EventLoop.current().time()).isEqualTo(expected);
  }

  // ---- gather

  @Test
  @DisplayName("T27 gather with a duplicate")
  void gather_duplicate() {
    scenario(() -> {
      Coroutine<Integer> twice = after(2);
      assertThat(await(gather(twice, after(1), twice))).containsExactly(2, 1, 2);
    });
    assertThat(trace).containsExactly("start 2", "start 1", "end 1", "end 2");
  }

  @Test
  @DisplayName("T28 gather, two failures")
  void gather_two_failures() {
    var early = new IllegalStateException("early");
    try (var reports = new Reports()) {
      scenario(() -> {
        Task<Integer> late = createTask(failing(2, new IllegalStateException("late")));
        assertThatThrownBy(() -> await(gather(late, failing(1, early))))
            .isSameAs(early)
            .hasNoSuppressedExceptions();
        assertTime(ofHours(1));
        await(waitTasks(Set.of(late)));
      });
      assertThat(reports.messages()).isEmpty();
    }
  }

  @Test
  @DisplayName("T29 gather fails, then gather.cancel()")
  void gather_failed_then_cancelled() {
    var failure = new IllegalStateException("broken");
    scenario(() -> {
      Task<Integer> sibling = createTask(after(2));
      AsyncFuture<List<Integer>> gathered = gather(failing(1, failure), sibling);
      assertThatThrownBy(() -> await(gathered)).isSameAs(failure);
      assertThat(gathered.cancel()).isFalse();
      assertThat(await(sibling)).isEqualTo(2);
    });
    assertThat(trace).containsExactly("start 2", "end 2");
  }

  /**
   * Departure: asyncio says that the gather is not cancelled. Here a future whose outcome is a cancellation is, as
   * with every CompletableFuture.
   */
  @Test
  @DisplayName("T30 gather child cancelled")
  void gather_child_cancelled() {
    scenario(() -> {
      Task<Integer> child = createTask(after(9));
      Task<Integer> sibling = createTask(after(1));
      AsyncFuture<List<Integer>> gathered = gather(child, sibling);
      await(sleep(ZERO));
      child.cancel();
      assertThatThrownBy(() -> await(gathered)).isInstanceOf(CancellationException.class);
      assertThat(gathered.isCancelled()).isTrue();
      assertThat(currentTask().cancelling()).isZero();
      assertThat(await(sibling)).isEqualTo(1);
    });
    assertThat(trace).containsExactly("start 9", "start 1", "CE 9", "end 1");
  }

  /** Departure: asyncio says that the gather is not cancelled, see T30. */
  @Test
  @DisplayName("T31 gather(return_exceptions) cancelled")
  void gather_outcomes_cancelled() {
    scenario(() -> {
      AsyncFuture<List<Outcome<Integer>>> gathered = gatherOutcomes(after(1), after(2));
      Task<List<Outcome<Integer>>> awaiter = createTask(async(() -> await(gathered)));
      await(sleep(ZERO));
      awaiter.cancel();
      assertThatThrownBy(() -> await(awaiter)).isInstanceOf(CancellationException.class);
      assertThat(awaiter.isCancelled()).isTrue();
      assertThatThrownBy(gathered::join).isInstanceOf(CancellationException.class);
      assertThat(gathered.isCancelled()).isTrue();
    });
    assertThat(trace).containsExactly("start 1", "start 2", "CE 1", "CE 2");
  }

  // ---- shield

  @Test
  @DisplayName("T32 shield: cancel awaiter")
  void shield_awaiter_cancelled() {
    scenario(() -> {
      Task<Integer> inner = createTask(after(1));
      Task<Integer> awaiter = createTask(async(() -> await(shield(inner))));
      await(sleep(ZERO));
      awaiter.cancel();
      assertThatThrownBy(() -> await(awaiter)).isInstanceOf(CancellationException.class);
      assertTime(ZERO);
      assertThat(await(inner)).isEqualTo(1);
      assertThat(inner.cancelling()).isZero();
    });
    assertThat(trace).containsExactly("start 1", "end 1");
  }

  @Test
  @DisplayName("T33 shield: inner fails afterwards")
  void shield_inner_fails_afterwards() {
    try (var reports = new Reports()) {
      scenario(() -> {
        Task<Integer> inner = createTask(failing(1, new NoSuchElementException("key")));
        shield(inner).cancel();
        shield(inner).cancel();
        await(waitTasks(Set.of(inner)));
      });
      assertThat(reports.messages())
          .singleElement()
          .asString()
          .startsWith("NoSuchElementException exception in shielded future");
    }
  }

  @Test
  @DisplayName("T34 shield: cancel inner")
  void shield_inner_cancelled() {
    scenario(() -> {
      Task<Integer> inner = createTask(after(1));
      AsyncFuture<Integer> outer = shield(inner);
      await(sleep(ZERO));
      inner.cancel();
      assertThatThrownBy(() -> await(outer)).isInstanceOf(CancellationException.class);
      assertThat(outer.isCancelled()).isTrue();
    });
    assertThat(trace).containsExactly("start 1", "CE 1");
  }

  // ---- as_completed

  @Test
  @DisplayName("T35 as_completed plain, 3 tasks + duplicate")
  void as_completed_results() {
    scenario(() -> {
      Task<Integer> twice = createTask(after(2));
      var results = new ArrayList<Integer>();
      for (Coroutine<Integer> next : asCompleted(List.of(after(3), twice, after(1), twice))) {
        results.add(await(next));
      }
      assertThat(results).containsExactly(1, 2, 3);
    });
  }

  @Test
  @DisplayName("T36 as_completed async")
  void as_completed_tasks() {
    scenario(() -> {
      var given = List.of(createTask(after(3)), createTask(after(1)), createTask(after(2)));
      var done = new ArrayList<Task<Integer>>();
      for (Coroutine<Task<Integer>> next : completedTasks(given)) {
        done.add(await(next));
      }
      assertThat(done).containsExactly(given.get(1), given.get(2), given.get(0));
    });
  }

  @Test
  @DisplayName("T37 as_completed timeout")
  void as_completed_timeout() {
    scenario(() -> {
      var given = List.of(createTask(after(1)), createTask(after(3)), createTask(after(4)));
      Iterator<Coroutine<Integer>> results = asCompleted(given, ofHours(2)).iterator();
      Iterator<Coroutine<Task<Integer>>> tasks =
          completedTasks(given, ofHours(2)).iterator();
      assertThat(await(results.next())).isEqualTo(1);
      assertThat(await(tasks.next())).isSameAs(given.get(0));
      for (int missing = 2; missing > 0; missing--) {
        assertThat(results.hasNext()).isTrue();
        assertThatThrownBy(() -> await(results.next())).isInstanceOf(AsyncTimeoutException.class);
      }
      assertThat(results.hasNext()).isFalse();
      assertThatThrownBy(() -> await(tasks.next())).isInstanceOf(AsyncTimeoutException.class);
      assertThat(tasks.hasNext()).isFalse();
      assertTime(ofHours(2));
      assertThat(await(gather(given))).containsExactly(1, 3, 4);
    });
    assertThat(trace).doesNotContain("CE 3", "CE 4");
  }

  // ---- wait

  /** Departure: asyncio refuses a coroutine with a TypeError, here it does not compile. */
  @Test
  @DisplayName("T38 wait on [] / on a coroutine")
  void wait_arguments(@TempDir Path classes) {
    assertThatThrownBy(() -> waitTasks(List.<Task<?>>of()))
        .isInstanceOf(IllegalArgumentException.class);
    String begin =
        "import dev.asyncawait.*; import java.util.*; class Waiting { static Object wait(";
    String body = " x) {";
    String end = "}}";
    var call = new Snippet("T38", 2, "return Async.waitTasks(List.of(x));");
    call.compile(begin + "Task<String>" + body, end, classes);
    assertThatThrownBy(() -> call.compile(begin + "Coroutine<String>" + body, end, classes))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("T38:2: error: no suitable method found for waitTasks(");
  }

  @Test
  @DisplayName("T39 wait timeout")
  void wait_timeout() {
    scenario(() -> {
      Task<Integer> task = createTask(after(1));
      Waited<Task<Integer>> waited = await(waitTasks(Set.of(task), ALL_COMPLETED, ofMinutes(1)));
      assertTime(ofMinutes(1));
      assertThat(waited).isEqualTo(new Waited<>(Set.of(), Set.of(task)));
      assertThat(task.cancelling()).isZero();
      assertThat(await(task)).isEqualTo(1);
    });
    assertThat(trace).containsExactly("start 1", "end 1");
  }

  @Test
  @DisplayName("T40 cancel a task in wait / in gather")
  void wait_and_gather_cancelled() {
    scenario(() -> {
      var children = List.of(createTask(after(1)), createTask(after(2)));
      Task<?> waiter = createTask(waitTasks(children));
      await(sleep(ZERO));
      waiter.cancel();
      assertThatThrownBy(() -> await(waiter)).isInstanceOf(CancellationException.class);
      assertThat(waiter.isCancelled()).isTrue();
      assertThat(children).allSatisfy(child -> assertThat(child.cancelling()).isZero());
      assertThat(trace).containsExactly("start 1", "start 2");

      Task<List<Integer>> gatherer = createTask(async(() -> await(gather(children))));
      await(sleep(ZERO));
      gatherer.cancel();
      assertThatThrownBy(() -> await(gatherer)).isInstanceOf(CancellationException.class);
      assertThat(gatherer.isCancelled()).isTrue();
      await(sleep(ZERO));
      assertThat(children).allSatisfy(child -> assertThat(child.isCancelled()).isTrue());
    });
    assertThat(trace).containsExactly("start 1", "start 2", "CE 1", "CE 2");
  }
}
