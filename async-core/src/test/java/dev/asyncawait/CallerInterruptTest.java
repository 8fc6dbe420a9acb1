package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An interrupt of the thread that called run cancels main while there is one, and is never lost to the caller. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CallerInterruptTest {

  private final List<String> trace = new ArrayList<>();

  private static void assertInterrupted() {
    assertThat(Thread.interrupted()).as("the interrupt is the caller's to keep").isTrue();
  }

  @Test
  void before_run_it_cancels_main_when_that_first_suspends() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> Async.run(async(() -> {
          trace.add("began");
          await(sleep(ZERO));
          trace.add("went on");
        })))
        .isInstanceOf(CancellationException.class)
        .hasMessage("interrupted");
    assertInterrupted();
    assertThat(trace).containsExactly("began");
  }

  @Test
  void while_main_runs_it_strikes_at_the_next_suspension() {
    assertThatThrownBy(() -> Async.run(async(() -> {
          Thread.currentThread().interrupt();
          trace.add("runs on");
          await(AsyncFuture.completedFuture(1));
          trace.add("what is done does not suspend");
          await(new AsyncFuture<>());
        })))
        .isInstanceOf(CancellationException.class)
        .hasMessage("interrupted");
    assertInterrupted();
    assertThat(trace).containsExactly("runs on", "what is done does not suspend");
  }

  @Test
  void main_may_swallow_it_and_has_its_result_returned() {
    Thread caller = Thread.currentThread();
    String result = Async.run(async(() -> {
      Task<?> main = currentTask();
      createTask(toThread(caller::interrupt));
      assertThatThrownBy(() -> await(new AsyncFuture<>())).hasMessage("interrupted");
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
      await(sleep(ofMillis(1)));
      return "swallowed " + main.cancelling();
    }));
    assertInterrupted();
    assertThat(result).isEqualTo("swallowed 1");
  }

  @Test
  void too_late_for_main_it_changes_no_result() {
    assertThat(Async.run(async(() -> {
          Thread.currentThread().interrupt();
          return "result";
        })))
        .isEqualTo("result");
    assertInterrupted();
  }

  @Test
  void a_dependent_stage_of_main_may_be_what_it_hits() {
    assertThat(Async.run(async(() -> {
          currentTask().thenRun(() -> Thread.currentThread().interrupt());
          return "result";
        })))
        .isEqualTo("result");
    assertInterrupted();
  }

  @Test
  void between_two_mains_it_stays_where_it_is_until_the_second_suspends() {
    try (var runner = new Runner()) {
      runner.run(sleep(ZERO));
      Thread.currentThread().interrupt();
      assertThat(runner.run(async(() -> "needs no suspension"))).isEqualTo("needs no suspension");
      assertThatThrownBy(() -> runner.run(sleep(ofMillis(1))))
          .isInstanceOf(CancellationException.class);
    }
    assertInterrupted();
  }

  @Test
  void while_the_loop_closes_it_cancels_nothing_once_more() {
    Thread caller = Thread.currentThread();
    var cleanup = new AtomicReference<Task<?>>();
    String result = Async.run(async(() -> {
      cleanup.set(createTask(async(() -> {
        try {
          await(new AsyncFuture<>());
        } finally {
          await(toThread(caller::interrupt));
          await(sleep(ofMillis(1)));
          trace.add("cleaned up");
        }
      })));
      await(sleep(ZERO));
      return "result";
    }));
    assertInterrupted();
    assertThat(result).isEqualTo("result");
    assertThat(trace).containsExactly("cleaned up");
    assertThat(cleanup.get().cancelling()).isEqualTo(1);
  }

  // ---- the second one

  /** Ends neither for a cancellation nor for an interrupt, only when its loop is closed. */
  private static void awaitWhateverComes() {
    while (true) {
      try {
        await(new AsyncFuture<>());
      } catch (Exception e) {
        // goes on
      }
    }
  }

  private static void assertAbandoned(Runner runner, Coroutine<?> main, String... names) {
    assertThatThrownBy(() -> {
          try (runner) {
            runner.run(main);
          }
        })
        .isExactlyInstanceOf(AbandonedTasksException.class)
        .hasMessage(
            "still alive when the thread that runs loop test was interrupted for the second "
                + "time: " + String.join(", ", names) + "; let CancellationException end a task")
        .hasNoSuppressedExceptions();
    assertInterrupted();
    assertThat(runner).hasToString("Runner[closed, EventLoop[test, closed]]");
  }

  /** By a thread of the loop other than the caller's, which is parked; so the next one is another. */
  @SuppressWarnings("ThreadPriorityCheck") // others may need the carrier of this virtual thread
  private static void interrupt(Thread caller) {
    caller.interrupt();
    while (caller.isInterrupted() && caller.isAlive()) {
      Thread.yield();
    }
  }

  private void failWhenAbandoned(Thread caller, RuntimeException failure) {
    createTask(async(() -> interrupt(caller)));
    try {
      await(new AsyncFuture<>());
    } finally {
      createTask(async(() -> interrupt(caller)));
      awaitTheEnd(failure);
    }
  }

  private static void awaitTheEnd(RuntimeException failure) {
    try {
      await(new AsyncFuture<>());
    } catch (LoopClosedError closed) {
      throw failure;
    }
  }

  @Test
  void a_second_one_shows_what_main_throws_because_of_it() {
    Thread caller = Thread.currentThread();
    var failure = new IllegalStateException("cleanup failed");
    try (var log = new CapturedLog()) {
      assertThatThrownBy(() -> Async.run(async(() -> failWhenAbandoned(caller, failure))))
          .isExactlyInstanceOf(AbandonedTasksException.class)
          .satisfies(e -> assertThat(e.getSuppressed()).containsExactly(failure));
      assertThat(log.exceptions()).doesNotContain(failure);
    }
    assertInterrupted();
  }

  @Test
  void a_second_one_has_what_main_throws_reported_if_the_two_would_form_a_ring() {
    Thread caller = Thread.currentThread();
    var failure = new IllegalStateException("cleanup failed");
    try (var log = new CapturedLog()) {
      assertThatThrownBy(() -> Async.run(async(() -> {
            try {
              failWhenAbandoned(caller, failure);
            } catch (IllegalStateException e) {
              var why = catchThrowable(() -> await(sleep(ZERO)));
              assertThat(why).isInstanceOf(LoopClosedError.class);
              failure.initCause(why);
              throw e;
            }
          })))
          .isExactlyInstanceOf(AbandonedTasksException.class)
          .hasNoSuppressedExceptions();
      assertThat(log.exceptions()).contains(failure);
    }
    assertInterrupted();
  }

  @Test
  void a_second_one_has_what_other_tasks_throw_because_of_it_reported() {
    Thread caller = Thread.currentThread();
    var failure = new IllegalStateException("cleanup failed");
    var reports = new LinkedBlockingQueue<ExceptionContext>();
    try (var log = new CapturedLog()) {
      assertThatThrownBy(() -> {
            try (var runner = Runner.builder().exceptionHandler(reports::add).build()) {
              runner.run(async(() -> {
                createTask(async(() -> awaitTheEnd(failure)), "late");
                createTask(async(() -> {
                  interrupt(caller);
                  interrupt(caller);
                }));
                awaitWhateverComes();
              }));
            }
          })
          .isExactlyInstanceOf(AbandonedTasksException.class);
      assertThat(log.errors()).isNotEmpty();
    }
    assertInterrupted();
    ExceptionContext report = takeWithin(reports);
    assertThat(report.message()).isEqualTo("exception in task late, whose loop was abandoned");
    assertThat(report.exception()).isSameAs(failure);
  }

  private static ExceptionContext takeWithin(LinkedBlockingQueue<ExceptionContext> reports) {
    try {
      return Objects.requireNonNull(reports.poll(10, SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  @Tag("threads")
  void a_second_one_ends_a_main_that_unwinds_too_slowly() {
    Thread caller = Thread.currentThread();
    var drivers = new TrackedThreads();
    var runner = Runner.builder().name("test").driverThreads(drivers).build();
    try (var log = new CapturedLog()) {
      assertAbandoned(
          runner,
          async(() -> {
            currentTask().setName("main");
            var unwinds = new AsyncFuture<Integer>();
            createTask(
                async(() -> {
                  await(unwinds);
                  interrupt(caller);
                  awaitWhateverComes();
                }),
                "immortal");
            createTask(async(() -> interrupt(caller)));
            try {
              await(new AsyncFuture<>());
            } finally {
              trace.add("unwinds");
              unwinds.complete(1);
              try {
                await(sleep(ofHours(1)));
              } catch (LoopClosedError e) {
                trace.add("was closed");
              }
            }
          }),
          "main",
          "immortal");
      assertThat(log.warnings())
          .hasSize(2)
          .first()
          .asString()
          .startsWith("Task[name=main, suspended on sleep(PT1H), 1 cancel request] is still alive");
    }
    assertThat(trace).containsExactly("unwinds", "was closed");
    assertThatNoDriverIsLeft(drivers);
  }

  private static void assertThatNoDriverIsLeft(TrackedThreads drivers) {
    try {
      drivers.awaitEnd();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void a_second_one_also_ends_a_main_that_swallowed_the_first_and_runs_on() {
    var runner = Runner.builder().name("test").build();
    try (var log = new CapturedLog()) {
      assertAbandoned(
          runner,
          async(() -> {
            currentTask().setName("main");
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> await(sleep(ofHours(1)))).hasMessage("interrupted");
            Thread.currentThread().interrupt();
            trace.add("awaits");
            await(sleep(ofHours(1)));
            trace.add("went on");
          }),
          "main");
      assertThat(log.warnings()).hasSize(1);
    }
    assertThat(trace).containsExactly("awaits");
  }

  @Test
  void while_the_loop_closes_the_second_one_ends_that() {
    Thread caller = Thread.currentThread();
    var runner = Runner.builder().name("test").build();
    try (var log = new CapturedLog()) {
      assertAbandoned(
          runner,
          async(() -> {
            createTask(
                async(() -> {
                  try {
                    await(new AsyncFuture<>());
                  } finally {
                    interrupt(caller);
                    await(sleep(ofMillis(1)));
                    trace.add("one is kept");
                    interrupt(caller);
                    awaitWhateverComes();
                  }
                }),
                "immortal");
            await(sleep(ZERO));
          }),
          "immortal");
      assertThat(log.warnings()).hasSize(1);
    }
    assertThat(trace).containsExactly("one is kept");
  }

  @Test
  void one_that_main_had_counts_when_the_loop_closes() {
    Thread caller = Thread.currentThread();
    var runner = Runner.builder().name("test").build();
    try (var log = new CapturedLog()) {
      assertThatThrownBy(() -> {
            try (runner) {
              runner.run(async(() -> {
                createTask(
                    async(() -> {
                      try {
                        await(new AsyncFuture<>());
                      } finally {
                        trace.add("closing");
                        interrupt(caller);
                        awaitWhateverComes();
                      }
                    }),
                    "immortal");
                createTask(async(() -> interrupt(caller)));
                await(sleep(ofHours(1)));
              }));
            }
          })
          .isExactlyInstanceOf(CancellationException.class)
          .satisfies(e -> assertThat(e.getSuppressed())
              .singleElement()
              .isInstanceOfSatisfying(
                  AbandonedTasksException.class,
                  abandoned -> assertThat(abandoned.names()).containsExactly("immortal")));
      assertThat(log.warnings()).hasSize(1);
    }
    assertInterrupted();
    assertThat(trace).containsExactly("closing");
  }

  /** The flag that main left set must not hide it. */
  @Test
  void one_that_comes_as_soon_as_the_loop_closes_is_the_second() {
    Thread caller = Thread.currentThread();
    var runner = Runner.builder().closingLimit(Duration.ofSeconds(1)).build();
    try (var log = new CapturedLog()) {
      assertThatThrownBy(() -> {
            try (runner) {
              runner.run(async(() -> {
                var awaited = new AsyncFuture<Integer>();
                createTask(async(() -> {
                  try {
                    await(awaited);
                  } finally {
                    awaitWhateverComes();
                  }
                }));
                // closing cancels it, on the caller's thread
                var unused =
                    awaited.whenComplete((v, e) -> Thread.currentThread().interrupt());
                createTask(async(() -> interrupt(caller)));
                await(sleep(ofHours(1)));
              }));
            }
          })
          .isExactlyInstanceOf(CancellationException.class)
          .satisfies(
              e -> assertThat(e.getSuppressed()[0]).hasMessageContaining("for the second time"));
      assertThat(log.warnings()).isNotEmpty();
    }
    assertInterrupted();
  }

  @Test
  void each_run_counts_from_one() {
    try (var runner = new Runner()) {
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> runner.run(async(() -> {
              Thread.currentThread().interrupt();
              await(sleep(ofHours(1)));
            })))
            .isInstanceOf(CancellationException.class);
        assertInterrupted();
      }
    }
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void a_call_that_is_left_when_the_second_one_comes_is_named() {
    Thread caller = Thread.currentThread();
    var begun = new AsyncFuture<String>();
    var release = new CompletableFuture<Void>();
    try (var log = new CapturedLog()) {
      assertThatThrownBy(() -> Async.run(async(() -> {
            createTask(
                toThread(() -> {
                  begun.complete(Thread.currentThread().getName());
                  try {
                    new CountDownLatch(1).await();
                  } catch (InterruptedException e) {
                    interrupt(caller);
                    interrupt(caller);
                    release.join();
                  }
                }),
                "reader");
            await(begun);
          })))
          .isExactlyInstanceOf(AbandonedTasksException.class)
          .satisfies(e -> assertThat(((AbandonedTasksException) e).names())
              .last()
              .isEqualTo("toThread call of reader on thread " + begun.join()));
      assertThat(log.errors()).hasSize(1);
    } finally {
      release.complete(null);
    }
    assertInterrupted();
  }

  @Test
  void while_run_waits_for_the_last_driver_it_is_kept_too() throws Exception {
    Thread caller = Thread.currentThread();
    var delivered = new AtomicBoolean();
    var drivers = new TrackedThreads() {
      @Override
      public Thread newThread(Runnable work) {
        return track(new Thread(work, "driver") {
          private int settings;

          /** The second time is when the driver gives it back, which it does as it ends. */
          @Override
          public void setContextClassLoader(ClassLoader loader) {
            super.setContextClassLoader(loader);
            if (++settings == 2) {
              caller.interrupt();
              while (caller.isInterrupted()) {
                Thread.onSpinWait();
              }
              delivered.set(true);
            }
          }
        });
      }
    };
    try (var runner = Runner.builder().driverThreads(drivers).build()) {
      runner.run(async(() -> await(createTask(async(() -> 1)))));
    }
    assertInterrupted();
    drivers.awaitEnd();
    assertThat(delivered).isTrue();
  }

  @Test
  void an_interrupt_that_finds_the_loop_idle_takes_the_baton() {
    var once = new AtomicBoolean(true);
    // The caller has let go and has not parked yet.
    var clock = new IdleHook(() -> {
      if (once.getAndSet(false)) {
        Thread.currentThread().interrupt();
      }
    });
    try (var runner = Runner.builder().clock(clock).build()) {
      assertThatThrownBy(() -> runner.run(async(() -> await(new AsyncFuture<Integer>()))))
          .isInstanceOf(CancellationException.class);
    }
    assertInterrupted();
  }

  @Test
  void cancel_true_of_main_is_no_interrupt_of_the_caller() {
    try (var runner = new Runner()) {
      assertThatThrownBy(() -> runner.run(async(() -> currentTask().cancel(true))))
          .isInstanceOf(CancellationException.class);
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
      assertThat(runner.<Integer>run(async(() -> {
            await(sleep(ofMillis(1)));
            return 2;
          })))
          .isEqualTo(2);
    }
  }

  // ---- the other threads of a loop

  /** The driver is interrupted before it parks, and does not get there until its next task has been granted to it. */
  @Test
  @Tag("threads")
  void an_idle_driver_takes_no_interrupt_into_its_next_task() {
    var interrupted = new AtomicBoolean();
    var waitsForNext = new AtomicBoolean();
    Thread caller = Thread.currentThread();
    var clock = new IdleHook(() -> {
      if (Thread.currentThread().getName().equals("driver") && !interrupted.getAndSet(true)) {
        Thread.currentThread().interrupt();
        while (!waitsForNext.get() || caller.getState() != Thread.State.WAITING) {
          Thread.onSpinWait();
        }
      }
    });
    var drivers = new TrackedThreads();
    try (var runner = Runner.builder().clock(clock).driverThreads(drivers).build()) {
      runner.run(async(() -> {
        await(createTask(async(() -> 1)));
        var go = new AsyncFuture<Integer>();
        createTask(async(() -> createTask(toThread(() -> {
          while (!interrupted.get()) {
            Thread.onSpinWait(); // until the driver has gone idle
          }
          go.complete(1);
        }))));
        await(go);
        Task<Boolean> next = createTask(async(() -> Thread.currentThread().isInterrupted()));
        waitsForNext.set(true);
        assertThat(await(next)).isFalse();
        assertThat(next.cancelling()).isZero();
      }));
    }
    assertThat(interrupted).isTrue();
    assertThat(drivers.count()).isEqualTo(1);
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void an_interrupt_of_the_thread_of_a_suspended_task_cancels_that_task_alone() {
    Async.run(async(() -> {
      var thread = new AsyncFuture<Thread>();
      Task<?> task = createTask(async(() -> {
        thread.complete(Thread.currentThread());
        await(new AsyncFuture<>());
      }));
      await(thread).interrupt();
      assertThatThrownBy(() -> await(task))
          .isInstanceOf(CancellationException.class)
          .hasMessage("interrupted");
      assertThat(currentTask().cancelling()).isZero();
    }));
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void what_a_callback_leaves_interrupted_hits_no_task() {
    Async.run(async(() -> {
      EventLoop.current().execute(() -> Thread.currentThread().interrupt());
      Task<Boolean> next = createTask(async(() -> Thread.currentThread().isInterrupted()));
      assertThat(await(next)).isFalse();
    }));
    assertThat(Thread.interrupted()).isFalse();
  }
}
