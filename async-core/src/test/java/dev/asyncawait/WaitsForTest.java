package dev.asyncawait;

import static dev.asyncawait.Async.asCompleted;
import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.shield;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.waitFor;
import static dev.asyncawait.Async.waitTasks;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a task says of what it waits for, and where it is. */
class WaitsForTest {

  private static final Duration HOUR = Duration.ofHours(1);

  private static Task<Void> sleeper(String name) {
    return createTask(async(() -> await(sleep(HOUR))), name);
  }

  /** Runs what {@code makeWork} makes of two tasks that sleep, and asserts which tasks it waits for. */
  private static void waits(
      BiFunction<Task<Void>, Task<Void>, Coroutine<?>> makeWork, String... expected) {
    TestClock.run(async(() -> {
      Task<Void> a = sleeper("a");
      Task<Void> b = sleeper("b");
      Task<?> waiting = createTask(makeWork.apply(a, b));
      assertThat(waiting.waitsFor()).as("before it runs").isEmpty();
      await(sleep(Duration.ofSeconds(1)));
      assertThat(waiting.waitsFor())
          .as(waiting.toString())
          .extracting(Task::getName)
          .containsExactly(expected);
      waiting.cancel();
      a.cancel();
      b.cancel();
      await(waitTasks(List.of(waiting, a, b)));
      assertThat(waiting.waitsFor()).as("when it is done").isEmpty();
    }));
  }

  private static Coroutine<?> awaiting(Awaitable<?> awaitable) {
    return async(() -> await(awaitable));
  }

  @Test
  void a_task_waits_for_what_it_awaits() {
    waits((a, b) -> awaiting(a), "a");
    waits((a, b) -> awaiting(waitFor(b, HOUR)), "b");
    waits((a, b) -> awaiting(waitFor(shield(a), HOUR)), "a");
    waits((a, b) -> awaiting(sleep(HOUR)));
    waits((a, b) -> awaiting(new AsyncFuture<>()));
    waits((a, b) -> sleep(HOUR));
  }

  @Test
  void a_task_waits_for_all_of_several_that_have_not_ended() {
    waits((a, b) -> async(() -> await(gather(a, b))), "a", "b");
    waits((a, b) -> async(() -> await(gather(createTask(async(() -> 1)), b))), "b");
    waits((a, b) -> async(() -> await(waitTasks(List.of(b, a)))), "b", "a");
    waits((a, b) -> async(() -> await(asCompleted(List.of(b, a)).iterator().next())), "b", "a");
    waits(
        (a, b) -> async(() -> {
          TaskGroup group = taskGroup();
          await(group.run(() -> {
            group.createTask(async(() -> await(a)), "child");
          }));
        }),
        "child");
  }

  @Test
  void a_task_that_is_given_no_time_waits_for_the_cleanup_of_its_work() {
    TestClock.run(async(() -> {
      Task<Void> deaf =
          createTask(async(() -> await(Async.cleanup(HOUR, () -> await(sleep(HOUR))))), "deaf");
      await(sleep(Duration.ofSeconds(1)));
      Task<?> waiting = createTask(async(() -> await(waitFor(deaf, Duration.ZERO))));
      await(sleep(Duration.ofSeconds(1)));
      assertThat(waiting.waitsFor()).containsExactly(deaf);
      assertThat(await(Async.gatherOutcomes(waiting, deaf))).hasSize(2);
    }));
  }

  @Test
  void who_waits_for_a_lock_or_a_permit_waits_for_those_who_hold_it() {
    TestClock.run(async(() -> {
      var lock = new AsyncLock();
      var semaphore = new AsyncSemaphore(2);
      Task<?> first = createTask(lock.run(() -> await(semaphore.run(() -> await(sleep(HOUR))))));
      Task<?> second = createTask(semaphore.run(() -> await(lock.run(() -> {}))));
      await(sleep(Duration.ofSeconds(1)));
      Task<?> third = createTask(semaphore.run(() -> {}));
      await(sleep(Duration.ofSeconds(1)));
      assertThat(first.waitsFor()).isEmpty();
      assertThat(second.waitsFor()).containsExactly(first);
      assertThat(third.waitsFor()).containsExactlyInAnyOrder(first, second);
      await(gather(first, second, third));
    }));
  }

  @Test
  void a_lock_that_a_thread_holds_keeps_nobody_from_saying_what_it_waits_for() {
    TestClock.run(async(() -> {
      var lock = new AsyncLock();
      Held held = await(Async.toThread(lock::tryAcquire));
      Task<?> waiting = createTask(lock.run(() -> {}));
      await(sleep(Duration.ofSeconds(1)));
      assertThat(waiting.waitsFor()).isEmpty();
      held.close();
      await(waiting);
    }));
  }

  @Test
  void a_loop_counts_the_calls_and_stages_that_it_has_had_to_do_with() {
    TestClock.run(async(() -> {
      EventLoop loop = EventLoop.current();
      await(sleep(HOUR));
      assertThat(loop.activity().externalOperations()).isZero();
      await(Async.toThread(() -> 1));
      assertThat(loop.activity().externalOperations()).isEqualTo(1);
      await(CompletableFuture.completedFuture(1));
      assertThat(loop.activity().externalOperations()).isEqualTo(2);
    }));
  }

  // ---- the stack

  private static void sleepsHere() {
    await(sleep(HOUR));
  }

  @Test
  @Tag("threads")
  void the_stack_of_a_task_shows_where_it_awaits() {
    TestClock.run(async(() -> {
      Task<Void> task = createTask(async(WaitsForTest::sleepsHere));
      assertThat(task.getStackTrace()).as("before it runs").isEmpty();
      await(sleep(Duration.ofSeconds(1)));
      assertThat(task.getStackTrace())
          .extracting(StackTraceElement::getMethodName)
          .contains("sleepsHere");
      assertThat(currentTask().getStackTrace())
          .extracting(StackTraceElement::getMethodName)
          .contains("the_stack_of_a_task_shows_where_it_awaits");
      await(task);
      assertThat(task.getStackTrace()).as("when it is done").isEmpty();
    }));
  }

  @Test
  void a_task_that_is_an_operation_of_the_library_alone_has_no_stack() {
    TestClock.run(async(() -> {
      Task<Void> task = createTask(sleep(HOUR));
      await(sleep(Duration.ofSeconds(1)));
      assertThat(task.getStackTrace()).isEmpty();
      await(task);
    }));
  }
}
