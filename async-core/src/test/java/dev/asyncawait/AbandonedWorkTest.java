package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.from;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.shield;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a loop had accepted when it was abandoned: carried out all the same, or it fails; nobody waits for ever. */
class AbandonedWorkTest {

  private final AbandonedLoop abandoned = new AbandonedLoop();
  private final EventLoop loop = abandoned.task().loop;

  @AfterEach
  void close() {
    abandoned.close();
  }

  private static void failsAsItsLoopIsClosed(CompletableFuture<?> future) {
    assertThatThrownBy(() -> future.get(300, TimeUnit.SECONDS))
        .cause()
        .isInstanceOf(LoopClosedError.class);
  }

  /** Has another thread do something while the loop's baton is held, so that what it posts is in the inbox. */
  private static void onAnotherThread(Runnable action) {
    var done = new CountDownLatch(1);
    new Thread(() -> {
          action.run();
          done.countDown();
        })
        .start();
    AbandonedLoop.await(done);
  }

  @Test
  void a_task_in_the_inbox_fails() {
    var submitted = new CompletableFuture<Task<Integer>>();
    abandoned.abandonAfter(
        () -> onAnotherThread(() -> submitted.complete(loop.submit(async(() -> 1)))));
    failsAsItsLoopIsClosed(submitted.join());
  }

  @Test
  void a_task_that_is_ready_fails() {
    var submitted = new CompletableFuture<Task<Integer>>();
    abandoned.abandonAfter(() -> submitted.complete(loop.submit(async(() -> 1))));
    failsAsItsLoopIsClosed(submitted.join());
  }

  @Test
  void a_stage_whose_completion_is_in_the_inbox_settles_its_future() {
    var stage = new CompletableFuture<String>();
    var mirror = new CompletableFuture<AsyncFuture<String>>();
    abandoned.abandonAfter(() -> {
      mirror.complete(from(stage));
      onAnotherThread(() -> stage.complete("value"));
    });
    assertThat(mirror.join().join()).isEqualTo("value");
  }

  @Test
  void a_stage_whose_completion_is_ready_settles_its_future() {
    var stage = new CompletableFuture<String>();
    var mirror = new CompletableFuture<AsyncFuture<String>>();
    abandoned.turn(() -> mirror.complete(from(stage)));
    abandoned.abandonAfter(() -> {
      onAnotherThread(() -> stage.complete("value"));
      loop.baton().drain();
    });
    assertThat(mirror.join().join()).isEqualTo("value");
  }

  @Test
  void a_stage_that_completes_later_settles_its_future() {
    var stage = new CompletableFuture<String>();
    var mirror = new CompletableFuture<AsyncFuture<String>>();
    abandoned.abandonAfter(() -> mirror.complete(from(stage)));
    stage.completeExceptionally(new IllegalStateException("too late"));
    assertThatThrownBy(mirror.join()::join)
        .isInstanceOf(CompletionException.class)
        .hasRootCauseMessage("too late");
  }

  @Test
  void a_gather_of_its_tasks_fails_with_them() {
    var gathered = new CompletableFuture<AsyncFuture<?>>();
    abandoned.abandonAfter(() -> gathered.complete(gather(async(() -> 1), async(() -> 2))));
    failsAsItsLoopIsClosed(gathered.join());
  }

  @Test
  void a_gather_whose_last_callback_is_ready_fails() {
    var gathered = new CompletableFuture<AsyncFuture<?>>();
    var future = new AsyncFuture<String>();
    abandoned.abandonAfter(() -> {
      gathered.complete(gather(future));
      future.complete("value");
    });
    failsAsItsLoopIsClosed(gathered.join());
  }

  @Test
  void a_shield_ends_as_what_it_shields_does() {
    var shielded = new CompletableFuture<AsyncFuture<String>>();
    var future = new AsyncFuture<String>();
    abandoned.abandonAfter(() -> shielded.complete(shield(future)));
    future.complete("value");
    assertThat(shielded.join().join()).isEqualTo("value");
  }

  @Test
  void a_time_limit_that_was_set_still_ends_its_future() {
    var limited = new CompletableFuture<AsyncFuture<String>>();
    abandoned.abandonAfter(
        () -> limited.complete(new AsyncFuture<String>().orTimeout(1, TimeUnit.MILLISECONDS)));
    assertThatThrownBy(() -> limited.join().get(300, TimeUnit.SECONDS))
        .cause()
        .isInstanceOf(TimeoutException.class);
  }

  @Test
  void a_time_limit_in_the_inbox_still_ends_its_future() {
    var limited = new CompletableFuture<AsyncFuture<String>>();
    abandoned.abandonAfter(() -> {
      var future = new AsyncFuture<String>();
      onAnotherThread(() -> future.orTimeout(1, TimeUnit.MILLISECONDS));
      limited.complete(future);
    });
    assertThatThrownBy(() -> limited.join().get(300, TimeUnit.SECONDS))
        .cause()
        .isInstanceOf(TimeoutException.class);
  }

  @Test
  void a_task_of_another_loop_that_awaits_one_of_its_tasks_goes_on() {
    var awaiting = new CountDownLatch(1);
    var submitted = new AsyncFuture<Task<Integer>>();
    Task<Throwable> other = Async.start(async(() -> {
      Task<Integer> task = await(submitted);
      awaiting.countDown();
      try {
        await(task);
        return new AssertionError("it had a turn");
      } catch (LoopClosedError e) {
        return e;
      }
    }));
    abandoned.abandonAfter(() -> {
      submitted.complete(loop.submit(async(() -> 1)));
      AbandonedLoop.await(awaiting);
    });
    assertThat(AbandonedLoop.join(other)).isInstanceOf(LoopClosedError.class);
  }
}
