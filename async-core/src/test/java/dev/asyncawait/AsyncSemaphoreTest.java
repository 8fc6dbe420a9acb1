package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ZERO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AsyncSemaphoreTest {

  private final List<String> trace = new ArrayList<>();

  /** Acquires a permit and keeps it. */
  private Task<Void> keeper(AsyncSemaphore semaphore, String name) {
    return createTask(
        async(() -> {
          try {
            Held unused = await(semaphore.acquire());
            trace.add(name);
          } catch (CancellationException e) {
            trace.add(name + " cancelled");
            throw e;
          }
        }),
        name);
  }

  private List<Task<Void>> waiting(AsyncSemaphore semaphore, String... names) {
    List<Task<Void>> tasks =
        Arrays.stream(names).map(name -> keeper(semaphore, name)).toList();
    turns(1);
    return tasks;
  }

  private static void turns(int number) {
    for (int i = 0; i < number; i++) {
      await(sleep(ZERO));
    }
  }

  @Test
  void as_many_as_there_are_permits_are_inside_at_once() {
    var inside = new AtomicInteger();
    var most = new AtomicInteger();
    CleanRun.of(() -> {
      var semaphore = new AsyncSemaphore(3);
      await(gather(Stream.generate(() -> semaphore.run(() -> {
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            await(sleep(ZERO));
            inside.decrementAndGet();
          }))
          .limit(10)
          .toList()));
      assertThat(semaphore).hasToString("AsyncSemaphore[3 permits]");
    });
    assertThat(most).hasValue(3);
  }

  @Test
  void it_says_what_it_has_and_who_waits() {
    CleanRun.of(() -> {
      var semaphore = AsyncSemaphore.bounded(1);
      assertThat(semaphore).hasToString("AsyncSemaphore[1 of 1 permits]");
      Held held = await(semaphore.acquire());
      List<Task<Void>> tasks = waiting(semaphore, "a", "b");
      assertThat(semaphore).hasToString("AsyncSemaphore[0 of 1 permits, 2 waiting]");
      assertThat(tasks.get(0))
          .hasToString(
              "Task[name=a, suspended on AsyncSemaphore[0 of 1 permits, 2 waiting].acquire()]");
      assertThat(held)
          .hasToString(
              Async.currentTask().label() + " holds AsyncSemaphore[0 of 1 permits, 2 waiting]");
      semaphore.release();
      turns(1);
      semaphore.release();
      turns(1);
    });
    assertThat(new AsyncSemaphore(1)).hasToString("AsyncSemaphore[1 permit]");
    assertThat(trace).containsExactly("a", "b");
  }

  @Test
  void wrong_numbers_are_refused() {
    assertThatThrownBy(() -> new AsyncSemaphore(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("permits must not be negative, but was -1");
    assertThatThrownBy(() -> AsyncSemaphore.bounded(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("permits must not be negative, but was -1");
    assertThatThrownBy(() -> AsyncSemaphore.bounded(2).release())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("AsyncSemaphore[2 of 2 permits] has all its permits; release once for each "
            + "that was acquired");
  }

  @Test
  void release_adds_permits_to_one_that_is_not_bounded() {
    var semaphore = new AsyncSemaphore(0);
    assertThat(semaphore.tryAcquire()).isNull();
    semaphore.release();
    semaphore.release();
    assertThat(semaphore.availablePermits()).isEqualTo(2);
    assertThat(semaphore.isLocked()).isFalse();
    assertThat(semaphore.tryAcquire()).isNotNull();
  }

  @Test
  void closing_gives_back_once() {
    var semaphore = AsyncSemaphore.bounded(2);
    Held first = semaphore.tryAcquire();
    Held second = semaphore.tryAcquire();
    assertThat(semaphore.isLocked()).isTrue();
    first.close();
    first.close();
    assertThat(semaphore.availablePermits()).isEqualTo(1);
    semaphore.release();
    assertThatThrownBy(second::close).isInstanceOf(IllegalStateException.class);
  }

  // ---- cancellation

  @Test
  void a_task_cancelled_before_it_is_woken_leaves_the_line() {
    CleanRun.of(() -> {
      var semaphore = new AsyncSemaphore(0);
      List<Task<Void>> tasks = waiting(semaphore, "a", "b");
      tasks.get(0).cancel();
      turns(1);
      assertThat(semaphore).hasToString("AsyncSemaphore[0 permits, 1 waiting]");
      semaphore.release();
      await(gatherOutcomes(tasks));
    });
    assertThat(trace).containsExactly("a cancelled", "b");
  }

  @Test
  void a_task_cancelled_after_it_was_woken_gives_its_permit_to_the_next_or_back() {
    CleanRun.of(() -> {
      var semaphore = new AsyncSemaphore(0);
      List<Task<Void>> tasks = waiting(semaphore, "a", "b");
      semaphore.release();
      assertThat(semaphore.availablePermits()).isZero();
      tasks.get(0).cancel();
      await(gatherOutcomes(tasks));
      assertThat(semaphore.availablePermits()).isZero();

      tasks = waiting(semaphore, "c");
      semaphore.release();
      tasks.get(0).cancel();
      await(gatherOutcomes(tasks));
      assertThat(semaphore.availablePermits()).isEqualTo(1);
    });
    assertThat(trace).containsExactly("a cancelled", "b", "c cancelled");
  }

  @Test
  void
      one_cancelled_in_the_turn_of_the_release_is_passed_over() { // unlike in a lock; as in asyncio
    CleanRun.of(() -> {
      var semaphore = new AsyncSemaphore(0);
      List<Task<Void>> tasks = waiting(semaphore, "a", "b");
      tasks.get(0).cancel();
      semaphore.release();
      turns(1);
      assertThat(trace).containsExactly("a cancelled", "b");
      await(gatherOutcomes(tasks));
    });
  }

  @Test
  void a_newcomer_does_not_overtake_one_that_was_woken() {
    CleanRun.of(() -> {
      var semaphore = new AsyncSemaphore(0);
      List<Task<Void>> tasks = waiting(semaphore, "a");
      semaphore.release();
      semaphore.release();
      assertThat(semaphore.availablePermits()).isEqualTo(1);
      assertThat(semaphore.isLocked()).isTrue();
      assertThat(semaphore.tryAcquire()).isNull();
      Task<Void> newcomer = keeper(semaphore, "newcomer");
      await(gather(tasks));
      await(newcomer); // woken by a, who finds another permit
    });
    assertThat(trace).containsExactly("a", "newcomer");
  }

  @Test
  void a_newcomer_gets_a_permit_although_the_one_before_it_is_cancelled() {
    CleanRun.of(() -> {
      var semaphore = new AsyncSemaphore(0);
      List<Task<Void>> tasks = waiting(semaphore, "a");
      semaphore.release();
      semaphore.release();
      tasks.get(0).cancel();
      Task<Void> newcomer = keeper(semaphore, "newcomer");
      turns(3);
      assertThat(newcomer).isDone();
      assertThat(semaphore.availablePermits()).isEqualTo(1);
    });
    assertThat(trace).containsExactly("a cancelled", "newcomer");
  }

  @Test
  void run_gives_back_whatever_happens() {
    CleanRun.of(() -> {
      var semaphore = AsyncSemaphore.bounded(1);
      assertThat(await(semaphore.run(() -> 7))).isEqualTo(7);
      assertThatThrownBy(() -> await(semaphore.run(() -> {
            throw new IllegalStateException("body");
          })))
          .hasMessage("body");
      assertThat(semaphore.availablePermits()).isEqualTo(1);
      assertThatThrownBy(() -> await(semaphore.run(() -> {
            semaphore.release();
            throw new IllegalStateException("body");
          })))
          .hasMessage("body")
          .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    });
  }

  // ---- loops and threads

  @Test
  void a_permit_is_handed_across_loops_and_threads() {
    var semaphore = new AsyncSemaphore(2);
    var inside = new AtomicInteger();
    var most = new AtomicInteger();
    List<Task<Void>> loops = Stream.generate(() -> Async.start(async(() -> {
          for (int i = 0; i < 200; i++) {
            await(semaphore.run(() -> {
              most.accumulateAndGet(inside.incrementAndGet(), Math::max);
              await(sleep(ZERO));
              inside.decrementAndGet();
            }));
          }
        })))
        .limit(4)
        .toList();
    loops.forEach(AbandonedLoop::join);
    assertThat(most.get()).isBetween(1, 2);
    assertThat(semaphore).hasToString("AsyncSemaphore[2 permits]");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_loop_that_is_abandoned_hands_on_the_permit_that_was_on_its_way(boolean threaded) {
    var semaphore = new AsyncSemaphore(0);
    try (var abandoned = new AbandonedLoop()) {
      abandoned.begin(
          threaded ? async(() -> await(semaphore.acquire())) : semaphore.acquire(),
          semaphore.acquire());
      var waits = new CountDownLatch(1);
      Task<Held> next = Async.start(async(() -> {
        EventLoop.current().execute(waits::countDown);
        return await(semaphore.acquire());
      }));
      AbandonedLoop.await(waits);
      assertThat(semaphore).hasToString("AsyncSemaphore[0 permits, 3 waiting]");
      abandoned.abandonAfter(semaphore::release);
      AbandonedLoop.join(next);
    }
    assertThat(semaphore).hasToString("AsyncSemaphore[0 permits]");
  }

  @Test
  void a_loop_that_closes_tells_which_permits_its_tasks_hold() {
    var semaphore = new AsyncSemaphore(3);
    try (var log = new CapturedLog()) {
      try (Runner runner = Runner.builder().name("shop").clock(new TestClock()).build()) {
        runner.run(async(() -> {
          Held first = await(semaphore.acquire());
          Held second = await(semaphore.acquire());
          await(createTask(async(() -> await(semaphore.acquire())), "fetch"));
          first.close();
          second.close();
        }));
      }
      assertThat(log.warnings())
          .containsExactly("loop shop closed while task fetch holds AsyncSemaphore[2 permits]; "
              + "release it in a try statement, or use run(body)");
    }
  }

  @Test
  void permits_that_came_back_by_release_are_held_by_nobody() {
    var signals = new AsyncSemaphore(0);
    var turns = new AsyncSemaphore(1);
    try (var log = new CapturedLog()) {
      CleanRun.of(() -> {
        for (int i = 0; i < 100; i++) {
          signals.release();
          Held unused = await(signals.acquire());
          Held unusedToo = await(turns.acquire());
          turns.release();
          assertThat(EventLoop.current().held().size()).isZero();
        }
      });
      assertThat(log.warnings()).isEmpty();
    }
  }
}
