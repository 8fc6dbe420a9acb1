package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static dev.asyncawait.Async.waitFor;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofSeconds;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad use gets an error that says what to do instead. */
@SuppressWarnings("FutureReturnValueIgnored") // of tasks that are refused
class MisuseTest {

  private static final String OUTSIDE =
      "await() was called outside a coroutine; wrap the code in Async.run(async(() -> ...))";

  private static AbstractThrowableAssert<?, ?> assertRefused(ThrowingCallable call) {
    return assertThatThrownBy(call).isExactlyInstanceOf(IllegalStateException.class);
  }

  // ---- await

  @Test
  void await_outside_a_coroutine_is_refused_also_for_what_is_done() {
    var stage = CompletableFuture.completedFuture("done");
    var stagePending = new CompletableFuture<String>();
    var done = AsyncFuture.completedFuture("done");
    Coroutine<String> coroutine = async(() -> "ran");

    for (ThrowingCallable call : List.<ThrowingCallable>of(
        () -> await(done),
        () -> await((Awaitable<String>) done),
        () -> await(done, Exception.class),
        () -> await(new AsyncFuture<String>()),
        () -> await(stage),
        () -> await(stage, Exception.class),
        () -> await(stagePending),
        () -> await(coroutine),
        () -> await(coroutine, Exception.class))) {
      assertRefused(call).hasMessage(OUTSIDE);
    }
    assertThat(stagePending.getNumberOfDependents()).isZero();
    assertThat(Async.run(coroutine)).isEqualTo("ran");
  }

  @Test
  void await_in_a_callback_is_refused() {
    var refusals = new ArrayList<Throwable>();
    TestClock.run(async(() -> {
      Coroutine<String> coroutine = async(() -> "ran");
      EventLoop loop = EventLoop.current();
      ThrowingCallable call = () -> await(coroutine);
      var done = AsyncFuture.completedFuture("done");
      loop.execute(() -> refusals.add(thrownBy(call)));
      loop.schedule(ofHours(1), () -> refusals.add(thrownBy(call)));
      done.addDoneCallback(f -> refusals.add(thrownBy(call)));
      createTask(sleep(ZERO)).thenRun(() -> refusals.add(thrownBy(call)));
      await(sleep(ofHours(2)));
      assertThat(await(coroutine)).isEqualTo("ran");
    }));

    assertThat(refusals)
        .hasSize(4)
        .allSatisfy(e ->
            assertThat(e).isExactlyInstanceOf(IllegalStateException.class).hasMessage(OUTSIDE));
  }

  private static Throwable thrownBy(ThrowingCallable call) {
    try {
      call.call();
      return new AssertionError("nothing was thrown");
    } catch (Throwable thrown) {
      return thrown;
    }
  }

  @Test
  void await_in_to_thread_is_refused() {
    Async.run(async(() -> await(toThread(
        () -> assertRefused(() -> await(AsyncFuture.completedFuture("x"))).hasMessage(OUTSIDE)))));
  }

  @Test
  void a_coroutine_runs_only_once() {
    TestClock.run(async(() -> {
      Coroutine<Void> sleeping = sleep(Duration.ofSeconds(2));
      Coroutine<String> body = async(() -> "ran");
      await(sleeping);
      await(body);

      String message =
          "coroutine 'sleep(PT2S)' was already awaited; call the method again for a new one";
      for (ThrowingCallable again : List.<ThrowingCallable>of(
          () -> await(sleeping),
          () -> createTask(sleeping),
          () -> createTask(sleeping, "named"),
          () -> createTask(sleeping, TaskOptions.eager()),
          () -> EventLoop.current().submit(sleeping),
          () -> gather(sleeping),
          () -> await(Async.waitFor(sleeping, ofHours(1))),
          () -> await(Async.waitFor(sleeping, ZERO)))) {
        assertRefused(again).hasMessage(message);
      }
      assertRefused(() -> await(body))
          .hasMessage("coroutine 'async body in dev.asyncawait.MisuseTest' was already awaited; "
              + "call the method again for a new one");
    }));
    Coroutine<Void> main = sleep(ZERO);
    Async.run(main);
    for (ThrowingCallable again :
        List.<ThrowingCallable>of(() -> Async.run(main), () -> Async.start(main))) {
      assertRefused(again)
          .hasMessage(
              "coroutine 'sleep(PT0S)' was already awaited; call the method again for a new one");
    }
  }

