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
import static dev.asyncawait.conformance.scenarios.Scenario.assertCancelled;
import static dev.asyncawait.test.VirtualTime.untilIdle;
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
import dev.asyncawait.test.AsyncTest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** gather, shield, as_completed and wait: T27 to T40 of the table of asyncio's behaviour. */
@SuppressWarnings("FutureReturnValueIgnored") // of shields that are cancelled
class WaitingScenariosTest {

  /** Gives its hours after them, and tells of its end. */
  private static Coroutine<Integer> after(List<String> trace, int hours) {
    return async(() -> {
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

  @AsyncTest(schedules = 100)
  @DisplayName("T27 gather with a duplicate")
  void gather_duplicate() {
    var trace = new ArrayList<String>();
    Coroutine<Integer> twice = after(trace, 2);
    assertThat(await(gather(twice, after(trace, 1), twice))).containsExactly(2, 1, 2);
    assertThat(trace).containsExactly("end 1", "end 2");
  }

  /** That the later failure is not logged is among the things that every test here is checked for. */
  @AsyncTest(schedules = 100)
  @DisplayName("T28 gather, two failures")
  void gather_two_failures() {
    var early = new IllegalStateException("early");
    Task<Integer> late = createTask(failing(2, new IllegalStateException("late")));
    assertThatThrownBy(() -> await(gather(late, failing(1, early))))
        .isSameAs(early)
        .hasNoSuppressedExceptions();
    assertTime(ofHours(1));
    await(waitTasks(Set.of(late)));
  }

  @AsyncTest(schedules = 100)
  @DisplayName("T29 gather fails, then gather.cancel()")
  void gather_failed_then_cancelled() {
    var trace = new ArrayList<String>();
    var failure = new IllegalStateException("broken");
    Task<Integer> sibling = createTask(after(trace, 2));
    AsyncFuture<List<Integer>> gathered = gather(failing(1, failure), sibling);
    assertThatThrownBy(() -> await(gathered)).isSameAs(failure);
    assertThat(gathered.cancel()).isFalse();
    assertThat(await(sibling)).isEqualTo(2);
    assertThat(trace).containsExactly("end 2");
  }

  /**
   * Departure: asyncio says that the gather is not cancelled. Here a future whose outcome is a cancellation is, as
   * with every CompletableFuture.
   */
  @AsyncTest(schedules = 100)
  @DisplayName("T30 gather child cancelled")
  void gather_child_cancelled() {
    var trace = new ArrayList<String>();
    Task<Integer> child = createTask(after(trace, 9));
    Task<Integer> sibling = createTask(after(trace, 1));
    AsyncFuture<List<Integer>> gathered = gather(child, sibling);
    await(untilIdle());
    child.cancel();
    assertThatThrownBy(() -> await(gathered)).isInstanceOf(CancellationException.class);
    assertThat(gathered.isCancelled()).isTrue();
    assertThat(currentTask().cancelling()).isZero();
    assertThat(await(sibling)).isEqualTo(1);
    assertThat(trace).containsExactly("CE 9", "end 1");
  }

  /** Departure: asyncio says that the gather is not cancelled, see T30. */
  @AsyncTest(schedules = 100)
  @DisplayName("T31 gather(return_exceptions) cancelled")
  void gather_outcomes_cancelled() {
    var trace = new ArrayList<String>();
    AsyncFuture<List<Outcome<Integer>>> gathered = gatherOutcomes(after(trace, 1), after(trace, 2));
    Task<List<Outcome<Integer>>> awaiter = createTask(async(() -> await(gathered)));
    await(untilIdle());
    awaiter.cancel();
    assertCancelled(awaiter);
    assertThatThrownBy(gathered::join).isInstanceOf(CancellationException.class);
    assertThat(gathered.isCancelled()).isTrue();
    assertThat(trace).containsExactlyInAnyOrder("CE 1", "CE 2");
  }

  // ---- shield

  @AsyncTest(schedules = 100)
  @DisplayName("T32 shield: cancel awaiter")
  void shield_awaiter_cancelled() {
    var trace = new ArrayList<String>();
    Task<Integer> inner = createTask(after(trace, 1));
    Task<Integer> awaiter = createTask(async(() -> await(shield(inner))));
    await(untilIdle());
    awaiter.cancel();
    assertCancelled(awaiter);
    assertTime(ZERO);
    assertThat(await(inner)).isEqualTo(1);
    assertThat(inner.cancelling()).isZero();
    assertThat(trace).containsExactly("end 1");
  }

  /** What a handler gets is left behind, on purpose. */
  @AsyncTest(allowLeaks = true)
  @DisplayName("T33 shield: inner fails afterwards")
  void shield_inner_fails_afterwards() {
    try (var reports = new Reports()) {
      Task<Integer> inner = createTask(failing(1, new NoSuchElementException("key")));
      shield(inner).cancel();
      shield(inner).cancel();
      await(waitTasks(Set.of(inner)));
      assertThat(reports.errors())
          .singleElement()
          .asString()
          .startsWith("NoSuchElementException exception in shielded future");
    }
  }

  @AsyncTest
  @DisplayName("T34 shield: cancel inner")
  void shield_inner_cancelled() {
    var trace = new ArrayList<String>();
    Task<Integer> inner = createTask(after(trace, 1));
    AsyncFuture<Integer> outer = shield(inner);
    await(untilIdle());
    inner.cancel();
    assertThatThrownBy(() -> await(outer)).isInstanceOf(CancellationException.class);
    assertThat(outer.isCancelled()).isTrue();
    assertThat(trace).containsExactly("CE 1");
  }

  // ---- as_completed

  @AsyncTest(schedules = 100)
  @DisplayName("T35 as_completed plain, 3 tasks + duplicate")
  void as_completed_results() {
    var trace = new ArrayList<String>();
    Task<Integer> twice = createTask(after(trace, 2));
    var results = new ArrayList<Integer>();
    for (Coroutine<Integer> next :
        asCompleted(List.of(after(trace, 3), twice, after(trace, 1), twice))) {
      results.add(await(next));
    }
    assertThat(results).containsExactly(1, 2, 3);
    assertThat(trace).containsExactly("end 1", "end 2", "end 3");
  }

  @AsyncTest(schedules = 100)
  @DisplayName("T36 as_completed async")
  void as_completed_tasks() {
    var trace = new ArrayList<String>();
    var given = tasks(trace, 3, 1, 2);
    var done = new ArrayList<Task<Integer>>();
    for (Coroutine<Task<Integer>> next : completedTasks(given)) {
      done.add(await(next));
    }
    assertThat(done).containsExactly(given.get(1), given.get(2), given.get(0));
  }

  private static List<Task<Integer>> tasks(List<String> trace, Integer... hours) {
    return Stream.of(hours).map(each -> createTask(after(trace, each))).toList();
  }

  @AsyncTest(schedules = 100)
  @DisplayName("T37 as_completed timeout")
  void as_completed_timeout() {
    var trace = new ArrayList<String>();
    var given = tasks(trace, 1, 3, 4);
    Iterator<Coroutine<Integer>> results = asCompleted(given, ofHours(2)).iterator();
    Iterator<Coroutine<Task<Integer>>> tasks = completedTasks(given, ofHours(2)).iterator();
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
    assertThat(trace).containsExactly("end 1", "end 3", "end 4");
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

  @AsyncTest
  @DisplayName("T39 wait timeout")
  void wait_timeout() {
    var trace = new ArrayList<String>();
    Task<Integer> task = createTask(after(trace, 1));
    Waited<Task<Integer>> waited = await(waitTasks(Set.of(task), ALL_COMPLETED, ofMinutes(1)));
    assertTime(ofMinutes(1));
    assertThat(waited).isEqualTo(new Waited<>(Set.of(), Set.of(task)));
    assertThat(task.cancelling()).isZero();
    assertThat(await(task)).isEqualTo(1);
    assertThat(trace).containsExactly("end 1");
  }

  @AsyncTest(schedules = 100)
  @DisplayName("T40 cancel a task in wait / in gather")
  void wait_and_gather_cancelled() {
    var trace = new ArrayList<String>();
    var children = tasks(trace, 1, 2);
    Task<?> waiter = createTask(waitTasks(children));
    await(untilIdle());
    waiter.cancel();
    assertCancelled(waiter);
    await(untilIdle());
    assertThat(children).allSatisfy(child -> assertThat(child.cancelling()).isZero());
    assertThat(trace).isEmpty();

    Task<List<Integer>> gatherer = createTask(async(() -> await(gather(children))));
    await(untilIdle());
    gatherer.cancel();
    assertCancelled(gatherer);
    await(untilIdle());
    assertThat(children).allSatisfy(child -> assertThat(child.isCancelled()).isTrue());
    assertThat(trace).containsExactlyInAnyOrder("CE 1", "CE 2");
  }
}
