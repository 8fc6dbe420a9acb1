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
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.spi.ReadyOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The life of a loop: several mains, callbacks and timers of its own, and its bounded end. */
@SuppressWarnings("FutureReturnValueIgnored") // of tasks that are left over on purpose
class RunnerTest {

  private final List<String> trace = new ArrayList<>();

  private static Runner.Builder virtual() {
    return Runner.builder().name("test").clock(new TestClock());
  }

  // ---- several mains

  @Test
  void several_mains_share_one_loop_and_leftovers_go_on_while_one_runs() {
    try (var runner = virtual().build()) {
      EventLoop loop = runner.run(async(() -> {
        createTask(async(() -> {
          for (int i = 1; ; i++) {
            await(sleep(ofHours(1)));
            trace.add("leftover " + i);
          }
        }));
        await(sleep(ofMinutes(90)));
        return EventLoop.current();
      }));
      trace.add("paused");
      assertThat(runner.loop()).isSameAs(loop);
      runner.run(async(() -> {
        trace.add("second main");
        await(sleep(ofHours(1)));
      }));
    }
    assertThat(trace).containsExactly("leftover 1", "paused", "second main", "leftover 2");
  }

  @Test
  void what_came_in_between_two_mains_runs_before_the_second() {
    try (Runner runner = Runner.builder().clock(new TestClock()).build()) {
      runner.loop().execute(() -> trace.add("callback"));
      runner.run(async(() -> trace.add("main")));
    }
    assertThat(trace).containsExactly("callback", "main");
  }

  @Test
  void a_main_that_fails_leaves_the_runner_usable() {
    var failure = new IllegalStateException("broken");
    try (var runner = virtual().build()) {
      assertThatThrownBy(() -> runner.run(async(() -> {
            throw failure;
          })))
          .isSameAs(failure);
      assertThat(runner.run(async(() -> "fine"))).isEqualTo("fine");
    }
  }

