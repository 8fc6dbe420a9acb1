package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What is ready when main ends has one turn more: the cycle comes to its end and another one runs before what is left is
 * cancelled. The traces are those that CPython prints.
 */
class LastCycleTest {

  /** The ways in which a main can be run. */
  enum Way {
    RUN {
      @Override
      void run(Coroutine<?> main) {
        Async.run(main);
      }
    },
    START {
      @Override
      void run(Coroutine<?> main) {
        Async.start(main).join();
      }
    },
    RUNNER {
      @Override
      void run(Coroutine<?> main) {
        TestClock.run(main);
      }
    },
    IN_ANOTHER_ORDER {
      @Override
      void run(Coroutine<?> main) {
        var random = new Random(3);
        TestClock.run(Runner.builder().scheduling(ready -> random.nextInt(ready.size())), main);
      }
    };

    abstract void run(Coroutine<?> main);
  }

  private final List<String> trace = Collections.synchronizedList(new ArrayList<>());

  private Coroutine<Void> traced(String name, Awaitable<?> awaited) {
    return async(() -> {
      trace.add(name + " begins");
      try {
        await(awaited);
        trace.add(name + " goes on");
      } catch (CancellationException e) {
        trace.add(name + " is cancelled");
        throw e;
      }
    });
  }

  private Coroutine<Void> untilTraced(int count) {
    return async(() -> {
      while (trace.size() < count) {
        await(sleep(ZERO));
      }
    });
  }

  @ParameterizedTest
  @EnumSource
  void a_task_that_main_has_just_made_begins(Way way) {
    way.run(async(() -> {
      createTask(traced("task", sleep(ofHours(1))));
      trace.add("main ends");
    }));
    assertThat(trace).containsExactly("main ends", "task begins", "task is cancelled");
  }

  @ParameterizedTest
  @EnumSource
  void a_task_that_main_has_just_woken_goes_on(Way way) {
    way.run(async(() -> {
      var event = new AsyncEvent();
      createTask(traced("task", event.waitUntilSet()));
      await(untilTraced(1));
      event.set();
      trace.add("main ends");
    }));
    assertThat(trace).containsExactly("task begins", "main ends", "task goes on");
  }

