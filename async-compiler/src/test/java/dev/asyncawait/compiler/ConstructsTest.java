package dev.asyncawait.compiler;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.Coroutine;
import dev.asyncawait.Runner;
import dev.asyncawait.Task;
import dev.asyncawait.compiler.CompilerReport.Body;
import dev.asyncawait.compiler.Sources.SourceCompiler;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What there is in Java and in other languages of the JVM, around awaits: each construct of {@code
 * src/test/sources/constructs}, made by each compiler, gives the same result and leaves the same trace whether it is compiled
 * to a state machine or runs on a thread.
 */
class ConstructsTest {

  /** As many awaits as a construct has, and more. */
  private static final int MOST_STEPS = 400;

  private static final RuntimeException ABANDONED = new IllegalStateException("abandoned");

  @TempDir
  static Path directory;

  /** The classes that one compiler has made of the sources. */
  private static final class Made {
    final Map<String, Supplier<Coroutine<?>>> all;
    private final SourceCompiler compiler;
    private final Map<String, String> refused;
    private final List<String> trace;
    private final Field failing;

    @SuppressWarnings("unchecked")
    Made(SourceCompiler compiler) throws ReflectiveOperationException {
      this.compiler = compiler;
      Path classes = directory.resolve(compiler.name());
      if (Files.notExists(classes)) {
        String language =
            compiler instanceof OtherLanguage ? compiler.name().toLowerCase(Locale.ROOT) : "java";
        List<Path> sources = Sources.below(Sources.directory().resolve("constructs/" + language));
        assertThat(Sources.compile(compiler, sources, classes)).isEmpty();
      }
      Class<?> bodies = Sources.loader(classes).loadClass("constructs.Bodies");
      all = (Map<String, Supplier<Coroutine<?>>>) bodies.getMethod("all").invoke(null);
      refused = (Map<String, String>) bodies.getMethod("refused").invoke(null);
      trace = (List<String>) bodies.getField("trace").get(null);
      failing = bodies.getField("failing");
    }

    /** Why a construct is not compiled; null if it is. */
    String refusal(String name) {
      String always = refused.get(name);
      return always != null ? always : refused.get(compiler.name() + " " + name);
    }

    /** The outcome and the trace of one run, in which the await of that number fails, if it is not negative. */
    String run(Supplier<? extends Coroutine<?>> work, boolean compiled, int failingAwait)
        throws IllegalAccessException {
      trace.clear();
      failing.setInt(null, failingAwait);
      return Runs.outcome(work, compiled) + " " + trace;
    }
  }

  private static Stream<DynamicContainer> forEachConstruct(ConstructTest test) {
    List<SourceCompiler> compilers = new ArrayList<>(Sources.javaCompilers());
    compilers.addAll(List.of(OtherLanguage.values()));
    return compilers.stream().map(compiler -> {
      try {
        var made = new Made(compiler);
        return DynamicContainer.dynamicContainer(
            compiler.name(),
            made.all.entrySet().stream()
                .map(construct -> DynamicTest.dynamicTest(
                    construct.getKey(),
                    () -> test.run(made, construct.getKey(), construct.getValue()))));
      } catch (ReflectiveOperationException e) {
        throw new LinkageError(e.getMessage(), e);
      }
    });
  }

  private interface ConstructTest {
    void run(Made made, String name, Supplier<Coroutine<?>> construct) throws Exception;
  }

  @TestFactory
  Stream<DynamicContainer> a_construct_is_compiled_or_refused_and_gives_the_same() {
    return forEachConstruct((made, name, construct) -> {
      String parked = made.run(construct, false, -1);
      CompilerReport before = CompiledBodies.report();
      String first = made.run(construct, true, -1);
      List<Body> bodies = Runs.reportedSince(before);
      assertThat(first).isEqualTo(parked);
      assertThat(made.run(construct, true, -1)).isEqualTo(parked);
      List<String> refusals =
          bodies.stream().filter(body -> !body.isCompiled()).map(Body::refusal).toList();
      String expected = made.refusal(name);
      if (expected == null) {
        assertThat(refusals).isEmpty();
        assertThat(bodies).isNotEmpty();
      } else {
        assertThat(refusals).isNotEmpty().allSatisfy(text -> assertThat(text).contains(expected));
      }
    });
  }

