package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ZERO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A loop is abandoned at a moment at which it is easily overlooked who is its last holder: that one must see to the bodies
 * that are on no stack, and to what was accepted.
 */
class LastHolderTest {

  private static final class Body extends ScriptedBody<String> {}

  private final ScriptedBody.Compiler compiler = new ScriptedBody.Compiler();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicInteger ends = new AtomicInteger();
  private final IllegalStateException why = new IllegalStateException("abandoned");

  @AfterEach
  void closeCompiler() {
    compiler.close();
  }

  /** A body on no stack that waits for ever, unless it hears that its loop was abandoned. */
  private AsyncBody<String> compiledBody(AsyncFuture<String> awaited) {
    return new Body().then((value, error) -> awaited).thenAlways((value, error) -> {
      assertThat(error).isInstanceOf(LoopClosedError.class);
      ends.incrementAndGet();
      ended.countDown();
      throw error;
    });
  }

  private void abandonByAnotherThread(EventLoop loop) {
    var other = new Thread(() -> loop.abandon(why));
    other.start();
    awaitQuietly(() -> other.join());
  }

  private interface Waiting {
    void await() throws InterruptedException;
  }

  private static void awaitQuietly(Waiting waiting) {
    try {
      waiting.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void assertThatTheBodyEndsOnce() {
    awaitQuietly(() -> assertThat(ended.await(30, TimeUnit.SECONDS)).as("ended").isTrue());
    assertThat(ends).hasValue(1);
  }

  @Test
  void a_driver_that_has_just_been_granted_the_baton_is_the_last_holder() {
    var loop = new CompletableFuture<EventLoop>();
    var armed = new AtomicBoolean();
    var dropped = new CountDownLatch(1);
    ThreadFactory factory = driver -> new Thread(() -> {
      if (armed.getAndSet(false)) {
        abandonByAnotherThread(loop.join());
      }
      driver.run();
    });
    try (Runner runner = Runner.builder().driverThreads(factory).build()) {
      assertThatThrownBy(() -> runner.run(async(() -> {
            loop.complete(EventLoop.current());
            createTask(async(compiledBody(new AsyncFuture<>())));
            await(sleep(ZERO));
            createTask(async(() -> await(new AsyncFuture<String>()))); // takes the spare
            EventLoop.current().enqueue(new Callback(EventLoop.current(), () -> {}) {
              @Override
              void dropped() {
                dropped.countDown();
              }
            }); // needs a new driver
            armed.set(true);
            await(new AsyncFuture<String>());
          })))
          .isSameAs(why);
    }
    assertThatTheBodyEndsOnce();
    awaitQuietly(() -> assertThat(dropped.await(30, TimeUnit.SECONDS)).isTrue());
  }

  @Test
  void whoever_was_about_to_grant_the_baton_to_a_thread_that_has_left_is_the_last_holder() {
    var loop = new CompletableFuture<EventLoop>();
    var armed = new AtomicBoolean();
    var inFinally = new CountDownLatch(1);
    var first = new AsyncFuture<String>();
    var second = new AsyncFuture<String>();
    dev.asyncawait.spi.ReadyOrder order = ready -> {
      if (armed.getAndSet(false)) {
        abandonByAnotherThread(loop.join());
        awaitQuietly(inFinally::await);
      }
      return 0;
    };
    try (Runner runner = Runner.builder().scheduling(order).build()) {
      assertThatThrownBy(() -> runner.run(async(() -> {
            loop.complete(EventLoop.current());
            createTask(async(compiledBody(new AsyncFuture<>())));
            createTask(async(() -> {
              try {
                await(first);
              } finally {
                inFinally.countDown();
                ended.await(); // its thread has left, and still has the task on its stack
              }
            }));
            createTask(async(() -> await(second)));
            await(sleep(ZERO));
            await(sleep(ZERO));
            createTask(async(() -> {
              first.complete("first");
              second.complete("second");
              armed.set(true);
            }));
            await(new AsyncFuture<String>());
          })))
          .isSameAs(why);
    }
    assertThatTheBodyEndsOnce();
  }

  @Test
  void a_runner_between_two_mains_is_the_last_holder() {
    var runner = Runner.builder().build();
    EventLoop loop = runner.run(async(() -> {
      createTask(async(compiledBody(new AsyncFuture<>())));
      await(sleep(ZERO));
      await(sleep(ZERO));
      return EventLoop.current();
    }));
    abandonByAnotherThread(loop);
    assertThat(ends).hasValue(0);
    runner.close();
    assertThatTheBodyEndsOnce();
  }

  @Test
  void a_holder_that_abandons_the_loop_in_a_step_ends_what_that_step_suspends() {
    var loop = new CompletableFuture<EventLoop>();
    var stage = new CompletableFuture<String>() {
      @Override
      public CompletableFuture<String> whenComplete(
          BiConsumer<? super String, ? super Throwable> action) {
        loop.join().abandon(why);
        return super.whenComplete(action);
      }
    };
    AsyncBody<String> body = new Body().then((value, error) -> stage).thenAlways((value, error) -> {
      assertThat(error).isInstanceOf(LoopClosedError.class);
      ends.incrementAndGet();
      ended.countDown();
      throw error;
    });
    try (Runner runner = Runner.builder().build()) {
      assertThatThrownBy(() -> runner.run(async(() -> {
            loop.complete(EventLoop.current());
            createTask(async(body));
            await(new AsyncFuture<String>());
          })))
          .isSameAs(why);
    }
    assertThatTheBodyEndsOnce();
  }

  @Test
  void a_main_that_abandons_the_loop_and_returns_is_the_last_holder() {
    try (Runner runner = Runner.builder().build()) {
      assertThatThrownBy(() -> runner.run(async(() -> {
            createTask(async(compiledBody(new AsyncFuture<>())));
            await(sleep(ZERO));
            await(sleep(ZERO));
            EventLoop.current().abandon(why);
          })))
          .isSameAs(why);
    }
    assertThatTheBodyEndsOnce();
  }
}
