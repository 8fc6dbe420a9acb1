package dev.asyncawait;

import static dev.asyncawait.Async.allTasks;
import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ZERO;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Many tasks of several loops, and a plain thread, on one lock, one semaphore and one queue, while a tenth of the tasks
 * is cancelled. Every count must add up at the end.
 */
class PrimitivesSoakTest {

  private static final int LOOPS = 4;
  private static final int PERMITS = 5;

  private final AsyncLock lock = new AsyncLock();
  private final AsyncSemaphore semaphore = AsyncSemaphore.bounded(PERMITS);
  private final AsyncQueue<Integer> queue = AsyncQueue.fifo(16);

  /** By who holds the lock; a second one inside would lose counts. */
  private int counted;

  private final AtomicInteger entered = new AtomicInteger();
  private final AtomicInteger inside = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();
  private final AtomicInteger items = new AtomicInteger();
  private final Set<Integer> inQueue = ConcurrentHashMap.newKeySet();
  private final Set<String> wrong = ConcurrentHashMap.newKeySet();
  private final AtomicInteger cancelled = new AtomicInteger();
  private final List<Task<?>> victims = Collections.synchronizedList(new ArrayList<>());
  private volatile boolean over;

  @Test
  void nothing_is_lost_or_doubled() throws Exception {
    soak(400, 1);
  }

  @Test
  @Tag("stress")
  void nothing_is_lost_or_doubled_among_many_tasks() throws Exception {
    soak(Runtime.version().feature() >= 21 ? 10_000 : 2_000, 2);
  }

  private void soak(int tasks, long seed) throws Exception {
    try (var log = new CapturedLog()) {
      var plain = new Thread(() -> plainThread(new Random(seed)), "plain");
      plain.start();
      var loops = new ArrayList<Task<Integer>>();
      for (int i = 0; i < LOOPS; i++) {
        var random = new Random(seed * LOOPS + i);
        loops.add(Async.start(async(() -> loop(tasks / LOOPS, random))));
      }
      int ended = 0;
      for (Task<Integer> loop : loops) {
        ended += loop.get(300, TimeUnit.SECONDS);
      }
      over = true;
      plain.join();
      assertThat(ended).isEqualTo(tasks);
      assertThat(log.warnings()).isEmpty();
      assertThat(log.errors()).isEmpty();
    }
    assertThat(wrong).isEmpty();
    assertThat(cancelled).hasValueGreaterThan(tasks / 100);
    assertThat(counted).isEqualTo(entered.get());
    assertThat(most.get()).isBetween(2, PERMITS);
    assertThat(new HashSet<>(queue.shutdownNow())).isEqualTo(inQueue);
    assertThat(lock).hasToString("AsyncLock[unlocked]");
    assertThat(semaphore).hasToString("AsyncSemaphore[5 of 5 permits]");
    assertThat(queue.toString()).matches("AsyncQueue\\[0 of 16 items, \\d+ unfinished, shut down]");
  }

  /** One loop: how many of its tasks have ended. */
  private int loop(int count, Random random) {
    var tasks = new ArrayList<Task<Void>>();
    var own = new ArrayList<Task<Void>>();
    for (int i = 0; i < count; i++) {
      long taskSeed = random.nextLong();
      Task<Void> task = createTask(async(() -> work(new Random(taskSeed))));
      tasks.add(task);
      if (i % 20 == 0) {
        own.add(task);
      } else if (i % 20 == 10) {
        victims.add(task);
      }
    }
    Collections.shuffle(own, random);
    for (Task<Void> task : own) {
      for (int turns = random.nextInt(4); turns > 0; turns--) {
        await(sleep(ZERO));
      }
      task.cancel();
    }
    for (Outcome<Void> outcome : await(gatherOutcomes(tasks))) {
      if (outcome instanceof Outcome.Cancelled) {
        cancelled.incrementAndGet();
      } else {
        outcome.orElseThrow();
      }
    }
    check(allTasks().equals(Set.of(currentTask())), "tasks are left");
    check(EventLoop.current().held().size() == 0, "something is held");
    return tasks.size();
  }

  private void check(boolean holds, String otherwise) {
    if (!holds) {
      wrong.add(otherwise);
    }
  }

  private void work(Random random) {
    for (int i = 0; i < 6; i++) {
      switch (random.nextInt(4)) {
        case 0 -> lockIt(random);
        case 1 -> await(semaphore.run(() -> pass(random)));
        case 2 -> put();
        default -> took(await(queue.take()));
      }
    }
  }

  private void lockIt(Random random) {
    await(lock.run(() -> {
      int before = counted;
      try {
        pause(random);
      } finally {
        counted = before + 1;
        entered.incrementAndGet();
      }
    }));
  }

  private void pass(Random random) {
    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
    try {
      pause(random);
    } finally {
      inside.decrementAndGet();
    }
  }

  private static void pause(Random random) {
    if (random.nextInt(4) == 0) {
      await(sleep(ZERO));
    }
  }

  private void put() {
    int item = items.incrementAndGet();
    inQueue.add(item);
    try {
      await(queue.put(item));
    } catch (CancellationException e) {
      check(inQueue.remove(item), "a put that was cancelled was taken");
      throw e;
    }
  }

  private void took(@Nullable Integer item) {
    check(item == null || inQueue.remove(item), "taken twice");
  }

  /** Keeps the queue from being full or empty for good, takes part, and cancels some. */
  private void plainThread(Random random) {
    while (!over) {
      if (queue.size() > 8) {
        took(queue.tryTake());
      } else {
        int item = items.incrementAndGet();
        inQueue.add(item);
        if (!queue.tryPut(item)) {
          inQueue.remove(item);
        }
      }
      try (Held held = lock.tryAcquire()) {
        if (held != null) {
          counted++;
          entered.incrementAndGet();
        }
      }
      try (Held held = semaphore.tryAcquire()) {
        check(held == null || inside.get() < PERMITS, "a permit too many");
      }
      if (!victims.isEmpty() && random.nextInt(50) == 0) {
        victims.remove(random.nextInt(victims.size())).cancel();
      }
      Thread.onSpinWait();
    }
  }
}
