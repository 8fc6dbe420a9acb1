package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.forEachConcurrently;
import static dev.asyncawait.Async.mapConcurrently;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.waitFor;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** mapConcurrently and forEachConcurrently. */
class ConcurrentItemsTest {

  private final List<String> trace = new ArrayList<>();
  private int running;
  private int most;

  /** Takes so many hours, and a minute more to clean up if it is cancelled. */
  private Coroutine<String> work(int hours) {
    return async(() -> {
      running++;
      most = Math.max(most, running);
      try {
        await(sleep(ofHours(hours)));
        return "r" + hours;
      } catch (CancellationException cancelled) {
        await(sleep(ofMinutes(1)));
        trace.add(hours + " cancelled");
        throw cancelled;
      } finally {
        running--;
      }
    });
  }

  /** Says when each is asked for. */
  private Stream<Integer> items(Integer... items) {
    return Stream.of(items)
        .peek(item -> trace.add(item + " at " + EventLoop.current().time()));
  }

  private static <T> Coroutine<T> failing(Exception failure) {
    return async(() -> {
      throw failure;
    });
  }

  @Test
  void results_are_in_the_order_of_the_items_and_no_more_than_the_limit_run() {
    CleanRun.of(() -> {
      List<String> results = await(mapConcurrently(2, List.of(3, 1, 2, 1), this::work));
      assertThat(results).containsExactly("r3", "r1", "r2", "r1");
      assertThat(EventLoop.current().time()).isEqualTo(ofHours(4));
    });
    assertThat(most).isEqualTo(2);
  }

