package dev.asyncawait;

import static dev.asyncawait.Async.allTasks;
import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BackgroundLoopTest {

  private final List<String> trace = new CopyOnWriteArrayList<>();

  /** Says when it has begun, and goes on until it is cancelled. */
  private Coroutine<Void> forLong(CountDownLatch begun) {
    return async(() -> {
      begun.countDown();
      try {
        await(sleep(ofHours(1)));
      } finally {
        await(sleep(ofMillis(1)));
        trace.add("cleaned up");
      }
    });
  }

  @Test
  void it_runs_what_threads_submit() {
    try (BackgroundLoop loop = EventLoop.start("orders")) {
      assertThat(loop.submit(async(() -> EventLoop.current().name())).join()).isEqualTo("orders");
      assertThat(loop.submit(async(EventLoop::current)).join()).isSameAs(loop.loop());
      assertThat(loop).hasToString("BackgroundLoop[orders, 0 tasks]");
    }
  }

  @Test
  void a_thousand_tasks_of_many_threads_are_all_done() {
    BackgroundLoop loop = EventLoop.start("orders");
    List<Task<Integer>> tasks = IntStream.range(0, 1_000)
        .parallel()
        .mapToObj(i -> loop.submit(async(() -> {
          await(sleep(ZERO));
          return i;
        })))
        .toList();
    CompletableFuture.allOf(tasks.toArray(CompletableFuture[]::new)).join();
    loop.close();
    assertThat(tasks.stream().mapToInt(Task::join).sum()).isEqualTo(499_500);
  }

  @Test
  void it_may_have_settings_of_its_own() {
    var reports = new CopyOnWriteArrayList<ExceptionContext>();
    Runner.Builder settings = Runner.builder().name("orders").exceptionHandler(reports::add);
    try (BackgroundLoop loop = settings.start()) {
      Task<Void> unused = loop.submit(async(() -> {
        throw new IllegalStateException("told");
      }));
      Task<Boolean> named = loop.submit(
          async(() -> allTasks().stream().anyMatch(task -> task.getName().equals("orders"))));
      assertThat(named.join()).isTrue();
    }
    assertThat(reports)
        .singleElement()
        .satisfies(report -> assertThat(report.exception()).hasMessage("told"));
    assertThatThrownBy(() -> settings.cancelOnShutdown().start())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("cancelOnShutdown() is for a runner, whose main it cancels;"
            + " shut a loop in the background down in a hook of your own");
  }

  @Test
  void closing_cancels_what_is_left_and_waits_for_its_cleanup() throws Exception {
    var begun = new CountDownLatch(2);
    List<Task<Void>> tasks;
    BackgroundLoop closed;
    try (BackgroundLoop loop = EventLoop.start("orders")) {
      closed = loop;
      tasks = List.of(loop.submit(forLong(begun)), loop.submit(forLong(begun)));
      begun.await();
      assertThat(loop).hasToString("BackgroundLoop[orders, 2 tasks]");
    }
    assertThat(trace).containsExactly("cleaned up", "cleaned up");
    assertThat(tasks).allMatch(Task::isCancelled);
    assertThat(closed).hasToString("BackgroundLoop[orders, closed]");
    closed.close();
  }

  @Test
  void one_that_was_closed_refuses_tasks_and_drops_them() {
    BackgroundLoop loop = EventLoop.start("orders");
    loop.close();
    Coroutine<String> late = async(() -> "late");
    assertThatThrownBy(() -> loop.submit(late))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessage("BackgroundLoop[orders, closed] accepts no more tasks;"
            + " submit them before it is shut down");
    assertThat(late).asString().endsWith("dropped]");
    assertThatThrownBy(() -> loop.loop().execute(() -> {}))
        .isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void tasks_that_come_while_it_closes_are_refused_or_done() {
    for (int round = 0; round < 200; round++) {
      BackgroundLoop loop = EventLoop.start("orders");
      var tasks = new ArrayList<Task<Void>>();
      Thread thread = new Thread(() -> {
        try {
          for (int i = 0; i < 1_000; i++) {
            tasks.add(loop.submit(sleep(ofHours(1))));
          }
        } catch (RejectedExecutionException closed) {
          trace.add("refused");
        }
      });
      thread.start();
      loop.close();
      join(thread);
      assertThat(tasks).allMatch(Task::isDone);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void an_interrupt_is_kept_and_the_second_closes_by_force() throws Exception {
    var begun = new CountDownLatch(1);
    var cancelled = new CountDownLatch(1);
    BackgroundLoop loop = EventLoop.start("orders");
    Task<Void> stubborn = loop.submit(async(() -> {
      begun.countDown();
      for (; ; ) {
        try {
          await(sleep(ofHours(1)));
        } catch (CancellationException ignored) {
          cancelled.countDown();
        }
      }
    }));
    begun.await();
    var thrown = new AtomicReference<Throwable>();
    var closing = new Thread(() -> {
      Thread.currentThread().interrupt();
      try {
        loop.close();
      } catch (Throwable e) {
        thrown.set(e);
      }
      if (Thread.currentThread().isInterrupted()) {
        trace.add("interrupted");
      }
    });
    try (var log = new CapturedLog()) {
      closing.start();
      cancelled.await();
      Awaitility.await()
          .until(() -> closing.getState() == Thread.State.WAITING
              && !closing.isInterrupted()); // it waits again
      closing.interrupt();
      closing.join();
    }
    assertThat(thrown.get()).isInstanceOf(AbandonedTasksException.class);
    assertThat(trace).containsExactly("interrupted");
    assertThat(stubborn).isCompletedExceptionally();
    loop.close();
  }

  @Test
  void who_awaits_the_shutdown_is_told_what_was_still_alive_at_the_limit() throws Exception {
    var begun = new CountDownLatch(1);
    BackgroundLoop loop = Runner.builder()
        .name("orders")
        .closingGrace(ofMillis(20))
        .closingLimit(ofMillis(50))
        .start();
    Task<Void> stubborn = loop.submit(async(() -> {
      begun.countDown();
      for (; ; ) {
        try {
          await(sleep(ofHours(1)));
        } catch (CancellationException ignored) {
          trace.add("goes on");
        }
      }
    }));
    begun.await();
    try (var log = new CapturedLog()) {
      assertThatThrownBy(() -> Async.run(loop.shutdown(ZERO)))
          .isInstanceOf(AbandonedTasksException.class);
    }
    assertThat(stubborn).isCompletedExceptionally();
    assertThat(trace).isNotEmpty();
    loop.close();
  }

  @Test
  void a_coroutine_is_told_to_await_the_shutdown() {
    BackgroundLoop loop = EventLoop.start("orders");
    Async.run(async(() -> {
      assertThatThrownBy(loop::close)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("which it would block; use await(shutdown(Duration.ZERO))");
      await(loop.shutdown(ZERO));
      loop.close();
    }));
  }

  @Test
  void a_loop_cannot_wait_for_its_own_end() {
    try (BackgroundLoop loop = EventLoop.start("orders")) {
      Task<Void> waiting = loop.submit(loop.shutdown(ZERO));
      assertThatThrownBy(waiting::join)
          .hasCauseInstanceOf(IllegalStateException.class)
          .hasMessageContaining("would wait for its own end; await it on another loop");
      assertThat(loop.submit(async(() -> "goes on")).join()).isEqualTo("goes on");
    }
  }

  @Test
  void a_loop_that_was_told_to_end_before_it_began_ends() {
    for (int round = 0; round < 100; round++) {
      EventLoop.start("orders").close();
      Async.run(EventLoop.start("orders").shutdown(ofSeconds(1)));
    }
  }
}
