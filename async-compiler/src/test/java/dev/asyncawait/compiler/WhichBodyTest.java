package dev.asyncawait.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.Coroutine;
import dev.asyncawait.compiler.CompilerReport.Body;
import dev.asyncawait.compiler.Sources.Javac;
import dev.asyncawait.compiler.Sources.SourceCompiler;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The body that runs is the one that was given, however lambdas meet on their way to the library. */
class WhichBodyTest {

  @TempDir
  Path directory;

  @TestFactory
  Stream<DynamicTest> the_body_that_was_given_runs() {
    return Sources.javaCompilers().stream().flatMap(this::ways);
  }

  private Stream<DynamicTest> ways(SourceCompiler compiler) {
    Path classes = directory.resolve(compiler.name());
    List<Path> sources = Sources.below(Sources.directory().resolve("meeting"));
    assertThat(Sources.compile(compiler, sources, classes)).isEmpty();
    try {
      Class<?> meeting = Sources.loader(classes).loadClass("meeting.Meeting");
      var tests = new ArrayList<DynamicTest>();
      for (Object way : (List<?>) meeting.getMethod("all").invoke(null)) {
        tests.add(DynamicTest.dynamicTest(compiler.name() + ": " + get(way, "name"), () -> {
          @SuppressWarnings("unchecked")
          var make = (Supplier<Coroutine<?>>) get(way, "make");
          for (int run = 0; run < 3; run++) {
            assertThat(Runs.compiled(make)).isEqualTo(get(way, "wanted"));
          }
        }));
      }
      return tests.stream();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  private static Object get(Object record, String name) throws ReflectiveOperationException {
    Method accessor = record.getClass().getMethod(name);
    return accessor.invoke(record);
  }

  @Test
  void what_is_certain_is_compiled() {
    CompilerReport before = CompiledBodies.report();
    ways(Javac.JAVAC_17).forEach(way -> {
      try {
        way.getExecutable().execute();
      } catch (Throwable failure) {
        throw new AssertionError(failure);
      }
    });
    List<Body> bodies = Runs.reportedSince(before);
    for (String method :
        List.of("severalOnALine", "finallyCopies", "same", "inAsync", "groups", "all")) {
      assertThat(bodies).anySatisfy(body -> {
        assertThat(body.method()).startsWith("meeting.Meeting.lambda$" + method + "$");
        assertThat(body.isCompiled()).isTrue();
      });
    }
  }
}
