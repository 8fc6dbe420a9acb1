package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tasks that await each other, further than any stack would reach. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TaskChainTest {

  /** On Java 17 each task of a chain keeps a platform thread. */
  private static final int SHORT = 5_000;

  private static final int LONG = 100_000;

  enum End {
    COMPLETED,
    FAILED,
    CANCELLED_AT_THE_TOP,
    CANCELLED_AT_THE_BOTTOM,
    CANCELLED_BY_CLOSE
  }

  @ParameterizedTest
  @EnumSource
  void a_chain_of_tasks_ends_as_its_last_link_does(End end) {
    endChain(SHORT, end);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CANCELLED_BY_CLOSE")
  @Tag("virtual-threads")
  @Tag("stress")
  void a_very_long_chain_of_tasks_ends_as_its_last_link_does(End end) {
    endChain(LONG, end);
  }

  private static void endChain(int length, End end) {
    var failure = new IllegalStateException("at the bottom");
    var bottom = new AsyncFuture<Integer>();
    var tasks = new ArrayList<Task<Integer>>();
    Async.run(async(() -> {
      AsyncFuture<Integer> last = bottom;
      for (int i = 0; i < length; i++) {
        AsyncFuture<Integer> next = last;
        Task<Integer> task = createTask(async(() -> await(next) + 1));
        tasks.add(task);
        last = task;
      }
      await(sleep(ZERO));
      Task<Integer> top = tasks.get(length - 1);
      switch (end) {
        case COMPLETED -> bottom.complete(0);
        case FAILED -> bottom.completeExceptionally(failure);
        case CANCELLED_AT_THE_TOP -> top.cancel("enough");
        case CANCELLED_AT_THE_BOTTOM -> bottom.cancel("enough");
        case CANCELLED_BY_CLOSE -> {
          return;
        }
      }
      switch (end) {
        case COMPLETED -> assertThat(await(top)).isEqualTo(length);
        case FAILED -> assertThatThrownBy(() -> await(top)).isSameAs(failure);
        default ->
          assertThatThrownBy(() -> await(top))
              .isInstanceOf(CancellationException.class)
              .hasMessage("enough");
      }
    }));
    assertThat(tasks).hasSize(length).allMatch(Task::isDone);
    assertThat(tasks.get(0).cancelling())
        .isEqualTo(
            switch (end) {
              case CANCELLED_AT_THE_TOP -> 1;
              case CANCELLED_BY_CLOSE -> length;
              default -> 0;
            });
  }

  @Test
  void a_chain_of_gathers_is_cancelled_from_its_top() {
    var bottom = new AsyncFuture<Integer>();
    Async.run(async(() -> {
      AsyncFuture<?> last = bottom;
      for (int i = 0; i < 3_000; i++) {
        AsyncFuture<?> next = last;
        last = createTask(async(() -> await(gather(next))));
      }
      AsyncFuture<?> top = last;
      await(sleep(ZERO));
      top.cancel("enough");
      assertThatThrownBy(() -> await(top)).isInstanceOf(CancellationException.class);
    }));
    assertThat(bottom).isCancelled();
  }

  @Test
  void a_long_chain_through_gather_is_cancelled_without_recursion() {
    TestClock.run(async(() -> {
      Task<?> last = createTask(sleep(ofHours(1)));
      for (int i = 0; i < 2000; i++) {
        Task<?> inner = last;
        last = createTask(async(() -> await(gather(inner))));
      }
      await(sleep(ofSeconds(1)));
      last.cancel();
      Task<?> outermost = last;
      assertThatThrownBy(() -> await(outermost)).isInstanceOf(CancellationException.class);
    }));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 1_000})
  void a_ring_of_tasks_is_cancelled_by_one_request(int length) {
    Async.run(async(() -> {
      List<Task<Object>> ring = ring(length);
      await(sleep(ZERO));
      ring.get(length / 2).cancel("break the ring");
      for (Task<Object> task : ring) {
        assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
      }
    }));
  }

  @Test
  void a_cancel_request_ends_at_a_ring_through_gather() {
    var ring = new ArrayList<Task<?>>();
    TestClock.run(async(() -> {
      for (int i = 0; i < 2; i++) {
        int next = 1 - i;
        ring.add(createTask(async(() -> await(gather(ring.get(next))))));
      }
      await(sleep(ZERO));
      ring.get(0).cancel();
      await(sleep(ofSeconds(1)));
      assertThat(ring).allMatch(Task::isCancelled);
    }));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 100})
  void a_ring_of_tasks_that_is_left_over_is_closed(int length) {
    List<Task<Object>> ring = Async.run(async(() -> {
      List<Task<Object>> left = ring(length);
      await(sleep(ZERO));
      return left;
    }));
    assertThat(ring).allMatch(Task::isCancelled);
  }

  @Test
  void a_task_that_gathers_itself_is_ended_by_closing() {
    Task<?> selfish = TestClock.run(async(() -> {
      Task<?> task = createTask(async(() -> await(gather(currentTask()))));
      await(sleep(ofSeconds(1)));
      return task;
    }));
    assertThat(selfish.isCancelled()).isTrue();
  }

  /** Each awaits the next one by way of a gather, as one alone must not await itself. */
  private static List<Task<Object>> ring(int length) {
    var ring = new ArrayList<Task<Object>>();
    for (int i = 0; i < length; i++) {
      int next = (i + 1) % length;
      ring.add(createTask(async(() ->
          length % 2 == 1 && length > 1 ? await(ring.get(next)) : await(gather(ring.get(next))))));
    }
    return ring;
  }
}
