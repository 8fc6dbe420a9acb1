package dev.asyncawait.conformance.anyorder;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.cancelScope;
import static dev.asyncawait.Async.cleanup;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.timeout;
import static dev.asyncawait.Async.waitFor;
import static dev.asyncawait.conformance.anyorder.Steps.inAnyOrder;
import static dev.asyncawait.conformance.anyorder.Steps.isSuccess;
import static dev.asyncawait.conformance.anyorder.Steps.outcome;
import static dev.asyncawait.conformance.anyorder.Steps.turn;
import static dev.asyncawait.conformance.anyorder.Steps.turns;
import static dev.asyncawait.test.VirtualTime.untilIdle;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.AsyncBarrier;
import dev.asyncawait.AsyncCondition;
import dev.asyncawait.AsyncEvent;
import dev.asyncawait.AsyncLock;
import dev.asyncawait.AsyncQueue;
import dev.asyncawait.AsyncSemaphore;
import dev.asyncawait.AsyncTimeoutException;
import dev.asyncawait.Awaitable;
import dev.asyncawait.BarrierBrokenException;
import dev.asyncawait.CancelScope;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Held;
import dev.asyncawait.Outcome;
import dev.asyncawait.Task;
import dev.asyncawait.TaskGroup;
import dev.asyncawait.Timeout;
import dev.asyncawait.test.AsyncTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds of timeouts and cancellations whoever runs next. */
class CancellationInAnyOrderTest {

  private static final Duration SECOND = Duration.ofSeconds(1);

  // ---- scopes

  /** Goes on whatever happens, until it has been told often enough. */
  private static void goesOn(int times) {
    for (int i = 0; i < times; i++) {
      try {
        turn();
      } catch (CancellationException told) {
        // goes on
      }
    }
  }

  @AsyncTest(schedules = 300)
  void a_scope_that_is_cancelled_ends_whatever_its_tasks_catch_and_leaves_nothing() {
    CancelScope scope = cancelScope();
    TaskGroup group = taskGroup();
    int[] ended = {0, 0};
    Coroutine<Void> child = async(() -> {
      try {
        goesOn(5);
        await(sleep(SECOND));
      } finally {
        await(cleanup(SECOND, () -> turns(2)));
        ended[0]++;
      }
    });
    Coroutine<Void> other = async(() -> {
      goesOn(3);
      await(new AsyncLock().run(() -> goesOn(3)));
      ended[1]++;
    });
    Task<Void> block = createTask(scope.run(() -> await(group.run(() -> {
      group.createTask(child, "child");
      group.createTask(other, "other");
      goesOn(2);
      await(sleep(SECOND));
    }))));
    Coroutine<Void> cancels = async(() -> {
      turns(2);
      scope.cancel();
    });
    await(createTask(cancels, "canceller"));
    assertThat(isSuccess(block)).isTrue();
    assertThat(EventLoop.current().time()).isZero();
    assertThat(scope.cutShort()).isTrue();
    assertThat(ended[0]).isLessThanOrEqualTo(1);
    assertThat(block.cancelling()).isZero();
  }

  @AsyncTest(schedules = 300)
  void a_scope_and_somebody_else_who_cancel_at_once_lose_neither() {
    CancelScope scope = cancelScope();
    String[] end = {"not begun"};
    Task<Void> task = createTask(async(() -> {
      await(scope.run(() -> {
        goesOn(4);
        await(sleep(SECOND));
      }));
      end[0] = "left";
      turn();
      end[0] = "went on";
    }));
    Coroutine<Void> cancels = async(() -> {
      turn();
      task.cancel();
    });
    Coroutine<Void> cancelsScope = async(() -> {
      turn();
      scope.cancel();
    });
    await(gather(createTask(cancels, "canceller"), createTask(cancelsScope, "of the scope")));
    Outcome<Void> outcome = outcome(task);
    assertThat(EventLoop.current().time()).isZero();
    assertThat(outcome instanceof Outcome.Success<Void>).isEqualTo(end[0].equals("went on"));
    assertThat(scope.isCancelled()).isTrue();
  }

  // ---- timeouts

  /** A task that sets {@code event} after {@code length}, which is when something else happens, too. */
  private static Task<Void> setsAfter(Duration length, AsyncEvent event) {
    Coroutine<Void> sets = async(() -> {
      await(sleep(length));
      event.set();
    });
    return createTask(sets, "setter");
  }

