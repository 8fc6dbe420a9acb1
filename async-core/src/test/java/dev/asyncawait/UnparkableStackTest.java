package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What happens to others when a thread deep in its stack cannot be parked, start a thread or set an alarm: nothing. The
 * depths at which it cannot are found by trying many.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UnparkableStackTest {

  private static final AsyncBody<Integer> ONE = () -> 1;

  /** Overflows of what is tried; most depths have none. */
  private final AtomicInteger overflows = new AtomicInteger();

  /** Code that may overflow; an interface of its own, so that none is made at the end of a stack. */
  private interface Action {
    void run() throws Exception;
  }

  /** Recurses until the stack ends, and runs the action {@code level} frames up from there. */
  @SuppressWarnings("InfiniteRecursion") // until the stack ends
  private int upFromTheEnd(int level, Action action) {
    int up;
    try {
      up = upFromTheEnd(level, action) + 1;
    } catch (StackOverflowError e) {
      up = 0;
    }
    if (up == level) {
      orOverflow(action);
    }
    return up;
  }

  private static void below(int frames, Action action) throws Exception {
    if (frames > 0) {
      below(frames - 1, action);
    } else {
      action.run();
    }
  }

  /** Runs the action; false if that overflowed. */
  private boolean orOverflow(Action action) {
    try {
      action.run();
      return true;
    } catch (StackOverflowError e) {
      overflows.incrementAndGet();
      return false;
    } catch (Exception e) {
      throw Async.sneaky(e);
    }
  }

  /** How many frames of {@link #below} a task's stack has room for. */
  private static int depthOfTheStack() {
    return Async.run(async(() -> await(createTask(async(() -> depth(0))))));
  }

  @SuppressWarnings("InfiniteRecursion") // until the stack ends
  private static int depth(int depth) {
    try {
      return depth(depth + 1);
    } catch (StackOverflowError e) {
      return depth;
    }
  }

  /** Depths at which a virtual thread begins to overflow as it parks. */
  private static int critical(int most, int round) {
    return most / 100 * (40 + round % 45);
  }

  // ---- alarms

  /** A timer that is set deep in a stack. */
  private final class Bell {
    final EventLoop loop;
    final AsyncFuture<Integer> rung = new AsyncFuture<>();
    private final Runnable ring;
    private final Duration soon = ofMillis(1);

    Bell(EventLoop loop) {
      this.loop = loop;
      this.ring = () -> rung.complete(1); // made here, and not at the end of a stack
    }

    /** Where that overflows nothing will ring, and this says so. */
    void setUpFromTheEnd(int level) {
      int before = overflows.get();
      upFromTheEnd(level, () -> loop.schedule(soon, ring));
      if (overflows.get() > before) {
        rung.complete(2);
      }
    }
  }

  @Test
  void a_timer_that_is_set_deep_in_a_task_rings() {
    for (int level = 2; level < 600; level += 7) {
      int up = level;
      Async.run(async(() -> {
        var bell = new Bell(EventLoop.current());
        createTask(async(() -> bell.setUpFromTheEnd(up)));
        await(bell.rung);
      }));
    }
  }

  @Test
  void a_sleep_deep_in_main_ends_when_a_driver_leaves_the_loop_idle() {
    for (int level = 2; level < 600; level += 7) {
      int up = level;
      Async.run(async(() -> {
        await(createTask(async(ONE))); // its driver is the spare
        createTask(async(() -> {}));
        upFromTheEnd(up, () -> await(sleep(ofMillis(1))));
      }));
    }
  }

  @Test
  void a_foreign_thread_deep_in_its_stack_does_not_stop_the_loop() {
    for (int level = 2; level < 600; level += 17) {
      int up = level;
      Async.run(async(() -> {
        var bell = new Bell(EventLoop.current());
        var foreign = new Thread(() -> {
          while (bell.loop.activity().idlePeriod() == 0) {
            Thread.onSpinWait();
          }
          bell.setUpFromTheEnd(up);
        });
        foreign.start();
        await(bell.rung);
      }));
    }
    assertThat(overflows).hasPositiveValue();
  }

  // ---- eager starts

  @Test
  void an_eager_task_has_begun_when_its_creator_goes_on_although_its_thread_was_called_off() {
    int most = depthOfTheStack();
    for (int round = 0; round < 60; round++) {
      int frames = critical(most, round);
      Async.run(async(() -> {
        var never = new AsyncFuture<Integer>();
        Task<?> deep = createTask(async(() -> orOverflow(() -> below(frames, () -> await(never)))));
        Task<?> other = createTask(async(() -> {
          for (int i = 0; i < 300; i++) {
            assertThat(createTask(async(ONE), TaskOptions.eager()).isDone()).isTrue();
          }
        }));
        await(other);
        never.complete(1);
        await(deep);
      }));
    }
  }

  @Test
  void no_eager_task_is_lost_where_its_creator_cannot_be_parked() {
    int most = depthOfTheStack();
    for (int round = 0; round < 60; round++) {
      int frames = critical(most, round);
      Async.run(async(() -> {
        var deep = new ArrayList<Task<?>>();
        for (int i = 0; i < 4; i++) {
          deep.add(createTask(async(() -> {
            for (int again = 0; again < 5; again++) {
              orOverflow(() -> below(frames, () -> {
                createTask(
                    async(() -> {
                      createTask(async(() -> await(sleep(ZERO))), TaskOptions.eager());
                      await(sleep(ZERO));
                    }),
                    TaskOptions.eager());
                createTask(async(() -> await(sleep(ZERO))), TaskOptions.eager());
              }));
            }
          })));
        }
        await(Async.gather(deep));
        for (int i = 0; i < 5; i++) {
          await(sleep(ZERO));
        }
        assertThat(Async.allTasks()).hasSize(1);
      }));
    }
  }

  // ---- cancellation

  @Test
  void a_cancel_request_reaches_the_next_await() {
    int most = depthOfTheStack();
    for (int round = 0; round < 45; round++) {
      int frames = critical(most, round);
      Async.run(async(() -> {
        Task<?> other = createTask(sleep(ofMillis(1)));
        Task<?> deep = createTask(async(() -> {
          Task.currentOrNull().cancel();
          orOverflow(() -> below(frames, () -> await(other)));
          await(sleep(ofMillis(1)));
        }));
        assertThatThrownBy(() -> await(deep)).isInstanceOf(CancellationException.class);
      }));
    }
  }

  // ---- drivers that are called off

  @Test
  @Tag("threads")
  void a_driver_begins_or_is_called_off() throws InterruptedException {
    var loop = new EventLoop(Settings.DEFAULT);
    loop.abandon(new IllegalStateException("so that a driver ends at once"));
    int rounds = 20_000;
    var drivers = new Driver[rounds];
    for (int i = 0; i < rounds; i++) {
      drivers[i] = new Driver(loop, new Callback(loop, () -> {}));
    }
    var turn = new AtomicInteger();
    var starter = new Thread(() -> {
      for (int i = 0; i < rounds; i++) {
        awaitTurn(turn, 2 * i + 1);
        drivers[i].run();
        turn.set(2 * i + 2);
      }
    });
    starter.start();
    for (int i = 0; i < rounds; i++) {
      turn.set(2 * i + 1);
      for (int spin = 0; spin < i % 200; spin++) {
        Thread.onSpinWait();
      }
      boolean calledOff = drivers[i].revoke() != null;
      awaitTurn(turn, 2 * i + 2);
      assertThat(drivers[i].hasBegun()).isNotEqualTo(calledOff);
    }
    starter.join();
  }

  @SuppressWarnings("ThreadPriorityCheck") // the other may need this processor
  private static void awaitTurn(AtomicInteger turn, int at) {
    for (int spins = 0; turn.get() < at; spins++) {
      if (spins < 1_000) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
    }
  }
}
