package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.timeout;
import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Trees of groups and timeouts, made from a seed, whose tasks fail, are cancelled, swallow it, stop their group and
 * add siblings. Whatever happens, each block must keep what a group promises when it ends.
 */
@Execution(ExecutionMode.SAME_THREAD)
class RandomGroupsTest {

  private static final int DEPTH = 7;
  private static final int TASKS = 60;

  static Stream<Long> seeds() {
    return Stream.iterate(1L, seed -> seed + 1).limit(400);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void every_block_keeps_its_promises(long seed) {
    new Tree(seed, false).grow();
  }

  @Test
  void every_block_keeps_its_promises_when_foreign_threads_cancel() throws InterruptedException {
    for (long seed = 1; seed <= 60; seed++) {
      var tree = new Tree(seed, true);
      var meddler = new Thread(tree::meddle, "meddler");
      meddler.start();
      tree.grow();
      tree.over = true;
      meddler.join();
    }
  }

  private static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;

    Failure(String message) {
      super(message);
    }
  }

  private static final class Tree {
    private final long seed;
    private final boolean meddled;
    private final Random random;
    private final List<Task<?>> tasks = Collections.synchronizedList(new ArrayList<>());
    private final List<TaskGroup> groups = Collections.synchronizedList(new ArrayList<>());
    private final Map<Task<?>, Integer> requests = new HashMap<>();
    private final List<String> miscounted = new ArrayList<>();
    private int failures;
    volatile boolean over;

    Tree(long seed, boolean meddled) {
      this.seed = seed;
      this.meddled = meddled;
      this.random = new Random(seed * 0x9E3779B97F4A7C15L);
    }

    void grow() {
      var clock = new TestClock();
      try (Runner runner = Runner.builder().clock(clock).build()) {
        runner.run(async(() -> {
          Task<?> root = createTask(async(() -> {
            try {
              group(0);
            } finally {
              countRequests(0);
            }
          }));
          tasks.add(root);
          // A tree that hangs is cut down, so that it fails below and not by the time limit of the
          // test.
          EventLoop.current().schedule(Duration.ofHours(1), root::cancel);
          await(Async.gatherOutcomes(root));
          assertThat(EventLoop.current().time()).as("%s", this).isLessThan(Duration.ofHours(1));
          assertThat(Async.allTasks()).as("%s", this).containsExactly(currentTask());
          if (!meddled) {
            assertThat(miscounted)
                .as("%s: requests that nobody made or took back", this)
                .isEmpty();
          }
        }));
      }
      assertThat(clock.alarms()).as("%s", this).isZero();
      assertThat(groups)
          .as("%s", this)
          .allSatisfy(group -> assertThat(group.toString())
              .matches("TaskGroup\\[(not entered|cancelled before it was entered|in .*, closed)]"));
    }

    void meddle() {
      var foreign = new Random(seed);
      while (!over) {
        Task<?> task = anyOf(tasks, foreign);
        TaskGroup group = anyOf(groups, foreign);
        try {
          if (task != null && foreign.nextInt(4) == 0) {
            task.cancel("by a foreign thread");
          } else if (group != null) {
            group.cancel();
          }
        } catch (RejectedExecutionException e) {
          return;
        }
        Thread.onSpinWait();
      }
    }

    private static <E> @Nullable E anyOf(List<E> list, Random random) {
      synchronized (list) {
        return list.isEmpty() ? null : list.get(random.nextInt(list.size()));
      }
    }

    /** Runs the block of a new group and checks it, whatever came of it. */
    private void group(int depth) {
      TaskGroup group = taskGroup();
      groups.add(group);
      var children = new ArrayList<Task<?>>();
      var bodyFailure = new ArrayList<Throwable>();
      var before = new ArrayList<Throwable>();
      Throwable thrown = null;
      try {
        await(group.run(() -> {
          try {
            body(depth, group, children);
          } catch (CancellationException e) {
            throw e;
          } catch (Throwable e) {
            before.addAll(group.failures());
            bodyFailure.add(e);
            throw e;
          }
        }));
      } catch (Throwable e) {
        thrown = e;
      }
      check(group, children, before, bodyFailure, thrown);
      if (thrown != null) {
        throw Async.sneaky(thrown);
      }
    }