  @Test
  void an_item_is_asked_for_when_there_is_room() {
    CleanRun.of(() -> {
      List<String> results = await(mapConcurrently(2, items(3, 1, 2, 1), this::work));
      assertThat(results).containsExactly("r3", "r1", "r2", "r1");
    });
    assertThat(trace).containsExactly("3 at PT0S", "1 at PT0S", "2 at PT1H", "1 at PT3H");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 1000})
  void any_number_of_items_that_end_at_once_has_results(int limit) {
    CleanRun.of(() -> {
      List<Integer> results = await(
          mapConcurrently(limit, IntStream.range(0, 3_000).boxed(), item -> async(() -> item)));
      assertThat(results)
          .containsExactlyElementsOf(IntStream.range(0, 3_000).boxed().toList());
      assertThat(await(mapConcurrently(limit, List.<Integer>of(), this::work))).isEmpty();
    });
  }

  @Test
  void null_is_an_item_and_a_result() {
    CleanRun.of(() -> {
      var items = new ArrayList<String>();
      items.add(null);
      List<String> results = await(mapConcurrently(1, items, item -> async(() -> item)));
      assertThat(results).containsExactly((String) null);
      assertThatThrownBy(() -> results.add("more"))
          .isInstanceOf(UnsupportedOperationException.class);
    });
  }

  @Test
  void futures_and_tasks_may_be_given_as_well() {
    CleanRun.of(() -> {
      List<Object> results = await(mapConcurrently(
          2,
          Stream.<Awaitable<?>>of(
              AsyncFuture.completedFuture("done"), createTask(work(1)), work(2)),
          item -> item));
      assertThat(results).containsExactly("done", "r1", "r2");
    });
  }

  @Test
  void for_each_runs_all_and_gives_nothing() {
    CleanRun.of(() -> {
      assertThat(await(forEachConcurrently(3, List.of(1, 2, 3, 4), this::work))).isNull();
      assertThat(await(forEachConcurrently(3, items(1, 2), this::work))).isNull();
      assertThat(EventLoop.current().time()).isEqualTo(ofHours(7));
    });
    assertThat(most).isEqualTo(3);
  }

  // ---- failures

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void the_first_failure_cuts_the_others_short_and_nothing_more_begins(boolean mapped) {
    var failure = new Exception("first");
    CleanRun.of(() -> {
      Stream<Integer> items = items(5, 0, 6, 7);
      Function<Integer, Coroutine<String>> works =
          hours -> hours == 0 ? failing(failure) : work(hours);
      Coroutine<?> all =
          mapped ? mapConcurrently(2, items, works) : forEachConcurrently(2, items, works);
      assertThatThrownBy(() -> await(all)).isSameAs(failure).hasNoSuppressedExceptions();
      assertThat(EventLoop.current().time()).isEqualTo(ofMinutes(1));
      await(sleep(ZERO));
    });
    assertThat(trace).containsExactly("5 at PT0S", "0 at PT0S", "5 cancelled");
  }

  @Test
  void later_failures_are_suppressed_in_the_first() {
    var first = new Exception("first");
    var second = new Exception("second");
    CleanRun.of(() -> {
      assertThatThrownBy(
              () -> await(mapConcurrently(5, List.of(first, second), item -> failing(item))))
          .isSameAs(first)
          .hasSuppressedException(second);
    });
  }

  @Test
  void what_the_function_or_the_iterator_throws_ends_it_as_a_failure_does() {
    CleanRun.of(() -> {
      var failure = new IllegalStateException("no");
      assertThatThrownBy(() -> await(mapConcurrently(5, List.of(1, 2), hours -> {
            if (hours == 2) {
              throw failure;
            }
            return work(hours);
          })))
          .isSameAs(failure);
      assertThatThrownBy(() -> await(mapConcurrently(5, items(3, null), hours -> work(hours))))
          .isInstanceOf(NullPointerException.class);
      assertThatThrownBy(() -> await(forEachConcurrently(
              5,
              () -> {
                throw failure;
              },
              item -> work(1))))
          .isSameAs(failure);
      assertThatThrownBy(() -> await(mapConcurrently(5, List.of("x"), item -> null)))
          .isInstanceOf(NullPointerException.class)
          .hasMessage(
              "the function of mapConcurrently() gave null for x; it must give what is to be awaited");
    });
    assertThat(trace).contains("3 at PT0S", "null at PT0S").doesNotContain("1 at PT0S");
  }

  @Test
  void one_that_was_cancelled_ends_it_with_that() {
    CleanRun.of(() -> {
      Coroutine<List<String>> all = mapConcurrently(
          2,
          items(5, 0, 6),
          hours -> hours == 0 ? failing(new CancellationException("own")) : work(hours));
      assertThatThrownBy(() -> await(all))
          .isInstanceOf(CancellationException.class)
          .hasMessage("own");
      assertThat(currentTask().cancelling()).isZero();
    });
    assertThat(trace).containsExactly("5 at PT0S", "0 at PT0S", "5 cancelled");
  }

  @Test
  void one_that_fails_and_one_that_is_cancelled_in_one_turn_leave_no_request() {
    CleanRun.of(() -> {
      var failure = new Exception("a");
      Coroutine<List<Object>> all = mapConcurrently(
          2,
          List.of(1, 2, 3),
          item -> async(() -> {
            await(sleep(ofHours(1)));
            throw item == 1 ? failure : new CancellationException("b");
          }));
      assertThatThrownBy(() -> await(all)).isSameAs(failure);
      assertThat(currentTask().cancelling()).isZero();
      await(sleep(ZERO));
    });
  }

  @Test
  void the_task_that_waits_cannot_be_waited_for() {
    CleanRun.of(() -> {
      Task<?> own = currentTask();
      assertThatThrownBy(() -> await(mapConcurrently(2, List.of(1), item -> own)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageEndingWith("cannot wait for its own end in mapConcurrently()");
    });
  }

  @Test
  void a_future_that_is_cancelled_by_others_ends_it() {
    CleanRun.of(() -> {
      var future = new AsyncFuture<String>();
      Task<List<String>> all =
          createTask(mapConcurrently(1, List.of(future, new AsyncFuture<String>()), item -> item));
      await(sleep(ZERO));
      await(sleep(ZERO));
      future.cancel("by others");
      assertThatThrownBy(() -> await(all)).isInstanceOf(CancellationException.class);
    });
  }

  // ---- cancellation

  @ParameterizedTest
  @ValueSource(ints = {2, 9})
  void cancelling_who_waits_cancels_those_that_run_and_nothing_more_begins(int limit) {
    CleanRun.of(() -> {
      Task<List<String>> all = createTask(mapConcurrently(limit, items(5, 6, 7), this::work));
      await(sleep(ofHours(1)));
      all.cancel("enough");
      assertThatThrownBy(() -> await(all))
          .isInstanceOf(CancellationException.class)
          .hasMessage("enough");
      assertThat(EventLoop.current().time()).isEqualTo(ofHours(1).plusMinutes(1));
    });
    assertThat(trace).filteredOn(line -> line.endsWith("PT0S")).hasSize(Math.min(limit, 3));
    assertThat(trace).filteredOn(line -> line.endsWith("cancelled")).hasSize(Math.min(limit, 3));
  }

  @Test
  void a_timeout_around_it_cuts_it_short() {
    CleanRun.of(() -> {
      assertThatThrownBy(() ->
              await(waitFor(mapConcurrently(2, items(5, 6, 7), this::work), ofHours(1))))
          .isInstanceOf(AsyncTimeoutException.class);
    });
    assertThat(running).isZero();
  }

  @Test
  void a_failure_while_it_is_cancelled_is_thrown_and_the_cancellation_comes_next() {
    var failure = new Exception("cleanup failed");
    CleanRun.of(() -> {
      Task<Void> outer = createTask(async(() -> {
        Coroutine<List<String>> all = mapConcurrently(
            1,
            List.of(1),
            item -> async(() -> {
              try {
                await(sleep(ofHours(1)));
                return "late";
              } catch (CancellationException cancelled) {
                throw failure;
              }
            }));
        assertThatThrownBy(() -> await(all)).isSameAs(failure);
        trace.add("failed");
        await(sleep(ZERO));
      }));
      await(sleep(ofMinutes(1)));
      outer.cancel();
      assertThatThrownBy(() -> await(outer)).isInstanceOf(CancellationException.class);
    });
    assertThat(trace).containsExactly("failed");
  }

  @Test
  void locks_that_were_acquired_for_it_are_handed_back_if_it_fails() {
    CleanRun.of(() -> {
      var lock = new AsyncLock();
      var failure = new Exception("no");
      assertThatThrownBy(() -> await(mapConcurrently(
              1, List.of(1, 2), item -> item == 1 ? lock.acquire() : failing(failure))))
          .isSameAs(failure);
      assertThat(lock.isLocked()).isFalse();
      List<Held> held = await(mapConcurrently(1, List.of(1), item -> lock.acquire()));
      assertThat(lock.isLocked()).isTrue();
      held.get(0).close();
    });
  }

  // ---- bad input, and what it shows

  @Test
  void a_limit_below_one_is_refused() {
    assertThatThrownBy(() -> mapConcurrently(0, List.of(1), this::work))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("limit must be at least 1, but was 0");
    assertThatThrownBy(() -> forEachConcurrently(-1, Stream.of(1), this::work))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void nothing_is_asked_of_the_items_before_it_is_awaited() {
    Iterable<Integer> untouched = () -> {
      throw new AssertionError("asked");
    };
    Coroutine<List<String>> all = mapConcurrently(2, untouched, this::work);
    all.drop();
    assertThat(all).hasToString("Coroutine[mapConcurrently(2), dropped]");
  }

  @Test
  void an_endless_source_is_pulled_no_further_than_needed() {
    CleanRun.of(() -> {
      Iterator<Integer> endless = IntStream.iterate(1, i -> i + 1).iterator();
      Coroutine<Void> all = forEachConcurrently(3, () -> endless, this::work);
      assertThatThrownBy(() -> await(waitFor(all, ofHours(1).plusMinutes(30))))
          .isInstanceOf(AsyncTimeoutException.class);
      assertThat(endless.next()).isEqualTo(5);
    });
  }

  @Test
  void who_waits_says_for_what() {
    CleanRun.of(() -> {
      Task<List<String>> all = createTask(mapConcurrently(1, List.of(1, 2), this::work));
      await(sleep(ofMinutes(1)));
      assertThat(all).asString().contains("suspended on mapConcurrently(1)");
      assertThat(all.waitsFor()).hasSize(1);
      await(all);
    });
  }
}
