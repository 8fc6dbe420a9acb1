package dev.asyncawait.conformance.anyorder;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.conformance.anyorder.Steps.inAnyOrder;
import static dev.asyncawait.conformance.anyorder.Steps.isSuccess;
import static dev.asyncawait.conformance.anyorder.Steps.pending;
import static dev.asyncawait.conformance.anyorder.Steps.turn;
import static dev.asyncawait.conformance.anyorder.Steps.turns;
import static dev.asyncawait.test.VirtualTime.untilIdle;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.AsyncQueue;
import dev.asyncawait.Coroutine;
import dev.asyncawait.Outcome;
import dev.asyncawait.QueueShutDownException;
import dev.asyncawait.Task;
import dev.asyncawait.test.AsyncTest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds of queues whoever runs next. */
class QueuesInAnyOrderTest {

  /** A queue whose every operation is compared with what a collection of the JDK does. */
  private static final class Watched {
    private final AsyncQueue<String> queue;
    private final Queue<String> model;
    private int put;
    private int done;

    /** How often nothing was unfinished any more. */
    private int finishes;

    private Watched(AsyncQueue<String> queue, Queue<String> model) {
      this.queue = queue;
      this.model = model;
    }

    static Watched fifo(int capacity) {
      return new Watched(AsyncQueue.fifo(capacity), new ArrayDeque<>());
    }

    static Watched of(String kind, int capacity) {
      return switch (kind) {
        case "fifo" -> fifo(capacity);
        case "lifo" ->
          new Watched(AsyncQueue.lifo(capacity), Collections.asLifoQueue(new ArrayDeque<>()));
        case "priority" ->
          new Watched(
              AsyncQueue.priority(Comparator.<String>naturalOrder(), capacity),
              new PriorityQueue<>());
        default -> throw new AssertionError(kind);
      };
    }

    void put(String item) {
      await(queue.put(item));
      wasPut(item);
    }

    boolean tryPut(String item) {
      boolean hadRoom = model.size() < queue.capacity();
      boolean accepted = queue.tryPut(item);
      assertThat(accepted).isEqualTo(hadRoom);
      if (accepted) {
        wasPut(item);
      }
      return accepted;
    }

    private void wasPut(String item) {
      model.add(item);
      put++;
      check();
    }

    String take() {
      String item = await(queue.take());
      wasTaken(item);
      return item;
    }

    void tryTake() {
      String item = queue.tryTake();
      wasTaken(item);
    }

    void wasTaken(String item) {
      assertThat(item).isEqualTo(model.poll());
      check();
    }

    void check() {
      assertThat(queue.size()).isEqualTo(model.size()).isLessThanOrEqualTo(queue.capacity());
    }

    void taskDone() {
      queue.taskDone();
      wasDone(1);
    }

    void wasDone(int count) {
      done += count;
      finishes += done == put ? 1 : 0;
    }
  }

  private static final Set<String> ALL_MOMENTS = Set.of("done", "not started", "waiting", "woken");

  // ---- putting and taking

