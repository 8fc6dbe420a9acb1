package dev.asyncawait.conformance.anyorder;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.cleanup;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.conformance.anyorder.Steps.inAnyOrder;
import static dev.asyncawait.conformance.anyorder.Steps.isSuccess;
import static dev.asyncawait.conformance.anyorder.Steps.outcome;
import static dev.asyncawait.conformance.anyorder.Steps.pending;
import static dev.asyncawait.conformance.anyorder.Steps.turn;
import static dev.asyncawait.conformance.anyorder.Steps.turns;
import static dev.asyncawait.test.VirtualTime.untilIdle;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.AsyncBarrier;
import dev.asyncawait.AsyncCondition;
import dev.asyncawait.AsyncEvent;
import dev.asyncawait.AsyncLimiter;
import dev.asyncawait.AsyncLock;
import dev.asyncawait.AsyncRateLimiter;
import dev.asyncawait.AsyncSemaphore;
import dev.asyncawait.BarrierBrokenException;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Held;
import dev.asyncawait.Outcome;
import dev.asyncawait.Task;
import dev.asyncawait.test.AsyncTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What holds of locks, semaphores, conditions, events and barriers whoever runs next. */
class LocksInAnyOrderTest {

  /** Where only some may be at once. */
  private static final class Room {
    private final int most;
    private int inside;
    private int visits;

    Room(int most) {
      this.most = most;
    }

    void visit() {
      inside++;
      visits++;
      try {
        assertThat(inside).as("inside at once").isLessThanOrEqualTo(most);
        turn();
      } finally {
        inside--;
      }
    }
  }

  // ---- limits

