package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.waitFor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What reaches the exception handler, what does not, and what is warned about. */
class ExceptionHandlerTest {

  private static final Duration SECOND = Duration.ofSeconds(1);

  private final List<String> reports = new CopyOnWriteArrayList<>();
  private final List<Throwable> exceptions = new CopyOnWriteArrayList<>();
  private final List<Throwable> creations = new CopyOnWriteArrayList<>();

  private Runner.Builder settings() {
    return Runner.builder().exceptionHandler(context -> {
      reports.add(context.message());
      if (context.exception() != null) {
        exceptions.add(context.exception());
      }
      if (context.creation() != null) {
        creations.add(context.creation());
      }
    });
  }

  private void run(AsyncAction main) {
    TestClock.run(settings(), async(main));
  }

  private static Task<String> failing() {
    return createTask(
        async(() -> {
          throw new IllegalStateException("boom");
        }),
        "failing");
  }

  // ---- what nobody looked at

  @Test
  void a_failure_that_nobody_looked_at_is_reported_when_the_loop_closes() {
    run(() -> {
      Task<String> task = failing();
      await(sleep(SECOND));
      assertThat(task.isDone()).isTrue();
      assertThat(reports).isEmpty();
    });
    assertThat(reports).containsExactly("exception of task failing was never retrieved");
    assertThat(exceptions).singleElement().asString().contains("boom");
  }

  @Test
  void a_failure_whose_task_is_garbage_is_reported_while_the_loop_runs() {
    Async.run(async(() -> {
      try (var log = new CapturedLog()) {
        Task<String> task = failing();
        await(sleep(Duration.ofMillis(1)));
        assertThat(task.isDone()).isTrue();
        task = null;
        // What other tests have left lying may be reported meanwhile.
        String report = "exception of task failing was never retrieved (loop ";
        while (log.errors().stream().noneMatch(error -> error.startsWith(report))) {
          System.gc();
          await(sleep(Duration.ofMillis(5)));
        }
        assertThat(log.exceptions()).anyMatch(failure -> String.valueOf(failure).contains("boom"));
      }
    }));
  }

  @Test
  void the_failure_of_a_future_completed_by_hand_counts_too() {
    run(() -> {
      var future = new AsyncFuture<String>();
      future.completeExceptionally(new IllegalStateException("by hand"));
    });
    assertThat(reports).containsExactly("exception of a future was never retrieved");
  }

  private void looking(Consumer<Task<String>> look) {
    run(() -> {
      Task<String> task = failing();
      await(sleep(SECOND));
      look.accept(task);
    });
    assertThat(reports).isEmpty();
  }

  @Test
  void whoever_reads_a_failure_has_retrieved_it() {
    looking(task -> assertThatThrownBy(() -> await(task)).hasMessage("boom"));
    looking(task -> assertThatThrownBy(task::join).isInstanceOf(CompletionException.class));
    looking(task -> assertThatThrownBy(task::get).hasRootCauseMessage("boom"));
    looking(task -> assertThatThrownBy(() -> task.getNow("x")).hasRootCauseMessage("boom"));
    looking(task -> assertThat(task.exceptionNow()).hasMessage("boom"));
    looking(task -> assertThat(task.handle((value, error) -> error).join()).hasMessage("boom"));
    looking(task -> assertThatThrownBy(() -> await(gather(task))).hasMessage("boom"));
    looking(task -> assertThat(await(gatherOutcomes(task))).hasSize(1));
    looking(task -> assertThatThrownBy(() -> await(waitFor(task, SECOND))).hasMessage("boom"));
    looking(task -> assertThat(task.cancel()).isFalse());
  }

  @Test
  void whoever_waits_for_a_failure_when_it_comes_has_retrieved_it() {
    run(() -> {
      assertThatThrownBy(() -> await(failing())).hasMessage("boom");
      CompletableFuture<Void> dependent = failing().thenAccept(value -> {});
      CompletableFuture<Object> any = CompletableFuture.anyOf(failing());
      await(sleep(SECOND));
      assertThat(dependent).isCompletedExceptionally();
      assertThat(any).isCompletedExceptionally();
    });
    assertThat(reports).isEmpty();
  }

  @Test
  void looking_at_the_state_is_not_looking_at_the_failure() {
    run(() -> {
      Task<String> task = failing();
      await(sleep(SECOND));
      assertThat(task.isCompletedExceptionally()).isTrue();
      assertThat(task.isDone()).isTrue();
      assertThat(task.isCancelled()).isFalse();
      assertThat(task.toString()).contains("boom");
    });
    assertThat(reports).containsExactly("exception of task failing was never retrieved");
  }

