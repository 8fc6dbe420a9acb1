package dev.asyncawait.compiler;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.Async;
import dev.asyncawait.AsyncFuture;
import dev.asyncawait.Coroutine;
import dev.asyncawait.Task;
import dev.asyncawait.compiler.Sources.Javac;
import java.lang.instrument.ClassDefinition;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of bodies whose class is redefined while they run, as IDEs do it. */
class HotSwapTest {

  @TempDir
  Path directory;

  /** Redefines a class while a body of it is suspended. */
  static final class Swapping {

    private Swapping() {}

    public static void main(String[] arguments) {
      Path changed = Path.of(arguments[0], "changed", "swapped", "Swapped.class");
      Async.run(async(() -> {
        var gate = new AsyncFuture<String>();
        Task<?> suspended = createTask(made("first", gate));
        await(sleep(Duration.ZERO));
        if (Boolean.getBoolean("replaced")) {
          Path file = Path.of(arguments[0], "swapped", "Swapped.class");
          Files.copy(changed, file, StandardCopyOption.REPLACE_EXISTING);
        }
        OwnProcess.Agent.instrumentation.redefineClasses(
            new ClassDefinition(Class.forName("swapped.Swapped"), Files.readAllBytes(changed)));
        gate.complete("open");
        System.out.println("suspended: " + await(suspended));
        System.out.println("again: " + await(made("first", gate)));
        System.out.println("for the first time: " + await(made("second", gate)));
      }));
      CompiledBodies.report().refused().forEach(body -> System.out.println(body.refusal()));
    }

    private static Coroutine<?> made(String body, AsyncFuture<?> gate)
        throws ReflectiveOperationException {
      return (Coroutine<?>)
          Class.forName("swapped.Swapped").getMethod(body, AsyncFuture.class).invoke(null, gate);
    }
  }

  @BeforeEach
  void compile() throws Exception {
    Path source = Sources.directory().resolve("swapped/Swapped.java");
    Path changed = directory.resolve("Swapped.java");
    Files.writeString(changed, Files.readString(source).replace("\"old ", "\"new "));
    assertThat(Sources.compile(Javac.JAVAC_17, List.of(source), directory)).isEmpty();
    assertThat(Sources.compile(Javac.JAVAC_17, List.of(changed), directory.resolve("changed")))
        .isEmpty();
  }

  @Test
  void a_change_of_a_class_that_runs_is_missing_in_bodies_that_are_compiled() throws Exception {
    assertThat(OwnProcess.run(directory, Swapping.class, OwnProcess.agent(directory)))
        .containsExactly(
            "suspended: old first with new helper",
            "again: old first with new helper",
            "for the first time: old second");
  }

  @Test
  void bodies_that_are_made_after_their_class_file_was_replaced_are_not_compiled()
      throws Exception {
    assertThat(OwnProcess.run(
            directory, Swapping.class, OwnProcess.agent(directory), "-Dreplaced=true"))
        .containsExactly(
            "suspended: old first with new helper",
            "again: new first with new helper",
            "for the first time: new second",
            "the class file of swapped.Swapped was written anew",
            "the class file of swapped.Swapped was written anew");
  }
}
