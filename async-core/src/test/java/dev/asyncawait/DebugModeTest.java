package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What debug mode says of threads, and that nothing is said without it. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DebugModeTest {

  private static final String LATE = "loop test had something ready for \\d{3,} ms before a thread"
      + " came to run it; virtual threads that compute, or block where they cannot be unmounted, keep"
      + " all others waiting, so make such calls with toThread, and those that compute with"
      + " CallOptions\\.computing\\(\\)";

  private final CapturedLog log = new CapturedLog();

  @AfterEach
  void close() {
    log.close();
  }

  private static Runner runner(boolean debug) {
    return Runner.builder().name("test").debug(debug).build();
  }

  // ---- threads that come late

  /** More than the time after which a thread is late. */
  private static void compute() {
    long begun = System.nanoTime();
    while (System.nanoTime() - begun < 300_000_000L) {
      Thread.onSpinWait();
    }
  }

  private static Runner withThreadsThatBeginLate(boolean debug) {
    return Runner.builder()
        .name("test")
        .debug(debug)
        .driverThreads(work -> new Thread(() -> {
          compute();
          work.run();
        }))
        .build();
  }

  @Test
  void a_driver_that_begins_late_says_so() {
    try (var runner = withThreadsThatBeginLate(true)) {
      runner.run(async(() -> await(createTask(async(() -> {})))));
    }
    assertThat(log.warnings())
        .isNotEmpty()
        .allSatisfy(warning -> assertThat(warning).matches(LATE));
  }

  @Test
  void without_debug_mode_a_late_driver_says_nothing() {
    try (var runner = withThreadsThatBeginLate(false)) {
      runner.run(async(() -> await(createTask(async(() -> {})))));
    }
    assertThat(log.warnings()).isEmpty();
  }

  @Test
  @Tag("virtual-threads")
  void a_thread_that_is_resumed_late_since_others_compute_on_all_carriers_says_so()
      throws Exception {
    int carriers = Runtime.getRuntime().availableProcessors();
    var computing = new CountDownLatch(carriers);
    var resumed = new CountDownLatch(1);
    var go = new AsyncFuture<Integer>();
    // The task is resumed when all carriers compute, and they do for too long from then on.
    var foreign = new Thread(() -> {
      awaitUninterrupted(computing);
      go.complete(1);
      resumed.countDown();
    });
    foreign.start();
    var others = new ArrayList<Task<Void>>();
    try (var runner = runner(true)) {
      runner.run(async(() -> {
        Task<Integer> waiter = createTask(async(() -> await(go)));
        await(sleep(ofMillis(1))); // the waiter's thread is parked
        for (int i = 0; i < carriers; i++) {
          others.add(Async.start(async(() -> {
            computing.countDown();
            while (resumed.getCount() > 0) {
              Thread.onSpinWait();
            }
            compute();
          })));
        }
        await(waiter);
      }));
    }
    others.forEach(Task::join);
    foreign.join();
    assertThat(log.warnings())
        .isNotEmpty()
        .allSatisfy(warning -> assertThat(warning).matches(LATE));
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- run while a class is initialised

  static class RunsMain {
    static final int VALUE = value(true);
  }

  static class RunsMainWithoutDebugMode {
    static final int VALUE = value(false);
  }

  private static int value(boolean debug) {
    try (var runner = runner(debug)) {
      return runner.run(async(() -> 7));
    }
  }

  @Test
  void run_while_a_class_is_initialised_is_warned_about() {
    assertThat(RunsMain.VALUE).isEqualTo(7);
    assertThat(log.warnings())
        .containsExactly("run() was called while dev.asyncawait.DebugModeTest$RunsMain is being"
            + " initialised; every other thread that needs the class waits until that has ended, for"
            + " ever if run() waits for what it does, so call run() from a method instead");
  }

  @Test
  void run_in_a_method_is_not() {
    assertThat(value(true)).isEqualTo(7);
    assertThat(log.warnings()).isEmpty();
  }

  @Test
  void without_debug_mode_run_while_a_class_is_initialised_is_not_warned_about() {
    assertThat(RunsMainWithoutDebugMode.VALUE).isEqualTo(7);
    assertThat(log.warnings()).isEmpty();
  }
}
