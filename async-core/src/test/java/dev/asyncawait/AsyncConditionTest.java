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

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AsyncConditionTest {

  private final AsyncCondition condition = new AsyncCondition();
  private final AsyncLock lock = condition.lock();
  private final List<String> trace = new ArrayList<>();

  /** Waits for a signal, says so, and keeps the lock for a turn. */
  private Task<Void> waiter(String name) {
    return createTask(
        lock.run(() -> {
          try {
            await(condition.waitForSignal());
            trace.add(name);
            await(sleep(ZERO));
          } catch (CancellationException e) {
            trace.add(name + " cancelled: " + e.getMessage() + ", " + lock.isLocked());
            throw e;
          }
        }),
        name);
  }

  private List<Task<Void>> waiting(String... names) {
    List<Task<Void>> tasks = Arrays.stream(names).map(this::waiter).toList();
    turns(1);
    assertThat(lock).hasToString("AsyncLock[unlocked]");
    return tasks;
  }

  private static void turns(int number) {
    for (int i = 0; i < number; i++) {
      await(sleep(ZERO));
    }
  }

  private void signal(int most) {
    await(lock.run(() -> condition.signal(most)));
  }

  @Test
  void signals_wake_in_order_and_each_goes_on_with_the_lock() {
    CleanRun.of(() -> {
      List<Task<Void>> tasks = waiting("a", "b", "c", "d");
      assertThat(condition).hasToString("AsyncCondition[AsyncLock[unlocked], 4 waiting]");
      assertThat(tasks.get(0).toString())
          .isEqualTo("Task[name=a, suspended on AsyncCondition[AsyncLock[unlocked], 4 waiting]"
              + ".waitForSignal()]");
      await(lock.run(() -> condition.signal()));
      await(tasks.get(0));
      assertThat(trace).containsExactly("a");
      signal(2);
      await(gather(tasks.subList(1, 3)));
      assertThat(trace).containsExactly("a", "b", "c");
      await(lock.run(() -> {
        condition.signalAll();
        await(sleep(ZERO));
        assertThat(trace).hasSize(3);
      }));
      await(tasks.get(3));
    });
    assertThat(trace).containsExactly("a", "b", "c", "d");
    assertThat(condition).hasToString("AsyncCondition[AsyncLock[unlocked]]");
  }

  @Test
  void everything_needs_the_lock() {
    CleanRun.of(() -> {
      assertThatThrownBy(() -> await(condition.waitForSignal()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("waitForSignal() on AsyncCondition[AsyncLock[unlocked]] needs its lock; "
              + "put it into lock().run(...)");
      assertThatThrownBy(condition::signal)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("signal() on AsyncCondition[AsyncLock[unlocked]] needs");
      assertThatThrownBy(condition::signalAll)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("signalAll() on AsyncCondition[AsyncLock[unlocked]] needs");
    });
  }

  @Test
  void what_was_acquired_before_a_wait_still_releases_afterwards() {
    CleanRun.of(() -> {
      Held held = await(lock.acquire());
      Task<Void> signal = createTask(lock.run(() -> condition.signal()));
      await(condition.waitForSignal());
      assertThat(lock.isLocked()).isTrue();
      held.close();
      assertThat(lock.isLocked()).isFalse();
      await(signal);
    });
  }

  @Test
  void it_waits_until_a_predicate_is_true() {
    var items = new ArrayDeque<Integer>();
    var asked = new AtomicInteger();
    CleanRun.of(() -> {
      Task<Integer> taker = createTask(lock.run(() -> {
        await(condition.waitUntil(() -> {
          asked.incrementAndGet();
          return !items.isEmpty();
        }));
        return items.remove();
      }));
      turns(1);
      signal(1);
      turns(1);
      assertThat(taker).isNotDone();
      items.add(7);
      signal(1);
      assertThat(await(taker)).isEqualTo(7);
      await(condition.waitUntil(() -> true)); // needs no lock, as in asyncio
      assertThatThrownBy(() -> await(lock.run(() -> await(condition.waitUntil(() -> {
            throw new IllegalStateException("predicate");
          })))))
          .hasMessage("predicate");
    });
    assertThat(asked).hasValue(3);
  }

  // ---- cancellation

  @Test
  void a_cancelled_wait_acquires_the_lock_again_and_forwards_a_signal() {
    CleanRun.of(() -> {
      List<Task<Void>> tasks = waiting("a", "b");
      signal(1);
      tasks.get(0).cancel("why");
      await(gatherOutcomes(tasks));
    });
    assertThat(trace).containsExactly("a cancelled: why, true", "b");
  }

  @Test
  void cancel_requests_do_not_stop_it_from_acquiring_the_lock_and_the_latest_counts() {
    CleanRun.of(() -> {
      List<Task<Void>> tasks = waiting("a", "b");
      Held held = await(lock.acquire());
      tasks.get(0).cancel("first");
      turns(2);
      tasks.get(0).cancel("second");
      turns(2);
      assertThat(tasks.get(0)).isNotDone();
      tasks.get(0).cancel("third");
      turns(2);
      assertThat(lock).hasToString("AsyncLock[locked, 1 waiting]");
      held.close();
      assertThatThrownBy(() -> await(tasks.get(0))).hasMessage("third");
      await(tasks.get(1)); // woken for nothing, which is allowed
    });
    assertThat(trace).containsExactly("a cancelled: third, true", "b");
  }

  @Test
  void one_cancelled_while_it_acquires_the_lock_again_forwards_its_signal() {
    CleanRun.of(() -> {
      List<Task<Void>> tasks = waiting("a", "b");
      try (Held held = await(lock.acquire())) {
        condition.signal();
        turns(2);
        assertThat(lock).hasToString("AsyncLock[locked, 1 waiting]");
        tasks.get(0).cancel("late");
        turns(2);
      }
      await(gatherOutcomes(tasks));
    });
    assertThat(trace).containsExactly("a cancelled: late, true", "b");
  }

  @Test
  void one_cancelled_while_another_takes_its_turn_leaves_the_other_alone() {
    CleanRun.of(() -> {
      List<Task<Void>> tasks = waiting("a", "b");
      signal(1);
      tasks.get(1).cancel("b");
      await(gatherOutcomes(tasks));
    });
    assertThat(trace).containsExactly("a", "b cancelled: b, true");
  }

  // ---- loops and threads

  @Test
  void a_plain_thread_may_signal_while_it_holds_the_lock() {
    var waits = new CountDownLatch(1);
    Task<Void> task = Async.start(async(() -> {
      EventLoop.current().execute(waits::countDown);
      await(lock.run(() -> await(condition.waitForSignal())));
    }));
    AbandonedLoop.await(waits);
    try (Held held = lock.tryAcquire()) {
      condition.signalAll();
      assertThat(held).isNotNull();
    }
    AbandonedLoop.join(task);
  }

  @Test
  void tasks_of_several_loops_hand_each_other_the_turn() {
    var turn = new AtomicInteger();
    List<Task<Void>> loops = Stream.iterate(0, i -> i + 1)
        .limit(3)
        .map(i -> Async.start(async(() -> {
          for (int round = 0; round < 100; round++) {
            await(lock.run(() -> {
              await(condition.waitUntil(() -> turn.get() % 3 == i));
              turn.incrementAndGet();
              condition.signalAll();
            }));
          }
        })))
        .toList();
    loops.forEach(AbandonedLoop::join);
    assertThat(turn).hasValue(300);
    assertThat(condition).hasToString("AsyncCondition[AsyncLock[unlocked]]");
  }

  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void a_loop_that_is_abandoned_forwards_the_signal_that_was_on_its_way(
      boolean threaded, boolean acquiring) {
    try (var abandoned = new AbandonedLoop()) {
      if (threaded) {
        abandoned.begin(lock.run(() -> await(condition.waitForSignal())));
      } else {
        assertThat(lock.tryAcquire()).isNotNull(); // it releases what anybody holds
        abandoned.begin(condition.waitForSignal());
      }
      var waits = new CountDownLatch(1);
      Task<Void> next = Async.start(async(() -> {
        EventLoop.current().execute(waits::countDown);
        await(lock.run(() -> await(condition.waitForSignal())));
      }));
      AbandonedLoop.await(waits);
      try (Held held = lock.tryAcquire()) {
        assertThat(held).isNotNull();
        if (acquiring) {
          condition.signal();
          abandoned.turn(() -> {});
          assertThat(lock).hasToString("AsyncLock[locked, 1 waiting]");
          abandoned.abandonAfter(() -> {});
        } else {
          abandoned.abandonAfter(condition::signal);
        }
      }
      AbandonedLoop.join(next);
    }
    assertThat(condition).hasToString("AsyncCondition[AsyncLock[unlocked]]");
  }
}
