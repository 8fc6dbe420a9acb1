package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** EventLoop.submit and what it gives, used by threads that are not the loop's. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SubmitTest {

  private final List<String> trace = new CopyOnWriteArrayList<>();
  private final TrackedThreads drivers = new TrackedThreads();
  private final Runner runner =
      Runner.builder().name("test").driverThreads(drivers).build();
  private final EventLoop loop = runner.loop();

  /** Closes the loop and counts what is left. */
  private void close() {
    runner.close();
    assertThat(loop.tasks()).isEmpty();
    assertThat(loop.activity().callsInFlight()).isZero();
    try {
      drivers.awaitEnd();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Runs the loop until {@code work}, on another thread, has ended. */
  private void beside(AsyncAction work) {
    runner.run(toThread(work));
  }

  private Coroutine<String> traced(String name) {
    return async(() -> {
      trace.add(name + " begins");
      try {
        await(sleep(ofHours(1)));
        return name;
      } finally {
        await(sleep(ofMillis(1)));
        trace.add(name + " ends");
      }
    });
  }

  @Test
  void a_thread_may_wait_for_the_result_or_the_failure_of_what_it_submits() {
    var failure = new IllegalStateException("remote");
    beside(() -> {
      assertThat(loop.submit(async(() -> "value")).get()).isEqualTo("value");
      assertThatThrownBy(() -> loop.submit(async(() -> {
                throw failure;
              }))
              .get())
          .isInstanceOf(ExecutionException.class)
          .hasCause(failure);
    });
    close();
  }

  @Test
  void a_task_cancelled_from_afar_unwinds_before_it_is_done() {
    beside(() -> {
      Task<String> task = loop.submit(traced("remote"));
      while (trace.isEmpty()) {
        Thread.onSpinWait();
      }
      assertThat(task.cancel("from afar")).isTrue();
      assertThatThrownBy(task::join)
          .isInstanceOf(CancellationException.class)
          .hasMessage("from afar");
      assertThat(trace).containsExactly("remote begins", "remote ends");
      assertThat(task.isCancelled()).isTrue();
      assertThat(task.cancel("again")).isFalse();
    });
    close();
  }

  /** The first step was due before the request came, as with call_soon_threadsafe. */
  @Test
  void a_task_cancelled_right_after_it_was_submitted_gets_that_at_its_first_await() {
    beside(() -> {
      var busy = new CompletableFuture<Void>();
      var release = new CountDownLatch(1);
      loop.execute(() -> {
        busy.complete(null);
        awaitLatch(release);
      });
      busy.join();
      Task<String> task = loop.submit(traced("remote"));
      assertThat(task.cancel("at once")).isTrue();
      assertThat(task.isDone()).isFalse();
      release.countDown();
      assertThatThrownBy(task::join).hasMessage("at once");
    });
    assertThat(trace).containsExactly("remote begins", "remote ends");
    close();
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertThat(latch.await(300, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void what_is_submitted_while_nothing_runs_begins_with_the_next_main() {
    Task<String> early = loop.submit(traced("early"));
    Task<String> cancelled = loop.submit(traced("cancelled"));
    assertThat(cancelled.cancel()).isTrue();
    assertThat(trace).isEmpty();
    assertThat(early.isDone()).isFalse();
    runner.run(async(() -> {
      trace.add("main");
      await(sleep(ofMillis(20)));
    }));
    assertThat(trace).containsExactly("early begins", "cancelled begins", "main", "cancelled ends");
    close();
    assertThat(trace).last().isEqualTo("early ends");
    assertThat(early.isCancelled()).isTrue();
  }

  @Test
  void what_was_submitted_and_never_had_a_turn_is_cancelled_when_the_loop_closes() {
    Task<String> task = loop.submit(traced("never"));
    close();
    assertThat(task.isCancelled()).isTrue();
    assertThat(trace).isEmpty();
  }

  @Test
  void a_loop_that_closes_accepts_tasks_from_its_own_calls_and_runs_them_to_their_end() {
    var submitted = new CompletableFuture<Task<String>>();
    runner.run(async(() -> {
      createTask(async(() -> {
        try {
          await(new AsyncFuture<>());
        } finally {
          await(toThread(() -> submitted.complete(loop.submit(async(() -> {
            await(sleep(ofMillis(1)));
            return "farewell";
          })))));
        }
      }));
      await(sleep(ZERO));
    }));
    close();
    assertThat(submitted.join().join()).isEqualTo("farewell");
  }

  @Test
  void a_task_submitted_to_a_loop_that_closes_can_be_cancelled() {
    var cancelled = new CompletableFuture<Task<String>>();
    runner.run(async(() -> {
      createTask(async(() -> {
        try {
          await(new AsyncFuture<>());
        } finally {
          await(toThread(() -> {
            Task<String> task = loop.submit(traced("late"));
            task.cancel("no time");
            cancelled.complete(task);
          }));
        }
      }));
      await(sleep(ZERO));
    }));
    close();
    assertThatThrownBy(() -> cancelled.join().join()).hasMessage("no time");
    assertThat(trace).containsExactly("late begins", "late ends");
  }

  /** What comes from outside could keep it open for ever. */
  @Test
  void a_loop_that_closes_refuses_what_comes_from_other_threads() {
    var refusals = new CompletableFuture<List<Throwable>>();
    runner.run(async(() -> {
      createTask(
          async(() -> {
            try {
              await(new AsyncFuture<>());
            } finally {
              Task<String> own = loop.submit(traced("own")); // a task of the loop's may need others
              new Thread(() -> refusals.complete(List.of(
                      catchThrowable(() -> loop.submit(traced("late")).get()).getCause(),
                      catchThrowable(() -> loop.execute(() -> trace.add("late"))),
                      catchThrowable(() -> loop.schedule(ZERO, () -> trace.add("late"))))))
                  .start();
              await(sleep(ZERO)); // it begins
              await(Async.shield(refusals));
              own.cancel();
            }
          }),
          "leftover");
      await(sleep(ZERO));
    }));
    close();
    assertThat(refusals.join())
        .extracting(Throwable::getClass)
        .containsExactly(
            LoopClosedError.class,
            RejectedExecutionException.class,
            RejectedExecutionException.class);
    assertThat(refusals.join())
        .extracting(Throwable::getMessage)
        .containsExactly(
            "EventLoop[test, closing, 2 tasks] accepts no more tasks; use a loop that is open",
            "EventLoop[test, closing, 2 tasks] runs no more callbacks; use a loop that is open",
            "EventLoop[test, closing, 2 tasks] sets no more timers; use a loop that is open");
    assertThat(trace).containsExactly("own begins", "own ends");
  }

  @Test
  void a_steady_stream_of_submitted_tasks_does_not_keep_a_loop_open() {
    var accepted = new ConcurrentLinkedQueue<Task<?>>();
    var began = new CountDownLatch(1);
    Thread stream = new Thread(() -> {
      try {
        Task<?> task;
        do {
          task = loop.submit(sleep(ZERO));
          accepted.add(task);
          began.countDown();
        } while (!task.isCompletedExceptionally());
      } catch (RejectedExecutionException closed) {
        // as it should be
      }
    });
    stream.start();
    awaitLatch(began);
    runner.run(sleep(ZERO));
    close();
    assertThatCode(() -> stream.join(300_000)).doesNotThrowAnyException();
    assertThat(stream.isAlive()).isFalse();
    assertThat(accepted).isNotEmpty().allMatch(Task::isDone);
  }

  /** The loop begins to close between the look at whether it does and the message. */
  @Test
  void a_task_that_was_submitted_just_before_the_loop_began_to_close_is_cancelled() {
    var submitted = new CompletableFuture<Task<String>>();
    runner.run(async(() -> {
      createTask(async(() -> {
        try {
          await(new AsyncFuture<>());
        } finally {
          var late = new Task<String>(loop, traced("late").begin(), "late", null, null);
          loop.post(new EventLoop.NewTask(late, false));
          submitted.complete(late);
        }
      }));
      await(sleep(ZERO));
    }));
    close();
    assertThat(trace).isEmpty();
    assertThat(submitted.join().isCancelled()).isTrue();
    assertThat(submitted.join().cancelling()).isEqualTo(1);
  }

  @Test
  void a_closed_loop_accepts_nothing_and_what_it_ran_is_done() {
    var task = new CompletableFuture<Task<String>>();
    beside(() -> task.complete(loop.submit(async(() -> "value"))));
    close();
    assertThat(task.join().cancel("too late")).isFalse();
    assertThat(task.join().join()).isEqualTo("value");
    assertThatThrownBy(() -> loop.submit(traced("never")))
        .isExactlyInstanceOf(RejectedExecutionException.class)
        .hasMessage("EventLoop[test, closed] accepts no more tasks; use a loop that is open");
    assertThat(loop.tasks()).isEmpty();
  }

  @Test
  void a_coroutine_that_was_used_is_refused_at_once() {
    Coroutine<String> used = traced("used");
    Task<String> task = loop.submit(used);
    assertThatThrownBy(() -> loop.submit(used))
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessageContaining("was already awaited");
    task.cancel();
    close();
  }

  @Test
  void many_threads_may_submit_and_cancel_at_once() throws InterruptedException {
    var tasks = new CopyOnWriteArrayList<Task<String>>();
    beside(() -> {
      var threads = new Thread[4];
      for (int t = 0; t < threads.length; t++) {
        boolean cancels = t % 2 == 0;
        threads[t] = new Thread(() -> {
          for (int i = 0; i < 200; i++) {
            Task<String> task = loop.submit(async(() -> {
              await(sleep(cancels ? ofHours(1) : ZERO));
              return "value";
            }));
            tasks.add(task);
            if (cancels) {
              task.cancel();
            }
          }
        });
        threads[t].start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      tasks.forEach(task -> task.exceptionally(e -> "cancelled").join());
    });
    close();
    assertThat(tasks).hasSize(800).allMatch(Task::isDone);
    assertThat(tasks.stream().filter(Task::isCancelled)).hasSize(400);
  }
}