  @ParameterizedTest
  @ValueSource(strings = {"fifo", "lifo", "priority"})
  @AsyncTest(schedules = 150)
  void every_item_is_taken_once_and_when_it_is_its_turn(String kind) {
    var watched = Watched.of(kind, 2);
    List<String> received = new ArrayList<>();
    List<Task<Void>> tasks = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int number = i;
      Coroutine<Void> puts = async(() -> {
        for (int item = 0; item < 3; item++) {
          watched.put(item + " of " + number);
        }
      });
      tasks.add(createTask(puts, "putter " + i));
    }
    for (int share : List.of(5, 4)) {
      Coroutine<Void> takes = async(() -> {
        for (int n = 0; n < share; n++) {
          received.add(watched.take());
          turn();
        }
      });
      tasks.add(createTask(takes, "taker of " + share));
    }
    await(gather(tasks));
    assertThat(received).hasSize(9).doesNotHaveDuplicates();
    if (!kind.equals("lifo")) {
      for (int i = 0; i < 3; i++) {
        assertThat(received).containsSubsequence("0 of " + i, "1 of " + i, "2 of " + i);
      }
    }
    assertThat(watched.queue).hasToString("AsyncQueue[0 of 2 items, 9 unfinished]");
  }

  @AsyncTest(schedules = 300)
  void who_tries_gets_what_is_there_and_whoever_was_woken_for_it_goes_on_waiting() {
    var watched = Watched.fifo(1);
    List<Task<Void>> tasks = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      String item = "item " + i;
      tasks.add(createTask(async(() -> watched.put(item)), "putter " + i));
      Coroutine<Void> takes = async(() -> {
        String unused = watched.take();
      });
      tasks.add(createTask(takes, "taker " + i));
    }
    Coroutine<Void> tries = async(() -> {
      for (int i = 0; i < 3; i++) {
        watched.tryTake();
        turn();
        boolean unused = watched.tryPut("try " + i);
        turn();
      }
    });
    await(createTask(tries, "tries"));
    await(untilIdle());
    assertNobodyWaitsInVain(watched, tasks);
    while (pending(tasks) > 0) { // first those who wait to put, then those who wait to take
      if (watched.queue.isEmpty()) {
        boolean unused = watched.tryPut("last");
      } else {
        watched.tryTake();
      }
      await(untilIdle());
    }
    await(gather(tasks));
  }

  /** When nothing can go on: nobody waits for an item that is there, or for room that is there. */
  private static void assertNobodyWaitsInVain(
      Watched watched, List<? extends Task<?>> puttersAndTakers) {
    for (Task<?> task : puttersAndTakers) {
      if (!task.isDone()) {
        boolean putter = task.getName().startsWith("putter");
        assertThat(putter ? watched.queue.isFull() : watched.queue.isEmpty())
            .as(task + " waits for good reason")
            .isTrue();
      }
    }
    watched.check();
  }

  // ---- cancellation

  @Test
  void a_cancelled_taker_has_taken_nothing_and_leaves_the_item_to_the_next() {
    Set<String> moments = inAnyOrder(300, () -> {
      var watched = Watched.fifo(5);
      var victim = new Victim();
      victim.start(() -> {
        String unused = watched.take();
      });
      List<Task<Void>> takers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        Coroutine<Void> takes = async(() -> {
          String unused = watched.take();
        });
        takers.add(createTask(takes, "taker " + i));
      }
      Coroutine<Void> puts = async(() -> {
        watched.put("first");
        turn();
        watched.put("second");
      });
      Coroutine<Void> cancels = async(() -> {
        turn();
        victim.cancel();
      });
      await(gather(createTask(puts, "putter"), createTask(cancels, "canceller")));
      await(untilIdle());
      assertNobodyWaitsInVain(watched, takers);
      assertThat(pending(takers)).isEqualTo(isSuccess(victim.task()) ? 1 : 0);
      assertThat(watched.queue.isEmpty()).isTrue();
      watched.put("last");
      await(gather(takers));
      watched.check();
      return victim.moment();
    });
    assertThat(moments).isEqualTo(ALL_MOMENTS);
  }

  @Test
  void a_cancelled_putter_has_put_nothing_and_leaves_its_room_to_the_next() {
    Set<String> moments = inAnyOrder(300, () -> {
      var watched = Watched.fifo(1);
      watched.put("item of main");
      var victim = new Victim();
      victim.start(() -> watched.put("item of victim"));
      List<Task<Void>> putters = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        String item = "item " + i;
        putters.add(createTask(async(() -> watched.put(item)), "putter " + i));
      }
      Coroutine<Void> takes = async(() -> {
        String unused = watched.take();
        turn();
        unused = watched.take();
      });
      Coroutine<Void> cancels = async(() -> {
        turn();
        victim.cancel();
      });
      await(gather(createTask(takes, "taker"), createTask(cancels, "canceller")));
      await(untilIdle());
      assertNobodyWaitsInVain(watched, putters);
      int accepted = isSuccess(victim.task()) ? 4 : 3;
      assertThat(pending(putters)).isEqualTo(accepted - 3);
      for (int left = accepted - 2; left > 0; left--) {
        String unused = watched.take();
      }
      await(gather(putters));
      assertThat(watched.queue.isEmpty()).isTrue();
      return victim.moment();
    });
    assertThat(moments).isEqualTo(ALL_MOMENTS);
  }

  @AsyncTest(schedules = 500)
  void whoever_is_cancelled_of_many_who_put_and_take_nothing_is_lost_and_nobody_waits_in_vain() {
    var watched = Watched.fifo(2);
    List<Task<Void>> tasks = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int number = i;
      Coroutine<Void> puts = async(() -> {
        watched.put("first of " + number);
        watched.put("second of " + number);
      });
      tasks.add(createTask(puts, "putter " + i));
      Coroutine<Void> takes = async(() -> {
        for (int n = 0; n < 2; n++) {
          String unused = watched.take();
          turn();
        }
      });
      tasks.add(createTask(takes, "taker " + i));
    }
    Coroutine<Void> cancels = async(() -> {
      for (int victim : List.of(0, 1, 7, 4)) {
        turn();
        tasks.get(victim).cancel();
      }
    });
    await(createTask(cancels, "canceller"));
    await(untilIdle());
    assertNobodyWaitsInVain(watched, tasks);
    tasks.forEach(task -> task.cancel());
    await(gatherOutcomes(tasks));
    watched.check();
    while (!watched.queue.isEmpty()) {
      watched.tryTake();
    }
    assertThat(watched.model).isEmpty();
  }

  // ---- work in progress

  @AsyncTest(schedules = 300)
  void join_waits_until_nothing_is_unfinished_and_no_longer() {
    var watched = Watched.fifo(2);
    List<Task<Void>> workers = new ArrayList<>();
    for (int share : List.of(2, 3)) {
      Coroutine<Void> works = async(() -> {
        for (int i = 0; i < share; i++) {
          String unused = watched.take();
          turn();
          watched.taskDone();
        }
      });
      workers.add(createTask(works, "worker of " + share));
    }
    Coroutine<Void> puts = async(() -> {
      for (int i = 0; i < 5; i++) {
        watched.put("item " + i);
        turn();
      }
    });
    workers.add(createTask(puts, "putter"));
    List<Task<Void>> joiners = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int start = i;
      Coroutine<Void> joins = async(() -> {
        turns(2 * start);
        boolean finished = watched.done == watched.put;
        int before = watched.finishes;
        await(watched.queue.join());
        if (finished) {
          assertThat(watched.finishes).isEqualTo(before);
        } else {
          assertThat(watched.finishes).isGreaterThan(before);
        }
      });
      joiners.add(createTask(joins, "joiner " + i));
    }
    await(gather(workers));
    await(untilIdle());
    assertThat(joiners).allMatch(Task::isDone);
    await(gather(joiners));
    assertThat(watched.queue).hasToString("AsyncQueue[0 of 2 items]");
  }

  @AsyncTest(schedules = 300)
  void
      workers_that_share_a_queue_deal_with_each_item_once_also_if_one_fails_and_one_is_cancelled() {
    AsyncQueue<String> queue = AsyncQueue.fifo(2);
    List<String> begun = new ArrayList<>();
    List<Task<Void>> workers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Coroutine<Void> works = queue.forEach(item -> {
        begun.add(item);
        if (item.equals("item 2")) {
          throw new IllegalArgumentException(item);
        }
        turn();
      });
      workers.add(createTask(works, "worker " + i));
    }
    Coroutine<Void> puts = async(() -> {
      for (int i = 0; i < 6; i++) {
        await(queue.put("item " + i));
      }
      queue.shutdown();
    });
    Coroutine<Void> cancels = async(() -> {
      turns(2);
      workers.get(0).cancel();
    });
    await(gather(createTask(puts, "putter"), createTask(cancels, "canceller")));
    await(queue.join());
    int failed = 0;
    for (Outcome<Void> outcome : await(gatherOutcomes(workers))) {
      failed += outcome instanceof Outcome.Failure<?> ? 1 : 0;
    }
    assertThat(failed).isEqualTo(1);
    assertThat(begun)
        .containsExactlyElementsOf(
            IntStream.range(0, 6).mapToObj(i -> "item " + i).toList());
    assertThat(queue).hasToString("AsyncQueue[0 of 2 items, shut down]");
  }

  // ---- the end

  /** Puts two items, or as many as it may. */
  private static Task<Void> putter(Watched watched, int number) {
    Coroutine<Void> puts = async(() -> {
      try {
        for (int item = 0; item < 2; item++) {
          watched.put(item + " of " + number);
          assertThat(watched.queue.isShutdown()).isFalse();
        }
      } catch (QueueShutDownException e) {
        assertThat(watched.queue.isShutdown()).isTrue();
      }
    });
    return createTask(puts, "putter " + number);
  }

  /** Takes and deals with items until there will be no more. */
  private static Task<Integer> taker(Watched watched, int number) {
    Coroutine<Integer> takes = async(() -> {
      for (int count = 0; ; count++) {
        try {
          String unused = watched.take();
        } catch (QueueShutDownException e) {
          assertThat(watched.queue.isShutdown()).isTrue();
          assertThat(watched.model).isEmpty();
          return count;
        }
        turn();
        watched.taskDone();
      }
    });
    return createTask(takes, "taker " + number);
  }

  @AsyncTest(schedules = 300)
  void a_queue_shut_down_at_any_moment_gives_all_it_has_accepted_and_keeps_nobody_waiting() {
    var watched = Watched.fifo(1);
    var putters = List.of(putter(watched, 0), putter(watched, 1), putter(watched, 2));
    var takers = List.of(taker(watched, 0), taker(watched, 1));
    Coroutine<Void> cancels = async(() -> {
      turn();
      putters.get(0).cancel();
    });
    Coroutine<Void> ends = async(() -> {
      turns(2);
      watched.queue.shutdown();
      await(watched.queue.join());
      assertThat(watched.done).isEqualTo(watched.put);
    });
    await(gather(createTask(cancels, "canceller"), createTask(ends, "shutdown")));
    await(gatherOutcomes(putters));
    int taken = await(gather(takers)).stream().mapToInt(Integer::intValue).sum();
    assertThat(taken).isEqualTo(watched.put);
    assertThat(watched.queue).hasToString("AsyncQueue[0 of 1 items, shut down]");
  }

  @AsyncTest(schedules = 300)
  void a_queue_shut_down_at_once_gives_back_what_nobody_has_taken_and_keeps_nobody_waiting() {
    var watched = Watched.fifo(2);
    var putters = List.of(putter(watched, 0), putter(watched, 1), putter(watched, 2));
    var takers = List.of(taker(watched, 0), taker(watched, 1));
    int[] givenBack = new int[1];
    Coroutine<Void> ends = async(() -> {
      turns(2);
      List<String> rest = watched.queue.shutdownNow();
      assertThat(rest).containsExactlyElementsOf(watched.model);
      watched.model.clear();
      givenBack[0] = rest.size();
      watched.wasDone(rest.size());
      await(watched.queue.join());
      assertThat(watched.done).isEqualTo(watched.put);
    });
    await(createTask(ends, "shutdown"));
    await(gather(putters));
    int taken = await(gather(takers)).stream().mapToInt(Integer::intValue).sum();
    assertThat(taken + givenBack[0]).isEqualTo(watched.put);
    assertThat(watched.queue).hasToString("AsyncQueue[0 of 2 items, shut down]");
  }

  // ---- an order that fails

  @AsyncTest(schedules = 300)
  void room_that_was_given_to_an_item_which_is_then_refused_goes_to_the_next() {
    Comparator<String> order = (a, b) -> {
      if (a.equals("poison") || b.equals("poison")) {
        throw new IllegalArgumentException("poison");
      }
      return a.compareTo(b);
    };
    AsyncQueue<String> queue = AsyncQueue.priority(order, 1);
    assertThat(queue.tryPut("item of main")).isTrue();
    List<Task<Void>> putters = new ArrayList<>();
    for (String item : List.of("poison", "a", "poison", "b")) {
      putters.add(createTask(queue.put(item), "putter of " + item));
    }
    List<String> taken = new ArrayList<>();
    Coroutine<Void> takes = async(() -> {
      for (int i = 0; i < 3; i++) {
        taken.add(await(queue.take()));
      }
    });
    Task<Void> taker = createTask(takes, "taker");
    List<Outcome<Void>> outcomes = await(gatherOutcomes(putters));
    await(taker);
    assertThat(outcomes)
        .extracting(outcome -> outcome instanceof Outcome.Failure<?>)
        .containsExactly(true, false, true, false);
    assertThat(taken).hasSize(3).contains("item of main", "a", "b");
    assertThat(queue).hasToString("AsyncQueue[0 of 1 items, 3 unfinished]");
  }
}