  @Test
  void later_failures_of_a_gather_that_has_failed_count_as_retrieved() {
    run(() -> {
      AsyncFuture<List<Object>> both = gather(failing(), async(() -> {
        await(sleep(SECOND));
        throw new IllegalStateException("later");
      }));
      assertThatThrownBy(() -> await(both)).hasMessage("boom");
      await(sleep(Duration.ofSeconds(2)));
    });
    assertThat(reports).isEmpty();
  }

  @Test
  void a_cancelled_task_is_no_failure() {
    run(() -> {
      Task<Void> task = createTask(sleep(SECOND));
      await(sleep(Duration.ZERO));
      task.cancel();
    });
    assertThat(reports).isEmpty();
  }

  @Test
  void a_leftover_that_fails_while_the_loop_closes_is_reported_once() {
    run(() -> {
      Task<Void> left = createTask(
          async(() -> {
            try {
              await(sleep(SECOND));
            } finally {
              throwBoom();
            }
          }),
          "left");
      await(sleep(Duration.ZERO));
      assertThat(left.isDone()).isFalse();
    });
    assertThat(reports)
        .singleElement()
        .asString()
        .startsWith("unhandled exception while closing, in Task[name=left, ");
  }

  private static void throwBoom() {
    throw new IllegalStateException("boom");
  }

  @Test
  void the_failure_of_a_task_that_is_created_while_the_loop_closes_is_reported() {
    try (var log = new CapturedLog()) {
      TestClock.run(async(() -> {
        createTask(async(() -> {
          try {
            await(sleep(Duration.ofHours(1)));
          } finally {
            createTask(async(() -> {
              throw new IllegalStateException("in cleanup");
            }));
          }
        }));
        await(sleep(Duration.ZERO));
      }));
      assertThat(log.errors()).hasSize(1);
    }
  }

  @Test
  void the_failure_of_a_loop_of_its_own_can_be_looked_at_after_that_has_closed() {
    try (var log = new CapturedLog()) {
      Task<Object> task = Async.start(async(() -> {
        throw new IllegalStateException("boom");
      }));
      await()
          .atMost(Duration.ofMinutes(5))
          .until(() -> task.toString().contains("failed") && task.loop.isClosed());
      assertThatThrownBy(task::join).hasRootCauseMessage("boom");
      assertThat(log.errors()).isEmpty();
    }
  }

  // ---- callbacks and errors

  @Test
  void a_callback_that_throws_is_reported_and_the_others_run() {
    run(() -> {
      EventLoop.current().execute(() -> {
        throw new IllegalStateException("first");
      });
      var ran = new AsyncFuture<String>();
      EventLoop.current().execute(() -> ran.complete("second"));
      assertThat(await(ran)).isEqualTo("second");
    });
    assertThat(reports).singleElement().asString().startsWith("exception in callback ");
    assertThat(exceptions).singleElement().asString().contains("first");
  }

  @Test
  void an_error_of_the_machine_is_reported_even_if_somebody_awaits_it() {
    run(() -> {
      Task<Void> task = createTask(
          async(() -> {
            throw new OutOfMemoryError("pretended");
          }),
          "hungry");
      assertThatThrownBy(() -> await(task)).isInstanceOf(OutOfMemoryError.class);
    });
    assertThat(reports).singleElement().asString().startsWith("fatal error in Task[name=hungry, ");
  }

  @Test
  void a_handler_that_throws_is_logged_with_what_it_was_told() {
    try (var log = new CapturedLog()) {
      Runner.Builder broken = Runner.builder().exceptionHandler(context -> {
        throw new IllegalArgumentException("broken handler");
      });
      TestClock.run(broken, async(() -> {
        Task<String> task = failing();
        await(sleep(SECOND));
        assertThat(task.isDone()).isTrue();
      }));
      assertThat(log.errors()).hasSize(2);
      assertThat(log.errors().get(0)).startsWith("the exception handler ").endsWith(" failed");
      assertThat(log.errors().get(1)).startsWith("exception of task failing was never retrieved");
      assertThat(log.exceptions())
          .extracting(Throwable::getMessage)
          .containsExactly("broken handler", "boom");
    }
  }

  @Test
  void the_handler_runs_on_the_loop_and_may_not_await() {
    Runner.Builder curious = Runner.builder().exceptionHandler(context -> {
      assertThat(context.loop()).isSameAs(EventLoop.current());
      assertThat(Task.currentOrNull()).isNull();
      assertThatThrownBy(() -> await(sleep(SECOND))).isInstanceOf(IllegalStateException.class);
      reports.add(context.message());
    });
    TestClock.run(curious, async(() -> {
      EventLoop.current().execute(ExceptionHandlerTest::throwBoom);
      await(sleep(SECOND));
    }));
    assertThat(reports).hasSize(1);
  }

