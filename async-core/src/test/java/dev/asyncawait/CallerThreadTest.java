package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ofMillis;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The thread that calls run and close, if it is a worker of a fork-join pool: its pool goes on while it waits. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CallerThreadTest {

  private final ForkJoinPool pool = new ForkJoinPool(1);

  @AfterEach
  void close() {
    pool.shutdownNow();
  }

  private <T> T onWorker(Callable<T> work) throws Exception {
    return pool.submit(work).get(10, SECONDS);
  }

  @Test
  void main_may_await_work_of_the_pool_that_it_runs_in() throws Exception {
    int answer = onWorker(() ->
        Async.run(async(() -> await(CompletableFuture.supplyAsync(() -> 42, pool)))));
    assertThat(answer).isEqualTo(42);
  }

  @Test
  void main_may_await_a_task_that_awaits_work_of_the_pool() throws Exception {
    int answer = onWorker(() -> Async.run(async(() ->
        await(createTask(async(() -> await(CompletableFuture.supplyAsync(() -> 42, pool))))))));
    assertThat(answer).isEqualTo(42);
  }

  @Test
  void as_many_runs_as_the_pool_has_workers_and_more_await_one_another() throws Exception {
    var all = new CountDownLatch(8);
    var runs = new ArrayList<ForkJoinTask<?>>();
    for (int i = 0; i < 8; i++) {
      runs.add(pool.submit(() -> Async.run(async(() -> {
        all.countDown();
        await(Async.toThread(() -> all.await()));
      }))));
    }
    for (ForkJoinTask<?> run : runs) {
      run.get(10, SECONDS);
    }
    assertThat(all.getCount()).isZero();
  }

  /** A driver whose last acts take work of the pool, so that close has to wait for it. */
  private final class SlowToEnd extends Thread {
    private boolean began;

    SlowToEnd(Runnable work) {
      super(work);
      setDaemon(true);
    }

    @Override
    public void setContextClassLoader(@Nullable ClassLoader loader) {
      super.setContextClassLoader(loader);
      if (began) {
        pool.submit(() -> {}).join();
      }
      began = true;
    }
  }

  @Test
  void close_may_wait_for_a_thread_that_waits_for_the_pool() throws Exception {
    Runner.Builder settings = Runner.builder().driverThreads(SlowToEnd::new);
    int answer = onWorker(() -> {
      try (var runner = settings.build()) {
        return runner.run(async(() -> await(createTask(async(() -> 42)))));
      }
    });
    assertThat(answer).isEqualTo(42);
  }

  @Test
  void any_other_wait_for_a_thread_lets_the_pool_go_on_too() throws Exception {
    var done = new CountDownLatch(1);
    var waits = new Thread(() -> pool.submit(done::countDown).join());
    waits.start();
    assertThat(onWorker(() -> {
          CallerWait.block(() -> !waits.isAlive(), waits::join);
          return done.getCount();
        }))
        .isZero();
  }

  @Test
  void a_pool_that_may_start_no_more_threads_lets_its_worker_wait_alone() throws Exception {
    var full = new ForkJoinPool(
        1, ForkJoinPool.defaultForkJoinWorkerThreadFactory, null, false, 1, 1, 1, null, 1, SECONDS);
    try {
      int answer = full.submit(() -> Async.run(async(() -> {
            await(createTask(async(() -> await(sleep(ofMillis(1))))));
            return 42;
          })))
          .get(10, SECONDS);
      assertThat(answer).isEqualTo(42);
    } finally {
      full.shutdownNow();
    }
  }
}
