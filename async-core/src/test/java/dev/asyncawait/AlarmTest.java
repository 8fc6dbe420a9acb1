package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.spi.LoopClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clocks whose alarms do not come when they should: a timer may be late, and none is lost. */
class AlarmTest {

  /** What a clock does with an alarm, other than ring it once and in time. */
  enum Fault {
    EARLY,
    TWICE,
    AFTER_ITS_CANCEL
  }

  /** Virtual time whose alarms have a fault. */
  private static final class FaultyAlarms implements LoopClock {
    private final TestClock clock = new TestClock();
    private final Fault fault;
    private final AtomicInteger early = new AtomicInteger();

    FaultyAlarms(Fault fault) {
      this.fault = fault;
    }

    @Override
    public long now() {
      return clock.now();
    }

    @Override
    public Runnable wakeAt(long deadline, Runnable alarm) {
      return switch (fault) {
        case EARLY -> {
          // Every other alarm rings half a millisecond before its time.
          long by = early.getAndIncrement() % 2 == 0 ? 500_000 : 0;
          yield clock.wakeAt(Math.max(deadline - by, clock.now()), alarm);
        }
        case TWICE ->
          clock.wakeAt(deadline, () -> {
            alarm.run();
            alarm.run();
          });
        case AFTER_ITS_CANCEL -> {
          clock.wakeAt(deadline, alarm);
          yield () -> {};
        }
      };
    }

    @Override
    public void idle(EventLoop loop) {
      clock.idle(loop);
    }
  }

  @ParameterizedTest
  @EnumSource
  void no_timer_is_lost_and_their_order_is_kept(Fault fault) {
    var clock = new FaultyAlarms(fault);
    var woken = new ArrayList<String>();
    try (Runner runner = Runner.builder().clock(clock).build()) {
      runner.run(async(() -> {
        for (int i = 1; i <= 5; i++) {
          Duration length = ofMillis(10 - i);
          createTask(async(() -> {
            await(sleep(length));
            woken.add(length + " at " + EventLoop.current().time());
          }));
        }
        Task<Void> cancelled = createTask(sleep(ofMillis(2)));
        await(sleep(ofMillis(1)));
        cancelled.cancel();
        for (int i = 0; i < 10; i++) {
          await(sleep(ofNanos(1_500_000)));
        }
      }));
    }
    assertThat(woken)
        .containsExactly(
            "PT0.005S at PT0.005S",
            "PT0.006S at PT0.006S",
            "PT0.007S at PT0.007S",
            "PT0.008S at PT0.008S",
            "PT0.009S at PT0.009S");
  }

  @Test
  void an_executor_that_counts_in_milliseconds_wakes_every_sleeper() {
    var executor = new ScheduledThreadPoolExecutor(1) {
      @Override
      public ScheduledFuture<?> schedule(Runnable work, long delay, TimeUnit unit) {
        return super.schedule(work, unit.toMillis(delay), TimeUnit.MILLISECONDS);
      }
    };
    try (Runner runner = Runner.builder().timers(executor).build()) {
      for (int i = 0; i < 20; i++) {
        runner.run(sleep(ofNanos(1_500_000)));
      }
    } finally {
      executor.shutdownNow();
    }
  }

  /** Real time that can be put back. */
  private static final class ClockThatGoesBack implements LoopClock {
    private volatile long by;

    @Override
    public long now() {
      return SystemClock.SHARED.now() - by;
    }

    @Override
    public Runnable wakeAt(long deadline, Runnable alarm) {
      return SystemClock.SHARED.wakeAt(deadline + by, alarm);
    }
  }

  @Test
  void a_clock_that_goes_back_delays_timers_and_loses_none() {
    var clock = new ClockThatGoesBack();
    var woken = new AtomicBoolean();
    try (Runner runner = Runner.builder().clock(clock).build()) {
      runner.run(async(() -> {
        Task<Void> sleeper = createTask(async(() -> {
          await(sleep(ofMillis(20)));
          woken.set(true);
        }));
        await(sleep(ofMillis(1)));
        clock.by = TimeUnit.MILLISECONDS.toNanos(50);
        await(sleep(ofMillis(1)));
        await(sleeper);
      }));
    }
    assertThat(woken).isTrue();
  }

  /** A factory may block, and an order compute; the thread that rings has other loops to wake meanwhile. */
  @Test
  void code_of_users_does_not_hold_up_the_thread_that_rings_for_all_loops() {
    var ringer = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    var blocking = new AtomicBoolean();
    Runner.Builder settings = Runner.builder().driverThreads(work -> {
      if (blocking.get()) {
        ringer.countDown();
        AbandonedLoop.await(release);
      }
      return new Thread(work);
    });
    Thread other = new Thread(() -> {
      try (Runner runner = settings.build()) {
        runner.run(async(() -> {
          EventLoop.current().schedule(ofMillis(5), () -> {}); // needs a driver, when it is due
          blocking.set(true);
          await(sleep(ofMillis(10)));
        }));
      }
    });
    other.start();
    AbandonedLoop.await(ringer);
    Async.run(sleep(ofMillis(1)));
    release.countDown();
    Async.run(toThread(() -> other.join()));
    assertThat(other.isAlive()).isFalse();
  }

  /** What closing logs shows what the tasks that are alive wait for, and so may ask the user's objects. */
  @Test
  void reports_of_a_loop_that_closes_do_not_hold_up_the_thread_that_rings_for_all_loops() {
    List<String> asked = new CopyOnWriteArrayList<>();
    var release = new CountDownLatch(1);
    var blocked = new CountDownLatch(1);
    var stage = new CompletableFuture<Void>() {
      @Override
      public String toString() {
        asked.add(Thread.currentThread().getName());
        blocked.countDown();
        AbandonedLoop.await(release);
        return "stage";
      }
    };
    try (var log = new CapturedLog()) {
      Runner.Builder settings = Runner.builder().closingGrace(ofMillis(5));
      Thread other = new Thread(() -> {
        try (Runner runner = settings.build()) {
          runner.run(async(() -> {
            createTask(async(() -> {
              try {
                await(new AsyncFuture<>());
              } finally {
                await(stage); // until it is cancelled again
              }
            }));
            await(sleep(Duration.ZERO));
          }));
        }
      });
      other.start();
      AbandonedLoop.await(blocked);
      Async.run(sleep(ofMillis(1)));
      release.countDown();
      Async.run(toThread(() -> other.join()));
      assertThat(log.warnings()).isNotEmpty();
    }
    assertThat(asked).isNotEmpty().noneMatch(name -> name.startsWith("asyncawait-timer"));
  }
}