  @Test
  void an_interrupt_of_the_caller_cancels_main_and_the_flag_is_set_again() {
    try (var runner = new Runner()) {
      Thread caller = Thread.currentThread();
      assertThatThrownBy(() -> runner.run(async(() -> {
            createTask(toThread(caller::interrupt));
            await(sleep(ofHours(1)));
          })))
          .isInstanceOf(CancellationException.class)
          .hasMessage("interrupted");
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void runners_loops_and_their_tasks_say_what_they_are() {
    var runner = virtual().build();
    trace.add(runner.toString());
    runner.run(async(() -> {
      trace.add(runner.toString());
      createTask(sleep(ofHours(1)));
      trace.add(EventLoop.current().toString());
      trace.add(EventLoop.current().name());
    }));
    trace.add(runner.toString());
    runner.close();
    trace.add(runner.toString());

    assertThat(trace)
        .containsExactly(
            "Runner[ready, no loop yet]",
            "Runner[running, EventLoop[test, 1 task]]",
            "EventLoop[test, 2 tasks]",
            "test",
            "Runner[ready, EventLoop[test, 1 task]]",
            "Runner[closed, EventLoop[test, closed]]");
  }

  // ---- settings

  @Test
  void drivers_come_from_the_factory_given() {
    Set<Thread> made = ConcurrentHashMap.newKeySet();
    try (var runner = Runner.builder()
        .driverThreads(work -> {
          var thread = new Thread(work, "mine");
          made.add(thread);
          return thread;
        })
        .build()) {
      Thread driver = runner.run(async(() -> await(createTask(async(Thread::currentThread)))));
      assertThat(made).contains(driver);
    }
    Awaitility.await()
        .atMost(Duration.ofMinutes(5))
        .untilAsserted(() -> assertThat(made).noneMatch(Thread::isAlive));
  }

  @Test
  void timers_can_be_kept_by_an_executor_of_the_users() {
    var executor = new ScheduledThreadPoolExecutor(1);
    try (var runner = Runner.builder().timers(executor).build()) {
      runner.run(sleep(ofMillis(1)));
      assertThat(executor.getTaskCount()).isPositive();
    } finally {
      assertThat(executor.shutdownNow()).isEmpty();
    }
  }

  @Test
  void a_ready_order_decides_what_runs_next_and_sees_null_for_a_callback() {
    var seen = new ArrayList<List<String>>();
    ReadyOrder newestFirst = ready -> {
      seen.add(
          ready.stream().map(task -> task == null ? "null" : task.getName()).toList());
      return ready.size() - 1;
    };
    TestClock.run(virtual().scheduling(newestFirst), async(() -> {
      for (String name : List.of("a", "b")) {
        createTask(async(() -> trace.add(name)), name);
      }
      EventLoop.current().execute(() -> trace.add("callback"));
      await(sleep(ofHours(1)));
    }));

    assertThat(trace).containsExactly("callback", "b", "a");
    assertThat(seen).containsExactly(List.of("a", "b", "null"), List.of("a", "b"));
  }

  // ---- callbacks and timers of a loop

  @Test
  void callbacks_run_later_in_order_with_no_current_task_and_their_errors_are_logged() {
    try (var log = new CapturedLog()) {
      TestClock.run(async(() -> {
        EventLoop loop = EventLoop.current();
        loop.execute(() -> trace.add("1 " + Task.currentOrNull()));
        loop.execute(() -> {
          throw new IllegalStateException("bad callback");
        });
        loop.execute(() -> trace.add("3"));
        trace.add("main");
        await(sleep(ZERO));
      }));
      assertThat(log.exceptions())
          .extracting(Throwable::getMessage)
          .containsExactly("bad callback");
    }
    assertThat(trace).containsExactly("main", "1 null", "3");
  }

  @Test
  void a_timer_tells_when_it_is_due_and_runs_unless_it_is_cancelled() {
    TestClock.run(async(() -> {
      EventLoop loop = EventLoop.current();
      await(sleep(ofHours(1)));
      TimerHandle kept = loop.schedule(ofHours(2), () -> trace.add("kept " + loop.time()));
      TimerHandle dropped = loop.schedule(ofHours(1), () -> trace.add("dropped"));
      loop.schedule(ofHours(-1), () -> trace.add("overdue " + loop.time()));
      assertThat(kept.when()).isEqualTo(ofHours(3));
      dropped.cancel();
      assertThat(dropped.isCancelled()).isTrue();
      await(sleep(ofHours(3)));
      kept.cancel();
      assertThat(kept.isCancelled()).isFalse();
    }));
    assertThat(trace).containsExactly("overdue PT1H", "kept PT3H");
  }

  @Test
  void a_delay_before_the_beginning_of_time_is_due_now() {
    TestClock.run(async(() -> {
      EventLoop.current().schedule(ofSeconds(Long.MIN_VALUE), () -> trace.add("due"));
      await(sleep(ZERO));
    }));
    assertThat(trace).containsExactly("due");
  }

  @Test
  void a_timer_that_is_due_can_still_be_cancelled_by_the_one_before_it() {
    TestClock.run(async(() -> {
      EventLoop loop = EventLoop.current();
      var second = new ArrayList<TimerHandle>();
      loop.schedule(ofHours(1), () -> second.get(0).cancel());
      second.add(loop.schedule(ofHours(1), () -> trace.add("second")));
      await(sleep(ofHours(2)));
      assertThat(second.get(0).isCancelled()).isTrue();
    }));
    assertThat(trace).isEmpty();
  }

  @Test
  void other_threads_may_submit_and_schedule() { // T74
    Async.run(async(() -> {
      EventLoop loop = EventLoop.current();
      var fired = new AsyncFuture<String>();
      Task<String> submitted = await(toThread(() -> {
        loop.schedule(ofMillis(1), () -> fired.complete("fired"));
        return loop.submit(async(() -> "submitted"));
      }));
      assertThat(await(submitted)).isEqualTo("submitted");
      assertThat(await(fired)).isEqualTo("fired");

      Task<Void> remote = await(toThread(() -> {
        Task<Void> task = loop.submit(sleep(ofHours(1)));
        task.cancel("from afar");
        return task;
      }));
      assertThatThrownBy(() -> await(remote)).hasMessage("from afar");
    }));
  }

  // ---- the end

  @Test
  void leftovers_are_cancelled_together_and_their_cleanup_awaited() {
    var clock = new TestClock();
    try (var runner = Runner.builder().clock(clock).build()) {
      runner.run(async(() -> {
        for (String name : List.of("a", "b")) {
          createTask(async(() -> {
            try {
              await(sleep(ofHours(1)));
            } catch (CancellationException e) {
              trace.add(name + " " + e.getMessage());
              await(sleep(Duration.ofSeconds(1)));
              trace.add(name + " cleaned up");
            }
          }));
        }
        await(sleep(ZERO));
        trace.add("main ends");
      }));
    }
    assertThat(trace)
        .containsExactly("main ends", "a closing", "b closing", "a cleaned up", "b cleaned up");
    assertThat(clock.time()).isEqualTo(Duration.ofSeconds(1));
    assertThat(clock.alarms()).isZero();
  }

  @Test
  void leftovers_are_named_in_one_line_that_has_an_end() {
    try (var log = new CapturedLog()) {
      TestClock.run(virtual(), async(() -> {
        createTask(sleep(ofHours(1)), "a");
        createTask(sleep(ofHours(1)), "b");
      }));
      TestClock.run(virtual(), async(() -> {
        for (int i = 1; i <= 1000; i++) {
          createTask(sleep(ofHours(1)), "t" + i);
        }
      }));
      TestClock.run(virtual(), sleep(ZERO));
      assertThat(log.infos())
          .containsExactly(
              "loop test closes, and cancels what is left over: a, b",
              "loop test closes, and cancels what is left over: "
                  + "t1, t2, t3, t4, t5, t6, t7, t8, t9, t10 and 990 more");
      assertThat(log.warnings()).isEmpty();
      assertThat(log.errors()).isEmpty();
    }
  }

  @Test
  void failures_of_leftovers_are_logged_and_mains_result_is_returned() { // T64
    var failure = new IllegalStateException("cleanup broke");
    try (var log = new CapturedLog()) {
      String result = TestClock.run(virtual(), async(() -> {
        createTask(
            async(() -> {
              try {
                await(sleep(ofHours(1)));
              } finally {
                throwIt(failure);
              }
            }),
            "leftover");
        await(sleep(ZERO));
        return "main's";
      }));
      assertThat(result).isEqualTo("main's");
      assertThat(log.errors())
          .containsExactly("unhandled exception while closing, in Task[name=leftover, failed: "
              + "java.lang.IllegalStateException: cleanup broke, 1 cancel request] (loop test)");
      assertThat(log.exceptions()).containsExactly(failure);
    }
  }

  private static void throwIt(RuntimeException failure) {
    throw failure;
  }

  @Test
  @SuppressWarnings({"InfiniteLoopStatement", "EmptyCatch"})
  void a_task_that_swallows_every_cancellation_does_not_keep_run_for_ever() {
    var clock = new TestClock();
    var ended = new CompletableFuture<Throwable>();
    try (var log = new CapturedLog()) {
      assertThatThrownBy(() -> {
            try (var runner = Runner.builder().name("test").clock(clock).build()) {
              runner.run(async(() -> {
                createTask(
                    async(() -> {
                      try {
                        while (true) {
                          try {
                            await(sleep(ofHours(1)));
                          } catch (Exception e) {
                            trace.add(String.valueOf(e.getMessage()));
                          }
                        }
                      } catch (Throwable e) {
                        ended.complete(e);
                        throw e;
                      }
                    }),
                    "immortal");
                await(sleep(ZERO));
              }));
            }
          })
          .isExactlyInstanceOf(AbandonedTasksException.class)
          .hasMessage("still alive PT1M after loop test began to close: immortal; "
              + "let CancellationException end a task")
          .satisfies(
              e -> assertThat(((AbandonedTasksException) e).names()).containsExactly("immortal"));
      assertThat(log.warnings())
          .hasSize(12)
          .startsWith(
              "Task[name=immortal, suspended on sleep(PT1H), 1 cancel request] is still alive "
                  + "PT5S after loop test began to close; it is cancelled again")
          .endsWith(
              "Task[name=immortal, suspended on sleep(PT1H), 12 cancel requests] is still alive "
                  + "PT1M after loop test began to close; the loop closes without it");
    }
    assertThat(clock.time()).isEqualTo(ofMinutes(1));
    assertThat(trace).hasSize(12).first().isEqualTo("closing");
    assertThat(ended.orTimeout(300, SECONDS).join())
        .isExactlyInstanceOf(LoopClosedError.class)
        .hasMessage("loop test was closed while this task was alive; let this error end it");
  }

  @Test
  void of_many_tasks_that_are_abandoned_ten_are_named_in_the_message_and_all_in_the_list() {
    try (var log = new CapturedLog()) {
      assertThatThrownBy(() -> TestClock.run(virtual(), async(() -> {
            for (int i = 1; i <= 12; i++) {
              createTask(swallowing(), "immortal-" + i);
            }
            await(sleep(ZERO));
          })))
          .isInstanceOfSatisfying(AbandonedTasksException.class, e -> {
            assertThat(e.names())
                .hasSize(12)
                .startsWith("immortal-1", "immortal-2")
                .endsWith("immortal-12");
            assertThat(e)
                .hasMessageEndingWith(" began to close: immortal-1, immortal-2, immortal-3, "
                    + "immortal-4, immortal-5, immortal-6, immortal-7, immortal-8, immortal-9, "
                    + "immortal-10 and 2 more; let CancellationException end a task");
          });
      assertThat(log.errors()).isNotEmpty();
    }
  }

  @Test
  void mains_own_failure_comes_first_when_tasks_are_abandoned_too() {
    var failure = new IllegalStateException("main's");
    try (var log = new CapturedLog()) {
      assertThatThrownBy(() -> TestClock.run(virtual(), async(() -> {
            createTask(swallowing(), "immortal");
            await(sleep(ZERO));
            throw failure;
          })))
          .isSameAs(failure)
          .satisfies(e -> assertThat(e.getSuppressed())
              .singleElement()
              .isInstanceOf(AbandonedTasksException.class));
      assertThat(log.errors()).isNotEmpty();
    }
  }

  @SuppressWarnings({"InfiniteLoopStatement", "EmptyCatch"})
  private static Coroutine<Void> swallowing() {
    return async(() -> {
      while (true) {
        try {
          await(sleep(ofHours(1)));
        } catch (Exception e) {
          // that is what this one does
        }
      }
    });
  }

  @Test
  void a_leftover_that_blocks_the_loop_is_interrupted_after_the_grace() {
    try (var log = new CapturedLog()) {
      Runner.Builder settings = Runner.builder().closingGrace(ofMillis(20));
      try (var runner = settings.build()) {
        runner.run(async(() -> {
          createTask(async(() -> {
            try {
              await(sleep(ofHours(1)));
            } finally {
              blockUntilInterrupted();
            }
          }));
          await(sleep(ZERO));
        }));
      }
      assertThat(log.warnings()).isNotEmpty();
      assertThat(log.exceptions()).isNotEmpty();
      assertThat(log.exceptions().get(0).getStackTrace())
          .extracting(StackTraceElement::getMethodName)
          .contains("blockUntilInterrupted");
    }
    assertThat(trace).containsExactly("interrupted");
  }

  private void blockUntilInterrupted() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      trace.add("interrupted");
    }
  }

