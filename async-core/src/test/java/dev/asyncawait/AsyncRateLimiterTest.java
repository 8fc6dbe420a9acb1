package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.waitFor;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class AsyncRateLimiterTest {

  private final List<Duration> passed = Collections.synchronizedList(new ArrayList<>());

  private Coroutine<Void> passes(AsyncRateLimiter limiter) {
    return async(() -> {
      await(limiter.acquire());
      passed.add(EventLoop.current().time());
    });
  }

  private static AsyncRateLimiter perSecond(int permits) {
    return new AsyncRateLimiter(permits, ofSeconds(1));
  }

  @Test
  void so_many_go_on_at_once_and_the_others_when_the_first_are_a_period_ago() {
    CleanRun.of(() -> {
      var limiter = perSecond(2);
      for (int i = 0; i < 5; i++) {
        await(passes(limiter));
        await(sleep(ofMillis(100)));
      }
    });
    assertThat(passed)
        .containsExactly(ZERO, ofMillis(100), ofSeconds(1), ofMillis(1_100), ofSeconds(2));
  }

  @Test
  void in_no_stretch_of_that_length_do_more_go_on() {
    CleanRun.of(() -> {
      var limiter = perSecond(3);
      var random = new Random(7);
      var all = new ArrayList<Task<Void>>();
      for (int i = 0; i < 300; i++) {
        await(sleep(ofMillis(random.nextInt(700))));
        all.add(createTask(passes(limiter)));
      }
      await(gather(all));
    });
    assertThat(passed).hasSize(300);
    for (int i = 3; i < passed.size(); i++) {
      assertThat(passed.get(i).minus(passed.get(i - 3))).isGreaterThanOrEqualTo(ofSeconds(1));
    }
  }

  @Test
  void tasks_go_on_in_the_order_in_which_they_asked() {
    var order = new ArrayList<Integer>();
    CleanRun.of(() -> {
      var limiter = perSecond(1);
      var all = new ArrayList<Coroutine<Void>>();
      for (int i = 0; i < 5; i++) {
        int number = i;
        all.add(async(() -> {
          await(limiter.acquire());
          order.add(number);
        }));
      }
      await(gather(all));
      assertThat(EventLoop.current().time()).isEqualTo(ofSeconds(4));
    });
    assertThat(order).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void one_that_may_go_on_gives_nobody_else_a_turn() {
    var turns = new ArrayList<String>();
    CleanRun.of(() -> {
      Task<Void> other = createTask(async(() -> {
        turns.add("other");
      }));
      await(perSecond(1).acquire());
      turns.add("first");
      await(other);
    });
    assertThat(turns).containsExactly("first", "other");
  }

  @Test
  void one_that_is_cancelled_does_not_count_and_the_next_takes_its_time() {
    CleanRun.of(() -> {
      var limiter = perSecond(1);
      await(limiter.acquire());
      Task<Void> first = createTask(passes(limiter));
      Task<Void> second = createTask(passes(limiter));
      Task<Void> third = createTask(passes(limiter));
      await(sleep(ofMillis(500)));
      assertThat(limiter).hasToString("AsyncRateLimiter[1 per PT1S, 3 waiting]");
      assertThat(first).asString().contains("suspended on AsyncRateLimiter[");
      first.cancel();
      third.cancel();
      assertThatThrownBy(() -> await(first)).isInstanceOf(CancellationException.class);
      assertThatThrownBy(() -> await(third)).isInstanceOf(CancellationException.class);
      await(second);
      assertThatThrownBy(() -> await(waitFor(limiter.acquire(), ofMillis(10))))
          .isInstanceOf(AsyncTimeoutException.class);
      assertThat(limiter).hasToString("AsyncRateLimiter[1 per PT1S]");
      await(limiter.acquire());
      assertThat(EventLoop.current().time()).isEqualTo(ofSeconds(2));
    });
    assertThat(passed).containsExactly(ofSeconds(1));
  }

  @Test
  void it_runs_a_body_when_its_time_has_come() {
    CleanRun.of(() -> {
      var limiter = perSecond(1);
      AsyncAction action = () -> passed.add(EventLoop.current().time());
      await(limiter.run(action));
      String value = await(limiter.run(() -> {
        await(sleep(ofMillis(1)));
        return "at " + EventLoop.current().time();
      }));
      assertThat(value).isEqualTo("at PT1.001S");
      Task<Void> waiting = createTask(limiter.run(action));
      await(sleep(ofMillis(1)));
      waiting.cancel();
      assertThatThrownBy(() -> await(waiting)).isInstanceOf(CancellationException.class);
    });
    assertThat(passed).containsExactly(ZERO);
  }

  @Test
  void trying_never_waits_and_passes_nobody() {
    CleanRun.of(() -> {
      var limiter = perSecond(1);
      assertThat(limiter.tryAcquire()).isTrue();
      assertThat(limiter.tryAcquire()).isFalse();
      await(sleep(ofMillis(999)));
      assertThat(limiter.tryAcquire()).isFalse();
      Task<Void> waiting = createTask(passes(limiter));
      await(sleep(ZERO));
      assertThat(limiter.tryAcquire()).isFalse();
      await(waiting);
      await(sleep(ofSeconds(1)));
      assertThat(limiter.tryAcquire()).isTrue();
    });
  }

  @Test
  void several_loops_share_one() throws Exception {
    var limiter = new AsyncRateLimiter(4, ofMillis(100));
    long began = System.nanoTime();
    Task<Void> other = Async.start(async(() -> {
      for (int i = 0; i < 6; i++) {
        await(passes(limiter));
      }
    }));
    Async.run(async(() -> {
      for (int i = 0; i < 6; i++) {
        await(passes(limiter));
      }
    }));
    other.get();
    assertThat(passed).hasSize(12);
    assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(ofMillis(200).toNanos());
  }

  @Test
  void a_loop_that_is_abandoned_holds_nobody_up() {
    var limiter = new AsyncRateLimiter(1, ofMillis(300));
    try (var gone = new AbandonedLoop()) {
      gone.begin(limiter.acquire(), limiter.acquire());
      gone.abandonAfter(() -> {});
      Async.run(limiter.acquire());
    }
    assertThat(limiter.statistics().waiting()).isZero();
  }

  @Test
  void trying_from_several_loops_is_refused_only_if_too_many_have_gone_on() {
    var limiter = new AsyncRateLimiter(200_000, ofHours(1));
    AsyncBody<Integer> tries = () -> {
      int refused = 0;
      for (int i = 0; i < 100_000; i++) {
        refused += limiter.tryAcquire() ? 0 : 1;
      }
      return refused;
    };
    Task<Integer> one = Async.start(async(tries));
    Task<Integer> two = Async.start(async(tries));
    assertThat(one.join() + two.join()).isZero();
  }

  /** The first in the queue has the timer; whoever leaves sees to it that the next has one, on its own loop. */
  @Test
  void who_waits_on_another_loop_goes_on_when_the_first_gives_up() throws Exception {
    var limiter = new AsyncRateLimiter(1, ofMillis(20));
    Task<Integer> impatient = Async.start(async(() -> {
      int timeouts = 0;
      for (int i = 0; i < 50; i++) {
        try {
          await(waitFor(limiter.acquire(), ofMillis(1)));
        } catch (AsyncTimeoutException e) {
          timeouts++;
        }
      }
      return timeouts;
    }));
    Task<Void> patient = Async.start(async(() -> {
      for (int i = 0; i < 10; i++) {
        await(passes(limiter));
      }
    }));
    patient.get();
    assertThat(impatient.get()).isBetween(1, 50);
    assertThat(passed).hasSize(10);
    assertThat(limiter.statistics().waiting()).isZero();
  }

  @Test
  void a_loop_with_another_clock_is_refused_and_holds_nobody_up() {
    var limiter = perSecond(1);
    CleanRun.of(() -> await(limiter.acquire()));
    CleanRun.of(() -> {
      assertThatThrownBy(() -> await(limiter.acquire()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("goes by the clock of the loop that used it first")
          .hasMessageEndingWith("has another; use one for each");
      assertThatThrownBy(limiter::tryAcquire).isInstanceOf(IllegalStateException.class);
      assertThat(limiter).hasToString("AsyncRateLimiter[1 per PT1S]");
    });
  }

  @Test
  void bad_input_is_refused() {
    assertThatThrownBy(() -> perSecond(0)).hasMessage("permits must be at least 1, but was 0");
    assertThatThrownBy(() -> new AsyncRateLimiter(1, ZERO))
        .hasMessage("period must be more than zero, but was PT0S; without one there is no rate");
    assertThatThrownBy(() -> new AsyncRateLimiter(1, null)).hasMessage("period must not be null");
    assertThatThrownBy(() -> perSecond(1).tryAcquire())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("tryAcquire() was called where no event loop runs");
  }
}
