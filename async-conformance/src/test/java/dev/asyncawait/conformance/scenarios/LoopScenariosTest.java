package dev.asyncawait.conformance.scenarios;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.AsyncFuture;
import dev.asyncawait.ContextVar;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Runner;
import dev.asyncawait.Task;
import dev.asyncawait.TaskContext;
import dev.asyncawait.TaskOptions;
import dev.asyncawait.test.AsyncTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is left lying, foreign threads, contexts, eager tasks and done callbacks. */
class LoopScenariosTest {

  private static final ContextVar<String> VALUE = new ContextVar<>("value", "unset");

  private final List<String> trace = new CopyOnWriteArrayList<>();

  private static Coroutine<Void> nothing() {
    return async(() -> {});
  }

  /** Departure: a pending task is held strongly, so it is not destroyed, but cancelled when its loop closes. */
  @Test
  @DisplayName("T66 coroutine dropped / failed task dropped / pending task dropped")
  void t66() {
    var settings =
        Runner.builder().debug(true).exceptionHandler(context -> trace.add(context.message()));
    try (Runner runner = settings.build()) {
      runner.run(async(() -> {
        Coroutine<Void> forgotten = nothing();
        forgotten = null;
        Task<Void> failed = createTask(
            async(() -> {
              throw new IllegalStateException("boom");
            }),
            "failed");
        Task<Void> pending = createTask(
            async(() -> {
              try {
                await(new AsyncFuture<>());
              } finally {
                trace.add("pending task cancelled");
              }
            }),
            "pending");
        await(sleep(Duration.ofMillis(1)));
        assertThat(failed.isDone()).isTrue();
        failed = null;
        pending = null;
        while (trace.size() < 2) {
          System.gc();
          await(sleep(Duration.ofMillis(5)));
        }
        assertThat(trace)
            .containsExactlyInAnyOrder(
                "coroutine 'async body in " + LoopScenariosTest.class.getName()
                    + "' was never awaited",
                "exception of task failed was never retrieved");
      }));
    }
    assertThat(trace).hasSize(3).last().isEqualTo("pending task cancelled");
  }

  /** Departure: asyncio refuses this in debug mode; here every thread may give a loop something to run. */
  @Test
  @DisplayName("T68 debug: call_soon from another thread")
  void t68() {
    try (Runner runner = Runner.builder().debug(true).build()) {
      String seen = runner.run(async(() -> {
        EventLoop loop = EventLoop.current();
        var ran = new AsyncFuture<String>();
        var foreign = new Thread(
            () -> loop.execute(() -> ran.complete("on " + EventLoop.current().name())));
        foreign.start();
        return await(ran);
      }));
      assertThat(seen).isEqualTo("on " + runner.loop().name());
    }
  }

  @AsyncTest
  @DisplayName("T69 context: child task write / direct await write / explicit context")
  void t69() {
    await(createTask(async(() -> {
      VALUE.set("child");
    })));
    assertThat(VALUE.get()).isEqualTo("unset");

    await(async(() -> {
      VALUE.set("awaited");
    }));
    assertThat(VALUE.get()).isEqualTo("awaited");

    TaskContext explicit = TaskContext.copy();
    await(createTask(
        async(() -> {
          VALUE.set("explicit");
        }),
        TaskOptions.inContext(explicit)));
    assertThat(VALUE.get()).isEqualTo("awaited");
    assertThat(explicit.run(VALUE::get)).isEqualTo("explicit");
  }

  @AsyncTest
  @DisplayName("T70 eager task that finishes at once / that suspends")
  void t70() {
    var trace = new ArrayList<String>();
    Task<?> creator = currentTask();
    Task<String> atOnce = createTask(
        async(() -> {
          trace.add("at once in " + currentTask().getName());
          return "result";
        }),
        TaskOptions.named("first").withEagerStart());
    assertThat(atOnce.isDone()).isTrue();
    assertThat(currentTask()).isSameAs(creator);

    Task<String> later = createTask(
        async(() -> {
          trace.add("begins in " + currentTask().getName());
          await(sleep(Duration.ZERO));
          trace.add("continues");
          return "later";
        }),
        TaskOptions.named("second").withEagerStart());
    trace.add("creator");
    assertThat(later.isDone()).isFalse();
    assertThat(currentTask()).isSameAs(creator);
    assertThat(await(later)).isEqualTo("later");
    assertThat(trace)
        .containsExactly("at once in first", "begins in second", "creator", "continues");
  }

  @Test
  @DisplayName("T72 done callbacks: registration order, never inline, errors to the handler")
  void t72() {
    var settings = Runner.builder()
        .exceptionHandler(
            context -> trace.add("handler got " + context.exception().getMessage()));
    try (Runner runner = settings.build()) {
      runner.run(async(() -> {
        var future = new AsyncFuture<String>();
        Consumer<AsyncFuture<String>> first = done -> trace.add("first");
        future.addDoneCallback(first);
        future.addDoneCallback(done -> {
          throw new IllegalStateException("second");
        });
        future.addDoneCallback(done -> trace.add("third " + done.resultNow()));
        future.complete("value");
        trace.add("completed");
        await(sleep(Duration.ZERO));
        future.addDoneCallback(first);
        trace.add("added to a done one");
        await(sleep(Duration.ZERO));
      }));
    }
    assertThat(new ArrayList<>(trace))
        .containsExactly(
            "completed",
            "first",
            "handler got second",
            "third value",
            "added to a done one",
            "first");
  }
}