  @Test
  void a_dropped_coroutine_does_not_run_and_a_started_one_cannot_be_dropped() {
    TestClock.run(async(() -> {
      Coroutine<Void> dropped = sleep(ZERO);
      dropped.drop();
      dropped.drop();
      assertRefused(() -> await(dropped))
          .hasMessage("coroutine 'sleep(PT0S)' was dropped; call the method again for a new one");

      Coroutine<Void> begun = sleep(ofHours(1));
      Task<Void> task = createTask(begun);
      begun.drop();
      await(task);
      assertThat(EventLoop.current().time()).isEqualTo(ofHours(1));
    }));
  }

  @Test
  void a_coroutine_wanted_by_two_tasks_at_once_goes_to_the_first() {
    TestClock.run(async(() -> {
      Coroutine<Void> shared = sleep(ofHours(1));
      Task<Void> first = createTask(async(() -> await(shared)));
      Task<Void> second = createTask(async(() -> await(shared)));

      assertRefused(() -> await(second))
          .hasMessage(
              "coroutine 'sleep(PT1H)' was already awaited; call the method again for a new one");
      await(first);
    }));
  }

  @Test
  void a_task_that_awaits_itself_is_refused() {
    TestClock.run(async(() -> {
      Task<Void> task = createTask(
          async(() -> {
            assertRefused(() -> await(currentTask()))
                .hasMessage("Task[name=narcissus, running] awaits itself, so it would never end; "
                    + "await another task");
          }),
          "narcissus");
      await(task);
    }));
  }

  @Test
  void a_task_cannot_wait_for_itself_through_waitFor() {
    TestClock.run(async(() -> {
      Coroutine<?> self = waitFor(currentTask(), ofSeconds(1));
      assertThatThrownBy(() -> await(self)).isInstanceOf(Exception.class);
    }));
  }

  @Test
  void blocking_for_a_pending_task_of_ones_own_loop_is_refused() {
    TestClock.run(async(() -> {
      Task<Void> task = createTask(sleep(ofHours(1)), "slow");
      AsyncFuture<List<Void>> gathered = gather(task);
      assertRefused(task::join)
          .hasMessage(
              "join() on Task[name=slow, not started] would block its own loop; use await(task)");
      await(sleep(ZERO));

      String rule =
          "get() on Task[name=slow, suspended on sleep(PT1H)] would block its own loop; use await(task)";
      assertRefused(task::get).hasMessage(rule);
      assertRefused(() -> task.get(1, SECONDS)).hasMessage(rule);
      assertRefused(gathered::join)
          .hasMessage("join() on gather(1)[pending] would block its own loop; use await(future)");

      var inCallback = new CompletableFuture<Throwable>();
      EventLoop.current().execute(() -> inCallback.complete(thrownBy(task::get)));
      await(inCallback);
      assertThat(inCallback.join()).hasMessage(rule);
    }));
  }

  // ---- run

  @Test
  void run_inside_a_coroutine_or_a_callback_is_refused_and_uses_nothing_up() { // T65
    TestClock.run(Runner.builder().name("outer"), async(() -> {
      Coroutine<String> coroutine = async(() -> "ran");
      String message = " was called inside a coroutine or callback of EventLoop[outer, 1 task], "
          + "which it would block; use await(...) or createTask(...)";
      var runner = new Runner();
      ThrowingCallable run = () -> Async.run(coroutine);
      assertRefused(run).hasMessage("run()" + message);
      assertRefused(() -> Async.run(coroutine, Exception.class)).hasMessage("run()" + message);
      assertRefused(() -> runner.run(coroutine)).hasMessage("run()" + message);
      assertRefused(runner::loop).hasMessage("loop()" + message);
      assertRefused(runner::close).hasMessage("close()" + message);

      var inCallback = new CompletableFuture<Throwable>();
      EventLoop.current().execute(() -> inCallback.complete(thrownBy(run)));
      assertThat(await(inCallback)).hasMessage("run()" + message);
      assertThat(await(coroutine)).isEqualTo("ran");
    }));
  }

  @Test
  void run_is_legal_on_threads_that_are_no_loops() {
    String result = Async.run(async(() -> {
      String inCall = await(toThread(() -> Async.run(async(() -> "in a call"))));
      var future = new AsyncFuture<String>();
      var dependent = future.thenApply(v ->
          Async.run(async(() -> v + " and " + await(AsyncFuture.completedFuture("dependent")))));
      await(toThread(() -> future.complete(inCall)));
      return await(dependent);
    }));

    assertThat(result).isEqualTo("in a call and dependent");
  }

