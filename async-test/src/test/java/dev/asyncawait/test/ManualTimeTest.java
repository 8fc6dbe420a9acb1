package dev.asyncawait.test;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.cleanup;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.Async;
import dev.asyncawait.AsyncFuture;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Task;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class ManualTimeTest {

  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final List<String> trace = new ArrayList<>();

  private void note(String what) {
    trace.add(what + "@" + EventLoop.current().time());
  }

  private Coroutine<Void> ticking(Duration period, int times) {
    return async(() -> {
      for (int i = 1; i <= times; i++) {
        await(sleep(period));
        note("tick " + i);
      }
    });
  }

  @Test
  void nothing_happens_until_the_time_is_moved() {
    try (ManualTime time = VirtualTime.manual()) {
      Task<Void> task = time.start(ticking(HOUR, 2));
      assertThat(trace).isEmpty();
      time.advance(HOUR.minusNanos(1));
      assertThat(trace).isEmpty();
      time.advance(Duration.ofNanos(1));
      assertThat(trace).containsExactly("tick 1@PT1H");
      time.advance(HOUR);
      assertThat(trace).containsExactly("tick 1@PT1H", "tick 2@PT2H");
      assertThat(task.isDone()).isTrue();
      assertThat(time.now()).isEqualTo(Duration.ofHours(2));
    }
  }

  @Test
  void a_task_comes_as_far_as_it_can_before_start_returns() {
    try (ManualTime time = VirtualTime.manual()) {
      Task<Integer> task = time.start(async(() -> {
        await(sleep(Duration.ZERO));
        return await(createTask(async(() -> 1)));
      }));
      assertThat(task.join()).isEqualTo(1);
    }
  }

  @Test
  void a_step_runs_each_timer_at_its_own_time_and_what_follows_from_it() {
    try (ManualTime time = VirtualTime.manual()) {
      time.start(ticking(Duration.ofMinutes(20), 9));
      Task<Void> other = time.start(ticking(Duration.ofMinutes(25), 2));
      time.advance(HOUR);
      assertThat(trace)
          .containsExactly(
              "tick 1@PT20M", "tick 1@PT25M", "tick 2@PT40M", "tick 2@PT50M", "tick 3@PT1H");
      assertThat(other.isDone()).isTrue();
      time.advance(Duration.ofHours(2));
      assertThat(trace).hasSize(11);
    }
  }

  @Test
  void what_the_test_does_between_steps_has_its_effect_in_the_next() {
    try (ManualTime time = VirtualTime.manual()) {
      var answer = new AsyncFuture<String>();
      Task<Void> task = time.start(async(() -> note(await(answer))));
      time.advance(HOUR);
      answer.complete("42");
      assertThat(task.isDone()).isFalse();
      time.advance(Duration.ZERO);
      assertThat(trace).containsExactly("42@PT1H");
    }
  }

  @Test
  void loops_that_are_started_inside_have_the_same_time() {
    try (ManualTime time = VirtualTime.manual()) {
      Task<Void> task = time.start(async(() -> await(Async.start(ticking(HOUR, 3)))));
      time.advance(Duration.ofHours(2));
      assertThat(trace).containsExactly("tick 1@PT1H", "tick 2@PT2H");
      time.advance(HOUR);
      assertThat(task.isDone()).isTrue();
    }
  }

  @Test
  void a_call_on_a_thread_is_waited_for_before_the_time_moves() {
    try (ManualTime time = VirtualTime.manual()) {
      var called = new CountDownLatch(1);
      Task<Void> task = time.start(async(() -> {
        createTask(async(() -> called.countDown()));
        await(toThread(() -> called.await()));
        note("called");
      }));
      assertThat(task.isDone()).isTrue();
      assertThat(trace).containsExactly("called@PT0S");
    }
  }

  @Test
  void a_step_has_a_limit_in_real_time() {
    try (ManualTime time = VirtualTime.options().limit(Duration.ofMillis(20)).manual()) {
      assertThatThrownBy(() -> time.start(async(() -> {
            while (true) {
              await(sleep(Duration.ZERO));
            }
          })))
          .isInstanceOf(AssertionError.class)
          .hasMessageStartingWith("the test is still running after PT0.02S of real time:");
    } // closing it does not fail once more
  }

  @Test
  void a_step_that_was_stopped_does_not_keep_cleanup_from_its_time() {
    try (ManualTime time = VirtualTime.options().limit(Duration.ofMillis(20)).manual()) {
      assertThatThrownBy(() -> time.start(async(() -> {
            try {
              while (true) {
                await(sleep(Duration.ZERO));
              }
            } finally {
              await(cleanup(
                  MINUTE,
                  () -> await(sleep(Duration.ofSeconds(1))))); // closing cancels it once more
              note("cleaned up");
            }
          })))
          .isInstanceOf(AssertionError.class);
    }
    assertThat(trace).containsExactly("cleaned up@PT1S");
  }

  @Test
  void what_is_left_when_it_is_closed_is_a_leak() {
    ManualTime time = VirtualTime.manual();
    Task<Void> task = time.start(ticking(HOUR, 2));
    assertThatThrownBy(time::close)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("suspended on sleep(PT1H)] has not ended; await or cancel it");
    assertThat(task.isCancelled()).isTrue();
    assertThatThrownBy(() -> time.advance(HOUR)).isInstanceOf(IllegalStateException.class);
    ManualTime lenient = VirtualTime.options().allowLeaks().manual();
    Task<Void> left = lenient.start(ticking(HOUR, 2));
    lenient.close();
    assertThat(left.isCancelled()).isTrue();
  }

  @Test
  void a_step_must_not_be_negative() {
    try (ManualTime time = VirtualTime.manual()) {
      assertThatThrownBy(() -> time.advance(Duration.ofSeconds(-1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("step must not be negative, but was PT-1S");
    }
  }

  @Test
  void a_step_goes_as_far_as_the_timeout_and_no_further() {
    try (ManualTime time = VirtualTime.options().timeout(HOUR).manual()) {
      Task<Void> task = time.start(ticking(HOUR, 2));
      time.advance(HOUR);
      assertThat(trace).containsExactly("tick 1@PT1H");
      assertThatThrownBy(() -> time.advance(HOUR))
          .isInstanceOf(AssertionError.class)
          .hasMessageStartingWith("the test has not ended within PT1H of its time:");
      task.cancel();
    }
  }

  @Test
  void what_cannot_be_started_is_refused() {
    try (ManualTime time = VirtualTime.manual()) {
      assertThatThrownBy(() -> time.start(null))
          .isInstanceOf(NullPointerException.class)
          .hasMessage("coroutine must not be null");
      Coroutine<Void> used = sleep(Duration.ZERO);
      time.start(used);
      assertThatThrownBy(() -> time.start(used))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("was already awaited");
      assertThatThrownBy(() -> Async.run(async(() -> time.advance(HOUR))))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("was called inside a coroutine");
    }
  }

  // ---- clocks

  @Test
  void its_clock_shows_the_time() {
    try (ManualTime time = VirtualTime.manual()) {
      Clock clock = time.clock();
      assertThat(clock.instant()).isEqualTo(Instant.EPOCH);
      time.advance(HOUR);
      assertThat(clock.instant()).isEqualTo(Instant.EPOCH.plus(HOUR));
      assertThat(clock.millis()).isEqualTo(HOUR.toMillis());
      Clock there = clock.withZone(ZoneId.of("Asia/Tokyo"));
      assertThat(there.getZone()).isEqualTo(ZoneId.of("Asia/Tokyo"));
      assertThat(there.instant()).isEqualTo(clock.instant());
    }
  }

  @Test
  void a_coroutine_in_virtual_time_has_a_clock() {
    Instant later = VirtualTime.run(async(() -> {
      Clock clock = VirtualTime.clock();
      await(sleep(HOUR));
      return await(toThread(clock::instant));
    }));
    assertThat(later).isEqualTo(Instant.EPOCH.plus(HOUR));
  }

  @Test
  void in_real_time_there_is_none() {
    assertThatThrownBy(() -> Async.run(async(VirtualTime::clock)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageMatching(
            "clock\\(\\) was called on EventLoop\\[loop-\\d+, 1 task\\], whose time is real;"
                + " run it with VirtualTime.run, or as an @AsyncTest");
    assertThatThrownBy(VirtualTime::clock).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> Async.run(VirtualTime.untilIdle()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("untilIdle() was called on");
  }

  // ---- until idle

  @Test
  void until_idle_is_when_everything_else_waits_and_no_time_has_passed() {
    VirtualTime.run(async(() -> {
      var steps = new ArrayList<Integer>();
      Task<Void> task = createTask(async(() -> {
        for (int i = 0; i < 3; i++) {
          steps.add(i);
          await(sleep(i < 2 ? Duration.ZERO : HOUR));
        }
      }));
      await(VirtualTime.untilIdle());
      assertThat(steps).containsExactly(0, 1, 2);
      assertThat(EventLoop.current().time()).isZero();
      await(task);
      await(VirtualTime.untilIdle());
    }));
  }

  @Test
  void several_may_wait_until_idle_and_some_be_cancelled() {
    VirtualTime.run(async(() -> {
      Task<Void> first = createTask(VirtualTime.untilIdle());
      Task<Void> second = createTask(VirtualTime.untilIdle());
      await(sleep(Duration.ZERO));
      first.cancel();
      await(second);
      assertThat(first.isCancelled()).isTrue();
      await(sleep(MINUTE));
    }));
  }

  @Test
  void until_idle_waits_for_calls_on_threads_and_other_loops() {
    VirtualTime.run(async(() -> {
      var done = new ArrayList<String>();
      Task<Boolean> call = createTask(async(() -> {
        await(toThread(() -> 1));
        return done.add("call");
      }));
      Task<Boolean> loop = Async.start(async(() -> {
        await(sleep(Duration.ZERO));
        return done.add("loop");
      }));
      await(VirtualTime.untilIdle());
      assertThat(call.isDone()).isTrue();
      assertThat(loop.isDone()).isTrue();
    }));
  }
}