    private void check(
        TaskGroup group,
        List<Task<?>> children,
        List<Throwable> beforeBody,
        List<Throwable> bodyFailure,
        @Nullable Throwable thrown) {
      assertThat(children).as("%s: children of %s", this, group).allMatch(Task::isDone);
      var expected = new ArrayList<Throwable>(bodyFailure);
      for (Task<?> child : children) {
        if (child.isCompletedExceptionally() && !child.isCancelled()) {
          expected.add(child.exceptionNow());
        }
      }
      List<Throwable> failures = group.failures();
      assertThat(failures)
          .as("%s: failures of %s", this, group)
          .containsExactlyInAnyOrderElementsOf(expected);
      if (!bodyFailure.isEmpty()) {
        var inOrder = new ArrayList<>(beforeBody);
        inOrder.addAll(bodyFailure);
        assertThat(failures)
            .as("%s: failures of %s", this, group)
            .startsWith(inOrder.toArray(Throwable[]::new));
      }
      if (failures.isEmpty()) {
        assertThat(thrown == null || thrown instanceof CancellationException)
            .as("%s: %s threw %s", this, group, thrown)
            .isTrue();
      } else {
        assertThat(thrown).as("%s: thrown by %s", this, group).isSameAs(failures.get(0));
        assertThat(reachableFrom(thrown))
            .as("%s: in what %s threw", this, group)
            .containsAll(failures);
      }
    }

    private static Set<Throwable> reachableFrom(Throwable failure) {
      Set<Throwable> reached = Collections.newSetFromMap(new IdentityHashMap<>());
      Deque<Throwable> open = new ArrayDeque<>(List.of(failure));
      while (!open.isEmpty()) {
        Throwable next = open.remove();
        if (reached.add(next)) {
          open.addAll(List.of(next.getSuppressed()));
          if (next.getCause() != null) {
            open.add(next.getCause());
          }
        }
      }
      return reached;
    }

    private void body(int depth, TaskGroup group, List<Task<?>> children) {
      for (int i = depth < DEPTH ? random.nextInt(5) : 0; i >= 0; i--) {
        statement(depth, group, children);
      }
    }

    private void statement(int depth, TaskGroup group, List<Task<?>> children) {
      switch (random.nextInt(depth < DEPTH ? 16 : 7)) {
        case 0, 1, 2, 3 -> spawn(depth, group, children);
        case 4, 5, 6 -> await(sleep(ofMillis(random.nextInt(4))));
        case 7 -> nested(depth);
        case 8 -> {
          Timeout limit = timeout(ofMillis(random.nextInt(5)));
          await(limit.run(() -> body(depth + 1, group, children)));
        }
        case 9 -> nested(depth);
        case 10 -> throwAFailure();
        case 11 -> stopAny();
        case 12 -> cancelAny();
        case 13 -> swallowing(depth, group, children);
        case 14 -> cleaningUp(depth, group, children);
        default -> await(sleep(ofMillis(1)));
      }
    }

    private void nested(int depth) {
      if (depth < DEPTH && groups.size() < TASKS) {
        group(depth + 1);
      }
    }

    private void spawn(int depth, TaskGroup group, List<Task<?>> children) {
      if (depth >= DEPTH || tasks.size() >= TASKS) {
        return;
      }
      Coroutine<?> child = async(() -> child(depth + 1, group, children));
      try {
        Task<?> task = group.createTask(child);
        children.add(task);
        tasks.add(task);
      } catch (IllegalStateException refused) {
        assertThat(refused).hasMessageContaining("accepts no more tasks");
        assertThat(child.toString()).endsWith(", dropped]");
      }
    }

    private void child(int depth, TaskGroup group, List<Task<?>> children) {
      try {
        body(depth, group, children);
      } finally {
        boolean byItsGroup = group.toString().endsWith("cancelling]");
        countRequests(byItsGroup ? 1 : 0);
      }
    }

    /** At the end of a task, when all blocks in it have ended. */
    private void countRequests(int byItsGroup) {
      Task<?> task = currentTask();
      int made = requests.getOrDefault(task, 0) + byItsGroup;
      if (task.cancelling() != made) {
        miscounted.add(task + ", but " + made + " were made");
      }
    }

    private void throwAFailure() {
      throw new Failure("failure " + failures++);
    }

    private void stopAny() {
      TaskGroup group = anyOf(groups, random);
      if (group != null && random.nextInt(3) == 0) {
        group.cancel();
      }
    }

    private void cancelAny() {
      Task<?> task = anyOf(tasks, random);
      if (task != null && random.nextBoolean() && task.cancel()) {
        requests.merge(task, 1, Integer::sum);
      }
    }

    private void swallowing(int depth, TaskGroup group, List<Task<?>> children) {
      try {
        body(depth + 1, group, children);
      } catch (CancellationException swallowed) {
        await(sleep(ofMillis(1)));
      }
    }

    private void cleaningUp(int depth, TaskGroup group, List<Task<?>> children) {
      try {
        body(depth + 1, group, children);
      } finally {
        await(sleep(ofMillis(random.nextInt(3))));
        if (random.nextInt(5) == 0) {
          throwAFailure();
        }
      }
    }

    @Override
    public String toString() {
      return "seed " + seed;
    }
  }
}