  // ---- coroutines never awaited

  private Coroutine<Void> forgotten() {
    return async(() -> {});
  }

  @Test
  void in_debug_mode_a_coroutine_never_awaited_is_reported_with_the_place_it_was_made() {
    TestClock.run(settings().debug(true), async(() -> {
      Coroutine<Void> unused = forgotten();
      Coroutine<Void> dropped = forgotten();
      dropped.drop();
      await(forgotten());
      await(createTask(forgotten()));
    }));
    assertThat(reports)
        .containsExactly(
            "coroutine 'async body in dev.asyncawait.ExceptionHandlerTest' was never awaited");
    assertThat(exceptions).isEmpty();
    assertThat(creations).singleElement().satisfies(madeIn("forgotten"));
  }

  private static Consumer<Throwable> madeIn(String method) {
    return creation -> assertThat(creation.getStackTrace())
        .anyMatch(frame -> frame.getMethodName().equals(method));
  }

  @Test
  void in_debug_mode_a_failure_never_retrieved_is_reported_with_the_place_its_task_was_made() {
    TestClock.run(settings().debug(true), async(() -> {
      assertThat(failing().creation()).satisfies(madeIn("failing"));
      assertThat(new AsyncFuture<>().creation()).isNotNull();
      await(sleep(SECOND));
    }));
    assertThat(reports).containsExactly("exception of task failing was never retrieved");
    assertThat(creations).singleElement().satisfies(madeIn("failing"));
  }

  @Test
  void in_debug_mode_the_block_of_a_timeout_or_cleanup_is_reported_once_and_not_if_it_is_dropped() {
    TestClock.run(settings().debug(true), async(() -> {
      Coroutine<Void> unused = Async.timeout(SECOND).run(() -> {});
      Async.timeout(SECOND).run(() -> {}).drop();
      Async.cleanup(SECOND, () -> {}).drop();
    }));
    assertThat(reports).singleElement().asString().startsWith("coroutine 'Timeout[");
  }

  @Test
  void without_debug_mode_it_is_not() {
    run(() -> {
      Coroutine<Void> unused = forgotten();
      assertThat(createTask(forgotten()).creation()).isNull();
    });
    assertThat(reports).isEmpty();
  }

  // ---- cancellations that were swallowed

  private static List<String> warningsOf(AsyncAction body) {
    try (var log = new CapturedLog()) {
      TestClock.run(async(() -> {
        Task<Void> task = createTask(async(body), "deaf");
        await(sleep(Duration.ZERO));
        task.cancel("stop");
        assertThat(await(gatherOutcomes(task))).hasSize(1);
      }));
      return log.warnings();
    }
  }

  private static void deafSleep() {
    try {
      await(sleep(SECOND));
    } catch (CancellationException e) {
      // the mistake
    }
  }

  @Test
  void a_body_that_swallows_a_cancellation_and_ends_is_warned_about() {
    assertThat(warningsOf(ExceptionHandlerTest::deafSleep))
        .singleElement()
        .isEqualTo("Task[name=deaf, running, 1 cancel request] was cancelled, but async body in "
            + "dev.asyncawait.ExceptionHandlerTest swallowed the CancellationException; "
            + "rethrow it, or call uncancel()");
  }

  @Test
  void a_coroutine_that_swallows_it_is_warned_about_when_it_returns_to_its_caller() {
    assertThat(warningsOf(() -> {
          await(async(ExceptionHandlerTest::deafSleep));
          await(sleep(SECOND));
        }))
        .singleElement()
        .asString()
        .startsWith("Task[name=deaf, running, 1 cancel request] was cancelled");
  }

  @Test
  void who_calls_uncancel_or_throws_has_dealt_with_it() {
    assertThat(warningsOf(() -> {
          deafSleep();
          currentTask().uncancel();
        }))
        .isEmpty();
    assertThat(warningsOf(() -> {
          try {
            await(sleep(SECOND));
          } finally {
            await(sleep(SECOND));
          }
        }))
        .isEmpty();
    assertThat(warningsOf(() -> {
          try {
            await(sleep(SECOND));
          } catch (CancellationException e) {
            throw new IllegalStateException("instead", e);
          }
        }))
        .isEmpty();
  }

  @Test
  void a_timeout_and_somebody_elses_cancellation_are_no_requests_of_the_tasks_own() {
    assertThat(warningsOf(() -> {
          Task<Void> other = createTask(sleep(SECOND));
          await(sleep(Duration.ZERO));
          currentTask().uncancel();
          other.cancel();
          try {
            await(other);
          } catch (CancellationException e) {
            // it was not this task that was cancelled
          }
        }))
        .isEmpty();
  }
}
