package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.spi.LoopClock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The lines of the kernel that a race depends on: each interleaving is forced from inside the racing step. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KernelTest {

  private static Thread start(Runnable work) {
    var thread = new Thread(work, "foreign");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void spinUntilIdle(EventLoop loop) {
    while (loop.activity().idlePeriod() == 0) {
      Thread.onSpinWait();
    }
  }

  // ---- the baton

  @Test
  @Tag("threads")
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
  void one_spare_driver_serves_any_number_of_tasks_that_do_not_suspend() throws Exception {
    var drivers = new TrackedThreads();
    try (var runner = Runner.builder().driverThreads(drivers).build()) {
      runner.run(async(() -> {
        for (int i = 0; i < 1_000; i++) {
          int number = i;
          assertThat(await(createTask(async(() -> number)))).isEqualTo(number);
        }
      }));
    }
    assertThat(drivers.count()).isEqualTo(1);
    drivers.awaitEnd();
  }

  @Test
  @Tag("threads")
  void a_loop_keeps_one_driver_when_many_become_free() throws Exception {
    var drivers = new TrackedThreads();
    try (var runner = Runner.builder().driverThreads(drivers).build()) {
      runner.run(async(() -> {
        var go = new AsyncFuture<Integer>();
        for (int round = 0; round < 2; round++) {
          var tasks = new ArrayList<Task<Integer>>();
          for (int i = 0; i < 10; i++) {
            tasks.add(createTask(async(() -> await(go))));
          }
          await(sleep(ZERO));
          go.complete(1);
          for (Task<Integer> task : tasks) {
            await(task);
          }
        }
      }));
    }
    assertThat(drivers.count()).isEqualTo(10);
    drivers.awaitEnd();
  }

  @Test
  void a_busy_loop_starves_neither_its_timers_nor_events_from_outside() {
    var begun = new CountDownLatch(1);
    var foreign = new AsyncFuture<String>();
    List<String> results = Async.run(async(() -> {
      Task<String> timer = createTask(async(() -> {
        await(sleep(ofMillis(1)));
        return "timer";
      }));
      Task<String> event = createTask(async(() -> await(foreign)));
      Task<?> cancelled = createTask(async(() -> await(new AsyncFuture<>())));
      start(() -> {
        try {
          begun.await();
        } catch (InterruptedException e) {
          return;
        }
        foreign.complete("event");
        cancelled.cancel();
      });
      while (!timer.isDone() || !event.isDone() || !cancelled.isDone()) {
        await(sleep(ZERO));
        begun.countDown();
      }
      return List.of(timer.join(), event.join());
    }));
    assertThat(results).containsExactly("timer", "event");
  }

  @Test
  void a_callback_that_calls_itself_again_and_again_starves_nobody_either() {
    Async.run(async(() -> {
      EventLoop loop = EventLoop.current();
      var stop = new AtomicReference<Runnable>();
      stop.set(() -> loop.execute(stop.get()));
      loop.execute(stop.get());
      await(sleep(ofMillis(1)));
      await(toThread(() -> 1));
      stop.set(() -> {});
    }));
  }

  @Test
  void twenty_thousand_completions_from_eight_threads_all_arrive() {
    int threads = 8;
    int each = 2_500;
    long sum = Async.run(async(() -> {
      var futures = IntStream.range(0, threads * each)
          .mapToObj(i -> new AsyncFuture<Integer>())
          .toList();
      for (int thread = 0; thread < threads; thread++) {
        int first = thread;
        start(() -> {
          for (int i = first; i < futures.size(); i += threads) {
            futures.get(i).complete(i);
          }
        });
      }
      long total = 0;
      for (AsyncFuture<Integer> future : futures) {
        total += await(future);
      }
      return total;
    }));
    assertThat(sum).isEqualTo(20_000L * 19_999 / 2);
  }

  @Test
  void callbacks_from_many_threads_each_keep_their_order() {
    int threads = 8;
    int each = 2_500;
    Async.run(async(() -> {
      EventLoop loop = EventLoop.current();
      var last = new int[threads];
      var left = new int[] {threads * each};
      var all = new AsyncFuture<Integer>();
      for (int t = 0; t < threads; t++) {
        int thread = t;
        start(() -> {
          for (int i = 1; i <= each; i++) {
            int number = i;
            loop.execute(() -> {
              assertThat(last[thread]).isEqualTo(number - 1);
              last[thread] = number;
              if (--left[0] == 0) {
                all.complete(1);
              }
            });
          }
        });
      }
      await(all);
    }));
  }

  @Test
  void each_kind_of_event_wakes_an_idle_loop() {
    Async.run(async(() -> {
      EventLoop loop = EventLoop.current();
      var future = new AsyncFuture<String>();
      var called = new AsyncFuture<String>();
      var timed = new AsyncFuture<String>();
      var submitted = new AsyncFuture<String>();
      List<Runnable> events = List.of(
          () -> future.complete("completed"),
          () -> loop.execute(() -> called.complete("called")),
          () -> loop.schedule(ZERO, () -> timed.complete("timed")),
          () -> submitted.completeAsync(
              () -> loop.submit(async(() -> "submitted")).join(), Runnable::run));
      var waiting = List.of(future, called, timed, submitted);
      for (int i = 0; i < events.size(); i++) {
        int event = i;
        start(() -> {
          spinUntilIdle(loop);
          events.get(event).run();
        });
        await(waiting.get(i));
      }
      Task<?> cancelled = createTask(async(() -> await(new AsyncFuture<>())));
      start(() -> {
        spinUntilIdle(loop);
        cancelled.cancel("from afar");
      });
      assertThatThrownBy(() -> await(cancelled)).hasMessage("from afar");
    }));
  }

  @Test
  void the_holder_of_one_loop_may_wake_another_that_is_idle() {
    var question = new AsyncFuture<String>();
    var otherLoop = new AsyncFuture<EventLoop>();
    Task<String> other = Async.start(async(() -> {
      otherLoop.complete(EventLoop.current());
      return await(question) + " by " + EventLoop.current().name();
    }));
    Async.run(async(() -> {
      EventLoop there = await(otherLoop);
      spinUntilIdle(there);
      EventLoop here = EventLoop.current();
      Task<?> me = currentTask();
      question.complete("answered");
      assertThat(EventLoop.current()).isSameAs(here);
      assertThat(currentTask()).isSameAs(me);
      assertThat(await(other)).isEqualTo("answered by " + there.name());
    }));
  }

  @Test
  void a_task_submitted_between_the_last_run_and_close_is_cancelled() {
    var runner = new Runner();
    Task<?> task = runner.loop().submit(sleep(ofHours(1)));
    runner.close();
    assertThat(task).isCancelled();
  }

  // ---- waking

  @Test
  void a_waiter_that_meets_a_done_future_does_not_wait_for_its_dependents() throws Exception {
    var future = new AsyncFuture<Integer>();
    var inDependent = new CountDownLatch(1);
    var told = new CountDownLatch(1);
    var inTime = future.thenApply(v -> {
      inDependent.countDown();
      try {
        return told.await(300, SECONDS);
      } catch (InterruptedException e) {
        return false;
      }
    });
    Async.run(async(() -> {
      Thread completer = start(() -> future.complete(1));
      inDependent.await();
      future.addDoneCallback(done -> told.countDown());
      await(sleep(ofMillis(1)));
      completer.join();
    }));
    assertThat(inTime.get(300, SECONDS)).isTrue();
  }

  @Test
  void a_task_is_resumed_once_however_many_things_wake_it() {
    var trace = new ArrayList<String>();
    TestClock.run(async(() -> {
      var first = new AsyncFuture<String>();
      var second = new AsyncFuture<String>();
      Task<?> task = createTask(async(() -> {
        try {
          await(first);
        } catch (CancellationException e) {
          trace.add(e.getMessage());
        }
        trace.add(await(second));
      }));
      await(sleep(ZERO));
      first.complete("lost");
      task.cancel("cancelled");
      first.cancel();
      await(sleep(ZERO));
      trace.add("waits for the second");
      await(sleep(ZERO));
      second.complete("second");
      await(task);
    }));
    assertThat(trace).containsExactly("cancelled", "waits for the second", "second");
  }

  @Test
  void a_wake_up_that_comes_after_its_suspension_is_over_wakes_nothing() {
    var trace = new ArrayList<String>();
    TestClock.run(async(() -> {
      var pending = new AsyncFuture<String>();
      var other = new AsyncFuture<String>();
      var ring = new ArrayList<Task<?>>();
      ring.add(createTask(async(() -> {
        try {
          await(ring.get(1));
        } catch (CancellationException e) {
          trace.add(
              "first is cancelled while second is pending: " + !ring.get(1).isDone());
        }
        trace.add("first got " + await(pending));
      })));
      ring.add(createTask(async(() -> await(gather(ring.get(0), other)))));
      await(sleep(ZERO));
      // It comes round to the first task, which gets it before what that awaits is done.
      ring.get(0).cancel();
      assertThatThrownBy(() -> await(ring.get(1))).isInstanceOf(CancellationException.class);
      trace.add("second is done, which the first does not await any more");
      await(sleep(ofMinutes(1)));
      pending.complete("value");
      await(ring.get(0));
    }));
    assertThat(trace)
        .containsExactly(
            "first is cancelled while second is pending: true",
            "second is done, which the first does not await any more",
            "first got value");
  }

  @Test
  void a_task_woken_by_a_ring_and_by_what_it_awaits_goes_on_once() {
    var trace = new ArrayList<String>();
    TestClock.run(async(() -> {
      var other = new AsyncFuture<String>();
      var pending = new AsyncFuture<String>();
      var ring = new ArrayList<Task<?>>();
      ring.add(createTask(async(() -> {
        try {
          await(gather(ring.get(1), other));
        } catch (CancellationException e) {
          trace.add("cancelled");
        }
        trace.add("first got " + await(pending));
      })));
      ring.add(createTask(async(() -> await(ring.get(0)))));
      await(sleep(ZERO));
      // The gather is done with `other` before the first task, queued by the ring, has had its
      // turn.
      ring.get(0).cancel();
      await(sleep(ofMinutes(1)));
      trace.add("completing");
      pending.complete("value");
      await(ring.get(0));
    }));
    assertThat(trace).containsExactly("cancelled", "completing", "first got value");
  }

  // ---- cancel

  @Test
  void cancel_acts_at_once_on_the_loop_and_as_one_entry_from_elsewhere() {
    Async.run(async(() -> {
      Task<?> near = createTask(sleep(ofHours(1)));
      Task<?> far = createTask(sleep(ofHours(1)));
      await(sleep(ZERO));
      assertThat(near.cancel("near")).isTrue();
      assertThat(near.cancelling()).isEqualTo(1);
      assertThat(near.toString()).endsWith("ready, 1 cancel request]");

      var asked = new FutureTask<>(() -> far.cancel("far"));
      start(asked);
      assertThat(asked.get(300, SECONDS)).isTrue();
      assertThat(far.cancelling()).as("its turn has not come").isZero();
      assertThat(far.toString()).doesNotContain("ready");
      await(sleep(ZERO));
      await(sleep(ZERO));
      assertThat(far.cancelling()).isEqualTo(1);
      assertThatThrownBy(() -> await(near)).hasMessage("near");
      assertThatThrownBy(() -> await(far)).hasMessage("far");
    }));
  }

  @Test
  void a_cancelled_sleep_takes_its_timer_along() {
    var clock = new TestClock();
    try (var runner = Runner.builder().clock(clock).build()) {
      runner.run(async(() -> {
        Task<?> shorter = createTask(sleep(ofMinutes(30)));
        Task<?> longer = createTask(sleep(ofMinutes(60)));
        await(sleep(ZERO));
        shorter.cancel();
        longer.cancel();
        await(sleep(ofMinutes(31)));
        assertThat(clock.alarms()).isZero();
      }));
    }
  }

  /** The alarm of the first timer is late, and a callback without delay has the timers looked at before it rings. */
  @Test
  void an_alarm_whose_timer_has_fired_without_it_is_cancelled() {
    var now = new AtomicLong();
    var alarms = new AtomicInteger();
    var clock = new LoopClock() {
      @Override
      public long now() {
        return now.get();
      }

      @Override
      public Runnable wakeAt(long deadline, Runnable alarm) {
        alarms.incrementAndGet();
        return alarms::decrementAndGet;
      }
    };
    var fired = new ArrayList<String>();
    try (var runner = Runner.builder().clock(clock).build()) {
      runner.run(async(() -> {
        EventLoop loop = EventLoop.current();
        TimerHandle first = loop.schedule(ofMinutes(1), () -> fired.add("first"));
        assertThat(alarms).hasValue(1);
        now.set(ofMinutes(2).toNanos());
        TimerHandle second = loop.schedule(ZERO, () -> fired.add("second"));
        while (fired.size() < 2) {
          await(sleep(ZERO));
        }
        assertThat(alarms).hasValue(0);
        assertThat(first.when()).isEqualTo(ofMinutes(1));
        assertThat(second.when()).isEqualTo(ofMinutes(2));
      }));
    }
    assertThat(fired).containsExactly("first", "second");
  }

  @Test
  void a_cancel_that_what_is_awaited_took_over_does_not_strike_twice() {
    int result = TestClock.run(async(() -> {
      Task<Integer> inner = createTask(swallowing());
      await(sleep(ZERO));
      Task<Integer> outer = createTask(async(() -> {
        currentTask().cancel();
        return await(inner);
      }));
      return await(outer);
    }));
    assertThat(result).isEqualTo(7);
  }

  @Test
  void a_task_awaited_on_two_ways_is_asked_on_both_and_is_no_ring() {
    List<Integer> result = TestClock.run(async(() -> {
      Task<Integer> last = createTask(swallowing());
      Task<Integer> shared = createTask(async(() -> await(last)));
      Task<Integer> left = createTask(async(() -> await(shared)));
      Task<Integer> right = createTask(async(() -> await(shared)));
      Task<List<Integer>> top = createTask(async(() -> await(gather(left, right))));
      await(sleep(ZERO));
      await(sleep(ZERO));
      top.cancel();
      assertThat(shared.cancelling()).isEqualTo(2);
      return List.of(await(left), await(right));
    }));
    assertThat(result).containsExactly(7, 7);
  }

  private static Coroutine<Integer> swallowing() {
    return async(() -> {
      assertThatThrownBy(() -> await(new AsyncFuture<>()))
          .isInstanceOf(CancellationException.class);
      return 7;
    });
  }

  @Test
  void a_stage_is_not_in_flight_any_more_once_its_future_is_cancelled() {
    Async.run(async(() -> {
      EventLoop loop = EventLoop.current();
      var stage = new CompletableFuture<Integer>().minimalCompletionStage();
      Task<?> task = createTask(async(() -> await(stage)));
      await(sleep(ZERO));
      assertThat(loop.activity().stagesInFlight()).isEqualTo(1);
      task.cancel();
      assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
      assertThat(loop.activity().stagesInFlight()).isZero();
    }));
  }

  // ---- calls of toThread

  @Test
  void a_thread_keeps_no_context_class_loader_also_when_its_work_throws() {
    Thread self = Thread.currentThread();
    ClassLoader before = self.getContextClassLoader();
    ClassLoader other = new ClassLoader(before) {};
    var failure = new IllegalStateException("failure");
    assertThatThrownBy(() -> Threads.runWith(other, () -> {
          assertThat(self.getContextClassLoader()).isSameAs(other);
          throw failure;
        }))
        .isSameAs(failure);
    assertThat(self.getContextClassLoader()).isSameAs(before);
  }

  @Test
  void a_cancelled_call_counts_as_in_flight_until_its_thread_has_ended_it() {
    var begun = new CountDownLatch(1);
    var end = new CountDownLatch(1);
    Async.run(async(() -> {
      EventLoop loop = EventLoop.current();
      Task<?> call = createTask(toThread(() -> {
        begun.countDown();
        while (end.getCount() > 0) {
          Thread.onSpinWait();
        }
      }));
      await(sleep(ZERO));
      begun.await();
      call.cancel();
      assertThatThrownBy(() -> await(call)).isInstanceOf(CancellationException.class);
      assertThat(loop.activity().callsInFlight()).isEqualTo(1);
      end.countDown();
      while (loop.activity().callsInFlight() > 0) {
        await(sleep(ofMillis(1)));
      }
    }));
  }
}