  @ParameterizedTest
  @EnumSource
  void a_task_that_main_has_just_cancelled_is_not_cancelled_again(Way way) {
    var tasks = new ArrayList<Task<?>>();
    way.run(async(() -> {
      tasks.add(createTask(traced("task", sleep(ofHours(1)))));
      await(untilTraced(1));
      tasks.get(0).cancel();
    }));
    assertThat(trace).containsExactly("task begins", "task is cancelled");
    assertThat(tasks.get(0).cancelling()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void what_main_puts_last_reaches_its_taker(Way way) {
    way.run(async(() -> {
      AsyncQueue<String> queue = AsyncQueue.fifo();
      createTask(queue.forEach(trace::add));
      await(sleep(ZERO));
      await(queue.put("item"));
    }));
    assertThat(trace).containsExactly("item");
  }

  @ParameterizedTest
  @EnumSource
  void what_is_in_a_queue_that_main_shuts_down_reaches_a_taker_that_has_not_begun(Way way) {
    way.run(async(() -> {
      AsyncQueue<String> queue = AsyncQueue.fifo();
      createTask(queue.forEach(trace::add));
      queue.tryPut("a");
      queue.tryPut("b");
      queue.shutdown();
    }));
    assertThat(trace).containsExactly("a", "b");
  }

  @ParameterizedTest
  @EnumSource
  void what_these_turns_make_ready_has_no_turn_of_its_own(Way way) {
    way.run(async(() -> {
      createTask(async(() -> {
        trace.add("first turn");
        createTask(traced("grandchild", sleep(ZERO)));
        await(sleep(ZERO));
        trace.add("second turn");
      }));
      trace.add("main ends");
    }));
    assertThat(trace).containsExactly("main ends", "first turn");
  }

  @Test
  void the_cycle_in_which_main_ends_comes_to_its_end_before_the_last_one_begins() {
    TestClock.run(async(() -> {
      var mains = new AsyncEvent();
      var tasks = new AsyncEvent();
      createTask(async(() -> {
        await(tasks.waitUntilSet());
        trace.add("same cycle");
        createTask(traced("next cycle", sleep(ZERO)));
      }));
      createTask(async(() -> {
        mains.set();
        tasks.set();
      }));
      await(mains.waitUntilSet());
      trace.add("main ends");
    }));
    assertThat(trace)
        .containsExactly("main ends", "same cycle", "next cycle begins", "next cycle is cancelled");
  }

  @Test
  void a_timer_that_is_due_by_then_fires() {
    var clock = new TestClock();
    try (Runner runner = Runner.builder().clock(clock).build()) {
      runner.run(async(() -> {
        EventLoop.current().schedule(ofSeconds(1), () -> trace.add("due"));
        EventLoop.current().schedule(ofSeconds(3), () -> trace.add("not due"));
        clock.advance(ofSeconds(2)); // as if main had computed that long
        trace.add("main ends");
      }));
      trace.add("run returns");
    }
    assertThat(trace).containsExactly("main ends", "due", "run returns");
  }

  @Test
  void what_one_main_started_begins_before_the_code_between_two_runs() {
    try (Runner runner = Runner.builder().clock(new TestClock()).build()) {
      runner.run(async(() -> {
        createTask(traced("task", sleep(ofSeconds(1))));
      }));
      trace.add("between");
      runner.run(sleep(ofSeconds(2)));
    }
    assertThat(trace).containsExactly("task begins", "between", "task goes on");
  }

  @Test
  void a_main_that_fails_leaves_the_others_the_same_turns() {
    assertThatThrownBy(() -> TestClock.run(async(() -> {
          createTask(traced("task", sleep(ofHours(1))));
          throw new IllegalStateException("main failed");
        })))
        .hasMessage("main failed");
    assertThat(trace).containsExactly("task begins", "task is cancelled");
  }

  @Test
  void an_interrupt_of_the_caller_meanwhile_cancels_nobody_and_is_kept() {
    Thread caller = Thread.currentThread();
    TestClock.run(async(() -> {
      createTask(async(() -> {
        caller.interrupt();
        trace.add("task ends");
      }));
    }));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(trace).containsExactly("task ends");
  }

  @Test
  void nothing_of_a_background_loop_is_left_when_its_task_is_done() throws Exception {
    var cleaned = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    Task<EventLoop> main = Async.start(async(() -> {
      createTask(async(() -> {
        try {
          await(sleep(ofHours(1)));
        } finally {
          cleaned.countDown();
          await(toThreadUntil(release));
          trace.add("cleaned up");
        }
      }));
      return EventLoop.current();
    }));
    assertThat(cleaned.await(300, TimeUnit.SECONDS)).isTrue();
    assertThat(main.isDone()).isFalse();
    assertThat(main.toString()).endsWith("ended, its loop closes]");
    release.countDown();
    assertThat(main.join().toString()).endsWith("closed]");
    assertThat(trace).containsExactly("cleaned up");
  }

  private static Coroutine<Void> toThreadUntil(CountDownLatch latch) {
    return Async.toThread(() -> {
      assertThat(latch.await(300, TimeUnit.SECONDS)).isTrue();
    });
  }

  @Test
  void a_task_that_awaits_the_main_of_its_background_loop_is_cancelled_with_what_is_left() {
    var child = new AsyncFuture<Task<Void>>();
    Task<String> main = Async.start(async(() -> {
      Task<?> self = Async.currentTask();
      child.complete(createTask(traced("child", self)));
      await(sleep(ZERO));
      return "value";
    }));
    assertThat(child.join())
        .satisfies(
            task -> assertThatThrownBy(task::join).isInstanceOf(CancellationException.class));
    assertThat(main.join()).isEqualTo("value");
    assertThat(trace).containsExactly("child begins", "child is cancelled");
  }
}
