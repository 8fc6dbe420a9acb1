package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The lines of the kernel that a race depends on: each interleaving is forced from inside the racing step. */
@Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KernelTest {

  /** Real time, with something to do for the thread that has just left a loop idle. */
  private record IdleHook(Runnable action) implements LoopClock {
    @Override
    public long now() {
      return SystemClock.SHARED.now();
    }

    @Override
    public Runnable wakeAt(long deadline, Runnable alarm) {
      return SystemClock.SHARED.wakeAt(deadline, alarm);
    }

    @Override
    public void idle(EventLoop loop) {
      action.run();
    }
  }

  private static final class TrackedThreads implements ThreadFactory {
    final Queue<Thread> made = new ConcurrentLinkedQueue<>();

    @Override
    public Thread newThread(Runnable work) {
      var thread = new Thread(work, "driver");
      thread.setDaemon(true);
      made.add(thread);
      return thread;
    }

    void awaitEnd() throws InterruptedException {
      for (Thread thread : made) {
        thread.join(5_000);
        assertThat(thread.isAlive()).as("%s is alive", thread).isFalse();
      }
    }
  }

  @Test
  void a_driver_is_the_spare_before_it_lets_go_of_the_baton() throws Exception {
    var drivers = new TrackedThreads();
    var answer = new AsyncFuture<Integer>();
    var loop = new AtomicReference<EventLoop>();
    // The driver has let go and has not parked yet when main ends, and the loop closes.
    var clock = new IdleHook(() -> {
      if (Thread.currentThread().getName().equals("driver") && answer.complete(42)) {
        while (!loop.get().isClosed()) {
          Thread.onSpinWait();
        }
      }
    });
    try (var made = Runner.builder().clock(clock).driverThreads(drivers).build()) {
      loop.set(made.loop());
      assertThat(made.<Integer>run(async(() -> {
            Task<Integer> task = createTask(async(() -> 1));
            return await(answer) + await(task);
          })))
          .isEqualTo(43);
    }
    drivers.awaitEnd();
  }

  @Test
  void an_interrupt_that_finds_the_loop_idle_takes_the_baton() {
    var once = new AtomicBoolean(true);
    // The caller has let go and has not parked yet.
    var clock = new IdleHook(() -> {
      if (once.getAndSet(false)) {
        Thread.currentThread().interrupt();
      }
    });
    try (var runner = Runner.builder().clock(clock).build()) {
      assertThatThrownBy(() -> runner.run(async(() -> await(new AsyncFuture<Integer>()))))
          .isInstanceOf(CancellationException.class);
    }
    assertThat(Thread.interrupted()).as("the interrupt is the caller's to keep").isTrue();
  }
}
