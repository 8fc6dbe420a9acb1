package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.sleep;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Assertions;

/** A loop in the background, in real time, that a test abandons; what is logged about that is kept off the console. */
final class AbandonedLoop implements AutoCloseable {

  private final CapturedLog log = new CapturedLog();
  private final AsyncFuture<EventLoop> opened = new AsyncFuture<>();
  private final EventLoop loop;
  private final Task<?> main;

  AbandonedLoop() {
    main = Async.start(async(() -> {
      opened.complete(EventLoop.current());
      Async.await(sleep(Duration.ofHours(1)));
    }));
    loop = opened.join();
  }

  /** Makes each of {@code coroutines} a task and has it begin, in that order. */
  void begin(Coroutine<?>... coroutines) {
    for (Coroutine<?> coroutine : coroutines) {
      Task<?> unused = loop.submit(coroutine);
    }
    turn(() -> {}); // they have begun when this runs
    turn(() -> {});
  }

  /** Runs {@code action} on the loop, and waits for it. */
  void turn(Runnable action) {
    var done = new CountDownLatch(1);
    loop.execute(() -> {
      action.run();
      done.countDown();
    });
    await(done);
  }

  /** Runs {@code last} on the loop, which is abandoned before anything else runs on it. */
  void abandonAfter(Runnable last) {
    turn(() -> {
      last.run();
      loop.abandon(new IllegalStateException("abandoned by a test"));
    });
  }

  /** One of its tasks. */
  Task<?> task() {
    return main;
  }

  /** The value of a task of another loop, which must come soon. */
  static <T> T join(Task<T> task) {
    try {
      return task.get(300, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError("no value of " + task, e);
    }
  }

  static void await(CountDownLatch latch) {
    try {
      Assertions.assertTrue(latch.await(300, TimeUnit.SECONDS), "waited in vain");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    log.close();
  }
}
