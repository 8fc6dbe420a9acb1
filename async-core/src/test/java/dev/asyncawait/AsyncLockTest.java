package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.toThread;
import static dev.asyncawait.Async.waitFor;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofSeconds;
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

class AsyncLockTest {

  private final AsyncLock lock = new AsyncLock();
  private final List<String> trace = new ArrayList<>();

  /** Acquires the lock, says so, and keeps it for a turn. */
  private Coroutine<Void> worker(String name) {
    return async(() -> {
      try (Held held = await(lock.acquire())) {
        trace.add(name);
        await(sleep(ZERO));
      } catch (CancellationException e) {
        trace.add(name + " cancelled");
        throw e;
      }
    });
  }

  private Task<Void> start(String name) {
    return createTask(worker(name), name);
  }

  /** Main holds the lock, and these wait for it. */
  private List<Task<Void>> waiting(String... names) {
    assertThat(lock.tryAcquire()).isNotNull();
    List<Task<Void>> tasks = Arrays.stream(names).map(this::start).toList();
    await(sleep(ZERO));
    return tasks;
  }

  private static void turns(int number) {
    for (int i = 0; i < number; i++) {
      await(sleep(ZERO));
    }
  }

  @Test
  void a_free_lock_is_acquired_without_a_switch() {
    CleanRun.of(() -> {
      Task<Void> other = createTask(async(() -> {
        trace.add("other");
      }));
      try (Held held = await(lock.acquire())) {
        trace.add("held: " + lock.isLocked());
      }
      trace.add("released: " + lock.isLocked());
      await(other);
    });
    assertThat(trace).containsExactly("held: true", "released: false", "other");
  }

  @Test
  void tasks_get_it_in_the_order_in_which_they_asked() {
    CleanRun.of(() -> await(gather(worker("a"), worker("b"), worker("c"))));
    assertThat(trace).containsExactly("a", "b", "c");
    assertThat(lock).hasToString("AsyncLock[unlocked]");
  }

  @Test
  void it_says_who_waits_and_so_do_they() {
    CleanRun.of(() -> {
      List<Task<Void>> tasks = waiting("a", "b");
      assertThat(lock).hasToString("AsyncLock[locked, 2 waiting]");
      assertThat(tasks.get(0))
          .hasToString("Task[name=a, suspended on AsyncLock[locked, 2 waiting].acquire()]");
      lock.release();
      assertThat(lock).hasToString("AsyncLock[unlocked, 2 waiting]");
      await(gather(tasks));
    });
    assertThat(lock.acquire()).hasToString("Coroutine[AsyncLock[unlocked].acquire(), not started]");
    assertThat(lock.run(() -> {}).toString())
        .startsWith("Coroutine[AsyncLock[unlocked].acquire() around async body in ");
  }

