package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An interrupt that races the end of what it is meant for never hits what comes next on that thread. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InterruptGateTest {

  /** Long enough to see that somebody waits. */
  private static final int A_WHILE = 50;

  private final InterruptGate gate = new InterruptGate();

  /** A thread that does something else first when it is interrupted. */
  private static Thread thread(Runnable work, Runnable whenInterrupted) {
    var thread = new Thread(work, "driver") {
      @Override
      public void interrupt() {
        whenInterrupted.run();
        super.interrupt();
      }
    };
    thread.setDaemon(true);
    return thread;
  }

  private static boolean within(CountDownLatch latch, int millis) {
    try {
      return latch.await(millis, MILLISECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void it_interrupts_only_the_work_that_is_inside() {
    gate.interrupt("work");
    gate.enter("work");
    gate.interrupt("other");
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThat(gate.leave("work")).isFalse();
    gate.interrupt("work");
    assertThat(Thread.currentThread().isInterrupted()).isFalse();

    gate.enter("work");
    gate.interrupt("work");
    assertThat(gate.leave("work")).isTrue();
    assertThat(Thread.interrupted()).isTrue();
    gate.enter("next");
    assertThat(gate.leave("next")).isFalse();
  }

  @Test
  void who_leaves_waits_out_an_interrupt_that_is_under_way() throws Exception {
    var interrupting = new CountDownLatch(1);
    var left = new CountDownLatch(1);
    var leftEarly = new AtomicBoolean();
    var leaver = new FutureTask<>(() -> {
      gate.enter("work");
      interrupting.await();
      boolean interrupted = gate.leave("work");
      left.countDown();
      return interrupted && Thread.interrupted();
    });
    Thread thread = thread(leaver, () -> {
      interrupting.countDown();
      leftEarly.set(within(left, A_WHILE));
    });
    thread.start();
    while (interrupting.getCount() > 0) {
      gate.interrupt("work");
    }
    assertThat(leaver.get(300, SECONDS)).as("left with the flag set").isTrue();
    assertThat(leftEarly).isFalse();
  }

  @Test
  void a_task_that_ends_while_it_is_interrupted_does_not_pass_that_on() {
    var interrupting = new CountDownLatch(1);
    var nextBegan = new CountDownLatch(1);
    var overtaken = new AtomicBoolean();
    Runner.Builder settings = Runner.builder()
        .driverThreads(work -> thread(work, () -> {
          interrupting.countDown();
          overtaken.set(within(nextBegan, A_WHILE));
        }));
    try (var runner = settings.build()) {
      runner.run(async(() -> {
        var running = new CompletableFuture<Thread>();
        Task<?> victim = createTask(async(() -> {
          running.complete(Thread.currentThread());
          while (interrupting.getCount() > 0) {
            Thread.onSpinWait();
          }
        }));
        Task<Thread> next = createTask(async(() -> {
          nextBegan.countDown();
          assertThat(Thread.currentThread().isInterrupted()).isFalse();
          await(sleep(ofMillis(1)));
          assertThat(Thread.currentThread().isInterrupted()).isFalse();
          return Thread.currentThread();
        }));
        var canceller =
            new FutureTask<>(() -> running.get(300, SECONDS) != null && victim.cancel(true));
        new Thread(canceller, "canceller").start();
        assertThat(await(next)).isSameAs(running.get());
        assertThat(next.cancelling()).isZero();
        assertThat(canceller.get(300, SECONDS)).isTrue();
      }));
    }
    assertThat(overtaken).isFalse();
  }

  @Test
  void a_task_that_suspends_while_it_is_interrupted_does_not_pass_that_on() {
    var interrupting = new CountDownLatch(1);
    Runner.Builder settings =
        Runner.builder().driverThreads(work -> thread(work, interrupting::countDown));
    try (var runner = settings.build()) {
      runner.run(async(() -> {
        var running = new CompletableFuture<Task<?>>();
        Task<Boolean> victim = createTask(async(() -> {
          running.complete(Async.currentTask());
          while (!Thread.currentThread().isInterrupted()) {
            Thread.onSpinWait();
          }
          try {
            await(new AsyncFuture<>());
          } catch (java.util.concurrent.CancellationException e) {
            // asked for
          }
          return Thread.currentThread().isInterrupted();
        }));
        var canceller = new Thread(() -> running.join().cancel(true), "canceller");
        canceller.start();
        assertThat(await(victim)).isFalse();
        assertThat(victim.cancelling()).isEqualTo(1);
      }));
    }
    assertThat(interrupting.getCount()).isZero();
  }

  @Test
  void a_call_that_ends_while_it_is_cancelled_leaves_its_thread_clean() {
    Async.run(async(() -> {
      for (int i = 0; i < 500; i++) {
        var begun = new CountDownLatch(1);
        Task<?> call = createTask(Async.toThread(begun::countDown));
        await(sleep(ZERO));
        begun.await();
        call.cancel();
        assertThat(await(Async.toThread(() -> Thread.currentThread().isInterrupted())))
            .isFalse();
      }
    }));
  }

  @Test
  void many_cancels_that_race_the_end_of_their_tasks_hit_no_other() throws Exception {
    var aim = new AtomicReference<@Nullable Task<?>>();
    var over = new AtomicBoolean();
    var stray = new AtomicInteger();
    var canceller = new Thread(() -> {
      while (!over.get()) {
        Task<?> task = aim.getAndSet(null);
        if (task != null) {
          task.cancel(true);
        }
      }
    });
    canceller.start();
    var drivers = new TrackedThreads();
    try (var runner = Runner.builder().driverThreads(drivers).build()) {
      runner.run(async(() -> {
        for (int i = 0; i < 5_000; i++) {
          int length = i % 100;
          Task<?> victim = createTask(async(() -> {
            aim.set(Async.currentTask());
            for (int spin = 0; spin < length; spin++) {
              Thread.onSpinWait();
            }
          }));
          Task<?> next = createTask(async(() -> {
            for (int spin = 0; spin < 20; spin++) {
              if (Thread.currentThread().isInterrupted()) {
                stray.incrementAndGet();
              }
            }
          }));
          await(next);
          assertThat(next.cancelling()).isZero();
          assertThat(victim).isDone();
        }
      }));
    } finally {
      over.set(true);
      canceller.join();
    }
    assertThat(stray).hasValue(0);
    drivers.awaitEnd();
  }
}
