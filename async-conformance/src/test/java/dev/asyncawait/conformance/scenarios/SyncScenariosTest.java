package dev.asyncawait.conformance.scenarios;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.conformance.scenarios.Scenario.assertCancelled;
import static dev.asyncawait.test.VirtualTime.untilIdle;
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
import dev.asyncawait.test.AsyncTest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;

/** Locks, events, conditions, semaphores and barriers: T51 to T59 of the table of asyncio's behaviour. */
class SyncScenariosTest {

  /** A task that has come as far as it can, so that those made one after the other are in line in this order. */
  private static <T> Task<T> waiting(Coroutine<T> coroutine) {
    Task<T> task = createTask(coroutine);
    await(untilIdle());
    return task;
  }

  /** Acquires a permit and keeps it. */
  private static Coroutine<Void> acquiring(
      AsyncSemaphore semaphore, List<String> trace, String name) {
    return async(() -> {
      Held unused = await(semaphore.acquire());
      trace.add(name);
    });
  }

  @AsyncTest(schedules = 100)
  @DisplayName("T51 semaphore: release, then newcomer")
  void semaphore_newcomer() {
    var trace = new ArrayList<String>();
    var semaphore = new AsyncSemaphore(0);
    var tasks = new ArrayList<Task<Void>>();
    for (int i = 0; i < 3; i++) {
      tasks.add(waiting(acquiring(semaphore, trace, "waiter " + i)));
    }
    semaphore.release();
    assertThat(semaphore.isLocked()).isTrue();
    tasks.add(createTask(acquiring(semaphore, trace, "newcomer")));
    for (int i = 0; i < 3; i++) {
      await(untilIdle());
      assertThat(semaphore.isLocked()).isTrue();
      semaphore.release();
    }
    await(gather(tasks));
    assertThat(semaphore.availablePermits()).isZero();
    assertThat(trace).containsExactly("waiter 0", "waiter 1", "waiter 2", "newcomer");
  }

  @AsyncTest(schedules = 100)
  @DisplayName("T52 semaphore: woken waiter cancelled")
  void semaphore_woken_waiter_cancelled() {
    var trace = new ArrayList<String>();
    var semaphore = new AsyncSemaphore(0);
    Task<Void> first = waiting(acquiring(semaphore, trace, "first"));
    Task<Void> second = waiting(acquiring(semaphore, trace, "second"));
    semaphore.release();
    first.cancel();
    assertCancelled(first);
    await(second);
    assertThat(semaphore.availablePermits()).isZero();
    assertThat(trace).containsExactly("second");
  }

  @AsyncTest(schedules = 100)
  @DisplayName("T53 lock: woken waiter cancelled, newcomer arrives")
  void lock_woken_waiter_cancelled() {
    var trace = new ArrayList<String>();
    var lock = new AsyncLock();
    Held held = await(lock.acquire());
    Task<Boolean> a = waiting(lock.run(() -> trace.add("a")));
    Task<Boolean> b = waiting(lock.run(() -> trace.add("b")));
    held.close();
    a.cancel();
    Task<Boolean> c = createTask(lock.run(() -> trace.add("c")));
    await(gatherOutcomes(a, b, c));
    assertThat(a.isCancelled()).isTrue();
    assertThat(lock.isLocked()).isFalse();
    assertThat(trace).containsExactly("b", "c");
  }

  /** Departure: asyncio's wait gives True, ours null. */
  @AsyncTest
  @DisplayName("T54 event: set, clear, then waiter runs")
  void event_set_and_clear() {
    var event = new AsyncEvent();
    Task<Void> waiter = waiting(event.waitUntilSet());
    event.set();
    event.clear();
    assertThat(await(waiter)).isNull();
    assertThat(waiter.isCancelled()).isFalse();
    assertThat(event.isSet()).isFalse();
  }

