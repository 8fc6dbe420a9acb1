package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.cancelScope;
import static dev.asyncawait.Async.cleanup;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.effectiveDeadline;
import static dev.asyncawait.Async.failAfter;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.moveOnAfter;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.timeout;
import static dev.asyncawait.Async.waitFor;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CancelScopeTest {

  private static final Duration NEVER = ChronoUnit.FOREVER.getDuration();

  private final List<String> trace = new ArrayList<>();

  /** Awaits a sleep and says what comes of it. */
  private void tries(String what, Duration length) {
    try {
      await(sleep(length));
      trace.add(what + " slept");
    } catch (CancellationException cancelled) {
      trace.add(what + " failed: " + cancelled.getMessage());
    }
  }

  private static void assertTime(Duration time) {
    assertThat(EventLoop.current().time()).isEqualTo(time);
  }

  // ---- every await fails

  @Test
  void every_await_in_a_scope_that_was_cancelled_fails_until_it_is_left() {
    CleanRun.of(() -> {
      CancelScope scope = cancelScope();
      String value = await(scope.run(() -> {
        scope.cancel("enough");
        tries("first", ofHours(1));
        tries("second", ofHours(1));
        tries("turn", ZERO);
        await(sleep(ofHours(1)));
        return "value";
      }));
      assertThat(value).isNull();
      assertThat(scope.cutShort()).isTrue();
      assertThat(currentTask().cancelling()).isZero();
      tries("after", ofMinutes(1));
      assertTime(ofMinutes(1));
    });
    assertThat(trace)
        .containsExactly(
            "first failed: enough", "second failed: enough", "turn failed: enough", "after slept");
  }

  @Test
  void what_need_not_wait_does_not_fail() {
    CleanRun.of(() -> {
      CancelScope scope = cancelScope();
      String value = await(scope.run(() -> {
        scope.cancel();
        try (Held held = await(new AsyncLock().acquire())) {
          return held == null ? "none" : await(AsyncFuture.completedFuture("value"));
        }
      }));
      assertThat(value).isEqualTo("value");
      assertThat(scope.isCancelled()).isTrue();
      assertThat(scope.cutShort()).isFalse();
      await(sleep(ZERO));
    });
  }

  @Test
  void it_is_cut_short_where_it_waits() {
    CleanRun.of(() -> {
      CancelScope scope = cancelScope();
      Task<Void> task = createTask(scope.run(() -> await(sleep(ofHours(1)))));
      await(sleep(ofMinutes(1)));
      assertThat(scope).hasToString("CancelScope[open]");
      scope.cancel();
      scope.cancel("again");
      assertThat(scope).hasToString("CancelScope[open, cancelled]");
      assertThat(await(task)).isNull();
      assertThat(scope).hasToString("CancelScope[closed, cancelled]");
      assertTime(ofMinutes(1));
    });
  }

  @Test
  void one_that_was_cancelled_before_runs_up_to_its_first_await() {
    CleanRun.of(() -> {
      CancelScope scope = cancelScope();
      assertThat(scope).hasToString("CancelScope[not entered]");
      scope.cancel();
      await(scope.run(() -> {
        trace.add("begins");
        await(sleep(ZERO));
        trace.add("goes on");
      }));
      assertThat(scope.cutShort()).isTrue();
    });
    assertThat(trace).containsExactly("begins");
  }

  @Test
  void any_thread_may_cancel_it() throws Exception {
    CancelScope scope = cancelScope();
    var begun = new CountDownLatch(1);
    Task<Void> task = Async.start(scope.run(() -> {
      begun.countDown();
      await(sleep(ofHours(1)));
    }));
    begun.await();
    scope.cancel();
    assertThat(task.get()).isNull();
    assertThat(scope.cutShort()).isTrue();
  }

  /** Who enters says so before it looks whether it was cancelled, and who cancels the other way round. */
  @Test
  void threads_that_cancel_it_as_it_is_entered_are_heard() throws Exception {
    for (int round = 0; round < 300; round++) {
      CancelScope scope = cancelScope();
      var go = new CountDownLatch(1);
      var threads = new ArrayList<Thread>();
      for (int i = 0; i < 2; i++) {
        var thread = new Thread(() -> {
          try {
            go.await();
            scope.cancel();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
        thread.start();
        threads.add(thread);
      }
      Task<Integer> task = Async.start(async(() -> {
        go.countDown();
        await(scope.run(() -> await(sleep(ofHours(1)))));
        return currentTask().cancelling();
      }));
      assertThat(task.get()).isZero();
      assertThat(scope.cutShort()).isTrue();
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }

  // ---- whose cancellation it is

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void somebody_elses_cancellation_goes_on(boolean before) {
    CleanRun.of(() -> {
      CancelScope scope = cancelScope();
      Task<Void> task = createTask(async(() -> {
        await(scope.run(() -> await(sleep(ofHours(1)))));
      }));
      await(sleep(ofMinutes(1)));
      if (before) {
        task.cancel("theirs");
        scope.cancel();
      } else {
        scope.cancel();
        task.cancel("theirs");
      }
      assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
      assertThat(scope.cutShort()).isFalse();
    });
  }

  @Test
  void a_cancellation_alone_goes_through_it() {
    CleanRun.of(() -> {
      CancelScope scope = cancelScope();
      Task<Void> task = createTask(scope.run(() -> await(sleep(ofHours(1)))));
      await(sleep(ofMinutes(1)));
      task.cancel("theirs");
      assertThatThrownBy(() -> await(task)).hasMessage("theirs");
      assertThat(scope.isCancelled()).isFalse();
    });
  }

  @Test
  void a_failure_leaves_it_as_it_is() {
    var failure = new IllegalStateException("own");
    CleanRun.of(() -> {
      CancelScope scope = cancelScope();
      assertThatThrownBy(() -> await(scope.run(() -> {
            scope.cancel();
            tries("first", ofHours(1));
            throw failure;
          })))
          .isSameAs(failure);
      assertThat(scope.cutShort()).isFalse();
      assertThat(currentTask().cancelling()).isZero();
      tries("after", ZERO);
    });
    assertThat(trace).endsWith("after slept");
  }

  // ---- within each other

  @Test
  void cancelling_the_inner_one_leaves_the_outer_alone() {
    CleanRun.of(() -> {
      CancelScope outer = cancelScope();
      CancelScope inner = cancelScope();
      await(outer.run(() -> {
        await(inner.run(() -> {
          inner.cancel();
          await(sleep(ofHours(1)));
        }));
        tries("outer", ofMinutes(1));
      }));
      assertThat(inner.cutShort()).isTrue();
      assertThat(outer.cutShort()).isFalse();
    });
    assertThat(trace).containsExactly("outer slept");
  }

  @Test
  void cancelling_the_outer_one_cuts_both_short() {
    CleanRun.of(() -> {
      CancelScope outer = cancelScope();
      CancelScope inner = cancelScope();
      await(outer.run(() -> {
        try {
          await(inner.run(() -> {
            outer.cancel("outer");
            tries("inner", ofHours(1));
            await(sleep(ofHours(1)));
          }));
        } finally {
          tries("between", ofHours(1));
        }
      }));
      assertThat(inner.cutShort()).isFalse();
      assertThat(outer.cutShort()).isTrue();
      tries("after", ZERO);
    });
    assertThat(trace)
        .containsExactly("inner failed: outer", "between failed: outer", "after slept");
  }

  @Test
  void both_cancelled_end_one_after_the_other() {
    CleanRun.of(() -> {
      CancelScope outer = cancelScope();
      CancelScope inner = cancelScope();
      await(outer.run(() -> {
        try {
          await(inner.run(() -> {
            inner.cancel("inner");
            tries("first", ofHours(1));
            outer.cancel("outer");
            await(sleep(ofHours(1)));
          }));
        } finally {
          tries("between", ofHours(1));
        }
        await(sleep(ofHours(1)));
      }));
      assertThat(outer.cutShort()).isTrue();
      assertThat(currentTask().cancelling()).isZero();
      tries("after", ZERO);
    });
    assertThat(trace)
        .containsExactly("first failed: inner", "between failed: outer", "after slept");
  }

  @Test
  void one_that_begins_in_a_cancelled_one_fails_at_its_first_await() {
    CleanRun.of(() -> {
      CancelScope outer = cancelScope();
      await(outer.run(() -> {
        outer.cancel("outer");
        tries("first", ofHours(1));
        CancelScope inner = cancelScope();
        await(inner.run(() -> {
          tries("inner", ofHours(1));
          inner.cancel("inner");
          tries("inner again", ofHours(1));
        }));
        tries("outer", ofHours(1));
      }));
      assertThat(currentTask().cancelling()).isZero();
    });
    assertThat(trace)
        .containsExactly(
            "first failed: outer",
            "inner failed: outer",
            "inner again failed: inner",
            "outer failed: outer");
  }

  @Test
  void cleanup_is_out_of_its_reach() {
    CleanRun.of(() -> {
      CancelScope scope = cancelScope();
      await(scope.run(() -> {
        try {
          scope.cancel("enough");
          await(sleep(ofHours(1)));
        } finally {
          await(cleanup(ofHours(1), () -> {
            tries("cleanup", ofMinutes(1));
            await(moveOnAfter(ofMinutes(1), () -> {
              tries("limited", ofMinutes(2));
              tries("limited", ofMinutes(2));
            }));
            tries("cleanup", ofMinutes(1));
          }));
          tries("after cleanup", ofHours(1));
        }
      }));
      assertTime(ofMinutes(3));
      assertThat(scope.cutShort()).isTrue();
    });
    assertThat(trace)
        .containsExactly(
            "cleanup slept",
            "limited failed: timed out after PT1M",
            "limited failed: timed out after PT1M",
            "cleanup slept",
            "after cleanup failed: enough");
  }

  // ---- with groups and tasks

  @Test
  void tasks_of_a_group_within_it_fail_at_every_await_and_are_awaited() {
    CleanRun.of(() -> {
      CancelScope scope = cancelScope();
      TaskGroup group = taskGroup();
      Task<Void> block = createTask(scope.run(() -> {
        await(group.run(() -> {
          group.createTask(async(() -> {
            tries("child", ofHours(1));
            tries("child", ofHours(1));
            await(cleanup(ofHours(1), () -> tries("child's cleanup", ofMinutes(1))));
            tries("child", ofHours(1));
          }));
          tries("body", ofHours(1));
          tries("body", ofHours(1));
        }));
        trace.add("not reached");
      }));
      await(sleep(ofMinutes(1)));
      scope.cancel("enough");
      await(block);
      assertThat(scope.cutShort()).isTrue();
      assertTime(ofMinutes(2));
    });
    assertThat(trace).filteredOn(line -> line.startsWith("body")).hasSize(2);
    assertThat(trace).filteredOn(line -> line.startsWith("child failed")).hasSize(3);
    assertThat(trace).contains("child's cleanup slept").doesNotContain("not reached");
  }

  @Test
  void a_group_in_the_cleanup_of_a_cancelled_scope_is_out_of_its_reach() {
    CleanRun.of(() -> {
      CancelScope scope = cancelScope();
      await(scope.run(() -> {
        scope.cancel();
        tries("first", ofHours(1));
        await(cleanup(ofHours(1), () -> {
          TaskGroup group = taskGroup();
          await(group.run(() -> {
            group.createTask(async(() -> tries("child", ofMinutes(1))));
          }));
        }));
      }));
    });
    assertThat(trace).endsWith("child slept");
  }

  @Test
  void a_task_of_a_group_that_begins_after_the_cancellation_fails_at_its_first_await() {
    CleanRun.of(() -> {
      CancelScope scope = cancelScope();
      await(scope.run(() -> {
        scope.cancel("enough");
        await(taskGroup().runAction(group -> {
          group.createTask(async(() -> tries("child", ofMinutes(1))));
          group.createTask(async(() -> tries("eager", ofMinutes(1))), TaskOptions.eager());
          await(cleanup(ofHours(1), () -> await(sleep(ofMinutes(5)))));
        }));
      }));
    });
    assertThat(trace).containsExactly("eager failed: enough", "child failed: enough");
  }

  @Test
  void tasks_of_a_group_hear_of_it_at_once_also_if_its_body_is_in_cleanup() {
    CleanRun.of(() -> {
      CancelScope scope = cancelScope();
      Task<Void> block = createTask(scope.run(() -> await(taskGroup().runAction(group -> {
        group.createTask(async(() -> await(taskGroup().runAction(inner -> {
          inner.createTask(async(() -> {
            tries("grandchild", ofHours(1));
            trace.add("at " + EventLoop.current().time());
          }));
          await(cleanup(ofHours(9), () -> await(sleep(ofHours(2)))));
        }))));
        await(cleanup(ofHours(9), () -> await(sleep(ofHours(3)))));
      }))));
      await(sleep(ofMinutes(1)));
      scope.cancel("enough");
      await(block);
      assertTime(ofHours(3));
    });
    assertThat(trace)
        .containsExactly(
            "grandchild failed: cancelled with a scope around its task group: enough", "at PT1M");
  }

  @Test
  void an_eager_task_of_a_group_is_within_the_scope_from_its_first_step_on() {
    CleanRun.of(() -> {
      await(failAfter(ofHours(3), () -> {
        TaskGroup group = taskGroup();
        await(group.run(() -> {
          group.createTask(
              async(() -> trace.add("first " + effectiveDeadline())), TaskOptions.eager());
          group.createTask(
              async(() -> {
                await(timeout(ofHours(9)).run(() -> await(sleep(ofSeconds(1)))));
                trace.add("later " + effectiveDeadline());
              }),
              TaskOptions.eager());
        }));
      }));
    });
    assertThat(trace).containsExactly("first PT3H", "later PT3H");
  }

  @Test
  void an_await_fails_also_if_others_take_the_request_back() {
    CleanRun.of(() -> {
      Task<Void> slow = createTask(async(() -> {
        try {
          await(sleep(ofHours(1)));
        } finally {
          await(sleep(ofMinutes(5)));
        }
      }));
      await(sleep(ofSeconds(1)));
      slow.cancel();
      await(sleep(ofSeconds(1)));
      CancelScope scope = cancelScope();
      Task<Void> task = createTask(scope.run(() -> {
        scope.cancel("enough");
        assertThatThrownBy(() -> await(slow)).hasMessage("enough");
        tries("turn", ZERO);
      }));
      Task<Void> beside = createTask(async(() -> {
        for (int i = 0; i < 5; i++) {
          task.uncancel();
          await(sleep(ZERO));
        }
      }));
      await(gather(task, beside));
      assertThatThrownBy(() -> await(slow)).isInstanceOf(CancellationException.class);
    });
    assertThat(trace).containsExactly("turn failed: enough");
  }

  @Test
  void nothing_of_it_comes_after_it() {
    CleanRun.of(() -> {
      Task<Void> task = createTask(async(() -> {
        CancelScope scope = cancelScope();
        currentTask().cancel("theirs");
        await(scope.run(() -> {
          tries("in it", ofMinutes(1));
          scope.cancel("its own");
        }));
        tries("after it", ofMinutes(1));
      }));
      await(task);
    });
    assertThat(trace).containsExactly("in it failed: theirs", "after it slept");
  }

  @Test
  void a_task_that_was_asked_once_is_not_asked_again_and_not_waited_for() {
    CleanRun.of(() -> {
      CancelScope scope = cancelScope();
      Task<Void> slow = createTask(async(() -> {
        try {
          await(sleep(ofHours(1)));
        } finally {
          await(cleanup(ofHours(1), () -> await(sleep(ofMinutes(5)))));
        }
      }));
      AsyncFuture<List<Void>> asked = gather(slow);
      await(scope.run(() -> {
        await(sleep(ofMinutes(1)));
        asked.cancel("by others");
        scope.cancel();
        for (int i = 0; i < 3; i++) {
          assertThatThrownBy(() -> await(slow)).isInstanceOf(CancellationException.class);
          assertThatThrownBy(() -> await(asked)).isInstanceOf(CancellationException.class);
        }
      }));
      assertTime(ofMinutes(1));
      assertThat(slow.cancelling()).isEqualTo(1);
      assertThatThrownBy(() -> await(slow)).isInstanceOf(CancellationException.class);
      assertTime(ofMinutes(6));
    });
  }

  @Test
  void a_task_beside_it_does_not_belong_to_it() {
    CleanRun.of(() -> {
      CancelScope scope = cancelScope();
      List<Task<Void>> beside = new ArrayList<>();
      await(scope.run(() -> {
        beside.add(createTask(async(() -> tries("beside", ofMinutes(1)))));
        scope.cancel();
        await(sleep(ZERO));
      }));
      await(beside.get(0));
    });
    assertThat(trace).containsExactly("beside slept");
  }

  // ---- with primitives

  @Test
  void a_wait_for_a_lock_fails_and_leaves_the_line() {
    CleanRun.of(() -> {
      var lock = new AsyncLock();
      CancelScope scope = cancelScope();
      try (Held held = await(lock.acquire())) {
        Task<Void> waiting = createTask(scope.run(() -> {
          for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> await(lock.acquire()))
                .isInstanceOf(CancellationException.class);
          }
        }));
        await(sleep(ofMinutes(1)));
        scope.cancel();
        await(waiting);
        assertThat(held).isNotNull();
      }
      assertThat(lock).hasToString("AsyncLock[unlocked]");
    });
  }

  @Test
  void a_wait_for_a_signal_has_its_lock_again_before_it_fails() {
    CleanRun.of(() -> {
      var condition = new AsyncCondition();
      CancelScope scope = cancelScope();
      Task<Void> waiting = createTask(scope.run(() -> await(condition.lock().run(() -> {
        for (int i = 0; i < 2; i++) {
          try {
            await(condition.waitForSignal());
          } catch (CancellationException cancelled) {
            assertThat(condition.lock().statistics().holder()).isSameAs(currentTask());
            trace.add("has the lock");
          }
        }
      }))));
      await(sleep(ZERO));
      try (Held held = await(condition.lock().acquire())) {
        scope.cancel();
        await(sleep(ofMinutes(1)));
        assertThat(held).isNotNull();
      }
      await(waiting);
      assertThat(condition.lock().isLocked()).isFalse();
    });
    assertThat(trace).containsExactly("has the lock", "has the lock");
  }

  // ---- time

  @Test
  void move_on_after_gives_what_came_in_time_or_nothing() {
    CleanRun.of(() -> {
      Coroutine<Optional<String>> quick = moveOnAfter(ofMinutes(2), () -> {
        await(sleep(ofMinutes(1)));
        return "quick";
      });
      assertThat(await(quick)).contains("quick");
      Coroutine<Optional<String>> slow = moveOnAfter(ofMinutes(2), () -> {
        tries("slow", ofHours(1));
        await(sleep(ofHours(1)));
        return "slow";
      });
      assertThat(await(slow)).isEmpty();
      assertTime(ofMinutes(3));
      assertThat(await(moveOnAfter(ofMinutes(2), () -> tries("action", ofMinutes(1)))))
          .isTrue();
      Coroutine<Boolean> tooSlow = moveOnAfter(ofMinutes(2), () -> {
        await(sleep(ofHours(1)));
      });
      assertThat(await(tooSlow)).isFalse();
      assertThat(await(moveOnAfter(ZERO, () -> await(sleep(ZERO)))).isPresent()).isFalse();
    });
    assertThat(trace).containsExactly("slow failed: timed out after PT2M", "action slept");
  }

  @Test
  void fail_after_fails_when_the_time_is_up() {
    CleanRun.of(() -> {
      assertThat(await(failAfter(ofMinutes(2), () -> "in time"))).isEqualTo("in time");
      Coroutine<Void> slow = failAfter(ofMinutes(2), () -> {
        tries("first", ofHours(1));
        await(sleep(ofHours(1)));
      });
      assertThatThrownBy(() -> await(slow))
          .isInstanceOf(AsyncTimeoutException.class)
          .hasMessage("timed out after PT2M")
          .hasCauseInstanceOf(CancellationException.class);
      Coroutine<String> value = failAfter(ZERO, () -> {
        await(sleep(ZERO));
        return "late";
      });
      assertThatThrownBy(() -> await(value)).isInstanceOf(AsyncTimeoutException.class);
      assertThat(currentTask().cancelling()).isZero();
    });
  }

  @Test
  void a_cancellation_from_outside_is_no_timeout() {
    CleanRun.of(() -> {
      Task<Void> task = createTask(failAfter(ofMinutes(2), () -> {
        await(sleep(ofHours(1)));
      }));
      await(sleep(ofMinutes(1)));
      task.cancel("theirs");
      assertThatThrownBy(() -> await(task)).hasMessage("theirs");
    });
  }

  @Test
  void the_deadline_can_be_set_and_moved() {
    CleanRun.of(() -> {
      CancelScope scope = cancelScope();
      assertThat(scope.deadline()).isEqualTo(NEVER);
      await(scope.runAction(own -> {
        own.setDeadline(ofMinutes(1));
        assertThat(own).hasToString("CancelScope[open, due at PT1M]");
        await(sleep(ofSeconds(59)));
        own.setDeadline(ofMinutes(3));
        tries("first", ofMinutes(1));
        own.setDeadline(NEVER);
        tries("second", ofHours(1));
        own.setDeadline(ofMinutes(1));
        tries("third", ofHours(1));
      }));
      assertThat(scope.isCancelled()).isTrue();
    });
    assertThat(trace)
        .containsExactly(
            "first slept", "second slept", "third failed: timed out at loop time PT1M");
  }

  @Test
  void the_effective_deadline_is_the_earliest_within_reach() {
    CleanRun.of(() -> {
      assertThat(effectiveDeadline()).isEqualTo(NEVER);
      await(failAfter(ofHours(3), () -> {
        assertThat(effectiveDeadline()).isEqualTo(ofHours(3));
        await(timeout(ofHours(2)).run(() -> {
          assertThat(effectiveDeadline()).isEqualTo(ofHours(2));
          await(moveOnAfter(ofHours(9), () -> {
            assertThat(effectiveDeadline()).isEqualTo(ofHours(2));
          }));
          TaskGroup group = taskGroup();
          await(group.run(() -> {
            group.createTask(async(() -> {
              assertThat(effectiveDeadline()).isEqualTo(ofHours(2));
              await(moveOnAfter(ofHours(1), () -> {
                assertThat(effectiveDeadline()).isEqualTo(ofHours(1));
              }));
              trace.add("child");
            }));
          }));
          await(cleanup(ofHours(5), () -> {
            assertThat(effectiveDeadline()).isEqualTo(ofHours(5));
          }));
          await(createTask(async(() -> assertThat(effectiveDeadline()).isEqualTo(NEVER))));
        }));
        assertThat(effectiveDeadline()).isEqualTo(ofHours(3));
      }));
      assertThat(effectiveDeadline()).isEqualTo(NEVER);
    });
    assertThat(trace).containsExactly("child");
  }

  @Test
  void a_timeout_around_it_or_within_it_is_its_own() {
    CleanRun.of(() -> {
      CancelScope scope = cancelScope();
      assertThatThrownBy(() ->
              await(waitFor(scope.run(() -> await(sleep(ofHours(1)))), ofMinutes(1))))
          .isInstanceOf(AsyncTimeoutException.class);
      assertThat(scope.isCancelled()).isFalse();
      CancelScope around = cancelScope();
      await(around.run(() -> {
        assertThatThrownBy(() -> await(waitFor(sleep(ofHours(1)), ofMinutes(1))))
            .isInstanceOf(AsyncTimeoutException.class);
        around.cancel();
        assertThatThrownBy(() -> await(waitFor(sleep(ofHours(1)), ofMinutes(1))))
            .isInstanceOf(CancellationException.class);
      }));
      assertTime(ofMinutes(2));
    });
  }

  // ---- misuse

  @Test
  void it_is_good_for_one_block() {
    CleanRun.of(() -> {
      CancelScope scope = cancelScope();
      assertThatThrownBy(() -> scope.setDeadline(ofMinutes(1)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("CancelScope[not entered] cannot be given a deadline now;"
              + " do it in the body that is given to run()");
      String value = await(scope.run(own -> "value"));
      assertThat(value).isEqualTo("value");
      AsyncAction never = () -> trace.add("never");
      assertThatThrownBy(() -> await(scope.run(never)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("CancelScope[closed] was entered before;"
              + " make a new one with cancelScope() for each block");
      assertThatThrownBy(() -> scope.setDeadline(ofMinutes(1)))
          .isInstanceOf(IllegalStateException.class);
      scope.cancel();
      assertThat(scope).hasToString("CancelScope[closed, cancelled]");
      await(sleep(ZERO));
    });
    assertThat(trace).isEmpty();
    assertThatThrownBy(Async::effectiveDeadline).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void a_deadline_is_set_on_its_own_loop() throws Exception {
    CancelScope scope = cancelScope();
    var begun = new CountDownLatch(1);
    Task<Void> task = Async.start(scope.run(() -> {
      begun.countDown();
      await(sleep(ofHours(1)));
    }));
    begun.await();
    assertThatThrownBy(() -> scope.setDeadline(ZERO))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("must be called on its own loop; use EventLoop.execute to get there");
    scope.cancel();
    task.get();
  }
}