  /** A task that is cancelled when it has its value, and has not ended, ends cancelled; a coroutine is not a task. */
  @ParameterizedTest
  @CsvSource({
    "coroutine, 'timeout after [cleanup], value after [value, cleanup]'",
    "task, 'timeout after [cleanup], timeout after [value, cleanup], value after [value, cleanup]'"
  })
  void work_that_ends_at_its_limit_gives_its_value_or_is_cut_short_after_its_cleanup(
      String kind, String possible) {
    Set<String> ends = inAnyOrder(300, () -> {
      var event = new AsyncEvent();
      Task<Void> setter = setsAfter(SECOND, event);
      List<String> trace = new ArrayList<>();
      Coroutine<String> work = async(() -> {
        try {
          await(event.waitUntilSet());
          turn();
          trace.add("value");
          return "value";
        } finally {
          await(cleanup(SECOND, () -> turns(2)));
          trace.add("cleanup");
        }
      });
      Awaitable<String> awaited = kind.equals("task") ? createTask(work, "work") : work;
      await(untilIdle()); // the setter's timer is set first
      String end;
      try {
        end = await(waitFor(awaited, SECOND));
      } catch (AsyncTimeoutException e) {
        end = "timeout";
      }
      end += " after " + trace;
      assertThat(currentTask().cancelling()).isZero();
      await(setter);
      assertThat(EventLoop.current().time()).isEqualTo(SECOND);
      turn(); // which a cancellation of the timeout's must not reach
      return end;
    });
    assertThat(String.join(", ", ends)).isEqualTo(possible);
  }

  @Test
  void a_task_that_is_cancelled_when_its_time_is_up_ends_cancelled() {
    Set<String> ends = inAnyOrder(300, () -> {
      var event = new AsyncEvent();
      List<String> end = new ArrayList<>();
      Coroutine<Void> waits = async(() -> {
        try {
          await(waitFor(event.waitUntilSet(), SECOND));
          end.add("value");
        } catch (AsyncTimeoutException e) {
          end.add("timeout");
        }
        turns(2);
      });
      Task<Void> task = createTask(waits, "waits");
      Task<Void> setter = setsAfter(SECOND, event);
      await(untilIdle());
      await(sleep(SECOND));
      turn();
      boolean requested = task.cancel();
      boolean succeeded = isSuccess(task);
      assertThat(succeeded).isEqualTo(!requested);
      assertThat(task.cancelling()).isEqualTo(requested ? 1 : 0);
      await(setter);
      end.add(succeeded ? "ended" : "cancelled");
      return String.join(", ", end);
    });
    assertThat(ends)
        .containsExactly(
            "cancelled",
            "timeout, cancelled",
            "timeout, ended",
            "value, cancelled",
            "value, ended");
  }

  /** What is waited for comes after two seconds. */
  @ParameterizedTest
  @CsvSource({
    "1, 2, false, inner",
    "2, 1, false, outer",
    "2, 2, false, 'none, outer'",
    "2, 2, true, 'inner, inner and outer, none, outer'",
    "2, 3, false, 'inner, none'",
    "3, 2, false, 'none, outer'"
  })
  void of_two_nested_timeouts_those_expire_whose_time_is_up_and_each_throws_its_own(
      int innerSeconds, int outerSeconds, boolean innerIsSetFirst, String possible) {
    Set<String> ends = inAnyOrder(200, () -> {
      var event = new AsyncEvent();
      Task<Void> setter = setsAfter(Duration.ofSeconds(2), event);
      await(untilIdle()); // the setter's timer is set first
      Timeout outer = timeout(Duration.ofSeconds(outerSeconds));
      Timeout inner = timeout(Duration.ofSeconds(innerSeconds));
      List<String> thrown = new ArrayList<>();
      try {
        await(outer.run(() -> {
          try {
            await(inner.run(() -> {
              if (innerIsSetFirst) {
                outer.reschedule(outer.when());
              }
              await(event.waitUntilSet());
              turn();
            }));
          } catch (AsyncTimeoutException e) {
            thrown.add("inner");
            assertThat(e).hasMessageEndingWith(" PT" + innerSeconds + "S");
            assertThat(inner.expired()).isTrue();
          }
          turn();
        }));
      } catch (AsyncTimeoutException e) {
        thrown.add("outer");
        assertThat(e).hasMessageEndingWith(" PT" + outerSeconds + "S");
      }
      assertThat(outer.expired()).isEqualTo(thrown.contains("outer"));
      // one that expires together with the one around it leaves the word to that
      assertThat(inner.expired() && !outer.expired()).isEqualTo(thrown.equals(List.of("inner")));
      assertThat(currentTask().cancelling()).isZero();
      await(setter);
      turn(); // which no cancellation of a timeout's must reach
      return thrown.isEmpty() ? "none" : String.join(" and ", thrown);
    });
    assertThat(String.join(", ", ends)).isEqualTo(possible);
  }