  // ---- no loop, or a closed one

  @Test
  void what_needs_a_loop_says_so_where_none_runs_and_uses_nothing_up() {
    Coroutine<String> coroutine = async(() -> "ran");
    String none =
        " was called where no event loop runs; wrap the code in Async.run(async(() -> ...))";

    assertRefused(() -> createTask(coroutine)).hasMessage("createTask()" + none);
    assertRefused(() -> createTask(coroutine, "name")).hasMessage("createTask()" + none);
    assertRefused(() -> createTask(coroutine, TaskOptions.eager()))
        .hasMessage("createTask()" + none);
    assertRefused(() -> gather(coroutine)).hasMessage("gather()" + none);
    assertRefused(() -> gather(List.of(coroutine))).hasMessage("gather()" + none);
    assertRefused(() -> gatherOutcomes(coroutine)).hasMessage("gather()" + none);
    assertRefused(() -> gatherOutcomes(List.of(coroutine))).hasMessage("gather()" + none);
    String noLoop =
        "no event loop runs on this thread; wrap the code in Async.run(async(() -> ...))";
    assertRefused(EventLoop::current).hasMessage(noLoop);
    assertRefused(Async::allTasks).hasMessage(noLoop);
    assertRefused(Async::currentTask)
        .hasMessage("currentTask() was called outside a coroutine; "
            + "use Task.currentOrNull() where there may be none");
    assertThat(Task.currentOrNull()).isNull();
    assertThat(Async.run(coroutine)).isEqualTo("ran");
  }

  @Test
  void a_closed_loop_takes_nothing_more() {
    var runner = Runner.builder().name("shop").build();
    EventLoop loop = runner.loop();
    runner.close();
    Coroutine<String> coroutine = async(() -> "ran");

    assertThatThrownBy(() -> loop.execute(() -> {}))
        .isExactlyInstanceOf(RejectedExecutionException.class)
        .hasMessage("EventLoop[shop, closed] runs no more callbacks; use a loop that is open");
    assertThatThrownBy(() -> loop.schedule(ZERO, () -> {}))
        .isExactlyInstanceOf(RejectedExecutionException.class)
        .hasMessage("EventLoop[shop, closed] sets no more timers; use a loop that is open");
    assertThatThrownBy(() -> loop.submit(coroutine))
        .isExactlyInstanceOf(RejectedExecutionException.class)
        .hasMessage("EventLoop[shop, closed] accepts no more tasks; use a loop that is open");
    assertThat(Async.run(coroutine)).isEqualTo("ran");
  }

  @Test
  void tasks_on_a_loop_that_closed_under_their_creator_are_refused() {
    var refusals = new CompletableFuture<List<Throwable>>();
    var builder = Runner.builder()
        .name("shop")
        .closingGrace(Duration.ofSeconds(1)) // time to hear of the cancellation first
        .closingLimit(Duration.ofSeconds(1));
    try (var log = new CapturedLog()) {
      assertThatThrownBy(() -> {
            try (var runner = builder.build()) {
              runner.run(async(() -> {
                createTask(async(() -> {
                  assertThatThrownBy(() -> await(sleep(ofHours(1)))).hasMessage("closing");
                  awaitClosed(EventLoop.current());
                  Coroutine<String> late = async(() -> "late");
                  refusals.complete(List.of(
                      thrownBy(() -> createTask(late)),
                      thrownBy(() -> createTask(late, TaskOptions.eager())),
                      thrownBy(() -> gather(late)),
                      thrownBy(() -> await(late))));
                }));
                await(sleep(ZERO));
              }));
            }
          })
          .isInstanceOf(AbandonedTasksException.class);
      Awaitility.await()
          .atMost(Duration.ofMinutes(5))
          .until(() -> log.errors().contains("loop shop is abandoned"));
    }

    assertThat(refusals.orTimeout(300, SECONDS).join())
        .extracting(Throwable::getMessage)
        .containsExactly(
            "createTask() was called on EventLoop[shop, closed]; use a loop that is open",
            "createTask() was called on EventLoop[shop, closed]; use a loop that is open",
            "gather() was called on EventLoop[shop, closed]; use a loop that is open",
            "loop shop was closed while this task was alive; let this error end it");
  }

