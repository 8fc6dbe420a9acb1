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
import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A compiled body keeps what its source keeps, and its class lives as long as its source's class. */
class NothingKeptTest {

  @TempDir
  Path directory;

  private static boolean isCollected(WeakReference<?> reference) {
    for (int i = 0; i < 200 && reference.get() != null; i++) {
      System.gc();
      System.runFinalization();
    }
    return reference.get() == null;
  }

  private static void use(Object object) {
    assertThat(object).isNotNull();
  }

  @Test
  void a_variable_that_is_not_read_again_is_not_kept_while_the_body_is_suspended() {
    var gate = new AsyncFuture<String>();
    var kept = new AsyncFuture<WeakReference<Object>>();
    Async.run(async(() -> {
      Task<Void> task = createTask(async(() -> {
        Object object = new Object();
        await(sleep(Duration.ZERO)); // here it is kept
        use(object);
        kept.complete(new WeakReference<>(object));
        await(gate); // here nobody reads it any more
      }));
      WeakReference<Object> reference = await(kept);
      await(sleep(Duration.ZERO));
      assertThat(isCollected(reference)).isTrue();
      gate.complete("go on");
      await(task);
    }));
    assertThat(CompiledBodies.report().compiled())
        .anySatisfy(body -> assertThat(body.method())
            .startsWith(
                NothingKeptTest.class.getName() + ".lambda$a_variable_that_is_not_read_again"));
  }

  @Test
  void a_class_loader_that_is_dropped_is_collected_with_what_was_generated() throws Exception {
    List<Path> sources = Sources.below(Sources.directory().resolve("random"));
    assertThat(Sources.compile(Javac.JAVAC_17, sources, directory)).isEmpty();
    assertThat(isCollected(runInLoader())).isTrue();
  }

  private WeakReference<ClassLoader> runInLoader() throws Exception {
    try (URLClassLoader loader = Sources.loader(directory)) {
      Class<?> parts = loader.loadClass("random.Parts");
      Method give = parts.getMethod("give", Object.class);
      int before = CompiledBodies.report().compiled().size();
      assertThat(Runs.compiled(() -> {
            try {
              return (Coroutine<?>) give.invoke(null, "given");
            } catch (ReflectiveOperationException e) {
              throw new LinkageError(e.getMessage(), e);
            }
          }))
          .isEqualTo("given");
      assertThat(CompiledBodies.report().compiled().size()).isGreaterThan(before);
      return new WeakReference<>(loader);
    }
  }
}
