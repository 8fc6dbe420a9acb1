package dev.asyncawait.conformance;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.Async;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Task;
import dev.asyncawait.test.VirtualTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Many tasks at once, and many one after the other. */
class DeepAndWideTest {

  private static final int MILLION = 1_000_000;

  @Test
  void a_million_tasks_in_sequence_run_in_64_megabytes() throws Exception {
    assertThat(outputOf("-Xmx64m", AMillionTasksInSequence.class))
        .isEqualTo("1000000 done, 1 left");
  }

  @Test
  @Tag("stress")
  @Tag("virtual-threads")
  void a_million_bodies_sleep_at_the_same_time() throws Exception {
    assertThat(outputOf("-Xmx6g", AMillionSleepers.class)).isEqualTo("1000000 woke after PT1H");
  }

  /** Runs a program in a JVM of its own and gives what it printed, errors included. */
  private static String outputOf(String memory, Class<?> program)
      throws IOException, InterruptedException {
    Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            memory,
            "-Ddev.asyncawait.compiler=" + System.getProperty("dev.asyncawait.compiler"),
            "-cp",
            System.getProperty("java.class.path"),
            program.getName())
        .redirectErrorStream(true)
        .start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output.strip();
  }

  static final class AMillionTasksInSequence {
    public static void main(String[] args) {
      String summary = Async.run(async(() -> {
        int done = 0;
        for (int i = 0; i < MILLION; i++) {
          Coroutine<Integer> one = async(() -> 1);
          done += await(createTask(one));
        }
        return done + " done, " + Async.allTasks().size() + " left";
      }));
      System.out.println(summary);
    }
  }

  static final class AMillionSleepers {
    public static void main(String[] args) {
      String summary = VirtualTime.options().limit(Duration.ofMinutes(30)).run(async(() -> {
        List<Task<Integer>> sleepers = new ArrayList<>(MILLION);
        for (int i = 0; i < MILLION; i++) {
          sleepers.add(createTask(async(() -> {
            await(sleep(Duration.ofHours(1)));
            return 1;
          })));
        }
        int woke = 0;
        for (int one : await(gather(sleepers))) {
          woke += one;
        }
        return woke + " woke after " + EventLoop.current().time();
      }));
      System.out.println(summary);
    }
  }
}
