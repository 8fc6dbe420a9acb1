package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.from;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.shield;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.toThread;
import static dev.asyncawait.Async.waitFor;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.asyncawait.spi.LoopClock;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Objects of users of which every method throws: what they throw is contained, and nothing else is lost. */
@Timeout(30)
class HostileObjectsTest {

  /** What the methods throw. */
  enum Thrown {
    EXCEPTION,
    ERROR,
    OVERFLOW,
    CANCELLATION;

    Throwable made() {
      return switch (this) {
        case EXCEPTION -> new IllegalStateException("hostile");
        case ERROR -> new AssertionError("hostile");
        case OVERFLOW -> new StackOverflowError();
        case CANCELLATION -> new CancellationException("hostile");
      };
    }

    RuntimeException sneakily() {
      return Async.sneaky(made());
    }
  }

  private static final class HostileException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final Thrown thrown;

    HostileException(Thrown thrown) {
      this.thrown = thrown;
    }

    @Override
    public String getMessage() {
      throw thrown.sneakily();
    }

    @Override
    public String getLocalizedMessage() {
      throw thrown.sneakily();
    }

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized")
    public Throwable getCause() {
      throw thrown.sneakily();
    }

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized")
    public Throwable initCause(@Nullable Throwable cause) {
      throw thrown.sneakily();
    }

    @Override
    public StackTraceElement[] getStackTrace() {
      throw thrown.sneakily();
    }

    @Override
    public void setStackTrace(StackTraceElement[] stackTrace) {
      throw thrown.sneakily();
    }

    @Override
    public void printStackTrace(PrintStream s) {
      throw thrown.sneakily();
    }

    @Override
    public void printStackTrace(PrintWriter s) {
      throw thrown.sneakily();
    }

    @Override
    public boolean equals(@Nullable Object other) {
      throw thrown.sneakily();
    }

    @Override
    public int hashCode() {
      throw thrown.sneakily();
    }

