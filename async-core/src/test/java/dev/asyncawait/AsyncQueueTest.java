package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.waitFor;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AsyncQueueTest {

  private final List<String> trace = new ArrayList<>();

  private Task<Void> taker(AsyncQueue<String> queue, String name) {
    return createTask(
        async(() -> {
          try {
            String item = await(queue.take());
            trace.add(name + " " + item);
          } catch (CancellationException | QueueShutDownException e) {
            trace.add(name + " " + e.getClass().getSimpleName());
            throw e;
          }
        }),
        name);
  }

  private Task<Void> putter(AsyncQueue<String> queue, String item) {
    return createTask(
        async(() -> {
          try {
            await(queue.put(item));
            trace.add("put " + item);
          } catch (CancellationException | QueueShutDownException e) {
            trace.add(item + " " + e.getClass().getSimpleName());
            throw e;
          }
        }),
        "putter of " + item);
  }

  private static void turns(int number) {
    for (int i = 0; i < number; i++) {
      await(sleep(ZERO));
    }
  }

  // ---- order and capacity

  @Test
  void each_kind_gives_its_items_in_its_order() {
    assertThat(drained(AsyncQueue.fifo(), "b", "c", "a")).containsExactly("b", "c", "a");
    assertThat(drained(AsyncQueue.lifo(), "b", "c", "a")).containsExactly("a", "c", "b");
    assertThat(drained(AsyncQueue.priority(Comparator.naturalOrder()), "b", "c", "a"))
        .containsExactly("a", "b", "c");
    assertThat(drained(AsyncQueue.priority(Comparator.comparing(String::length)), "aa", "b", "c"))
        .as("equal ones oldest first")
        .containsExactly("b", "c", "aa");
  }

  private static List<String> drained(AsyncQueue<String> queue, String... items) {
    Stream.of(items).forEach(item -> assertThat(queue.tryPut(item)).isTrue());
    assertThat(queue.size()).isEqualTo(items.length);
    return Stream.generate(queue::tryTake).takeWhile(item -> item != null).toList();
  }

  @Test
  void a_full_queue_takes_no_more_until_there_is_room() {
    List<Supplier<AsyncQueue<String>>> kinds = List.of(
        () -> AsyncQueue.fifo(2),
        () -> AsyncQueue.lifo(2),
        () -> AsyncQueue.priority(Comparator.naturalOrder(), 2));
    for (Supplier<AsyncQueue<String>> kind : kinds) {
      AsyncQueue<String> queue = kind.get();
      assertThat(queue.capacity()).isEqualTo(2);
      assertThat(queue.isEmpty()).isTrue();
      assertThat(queue.tryPut("a")).isTrue();
      assertThat(queue.isFull()).isFalse();
      assertThat(queue.tryPut("b")).isTrue();
      assertThat(queue.isFull()).isTrue();
      assertThat(queue.tryPut("c")).isFalse();
      assertThat(queue.size()).isEqualTo(2);
      assertThat(queue.tryTake()).isNotNull();
      assertThat(queue.tryPut("c")).isTrue();
    }
    assertThat(AsyncQueue.fifo().capacity()).isEqualTo(Integer.MAX_VALUE);
    assertThatThrownBy(() -> AsyncQueue.fifo(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "capacity must be at least 1, but was 0; leave it out for a queue without a limit");
  }

  @Test
  void an_order_that_throws_keeps_its_item_out_and_loses_none() {
    CleanRun.of(() -> {
      Comparator<String> order = (a, b) -> {
        if (a.equals("bad") || b.equals("bad")) {
          throw new IllegalStateException("bad");
        }
        return a.compareTo(b);
      };
      AsyncQueue<String> queue = AsyncQueue.priority(order, 2);
      queue.tryPut("b");
      assertThatThrownBy(() -> queue.tryPut("bad")).hasMessage("bad");
      queue.tryPut("a");
      Task<Void> bad = putter(queue, "bad");
      Task<Void> good = putter(queue, "c");
      turns(1);
      assertThat(await(queue.take())).isEqualTo("a");
      assertThatThrownBy(() -> await(bad)).hasMessage("bad");
      await(good); // has got the place that bad was woken for
      assertThat(queue.shutdownNow()).containsExactly("b", "c");
    });
  }

  @Test
  void taking_and_putting_without_a_wait_is_no_switch() {
    CleanRun.of(() -> {
      AsyncQueue<String> queue = AsyncQueue.fifo(1);
      Task<Void> other = createTask(async(() -> {
        trace.add("other");
      }));
      await(queue.put("a"));
      assertThat(await(queue.take())).isEqualTo("a");
      trace.add("main");
      await(other);
    });
    assertThat(trace).containsExactly("main", "other");
  }

  @Test
  void it_says_what_it_holds_and_who_waits() {
    CleanRun.of(() -> {
      AsyncQueue<String> queue = AsyncQueue.fifo(1);
      Task<Void> taker = taker(queue, "taker");
      turns(1);
      assertThat(queue).hasToString("AsyncQueue[0 of 1 items, 1 taking]");
      assertThat(taker)
          .hasToString("Task[name=taker, suspended on AsyncQueue[0 of 1 items, 1 taking].take()]");
      queue.tryPut("a");
      await(taker);
      queue.tryPut("b");
      Task<Void> putter = putter(queue, "c");
      turns(1);
      assertThat(queue).hasToString("AsyncQueue[1 of 1 items, 1 putting, 2 unfinished]");
      assertThat(putter.toString()).endsWith("2 unfinished].put(...)]");
      queue.shutdown();
      assertThatThrownBy(() -> await(putter)).isInstanceOf(QueueShutDownException.class);
      assertThat(queue).hasToString("AsyncQueue[1 of 1 items, 2 unfinished, shut down]");
    });
    AsyncQueue<String> queue = AsyncQueue.fifo();
    queue.tryPut("a");
    assertThat(queue).hasToString("AsyncQueue[1 item, 1 unfinished]");
    assertThat(queue.join().toString())
        .isEqualTo("Coroutine[AsyncQueue[1 item, 1 unfinished].join(), not started]");
    assertThat(queue.forEach(item -> {}).toString())
        .isEqualTo("Coroutine[AsyncQueue[1 item, 1 unfinished].forEach(...), not started]");
  }

  // ---- waiting and cancellation

  @Test
  void those_who_wait_are_served_in_order() {
    CleanRun.of(() -> {
      AsyncQueue<String> queue = AsyncQueue.fifo(1);
      List<Task<Void>> takers = List.of(taker(queue, "1"), taker(queue, "2"));
      List<Task<Void>> putters = List.of(putter(queue, "a"), putter(queue, "b"));
      await(gather(takers));
      await(gather(putters));
    });
    assertThat(trace).containsExactlyInAnyOrder("put a", "put b", "1 a", "2 b");
  }

  @Test
  void a_taker_cancelled_before_it_is_woken_leaves_the_line() {
    CleanRun.of(() -> {
      AsyncQueue<String> queue = AsyncQueue.fifo();
      List<Task<Void>> takers = List.of(taker(queue, "1"), taker(queue, "2"));
      turns(1);
      takers.get(0).cancel();
      queue.tryPut("a"); // in the same turn
      await(gatherOutcomes(takers));
    });
    assertThat(trace).containsExactly("1 CancellationException", "2 a");
  }

  @Test
  void a_taker_cancelled_after_it_was_woken_wakes_the_next_and_the_item_stays() {
    CleanRun.of(() -> {
      AsyncQueue<String> queue = AsyncQueue.fifo();
      List<Task<Void>> takers = List.of(taker(queue, "1"), taker(queue, "2"));
      turns(1);
      queue.tryPut("a");
      takers.get(0).cancel();
      await(gatherOutcomes(takers));
      Task<Void> last = taker(queue, "3");
      turns(1);
      queue.tryPut("b");
      last.cancel();
      await(gatherOutcomes(last));
      assertThat(queue.tryTake()).isEqualTo("b");
    });
    assertThat(trace).containsExactly("1 CancellationException", "2 a", "3 CancellationException");
  }

  @Test
  void a_putter_cancelled_before_or_after_it_was_woken_puts_nothing_and_wakes_the_next() {
    CleanRun.of(() -> {
      AsyncQueue<String> queue = AsyncQueue.fifo(1);
      queue.tryPut("first");
      List<Task<Void>> putters =
          List.of(putter(queue, "a"), putter(queue, "b"), putter(queue, "c"));
      turns(1);
      putters.get(0).cancel();
      assertThat(queue.tryTake()).isEqualTo("first");
      putters.get(1).cancel();
      await(gatherOutcomes(putters));
      assertThat(queue.tryTake()).isEqualTo("c");
      assertThat(queue).hasToString("AsyncQueue[0 of 1 items, 2 unfinished]");
    });
    assertThat(trace)
        .containsExactly("a CancellationException", "b CancellationException", "put c");
  }

  @Test
  void one_cancelled_while_another_takes_its_item_changes_nothing() {
    CleanRun.of(() -> {
      AsyncQueue<String> queue = AsyncQueue.fifo();
      List<Task<Void>> takers = List.of(taker(queue, "1"), taker(queue, "2"));
      turns(1);
      queue.tryPut("a");
      takers.get(1).cancel();
      await(gatherOutcomes(takers));
    });
    assertThat(trace).containsExactly("1 a", "2 CancellationException");
  }

  @Test
  void a_wait_can_be_limited_and_loses_nothing() {
    CleanRun.of(() -> {
      AsyncQueue<String> queue = AsyncQueue.fifo();
      assertThatThrownBy(() -> await(waitFor(queue.take(), ofSeconds(1))))
          .isInstanceOf(AsyncTimeoutException.class);
      EventLoop.current().schedule(ofSeconds(1), () -> queue.tryPut("a"));
      try {
        trace.add(await(waitFor(queue.take(), ofSeconds(1))));
      } catch (AsyncTimeoutException e) {
        trace.add(queue.tryTake());
      }
    });
    assertThat(trace).containsExactly("a");
  }

  // ---- join, shutdown

  @Test
  void join_waits_until_all_is_dealt_with() {
    CleanRun.of(() -> {
      AsyncQueue<String> queue = AsyncQueue.fifo();
      await(queue.join());
      queue.tryPut("a");
      Task<Void> join = createTask(queue.join(), "join");
      turns(1);
      assertThat(join)
          .hasToString("Task[name=join, suspended on AsyncQueue[1 item, 1 unfinished].join()]");
      queue.tryPut("b");
      assertThat(List.of(await(queue.take()), await(queue.take()))).containsExactly("a", "b");
      queue.taskDone();
      turns(1);
      assertThat(join).isNotDone();
      queue.taskDone();
      queue.tryPut("c"); // does not hold up the join that was released
      await(join);
    });
  }

  @Test
  void more_done_than_was_put_is_refused() {
    AsyncQueue<String> queue = AsyncQueue.fifo();
    queue.tryPut("a");
    queue.taskDone();
    assertThatThrownBy(queue::taskDone)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("taskDone() on AsyncQueue[1 item] was called more often than items were put; "
            + "call it once for each item");
  }

  @Test
  void a_queue_that_is_shut_down_gives_what_it_has() {
    CleanRun.of(() -> {
      AsyncQueue<String> queue = AsyncQueue.fifo(1);
      queue.tryPut("a");
      Task<Void> blocked = putter(queue, "b");
      turns(1);
      assertThat(queue.isShutdown()).isFalse();
      queue.shutdown();
      queue.shutdown();
      assertThat(queue.isShutdown()).isTrue();
      assertThatThrownBy(() -> await(blocked)).isInstanceOf(QueueShutDownException.class);
      assertThatThrownBy(() -> queue.tryPut("c"))
          .isInstanceOf(QueueShutDownException.class)
          .hasMessage("nothing can be put into AsyncQueue[1 of 1 items, 1 unfinished, shut down]; "
              + "use isShutdown() to look, or forEach() to take until the end");
      assertThat(await(queue.take())).isEqualTo("a");
      assertThatThrownBy(() -> await(queue.take()))
          .isInstanceOf(QueueShutDownException.class)
          .hasMessageStartingWith("nothing can be put into or taken from AsyncQueue[0 of 1 items");
      assertThatThrownBy(queue::tryTake).isInstanceOf(QueueShutDownException.class);
      assertThatThrownBy(() -> await(queue.put("d"))).isInstanceOf(QueueShutDownException.class);
    });
  }

  @Test
  void shutting_down_wakes_all_takers_of_an_empty_queue() {
    CleanRun.of(() -> {
      AsyncQueue<String> queue = AsyncQueue.fifo();
      List<Task<Void>> takers = List.of(taker(queue, "1"), taker(queue, "2"));
      turns(1);
      queue.shutdown();
      await(gatherOutcomes(takers));
    });
    assertThat(trace).containsExactly("1 QueueShutDownException", "2 QueueShutDownException");
  }

  @Test
  void shutting_down_at_once_gives_back_what_was_left_and_releases_join() {
    CleanRun.of(() -> {
      AsyncQueue<String> queue = AsyncQueue.lifo();
      Stream.of("a", "b", "c").forEach(queue::tryPut);
      Task<Void> join = createTask(queue.join());
      assertThat(await(queue.take())).isEqualTo("c");
      turns(1);
      queue.shutdown();
      assertThat(queue.shutdownNow()).containsExactly("b", "a");
      assertThat(queue.shutdownNow()).isEmpty();
      turns(2);
      assertThat(join).isNotDone();
      queue.taskDone();
      await(join);
    });
  }

  // ---- forEach

  @Test
  void workers_share_the_items_until_the_end() {
    CleanRun.of(() -> {
      AsyncQueue<Integer> queue = AsyncQueue.fifo(2);
      List<Task<Void>> workers = Stream.of("x", "y")
          .map(name -> createTask(queue.forEach(item -> {
            await(sleep(ofSeconds(item)));
            trace.add(name + item);
          })))
          .toList();
      for (int i = 1; i <= 4; i++) {
        await(queue.put(i));
      }
      await(queue.join());
      trace.add("joined");
      queue.shutdown();
      await(gather(workers));
      await(queue.forEach(item -> trace.add("nothing")));
    });
    assertThat(trace).containsExactly("x1", "y2", "x3", "y4", "joined");
  }

  @Test
  void a_body_that_fails_or_is_cancelled_counts_its_item_as_done_and_leaves_the_others() {
    CleanRun.of(() -> {
      AsyncQueue<Integer> queue = AsyncQueue.fifo();
      List.of(1, 2, 3).forEach(queue::tryPut);
      assertThatThrownBy(() -> await(queue.forEach(item -> {
            throw new IllegalStateException("item " + item);
          })))
          .hasMessage("item 1");
      Task<Void> worker = createTask(queue.forEach(item -> await(sleep(ofSeconds(item)))));
      turns(1);
      worker.cancel();
      assertThatThrownBy(() -> await(worker)).isInstanceOf(CancellationException.class);
      assertThat(queue).hasToString("AsyncQueue[1 item, 1 unfinished]");
      assertThatThrownBy(() -> await(queue.forEach(item -> {
            queue.taskDone();
            throw new IllegalStateException("item " + item);
          })))
          .hasMessage("item 3")
          .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    });
  }

  @Test
  void it_passes_on_what_a_body_throws_also_if_it_is_the_end_of_a_queue() {
    CleanRun.of(() -> {
      AsyncQueue<Integer> queue = AsyncQueue.fifo();
      AsyncQueue<Integer> other = AsyncQueue.fifo();
      other.shutdown();
      queue.tryPut(1);
      assertThatThrownBy(() -> await(queue.forEach(other::tryPut)))
          .isInstanceOf(QueueShutDownException.class);
    });
  }

  @Test
  void a_worker_that_is_cancelled_while_it_waits_takes_nothing() {
    CleanRun.of(() -> {
      AsyncQueue<Integer> queue = AsyncQueue.fifo();
      Task<Void> worker = createTask(queue.forEach(item -> trace.add("worked")), "worker");
      turns(1);
      assertThat(worker)
          .hasToString("Task[name=worker, suspended on AsyncQueue[0 items, 1 taking].take()]");
      queue.tryPut(1);
      worker.cancel();
      assertThatThrownBy(() -> await(worker)).isInstanceOf(CancellationException.class);
      assertThat(queue.tryTake()).isEqualTo(1);
    });
    assertThat(trace).isEmpty();
  }

  // ---- loops and threads

  @Test
  void tasks_of_several_loops_and_plain_threads_share_one() throws InterruptedException {
    AsyncQueue<Integer> queue = AsyncQueue.fifo(3);
    var taken = new ConcurrentLinkedQueue<Integer>();
    List<Task<Void>> takers =
        Stream.generate(() -> Async.start(queue.forEach(taken::add))).limit(2).toList();
    List<Task<Void>> putters = IntStream.range(0, 2)
        .mapToObj(p -> Async.start(async(() -> {
          for (int i = 0; i < 200; i++) {
            await(queue.put(2 * i + p));
          }
        })))
        .toList();
    var plain = new Thread(() -> {
      for (int i = 400; i < 600; i++) {
        while (!queue.tryPut(i)) {
          Thread.onSpinWait();
        }
      }
    });
    plain.start();
    putters.forEach(AbandonedLoop::join);
    plain.join();
    queue.shutdown();
    takers.forEach(AbandonedLoop::join);
    assertThat(taken)
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 600).boxed().toList());
    assertThat(queue).hasToString("AsyncQueue[0 of 3 items, shut down]");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_loop_that_is_abandoned_loses_no_item(boolean threaded) {
    AsyncQueue<String> queue = AsyncQueue.fifo();
    try (var abandoned = new AbandonedLoop()) {
      abandoned.begin(threaded ? async(() -> await(queue.take())) : queue.take(), queue.join());
      var waits = new CountDownLatch(1);
      Task<String> next = Async.start(async(() -> {
        EventLoop.current().execute(waits::countDown);
        return await(queue.take());
      }));
      AbandonedLoop.await(waits);
      abandoned.abandonAfter(() -> queue.tryPut("a"));
      assertThat(AbandonedLoop.join(next)).isEqualTo("a");
    }
    assertThat(queue).hasToString("AsyncQueue[0 items, 1 unfinished]");
  }

  @Test
  void a_loop_that_is_abandoned_leaves_no_place_empty() {
    AsyncQueue<String> queue = AsyncQueue.fifo(1);
    queue.tryPut("first");
    try (var abandoned = new AbandonedLoop()) {
      abandoned.begin(queue.put("lost"));
      var waits = new CountDownLatch(1);
      Task<Void> next = Async.start(async(() -> {
        EventLoop.current().execute(waits::countDown);
        await(queue.put("next"));
      }));
      AbandonedLoop.await(waits);
      abandoned.abandonAfter(queue::tryTake);
      AbandonedLoop.join(next);
    }
    assertThat(queue.shutdownNow()).containsExactly("next");
  }
}