  @TestFactory
  Stream<DynamicContainer> a_construct_fails_in_the_same_way_at_each_of_its_awaits() {
    return forEachConstruct((made, name, construct) -> {
      for (int await = 0; await < MOST_STEPS; await++) {
        String parked = made.run(construct, false, await);
        assertThat(made.run(construct, true, await)).as("at await %d", await).isEqualTo(parked);
        if (made.failing.getInt(null) >= 0) {
          return; // it has fewer awaits
        }
      }
    });
  }

  @TestFactory
  Stream<DynamicContainer> a_construct_is_cancelled_in_the_same_way_at_each_of_its_awaits() {
    return forEachConstruct((made, name, construct) -> {
      for (int steps = 0; steps < MOST_STEPS; steps++) {
        var cancelled = new ArrayList<Boolean>();
        int turns = steps;
        Supplier<Coroutine<?>> cancelling = () -> async(() -> {
          Task<?> task = createTask(construct.get());
          for (int i = 0; i < turns; i++) {
            await(sleep(Duration.ZERO));
          }
          cancelled.add(task.cancel("told to"));
          return await(task);
        });
        String parked = made.run(cancelling, false, -1);
        assertThat(made.run(cancelling, true, -1)).as("after %d turns", steps).isEqualTo(parked);
        if (!cancelled.contains(true)) {
          return; // it is done by then
        }
      }
    });
  }

  /**
   * The loop is abandoned when the construct's task has had so many turns: another task sees to it that the order is asked
   * each time. What the construct does then, it may do when run() has thrown, on a thread of the library's.
   */
  @TestFactory
  Stream<DynamicContainer> a_construct_is_abandoned_in_the_same_way_at_each_of_its_awaits() {
    return forEachConstruct((made, name, construct) -> {
      for (int turns = 1; turns < MOST_STEPS; turns++) {
        Abandoned parked = abandon(made, construct, false, turns);
        assertThat(abandon(made, construct, true, turns))
            .as("after %d turns", turns)
            .isEqualTo(parked);
        if (!parked.run.contains(ABANDONED.getMessage())) {
          return; // it is done by then
        }
      }
    });
  }

  /**
   * How it went.
   *
   * @param run what run() gave or threw
   * @param construct what the construct threw, in its task
   */
  private record Abandoned(String run, String construct, List<String> trace) {}

  private static Abandoned abandon(
      Made made, Supplier<Coroutine<?>> construct, boolean compiled, int turns) throws Exception {
    made.trace.clear();
    made.failing.setInt(null, -1);
    var task = new AtomicReference<Task<?>>();
    var end = new CompletableFuture<String>();
    var left = new AtomicInteger(turns);
    String run;
    try (Runner runner = Runner.builder()
        .compiledBodies(compiled)
        .exceptionHandler(failure -> {})
        .scheduling(ready -> {
          if (ready.get(0) == task.get() && left.getAndDecrement() == 0) {
            throw ABANDONED;
          }
          return 0;
        })
        .build()) {
      run = String.valueOf(runner.run(async(() -> {
        Task<?> other = createTask(async(() -> {
          while (true) {
            await(sleep(Duration.ZERO));
          }
        }));
        Task<?> its = createTask(async(() -> {
          try {
            Object value = await((Coroutine<?>) construct.get());
            end.complete("gave " + value);
            return value;
          } catch (Throwable failure) {
            end.complete("threw " + failure.getClass());
            throw failure;
          }
        }));
        task.set(its);
        try {
          return await(its);
        } finally {
          other.cancel();
        }
      })));
    } catch (Throwable failure) {
      run = "thrown: " + failure;
    }
    return new Abandoned(run, end.get(1, TimeUnit.MINUTES), List.copyOf(made.trace));
  }
}
