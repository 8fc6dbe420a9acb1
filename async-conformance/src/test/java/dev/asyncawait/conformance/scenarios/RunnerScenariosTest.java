package dev.asyncawait.conformance.scenarios;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.read.ListAppender;
import dev.asyncawait.Async;
import dev.asyncawait.CallOptions;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Task;
import dev.asyncawait.test.AsyncTest;
import dev.asyncawait.test.VirtualTime;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The scenarios of run, of calls on threads, and of what other threads give to a loop. */
class RunnerScenariosTest {

  @Test
  @DisplayName("T64 run with a failing leftover")
  void t64() {
    var failure = new IllegalStateException("cleanup broke");
    var logger = (Logger) LoggerFactory.getLogger("dev.asyncawait");
    var logged = new ListAppender<ILoggingEvent>();
    logged.start();
    logger.setAdditive(false);
    logger.addAppender(logged);
    try {
      String result = VirtualTime.options().allowLeaks().run(async(() -> {
        createTask(
            async(() -> {
              try {
                await(sleep(ofHours(1)));
              } catch (CancellationException e) {
                throw failure;
              }
            }),
            "leftover");
        await(sleep(ZERO));
        return "main's";
      }));
      assertThat(result).isEqualTo("main's");
    } finally {
      logger.detachAppender(logged);
      logger.setAdditive(true);
    }
    assertThat(logged.list).singleElement().satisfies(event -> {
      assertThat(event.getLevel()).isEqualTo(Level.ERROR);
      assertThat(event.getFormattedMessage())
          .startsWith("unhandled exception while closing, in Task[name=leftover, failed: ");
      assertThat(((ThrowableProxy) event.getThrowableProxy()).getThrowable()).isSameAs(failure);
    });
  }

  /** As in asyncio, the coroutine is left unawaited. */
  @AsyncTest(allowLeaks = true)
  @DisplayName("T65 run inside run")
  void t65() {
    Coroutine<Void> inner = async(() -> {});
    assertThatThrownBy(() -> Async.run(inner))
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("run() was called inside a coroutine or callback of EventLoop[")
        .hasMessageEndingWith(", which it would block; use await(...) or createTask(...)");
    await(sleep(ofHours(1))); // the loop goes on
    assertThat(inner.toString()).contains("not started");
  }

  /** A departure: asyncio lets the thread run on; here it is interrupted, unless the options say otherwise. */
  @Test
  @DisplayName("T73 to_thread cancelled")
  void t73() {
    assertThat(cancelledCall(CallOptions.uninterrupted().withoutInterrupt()))
        .containsExactly("cancelled: enough, in flight 1", "main ends", "call ends alone");
    assertThat(cancelledCall(null))
        .containsExactly("cancelled: enough, in flight 1", "main ends", "call is interrupted");
  }

  /** Runs a call that is cancelled, and ends after main; the trace is complete when run has returned. */
  private static List<String> cancelledCall(CallOptions options) {
    var trace = new CopyOnWriteArrayList<String>();
    var begun = new CountDownLatch(1);
    var ends = new CountDownLatch(1);
    VirtualTime.run(async(() -> {
      EventLoop loop = EventLoop.current();
      Coroutine<String> call = options == null
          ? toThread(() -> blocked(trace, begun, ends))
          : toThread(() -> blocked(trace, begun, ends), options);
      Task<String> task = createTask(call);
      await(toThread(() -> begun.await()));
      task.cancel("enough");
      try {
        trace.add("result " + await(task));
      } catch (CancellationException e) {
        trace.add(
            "cancelled: " + e.getMessage() + ", in flight " + loop.activity().callsInFlight());
      }
      assertThat(task.isCancelled()).isTrue();
      assertThat(currentTask().cancelling()).isZero();
      trace.add("main ends");
      ends.countDown();
    }));
    return trace;
  }

  private static String blocked(List<String> trace, CountDownLatch begun, CountDownLatch ends)
      throws InterruptedException {
    begun.countDown();
    boolean interrupted = false;
    while (true) {
      try {
        assertThat(ends.await(300, TimeUnit.SECONDS)).isTrue();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    trace.add(interrupted ? "call is interrupted" : "call ends alone");
    return "dropped";
  }

  @AsyncTest
  @DisplayName("T74 run_coroutine_threadsafe(...).cancel()")
  void t74() {
    var trace = new CopyOnWriteArrayList<String>();
    EventLoop loop = EventLoop.current();
    Task<Void> task = await(toThread(() -> {
      Task<Void> submitted = loop.submit(async(() -> {
        try {
          await(sleep(ofHours(1)));
        } catch (CancellationException e) {
          trace.add("cancelled: " + e.getMessage());
          throw e;
        }
      }));
      assertThat(submitted.cancel("from afar")).isTrue();
      return submitted;
    }));
    assertThatThrownBy(() -> await(task))
        .isInstanceOf(CancellationException.class)
        .hasMessage("from afar");
    assertThat(task.isCancelled()).isTrue();
    assertThat(task.cancelling()).isEqualTo(1);
    assertThat(currentTask().cancelling()).isZero();
    assertThat(trace).containsExactly("cancelled: from afar");
  }
}