  /** Blocks the loop it is called on, whatever comes, until that loop has been closed under it. */
  @SuppressWarnings("ThreadPriorityCheck") // others may need the carrier of this virtual thread
  private static void awaitClosed(EventLoop loop) {
    while (!loop.isClosed()) {
      Thread.yield();
    }
  }

  @Test
  void uncancel_is_for_the_tasks_own_loop() {
    Async.run(async(() -> {
      Task<Void> task = createTask(sleep(ofHours(1)), "t");
      await(sleep(ZERO));
      String refusal = await(toThread(() -> thrownBy(task::uncancel).getMessage()));
      assertThat(refusal)
          .isEqualTo("uncancel() on Task[name=t, suspended on sleep(PT1H)] "
              + "must be called on its own loop; use EventLoop.execute to get there");
    }));
  }

  // ---- runners and their settings

  @Test
  void a_runner_serves_one_thread_at_a_time() {
    var runner = Runner.builder().name("busy").build();
    runner.run(async(() -> await(toThread(() -> {
      String message = " was called on Runner[running, EventLoop[busy, 1 task]]; "
          + "use it from one thread at a time, and not after close()";
      assertRefused(() -> runner.run(sleep(ZERO))).hasMessage("run()" + message);
      assertRefused(runner::close).hasMessage("close()" + message);
    }))));
    assertThat(runner.run(async(() -> "again"))).isEqualTo("again");
    runner.close();
  }

  @Test
  void a_closed_runner_is_refused_and_may_be_closed_again() {
    var runner = Runner.builder().name("over").build();
    runner.run(sleep(ZERO));
    runner.close();
    runner.close();

    assertRefused(() -> runner.run(sleep(ZERO)))
        .hasMessage("run() was called on Runner[closed, EventLoop[over, closed]]; "
            + "use it from one thread at a time, and not after close()");
    var unused = new Runner();
    unused.close();
    assertRefused(unused::loop)
        .hasMessage("loop() was called on Runner[closed, no loop yet]; "
            + "use it from one thread at a time, and not after close()");
  }

  @Test
  void a_closed_runner_shows_no_loop() {
    Runner runner = Runner.builder().clock(new TestClock()).build();
    runner.run(sleep(ZERO));
    runner.close();
    assertThatThrownBy(runner::loop).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-1S"})
  void closing_takes_more_than_no_time(Duration time) {
    var builder = Runner.builder();
    assertThatThrownBy(() -> builder.closingGrace(time))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage("closingGrace must be more than zero, but was " + time);
    assertThatThrownBy(() -> builder.closingLimit(time))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage("closingLimit must be more than zero, but was " + time);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 2, Integer.MAX_VALUE})
  void a_ready_order_that_picks_what_is_not_there_closes_the_loop_loudly(int nonsense) {
    var builder = Runner.builder().scheduling(ready -> nonsense);
    try (var log = new CapturedLog()) {
      assertThatThrownBy(() -> TestClock.run(builder, async(() -> {
            createTask(sleep(ZERO));
            createTask(sleep(ZERO));
            await(sleep(ofHours(1)));
          })))
          .isExactlyInstanceOf(IndexOutOfBoundsException.class)
          .hasMessageContaining(String.valueOf(nonsense));
      assertThat(log.errors()).hasSize(1);
    }
  }

  @Test
  void a_ready_order_that_throws_closes_the_loop_with_what_it_threw() {
    var error = new IllegalStateException("no idea");
    var builder = Runner.builder().scheduling(ready -> {
      throw error;
    });
    try (var log = new CapturedLog()) {
      assertThatThrownBy(() -> TestClock.run(builder, async(() -> {
            createTask(sleep(ZERO));
            createTask(sleep(ZERO));
            await(sleep(ofHours(1)));
          })))
          .isSameAs(error);
      assertThat(log.exceptions()).containsExactly(error);
    }
  }

  @Test
  void
      a_body_that_blocks_the_loop_until_something_of_the_loop_happens_can_be_interrupted_from_outside() {
    Async.run(async(() -> {
      var blocked = new CompletableFuture<Task<?>>();
      Task<Boolean> rescue = createTask(toThread(() -> blocked.get(300, SECONDS).cancel(true)));
      Task<Void> task = createTask(async(() -> {
        var never = new CountDownLatch(1);
        blocked.complete(currentTask());
        never.await();
      }));
      assertThatThrownBy(() -> await(task)).isInstanceOf(InterruptedException.class);
      assertThat(await(rescue)).isTrue();
    }));
  }
}
