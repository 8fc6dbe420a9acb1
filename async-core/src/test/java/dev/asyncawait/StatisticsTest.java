package dev.asyncawait;

import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What the primitives tell of themselves. */
class StatisticsTest {

  @Test
  void a_lock_and_its_condition_tell_who_holds_and_who_waits() {
    CleanRun.of(() -> {
      var condition = new AsyncCondition();
      AsyncLock lock = condition.lock();
      assertThat(condition.statistics())
          .isEqualTo(new AsyncCondition.Statistics(0, new AsyncLock.Statistics(false, null, 0)));
      Task<Void> signalled = createTask(lock.run(() -> await(condition.waitForSignal())));
      await(sleep(ZERO));
      Held held = await(lock.acquire());
      Task<Void> waiting = createTask(lock.run(() -> {}));
      await(sleep(ZERO));
      assertThat(condition.statistics())
          .isEqualTo(
              new AsyncCondition.Statistics(1, new AsyncLock.Statistics(true, currentTask(), 1)));
      condition.signal();
      held.close();
      await(gather(signalled, waiting));
      try (Held ofNoTask = lock.tryAcquire()) {
        assertThat(lock.statistics().holder()).isSameAs(currentTask());
        assertThat(ofNoTask).isNotNull();
      }
    });
  }

  @Test
  void a_semaphore_tells_its_permits_their_holders_and_who_waits() {
    CleanRun.of(() -> {
      var semaphore = new AsyncSemaphore(2);
      Held first = await(semaphore.acquire());
      Task<Held> second = createTask(semaphore.acquire());
      Task<Held> third = createTask(semaphore.acquire());
      await(sleep(ZERO));
      assertThat(semaphore.statistics())
          .isEqualTo(new AsyncSemaphore.Statistics(0, List.of(currentTask(), second), 1));
      first.close();
      await(second).close();
      await(third).close();
      assertThat(semaphore.statistics()).isEqualTo(new AsyncSemaphore.Statistics(2, List.of(), 0));
    });
  }

  @Test
  void an_event_and_a_barrier_tell_who_waits() {
    CleanRun.of(() -> {
      var event = new AsyncEvent();
      var barrier = new AsyncBarrier(2);
      Task<Void> waiting = createTask(event.waitUntilSet());
      Task<Integer> arrived = createTask(barrier.arriveAndWait());
      await(sleep(ZERO));
      assertThat(event.statistics()).isEqualTo(new AsyncEvent.Statistics(false, 1));
      assertThat(barrier.statistics()).isEqualTo(new AsyncBarrier.Statistics(2, 1, false));
      event.set();
      await(waiting);
      await(barrier.arriveAndWait());
      await(arrived);
      assertThat(event.statistics()).isEqualTo(new AsyncEvent.Statistics(true, 0));
      barrier.abort();
      assertThat(barrier.statistics()).isEqualTo(new AsyncBarrier.Statistics(2, 0, true));
    });
  }

  @Test
  void a_queue_tells_its_items_and_who_puts_takes_and_joins() {
    CleanRun.of(() -> {
      AsyncQueue<String> queue = AsyncQueue.fifo(1);
      Task<String> taking = createTask(queue.take());
      await(sleep(ZERO));
      assertThat(queue.statistics()).isEqualTo(new AsyncQueue.Statistics(0, 1, 0, 1, 0, 0));
      await(queue.put("a"));
      await(taking);
      await(queue.put("b"));
      Task<Void> putting = createTask(queue.put("c"));
      Task<Void> joining = createTask(queue.join());
      await(sleep(ZERO));
      assertThat(queue.statistics()).isEqualTo(new AsyncQueue.Statistics(1, 1, 1, 0, 1, 2));
      await(queue.take());
      await(putting);
      await(queue.take());
      for (int i = 0; i < 3; i++) {
        queue.taskDone();
      }
      await(joining);
    });
  }

  @Test
  void a_rate_limiter_tells_what_it_allows_and_who_waits() {
    CleanRun.of(() -> {
      var limiter = new AsyncRateLimiter(1, ofMinutes(1));
      await(limiter.acquire());
      Task<Void> one = createTask(limiter.acquire());
      Task<Void> two = createTask(limiter.acquire());
      await(sleep(ZERO));
      assertThat(limiter.statistics())
          .isEqualTo(new AsyncRateLimiter.Statistics(1, ofMinutes(1), 2));
      await(gather(one, two));
      assertThat(limiter.statistics().waiting()).isZero();
    });
  }
}
