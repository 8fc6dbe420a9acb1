package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ofHours;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;

/** A loop in virtual time for each test, with nothing left when it is over. */
abstract class LoopFixture {

  final TestClock clock = new TestClock();
  final TrackedThreads threads = new TrackedThreads();
  final Runner runner = Runner.builder().clock(clock).driverThreads(threads).build();

  /** In every scenario main is left with no request and as the only task, at the time it expects. */
  final void scenario(Duration end, AsyncAction body) {
    runner.run(async(() -> {
      await(async(body));
      assertThat(currentTask().cancelling()).isZero();
      assertThat(EventLoop.current().time()).isEqualTo(end);
      assertThat(Async.allTasks()).containsExactly(currentTask());
    }));
  }

  /** Swallows every cancellation. */
  static Coroutine<?> stubborn() {
    return async(() -> {
      for (; ; ) {
        try {
          await(sleep(ofHours(1)));
        } catch (CancellationException e) {
          // goes on
        }
      }
    });
  }

  @AfterEach
  final void nothing_is_left() throws InterruptedException {
    runner.close();
    assertThat(clock.alarms()).isZero();
    threads.awaitEnd();
  }
}
