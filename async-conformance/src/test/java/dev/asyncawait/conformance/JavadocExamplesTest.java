package dev.asyncawait.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compiles the examples in the Javadoc of the library and of the test kit: members of a class, or statements in the
 * body of a coroutine.
 */
class JavadocExamplesTest {

  private static final String BEGIN = "package dev.asyncawait.conformance;"
      + "import static dev.asyncawait.Async.*;"
      + "import static dev.asyncawait.conformance.JavadocPrelude.*;"
      + "import static org.assertj.core.api.Assertions.assertThat;"
      + "import static org.assertj.core.api.Assertions.assertThatThrownBy;"
      + "import dev.asyncawait.*;"
      + "import dev.asyncawait.compiler.*;"
      + "import dev.asyncawait.spi.*;"
      + "import java.lang.invoke.MethodHandles;"
      + "import dev.asyncawait.test.*;"
      + "import java.io.IOException;"
      + "import java.net.http.*;"
      + "import java.net.http.HttpResponse.BodyHandlers;"
      + "import java.nio.file.*;"
      + "import java.time.*;"
      + "import java.util.*;"
      + "import java.util.concurrent.*;"
      + "import java.util.concurrent.atomic.*;"
      + "class Example extends JavadocPrelude.Screen {";

  @TempDir
  Path classes;

  @TestFactory
  Stream<DynamicTest> every_example_compiles_without_a_warning() {
    List<Snippet> examples = Stream.of("async-core", "async-compiler", "async-test")
        .map(module -> examplesIn(Path.of("..", module, "src", "main", "java")))
        .flatMap(List::stream)
        .toList();
    assertThat(examples)
        .extracting(Snippet::file)
        .contains("Async.java", "Task.java", "VirtualTime.java");
    return examples.stream()
        .map(example -> dynamicTest(example.toString(), () -> compile(example)));
  }

  private void compile(Snippet example) {
    if (example.isMembers()) {
      example.compile(BEGIN, "}", classes);
    } else {
      example.compile(
          BEGIN + "Coroutine<Void> example() { return async(() -> {", "}); }}", classes);
    }
  }

  private static List<Snippet> examplesIn(Path sources) {
    try (Stream<Path> files = Files.walk(sources)) {
      var examples = new ArrayList<Snippet>();
      for (Path file :
          files.filter(f -> f.toString().endsWith(".java")).sorted().toList()) {
        examples.addAll(examplesIn(file.getFileName().toString(), Files.readAllLines(file)));
      }
      return examples;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static List<Snippet> examplesIn(String file, List<String> lines) {
    var examples = new ArrayList<Snippet>();
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).contains("<pre>")) {
        continue;
      }
      assertThat(lines.get(i)).as("%s:%d", file, i + 1).endsWith("* <pre>{@code");
      int begin = i + 1;
      while (!lines.get(i).endsWith("* }</pre>")) {
        i++;
        assertThat(i).as("the end of %s:%d", file, begin).isLessThan(lines.size());
      }
      String code = lines.subList(begin, i).stream()
          .map(line -> line.replaceFirst(" *\\* ?", ""))
          .collect(Collectors.joining("\n"));
      examples.add(new Snippet(file, begin + 1, code));
    }
    return examples;
  }

  // ---- the checks themselves

  @Test
  void an_example_that_does_not_compile_fails_with_its_line() {
    assertThatThrownBy(() -> compile("""
            /**
             * Fetches.
             *
             * <pre>{@code
             * int data = await(fetchData());
             * }</pre>
             */
            """))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("Some.java:5: error: ");
  }

  @Test
  void an_example_in_another_form_fails() {
    assertThatThrownBy(() -> compile("""
            /**
             * <pre>
             * int data = 1;
             * </pre>
             */
            """))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("Some.java:2");
  }

  private void compile(String source) {
    examplesIn("Some.java", source.lines().toList()).forEach(this::compile);
  }
}