  @Test
  void a_leftover_that_blocks_the_loop_for_good_is_abandoned_at_the_limit() {
    var release = new CompletableFuture<Void>();
    var afterwards = new CompletableFuture<Throwable>();
    try (var log = new CapturedLog()) {
      assertThatThrownBy(() -> {
            try (var runner = Runner.builder()
                .closingGrace(ofMillis(20))
                .closingLimit(ofMillis(100))
                .build()) {
              runner.run(async(() -> {
                createTask(
                    async(() -> {
                      try {
                        await(sleep(ofHours(1)));
                      } finally {
                        joinWhateverComes(release);
                        try {
                          await(sleep(ZERO));
                        } catch (Throwable e) {
                          afterwards.complete(e);
                        }
                      }
                    }),
                    "rock");
                await(sleep(ZERO));
              }));
            }
          })
          .isInstanceOfSatisfying(
              AbandonedTasksException.class, e -> assertThat(e.names()).containsExactly("rock"));
      assertThat(log.errors()).isNotEmpty();
      release.complete(null);
      assertThat(afterwards.orTimeout(300, SECONDS).join()).isInstanceOf(LoopClosedError.class);
    }
  }

  /** Does not end for an interrupt, as CompletableFuture.join does not. */
  private static void joinWhateverComes(CompletableFuture<Void> future) {
    future.join();
  }