  @AsyncTest(schedules = 300)
  void a_timeout_around_a_group_ends_it_and_what_all_its_tasks_wait_for_is_free_afterwards() {
    var lock = new AsyncLock();
    var event = new AsyncEvent();
    Task<Void> setter = setsAfter(SECOND, event);
    int[] begunAndEnded = new int[2];
    TaskGroup group = taskGroup();
    Timeout limit = timeout(SECOND);
    boolean timedOut = false;
    try {
      await(limit.run(() -> await(group.run(() -> {
        for (int i = 0; i < 3; i++) {
          Coroutine<Void> work = async(() -> {
            begunAndEnded[0]++;
            try {
              await(lock.run(() -> {
                await(event.waitUntilSet());
                turn();
              }));
            } finally {
              await(cleanup(SECOND, Steps::turn));
              begunAndEnded[1]++;
            }
          });
          group.createTask(work, "work " + i);
        }
      }))));
      turn();
    } catch (AsyncTimeoutException e) {
      timedOut = true;
    }
    assertThat(begunAndEnded[1]).isEqualTo(begunAndEnded[0]).isEqualTo(3);
    assertThat(timedOut).isEqualTo(limit.expired());
    assertThat(group.failures()).isEmpty();
    assertThat(lock).hasToString("AsyncLock[unlocked]");
    assertThat(currentTask().cancelling()).isZero();
    await(setter);
  }

  // ---- cancel requests

