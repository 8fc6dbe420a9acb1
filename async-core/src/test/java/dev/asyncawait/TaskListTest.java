package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ZERO;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TaskListTest {

  private static final int SEED = 20_261_129;

  private static final int LOOKS = 2_000;

  /** Lets tasks begin and end at random, some of which live long. */
  @Test
  void those_that_have_not_ended_are_there_in_the_order_of_their_creation() {
    Async.run(async(() -> {
      var random = new Random(SEED);
      EventLoop loop = EventLoop.current();
      Set<Task<?>> expected = new LinkedHashSet<>();
      expected.add(currentTask());
      List<AsyncFuture<Void>> ends = new ArrayList<>();
      List<Task<?>> tasks = new ArrayList<>();
      for (int round = 0; round < 200; round++) {
        for (int i = random.nextInt(40); i > 0; i--) {
          var end = new AsyncFuture<Void>();
          Task<?> task = createTask(async(() -> {
            await(end);
          }));
          ends.add(end);
          tasks.add(task);
          expected.add(task);
        }
        await(sleep(ZERO));
        for (int i = random.nextInt(40); i > 0 && !ends.isEmpty(); i--) {
          int which = random.nextInt(ends.size());
          ends.remove(which).complete(null);
          expected.remove(tasks.remove(which));
        }
        await(sleep(ZERO));
        assertThat(loop.tasks()).as("round %s", round).containsExactlyElementsOf(expected);
        assertThat(loop).asString().contains(expected.size() + " task");
        assertThat(CompletableFuture.supplyAsync(loop::tasks).get())
            .as("for another thread")
            .containsExactlyElementsOf(expected);
      }
      ends.forEach(end -> end.complete(null));
    }));
  }

  /** The holder takes tasks out without the monitor while another thread looks. */
  @Test
  void another_thread_that_looks_meanwhile_sees_all_that_live_and_none_that_it_knows_is_done()
      throws Exception {
    var lived = new CompletableFuture<List<Task<?>>>();
    var ended = new AtomicReference<Task<?>>();
    var looks = new AtomicInteger();
    var looking = new FutureTask<>(() -> {
      List<Task<?>> live = lived.get();
      EventLoop loop = live.get(0).loop;
      for (; looks.get() < LOOKS; looks.incrementAndGet()) {
        Task<?> done = ended.get();
        Set<Task<?>> seen = loop.tasks();
        assertThat(seen).containsSubsequence(live).doesNotContain(done);
      }
      return null;
    });
    var looker = new Thread(looking);
    looker.start();
    Async.run(async(() -> {
      var end = new AsyncFuture<Void>();
      List<Task<?>> live = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        live.add(createTask(async(() -> {
          await(end);
        })));
        for (int j = 0; j < 7; j++) { // so that blocks have empty places
          await(createTask(sleep(ZERO)));
        }
      }
      lived.complete(live);
      while (looks.get() < LOOKS && looker.isAlive()) {
        Task<Void> task = createTask(sleep(ZERO));
        await(task);
        ended.set(task);
      }
      end.complete(null);
    }));
    looking.get();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 31, 32, 33, 1000})
  void what_held_those_that_have_ended_is_gone(int atATime) {
    Async.run(async(() -> {
      List<WeakReference<Object>> blocks = new ArrayList<>();
      for (int i = 0; i < 2000; i += atATime) {
        List<Task<Void>> tasks = new ArrayList<>();
        for (int j = 0; j < atATime; j++) {
          tasks.add(createTask(async(() -> {
            await(sleep(ZERO));
          })));
        }
        for (Task<Void> task : tasks) {
          blocks.add(new WeakReference<>(task.block));
          await(task);
        }
      }
      Task<Void> last = createTask(sleep(ZERO));
      Set<Object> left = Set.of(currentTask().block, last.block);
      Awaitility.await().untilAsserted(() -> {
        System.gc();
        assertThat(blocks.stream().map(WeakReference::get))
            .allMatch(block -> block == null || left.contains(block));
      });
      await(last);
    }));
  }
}
