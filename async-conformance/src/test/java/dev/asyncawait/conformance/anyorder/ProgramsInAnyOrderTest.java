package dev.asyncawait.conformance.anyorder;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.cleanup;
import static dev.asyncawait.Async.completedTasks;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.shield;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.timeout;
import static dev.asyncawait.Async.waitFor;
import static dev.asyncawait.Async.waitTasks;
import static dev.asyncawait.conformance.anyorder.Steps.isSuccess;
import static dev.asyncawait.conformance.anyorder.Steps.outcome;
import static dev.asyncawait.conformance.anyorder.Steps.turn;
import static dev.asyncawait.conformance.anyorder.Steps.turns;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.AsyncCondition;
import dev.asyncawait.AsyncEvent;
import dev.asyncawait.AsyncLock;
import dev.asyncawait.AsyncSemaphore;
import dev.asyncawait.AsyncTimeoutException;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Outcome;
import dev.asyncawait.ReturnWhen;
import dev.asyncawait.Task;
import dev.asyncawait.TaskGroup;
import dev.asyncawait.TaskOptions;
import dev.asyncawait.Timeout;
import dev.asyncawait.test.AsyncTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Programs made from a seed, of all that tasks can be made and waited for with, one within the other; and their task is
 * cancelled at some moments. Whatever the program and the order, no cancel request is lost and none is made up, all
 * that began ends, and nothing stays held.
 */
class ProgramsInAnyOrderTest {

  private enum Kind {
    TURNS(0),
    SLEEP(0),
    EVENT(0),
    SIGNAL(0),
    FAILURE(0),
    SEQUENCE(2),
    LOCK(1),
    SEMAPHORE(1),
    TIMEOUT(1),
    GROUP(3),
    EAGER_GROUP(3),
    STOPPED_GROUP(3),
    OUTCOMES(2),
    CLEANUP(2),
    CANCELLED_TASK(1),
    GATHER(2),
    TASK(1),
    TASK_WITH_LIMIT(1),
    SHIELD(1),
    FIRST_OF(2),
    ONE_BY_ONE(2);

    private final int parts;

    Kind(int parts) {
      this.parts = parts;
    }
  }

  private static final List<Kind> LEAVES =
      List.of(Kind.TURNS, Kind.TURNS, Kind.SLEEP, Kind.EVENT, Kind.SIGNAL);

  /** A failure of theirs hides a cancellation that they have passed on, as in asyncio. */
  private static final List<Kind> ONLY_IF_NOTHING_FAILS = List.of(
      Kind.GATHER, Kind.TASK, Kind.TASK_WITH_LIMIT, Kind.SHIELD, Kind.FIRST_OF, Kind.ONE_BY_ONE);

  /** A part of a program; {@code size} is a number of turns or milliseconds. */
  private record Part(int number, Kind kind, int size, List<Part> parts) {

    static Part random(Random random, int depth, boolean fails, int[] count) {
      List<Kind> kinds = new ArrayList<>(LEAVES);
      if (fails) {
        kinds.add(Kind.FAILURE);
      }
      if (depth > 0) {
        kinds.clear();
        for (Kind kind : Kind.values()) {
          if (kind.parts > 0 && !(fails && ONLY_IF_NOTHING_FAILS.contains(kind))) {
            kinds.add(kind);
          }
        }
      }
      Kind kind = kinds.get(random.nextInt(kinds.size()));
      int number = count[0]++;
      int size = random.nextInt(4);
      List<Part> parts = new ArrayList<>();
      for (int i = 0; i < kind.parts; i++) {
        parts.add(random(random, random.nextInt(depth), fails, count));
      }
      return new Part(number, kind, size, parts);
    }

    boolean contains(Kind other) {
      return kind == other || parts.stream().anyMatch(part -> part.contains(other));
    }

    @Override
    public String toString() {
      String name = kind.name().toLowerCase(Locale.ROOT) + " " + size;
      return parts.isEmpty() ? name : name + parts;
    }
  }