  @AsyncTest
  @DisplayName("T55 condition: cancel while lock is taken")
  void condition_cancel_while_locked() {
    var trace = new ArrayList<String>();
    var condition = new AsyncCondition();
    Task<Void> waiter = waiting(condition.lock().run(() -> {
      try {
        await(condition.waitForSignal());
      } catch (CancellationException e) {
        trace.add("CE, locked: " + condition.lock().isLocked());
        throw e;
      }
    }));
    Held held = await(condition.lock().acquire());
    waiter.cancel();
    await(untilIdle());
    assertThat(waiter).isNotDone();
    trace.add("released");
    held.close();
    assertCancelled(waiter);
    assertThat(condition.lock().isLocked()).isFalse();
    assertThat(trace).containsExactly("released", "CE, locked: true");
  }

  @AsyncTest(schedules = 100)
  @DisplayName("T56 condition: notified waiter cancelled")
  void condition_notified_waiter_cancelled() {
    var trace = new ArrayList<String>();
    var condition = new AsyncCondition();
    Task<Void> first = waiting(signalled(condition, trace, "first"));
    Task<Void> second = waiting(signalled(condition, trace, "second"));
    await(condition.lock().run(() -> condition.signal()));
    first.cancel();
    assertCancelled(first);
    await(second);
    assertThat(trace).containsExactly("second");
  }

  private static Coroutine<Void> signalled(
      AsyncCondition condition, List<String> trace, String name) {
    return condition.lock().run(() -> {
      await(condition.waitForSignal());
      trace.add(name);
    });
  }

  @AsyncTest(schedules = 100)
  @DisplayName("T57 barrier(3): cancel one of two waiters")
  void barrier_cancel_one() {
    var barrier = new AsyncBarrier(3);
    Task<Integer> cancelled = createTask(barrier.arriveAndWait());
    Task<Integer> stays = createTask(barrier.arriveAndWait());
    await(untilIdle());
    assertThat(barrier.getNumberWaiting()).isEqualTo(2);
    cancelled.cancel();
    assertCancelled(cancelled);
    assertThat(barrier.getNumberWaiting()).isEqualTo(1);
    assertThat(barrier.isBroken()).isFalse();
    Task<Integer> next = waiting(barrier.arriveAndWait());
    Task<Integer> last = createTask(barrier.arriveAndWait());
    assertThat(await(gather(stays, next, last))).containsExactly(0, 1, 2);
  }

  private static List<Integer> round(AsyncBarrier barrier) {
    return await(gather(barrier.arriveAndWait(), barrier.arriveAndWait()));
  }

  @AsyncTest(schedules = 100)
  @DisplayName("T58 barrier reset / abort / reset")
  void barrier_reset_abort_reset() {
    var barrier = new AsyncBarrier(2);
    Task<Integer> waiter = waiting(barrier.arriveAndWait());
    barrier.reset();
    assertThatThrownBy(() -> await(waiter)).isInstanceOf(BarrierBrokenException.class);
    assertThat(barrier.isBroken()).isFalse();
    assertThat(round(barrier)).containsExactlyInAnyOrder(0, 1);

    Task<Integer> second = waiting(barrier.arriveAndWait());
    barrier.abort();
    assertThatThrownBy(() -> await(second)).isInstanceOf(BarrierBrokenException.class);
    assertThat(barrier.isBroken()).isTrue();
    assertThatThrownBy(() -> await(barrier.arriveAndWait()))
        .isInstanceOf(BarrierBrokenException.class);

    barrier.reset();
    assertThat(barrier.isBroken()).isFalse();
    assertThat(round(barrier)).containsExactlyInAnyOrder(0, 1);
  }

  @AsyncTest(schedules = 100)
  @DisplayName("T59 barrier(2) with four arrivals")
  void barrier_two_rounds() {
    var numbers = new ArrayList<Integer>();
    var barrier = new AsyncBarrier(2);
    await(gather(Stream.generate(() -> async(() -> numbers.add(await(barrier.arriveAndWait()))))
        .limit(4)
        .toList()));
    assertThat(numbers.subList(0, 2)).containsExactlyInAnyOrder(0, 1);
    assertThat(numbers.subList(2, 4)).containsExactlyInAnyOrder(0, 1);
  }
}
