package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static dev.asyncawait.Async.waitFor;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls of toThread: what they give, where they are made, what cancels them, and what executors may do to them. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ThreadCallTest {

  private final List<String> trace = new ArrayList<>();
  private final CapturedLog log = new CapturedLog();
  private final ExecutorService pool = Executors.newSingleThreadExecutor(work -> {
    var thread = new Thread(work, "pool");
    thread.setDaemon(true);
    return thread;
  });

  @AfterEach
  void close() {
    log.close();
    pool.shutdownNow();
  }

  /** Runs main in virtual time; afterwards nothing is left. */
  private static void run(AsyncAction main) {
    run(Runner.builder(), main);
  }

  private static void run(Runner.Builder settings, AsyncAction main) {
    var clock = new TestClock();
    var drivers = new TrackedThreads();
    EventLoop loop;
    try (var runner = settings.name("test").clock(clock).driverThreads(drivers).build()) {
      loop = runner.loop();
      runner.run(async(main));
    }
    assertThat(loop.tasks()).isEmpty();
    assertThat(loop.activity().callsInFlight()).isZero();
    assertThat(clock.alarms()).isZero();
    try {
      drivers.awaitEnd();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** An executor that keeps what it is given until the test runs it. */
  private static class Shelf implements Executor {
    private final ConcurrentLinkedQueue<Runnable> kept = new ConcurrentLinkedQueue<>();

    @Override
    public void execute(Runnable work) {
      kept.add(work);
    }

    /** Runs what was kept, on a thread of its own, to its end. */
    void runAll() throws InterruptedException {
      for (Runnable work; (work = kept.poll()) != null; ) {
        var thread = new Thread(work, "shelf");
        thread.start();
        thread.join();
      }
    }
  }

  // ---- what they give

  @Test
  void to_thread_gives_what_the_call_gave_or_threw() {
    var failure = new IOException("no disk");
    Async.run(async(() -> {
      Thread here = Thread.currentThread();
      assertThat(await(toThread(Thread::currentThread))).isNotSameAs(here);
      assertThatThrownBy(() -> await(toThread(() -> {
            throw failure;
          })))
          .isSameAs(failure);
      await(toThread(() -> {
        trace.add("ran");
      }));
    }));
    assertThat(trace).containsExactly("ran");
  }

  // ---- where

  @Test
  void a_call_runs_on_the_executor_of_its_options_or_else_of_its_runner() {
    Callable<String> where = () -> Thread.currentThread().getName();
    var other = Executors.newSingleThreadExecutor(work -> new Thread(work, "other"));
    run(Runner.builder().executor(pool), () -> {
      trace.add(await(toThread(where)));
      trace.add(await(toThread(where, CallOptions.uninterrupted())));
      trace.add(await(toThread(where, CallOptions.onExecutor(other))));
      trace.add(await(toThread(where, CallOptions.uninterrupted().withExecutor(other))));
      await(toThread(() -> trace.add("action"), CallOptions.onExecutor(other)));
      trace.add(await(Async.start(toThread(where))));
    });
    other.shutdownNow();
    assertThat(trace).containsExactly("pool", "pool", "other", "other", "action", "pool");
  }

  @Test
  void more_calls_than_any_pool_has_threads_are_all_made() {
    var calls = new AtomicInteger();
    run(() -> {
      var tasks = new ArrayList<Task<Integer>>();
      for (int i = 0; i < 100; i++) {
        tasks.add(createTask(toThread(calls::incrementAndGet)));
      }
      assertThat(await(Async.gather(tasks))).hasSize(100).doesNotHaveDuplicates();
    });
    assertThat(calls).hasValue(100);
  }

  /** More than asyncio's executor has threads, and more than one loop gets platform threads. */
  @Test
  void a_call_never_waits_for_the_end_of_another() {
    var all = new CountDownLatch(300);
    run(() -> {
      var tasks = new ArrayList<Task<Void>>();
      for (int i = 0; i < 300; i++) {
        tasks.add(createTask(toThread(() -> {
          all.countDown();
          all.await();
        })));
      }
      await(Async.gather(tasks));
    });
    assertThat(all.getCount()).isZero();
  }

  @Test
  void calls_may_run_loops_that_make_calls_themselves() {
    var all = new CountDownLatch(40);
    run(() -> {
      var tasks = new ArrayList<Task<Integer>>();
      for (CallOptions options : List.of(CallOptions.DEFAULT, CallOptions.computing())) {
        tasks.add(createTask(toThread(
            () -> Async.run(async(() -> await(toThread(() -> 1, options)))), options)));
      }
      for (int i = 0; i < 40; i++) {
        tasks.add(createTask(toThread(() -> {
          all.countDown();
          all.await();
          return Async.run(async(() -> await(toThread(() -> 1))));
        })));
      }
      assertThat(await(Async.gather(tasks))).hasSize(42).containsOnly(1);
    });
  }

  @Test
  void the_blocked_calls_of_one_loop_hold_up_no_other_loop() {
    var begun = new CountDownLatch(40);
    var release = new CountDownLatch(1);
    run(() -> {
      for (CallOptions options : List.of(CallOptions.DEFAULT, CallOptions.computing())) {
        for (int i = 0; i < 40; i++) {
          createTask(toThread(
              () -> {
                begun.countDown();
                release.await();
              },
              options));
        }
      }
      await(sleep(ZERO));
      begun.await();
      for (CallOptions options : List.of(CallOptions.DEFAULT, CallOptions.computing())) {
        Coroutine<String> call = toThread(() -> "called", options);
        trace.add(await(Async.start(call)));
      }
      release.countDown();
    });
    assertThat(trace).containsExactly("called", "called");
  }

  @Test
  void as_many_calls_compute_at_once_as_there_are_processors() {
    int processors = Runtime.getRuntime().availableProcessors();
    var begun = new CountDownLatch(processors);
    var release = new CountDownLatch(1);
    run(() -> {
      var tasks = new ArrayList<Task<Boolean>>();
      for (int i = 0; i < processors + 2; i++) {
        tasks.add(createTask(
            toThread(
                () -> {
                  begun.countDown();
                  release.await();
                  return Thread.currentThread().isDaemon();
                },
                CallOptions.computing()),
            "sum" + i));
      }
      await(sleep(ZERO));
      begun.await();
      assertThat(EventLoop.current().external().calls())
          .extracting(ThreadCall::description)
          .filteredOn(call -> call.endsWith(", not begun"))
          .containsExactly(
              "toThread call of sum" + processors + ", not begun",
              "toThread call of sum" + (processors + 1) + ", not begun");
      tasks.get(processors).cancel();
      release.countDown();
      assertThat(await(tasks.get(processors + 1))).isTrue();
      assertThat(await(tasks.get(0))).isTrue();
    });
  }

  @Test
  void options_say_what_they_are_and_do_not_change() {
    Executor executor = new Shelf() {
      @Override
      public String toString() {
        return "shelf";
      }
    };
    CallOptions options = CallOptions.onExecutor(executor);
    assertThat(options.withoutInterrupt()).hasToString("CallOptions[shelf, not interrupted]");
    assertThat(options).hasToString("CallOptions[shelf, interrupted]");
    assertThat(CallOptions.uninterrupted())
        .hasToString("CallOptions[the loop's executor, not interrupted]");
    assertThat(CallOptions.computing().withoutInterrupt())
        .hasToString("CallOptions[the loop's threads that compute, not interrupted]");
    assertThat(CallOptions.computing().withExecutor(executor))
        .hasToString("CallOptions[shelf, interrupted]");
  }

  @Test
  void a_call_leaves_nothing_on_the_users_thread() throws Exception {
    Thread here = Thread.currentThread();
    ClassLoader before = here.getContextClassLoader();
    Callable<ClassLoader> loader = () -> Thread.currentThread().getContextClassLoader();
    ClassLoader ofPool = pool.submit(loader).get();
    var mine = new ClassLoader(before) {};
    here.setContextClassLoader(mine);
    try {
      run(() ->
          assertThat(await(toThread(loader, CallOptions.onExecutor(pool)))).isSameAs(mine));
    } finally {
      here.setContextClassLoader(before);
    }
    assertThat(pool.submit(loader).get()).isSameAs(ofPool);
  }

  @Test
  void calls_and_drivers_have_the_context_class_loader_of_the_loops_creator() throws IOException {
    Thread here = Thread.currentThread();
    ClassLoader before = here.getContextClassLoader();
    try (var loader = new URLClassLoader(new URL[0], before)) {
      here.setContextClassLoader(loader);
      Async.run(async(() -> {
        assertThat(await(toThread(() -> Thread.currentThread().getContextClassLoader())))
            .isSameAs(loader);
        assertThat(await(createTask(async(() -> Thread.currentThread().getContextClassLoader()))))
            .isSameAs(loader);
      }));
    } finally {
      here.setContextClassLoader(before);
    }
  }

  @Test
  void an_interrupt_that_is_not_the_calls_stays_on_the_users_thread() {
    var left = new CompletableFuture<Boolean>();
    Executor executor = work -> new Thread(() -> {
          work.run();
          left.complete(Thread.interrupted());
        })
        .start();
    run(() -> await(
        toThread(() -> Thread.currentThread().interrupt(), CallOptions.onExecutor(executor))));
    assertThat(left.join()).isTrue();
  }

  // ---- cancelled before, during and after

  @Test
  void a_call_cancelled_before_it_begins_never_does_and_is_not_waited_for() {
    var shelf = new Shelf();
    run(Runner.builder().executor(shelf), () -> {
      Task<?> task = createTask(toThread(() -> trace.add("called")), "reader");
      await(sleep(ZERO));
      assertThat(task).hasToString("Task[name=reader, suspended on a call of toThread]");
      assertThat(EventLoop.current().activity().callsInFlight()).isEqualTo(1);
      task.cancel("no need");
      assertThat(EventLoop.current().activity().callsInFlight()).isZero();
      assertThatThrownBy(() -> await(task))
          .isInstanceOf(CancellationException.class)
          .hasMessage("no need");
      shelf.runAll();
    });
    assertThat(trace).isEmpty();
    assertThat(log.errors()).isEmpty();
  }

  @Test
  void a_call_cancelled_while_it_runs_is_interrupted_and_its_interruption_is_no_news() {
    for (Exception end : List.of(
        new InterruptedException(),
        new UncheckedIOException(new ClosedByInterruptException()),
        new IllegalStateException(new InterruptedException()))) {
      var begun = new CountDownLatch(1);
      run(() -> {
        Task<?> task = createTask(toThread(() -> {
          begun.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            throw end;
          }
        }));
        await(sleep(ZERO));
        begun.await();
        task.cancel("enough");
        assertThatThrownBy(() -> await(task))
            .isInstanceOf(CancellationException.class)
            .hasMessage("enough");
      });
    }
    assertThat(log.errors()).isEmpty();
    assertThat(log.warnings()).isEmpty();
  }

  @Test
  void cancelling_to_thread_interrupts_the_call_and_run_waits_for_its_end() { // T73
    var interrupted = new CompletableFuture<String>();
    Async.run(async(() -> {
      var begun = new CompletableFuture<Void>();
      Task<Void> task = createTask(toThread(() -> {
        begun.complete(null);
        try {
          new CountDownLatch(1).await();
        } catch (InterruptedException e) {
          interrupted.complete("interrupted");
        }
      }));
      await(begun);
      task.cancel();
      assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
    }));
    assertThat(interrupted).isCompletedWithValue("interrupted");
  }

  @Test
  void a_call_that_is_to_be_left_alone_goes_on_when_it_is_cancelled() {
    var begun = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    var interrupted = new CompletableFuture<Boolean>();
    run(() -> {
      Task<?> task = createTask(toThread(
          () -> {
            begun.countDown();
            release.await();
            interrupted.complete(Thread.currentThread().isInterrupted());
          },
          CallOptions.uninterrupted()));
      await(sleep(ZERO));
      begun.await();
      task.cancel();
      assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
      assertThat(EventLoop.current().activity().callsInFlight()).isEqualTo(1);
      release.countDown();
    });
    assertThat(interrupted).isCompletedWithValue(false);
  }

  @Test
  void a_result_that_comes_after_the_cancellation_is_dropped_and_a_failure_reported() {
    var failure = new IOException("disk on fire");
    var begun = new CountDownLatch(2);
    var release = new CountDownLatch(1);
    run(() -> {
      Task<?> good = createTask(toThread(() -> {
        begun.countDown();
        awaitUninterruptibly(release);
        return "dropped";
      }));
      Task<?> bad = createTask(
          toThread(() -> {
            begun.countDown();
            awaitUninterruptibly(release);
            throw failure;
          }),
          "writer");
      await(sleep(ZERO));
      begun.await();
      for (Task<?> task : List.of(good, bad)) {
        task.cancel();
        assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
      }
      release.countDown();
    });
    assertThat(log.errors())
        .containsExactly("exception in toThread call of writer, which was cancelled (loop test)");
    assertThat(log.exceptions()).containsExactly(failure);
  }

  @Test
  void an_interruption_that_is_not_of_the_cancellation_is_reported_too() {
    var begun = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    var failure = new InterruptedException("by somebody else");
    run(() -> {
      Task<?> task = createTask(toThread(
          () -> {
            begun.countDown();
            release.await();
            throw failure;
          },
          CallOptions.uninterrupted()));
      await(sleep(ZERO));
      begun.await();
      task.cancel();
      assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
      release.countDown();
    });
    assertThat(log.exceptions()).containsExactly(failure);
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    while (true) {
      try {
        latch.await();
        return;
      } catch (InterruptedException e) {
        // waits on
      }
    }
  }

  @Test
  void a_call_cancelled_when_it_has_ended_but_its_task_has_not_resumed_is_cancelled() { // T6
    var shelf = new Shelf();
    run(Runner.builder().executor(shelf), () -> {
      Task<?> told = createTask(toThread(() -> trace.add("first")));
      await(sleep(ZERO));
      shelf.runAll();
      told.cancel("before the loop has heard of the end");
      assertThatThrownBy(() -> await(told)).hasMessage("before the loop has heard of the end");

      Task<?> untold = createTask(toThread(() -> trace.add("second")));
      await(sleep(ZERO));
      shelf.runAll();
      var cancelled = new AsyncFuture<Boolean>();
      EventLoop.current().execute(() -> cancelled.complete(untold.cancel("after")));
      await(cancelled);
      assertThatThrownBy(() -> await(untold)).isInstanceOf(CancellationException.class);

      Task<?> done = createTask(toThread(() -> trace.add("third")));
      await(sleep(ZERO));
      shelf.runAll();
      await(done);
      assertThat(done.cancel("too late")).isFalse();
    });
    assertThat(trace).containsExactly("first", "second", "third");
  }

  @Test
  void calls_and_cancellations_that_race_leave_nothing_behind() {
    var began = new AtomicInteger();
    var ended = new AtomicInteger();
    run(() -> {
      for (int i = 0; i < 500; i++) {
        Task<?> task = createTask(toThread(() -> {
          began.incrementAndGet();
          try {
            Thread.onSpinWait();
          } finally {
            ended.incrementAndGet();
          }
        }));
        await(sleep(ZERO));
        for (int spin = i % 20 * 100; spin > 0; spin--) {
          Thread.onSpinWait();
        }
        task.cancel();
      }
    });
    assertThat(ended).hasValue(began.get());
    assertThat(log.errors()).isEmpty();
  }

  // ---- executors

  @Test
  void what_the_executor_throws_await_throws() {
    var refusal = new RejectedExecutionException("full");
    var fatal = new StackOverflowError();
    run(() -> {
      for (Throwable thrown : List.of(refusal, fatal)) {
        Executor executor = work -> {
          throw Async.sneaky(thrown);
        };
        assertThatThrownBy(
                () -> await(toThread(() -> trace.add("x"), CallOptions.onExecutor(executor))))
            .isSameAs(thrown);
        Task<?> task = createTask(toThread(() -> trace.add("x"), CallOptions.onExecutor(executor)));
        assertThatThrownBy(() -> await(task)).isSameAs(thrown);
        assertThat(EventLoop.current().activity().callsInFlight()).isZero();
      }
    });
    assertThat(trace).isEmpty();
  }

  @Test
  void an_executor_that_runs_the_call_on_a_loops_thread_is_refused() {
    run(() -> {
      EventLoop here = EventLoop.current();
      for (Executor executor : List.<Executor>of(Runnable::run, here)) {
        assertThatThrownBy(
                () -> await(toThread(() -> trace.add("x"), CallOptions.onExecutor(executor))))
            .isExactlyInstanceOf(RejectedExecutionException.class)
            .hasMessage(
                "the executor ran a call of toThread on the thread of EventLoop[test, 1 task]"
                    + ", which it would block; use one with threads of its own");
        assertThat(here.activity().callsInFlight()).isZero();
      }
      var other = new AsyncFuture<EventLoop>();
      Task<?> background = Async.start(async(() -> {
        other.complete(EventLoop.current());
        await(new AsyncFuture<>());
      }));
      EventLoop elsewhere = await(other);
      assertThatThrownBy(
              () -> await(toThread(() -> trace.add("x"), CallOptions.onExecutor(elsewhere))))
          .isExactlyInstanceOf(RejectedExecutionException.class);
      background.cancel();
      assertThatThrownBy(() -> await(background)).isInstanceOf(CancellationException.class);
    });
    assertThat(trace).isEmpty();
    assertThat(log.errors()).isEmpty();
  }

  @Test
  void a_call_that_the_executor_drops_ends_with_its_task() {
    Executor drops = work -> {};
    try (var runner = Runner.builder().executor(drops).build()) {
      runner.run(async(() -> {
        assertThatThrownBy(() -> await(waitFor(toThread(() -> trace.add("x")), ofMillis(5))))
            .isInstanceOf(AsyncTimeoutException.class);
        assertThat(EventLoop.current().activity().callsInFlight()).isZero();
      }));
    }
    assertThat(trace).isEmpty();
  }

  /** In virtual time a call in flight would hold the clock up, so that the close itself would have to end it. */
  @Test
  void a_leftover_whose_call_was_dropped_does_not_hold_up_the_close() {
    run(Runner.builder().executor(work -> {}), () -> {
      createTask(toThread(() -> trace.add("x")), "lost");
      await(sleep(ZERO));
    });
    assertThat(log.infos())
        .containsExactly("loop test closes, and cancels what is left over: lost");
    assertThat(log.warnings()).isEmpty();
  }

  @Test
  void an_executor_may_run_a_call_twice_or_throw_after_it_has_begun_it() {
    var failure = new IllegalStateException("after all");
    run(() -> {
      var begun = new CountDownLatch(1);
      Executor throwsLate = work -> {
        pool.execute(work);
        pool.execute(work);
        awaitUninterruptibly(begun);
        throw failure;
      };
      String result = await(toThread(
          () -> {
            begun.countDown();
            trace.add("called");
            return "result";
          },
          CallOptions.onExecutor(throwsLate)));
      assertThat(result).isEqualTo("result");
      pool.submit(() -> {}).get();
    });
    assertThat(trace).containsExactly("called");
  }

  // ---- the end of the loop

  /** An idle thread would end by itself, but later than that. */
  private static void assertEnds(Thread thread) throws InterruptedException {
    thread.join(4_000);
    assertThat(thread.isAlive()).as("%s is alive", thread).isFalse();
  }

  @Test
  void the_threads_of_calls_end_with_their_loop() throws Exception {
    var threads = new ConcurrentLinkedQueue<Thread>();
    run(() -> {
      for (CallOptions options : List.of(CallOptions.DEFAULT, CallOptions.computing())) {
        await(toThread(() -> threads.add(Thread.currentThread()), options));
      }
    });
    assertThat(threads).hasSize(2).doesNotHaveDuplicates();
    for (Thread thread : threads) {
      assertEnds(thread);
    }
  }

  @Test
  void the_thread_of_a_call_that_its_loop_was_abandoned_with_ends_when_that_ends()
      throws Exception {
    var thread = new CompletableFuture<Thread>();
    var release = new CountDownLatch(1);
    var settings =
        Runner.builder().name("test").closingGrace(ofMillis(10)).closingLimit(ofMillis(20));
    assertThatThrownBy(() -> {
          try (var runner = settings.build()) {
            runner.run(async(() -> {
              createTask(toThread(() -> {
                thread.complete(Thread.currentThread());
                awaitUninterruptibly(release);
              }));
              await(sleep(ZERO));
              thread.join();
            }));
          }
        })
        .isInstanceOf(AbandonedTasksException.class);
    release.countDown();
    assertEnds(thread.join());
  }

  @Test
  void a_call_that_swallows_an_interrupt_gets_one_for_each_grace() {
    var begun = new CountDownLatch(1);
    var ended = new CompletableFuture<Integer>();
    try (var runner = Runner.builder().name("test").closingGrace(ofMillis(20)).build()) {
      runner.run(async(() -> {
        createTask(
            toThread(() -> {
              begun.countDown();
              for (int interrupts = 0; interrupts < 3; ) {
                try {
                  new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                  interrupts++;
                }
              }
              ended.complete(3);
            }),
            "stubborn");
        await(sleep(ZERO));
        begun.await();
      }));
    }
    assertThat(ended).isCompletedWithValue(3);
    assertThat(log.warnings())
        .hasSizeGreaterThanOrEqualTo(2)
        .allSatisfy(warning -> assertThat(warning)
            .startsWith("toThread call of stubborn on thread asyncawait")
            .endsWith(" after loop test began to close; it is cancelled again"));
    assertThat(log.exceptions().get(0).getStackTrace())
        .extracting(StackTraceElement::getMethodName)
        .contains("await");
  }

  @Test
  void a_call_that_is_to_be_left_alone_is_waited_for_up_to_the_limit() {
    var begun = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    var failure = new IOException("too late");
    assertThatThrownBy(() -> {
          try (var runner = Runner.builder()
              .name("test")
              .closingGrace(ofMillis(20))
              .closingLimit(ofMillis(50))
              .build()) {
            runner.run(async(() -> {
              createTask(
                  toThread(
                      () -> {
                        begun.countDown();
                        release.await();
                        throw failure;
                      },
                      CallOptions.onExecutor(pool).withoutInterrupt()),
                  "writer");
              await(sleep(ZERO));
              begun.await();
            }));
          }
        })
        .isExactlyInstanceOf(AbandonedTasksException.class)
        .satisfies(e -> assertThat(((AbandonedTasksException) e).names())
            .containsExactly("toThread call of writer on thread pool"));
    release.countDown();
    pool.shutdown();
    assertThat(awaitTermination()).isTrue();
    assertThat(log.exceptions()).contains(failure);
  }

  private boolean awaitTermination() {
    try {
      return pool.awaitTermination(300, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void a_call_is_named_by_what_is_known_of_it() {
    var shelf = new Shelf();
    run(Runner.builder().executor(shelf), () -> {
      createTask(toThread(() -> trace.add("x")), "reader");
      await(sleep(ZERO));
      EventLoop loop = EventLoop.current();
      assertThat(loop.external().calls())
          .extracting(ThreadCall::description)
          .containsExactly("toThread call of reader, not begun");
      assertThat(loop.external().calls().get(0).stackTrace()).isEmpty();
      shelf.runAll();
      assertThat(loop.external().calls())
          .extracting(ThreadCall::description)
          .containsExactly("toThread call of reader");
      Executor nameless = work -> new Thread(work, "").start();
      await(toThread(
          () -> assertThat(loop.external().calls())
              .extracting(ThreadCall::description)
              .last()
              .asString()
              .startsWith("toThread call of Task-")
              .contains(" on thread Thread["),
          CallOptions.onExecutor(nameless)));
      await(sleep(ofHours(1)));
    });
  }
}
