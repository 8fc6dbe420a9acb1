package dev.asyncawait.compiler;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.asyncawait.Async;
import dev.asyncawait.AsyncFuture;
import dev.asyncawait.Coroutine;
import dev.asyncawait.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Stack traces show the bodies that await each other, with their lines, as those of plain Java do. */
class StackTracesTest {

  private static Coroutine<Void> failing() {
    return async(() -> {
      await(sleep(Duration.ZERO));
      throw new IllegalStateException("failed"); // line of the failure
    });
  }

  private static Coroutine<Void> between() {
    return async(() -> {
      await(failing()); // line between
    });
  }

  private static Coroutine<String> waiting(AsyncFuture<String> gate) {
    return async(() -> await(gate)); // line of the wait
  }

  private static Coroutine<String> above(AsyncFuture<String> gate) {
    return async(() -> {
      String value = await(waiting(gate)); // line above
      return value;
    });
  }

  /** The number of the one line of this file that ends with a comment. */
  private static int line(String comment) {
    try {
      List<String> source =
          Files.readAllLines(Path.of("src/test/java/dev/asyncawait/compiler/StackTracesTest.java"));
      for (int i = 0; i < source.size(); i++) {
        if (source.get(i).endsWith("// " + comment)) {
          return i + 1;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new IllegalArgumentException(comment);
  }

  /** The methods and lines of this class in a stack trace. */
  private static List<String> places(StackTraceElement[] trace) {
    return Arrays.stream(trace)
        .filter(frame -> frame.getClassName().startsWith(StackTracesTest.class.getName()))
        .filter(frame -> frame.getFileName().equals("StackTracesTest.java"))
        .map(frame ->
            frame.getClassName().substring(StackTracesTest.class.getName().length()) + " "
                + frame.getMethodName() + " " + frame.getLineNumber())
        .toList();
  }

  @Test
  void a_failure_shows_all_bodies_that_awaited_it_on_their_lines() {
    Throwable failure = catchThrowable(() -> Async.run(async(() -> {
      await(between()); // line of main
    })));
    List<String> places = places(failure.getStackTrace());
    assertThat(places).hasSizeGreaterThanOrEqualTo(3);
    assertThat(places.get(0))
        .matches("\\$failing\\$\\d+\\$coroutine\\d+ resume " + line("line of the failure"));
    assertThat(places.get(1))
        .matches("\\$between\\$\\d+\\$coroutine\\d+ resume " + line("line between"));
    assertThat(places.get(2))
        .matches("\\$a_failure_shows.*coroutine\\d+ resume " + line("line of main"));
  }

  @Test
  void a_task_that_is_suspended_shows_where() {
    var gate = new AsyncFuture<String>();
    List<String> places = Async.run(async(() -> {
      Task<String> task = createTask(above(gate));
      await(sleep(Duration.ZERO));
      List<String> found = places(task.getStackTrace());
      gate.complete("done");
      await(task);
      return found;
    }));
    assertThat(places).hasSize(2);
    assertThat(places.get(0)).matches(" lambda\\$waiting\\$\\d+ " + line("line of the wait"));
    assertThat(places.get(1)).matches(" lambda\\$above\\$\\d+ " + line("line above"));
  }
}