  @AsyncTest(schedules = 300)
  void a_token_is_given_in_the_order_of_arrival() {
    var limiter = new AsyncLimiter(1);
    var room = new Room(1);
    List<String> arrived = new ArrayList<>();
    List<String> given = new ArrayList<>();
    List<Task<Void>> tasks = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      Coroutine<Void> work = async(() -> {
        for (int round = 0; round < 2; round++) {
          arrived.add(name);
          await(limiter.run(() -> {
            given.add(name);
            room.visit();
          }));
        }
      });
      tasks.add(createTask(work, name));
    }
    await(gather(tasks));
    assertThat(given).isEqualTo(arrived).hasSize(6);
    assertThat(limiter).hasToString("AsyncLimiter[0 of 1 tokens borrowed]");
  }

  @AsyncTest(schedules = 300)
  void no_more_have_a_token_than_there_are_when_tokens_are_added_and_who_waits_is_cancelled() {
    var limiter = new AsyncLimiter(1);
    var room = new Room(2);
    List<Task<Void>> tasks = new ArrayList<>();
    for (String name : List.of("a", "b", "c", "d")) {
      tasks.add(createTask(limiter.run(room::visit), name));
    }
    Coroutine<Void> more = async(() -> {
      turn();
      limiter.setTokens(2);
    });
    Coroutine<Void> cancels = async(() -> {
      turns(2);
      tasks.get(1).cancel();
    });
    await(gather(createTask(more, "more"), createTask(cancels, "canceller")));
    await(gatherOutcomes(tasks));
    assertThat(tasks).filteredOn(Steps::isSuccess).hasSizeBetween(3, 4);
    assertThat(limiter).hasToString("AsyncLimiter[0 of 2 tokens borrowed]");
  }

  @AsyncTest(schedules = 300)
  void a_rate_limiter_lets_tasks_go_on_in_the_order_of_arrival() {
    var limiter = new AsyncRateLimiter(2, Duration.ofSeconds(1));
    List<String> arrived = new ArrayList<>();
    List<String> passed = new ArrayList<>();
    List<Task<Void>> tasks = new ArrayList<>();
    for (String name : List.of("a", "b", "c", "d", "e")) {
      Coroutine<Void> work = async(() -> {
        arrived.add(name);
        await(limiter.acquire());
        passed.add(name);
      });
      tasks.add(createTask(work, name));
    }
    Coroutine<Void> cancels = async(() -> {
      turn();
      tasks.get(0).cancel();
    });
    await(createTask(cancels, "canceller"));
    await(gatherOutcomes(tasks));
    if (!isSuccess(tasks.get(0))) {
      arrived.remove("a");
    }
    assertThat(passed).isEqualTo(arrived);
    assertThat(EventLoop.current().time()).isEqualTo(Duration.ofSeconds((passed.size() - 1) / 2));
    assertThat(limiter).hasToString("AsyncRateLimiter[2 per PT1S]");
  }

  // ---- locks

  @AsyncTest(schedules = 300)
  void a_counter_that_is_read_and_written_around_an_await_loses_no_update_under_a_lock() {
    var lock = new AsyncLock();
    int[] counter = new int[1];
    List<Task<Void>> workers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Coroutine<Void> work = async(() -> {
        for (int round = 0; round < 3; round++) {
          await(lock.run(() -> {
            int read = counter[0];
            turn();
            counter[0] = read + 1;
          }));
        }
      });
      workers.add(createTask(work, "worker " + i));
    }
    await(gather(workers));
    assertThat(counter[0]).isEqualTo(12);
    assertThat(lock).hasToString("AsyncLock[unlocked]");
  }

  @AsyncTest(schedules = 300)
  void
      a_lock_is_given_in_the_order_of_arrival_and_tried_for_with_success_only_if_nobody_is_before() {
    var lock = new AsyncLock();
    var room = new Room(1);
    List<String> arrived = new ArrayList<>();
    List<String> given = new ArrayList<>();
    List<Task<Void>> tasks = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String name = "waiter " + i;
      Coroutine<Void> work = async(() -> {
        for (int round = 0; round < 2; round++) {
          arrived.add(name);
          await(lock.run(() -> {
            given.add(name);
            room.visit();
          }));
          turn();
        }
      });
      tasks.add(createTask(work, name));
    }
    Coroutine<Void> tries = async(() -> {
      for (int i = 0; i < 6; i++) {
        boolean nobodyBefore = room.inside == 0 && arrived.equals(given);
        Held held = lock.tryAcquire();
        assertThat(held != null).isEqualTo(nobodyBefore);
        if (held != null) {
          try (held) {
            room.visit();
          }
        }
        turn();
      }
    });
    tasks.add(createTask(tries, "tries"));
    await(gather(tasks));
    assertThat(given).isEqualTo(arrived).hasSize(6);
    assertThat(lock).hasToString("AsyncLock[unlocked]");
  }

  @Test
  void a_task_cancelled_before_while_or_after_it_waits_leaves_the_lock_to_the_others() {
    Set<String> moments = inAnyOrder(300, () -> {
      var lock = new AsyncLock();
      var room = new Room(1);
      List<Task<Void>> others = new ArrayList<>();
      var victim = new Victim();
      victim.start(() -> {
        await(lock.run(() -> {
          victim.is("holding");
          room.visit();
        }));
      });
      for (int i = 0; i < 3; i++) {
        Coroutine<Void> work = async(() -> {
          await(lock.run(room::visit));
        });
        others.add(createTask(work, "other " + i));
      }
      Coroutine<Void> cancels = async(() -> {
        turn();
        victim.cancel();
      });
      await(gather(gather(others), createTask(cancels, "canceller")));
      boolean entered = isSuccess(victim.task()) || victim.moment().equals("holding");
      assertThat(room.visits).isEqualTo(entered ? 4 : 3);
      assertThat(lock).hasToString("AsyncLock[unlocked]");
      return victim.moment();
    });
    assertThat(moments).containsExactly("done", "holding", "not started", "waiting", "woken");
  }

  @Test
  void a_task_whose_value_is_the_lock_keeps_it_only_if_it_was_not_cancelled() {
    Set<String> ends = inAnyOrder(200, () -> {
      var lock = new AsyncLock();
      var room = new Room(1);
      Coroutine<Void> work = async(() -> {
        await(lock.run(room::visit));
        await(lock.run(room::visit));
      });
      Task<Void> other = createTask(work, "other");
      Coroutine<Held> acquires = async(() -> {
        Held held = await(lock.acquire());
        await(cleanup(Duration.ofSeconds(1), Steps::turn)); // which a cancellation waits for
        return held;
      });
      Task<Held> acquire = createTask(acquires, "acquire");
      Coroutine<Boolean> cancels = async(() -> {
        turn();
        return acquire.cancel();
      });
      Task<Boolean> canceller = createTask(cancels, "canceller");
      Outcome<Held> outcome = outcome(acquire);
      assertThat(outcome instanceof Outcome.Cancelled<?>).isEqualTo(await(canceller));
      if (outcome instanceof Outcome.Success<Held> success) {
        success.value().close();
      }
      await(other);
      assertThat(lock).hasToString("AsyncLock[unlocked]");
      return outcome.getClass().getSimpleName();
    });
    assertThat(ends).containsExactly("Cancelled", "Success");
  }

  // ---- semaphores

  @AsyncTest(schedules = 300)
  void never_are_more_inside_than_a_semaphore_has_permits_and_all_come_back() {
    var semaphore = AsyncSemaphore.bounded(2);
    var room = new Room(2);
    int[] arrivals = new int[1];
    List<Task<Void>> workers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Coroutine<Void> work = async(() -> {
        arrivals[0]++;
        await(semaphore.run(room::visit));
        turn();
        arrivals[0]++;
        await(semaphore.run(room::visit));
      });
      workers.add(createTask(work, "worker " + i));
    }
    Coroutine<Void> tries = async(() -> {
      for (int i = 0; i < 4; i++) {
        boolean nobodyBefore = arrivals[0] == room.visits;
        boolean hasPermit = semaphore.availablePermits() > 0;
        Held held = semaphore.tryAcquire();
        assertThat(held != null).isEqualTo(hasPermit && nobodyBefore);
        if (held != null) {
          arrivals[0]++;
          try (held) {
            room.visit();
          }
        }
        turn();
      }
    });
    workers.add(createTask(tries, "tries"));
    await(gather(workers));
    assertThat(room.visits).isEqualTo(arrivals[0]);
    assertThat(semaphore).hasToString("AsyncSemaphore[2 of 2 permits]");
  }

  @Test
  void tasks_cancelled_before_while_or_after_they_wait_cost_a_semaphore_no_permit() {
    Set<String> moments = inAnyOrder(300, () -> {
      var semaphore = AsyncSemaphore.bounded(2);
      var room = new Room(2);
      List<Victim> victims = List.of(new Victim(), new Victim());
      List<Task<Void>> others = new ArrayList<>();
      for (Victim victim : victims) {
        Coroutine<Void> work = async(() -> {
          await(semaphore.run(room::visit));
          await(semaphore.run(room::visit));
        });
        others.add(createTask(work, "other " + others.size()));
        victim.start(() -> {
          await(semaphore.run(() -> {
            victim.is("holding");
            room.visit();
          }));
        });
      }
      Coroutine<Void> cancels = async(() -> {
        turn();
        victims.get(0).cancel();
        turn();
        victims.get(1).cancel();
      });
      await(gather(gather(others), createTask(cancels, "canceller")));
      int entered = 0;
      for (Victim victim : victims) {
        entered += isSuccess(victim.task()) || victim.moment().equals("holding") ? 1 : 0;
      }
      assertThat(room.visits).isEqualTo(4 + entered);
      assertThat(semaphore).hasToString("AsyncSemaphore[2 of 2 permits]");
      return victims.get(1).moment();
    });
    assertThat(moments).containsExactly("done", "holding", "not started", "waiting", "woken");
  }

  @Test
  void each_released_permit_lets_one_go_on_the_first_to_come_first_also_if_one_is_cancelled() {
    Set<String> moments = inAnyOrder(300, () -> {
      var semaphore = new AsyncSemaphore(0);
      List<String> arrived = new ArrayList<>();
      Map<String, Held> given = new HashMap<>();
      List<Task<Void>> others = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        String name = "other " + i;
        Coroutine<Void> work = async(() -> {
          arrived.add(name);
          given.put(name, await(semaphore.acquire()));
        });
        others.add(createTask(work, name));
      }
      var victim = new Victim();
      victim.start(() -> {
        arrived.add("victim");
        given.put("victim", await(semaphore.acquire()));
      });
      Coroutine<Void> releases = async(() -> {
        semaphore.release();
        turn();
        semaphore.release();
      });
      Coroutine<Void> cancels = async(() -> {
        turn();
        victim.cancel();
      });
      await(gather(createTask(releases, "releases"), createTask(cancels, "canceller")));
      await(untilIdle());
      if (!given.containsKey("victim") && victim.task().isDone()) {
        arrived.remove("victim");
      }
      assertThat(given).containsOnlyKeys(arrived.subList(0, 2));
      assertThat(semaphore.availablePermits()).isZero();
      semaphore.release();
      semaphore.release();
      await(gather(others));
      await(gatherOutcomes(List.of(victim.task())));
      given.values().forEach(Held::close);
      assertThat(semaphore).hasToString("AsyncSemaphore[4 permits]");
      return victim.moment();
    });
    assertThat(moments).containsExactly("done", "not started", "waiting", "woken");
  }

  // ---- conditions

  @AsyncTest(schedules = 300)
  void a_signal_wakes_as_many_as_it_says_the_first_to_come_and_a_signal_for_all_the_rest() {
    var condition = new AsyncCondition();
    var room = new Room(1);
    List<String> waiting = new ArrayList<>();
    Set<String> signalled = new HashSet<>();
    Set<String> woken = new HashSet<>();
    List<Task<Void>> waiters = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      String name = "waiter " + i;
      Coroutine<Void> wait = condition.lock().run(() -> {
        room.visit();
        waiting.add(name);
        await(condition.waitForSignal());
        woken.add(name);
        room.visit();
      });
      waiters.add(createTask(wait, name));
    }
    Coroutine<Void> signals = async(() -> {
      for (int most = 1; most <= 2; most++) {
        int count = most;
        await(condition.lock().run(() -> {
          condition.signal(count);
          List<String> first = waiting.subList(0, Math.min(count, waiting.size()));
          signalled.addAll(first);
          first.clear();
        }));
        turn();
      }
    });
    await(createTask(signals, "signaller"));
    await(untilIdle());
    assertThat(woken).isEqualTo(signalled);
    await(condition.lock().run(condition::signalAll));
    await(gather(waiters));
    assertThat(condition).hasToString("AsyncCondition[AsyncLock[unlocked]]");
  }

  @Test
  void a_signal_for_one_who_is_cancelled_goes_to_another_and_all_go_on_with_the_lock() {
    Set<String> moments = inAnyOrder(300, () -> {
      var condition = new AsyncCondition();
      var room = new Room(1);
      int[] woken = new int[1];
      var victim = new Victim();
      victim.start(() -> await(condition.lock().run(() -> {
        try {
          await(condition.waitForSignal());
          victim.is("going on");
        } finally {
          room.visit();
        }
      })));
      await(untilIdle());
      List<Task<Void>> others = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Coroutine<Void> waits = condition.lock().run(() -> {
          await(condition.waitForSignal());
          woken[0]++;
          room.visit();
        });
        others.add(createTask(waits, "other " + i));
      }
      await(untilIdle());
      Coroutine<Void> signals = condition.lock().run(() -> {
        condition.signal();
        victim.is("signalled");
        room.visit();
        condition.signal();
      });
      Coroutine<Void> cancels = async(() -> {
        turns(2);
        victim.cancel();
      });
      await(gather(createTask(signals, "signaller"), createTask(cancels, "canceller")));
      await(untilIdle());
      assertThat(isSuccess(victim.task())).isEqualTo(victim.moment().equals("done"));
      // who waits in vain and is cancelled wakes another all the same, as in asyncio
      Map<String, Integer> expected =
          Map.of("waiting", 3, "signalled", 2, "going on", 1, "done", 1);
      assertThat(woken[0]).isEqualTo(expected.get(victim.moment()));
      await(condition.lock().run(condition::signalAll));
      await(gather(others));
      assertThat(condition).hasToString("AsyncCondition[AsyncLock[unlocked]]");
      return victim.moment();
    });
    assertThat(moments).containsExactly("done", "going on", "signalled", "waiting");
  }

  @Test
  void nobody_waits_for_what_is_there_although_one_who_waits_for_it_is_cancelled() {
    Set<String> moments = inAnyOrder(300, () -> {
      var condition = new AsyncCondition();
      int[] tokens = new int[1];
      var victim = new Victim();
      victim.start(() -> takeToken(condition, tokens));
      List<Task<Void>> others = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Coroutine<Void> takes = async(() -> takeToken(condition, tokens));
        others.add(createTask(takes, "other " + i));
      }
      Coroutine<Void> gives = async(() -> {
        for (int i = 0; i < 3; i++) {
          giveToken(condition, tokens);
          turn();
        }
      });
      Coroutine<Void> cancels = async(() -> {
        turn();
        victim.cancel();
      });
      await(gather(createTask(gives, "giver"), createTask(cancels, "canceller")));
      await(untilIdle());
      assertThat(victim.task().isDone()).isTrue();
      int missing = isSuccess(victim.task()) ? 1 : 0;
      assertThat(pending(others)).isEqualTo(missing);
      assertThat(tokens[0]).isZero();
      for (int i = 0; i < missing; i++) {
        giveToken(condition, tokens);
      }
      await(gather(others));
      assertThat(condition).hasToString("AsyncCondition[AsyncLock[unlocked]]");
      return victim.moment();
    });
    assertThat(moments).containsExactly("done", "not started", "waiting", "woken");
  }

  private static void takeToken(AsyncCondition condition, int[] tokens) {
    await(condition.lock().run(() -> {
      await(condition.waitUntil(() -> tokens[0] > 0));
      tokens[0]--;
    }));
  }

  private static void giveToken(AsyncCondition condition, int[] tokens) {
    await(condition.lock().run(() -> {
      tokens[0]++;
      condition.signal();
    }));
  }

  // ---- events

  @Test
  void who_waits_when_an_event_is_set_goes_on_although_it_is_cleared_and_who_comes_later_waits() {
    Set<String> moments = inAnyOrder(300, () -> {
      var event = new AsyncEvent();
      int[] sets = new int[1];
      List<Task<Void>> before = new ArrayList<>();
      List<Task<Void>> after = new ArrayList<>();
      List<Task<Void>> tasks = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int index = i;
        Coroutine<Void> waits = async(() -> {
          (sets[0] == 0 ? before : after).add(tasks.get(index));
          int setsBefore = sets[0];
          await(event.waitUntilSet());
          assertThat(sets[0]).isGreaterThan(setsBefore);
        });
        tasks.add(createTask(waits, "waiter " + i));
      }
      var victim = new Victim();
      victim.start(() -> await(event.waitUntilSet()));
      Coroutine<Void> setsIt = async(() -> {
        turn();
        sets[0]++;
        event.set();
        event.clear();
      });
      Coroutine<Void> cancels = async(() -> {
        turn();
        victim.cancel();
      });
      await(gather(createTask(setsIt, "setter"), createTask(cancels, "canceller")));
      await(untilIdle());
      assertThat(before).allMatch(Task::isDone);
      assertThat(after).noneMatch(Task::isDone);
      sets[0]++;
      event.set();
      await(gather(tasks));
      assertThat(isSuccess(victim.task())).isEqualTo(victim.moment().equals("done"));
      assertThat(event).hasToString("AsyncEvent[set]");
      return victim.moment();
    });
    assertThat(moments).containsExactly("done", "not started", "waiting", "woken");
  }

  // ---- barriers

  @AsyncTest(schedules = 300)
  void nobody_passes_a_barrier_before_all_parties_have_come_round_after_round() {
    var barrier = new AsyncBarrier(3);
    int[] arrivals = new int[1];
    List<Integer> numbers = new ArrayList<>();
    List<Task<Void>> tasks = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Coroutine<Void> meets = async(() -> {
        for (int round = 1; round <= 4; round++) {
          arrivals[0]++;
          numbers.add(await(barrier.arriveAndWait()));
          assertThat(arrivals[0]).isGreaterThanOrEqualTo(3 * round);
        }
      });
      tasks.add(createTask(meets, "party " + i));
    }
    await(gather(tasks));
    for (int first = 0; first < 12; first += 3) {
      assertThat(numbers.subList(first, first + 3)).containsExactlyInAnyOrder(0, 1, 2);
    }
    assertThat(barrier).hasToString("AsyncBarrier[filling, 0 of 3]");
  }

  /** One who was cancelled counts until it has gone on, as in asyncio: then two of three pass. */
  @Test
  void one_who_is_cancelled_leaves_a_barrier_and_as_many_as_suffice_never_wait() {
    Set<String> moments = inAnyOrder(400, () -> {
      var barrier = new AsyncBarrier(3);
      List<Integer> numbers = new ArrayList<>();
      var victim = new Victim();
      victim.start(() -> numbers.add(await(barrier.arriveAndWait())));
      List<Task<Void>> others = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        Coroutine<Void> meets = async(() -> {
          numbers.add(await(barrier.arriveAndWait()));
        });
        others.add(createTask(meets, "party " + i));
      }
      Coroutine<Void> cancels = async(() -> {
        turn();
        victim.cancel();
      });
      await(createTask(cancels, "canceller"));
      await(untilIdle());
      if (victim.moment().equals("done") || victim.moment().equals("not started")) {
        assertThat(numbers.size() % 3).isZero();
      } else {
        assertThat(numbers.size() % 3).isIn(0, 2);
      }
      int waiting = pending(others) + pending(List.of(victim.task()));
      assertThat(waiting).isLessThan(3).isEqualTo(barrier.getNumberWaiting());
      barrier.abort();
      int broken = 0;
      for (Outcome<Void> outcome : await(gatherOutcomes(others))) {
        broken += outcome instanceof Outcome.Failure<?> ? 1 : 0;
      }
      assertThat(broken).isEqualTo(waiting);
      assertThat(barrier).hasToString("AsyncBarrier[broken, 0 of 3]");
      return victim.moment();
    });
    assertThat(moments).containsExactly("done", "not started", "waiting", "woken");
  }

  /** Meets a few times; how often that went well. */
  private static Task<Integer> party(AsyncBarrier barrier, String name) {
    Coroutine<Integer> meets = async(() -> {
      int met = 0;
      for (int round = 0; round < 2; round++) {
        try {
          int unused = await(barrier.arriveAndWait());
          met++;
        } catch (BarrierBrokenException e) {
          turn();
        }
      }
      return met;
    });
    return createTask(meets, name);
  }

  @AsyncTest(schedules = 300)
  void an_aborted_barrier_holds_nobody_and_is_as_new_after_a_reset() {
    var barrier = new AsyncBarrier(2);
    List<Task<Integer>> parties = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      parties.add(party(barrier, "party " + i));
    }
    int[] metByHalf = new int[1];
    Coroutine<Void> aborts = async(() -> {
      turns(2);
      metByHalf[0] = barrier.toString().startsWith("AsyncBarrier[draining, 1") ? 1 : 0;
      barrier.abort();
    });
    await(createTask(aborts, "aborter"));
    int met = 0;
    for (int count : await(gather(parties))) {
      met += count;
    }
    assertThat((met + metByHalf[0]) % 2).isZero();
    assertThat(barrier.isBroken()).isTrue();
    barrier.reset();
    Task<Integer> other = party(barrier, "other");
    assertThat(await(gather(other, party(barrier, "another")))).containsExactly(2, 2);
    assertThat(barrier).hasToString("AsyncBarrier[filling, 0 of 2]");
  }

  @AsyncTest(schedules = 300)
  void a_reset_sends_away_who_waits_at_a_barrier_and_nobody_else() {
    var barrier = new AsyncBarrier(3);
    int[] met = new int[1];
    int[] sentAway = new int[1];
    List<Task<Void>> parties = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Coroutine<Void> meets = async(() -> {
        try {
          int unused = await(barrier.arriveAndWait());
          met[0]++;
        } catch (BarrierBrokenException e) {
          sentAway[0]++;
        }
      });
      parties.add(createTask(meets, "party " + i));
    }
    int[] here = new int[1];
    boolean[] draining = new boolean[1];
    Coroutine<Void> resets = async(() -> {
      draining[0] = barrier.toString().startsWith("AsyncBarrier[draining");
      here[0] = Integer.parseInt(barrier.toString().replaceAll(".*, (\\d) of 3]", "$1"));
      barrier.reset();
    });
    await(createTask(resets, "resetter"));
    await(untilIdle());
    assertThat(sentAway[0]).isEqualTo(here[0]);
    assertThat(met[0] % 3).isEqualTo(draining[0] ? 3 - here[0] : 0);
    int waiting = 8 - met[0] - sentAway[0];
    assertThat(waiting).isLessThan(3).isEqualTo(barrier.getNumberWaiting());
    barrier.reset();
    await(gather(parties));
    assertThat(sentAway[0]).isEqualTo(here[0] + waiting);
    assertThat(barrier).hasToString("AsyncBarrier[filling, 0 of 3]");
  }
}
