package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.waitFor;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class AsyncLimiterTest {

  private final List<String> trace = new ArrayList<>();

  /** Has a token for an hour. */
  private Coroutine<Void> work(AsyncLimiter limiter, String name) {
    return limiter.run(() -> {
      trace.add(name + " at " + EventLoop.current().time());
      await(sleep(ofHours(1)));
    });
  }

  @Test
  void as_many_as_there_are_tokens_are_inside_in_the_order_in_which_they_came() {
    CleanRun.of(() -> {
      var limiter = new AsyncLimiter(2);
      await(gather(work(limiter, "a"), work(limiter, "b"), work(limiter, "c"), work(limiter, "d")));
      assertThat(limiter).hasToString("AsyncLimiter[0 of 2 tokens borrowed]");
    });
    assertThat(trace).containsExactly("a at PT0S", "b at PT0S", "c at PT1H", "d at PT1H");
  }

  @Test
  void a_borrower_has_one_token_at_most() {
    CleanRun.of(() -> {
      var limiter = new AsyncLimiter(9);
      currentTask().setName("main");
      try (Held token = await(limiter.acquire())) {
        assertThat(token).hasToString("task main holds AsyncLimiter[1 of 9 tokens borrowed]");
        assertThatThrownBy(() -> await(limiter.acquire()))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("has a token of AsyncLimiter[1 of 9 tokens borrowed] already;"
                + " give it back first, or acquire for another borrower");
        try (Held other = await(limiter.acquireFor(new String("Ann")))) {
          assertThat(other).isNotNull();
          assertThatThrownBy(() -> await(limiter.acquireFor("Ann")))
              .isInstanceOf(IllegalStateException.class)
              .hasMessageStartingWith("Ann has a token of");
          assertThatThrownBy(() -> limiter.tryAcquireFor("Ann"))
              .isInstanceOf(IllegalStateException.class);
          assertThat(limiter.statistics())
              .isEqualTo(new AsyncLimiter.Statistics(9, List.of(currentTask(), "Ann"), 0));
        }
      }
      assertThat(limiter.statistics().borrowers()).isEmpty();
    });
  }

  @Test
  void a_borrower_that_waits_twice_gets_one_and_the_next_goes_on() {
    CleanRun.of(() -> {
      var limiter = new AsyncLimiter(1);
      Held first = limiter.tryAcquireFor("Bob");
      Task<Held> one = createTask(limiter.acquireFor("Ann"));
      Task<Held> two = createTask(limiter.acquireFor("Ann"));
      Task<Held> three = createTask(limiter.acquireFor("Eve"));
      await(sleep(ZERO));
      limiter.setTokens(3);
      first.close();
      await(one);
      assertThatThrownBy(() -> await(two)).isInstanceOf(IllegalStateException.class);
      await(three).close();
      one.resultNow().close();
      assertThat(limiter).hasToString("AsyncLimiter[0 of 3 tokens borrowed]");
    });
  }

  @Test
  void trying_never_waits_and_passes_nobody() {
    CleanRun.of(() -> {
      var limiter = new AsyncLimiter(1);
      Held first = limiter.tryAcquire();
      assertThat(limiter.statistics().borrowers()).containsExactly(currentTask());
      assertThat(limiter.tryAcquireFor("b")).isNull();
      Task<Held> waiting = createTask(limiter.acquire());
      await(sleep(ZERO));
      first.close();
      first.close();
      assertThat(limiter.tryAcquireFor("b")).as("it is on its way").isNull();
      await(waiting).close();
    });
  }

  @Test
  void more_tokens_wake_as_many_and_fewer_are_not_given_out_again() {
    CleanRun.of(() -> {
      var limiter = new AsyncLimiter(0);
      var tasks = new ArrayList<Task<Void>>();
      for (String name : List.of("a", "b", "c", "d")) {
        tasks.add(createTask(work(limiter, name)));
      }
      await(sleep(ofMinutes(1)));
      limiter.setTokens(3);
      await(sleep(ofMinutes(1)));
      assertThat(limiter.statistics().waiting()).isEqualTo(1);
      limiter.setTokens(1);
      assertThat(limiter).hasToString("AsyncLimiter[3 of 1 tokens borrowed, 1 waiting]");
      await(gather(tasks));
      assertThat(limiter.tokens()).isEqualTo(1);
    });
    assertThat(trace).containsExactly("a at PT1M", "b at PT1M", "c at PT1M", "d at PT1H1M");
  }

  @Test
  void one_that_is_cancelled_hands_on() {
    CleanRun.of(() -> {
      var limiter = new AsyncLimiter(1);
      Held first = limiter.tryAcquireFor("a");
      Task<Void> woken = createTask(work(limiter, "woken"));
      Task<Void> waiting = createTask(work(limiter, "waiting"));
      Task<Void> last = createTask(work(limiter, "last"));
      await(sleep(ZERO));
      waiting.cancel();
      first.close();
      woken.cancel();
      assertThatThrownBy(() -> await(woken)).isInstanceOf(CancellationException.class);
      assertThatThrownBy(() -> await(waiting)).isInstanceOf(CancellationException.class);
      await(last);
      Held again = limiter.tryAcquireFor("a");
      assertThatThrownBy(() -> await(waitFor(limiter.acquire(), ofMinutes(1))))
          .isInstanceOf(AsyncTimeoutException.class);
      again.close();
      assertThat(limiter).hasToString("AsyncLimiter[0 of 1 tokens borrowed]");
    });
    assertThat(trace).containsExactly("last at PT0S");
  }

  @Test
  void a_borrower_that_changes_gives_its_token_back() {
    CleanRun.of(() -> {
      var limiter = new AsyncLimiter(1);
      var borrower = new ArrayList<String>();
      Held token = await(limiter.acquireFor(borrower));
      borrower.add("changed");
      token.close();
      assertThat(limiter.statistics().borrowers()).isEmpty();
    });
  }

  @Test
  void who_waits_says_for_whom() {
    CleanRun.of(() -> {
      var limiter = new AsyncLimiter(1);
      Task<Void> holder = createTask(work(limiter, "holder"));
      Task<Void> waiting = createTask(work(limiter, "waiting"));
      await(sleep(ZERO));
      assertThat(waiting).asString().contains("suspended on AsyncLimiter[");
      assertThat(waiting.waitsFor()).containsExactly(holder);
      await(gather(holder, waiting));
    });
  }

  @Test
  void a_loop_that_closes_warns_of_a_token_that_was_not_given_back() {
    var limiter = new AsyncLimiter(1);
    try (var log = new CapturedLog()) {
      Async.run(async(() -> {
        Held unused = await(limiter.acquire());
      }));
      assertThat(log.warnings()).singleElement().asString().contains("holds AsyncLimiter[");
    }
  }

  @Test
  void a_thread_acquires_for_a_borrower_that_it_names() {
    var limiter = new AsyncLimiter(1);
    assertThatThrownBy(limiter::tryAcquire).isInstanceOf(IllegalStateException.class);
    try (Held token = limiter.tryAcquireFor("Ann")) {
      assertThat(token).hasToString("a thread holds AsyncLimiter[1 of 1 tokens borrowed]");
    }
    assertThat(limiter.statistics().borrowers()).isEmpty();
  }

  @Test
  void negative_tokens_are_refused() {
    assertThatThrownBy(() -> new AsyncLimiter(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tokens must not be negative, but was -1");
    var limiter = new AsyncLimiter(1);
    assertThatThrownBy(() -> limiter.setTokens(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThat(limiter.tokens()).isEqualTo(1);
  }
}
