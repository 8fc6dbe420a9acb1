package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.gather;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cancel request whose way leads over tasks of several loops. */
class CancelAcrossLoopsTest {

  /** A task on a loop of its own that awaits what it is given. */
  private static final class Node {
    private final AsyncFuture<Awaitable<?>> next = new AsyncFuture<>();
    final Task<Void> task = Async.start(async(() -> {
      Async.await(Async.await(next));
    }));

    void awaits(Node other) {
      next.complete(other.task);
    }

    void awaits(AsyncBody<Awaitable<?>> made) {
      next.complete(async(() -> {
        Async.await(made.call());
      }));
    }

    boolean isSuspendedOn(String what) {
      return task.toString().contains("suspended on " + what);
    }
  }

  private static List<Node> nodes(int count) {
    var nodes = new ArrayList<Node>();
    for (int i = 0; i < count; i++) {
      nodes.add(new Node());
    }
    return nodes;
  }

  private static void endsCancelled(Node node) {
    assertThatThrownBy(() -> node.task.get(300, TimeUnit.SECONDS))
        .isInstanceOf(CancellationException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 20})
  void one_that_comes_round_a_ring_ends_every_task_of_it(int size) {
    List<Node> ring = nodes(size);
    for (int i = 0; i < size; i++) {
      ring.get(i).awaits(ring.get((i + 1) % size));
    }
    await().until(() -> ring.stream().allMatch(node -> node.isSuspendedOn("task ")));
    assertThat(ring.get(0).task.cancel("ring")).isTrue();
    ring.forEach(CancelAcrossLoopsTest::endsCancelled);
    assertThat(ring.get(0).task.cancelling()).isEqualTo(2); // made, and come back
    assertThat(ring.subList(1, size)).allMatch(node -> node.task.cancelling() == 1);
  }

  @Test
  void one_that_comes_round_a_ring_through_gathers_ends_every_task_of_it() {
    List<Node> ring = nodes(2);
    ring.get(0).awaits(() -> gather(ring.get(1).task));
    ring.get(1).awaits(() -> gather(ring.get(0).task));
    await().until(() -> ring.stream().allMatch(node -> node.isSuspendedOn("gather")));
    ring.get(0).task.cancel("ring");
    ring.forEach(CancelAcrossLoopsTest::endsCancelled);
  }

  @Test
  void a_ring_behind_a_branch_ends_by_whichever_branch_the_request_comes() {
    List<Node> nodes = nodes(3);
    nodes.get(0).awaits(() -> gather(nodes.get(1).task, nodes.get(2).task));
    nodes.get(1).awaits(nodes.get(2));
    nodes.get(2).awaits(nodes.get(1));
    await()
        .until(() -> nodes.get(0).isSuspendedOn("gather")
            && nodes.get(1).isSuspendedOn("task ")
            && nodes.get(2).isSuspendedOn("task "));
    nodes.get(0).task.cancel("branch");
    nodes.forEach(CancelAcrossLoopsTest::endsCancelled);
  }

  @Test
  void the_same_task_may_be_reached_by_several_ways() {
    List<Node> nodes = nodes(4);
    nodes.get(0).awaits(() -> gather(nodes.get(1).task, nodes.get(2).task, nodes.get(1).task));
    nodes.get(1).awaits(nodes.get(3));
    nodes.get(2).awaits(nodes.get(3));
    nodes.get(3).awaits(() -> Async.sleep(Duration.ofHours(1)));
    await()
        .until(() -> nodes.get(0).isSuspendedOn("gather")
            && nodes.get(1).isSuspendedOn("task ")
            && nodes.get(2).isSuspendedOn("task ")
            && nodes.get(3).isSuspendedOn("sleep"));
    nodes.get(0).task.cancel("ways");
    nodes.forEach(CancelAcrossLoopsTest::endsCancelled);
  }
}
