package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ZERO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AsyncBarrierTest {

  private final AsyncBarrier barrier = new AsyncBarrier(3);

  private Task<Integer> arrive() {
    return createTask(barrier.arriveAndWait());
  }

  private static void turn() {
    await(sleep(ZERO));
  }

  @Test
  void all_go_on_when_the_last_has_arrived_and_again_in_the_next_round() {
    CleanRun.of(() -> {
      for (int round = 0; round < 3; round++) {
        Task<Integer> first = arrive();
        Task<Integer> second = arrive();
        turn();
        assertThat(barrier).hasToString("AsyncBarrier[filling, 2 of 3]");
        assertThat(barrier.getNumberWaiting()).isEqualTo(2);
        assertThat(first.toString())
            .endsWith("suspended on AsyncBarrier[filling, 2 of 3].arriveAndWait()]");
        assertThat(await(barrier.arriveAndWait())).isEqualTo(2);
        assertThat(barrier).hasToString("AsyncBarrier[draining, 2 of 3]");
        assertThat(barrier.getNumberWaiting()).isZero();
        assertThat(await(gather(first, second))).containsExactly(0, 1);
        assertThat(barrier).hasToString("AsyncBarrier[filling, 0 of 3]");
      }
    });
    assertThat(barrier.getParties()).isEqualTo(3);
  }

  @Test
  void it_needs_somebody() {
    assertThatThrownBy(() -> new AsyncBarrier(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("parties must be at least 1, but was 0");
    CleanRun.of(() -> assertThat(await(new AsyncBarrier(1).arriveAndWait())).isZero());
  }

  @Test
  void newcomers_wait_until_the_round_before_has_gone_on() {
    CleanRun.of(() -> {
      List<Task<Integer>> tasks = IntStream.range(0, 6).mapToObj(i -> arrive()).toList();
      assertThat(await(gather(tasks))).containsExactly(0, 1, 2, 0, 1, 2);
    });
  }

  // ---- cancellation

  @Test
  void one_that_is_cancelled_has_not_arrived_and_leaves_no_gap() {
    CleanRun.of(() -> {
      Task<Integer> cancelled = arrive();
      Task<Integer> stays = arrive();
      turn();
      cancelled.cancel();
      assertThatThrownBy(() -> await(cancelled)).isInstanceOf(CancellationException.class);
      assertThat(barrier).hasToString("AsyncBarrier[filling, 1 of 3]");
      Task<Integer> second = arrive();
      turn();
      assertThat(await(barrier.arriveAndWait())).isEqualTo(2);
      assertThat(await(stays)).isZero(); // in asyncio 1, which it gives twice then
      assertThat(await(second)).isEqualTo(1);
    });
  }

  @Test
  void one_that_is_cancelled_after_all_have_arrived_does_not_hold_up_the_next_round() {
    CleanRun.of(() -> {
      Task<Integer> first = arrive();
      Task<Integer> cancelled = arrive();
      turn();
      int last = await(barrier.arriveAndWait());
      cancelled.cancel();
      Task<Integer> newcomer = arrive();
      assertThat(await(gatherOutcomes(first, cancelled)))
          .extracting(outcome -> outcome instanceof Outcome.Cancelled)
          .containsExactly(false, true);
      turn();
      assertThat(barrier).hasToString("AsyncBarrier[filling, 1 of 3]");
      assertThat(last).isEqualTo(2);
      newcomer.cancel();
      turn();
    });
    assertThat(barrier).hasToString("AsyncBarrier[filling, 0 of 3]");
  }

  @Test
  void one_that_is_cancelled_while_it_waits_for_the_round_before_was_never_there() {
    CleanRun.of(() -> {
      Task<Integer> first = arrive();
      Task<Integer> second = arrive();
      Task<Integer> third = arrive();
      Task<Integer> newcomer = arrive();
      turn();
      newcomer.cancel();
      await(gatherOutcomes(first, second, third, newcomer));
      assertThat(newcomer.isCancelled()).isTrue();
    });
    assertThat(barrier).hasToString("AsyncBarrier[filling, 0 of 3]");
  }

  // ---- reset and abort

  @Test
  void reset_and_abort_wake_those_who_wait() {
    CleanRun.of(() -> {
      Task<Integer> waits = arrive();
      turn();
      barrier.reset();
      assertThat(barrier).hasToString("AsyncBarrier[resetting, 1 of 3]");
      Task<Integer> newcomer = arrive();
      assertThatThrownBy(() -> await(waits))
          .isInstanceOf(BarrierBrokenException.class)
          .hasMessage(
              "AsyncBarrier[resetting, 1 of 3] was aborted, or reset while tasks waited; reset() makes it usable");
      turn();
      assertThat(barrier.getNumberWaiting()).isEqualTo(1);
      barrier.abort();
      assertThat(barrier.isBroken()).isTrue();
      assertThatThrownBy(() -> await(newcomer)).isInstanceOf(BarrierBrokenException.class);
      assertThatThrownBy(() -> await(barrier.arriveAndWait()))
          .isInstanceOf(BarrierBrokenException.class)
          .hasMessage(
              "AsyncBarrier[broken, 0 of 3] was aborted, or reset while tasks waited; reset() makes it usable");
      barrier.reset();
      assertThat(barrier.isBroken()).isFalse();
      assertThat(await(gather(arrive(), arrive(), arrive()))).containsExactly(0, 1, 2);
    });
  }

  @Test
  void a_plain_thread_may_abort_it() {
    var waits = new CountDownLatch(1);
    Task<Integer> task = Async.start(async(() -> {
      EventLoop.current().execute(waits::countDown);
      return await(barrier.arriveAndWait());
    }));
    AbandonedLoop.await(waits);
    barrier.abort();
    assertThatThrownBy(task::join).hasCauseInstanceOf(BarrierBrokenException.class);
  }

  @Test
  void tasks_of_several_loops_meet() {
    List<Task<List<Integer>>> loops = Stream.generate(() -> Async.start(async(() -> {
          var indices = new ArrayList<Integer>();
          for (int i = 0; i < 100; i++) {
            indices.add(await(barrier.arriveAndWait()));
          }
          return List.copyOf(indices);
        })))
        .limit(3)
        .toList();
    for (int i = 0; i < 100; i++) {
      int round = i;
      assertThat(loops.stream().map(loop -> AbandonedLoop.join(loop).get(round)))
          .containsExactlyInAnyOrder(0, 1, 2);
    }
  }

  @Test
  void a_task_of_an_abandoned_loop_has_not_arrived() {
    try (var abandoned = new AbandonedLoop()) {
      abandoned.begin(barrier.arriveAndWait(), barrier.arriveAndWait());
      assertThat(barrier).hasToString("AsyncBarrier[filling, 2 of 3]");
      abandoned.abandonAfter(() -> {});
      assertThat(barrier).hasToString("AsyncBarrier[filling, 0 of 3]");
    }
  }
}