  @Test
  void releasing_what_is_not_locked_is_refused() {
    assertThatThrownBy(lock::release)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "AsyncLock[unlocked] is not locked; release it once for each time it was acquired");
  }

  @Test
  void closing_releases_once_and_only_what_it_stands_for() {
    CleanRun.of(() -> {
      Held first = await(lock.acquire());
      first.close();
      Held second = await(lock.acquire());
      first.close();
      assertThat(lock.isLocked()).isTrue();
      lock.release();
      second.close();
      assertThat(lock.isLocked()).isFalse();
    });
  }

  @Test
  void any_task_may_release() {
    CleanRun.of(() -> {
      List<Task<Void>> tasks = waiting("a");
      await(createTask(async(() -> lock.release())));
      await(gather(tasks));
    });
    assertThat(trace).containsExactly("a");
  }

  // ---- cancellation

  @Test
  void a_task_cancelled_before_it_is_woken_leaves_the_line() {
    CleanRun.of(() -> {
      List<Task<Void>> tasks = waiting("a", "b");
      tasks.get(0).cancel();
      turns(1);
      assertThat(lock).hasToString("AsyncLock[locked, 1 waiting]");
      lock.release();
      await(gatherOutcomes(tasks));
    });
    assertThat(trace).containsExactly("a cancelled", "b");
  }

  @Test
  void a_task_cancelled_after_it_was_woken_wakes_the_next() {
    CleanRun.of(() -> {
      List<Task<Void>> tasks = waiting("a", "b");
      lock.release();
      tasks.get(0).cancel();
      await(gatherOutcomes(tasks));
    });
    assertThat(trace).containsExactly("a cancelled", "b");
  }

  @Test
  void one_cancelled_in_the_turn_of_the_release_wakes_the_next_when_it_goes_on() { // as in asyncio
    CleanRun.of(() -> {
      List<Task<Void>> tasks = waiting("a", "b");
      tasks.get(0).cancel();
      lock.release();
      turns(1);
      assertThat(trace).containsExactly("a cancelled");
      turns(1);
      assertThat(trace).containsExactly("a cancelled", "b");
      await(gatherOutcomes(tasks));
    });
  }

  @Test
  void one_cancelled_behind_a_woken_one_wakes_nobody() {
    CleanRun.of(() -> {
      List<Task<Void>> tasks = waiting("a", "b", "c");
      lock.release();
      tasks.get(1).cancel();
      await(gatherOutcomes(tasks));
    });
    assertThat(trace).containsExactly("a", "b cancelled", "c");
  }

  @Test
  void a_newcomer_waits_behind_a_woken_one_and_takes_the_place_of_cancelled_ones() {
    CleanRun.of(() -> {
      List<Task<Void>> tasks = waiting("a");
      lock.release();
      assertThat(lock.isLocked()).isFalse();
      assertThat(lock.tryAcquire()).isNull();
      await(worker("main"));
      assertThat(trace).containsExactly("a", "main");
      await(gather(tasks));
      tasks = waiting("b");
      tasks.get(0).cancel();
      lock.release();
      try (Held held = await(lock.acquire())) {
        trace.add("main again");
      }
      await(gatherOutcomes(tasks));
    });
    assertThat(trace).containsExactly("a", "main", "main again", "b cancelled");
  }

  @Test
  void a_wait_can_be_limited() {
    CleanRun.of(() -> {
      Held held = await(lock.acquire());
      assertThatThrownBy(() -> await(waitFor(lock.acquire(), ofSeconds(1))))
          .isInstanceOf(AsyncTimeoutException.class);
      assertThat(lock).hasToString("AsyncLock[locked]");
      held.close();
      await(waitFor(lock.acquire(), ofSeconds(1))).close();
    });
  }

  @Test
  void a_lock_that_a_task_ends_with_is_handed_back_if_the_task_ends_cancelled() {
    CleanRun.of(() -> {
      Task<Held> task = createTask(async(() -> {
        Held held = await(lock.acquire());
        currentTask().cancel();
        return held;
      }));
      assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
      assertThat(lock.isLocked()).isFalse();
    });
  }

  @Test
  void a_lock_that_is_the_value_of_a_task_is_not_lost_when_that_is_cancelled_in_time() {
    CleanRun.of(() -> {
      assertThat(lock.tryAcquire()).isNotNull();
      Task<Held> task = createTask(lock.acquire());
      turns(1);
      lock.release();
      task.cancel();
      assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
      assertThat(lock).hasToString("AsyncLock[unlocked]");

      Task<Held> done = createTask(lock.acquire());
      turns(1);
      assertThat(done.cancel()).isFalse();
      await(done).close();
    });
  }

  @Test
  void a_lock_that_a_failed_group_would_give_is_handed_back() {
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      assertThatThrownBy(() -> await(group.run(() -> {
            group.createTask(async(() -> {
              throw new IllegalStateException("child");
            }));
            return await(lock.acquire());
          })))
          .hasMessage("child");
      assertThat(lock.isLocked()).isFalse();
    });
  }

  @Test
  void a_lock_that_a_cancelled_call_gives_is_handed_back() {
    var acquired = new CountDownLatch(1);
    var cancelled = new CountDownLatch(1);
    Async.run(async(() -> {
      Task<Held> call = createTask(toThread(
          () -> {
            Held held = lock.tryAcquire();
            acquired.countDown();
            AbandonedLoop.await(cancelled);
            return held;
          },
          CallOptions.uninterrupted()));
      await(toThread(() -> AbandonedLoop.await(acquired)));
      call.cancel();
      assertThatThrownBy(() -> await(call)).isInstanceOf(CancellationException.class);
      assertThat(lock.isLocked()).isTrue();
      cancelled.countDown();
    }));
    assertThat(lock.isLocked()).isFalse();
  }

  // ---- run

  @Test
  void run_gives_the_value_of_its_body_and_releases() {
    CleanRun.of(() -> {
      Task<Void> other = createTask(lock.run(() -> {
        await(sleep(ZERO));
        trace.add("other");
      }));
      turns(1);
      assertThat(await(lock.run(() -> {
            trace.add("main, " + lock);
            return 7;
          })))
          .isEqualTo(7);
      assertThat(lock.isLocked()).isFalse();
      await(other);
    });
    assertThat(trace).containsExactly("other", "main, AsyncLock[locked]");
  }

  @Test
  void run_releases_when_its_body_fails_or_is_cancelled() {
    var failure = new IllegalStateException("body");
    CleanRun.of(() -> {
      assertThatThrownBy(() -> await(lock.run(() -> {
            throw failure;
          })))
          .isSameAs(failure);
      assertThat(lock.isLocked()).isFalse();
      Task<Void> task = createTask(lock.run(() -> await(sleep(ofSeconds(1)))));
      turns(1);
      assertThat(lock.isLocked()).isTrue();
      task.cancel();
      assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
      assertThat(lock.isLocked()).isFalse();
    });
  }

  @Test
  void run_that_is_cancelled_while_it_waits_does_not_run_its_body() {
    CleanRun.of(() -> {
      Held held = await(lock.acquire());
      Task<Void> task = createTask(lock.run(() -> {
        trace.add("ran");
      }));
      turns(1);
      task.cancel();
      turns(1);
      assertThat(task.isCancelled()).isTrue();
      held.close();
    });
    assertThat(trace).isEmpty();
  }

  // ---- loops and threads

  @Test
  void tasks_of_several_loops_exclude_each_other() {
    var inside = new AtomicInteger();
    var most = new AtomicInteger();
    var count = new AtomicInteger();
    List<Task<Void>> loops = Stream.generate(() -> Async.start(async(() -> {
          for (int i = 0; i < 200; i++) {
            await(lock.run(() -> {
              most.accumulateAndGet(inside.incrementAndGet(), Math::max);
              count.incrementAndGet();
              await(sleep(ZERO));
              inside.decrementAndGet();
            }));
          }
        })))
        .limit(4)
        .toList();
    loops.forEach(AbandonedLoop::join);
    assertThat(most).hasValue(1);
    assertThat(count).hasValue(800);
    assertThat(lock).hasToString("AsyncLock[unlocked]");
  }

  @Test
  void a_plain_thread_may_try_to_acquire_it_and_release_it() {
    Held held = lock.tryAcquire();
    assertThat(held).isNotNull().hasToString("a thread holds AsyncLock[locked]");
    assertThat(lock.tryAcquire()).isNull();
    var waits = new CountDownLatch(1);
    Task<Void> task = Async.start(async(() -> {
      EventLoop.current().execute(waits::countDown); // runs when the task waits
      await(worker("a"));
    }));
    AbandonedLoop.await(waits);
    held.close();
    AbandonedLoop.join(task);
    assertThat(trace).containsExactly("a");
    assertThat(lock.isLocked()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_loop_that_is_abandoned_leaves_the_line(boolean threaded) {
    try (var abandoned = new AbandonedLoop()) {
      Held held = lock.tryAcquire();
      abandoned.begin(threaded ? async(() -> await(lock.acquire())) : lock.acquire());
      assertThat(lock).hasToString("AsyncLock[locked, 1 waiting]");
      abandoned.abandonAfter(() -> {});
      assertThat(lock).hasToString("AsyncLock[locked]");
      held.close();
      assertThat(lock.tryAcquire()).isNotNull();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_loop_that_is_abandoned_hands_on_what_was_on_its_way(boolean threaded) {
    try (var abandoned = new AbandonedLoop()) {
      assertThat(lock.tryAcquire()).isNotNull();
      abandoned.begin(threaded ? async(() -> await(lock.acquire())) : lock.acquire());
      var waits = new CountDownLatch(1);
      Task<Void> next = Async.start(async(() -> {
        EventLoop.current().execute(waits::countDown);
        await(worker("next"));
      }));
      AbandonedLoop.await(waits);
      abandoned.abandonAfter(lock::release);
      AbandonedLoop.join(next);
    }
    assertThat(trace).containsExactly("next");
    assertThat(lock).hasToString("AsyncLock[unlocked]");
  }

  @Test
  void a_task_that_begins_to_wait_while_its_loop_is_abandoned_leaves_the_line() {
    try (var abandoned = new AbandonedLoop()) {
      assertThat(lock.tryAcquire()).isNotNull();
      var frame = new AsyncLock.AcquireFrame(lock, null);
      abandoned.abandonAfter(() -> {});
      assertThatThrownBy(() -> frame.resume(abandoned.task(), null, null))
          .isInstanceOf(LoopClosedError.class);
      assertThat(lock).hasToString("AsyncLock[locked]");
    }
  }

  @Test
  void a_loop_that_closes_tells_what_its_tasks_hold() {
    try (var log = new CapturedLog();
        Runner runner = Runner.builder().name("shop").clock(new TestClock()).build()) {
      runner.run(async(() -> {
        Held given = await(lock.acquire());
        given.close();
        await(createTask(async(() -> await(lock.acquire())), "fetch"));
      }));
      runner.close();
      assertThat(log.warnings())
          .containsExactly(
              "loop shop closed while task fetch holds AsyncLock[locked]; release it in a try "
                  + "statement, or use run(body)");
    }
  }

  @Test
  void a_lock_that_run_gives_is_its_callers() {
    try (var log = new CapturedLog();
        Held held = Async.run(lock.acquire())) {
      assertThat(lock.isLocked()).isTrue();
      assertThat(log.warnings()).isEmpty();
    }
    assertThat(lock.isLocked()).isFalse();
  }
}
