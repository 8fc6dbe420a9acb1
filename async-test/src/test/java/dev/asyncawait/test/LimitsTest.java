package dev.asyncawait.test;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.AsyncAction;
import dev.asyncawait.AsyncFuture;
import dev.asyncawait.AsyncLock;
import dev.asyncawait.AsyncSemaphore;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Held;
import dev.asyncawait.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What ends a run that would not end by itself, and what fails one that has ended. */
class LimitsTest {

  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration SOON = Duration.ofMillis(50);

  /** Whatever ended the run, the test's own thread is as it was. */
  @AfterEach
  void the_thread_is_not_interrupted() {
    assertThat(Thread.interrupted()).isFalse();
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> failure(
      VirtualTime.Options options, AsyncAction main) {
    return assertThatThrownBy(() -> options.run(async(main))).isInstanceOf(AssertionError.class);
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> failure(AsyncAction main) {
    return failure(VirtualTime.options(), main);
  }

  private static VirtualTime.Options soon() {
    return VirtualTime.options().limit(SOON);
  }

  // ---- stuck

  @Test
  void tasks_that_wait_for_each_other_are_shown_with_their_circle() {
    failure(() -> {
          var left = new AsyncLock();
          var right = new AsyncLock();
          Task<Void> a = createTask(inOrder(left, right), "a");
          Task<Void> b = createTask(inOrder(right, left), "b");
          await(a);
          await(b);
        })
        .hasMessageStartingWith("every task waits and nothing can wake them:\n"
            + "  Task[name=main, suspended on task a] at LimitsTest.java:")
        .hasMessageContaining(
            ", waits for a\n  Task[name=a, suspended on AsyncLock[locked, 1 waiting].acquire()]"
                + " at LimitsTest.java:")
        .hasMessageContaining(", waits for b\n  Task[name=b, ")
        .hasMessageEndingWith("\ndeadlock: a waits for b, which waits for a");
  }

  private static Coroutine<Void> inOrder(AsyncLock first, AsyncLock second) {
    return async(() -> {
      try (Held outer = await(first.acquire())) {
        await(sleep(Duration.ZERO));
        try (Held inner = await(second.acquire())) {
          assertThat(outer).isNotSameAs(inner);
        }
      }
    });
  }

  @Test
  void a_task_that_waits_for_itself_is_a_circle() {
    failure(() -> {
          var lock = new AsyncLock();
          await(lock.run(() -> await(lock.run(() -> {}))));
        })
        .hasMessageEndingWith("\ndeadlock: main waits for main");
  }

  @Test
  void a_circle_is_found_among_others_that_wait() {
    failure(() -> {
          var permits = new AsyncSemaphore(2);
          var never = new AsyncFuture<Integer>();
          createTask(permits.run(() -> await(never)), "holder");
          var ring = new ArrayList<Task<?>>();
          for (int i = 0; i < 3; i++) {
            int next = (i + 1) % 3;
            ring.add(createTask(async(() -> await(ring.get(next))), "r" + i));
          }
          await(permits.run(() -> await(permits.run(() -> await(ring.get(0))))));
        })
        .hasMessageEndingWith(
            "\ndeadlock: r0 waits for r1, which waits for r2, which waits for r0");
  }

  @Test
  void tasks_that_wait_for_what_never_comes_are_no_circle() {
    failure(() -> await(new AsyncFuture<>())).message().doesNotContain("deadlock");
  }

  @Test
  void only_so_many_tasks_are_listed() {
    failure(() -> {
          for (int i = 0; i < 150; i++) {
            createTask(async(() -> await(new AsyncFuture<>())));
          }
          await(new AsyncFuture<>());
        })
        .hasMessageEndingWith("\n  and 51 more");
  }

  // ---- limits in virtual time

  @Test
  void a_run_that_takes_longer_than_its_timeout_is_cancelled_and_fails() {
    var trace = new ArrayList<String>();
    failure(VirtualTime.options().timeout(HOUR), () -> {
          try {
            while (true) {
              await(sleep(Duration.ofMinutes(25)));
              trace.add("at " + EventLoop.current().time());
            }
          } finally {
            await(sleep(HOUR));
            trace.add("cleaned up at " + EventLoop.current().time());
          }
        })
        .hasMessageStartingWith("the test has not ended within PT1H of its time:\n"
            + "  Task[name=main, suspended on sleep(PT25M)] at LimitsTest.java:");
    assertThat(trace).containsExactly("at PT25M", "at PT50M", "cleaned up at PT1H50M");
  }

  @Test
  void a_run_that_ends_at_its_timeout_is_in_time() {
    VirtualTime.options().timeout(HOUR).run(sleep(HOUR));
    failure(VirtualTime.options().timeout(HOUR), () -> await(sleep(HOUR.plusNanos(1))));
  }

  @Test
  void what_main_leaves_may_clean_up_after_the_timeout() {
    var trace = new ArrayList<String>();
    VirtualTime.options().timeout(HOUR).allowLeaks().run(async(() -> {
      createTask(async(() -> {
        try {
          await(new AsyncFuture<>());
        } finally {
          await(sleep(Duration.ofSeconds(1)));
          trace.add("cleaned up at " + EventLoop.current().time());
        }
      }));
      await(sleep(HOUR));
    }));
    assertThat(trace).containsExactly("cleaned up at PT1H1S");
  }

  // ---- limits in real time

  @Test
  void a_body_that_blocks_is_interrupted_and_shown_where_it_is() {
    var never = new CountDownLatch(1);
    failure(soon(), () -> never.await())
        .hasMessageStartingWith("the test is still running after PT0.05S of real time:\n"
            + "  Task[name=main, running] at LimitsTest.java:")
        .satisfies(failure -> {
          Throwable where = failure.getSuppressed()[0];
          assertThat(where).hasMessage("Task[name=main, running] is here");
          assertThat(where.getStackTrace())
              .anyMatch(frame -> frame.getMethodName().equals("await"));
        })
        .satisfies(failure ->
            assertThat(failure.getSuppressed()[1]).isInstanceOf(InterruptedException.class));
  }

  @Test
  void a_task_that_blocks_and_ignores_interrupts_is_left_behind() {
    var release = new AtomicBoolean();
    failure(soon(), () -> {
          Task<Void> deaf = createTask(
              async(() -> {
                while (!release.get()) {
                  Thread.onSpinWait();
                }
              }),
              "deaf");
          await(deaf);
        })
        .hasMessageContaining("\n  Task[name=deaf, running] at LimitsTest.java:");
    release.set(true);
  }

  @Test
  void a_run_that_never_comes_to_rest_is_ended() {
    failure(soon(), () -> {
          while (true) {
            await(sleep(Duration.ZERO));
          }
        })
        .hasMessageStartingWith("the test is still running after PT0.05S of real time:");
    failure(soon(), () -> {
          while (true) {
            await(sleep(HOUR));
          }
        })
        .hasMessageStartingWith("the test is still running after PT0.05S of real time:");
  }

  @Test
  void calls_and_stages_that_do_not_end_are_counted() {
    var never = new CountDownLatch(1);
    failure(VirtualTime.options().limit(Duration.ofSeconds(1)), () -> {
          Task<Void> other = createTask(toThread(() -> never.await()));
          await(toThread(() -> never.await()));
          await(other);
        })
        .hasMessageStartingWith("2 calls of toThread have not ended within PT1S of real time:\n");
    failure(
            VirtualTime.options().limit(Duration.ofSeconds(1)),
            () -> await(new CompletableFuture<>()))
        .hasMessageStartingWith("1 plain stage has not completed within PT1S of real time:\n");
  }

  @Test
  void a_limit_that_is_not_reached_does_nothing() {
    assertThat(VirtualTime.options().limit(HOUR).<Integer>run(async(() -> 1))).isEqualTo(1);
  }

  // ---- leaks

  @Test
  void a_task_that_has_not_ended_fails_the_run_with_the_place_where_it_was_made() {
    failure(() -> createTask(sleep(HOUR), "forgotten"))
        .message()
        .matches("the test leaves behind:\n"
            + "  Task\\[name=forgotten, not started\\] has not ended; await or cancel it"
            + " \\(created at LimitsTest.java:\\d+\\)");
  }

  @Test
  void a_task_whose_cancellation_was_requested_is_awaited_and_no_leak() {
    var trace = new ArrayList<String>();
    VirtualTime.run(async(() -> {
      Task<Void> task = createTask(async(() -> {
        try {
          await(sleep(HOUR));
        } finally {
          await(sleep(Duration.ofSeconds(1)));
          trace.add("cleaned up");
        }
      }));
      await(VirtualTime.untilIdle());
      task.cancel();
    }));
    assertThat(trace).containsExactly("cleaned up");
  }

  @Test
  void a_task_that_swallowed_its_cancellation_and_goes_on_is_a_leak() {
    failure(() -> {
          Task<Void> deaf = createTask(
              async(() -> {
                try {
                  await(sleep(HOUR));
                } catch (CancellationException e) {
                  await(sleep(HOUR));
                }
              }),
              "deaf");
          await(VirtualTime.untilIdle());
          deaf.cancel();
        })
        .message()
        .matches(
            "the test leaves behind:\n  Task\\[name=deaf, suspended on sleep\\(PT1H\\), 1 cancel request\\]"
                + " was cancelled, but has not ended PT5S later \\(created at LimitsTest.java:\\d+\\)");
  }

  @Test
  void a_coroutine_never_awaited_fails_the_run_with_the_place_where_it_was_made() {
    failure(() -> {
          Coroutine<Void> unused = sleep(HOUR);
        })
        .message()
        .matches("the test leaves behind:\n  coroutine 'sleep\\(PT1H\\)' was never awaited"
            + " \\(created at LimitsTest.java:\\d+\\)");
  }

  @Test
  void a_failure_that_nobody_saw_fails_the_run_with_the_place_where_its_task_was_made() {
    var boom = new IllegalStateException("boom");
    failure(() -> {
          Task<Void> failing = createTask(
              async(() -> {
                throw boom;
              }),
              "failing");
          await(VirtualTime.untilIdle());
          assertThat(failing.isDone()).isTrue();
        })
        .satisfies(failure -> assertThat(failure.getMessage())
            .matches("the test leaves behind:\n  exception of task failing was never retrieved:"
                + " java.lang.IllegalStateException: boom \\(created at LimitsTest.java:\\d+\\)"))
        .hasSuppressedException(boom);
  }

  @Test
  void what_a_callback_throws_fails_the_run() {
    failure(() -> {
          EventLoop.current().execute(() -> {
            throw new IllegalStateException("boom");
          });
          await(VirtualTime.untilIdle());
        })
        .hasMessageContaining("java.lang.IllegalStateException: boom");
  }

  @Test
  void a_main_that_fails_is_not_blamed_for_what_it_could_not_end() {
    var first = new IllegalStateException("first");
    assertThatThrownBy(() -> VirtualTime.run(async(() -> {
          createTask(sleep(HOUR));
          throw first;
        })))
        .isSameAs(first)
        .hasNoSuppressedExceptions();
  }

  @Test
  void a_failure_that_nobody_saw_is_added_to_that_of_main() {
    var unseen = new IllegalStateException("unseen");
    assertThatThrownBy(() -> VirtualTime.run(async(() -> {
          createTask(async(() -> {
            throw unseen;
          }));
          await(VirtualTime.untilIdle());
          throw new IllegalStateException("main");
        })))
        .hasMessage("main")
        .hasSuppressedException(unseen);
  }

  @Test
  void all_leaks_are_told_in_one_order() {
    failure(() -> {
          createTask(sleep(HOUR), "b");
          createTask(sleep(HOUR), "a");
          Coroutine<Void> unused = sleep(HOUR);
        })
        .satisfies(failure -> assertThat(
                failure.getMessage().lines().map(line -> line.substring(0, 15)))
            .isEqualTo(List.of(
                "the test leaves", "  Task[name=a, ", "  Task[name=b, ", "  coroutine 'sl")));
  }

  @Test
  void reports_may_go_to_a_handler_and_then_fail_nothing_while_tasks_do() {
    var reports = new ArrayList<String>();
    var options = VirtualTime.options().exceptionHandler(context -> reports.add(context.message()));
    options.run(async(() -> {
      Coroutine<Void> unused = sleep(HOUR);
    }));
    assertThat(reports).containsExactly("coroutine 'sleep(PT1H)' was never awaited");
    failure(options, () -> createTask(sleep(HOUR)));
    assertThatThrownBy(() -> VirtualTime.options().exceptionHandler(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("handler must not be null");
  }

  @Test
  void leaks_may_be_allowed() {
    VirtualTime.options().allowLeaks().run(async(() -> {
      createTask(sleep(HOUR));
      Coroutine<Void> unused = sleep(HOUR);
    }));
    assertThatThrownBy(
            () -> VirtualTime.options().allowLeaks().run(async(() -> await(new AsyncFuture<>()))))
        .hasMessageStartingWith("every task waits");
  }
}