  @Test
  void a_call_that_does_not_end_is_named_too_when_the_loop_gives_up_waiting() {
    var begun = new CompletableFuture<String>();
    var release = new CompletableFuture<Void>();
    try (var log = new CapturedLog()) {
      assertThatThrownBy(() -> {
            try (var runner = Runner.builder()
                .closingGrace(ofMillis(20))
                .closingLimit(ofMillis(60))
                .build()) {
              runner.run(async(() -> {
                createTask(
                    toThread(() -> {
                      begun.complete(Thread.currentThread().getName());
                      joinWhateverComes(release);
                    }),
                    "reader");
                await(begun);
              }));
            }
          })
          .isInstanceOfSatisfying(AbandonedTasksException.class, e -> {
            String call = "toThread call of reader on thread " + begun.join();
            assertThat(e.names()).containsExactly(call);
            assertThat(e)
                .hasMessageContaining(" began to close: " + call
                    + "; let CancellationException end a task, and an interrupt a call");
            assertThat(log.warnings()).allSatisfy(w -> assertThat(w).startsWith(call));
          });
      assertThat(log.warnings()).isNotEmpty();
      assertThat(log.exceptions().get(0).getStackTrace())
          .extracting(StackTraceElement::getMethodName)
          .contains("joinWhateverComes");
      Awaitility.await().atMost(Duration.ofMinutes(5)).until(() -> !log.errors().isEmpty());
    } finally {
      release.complete(null);
    }
  }

  @Test
  void tasks_made_while_the_loop_closes_are_run_to_their_end() {
    TestClock.run(async(() -> {
      createTask(async(() -> {
        try {
          await(sleep(ofHours(1)));
        } finally {
          createTask(
              async(() -> {
                await(sleep(ofMillis(1)));
                trace.add(currentTask().getName() + " ended");
              }),
              "farewell");
        }
      }));
      await(sleep(ZERO));
    }));
    assertThat(trace).containsExactly("farewell ended");
  }
}