  private static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** What a run of a program shares. */
  private static final class World {
    private final AsyncLock lock = new AsyncLock();
    private final AsyncSemaphore semaphore = AsyncSemaphore.bounded(2);
    private final AsyncCondition condition = new AsyncCondition();
    private final AsyncEvent event = new AsyncEvent();
    private final List<Task<?>> shielded = new ArrayList<>();
    private int begun;
    private int ended;
    private boolean over;

    /** Brings what the parts wait for, until all is over. */
    Coroutine<Void> clock() {
      return async(() -> {
        for (int i = 0; !over; i++) {
          if (i == 3) {
            event.set();
          }
          await(condition.lock().run(condition::signalAll));
          await(sleep(Duration.ofMillis(1)));
        }
      });
    }

    Coroutine<Void> coroutine(Part part) {
      return async(() -> run(part));
    }

    void run(Part part) {
      begun++;
      try {
        runKind(part, part.parts, Duration.ofMillis(1 + part.size));
      } finally {
        ended++;
      }
    }

    /** A failure stays within this; then it is where a cancellation comes at the latest. */
    private void runToTheEnd(Part part) {
      try {
        run(part);
      } catch (Failure e) {
        assertThat(part.contains(Kind.FAILURE)).isTrue();
      }
      turn();
    }

    private void runKind(Part part, List<Part> parts, Duration time) {
      switch (part.kind) {
        case TURNS -> turns(part.size);
        case SLEEP -> await(sleep(time));
        case EVENT -> await(event.waitUntilSet());
        case SIGNAL -> await(condition.lock().run(() -> await(condition.waitForSignal())));
        case FAILURE -> {
          turns(part.size);
          throw new Failure();
        }
        case SEQUENCE -> parts.forEach(this::runToTheEnd);
        case LOCK -> {
          if (parts.get(0).contains(Kind.LOCK)) {
            run(parts.get(0));
          } else {
            await(lock.run(() -> run(parts.get(0))));
          }
        }
        case SEMAPHORE -> {
          if (parts.get(0).contains(Kind.SEMAPHORE)) {
            run(parts.get(0));
          } else {
            await(semaphore.run(() -> run(parts.get(0))));
          }
        }
        case TIMEOUT -> runTimeout(parts.get(0), timeout(time));
        case GROUP -> runGroup(parts, TaskOptions.named("of group " + part.number), false);
        case EAGER_GROUP -> runGroup(parts, TaskOptions.eager(), false);
        case STOPPED_GROUP -> runGroup(parts, TaskOptions.named("of group " + part.number), true);
        case OUTCOMES -> {
          Coroutine<Void> first = async(() -> runToTheEnd(parts.get(0)));
          Coroutine<Void> second = async(() -> runToTheEnd(parts.get(1)));
          List<Outcome<Void>> outcomes = await(gatherOutcomes(first, second));
          assertThat(outcomes).noneMatch(outcome -> outcome instanceof Outcome.Cancelled<?>);
        }
        case CLEANUP -> runCleanup(parts.get(0), parts.get(1));
        case CANCELLED_TASK -> runCancelled(part);
        case GATHER -> await(gather(coroutine(parts.get(0)), coroutine(parts.get(1))));
        case TASK -> await(createTask(coroutine(parts.get(0)), "task " + part.number));
        case TASK_WITH_LIMIT -> {
          Task<Void> task = createTask(coroutine(parts.get(0)), "task " + part.number);
          try {
            await(waitFor(task, time));
          } catch (AsyncTimeoutException e) {
            assertThat(task.isDone()).isTrue();
          }
        }
        case SHIELD -> {
          Task<Void> task = createTask(coroutine(parts.get(0)), "shielded " + part.number);
          shielded.add(task);
          await(shield(task));
        }
        case FIRST_OF, ONE_BY_ONE -> runSome(part, time);
      }
    }

    private void runTimeout(Part part, Timeout limit) {
      try {
        await(limit.run(() -> run(part)));
      } catch (AsyncTimeoutException e) {
        assertThat(limit.expired()).isTrue();
        assertThat(EventLoop.current().time()).isGreaterThanOrEqualTo(limit.when());
      }
    }