    @Override
    public String toString() {
      throw thrown.sneakily();
    }
  }

  private static final class HostileCancellation extends CancellationException {
    private static final long serialVersionUID = 1;

    @Override
    public String getMessage() {
      throw new IllegalStateException("hostile");
    }
  }

  private final CapturedLog log = new CapturedLog();
  private final List<@Nullable Throwable> reported = new ArrayList<>();
  private final List<String> reports = new ArrayList<>();

  @AfterEach
  void close() {
    log.close();
  }

  private void run(AsyncAction main) {
    Runner.Builder settings = Runner.builder().exceptionHandler(context -> {
      reported.add(context.exception());
      reports.add(context.message());
    });
    TestClock.run(settings, async(main));
  }

  private static Coroutine<Void> failing(Throwable failure) {
    return async(() -> {
      throw Async.sneaky(failure);
    });
  }

  private static Coroutine<Void> failingCleanup(Throwable failure) {
    return async(() -> {
      try {
        await(sleep(ofHours(1)));
      } finally {
        throwIt(failure);
      }
    });
  }

  private static void throwIt(Throwable failure) {
    throw Async.sneaky(failure);
  }

  /** Without a look at the exception, as assertThatThrownBy would take one. */
  private static void assertThrown(AsyncAction action, Throwable expected) {
    assertThat(catchThrowable(action::run) == expected).isTrue();
  }

  // ---- exceptions

  @ParameterizedTest
  @EnumSource
  void an_exception_comes_out_of_everything_that_runs_work(Thrown thrown) {
    var hostile = new HostileException(thrown);
    run(() -> {
      assertThrown(() -> await(failing(hostile)), hostile);
      assertThrown(() -> await(createTask(failing(hostile))), hostile);
      assertThrown(() -> await(gather(failing(hostile), sleep(ZERO))), hostile);
      assertThrown(() -> await(shield(failing(hostile))), hostile);
      assertThrown(() -> await(waitFor(failing(hostile), ofMinutes(1))), hostile);
      assertThrown(() -> await(toThread(() -> throwIt(hostile))), hostile);
      assertThrown(() -> await(AsyncFuture.failedFuture(hostile)), hostile);
      assertThrown(() -> await(waitFor(failingCleanup(hostile), ofMinutes(1))), hostile);
    });
    assertThrown(() -> Async.run(failing(hostile)), hostile);
  }

  @ParameterizedTest
  @EnumSource
  void an_exception_is_what_a_group_throws_with_and_without_others(Thrown thrown) {
    var only = new HostileException(thrown);
    var first = new HostileException(thrown);
    var second = new HostileException(thrown);
    run(() -> {
      TaskGroup group = taskGroup();
      assertThrown(
          () -> await(group.run(() -> {
            group.createTask(failing(only));
          })),
          only);
      TaskGroup several = taskGroup();
      assertThrown(
          () -> await(several.run(() -> {
            several.createTask(failing(first));
            several.createTask(failingCleanup(second));
            await(sleep(ofHours(1)));
          })),
          first);
      assertThat(first.getSuppressed()[0] == second).isTrue();
      TaskGroup shared = taskGroup();
      assertThrown(
          () -> await(shared.run(() -> {
            shared.createTask(failingCleanup(second));
            await(sleep(ZERO));
            await(AsyncFuture.failedFuture(only));
          })),
          only);
    });
    assertThat(reported.get(0) == second).isTrue();
    assertThat(reports.get(0))
        .endsWith("could not be added to " + HostileException.class.getName()
            + " (whose toString() threw " + thrown.made().getClass().getName()
            + "), which others may have as well");
  }

  @ParameterizedTest
  @EnumSource
  void an_exception_is_told_to_who_reads_the_future_and_to_its_dependents(Thrown thrown) {
    var hostile = new HostileException(thrown);
    run(() -> {
      Task<Void> task = createTask(failing(hostile));
      CompletableFuture<Void> wraps = task.thenRun(() -> {});
      CompletableFuture<Throwable> handles = task.handle((value, error) -> error);
      Task<Throwable> awaits = createTask(async(() -> catchThrowable(() -> await(task))));
      await(sleep(ZERO));
      assertThat(handles.join() == hostile).isTrue();
      assertThat(await(awaits) == hostile).isTrue();
      // An older JDK asks the failure for its text, to wrap it, and leaves the stage as it is.
      assertThat(log.errors())
          .hasSize(wraps.isDone() ? 0 : 1)
          .allMatch(message -> message.startsWith("a stage that depends on Task[name="));
      assertThat(task.exceptionNow() == hostile).isTrue();
      assertCause(CompletionException.class, task::join, hostile);
      assertCause(CompletionException.class, () -> task.getNow(null), hostile);
      assertCause(ExecutionException.class, task::get, hostile);
      assertThat(task.toString()).contains("failed: " + HostileException.class.getName());
      assertThat(new ArrayList<>(Async.allTasks())).containsExactly(currentTask());
    });
  }

  private static void assertCause(
      Class<? extends Exception> type, AsyncAction reading, Throwable cause) {
    Throwable thrown = catchThrowable(reading::run);
    assertThat(thrown.getClass()).isEqualTo(type);
    assertThat(thrown.getCause() == cause).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void an_exception_is_thrown_to_a_thread_that_waits_for_it(Thrown thrown) throws Exception {
    var hostile = new HostileException(thrown);
    var future = new AsyncFuture<String>();
    var waits = new CountDownLatch(1);
    var seen = new CompletableFuture<@Nullable Throwable>();
    var thread = new Thread(() -> {
      waits.countDown();
      seen.complete(catchThrowable(future::join));
    });
    thread.start();
    waits.await();
    while (thread.getState() != Thread.State.WAITING && thread.isAlive()) {
      Thread.onSpinWait();
    }
    future.completeExceptionally(hostile);
    Throwable caught = seen.join();
    assertThat(caught).isExactlyInstanceOf(CompletionException.class);
    assertThat(caught.getCause() == hostile).isTrue();
    thread.join();
  }

  @ParameterizedTest
  @EnumSource
  void an_exception_that_nobody_looks_at_is_reported_and_logged_without_its_text(Thrown thrown) {
    var hostile = new HostileException(thrown);
    TestClock.run(Runner.builder().name("test"), async(() -> {
      createTask(failing(hostile), "hostile");
      EventLoop.current().execute(() -> throwIt(hostile));
      await(sleep(ZERO));
      await(sleep(ZERO));
    }));
    assertThat(log.errors())
        .hasSize(2)
        .allMatch(message -> message.contains("; it cannot be shown whole: "
            + HostileException.class.getName() + " (whose toString() threw "))
        .anyMatch(message -> message.startsWith("exception in callback "))
        .anyMatch(message -> message.startsWith("exception of task hostile was never retrieved"));
  }

  @Test
  void a_cancellation_ends_a_group_and_all_that_is_in_it() {
    var hostile = new HostileCancellation();
    var ended = new AtomicInteger();
    run(() -> {
      TaskGroup group = taskGroup();
      assertThrown(
          () -> await(group.run(() -> {
            group.createTask(async(() -> {
              try {
                await(sleep(ofHours(1)));
              } finally {
                ended.incrementAndGet();
              }
            }));
            await(sleep(ZERO));
            throw hostile;
          })),
          hostile);
      assertThat(ended).hasValue(1);
      assertThat(new ArrayList<>(Async.allTasks())).containsExactly(currentTask());
    });
  }

  @Test
  void a_wrapping_that_does_not_tell_what_it_wraps_is_taken_for_the_failure() {
    var wrapping = new CompletionException("wraps", new RuntimeException()) {
      private static final long serialVersionUID = 1;

      @Override
      @SuppressWarnings("UnsynchronizedOverridesSynchronized")
      public Throwable getCause() {
        throw new IllegalStateException("hostile");
      }
    };
    run(() -> {
      var stage = new CompletableFuture<String>();
      Task<Throwable> awaits = createTask(async(() -> catchThrowable(() -> await(stage))));
      await(sleep(ZERO));
      stage.completeExceptionally(wrapping);
      assertThat(await(awaits) == wrapping).isTrue();
      assertThat(AsyncFuture.failedFuture(wrapping).exceptionNow() == wrapping).isTrue();
    });
  }

  // ---- everything else

  private static final class HostileObject
      implements Runnable, Consumer<AsyncFuture<String>>, LoopExceptionHandler {

    @Override
    public void run() {
      throw new AssertionError("hostile run");
    }

    @Override
    public void accept(AsyncFuture<String> future) {
      throw new AssertionError("hostile accept");
    }

    @Override
    public void handle(ExceptionContext context) {
      throw new AssertionError("hostile handle");
    }

    @Override
    public boolean equals(@Nullable Object other) {
      throw new StackOverflowError();
    }

    @Override
    public int hashCode() {
      throw new StackOverflowError();
    }

    @Override
    public String toString() {
      throw new StackOverflowError();
    }
  }

  @Test
  void a_callback_that_fails_and_has_no_text_is_reported() {
    run(() -> {
      EventLoop loop = EventLoop.current();
      loop.execute(new HostileObject());
      loop.schedule(ofMinutes(1), new HostileObject());
      await(sleep(ofMinutes(2)));
    });
    String text =
        HostileObject.class.getName() + " (whose toString() threw java.lang.StackOverflowError)";
    assertThat(reports)
        .containsExactly("exception in callback " + text, "exception in timer callback " + text);
  }

  @Test
  void a_handler_that_fails_and_has_no_text_loses_no_report() {
    TestClock.run(Runner.builder().exceptionHandler(new HostileObject()), async(() -> {
      EventLoop.current().execute(() -> throwIt(new IllegalStateException("boom")));
      await(sleep(ZERO));
    }));
    assertThat(log.errors()).hasSize(2);
    assertThat(log.errors().get(0))
        .startsWith("the exception handler " + HostileObject.class.getName());
    assertThat(log.exceptions().get(1)).hasMessage("boom");
  }

  @Test
  void done_callbacks_that_cannot_be_compared_do_not_keep_others_from_being_removed() {
    run(() -> {
      var future = new AsyncFuture<String>();
      var called = new ArrayList<String>();
      var hostile = new HostileObject();
      Consumer<AsyncFuture<String>> other = done -> called.add("other");
      future.addDoneCallback(other);
      future.addDoneCallback(hostile);
      future.addDoneCallback(done -> called.add("stays"));
      assertThat(future.removeDoneCallback(hostile)).isEqualTo(1);
      assertThat(future.removeDoneCallback(other)).isEqualTo(1);
      future.complete("done");
      await(sleep(ZERO));
      assertThat(called).containsExactly("stays");
    });
  }

  /** Every method that the library may call throws. */
  private static final class HostileStage extends CompletableFuture<String> {
    @Override
    public CompletableFuture<String> toCompletableFuture() {
      throw new StackOverflowError();
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      throw new StackOverflowError();
    }

    @Override
    public String toString() {
      throw new StackOverflowError();
    }
  }

  @Test
  void a_stage_that_cannot_be_cancelled_or_shown_keeps_no_task_from_being_cancelled() {
    run(() -> {
      var stage = new HostileStage();
      Task<String> task = createTask(async(() -> await(stage)));
      Task<String> shared = createTask(async(() -> await(from(stage))));
      await(sleep(ZERO));
      assertThat(task.toString())
          .contains("suspended on stage " + HostileStage.class.getName() + " (whose toString()");
      assertThat(task.cancel("enough")).isTrue();
      assertThatThrownBy(() -> await(task)).hasMessage("enough");
      shared.cancel();
      assertThatThrownBy(() -> await(shared)).isInstanceOf(CancellationException.class);
    });
    assertThat(log.errors())
        .hasSize(2)
        .allMatch(message -> message.startsWith("cancelling " + HostileStage.class.getName()));
  }

  @Test
  void a_stage_that_throws_when_it_has_told_its_outcome_is_awaited_all_the_same() {
    var stage = new CompletableFuture<String>() {
      @Override
      public CompletableFuture<String> whenComplete(
          BiConsumer<? super String, ? super Throwable> action) {
        action.accept("told", null);
        throw new AssertionError("hostile");
      }
    };
    run(() -> assertThat(await(stage)).isEqualTo("told"));
    assertThat(log.exceptions()).singleElement().asString().contains("hostile");
  }

  @Test
  void an_order_of_items_that_fails_loses_no_item_and_no_turn() {
    run(() -> {
      AsyncQueue<Integer> queue = AsyncQueue.priority(
          (a, b) -> {
            if (a == 3) {
              throw new StackOverflowError();
            }
            return a - b;
          },
          2);
      queue.tryPut(2);
      queue.tryPut(1);
      Task<Void> first = createTask(queue.put(3));
      Task<Void> second = createTask(queue.put(4));
      await(sleep(ZERO));
      assertThat(queue.tryTake()).isEqualTo(1);
      assertThatThrownBy(() -> await(first)).isInstanceOf(StackOverflowError.class);
      await(second);
      assertThat(await(queue.take())).isEqualTo(2);
      assertThat(await(queue.take())).isEqualTo(4);
    });
  }

  @Test
  void an_executor_that_throws_when_it_has_begun_the_call_is_reported() {
    run(() -> {
      CallOptions options = CallOptions.onExecutor(call -> {
        var thread = new Thread(call);
        thread.start();
        try {
          thread.join();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
        throw new StackOverflowError();
      });
      assertThat(await(toThread(() -> "made", options))).isEqualTo("made");
      await(sleep(ZERO));
    });
    assertThat(reported).singleElement().isInstanceOf(StackOverflowError.class);
  }

  @Test
  void an_alarm_that_cannot_be_cancelled_loses_no_timer() {
    var clock = new TestClock();
    LoopClock hostile = new LoopClock() {
      @Override
      public long now() {
        return clock.now();
      }

      @Override
      public Runnable wakeAt(long deadline, Runnable alarm) {
        Runnable unused = clock.wakeAt(deadline, alarm);
        return new HostileObject();
      }

      @Override
      public void idle(EventLoop loop) {
        clock.idle(loop);
      }
    };
    try (var runner = Runner.builder().clock(hostile).build()) {
      runner.run(async(() -> {
        Task<Void> late = createTask(sleep(ofMinutes(2)));
        await(sleep(ZERO));
        await(sleep(ofMinutes(1))); // arms an earlier alarm
        await(late);
      }));
    }
    assertThat(log.errors()).isNotEmpty().allMatch(message -> message.startsWith("an alarm of "));
  }

  @Test
  void texts_of_settings_and_contexts_can_be_had() {
    assertThat(CallOptions.onExecutor(new HostileExecutor()).toString())
        .startsWith("CallOptions[" + HostileExecutor.class.getName() + " (whose toString() threw");
    TaskContext context = TaskContext.copy();
    var variable = new ContextVar<Object>("hostile");
    Object unused = context.run(() -> variable.set(new HostileObject()));
    assertThat(context.toString())
        .startsWith("TaskContext[hostile=" + HostileObject.class.getName());
  }

  private static final class HostileExecutor implements Executor {
    @Override
    public void execute(Runnable command) {
      throw new StackOverflowError();
    }

    @Override
    public String toString() {
      throw new StackOverflowError();
    }
  }
}