  @AsyncTest(schedules = 300)
  void each_cancel_request_is_seen_once_by_a_task_that_takes_them_back() {
    var begin = new AsyncEvent();
    int[] takenBack = new int[1];
    Coroutine<Void> takesBack = async(() -> {
      await(begin.waitUntilSet());
      for (int i = 0; i < 4; i++) {
        try {
          boolean cancelled = currentTask().cancel();
          assertThat(cancelled).isTrue();
          assertThat(currentTask().uncancel()).isZero(); // as if it had never been
          turn();
        } catch (CancellationException e) {
          assertThat(currentTask().cancelling()).isPositive();
          while (currentTask().cancelling() > 0) {
            int unused = currentTask().uncancel();
            takenBack[0]++;
          }
        }
      }
    });
    Task<Void> task = createTask(takesBack, "takes back");
    await(untilIdle());
    List<Task<Integer>> cancellers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int turns = i;
      Coroutine<Integer> cancels = async(() -> {
        await(begin.waitUntilSet());
        turns(turns);
        int requested = task.cancel() ? 1 : 0;
        turn();
        return requested + (task.cancel() ? 1 : 0);
      });
      cancellers.add(createTask(cancels, "canceller " + i));
    }
    begin.set();
    int requested =
        await(gather(cancellers)).stream().mapToInt(Integer::intValue).sum();
    // what comes before its first turn ends its wait for the beginning, and so the task
    if (isSuccess(task)) {
      assertThat(takenBack[0]).isEqualTo(requested);
    } else {
      assertThat(takenBack[0]).isZero();
      assertThat(task.cancelling()).isEqualTo(requested).isPositive();
    }
  }

  @AsyncTest(schedules = 300)
  void cleanup_that_has_to_be_finished_is_whenever_and_however_often_its_task_is_cancelled() {
    List<String> trace = new ArrayList<>();
    Coroutine<Void> work = async(() -> {
      trace.add("begun");
      try {
        turns(2);
      } finally {
        await(cleanup(SECOND, () -> {
          turn();
          try {
            turn();
          } finally {
            await(cleanup(SECOND, () -> turns(2)));
            trace.add("inner cleanup");
          }
          turn();
          trace.add("cleanup");
        }));
        await(cleanup(SECOND, Steps::turn));
        trace.add("more cleanup");
      }
      turn(); // where requests that came during cleanup arrive at the latest
    });
    Task<Void> task = createTask(work, "work");
    List<Task<Boolean>> cancellers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int turns = 2 * i;
      Coroutine<Boolean> cancels = async(() -> {
        turns(turns);
        return task.cancel();
      });
      cancellers.add(createTask(cancels, "canceller " + i));
    }
    long requests =
        await(gather(cancellers)).stream().filter(requested -> requested).count();
    assertThat(isSuccess(task)).isEqualTo(requests == 0);
    assertThat(task.cancelling()).isEqualTo((int) requests);
    if (!trace.isEmpty()) {
      assertThat(trace).containsExactly("begun", "inner cleanup", "cleanup", "more cleanup");
    }
  }

  @Test
  void what_a_cancelled_task_cleans_up_with_works_as_everywhere_and_cancels_nothing_else() {
    Set<String> moments = inAnyOrder(300, () -> {
      var victim = new Victim();
      victim.start(() -> {
        victim.is("at work");
        try {
          turns(3);
        } finally {
          victim.is("cleaning up");
          await(stoppedGroup());
          turn();
          TaskGroup empty = taskGroup();
          await(empty.run(empty::cancel));
          turn();
          Timeout limit = timeout(Duration.ZERO);
          try {
            await(limit.run(() -> turns(2)));
          } catch (AsyncTimeoutException e) {
            assertThat(limit.expired()).isTrue();
          }
          turn();
          victim.is("clean");
        }
      });
      turns(2);
      boolean atWork = victim.doing().equals("at work");
      if (atWork) {
        victim.cancel();
      }
      assertThat(isSuccess(victim.task())).isEqualTo(!atWork);
      assertThat(victim.doing()).isEqualTo("clean");
      assertThat(victim.task().cancelling()).isEqualTo(atWork ? 1 : 0);
      return victim.moment();
    });
    assertThat(moments).containsExactly("at work", "never cancelled");
  }

  /** Stopped by a task, and by the body. */
  private static Coroutine<Void> stoppedGroup() {
    TaskGroup group = taskGroup();
    return group.run(() -> {
      Coroutine<Void> stops = async(() -> {
        turn();
        group.cancel();
      });
      group.createTask(stops, "stops the group");
      turns(2);
      group.cancel();
    });
  }

  @AsyncTest(schedules = 300)
  void cancelling_a_task_that_awaits_others_ends_all_of_them_the_innermost_first() {
    List<Integer> begun = new ArrayList<>();
    List<Integer> ended = new ArrayList<>();
    Task<Void> outermost = chain(1, begun, ended);
    Coroutine<Boolean> cancels = async(() -> {
      turns(3);
      return outermost.cancel();
    });
    boolean requested = await(createTask(cancels, "canceller"));
    assertThat(isSuccess(outermost)).isEqualTo(!requested);
    for (Task<?> task : EventLoop.current().tasks()) {
      if (task != currentTask()) {
        boolean unused = task.cancel(); // awaited by one that had not begun to
        await(gatherOutcomes(List.of(task)));
      }
    }
    List<Integer> innermostFirst = new ArrayList<>(begun);
    innermostFirst.sort((a, b) -> b - a);
    assertThat(ended).isEqualTo(innermostFirst);
  }

  /** A task that awaits another, which awaits another and so on. */
  private static Task<Void> chain(int depth, List<Integer> begun, List<Integer> ended) {
    Coroutine<Void> link = async(() -> {
      begun.add(depth);
      try {
        if (depth < 4) {
          await(chain(depth + 1, begun, ended));
        } else {
          turns(2);
        }
      } finally {
        await(cleanup(SECOND, Steps::turn));
        ended.add(depth);
      }
    });
    return createTask(link, "link " + depth);
  }

  // ---- everywhere

  /** Everything a task may wait for, with others that want or give the same. */
  private static final class World {
    private final AsyncLock lock = new AsyncLock();
    private final AsyncSemaphore semaphore = AsyncSemaphore.bounded(1);
    private final AsyncCondition condition = new AsyncCondition(lock);
    private final AsyncEvent event = new AsyncEvent();
    private final AsyncBarrier barrier = new AsyncBarrier(2);
    private final AsyncQueue<String> requests = AsyncQueue.fifo(1);
    private final AsyncQueue<String> answers = AsyncQueue.fifo(1);
    private final AsyncEvent reached = new AsyncEvent();
    private final int last;
    private final boolean byItself;
    private int awaits;
    private int begun;
    private int ended;
    private boolean requested;

    World(int last, boolean byItself) {
      this.last = last;
      this.byItself = byItself;
    }

    /** Awaits, after it has seen to the cancellation of the task that does if it is the one await of which. */
    private <T> T step(Awaitable<T> work) {
      awaits++;
      if (awaits == last && byItself) {
        requested = currentTask().cancel();
      } else if (awaits == last) {
        reached.set();
      }
      return await(work);
    }

    Coroutine<Void> tour() {
      return async(() -> {
        begun++;
        try (Held held = step(lock.acquire())) {
          assertThat(held).isNotNull();
          step(sleep(Duration.ZERO)); // 2
          step(condition.waitForSignal()); // 3
        } finally {
          await(cleanup(SECOND, () -> turns(2)));
          ended++;
        }
        step(semaphore.run(() -> {
          step(sleep(Duration.ZERO)); // 5
        }));
        step(requests.put("request")); // 6
        String answer = step(answers.take()); // 7
        assertThat(answer).isEqualTo("request");
        int unused = step(barrier.arriveAndWait()); // 8
        step(timeout(SECOND).run(() -> {
          step(event.waitUntilSet()); // 10
        }));
        TaskGroup group = taskGroup();
        step(group.run(
            () -> { // 11
              group.createTask(leaf(), "leaf of group");
              group.createTask(leaf(), "other leaf of group");
              step(sleep(Duration.ZERO)); // 12
            }));
        step(gather(leaf(), leaf())); // 13
        step(waitFor(createTask(leaf(), "leaf"), SECOND)); // 14
        step(sleep(Duration.ofMillis(1))); // 15
      });
    }

    private Coroutine<Void> leaf() {
      return async(() -> {
        begun++;
        try {
          await(lock.run(Steps::turn));
        } finally {
          await(cleanup(SECOND, Steps::turn));
          ended++;
        }
      });
    }

    /** What the others do, again and again until they are cancelled. */
    List<Task<Void>> others() {
      return List.of(
          others("user of the lock", () -> await(lock.run(Steps::turn))),
          others("user of the semaphore", () -> await(semaphore.run(Steps::turn))),
          others("signaller", () -> await(lock.run(condition::signalAll))),
          others("answerer", () -> await(answers.put(await(requests.take())))),
          others("party", () -> {
            try {
              int unused = await(barrier.arriveAndWait());
            } catch (BarrierBrokenException e) {
              await(sleep(SECOND));
            }
          }),
          others("setter", event::set));
    }

    private static Task<Void> others(String name, Runnable action) {
      Coroutine<Void> repeats = async(() -> {
        for (int i = 0; i < 3; i++) {
          action.run();
          await(sleep(Duration.ofMillis(1)));
        }
      });
      return createTask(repeats, name);
    }

    void assertNothingHeld() {
      await(untilIdle()); // who was gathered may still clean up when the gather ends
      assertThat(ended).isEqualTo(begun);
      assertThat(condition).hasToString("AsyncCondition[AsyncLock[unlocked]]");
      assertThat(semaphore).hasToString("AsyncSemaphore[1 of 1 permits]");
      assertThat(requests.toString() + answers).doesNotContain("taking", "putting");
      assertThat(barrier.getNumberWaiting()).isZero();
      assertThat(event.toString()).doesNotContain("waiting");
      assertThat(EventLoop.current().tasks()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
  @AsyncTest(schedules = 30)
  void a_task_that_is_cancelled_at_any_of_its_awaits_cleans_up_and_holds_nothing(int number) {
    var world = new World(number, false);
    List<Task<Void>> others = world.others();
    Task<Void> tour = createTask(world.tour(), "tour");
    Coroutine<Void> cancels = async(() -> {
      await(world.reached.waitUntilSet());
      world.requested = tour.cancel();
    });
    Task<Void> canceller = createTask(cancels, "canceller");
    boolean succeeded = isSuccess(tour);
    canceller.cancel(); // if there are not so many awaits
    await(gatherOutcomes(List.of(canceller)));
    others.forEach(other -> other.cancel());
    await(gatherOutcomes(others));
    assertThat(succeeded).isEqualTo(!world.requested);
    world.assertNothingHeld();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
  @AsyncTest(schedules = 30)
  void a_task_that_cancels_itself_before_any_of_its_awaits_cleans_up_and_holds_nothing(int number) {
    var world = new World(number, true);
    List<Task<Void>> others = world.others();
    Task<Void> tour = createTask(world.tour(), "tour");
    Outcome<Void> outcome = outcome(tour);
    others.forEach(other -> other.cancel());
    await(gatherOutcomes(others));
    assertThat(outcome instanceof Outcome.Cancelled<?>).isEqualTo(number <= 15);
    world.assertNothingHeld();
  }
}
