package dev.asyncawait.conformance.scenarios;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.conformance.scenarios.Scenario.assertCancelled;
import static dev.asyncawait.conformance.scenarios.Scenario.scenario;
import static java.time.Duration.ZERO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.AsyncBarrier;
import dev.asyncawait.AsyncCondition;
import dev.asyncawait.AsyncEvent;
import dev.asyncawait.AsyncLock;
import dev.asyncawait.AsyncSemaphore;
import dev.asyncawait.BarrierBrokenException;
import dev.asyncawait.Coroutine;
import dev.asyncawait.Held;
import dev.asyncawait.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Locks, events, conditions, semaphores and barriers: T51 to T59 of the table of asyncio's behaviour. */
class SyncScenariosTest {

  private final List<String> trace = new ArrayList<>();

  private static void turn() {
    await(sleep(ZERO));
  }

  /** Acquires a permit and keeps it. */
  private Task<Void> acquiring(AsyncSemaphore semaphore, String name) {
    return createTask(async(() -> {
      Held unused = await(semaphore.acquire());
      trace.add(name);
    }));
  }

  @Test
  @DisplayName("T51 semaphore: release, then newcomer")
  void semaphore_newcomer() {
    scenario(() -> {
      var semaphore = new AsyncSemaphore(0);
      List<Task<Void>> tasks = new ArrayList<>(IntStream.range(0, 3)
          .mapToObj(i -> acquiring(semaphore, "waiter " + i))
          .toList());
      turn();
      semaphore.release();
      assertThat(semaphore.isLocked()).isTrue();
      tasks.add(acquiring(semaphore, "newcomer"));
      for (int i = 0; i < 3; i++) {
        turn();
        assertThat(semaphore.isLocked()).isTrue();
        semaphore.release();
      }
      await(gather(tasks));
      assertThat(semaphore.availablePermits()).isZero();
    });
    assertThat(trace).containsExactly("waiter 0", "waiter 1", "waiter 2", "newcomer");
  }

  @Test
  @DisplayName("T52 semaphore: woken waiter cancelled")
  void semaphore_woken_waiter_cancelled() {
    scenario(() -> {
      var semaphore = new AsyncSemaphore(0);
      Task<Void> first = acquiring(semaphore, "first");
      Task<Void> second = acquiring(semaphore, "second");
      turn();
      semaphore.release();
      first.cancel();
      assertCancelled(first);
      await(second);
      assertThat(semaphore.availablePermits()).isZero();
    });
    assertThat(trace).containsExactly("second");
  }

  @Test
  @DisplayName("T53 lock: woken waiter cancelled, newcomer arrives")
  void lock_woken_waiter_cancelled() {
    var lock = new AsyncLock();
    scenario(() -> {
      Held held = await(lock.acquire());
      Task<Void> a = createTask(locking(lock, "a"));
      Task<Void> b = createTask(locking(lock, "b"));
      turn();
      held.close();
      a.cancel();
      Task<Void> c = createTask(locking(lock, "c"));
      await(gatherOutcomes(a, b, c));
      assertThat(a.isCancelled()).isTrue();
      assertThat(lock.isLocked()).isFalse();
    });
    assertThat(trace).containsExactly("b", "c");
  }

  private Coroutine<Void> locking(AsyncLock lock, String name) {
    return lock.run(() -> {
      trace.add(name);
    });
  }

  /** Departure: asyncio's wait gives True, ours null. */
  @Test
  @DisplayName("T54 event: set, clear, then waiter runs")
  void event_set_and_clear() {
    scenario(() -> {
      var event = new AsyncEvent();
      Task<Void> waiter = createTask(event.waitUntilSet());
      turn();
      event.set();
      event.clear();
      assertThat(await(waiter)).isNull();
      assertThat(waiter.isCancelled()).isFalse();
      assertThat(event.isSet()).isFalse();
    });
  }

  @Test
  @DisplayName("T55 condition: cancel while lock is taken")
  void condition_cancel_while_locked() {
    scenario(() -> {
      var condition = new AsyncCondition();
      Task<Void> waiter = createTask(condition.lock().run(() -> {
        try {
          await(condition.waitForSignal());
        } catch (CancellationException e) {
          trace.add("CE, locked: " + condition.lock().isLocked());
          throw e;
        }
      }));
      turn();
      Held held = await(condition.lock().acquire());
      waiter.cancel();
      for (int i = 0; i < 3; i++) {
        turn();
        assertThat(waiter).isNotDone();
      }
      trace.add("released");
      held.close();
      assertCancelled(waiter);
      assertThat(condition.lock().isLocked()).isFalse();
    });
    assertThat(trace).containsExactly("released", "CE, locked: true");
  }

  @Test
  @DisplayName("T56 condition: notified waiter cancelled")
  void condition_notified_waiter_cancelled() {
    scenario(() -> {
      var condition = new AsyncCondition();
      List<Task<Void>> waiters = IntStream.range(0, 2)
          .mapToObj(i -> createTask(condition.lock().run(() -> {
            await(condition.waitForSignal());
            trace.add("waiter " + i);
          })))
          .toList();
      turn();
      await(condition.lock().run(() -> condition.signal()));
      waiters.get(0).cancel();
      assertCancelled(waiters.get(0));
      await(waiters.get(1));
    });
    assertThat(trace).containsExactly("waiter 1");
  }

  private Task<Integer> arriving(AsyncBarrier barrier) {
    return createTask(barrier.arriveAndWait());
  }

  @Test
  @DisplayName("T57 barrier(3): cancel one of two waiters")
  void barrier_cancel_one() {
    scenario(() -> {
      var barrier = new AsyncBarrier(3);
      Task<Integer> stays = arriving(barrier);
      Task<Integer> cancelled = arriving(barrier);
      turn();
      assertThat(barrier.getNumberWaiting()).isEqualTo(2);
      cancelled.cancel();
      assertCancelled(cancelled);
      assertThat(barrier.getNumberWaiting()).isEqualTo(1);
      assertThat(barrier.isBroken()).isFalse();
      assertThat(await(gather(stays, arriving(barrier), arriving(barrier))))
          .containsExactly(0, 1, 2);
    });
  }

  @Test
  @DisplayName("T58 barrier reset / abort / reset")
  void barrier_reset_abort_reset() {
    scenario(() -> {
      var barrier = new AsyncBarrier(2);
      Task<Integer> waiter = arriving(barrier);
      turn();
      barrier.reset();
      assertThatThrownBy(() -> await(waiter)).isInstanceOf(BarrierBrokenException.class);
      assertThat(barrier.isBroken()).isFalse();
      assertThat(await(gather(arriving(barrier), arriving(barrier)))).containsExactly(0, 1);

      Task<Integer> second = arriving(barrier);
      turn();
      barrier.abort();
      assertThatThrownBy(() -> await(second)).isInstanceOf(BarrierBrokenException.class);
      assertThat(barrier.isBroken()).isTrue();
      assertThatThrownBy(() -> await(barrier.arriveAndWait()))
          .isInstanceOf(BarrierBrokenException.class);

      barrier.reset();
      assertThat(barrier.isBroken()).isFalse();
      assertThat(await(gather(arriving(barrier), arriving(barrier)))).containsExactly(0, 1);
    });
  }

  @Test
  @DisplayName("T59 barrier(2) with four arrivals")
  void barrier_two_rounds() {
    scenario(() -> {
      var barrier = new AsyncBarrier(2);
      assertThat(await(
              gather(arriving(barrier), arriving(barrier), arriving(barrier), arriving(barrier))))
          .containsExactly(0, 1, 0, 1);
    });
  }
}
