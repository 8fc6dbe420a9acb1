package dev.asyncawait.compiler;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.onThread;
import static dev.asyncawait.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.Async;
import dev.asyncawait.AsyncBody;
import dev.asyncawait.compiler.CompilerReport.Body;
import java.lang.invoke.MethodHandles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the compiler tells of what it does. */
class ReportTest {

  @TempDir
  Path directory;

  private static Body bodyOf(String method) {
    return CompiledBodies.report().bodies().stream()
        .filter(body -> String.valueOf(body.method()).contains("lambda$" + method + "$"))
        .reduce((first, last) -> last)
        .orElseThrow();
  }

  @Test
  void a_body_that_was_compiled_is_reported() {
    Async.run(async(() -> await(sleep(Duration.ZERO))));
    Body body = bodyOf("a_body_that_was_compiled_is_reported");
    assertThat(body.isCompiled()).isTrue();
    assertThat(body.size()).isPositive();
    assertThat(body.took()).isPositive();
    assertThat(body.toString())
        .matches("dev\\.asyncawait\\.compiler\\.ReportTest\\.lambda\\$a_body_that_was_compiled_is_"
            + "reported\\$\\d+ was compiled in \\d+ us");
    assertThat(CompiledBodies.report().compiled()).contains(body);
  }

  @Test
  void a_body_that_was_refused_is_reported_with_the_reason() {
    Object lock = new Object();
    Async.run(async(() -> {
      synchronized (lock) {
        await(sleep(Duration.ZERO));
      }
    }));
    Body body = bodyOf("a_body_that_was_refused_is_reported_with_the_reason");
    assertThat(body.refusal()).isEqualTo("await in synchronized");
    assertThat(body.toString()).endsWith(" runs on a thread: await in synchronized");
    assertThat(CompiledBodies.report().refused()).contains(body);
    assertThat(CompiledBodies.report().toString()).contains(body.toString());
  }

  @Test
  void a_body_of_which_nothing_is_certain_is_reported_with_the_place() {
    AsyncBody<String> first = () -> {
      await(sleep(Duration.ZERO));
      return "a";
    };
    List<AsyncBody<String>> bodies = List.of(first);
    assertThat(Async.run(async(bodies.get(0)))).isEqualTo("a");
    assertThat(CompiledBodies.report().refused())
        .anySatisfy(body -> assertThat(body.refusal())
            .startsWith("it is not certain which body was given to async() in "
                + "dev.asyncawait.compiler.ReportTest.a_body_of_which_nothing_is_certain"));
  }

  @Test
  void a_body_that_is_kept_on_its_thread_is_not_reported() {
    int before = CompiledBodies.report().bodies().size();
    boolean same = Async.run(async(onThread(() -> {
      Thread thread = Thread.currentThread();
      await(sleep(Duration.ZERO));
      return thread == Thread.currentThread();
    })));
    assertThat(same).isTrue();
    assertThat(CompiledBodies.report().bodies()).hasSize(before);
  }

  @Test
  void the_flight_recorder_hears_of_each_body() throws Exception {
    Path file = directory.resolve("bodies.jfr");
    try (var recording = new Recording()) {
      recording.enable("dev.asyncawait.BodyCompiled");
      recording.start();
      Async.run(async(() -> await(sleep(Duration.ZERO))));
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events = RecordingFile.readAllEvents(file);
    assertThat(Files.size(file)).isPositive();
    assertThat(events).anySatisfy(event -> {
      assertThat(event.getString("method")).contains("lambda$the_flight_recorder_hears");
      assertThat(event.getString("refusal")).isEmpty();
      assertThat(event.getInt("size")).isPositive();
    });
  }

  /** Records from its second body on. */
  static final class RecordingLater {

    private RecordingLater() {}

    public static void main(String[] arguments) throws Exception {
      Async.run(async(() -> await(sleep(Duration.ZERO))));
      System.out.println(CompiledBodies.report().compiled().size() + " compiled");
      System.out.println(recorderClasses() + " of the recorder are loaded");
      Path file = Path.of(arguments[0], "bodies.jfr");
      try (var recording = new Recording()) {
        recording.start();
        Async.run(async(() -> await(sleep(Duration.ZERO))));
        recording.stop();
        recording.dump(file);
      }
      for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
        if (event.getEventType().getName().equals("dev.asyncawait.BodyCompiled")) {
          System.out.println(event.getString("method") + " is recorded");
        }
      }
    }

    private static long recorderClasses() {
      return Stream.of(OwnProcess.Agent.instrumentation.getAllLoadedClasses())
          .filter(type -> type.getName().startsWith("jdk.jfr.internal."))
          .count();
    }
  }

  @Test
  void the_compiler_alone_does_not_start_the_flight_recorder() throws Exception {
    assertThat(OwnProcess.run(directory, RecordingLater.class, OwnProcess.agent(directory)))
        .containsExactly(
            "1 compiled",
            "0 of the recorder are loaded",
            RecordingLater.class.getName() + ".lambda$main$1 is recorded");
  }

  @Test
  void a_lookup_without_all_rights_lets_nobody_in() {
    assertThatThrownBy(() -> CompiledBodies.allow(MethodHandles.publicLookup()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("give MethodHandles.lookup() as it is");
  }
}
