package dev.asyncawait.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.Async;
import dev.asyncawait.Coroutine;
import dev.asyncawait.compiler.Sources.Javac;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What class loaders do while the compiler asks them for the class file of a body. */
class ClassLoadersTest {

  @TempDir
  Path directory;

  @BeforeEach
  void compile() {
    List<Path> sources = Sources.below(Sources.directory().resolve("random"));
    assertThat(Sources.compile(Javac.JAVAC_17, sources, directory)).isEmpty();
  }

  /** Does something when it is first asked for the file of a class that it has loaded. */
  private static final class Asked extends URLClassLoader {
    private final AtomicBoolean asked = new AtomicBoolean();
    private Runnable then = () -> {};

    Asked(Path classes) throws Exception {
      super(new URL[] {classes.toUri().toURL()}, ClassLoadersTest.class.getClassLoader());
    }

    @Override
    public URL getResource(String name) {
      if (name.equals("random/Parts.class") && !asked.getAndSet(true)) {
        then.run();
      }
      return super.getResource(name);
    }

    Coroutine<?> give(String value) {
      try {
        Method give = loadClass("random.Parts").getMethod("give", Object.class);
        return (Coroutine<?>) give.invoke(null, value);
      } catch (ReflectiveOperationException e) {
        throw new LinkageError(e.getMessage(), e);
      }
    }
  }

  /** What is reported of the bodies of {@code Parts.give} since then. */
  private static List<CompilerReport.Body> reportedSince(CompilerReport before) {
    return Runs.reportedSince(before).stream()
        .filter(body -> String.valueOf(body.method()).startsWith("random.Parts.lambda$give$"))
        .toList();
  }

  @Test
  void of_two_threads_that_compile_the_same_body_the_first_to_be_done_decides() throws Exception {
    try (var loader = new Asked(directory)) {
      CompilerReport before = CompiledBodies.report();
      var inside = new ArrayList<String>();
      // the other thread has begun and ended its own before this one gets its class file
      loader.then = () ->
          inside.add(CompletableFuture.supplyAsync(() -> Runs.compiled(() -> loader.give("second")))
              .orTimeout(300, TimeUnit.SECONDS)
              .join());
      assertThat(Runs.compiled(() -> loader.give("first"))).isEqualTo("first");
      assertThat(inside).containsExactly("second");
      assertThat(reportedSince(before))
          .singleElement()
          .satisfies(body -> assertThat(body.isCompiled()).isTrue());
    }
  }

  @Test
  void a_body_that_a_class_loader_makes_meanwhile_runs_on_a_thread() throws Exception {
    try (var loader = new Asked(directory)) {
      CompilerReport before = CompiledBodies.report();
      var inside = new ArrayList<Coroutine<?>>();
      loader.then = () -> inside.add(loader.give("inner"));
      assertThat(Runs.compiled(() -> loader.give("outer"))).isEqualTo("outer");
      assertThat((Object) Async.run(inside.get(0))).isEqualTo("inner");
      assertThat(reportedSince(before))
          .singleElement()
          .satisfies(body -> assertThat(body.isCompiled()).isTrue());
    }
  }
}
