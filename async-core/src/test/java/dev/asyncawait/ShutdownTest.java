package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runner.Builder.cancelOnShutdown, in JVMs that are told to end. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ShutdownTest {

  private static final int BY_SIGTERM = 128 + 15;
  private static final int BY_SIGINT = 128 + 2;

  /** What the JVMs run: a method for each test. */
  static final class Programs {

    private Programs() {}

    public static void main(String[] args) throws Exception {
      switch (args[0]) {
        case "cleanup" -> cleanup();
        case "exit" -> {
          new Thread(() -> {
                awaitLatch(READY);
                System.exit(3);
              })
              .start();
          cleanup();
        }
        case "idle" -> idle();
        case "slow owner" -> slowOwner();
        case "swallows" -> swallows();
        case "blocks" -> blocks();
        case "closed" -> closed();
        default -> throw new IllegalArgumentException(args[0]);
      }
    }

    private static final CountDownLatch READY = new CountDownLatch(1);
    private static final CountDownLatch OWNER_CLOSES = new CountDownLatch(1);

    private static void ready() {
      System.out.println("ready");
      READY.countDown();
    }

    private static Runner.Builder settings() {
      return Runner.builder().name("test").cancelOnShutdown();
    }

    /** Ends when it is cancelled, a while and a word later. */
    private static Coroutine<Void> untilCancelled(String name) {
      return async(() -> {
        try {
          await(new AsyncFuture<>());
        } finally {
          await(sleep(ofMillis(200)));
          System.out.println(name + " cleaned up");
        }
      });
    }

    static void cleanup() {
      try (Runner runner = settings().build()) {
        runner.run(async(() -> {
          createTask(untilCancelled("leftover"));
          await(sleep(ZERO));
          ready();
          await(untilCancelled("main"));
        }));
      }
    }

    /** Nobody closes the runner. */
    static void idle() throws InterruptedException {
      Runner runner = settings().build();
      runner.run(async(() -> {
        createTask(untilCancelled("leftover"));
        await(sleep(ZERO));
      }));
      ready();
      new CountDownLatch(1).await();
    }

    /** The hook closes the runner before its owner does. */
    static void slowOwner() {
      try (Runner runner = settings().build()) {
        try {
          runner.run(async(() -> {
            createTask(async(() -> {
              try {
                await(new AsyncFuture<>());
              } finally {
                await(toThread(() -> OWNER_CLOSES.await()));
                System.out.println("leftover cleaned up");
              }
            }));
            await(sleep(ZERO));
            ready();
            await(untilCancelled("main"));
          }));
        } finally {
          Awaitility.await()
              .atMost(5, TimeUnit.MINUTES)
              .until(() -> runner.toString().startsWith("Runner[exiting, "));
          System.out.println("closes");
          OWNER_CLOSES.countDown();
        }
      }
    }

    @SuppressWarnings("InfiniteLoopStatement")
    static void swallows() {
      try (Runner runner =
          settings().closingGrace(ofMillis(100)).closingLimit(ofSeconds(1)).build()) {
        runner.run(async(() -> {
          Async.currentTask().setName("immortal");
          ready();
          while (true) {
            try {
              await(new AsyncFuture<>());
            } catch (Exception e) {
              System.out.println(e.getMessage());
            }
          }
        }));
      }
    }

    static void blocks() {
      try (Runner runner = settings().closingGrace(ofMillis(100)).build()) {
        runner.run(async(() -> {
          ready();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            System.out.println("interrupted");
          }
        }));
      }
    }

    static void closed() throws InterruptedException {
      for (int i = 0; i < 100; i++) {
        try (Runner runner = settings().build()) {
          runner.run(sleep(ZERO));
        }
      }
      ready();
      new CountDownLatch(1).await();
    }

    private static void awaitLatch(CountDownLatch latch) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private record End(int status, List<String> output, String errors) {}

  @TempDir
  Path directory;

  /** Runs a program, sends it a signal when it is ready, and gives what it did then. */
  private End endOf(String program, String signal) throws IOException, InterruptedException {
    Path errors = directory.resolve("errors.txt");
    String path = String.join(
        File.pathSeparator,
        System.getProperty("java.class.path"),
        System.getProperty("jdk.module.path", ""),
        Path.of("target", "classes").toString(),
        Path.of("target", "test-classes").toString());
    var command = new ArrayList<String>();
    if (Files.isExecutable(Path.of("/usr/bin/env"))) {
      // A build in the background ignores SIGINT, and its children would too.
      command.addAll(List.of("/usr/bin/env", "--default-signal=INT"));
    }
    command.addAll(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp",
        path,
        Programs.class.getName(),
        program));
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    try (BufferedReader reader = process.inputReader(UTF_8)) {
      assertThat(reader.readLine()).as(() -> read(errors)).isEqualTo("ready");
      if (!signal.isEmpty()) {
        new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid()))
            .start()
            .waitFor();
      }
      List<String> output = reader.lines().toList();
      assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
      return new End(process.exitValue(), output, read(errors));
    } finally {
      process.destroyForcibly();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @CsvSource({"TERM, " + BY_SIGTERM, "INT, " + BY_SIGINT})
  void a_signal_cancels_main_and_the_jvm_waits_until_the_runner_has_closed(
      String signal, int status) throws Exception {
    End end = endOf("cleanup", signal);
    assertThat(end.output()).containsExactly("main cleaned up", "leftover cleaned up");
    assertThat(end.status()).isEqualTo(status);
    assertThat(end.errors()).doesNotContain("IllegalStateException", "WARN");
  }

  @Test
  void so_does_an_exit() throws Exception {
    End end = endOf("exit", "");
    assertThat(end.output()).containsExactly("main cleaned up", "leftover cleaned up");
    assertThat(end.status()).isEqualTo(3);
  }

  @Test
  void a_runner_that_runs_nothing_and_that_nobody_closes_is_closed() throws Exception {
    End end = endOf("idle", "TERM");
    assertThat(end.output()).containsExactly("leftover cleaned up");
    assertThat(end.status()).isEqualTo(BY_SIGTERM);
  }

  @Test
  void an_owner_who_closes_later_than_the_hook_waits_for_it() throws Exception {
    End end = endOf("slow owner", "TERM");
    assertThat(end.output()).containsExactly("main cleaned up", "closes", "leftover cleaned up");
    assertThat(end.errors()).doesNotContain("IllegalStateException");
  }

  @Test
  void a_main_that_swallows_its_cancellation_holds_the_exit_up_to_the_limit() throws Exception {
    End end = endOf("swallows", "TERM");
    assertThat(end.output()).startsWith("the JVM shuts down", "null").hasSizeBetween(2, 11);
    assertThat(end.status()).isEqualTo(BY_SIGTERM);
    assertThat(end.errors())
        .contains("Task[name=immortal, ")
        .contains(" after the JVM began to shut down; it is cancelled again")
        .contains(" after the JVM began to shut down; the JVM does not wait for it");
  }

  @Test
  void a_main_that_blocks_is_interrupted_after_the_grace() throws Exception {
    End end = endOf("blocks", "TERM");
    assertThat(end.output()).containsExactly("interrupted");
    assertThat(end.errors()).contains("; it is cancelled again");
  }

  @Test
  void a_runner_that_was_closed_has_nothing_to_do_with_the_exit() throws Exception {
    End end = endOf("closed", "TERM");
    assertThat(end.output()).isEmpty();
    assertThat(end.errors()).isEmpty();
    assertThat(end.status()).isEqualTo(BY_SIGTERM);
  }

  // ---- without an exit

  /** The hook's thread against the owner's: whoever comes first closes the runner, and the hook waits for that. */
  @Test
  void the_hook_ends_when_the_runner_has_closed_and_no_sooner() throws InterruptedException {
    for (int i = 0; i < 300; i++) {
      Runner runner = Runner.builder().name("test").cancelOnShutdown().build();
      Thread hook = Objects.requireNonNull(runner.hook).thread;
      var stateAtTheEnd = new CompletableFuture<String>();
      var watcher = new Thread(() -> {
        join(hook);
        stateAtTheEnd.complete(runner.toString());
      });
      try (runner) {
        runner.run(async(() -> {
          createTask(async(() -> {
            try {
              await(new AsyncFuture<>());
            } finally {
              await(sleep(ofMillis(2)));
            }
          }));
          await(sleep(ZERO));
          hook.start();
          watcher.start();
          await(new AsyncFuture<>());
        }));
      } catch (CancellationException e) {
        assertThat(e).hasMessage("the JVM shuts down");
      }
      assertThat(stateAtTheEnd.join()).isEqualTo("Runner[closed, EventLoop[test, closed]]");
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
  void no_main_begins_once_the_jvm_shuts_down() {
    var ran = new AtomicBoolean();
    try (var log = new CapturedLog();
        var runner = Runner.builder()
            .cancelOnShutdown()
            .closingGrace(ofMillis(5))
            .closingLimit(ofMillis(10))
            .build()) {
      assertThatThrownBy(() -> runner.run(async(() -> {
            Objects.requireNonNull(runner.hook).run(); // gives up, since this runs on
          })))
          .isInstanceOf(CancellationException.class);
      assertThat(log.warnings()).last().asString().endsWith("the JVM does not wait for it");
      assertThatThrownBy(() -> runner.run(async(() -> ran.set(true))))
          .isInstanceOf(CancellationException.class)
          .hasMessage("the JVM shuts down");
    }
    assertThat(ran).isFalse();
  }

  @Test
  void a_closed_runner_is_not_kept_by_its_hook() {
    WeakReference<Runner> closed = usedAndClosed();
    Awaitility.await().atMost(5, TimeUnit.MINUTES).until(() -> {
      System.gc();
      return closed.get() == null;
    });
  }

  private static WeakReference<Runner> usedAndClosed() {
    try (var runner = Runner.builder().cancelOnShutdown().build()) {
      assertThat(runner.run(async(() -> 1))).isEqualTo(1);
      assertThat(runner.run(async(() -> 2))).isEqualTo(2);
      return new WeakReference<>(runner);
    }
  }
}
