package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofNanos;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.spi.LoopClock;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bodies that recurse until the stack overflows, catch the error at every level and await there: an overflow may
 * strike the await, but never in the middle of a switch.
 */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeepStackTest {

  private static final int AWAITS = 30;

  private static final AsyncBody<Integer> ONE = () -> 1;
  private static final Callable<Integer> CALL = () -> 1;

  /** What the recursion does at the end of the stack; it has no lambda, which would want to be linked there. */
  enum Way {
    TURN {
      @Override
      void await(DeepStackTest test) {
        Async.await(sleep(ZERO));
      }
    },
    SLEEP {
      @Override
      void await(DeepStackTest test) {
        Async.await(sleep(ofNanos(1_000)));
      }
    },
    ALARM {
      @Override
      void await(DeepStackTest test) {
        Async.await(sleep(ofMillis(1))); // not due at once
      }
    },
    TASK {
      @Override
      void await(DeepStackTest test) {
        Task<Integer> task = createTask(async(ONE));
        test.tasks.add(task);
        Async.await(task);
      }
    },
    THREAD {
      @Override
      void await(DeepStackTest test) {
        Async.await(toThread(CALL));
      }
    },
    FUTURE {
      @Override
      void await(DeepStackTest test) {
        var future = new AsyncFuture<Integer>();
        test.toComplete.add(future);
        Async.await(future);
      }
    };

    abstract void await(DeepStackTest test);
  }

  private final CapturedLog log = new CapturedLog();
  private final Queue<Task<?>> tasks = new ConcurrentLinkedQueue<>();
  private final Queue<AsyncFuture<Integer>> toComplete = new ConcurrentLinkedQueue<>();
  private final Thread completer = new Thread(this::completeWhatIsAwaited, "completer");

  private int awaits;
  private int overflows;

  /** A class that is first needed where the stack ends is broken for good. */
  @BeforeAll
  static void loadAll() {
    var warm = new DeepStackTest();
    warm.completer.start();
    Async.run(async(() -> {
      for (Way way : Way.values()) {
        way.await(warm);
        await(createTask(async(() -> way.await(warm))));
      }
    }));
    warm.close();
  }

  @AfterEach
  void close() {
    completer.interrupt();
    log.close();
  }

  private void completeWhatIsAwaited() {
    while (!Thread.currentThread().isInterrupted()) {
      AsyncFuture<Integer> future = toComplete.poll();
      if (future != null) {
        future.complete(1);
      }
      Thread.onSpinWait();
    }
  }

  /** Every level on the way back tries; the frames between the levels only make them fewer. */
  private void recurseAndAwaitOnTheWayBack(Way way, int between) {
    boolean deepest = false;
    try {
      descend(way, between, between);
    } catch (StackOverflowError e) {
      deepest = true;
    }
    if (deepest || awaits < AWAITS) {
      try {
        way.await(this);
        awaits++;
      } catch (StackOverflowError e) {
        overflows++;
        throw e;
      }
    }
  }

  private void descend(Way way, int between, int left) {
    if (left == 0) {
      recurseAndAwaitOnTheWayBack(way, between);
    } else {
      descend(way, between, left - 1);
    }
  }

  private static Stream<Arguments> ways() {
    return Stream.of(Way.values())
        .flatMap(way -> Stream.of(Arguments.of(way, "main"), Arguments.of(way, "another task")));
  }

  @ParameterizedTest(name = "{0} in {1}")
  @MethodSource("ways")
  void a_body_that_overflows_its_stack_may_await_on_the_way_back(Way way, String where) {
    completer.start();
    for (int between : new int[] {10, 23, 40}) {
      awaits = 0;
      TestClock.run(async(() -> {
        if (where.equals("main")) {
          recurseAndAwaitOnTheWayBack(way, between);
        } else {
          Task<?> task = createTask(async(() -> recurseAndAwaitOnTheWayBack(way, between)));
          tasks.add(task);
          await(task);
        }
        await(sleep(ofMillis(1)));
      }));
      assertThat(awaits).isGreaterThanOrEqualTo(AWAITS);
      assertThat(tasks).allMatch(Task::isDone);
    }
    assertThat(overflows).isPositive();
    assertThat(log.errors()).isEmpty();
  }

  /** Cancelling an alarm goes deeper than the rest of a switch: an executor's heap is put in order again. */
  @Test
  void an_alarm_that_there_is_no_stack_to_cancel_rings_for_nothing() {
    var real = new SystemClock(Threads.newTimerThread());
    var deepCancels = new AtomicInteger();
    LoopClock clock = new LoopClock() {
      @Override
      public long now() {
        return real.now();
      }

      @Override
      public Runnable wakeAt(long deadline, Runnable alarm) {
        Runnable cancel = real.wakeAt(deadline, alarm);
        return () -> {
          goDown(1000);
          cancel.run();
          deepCancels.incrementAndGet();
        };
      }
    };
    try (Runner runner = Runner.builder().clock(clock).build()) {
      runner.run(async(() -> {
        createTask(sleep(ofMinutes(1))); // its alarm gives way to each earlier one
        int most = await(createTask(async(() -> depthOfTheStack(0))));
        int awaited = 0;
        for (int frames = most; awaited < AWAITS; frames -= 10) {
          int below = frames;
          Depth outcome = await(createTask(async(() -> {
            try {
              awaitBelow(below, Way.ALARM, this);
              return Depth.AWAITED;
            } catch (StackOverflowError e) {
              return Depth.OVERFLOWED;
            }
          })));
          awaited += outcome == Depth.AWAITED ? 1 : 0;
        }
      }));
    }
    assertThat(deepCancels).hasPositiveValue();
    assertThat(log.errors()).isEmpty();
  }

  private static void goDown(int frames) {
    if (frames > 0) {
      goDown(frames - 1);
    }
  }

  // ---- stacks that can hardly be put aside

  @SuppressWarnings("InfiniteRecursion") // until the stack ends
  private static int depthOfTheStack(int depth) {
    try {
      return depthOfTheStack(depth + 1);
    } catch (StackOverflowError e) {
      return depth;
    }
  }

  private static void awaitBelow(int frames, Way way, DeepStackTest test) {
    if (frames > 0) {
      awaitBelow(frames - 1, way, test);
    } else {
      way.await(test);
    }
  }

  /**
   * A virtual thread needs stack to park, the more the deeper it is: there are depths at which a body has not overflowed
   * and its thread cannot be parked.
   */
  @ParameterizedTest
  @EnumSource
  void an_await_at_any_depth_succeeds_or_overflows_and_stops_nobody_else(Way way) {
    completer.start();
    var outcomes = EnumSet.noneOf(Depth.class);
    int most = TestClock.run(async(() -> await(createTask(async(() -> depthOfTheStack(0))))));
    for (int percent = 5; percent <= 95; percent += 5) {
      int frames = most / 100 * percent;
      Async.run(async(() -> {
        var deep = new ArrayList<Task<Depth>>();
        for (int i = 0; i < 4; i++) {
          deep.add(createTask(async(() -> {
            try {
              awaitBelow(frames, way, this);
              return Depth.AWAITED;
            } catch (StackOverflowError e) {
              await(sleep(ZERO)); // with its stack gone it can
              return Depth.OVERFLOWED;
            }
          })));
        }
        outcomes.addAll(await(Async.gather(deep)));
        await(toThread(() -> {})); // another virtual thread has its turn
      }));
    }
    assertThat(outcomes).contains(Depth.AWAITED);
    assertThat(tasks).allMatch(Task::isDone);
    assertThat(log.errors()).isEmpty();
  }

  private enum Depth {
    AWAITED,
    OVERFLOWED
  }

  @Test
  void a_task_that_could_not_be_started_eagerly_is_not_left_behind() {
    var made = new AtomicInteger();
    Async.run(async(() -> {
      eagerOnTheWayBack(made);
      await(sleep(ZERO));
      assertThat(Async.allTasks()).hasSize(1);
    }));
    assertThat(made).hasPositiveValue();
    assertThat(log.warnings()).isEmpty();
  }

  @SuppressWarnings("InfiniteRecursion") // until the stack ends
  private int eagerOnTheWayBack(AtomicInteger made) {
    int up = 0;
    try {
      up = eagerOnTheWayBack(made) + 1;
    } catch (StackOverflowError e) {
      // come back
    }
    if (up > 0 && up < 2000 && up % 10 == 0) {
      try {
        Task<Integer> task = createTask(async(ONE), TaskOptions.eager());
        assertThat(task.isDone()).isTrue();
        made.incrementAndGet();
      } catch (StackOverflowError e) {
        overflows++;
      }
    }
    return up;
  }

  // ---- run itself

  private int runs;

  @SuppressWarnings("InfiniteRecursion") // as the test wants it
  private void recurseAndRunOnTheWayBack() {
    boolean deepest = false;
    try {
      recurseAndRunOnTheWayBack();
    } catch (StackOverflowError e) {
      deepest = true;
    }
    if (deepest) {
      Async.run(sleep(ZERO));
      runs++;
    }
  }

  @RepeatedTest(3)
  void run_near_the_end_of_the_stack_does_not_leave_the_thread_marked() {
    recurseAndRunOnTheWayBack();
    assertThat(runs).isPositive();
    assertThat(LoopThread.current()).isNull();
    Async.run(sleep(ofMillis(1)));
  }

  /** Tries again on the way back, one frame higher each time, until it has worked. */
  @SuppressWarnings("InfiniteRecursion") // it ends where the stack does
  private static boolean dive(AsyncAction operation) {
    try {
      if (dive(operation)) {
        return true;
      }
    } catch (StackOverflowError deepest) {
      // tries here
    }
    try {
      operation.run();
      return true;
    } catch (StackOverflowError tooDeep) {
      return false;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** The same, when all that it needs has been loaded and linked. */
  private static void warmAndDive(AsyncAction operation) throws Exception {
    operation.run();
    assertThat(dive(operation)).isTrue();
  }

  @RepeatedTest(5)
  void what_is_acquired_where_the_stack_ends_is_given_back() {
    var lock = new AsyncLock();
    var limiter = new AsyncLimiter(1);
    var rate = new AsyncRateLimiter(1_000, ofMinutes(1));
    AsyncAction nothing = () -> {};
    Async.run(async(() -> {
      warmAndDive(() -> {
        if (!lock.isLocked()) {
          await(lock.run(nothing));
        }
      });
      warmAndDive(() -> {
        if (limiter.statistics().borrowers().isEmpty()) {
          await(limiter.run(nothing));
        }
      });
      warmAndDive(() -> await(rate.acquire()));
    }));
    assertThat(lock.isLocked()).isFalse();
    assertThat(limiter.statistics().borrowers()).isEmpty();
    assertThat(rate.statistics().waiting()).isZero();
  }

  /** Whoever comes first in the queue needs an alarm, or nobody would go on any more. */
  @Test
  void a_rate_limiter_that_was_waited_for_where_the_stack_ends_goes_on() {
    var limiter = new AsyncRateLimiter(1, ofMillis(1));
    Async.run(async(() -> {
      warmAndDive(() -> await(limiter.acquire()));
      await(limiter.acquire());
    }));
    assertThat(limiter.statistics().waiting()).isZero();
  }
}
