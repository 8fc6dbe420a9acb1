package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.spi.LoopClock;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Clocks, orders, thread factories and stages that fail, at whichever of their calls: the loop ends with what they
 * threw or goes on without, but is never stuck and leaves no thread and no task behind.
 */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BrokenPartsTest {

  private static final int MORE_CALLS_THAN_ANY = 100;

  private final RuntimeException boom = new IllegalStateException("boom");
  private final CapturedLog log = new CapturedLog();
  private final TrackedThreads drivers = new TrackedThreads();
  private final Queue<Task<?>> tasks = new ConcurrentLinkedQueue<>();

  @AfterEach
  void close() {
    log.close();
  }

  // ---- clocks

  enum Call {
    OPENED,
    NOW,
    WAKE_AT,
    IDLE,
    CLOSED
  }

  private final class FaultyClock implements LoopClock {
    private final LoopClock sound;
    private final Call broken;
    private final AtomicInteger callsLeft;
    private final AtomicInteger open = new AtomicInteger();

    FaultyClock(LoopClock sound, Call broken, int nth) {
      this.sound = sound;
      this.broken = broken;
      this.callsLeft = new AtomicInteger(nth);
    }

    private void called(Call call) {
      if (call == broken && callsLeft.decrementAndGet() == 0) {
        throw boom;
      }
    }

    boolean hasThrown() {
      return callsLeft.get() <= 0;
    }

    @Override
    public long now() {
      called(Call.NOW);
      return sound.now();
    }

    @Override
    public Runnable wakeAt(long deadline, Runnable alarm) {
      called(Call.WAKE_AT);
      return sound.wakeAt(deadline, alarm);
    }

    @Override
    public void opened(EventLoop loop) {
      called(Call.OPENED);
      sound.opened(loop);
      open.incrementAndGet();
    }

    @Override
    public void idle(EventLoop loop) {
      called(Call.IDLE);
      sound.idle(loop);
    }

    @Override
    public void closed(EventLoop loop) {
      open.decrementAndGet();
      sound.closed(loop);
      called(Call.CLOSED);
    }
  }

  private static Stream<Arguments> clocks() {
    return Stream.of(Call.values())
        .flatMap(call -> Stream.of(Arguments.of(call, "real"), Arguments.of(call, "virtual")));
  }

  @ParameterizedTest(name = "{0} of a {1} clock")
  @MethodSource("clocks")
  void a_clock_may_throw_at_any_of_its_calls(Call broken, String kind) throws Exception {
    int nth = 1;
    for (; nth < MORE_CALLS_THAN_ANY; nth++) {
      LoopClock sound = kind.equals("real") ? SystemClock.SHARED : new TestClock();
      var clock = new FaultyClock(sound, broken, nth);
      Throwable thrown = thrownBy(Runner.builder().clock(clock), () -> {
        if (kind.equals("real")) {
          awaitIdlePeriod(); // on a busy machine all its sleeps may be over before there is one
        }
        sleepers();
      });
      assertNothingIsLeft("call " + nth);
      assertThat(clock.open).as("opened less closed, call %s", nth).hasValue(0);
      if (!clock.hasThrown()) {
        assertThat(thrown).isNull();
        break;
      }
      assertThat(thrown).as("call %s", nth).isSameAs(boom);
    }
    assertThat(nth).isGreaterThan(1).isLessThan(MORE_CALLS_THAN_ANY);
  }

  /** What needs timers, in main, on drivers and while the loop closes; it does not give up at once. */
  private void sleepers() {
    tasks.add(currentTask());
    for (int i = 0; i < 2; i++) {
      tasks.add(createTask(async(() -> {
        tryToSleep();
        await(sleep(ofMillis(1)));
      })));
    }
    tasks.add(createTask(async(() -> await(new AsyncFuture<>()))));
    tryToSleep();
    await(sleep(ofMillis(1)));
    tasks.add(createTask(async(() -> await(sleep(ofHours(1))))));
    await(sleep(ZERO));
  }

  private static void awaitIdlePeriod() {
    EventLoop loop = EventLoop.current();
    await(foreign(() -> {
      while (loop.activity().idlePeriod() == 0 && !loop.isClosed()) {
        Thread.onSpinWait();
      }
    }));
  }

  private static void tryToSleep() {
    try {
      await(sleep(ofMillis(2)));
    } catch (LoopClosedError closed) {
      assertThatThrownBy(() -> await(sleep(ZERO))).isInstanceOf(LoopClosedError.class);
    }
  }

  // ---- orders

  enum Phase {
    BEFORE_MAIN,
    IN_MAIN,
    CLOSING
  }

  @Test
  void an_order_may_throw_at_any_of_its_choices() throws Exception {
    var phases = EnumSet.noneOf(Phase.class);
    int nth = 1;
    for (; nth < MORE_CALLS_THAN_ANY; nth++) {
      var left = new AtomicInteger(nth);
      var phase = new AsyncFuture<Phase>();
      var now = new Phase[] {Phase.BEFORE_MAIN};
      Runner.Builder settings = Runner.builder().clock(new TestClock()).scheduling(ready -> {
        if (left.decrementAndGet() == 0) {
          phase.complete(now[0]);
          throw boom;
        }
        return ready.size() - 1;
      });
      Throwable thrown = thrownBy(settings, () -> {
        now[0] = Phase.IN_MAIN;
        sleepers();
        EventLoop loop = EventLoop.current();
        loop.execute(() -> {});
        loop.execute(() -> {});
        now[0] = Phase.CLOSING;
      });
      assertNothingIsLeft("choice " + nth);
      if (!phase.isDone()) {
        assertThat(thrown).isNull();
        break;
      }
      assertThat(thrown).as("choice %s", nth).isSameAs(boom);
      phases.add(phase.join());
    }
    assertThat(nth).isLessThan(MORE_CALLS_THAN_ANY);
    assertThat(phases).containsExactly(Phase.values());
  }

  // ---- thread factories

  enum Fault {
    THROWS {
      @Override
      Thread thread(TrackedThreads sound, Runnable work) {
        throw new RejectedExecutionException("no more threads");
      }
    },
    GIVES_NONE {
      @Override
      @Nullable
      Thread thread(TrackedThreads sound, Runnable work) {
        return null;
      }
    },
    STARTS_IT {
      @Override
      Thread thread(TrackedThreads sound, Runnable work) {
        Thread thread = sound.newThread(work);
        thread.start();
        return thread;
      }
    },
    GIVES_ONE_THAT_HAS_ENDED {
      @Override
      Thread thread(TrackedThreads sound, Runnable work) {
        var thread = new Thread(() -> {});
        thread.start();
        try {
          thread.join();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
        return thread;
      }
    },
    RUNS_A_LOOP_FIRST {
      @Override
      Thread thread(TrackedThreads sound, Runnable work) {
        Async.run(sleep(ZERO));
        return sound.newThread(work);
      }
    };

    abstract @Nullable Thread thread(TrackedThreads sound, Runnable work);
  }

  @ParameterizedTest
  @EnumSource
  @Tag("threads")
  void a_thread_factory_may_fail_at_any_of_its_calls(Fault fault) throws Exception {
    int calls = MORE_CALLS_THAN_ANY;
    for (int nth = 1; nth <= calls; nth++) {
      var made = new AtomicInteger();
      int broken = nth;
      calls = runWith(work ->
          made.incrementAndGet() == broken ? fault.thread(drivers, work) : drivers.newThread(work));
    }
    assertThat(calls).isBetween(3, MORE_CALLS_THAN_ANY);
  }

  @ParameterizedTest
  @EnumSource
  void a_thread_factory_may_fail_from_any_of_its_calls_on(Fault fault) throws Exception {
    for (int nth = 1; nth <= 4; nth++) {
      var made = new AtomicInteger();
      int broken = nth;
      runWith(work ->
          made.incrementAndGet() >= broken ? fault.thread(drivers, work) : drivers.newThread(work));
    }
  }

  /** A task ends as its body does, or fails for want of a thread; every callback runs. Gives the calls. */
  private int runWith(java.util.concurrent.ThreadFactory factory) throws Exception {
    var calls = new AtomicInteger();
    var inside = new AtomicInteger();
    var called = new AtomicInteger();
    var reasons = List.of(RejectedExecutionException.class, IllegalThreadStateException.class);
    try (var runner = Runner.builder()
        .driverThreads(work -> {
          calls.incrementAndGet();
          return factory.newThread(work);
        })
        .build()) {
      runner.run(async(() -> {
        var made = new ArrayList<Task<Integer>>();
        for (int i = 0; i < 4; i++) {
          int number = i;
          made.add(createTask(async(() -> {
            alone(inside);
            await(sleep(ofMillis(1)));
            alone(inside);
            return number;
          })));
        }
        tasks.addAll(made);
        EventLoop loop = EventLoop.current();
        loop.execute(called::incrementAndGet);
        loop.schedule(ofMillis(1), called::incrementAndGet);
        await(sleep(ZERO));
        await(foreign(() -> loop.execute(called::incrementAndGet)));
        Task<String> submitted = await(foreign(() -> loop.submit(async(() -> "ran"))));
        tasks.add(submitted);
        await(sleep(ofMillis(3)));
        alone(inside);
        for (int i = 0; i < 4; i++) {
          Object end = endOf(made.get(i));
          if (!end.equals(i)) {
            assertThat(end.getClass()).isIn(reasons);
          }
        }
        Object end = endOf(submitted);
        if (!end.equals("ran")) {
          assertThat(end.getClass()).isIn(reasons);
        }
      }));
    }
    assertThat(called).hasValue(3);
    assertNothingIsLeft("factory");
    return calls.get();
  }

  private static void alone(AtomicInteger inside) {
    assertThat(inside.incrementAndGet()).isEqualTo(1);
    Thread.onSpinWait();
    inside.decrementAndGet();
  }

  private static Object endOf(Task<?> task) {
    try {
      return await(task);
    } catch (RuntimeException failure) {
      return failure;
    }
  }

  /** Done on a thread that is no loop's, when the loop is idle. */
  private static <T> AsyncFuture<T> foreign(Supplier<T> action) {
    EventLoop loop = EventLoop.current();
    var result = new AsyncFuture<T>();
    var thread = new Thread(() -> {
      while (loop.activity().idlePeriod() == 0) {
        Thread.onSpinWait();
      }
      result.complete(action.get());
    });
    thread.setDaemon(true);
    thread.start();
    return result;
  }

  private static AsyncFuture<String> foreign(Runnable action) {
    return foreign(() -> {
      action.run();
      return "done";
    });
  }

  @Test
  void a_factory_that_starts_its_threads_makes_no_second_holder() throws Exception {
    for (int i = 0; i < 50; i++) {
      runWith(work -> Fault.STARTS_IT.thread(drivers, work));
    }
  }

  // ---- stages

  private CompletableFuture<Integer> stageWhoseCancelThrows() {
    return new CompletableFuture<>() {
      @Override
      public boolean cancel(boolean mayInterruptIfRunning) {
        throw boom;
      }
    };
  }

  @Test
  void a_stage_whose_cancel_throws_does_not_keep_its_task_from_being_cancelled() {
    var stage = stageWhoseCancelThrows();
    Async.run(async(() -> {
      Task<?> running = createTask(async(() -> {
        currentTask().cancel();
        return await(stage);
      }));
      assertThatThrownBy(() -> await(running)).isInstanceOf(CancellationException.class);
      Task<?> suspended = createTask(async(() -> await(stage)));
      await(sleep(ZERO));
      assertThat(suspended.cancel()).isTrue();
      assertThatThrownBy(() -> await(suspended)).isInstanceOf(CancellationException.class);
    }));
    assertThat(log.exceptions()).containsExactly(boom, boom);
  }

  @Test
  void a_stage_whose_cancel_throws_is_reported_and_harms_no_task() {
    var stage = stageWhoseCancelThrows();
    TestClock.run(async(() -> {
      Task<?> task = createTask(async(() -> await(stage)));
      await(sleep(ZERO));
      task.cancel();
      await(sleep(ZERO));
      assertThat(task.isCancelled()).isTrue();
      assertThat(EventLoop.current().activity().stagesInFlight()).isZero();
    }));
    assertThat(log.errors()).hasSize(1);
  }

  @Test
  void a_stage_that_refuses_to_be_watched_is_not_in_flight() {
    var stage = new CompletableFuture<String>() {
      @Override
      public CompletableFuture<String> whenComplete(
          BiConsumer<? super String, ? super Throwable> action) {
        throw new IllegalStateException("not watched");
      }
    };
    TestClock.run(async(() -> {
      assertThatThrownBy(() -> await(stage)).hasMessage("not watched");
      assertThat(EventLoop.current().activity().stagesInFlight()).isZero();
    }));
  }

  @Test
  void a_dependent_that_awaits_fails_also_when_the_kernel_cancels_the_future() {
    Async.run(async(() -> {
      var future = new AsyncFuture<Integer>();
      CompletableFuture<Integer> dependent =
          future.handle((v, e) -> await(AsyncFuture.completedFuture(1)));
      Task<?> task = createTask(async(() -> {
        currentTask().cancel();
        return await(future);
      }));
      assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
      assertThatThrownBy(() -> await(dependent)).isInstanceOf(IllegalStateException.class);
    }));
  }

  // ---- what all have in common

  /** What run or close threw, or null; the thread is fit for another loop afterwards. */
  private @Nullable Throwable thrownBy(Runner.Builder settings, AsyncAction main) {
    Throwable thrown = null;
    try (var runner = settings.driverThreads(drivers).build()) {
      EventLoop loop = runner.loop();
      loop.execute(() -> {});
      runner.run(async(main));
    } catch (RuntimeException e) {
      thrown = e;
    }
    assertThat(LoopThread.current()).isNull();
    Async.run(sleep(ZERO));
    return thrown;
  }

  private void assertNothingIsLeft(String what) throws InterruptedException {
    drivers.awaitEnd();
    assertThat(tasks).as(what).allMatch(Task::isDone);
    tasks.clear();
  }
}