    private void runGroup(List<Part> parts, TaskOptions options, boolean isStopped) {
      TaskGroup group = taskGroup();
      List<Task<Void>> tasks = new ArrayList<>();
      try {
        await(group.run(() -> {
          tasks.add(group.createTask(coroutine(parts.get(0)), options));
          Coroutine<Void> second = async(() -> {
            run(parts.get(1));
            if (isStopped) {
              group.cancel();
            }
          });
          tasks.add(group.createTask(second, options));
          run(parts.get(2));
        }));
      } catch (Failure failure) {
        assertThat(group.failures()).first().isSameAs(failure);
        throw failure;
      } finally {
        assertThat(tasks).allMatch(Task::isDone);
      }
    }

    private void runCleanup(Part part, Part ofCleanup) {
      boolean[] finished = new boolean[1];
      try {
        run(part);
      } finally {
        await(cleanup(Duration.ofHours(1), () -> {
          runToTheEnd(ofCleanup);
          finished[0] = true;
        }));
        assertThat(finished[0]).isTrue();
      }
    }

    private void runCancelled(Part part) {
      Coroutine<Void> body = async(() -> runToTheEnd(part.parts.get(0)));
      Task<Void> task = createTask(body, "cancelled " + part.number);
      try {
        turns(part.size);
      } finally {
        boolean requested = task.cancel();
        await(cleanup(Duration.ofHours(1), () -> {
          assertThat(isSuccess(task)).isEqualTo(!requested);
        }));
      }
    }

    private void runSome(Part part, Duration time) {
      List<Task<Void>> tasks = List.of(
          createTask(coroutine(part.parts.get(0)), "first of " + part.number),
          createTask(coroutine(part.parts.get(1)), "second of " + part.number));
      try {
        if (part.kind == Kind.FIRST_OF) {
          var waited = await(waitTasks(tasks, ReturnWhen.FIRST_COMPLETED, time));
          assertThat(waited.done()).allMatch(Task::isDone);
          assertThat(waited.pending()).noneMatch(Task::isDone);
        } else {
          for (Coroutine<Task<Void>> next : completedTasks(tasks)) {
            assertThat(await(next).isDone()).isTrue();
          }
        }
      } finally {
        tasks.forEach(task -> task.cancel());
        await(cleanup(Duration.ofHours(1), () -> await(gatherOutcomes(tasks))));
      }
    }

    void assertNothingIsLeft() {
      assertThat(ended).isEqualTo(begun);
      assertThat(lock).hasToString("AsyncLock[unlocked]");
      assertThat(semaphore).hasToString("AsyncSemaphore[2 of 2 permits]");
      assertThat(condition).hasToString("AsyncCondition[AsyncLock[unlocked]]");
      assertThat(event.toString()).doesNotContain("waiting");
      assertThat(EventLoop.current().tasks()).containsExactly(currentTask());
    }
  }

  static LongStream seeds() {
    return LongStream.range(0, 200);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  @AsyncTest(schedules = 20)
  void no_request_is_lost_or_made_up_and_nothing_is_left(long seed) {
    var random = new Random(seed * 0x9E3779B97F4A7C15L);
    var program = Part.random(random, 1 + (int) (seed % 4), seed % 2 == 0, new int[1]);
    var world = new World();
    Task<Void> clock = createTask(world.clock(), "clock");
    Task<Void> task = createTask(async(() -> world.runToTheEnd(program)), "program");
    int requests = 0;
    for (long i = seed % 3; i > 0; i--) {
      await(sleep(Duration.ofMillis(random.nextInt(4))));
      turns(random.nextInt(8));
      requests += task.cancel() ? 1 : 0;
    }
    Outcome<Void> outcome = outcome(task);
    for (int i = 0; i < world.shielded.size(); i++) { // there may be more meanwhile
      Object unused = outcome(world.shielded.get(i));
    }
    for (Task<?> other : EventLoop.current().tasks()) { // whom a gather has left to clean up
      if (other != clock && other != currentTask()) {
        outcome(other);
      }
    }
    world.over = true;
    await(clock);
    assertThat(outcome instanceof Outcome.Cancelled<?>)
        .as("%s requests, %s, by %s", requests, outcome, program)
        .isEqualTo(requests > 0);
    assertThat(task.cancelling()).isEqualTo(requests);
    world.assertNothingIsLeft();
  }
}
