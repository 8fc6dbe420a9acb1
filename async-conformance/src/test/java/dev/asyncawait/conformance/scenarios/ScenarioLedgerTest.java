package dev.asyncawait.conformance.scenarios;

import static dev.asyncawait.Async.async;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.Coroutine;
import dev.asyncawait.test.AsyncTest;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/** Holds the promise that each scenario of {@code scenarios.md} is one test, which runs. */
class ScenarioLedgerTest {

  /** What is not there yet: the report of slow steps. */
  private static final List<String> NOT_PROMISED_YET = List.of("T67");

  private static final Pattern ROW = Pattern.compile("\\| (T\\d+) \\| [^|]+ \\| [^|]+ \\|");

  /** With what the name of a scenario's test begins, shown or in the code. */
  private static final Pattern ID = Pattern.compile("[Tt](\\d+)(?![A-Za-z0-9])");

  @Test
  void the_table_has_every_scenario_once() throws IOException {
    assertThat(scenarios())
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, 75).mapToObj(number -> "T" + number).toList());
  }

  @Test
  void every_scenario_is_one_test() throws IOException, URISyntaxException {
    List<Class<?>> classes = testClasses();
    assertThat(classes).contains(ScenarioLedgerTest.class, WaitingScenariosTest.class);
    assertThat(problems(scenarios(), tests(classes))).isEmpty();
  }

  private static List<String> scenarios() throws IOException {
    try (InputStream table = ScenarioLedgerTest.class.getResourceAsStream("/scenarios.md")) {
      return new String(table.readAllBytes(), UTF_8)
          .lines()
          .map(ROW::matcher)
          .filter(Matcher::matches)
          .map(row -> row.group(1))
          .toList();
    }
  }

  /** All classes beside this one, but for those that the ledger itself is tried with. */
  private static List<Class<?>> testClasses() throws IOException, URISyntaxException {
    Path root = Path.of(ScenarioLedgerTest.class
        .getProtectionDomain()
        .getCodeSource()
        .getLocation()
        .toURI());
    var classes = new ArrayList<Class<?>>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
        String path = root.relativize(file).toString();
        classes.add(load(path.replaceFirst("\\.class$", "").replace(File.separatorChar, '.')));
      }
    }
    classes.removeAll(List.of(Good.class, Bad.class, Forgotten.class));
    return classes;
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, false, ScenarioLedgerTest.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new LinkageError(name, e);
    }
  }

  /** The tests that name a scenario, by its id. */
  private static Map<String, List<Method>> tests(List<Class<?>> classes) {
    var tests = new TreeMap<String, List<Method>>();
    for (Class<?> type : classes) {
      for (Method method : type.getDeclaredMethods()) {
        if (AnnotationSupport.isAnnotated(method, Testable.class)) {
          DisplayName shown = method.getAnnotation(DisplayName.class);
          Matcher id = ID.matcher(shown == null ? method.getName() : shown.value());
          if (id.lookingAt()) {
            tests.computeIfAbsent("T" + id.group(1), key -> new ArrayList<>()).add(method);
          }
        }
      }
    }
    return tests;
  }

  private static List<String> problems(List<String> scenarios, Map<String, List<Method>> tests) {
    var problems = new ArrayList<String>();
    for (String id : scenarios) {
      int count = tests.getOrDefault(id, List.of()).size();
      if (NOT_PROMISED_YET.contains(id)) {
        if (count > 0) {
          problems.add(id + " has a test, so it may be promised");
        }
      } else if (count != 1) {
        problems.add(id + " has " + count + " tests");
      }
    }
    tests.forEach((id, methods) -> {
      if (!scenarios.contains(id)) {
        problems.add(id + " is no scenario");
      }
      for (Method method : methods) {
        if (mayBeSkipped(method) || mayBeSkipped(method.getDeclaringClass())) {
          problems.add(id + " may be skipped");
        }
        if (!method.getDeclaringClass().getName().endsWith("Test")) {
          problems.add(id + " is not run, since its class is not named ...Test");
        }
        if (isPassedOver(method)) {
          problems.add(id + " is not run, since it is private or static, or gives something");
        }
      }
    });
    return problems;
  }

  /** On some condition, or because a build leaves out its tag. */
  private static boolean mayBeSkipped(AnnotatedElement element) {
    return Arrays.stream(element.getAnnotations())
        .map(annotation -> annotation.annotationType())
        .anyMatch(type -> type == Tag.class
            || type.getSimpleName().startsWith("Disabled")
            || type.getSimpleName().startsWith("Enabled"));
  }

  /** JUnit does not run such a method, and merely warns of it; a test may well look better as a coroutine. */
  private static boolean isPassedOver(Method method) {
    int modifiers = method.getModifiers();
    return Modifier.isPrivate(modifiers)
        || Modifier.isStatic(modifiers)
        || method.getReturnType() != void.class;
  }

  // ---- the checks themselves, with classes that are abstract lest somebody run them

  abstract static class Good {
    @Test
    @DisplayName("T1 a scenario")
    void first() {}

    @AsyncTest
    void t2_by_its_name() {}

    @AsyncTest
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void t3(int each) {}

    @Test
    void tests_of_something_else() {}

    @Test
    void t2f() {}

    @Test
    @DisplayName("after T3")
    void t3_which_is_not_what_is_shown() {}

    void t3_is_no_test() {}
  }

  abstract static class Bad {
    @RepeatedTest(2)
    @DisplayName("T1 again")
    void again() {}

    @AsyncTest(schedules = 100)
    @DisplayName("T2 again")
    void again_as_a_coroutine() {}

    @Test
    @Disabled
    void t4() {}

    @AsyncTest
    @Disabled
    void t7() {}

    @AsyncTest
    Coroutine<Void> t8() {
      return async(() -> {});
    }

    @Test
    @DisplayName("T67 early")
    void early() {}

    @Test
    @DisplayName("T99 unknown")
    void unknown() {}
  }

  @Tag("stress")
  abstract static class Forgotten {
    @Test
    void t5() {}
  }

  @Test
  void tests_are_known_by_the_name_that_is_shown() {
    assertThat(tests(List.of(Good.class)))
        .hasSize(3)
        .allSatisfy((id, methods) -> assertThat(methods).hasSize(1));
  }

  @Test
  void what_is_missing_double_early_unknown_or_skipped_is_a_problem() {
    assertThat(problems(
            List.of("T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T67"),
            tests(List.of(Good.class, Bad.class, Forgotten.class))))
        .filteredOn(problem -> !problem.contains("not named ...Test"))
        .containsExactly(
            "T1 has 2 tests",
            "T2 has 2 tests",
            "T6 has 0 tests",
            "T67 has a test, so it may be promised",
            "T4 may be skipped",
            "T5 may be skipped",
            "T7 may be skipped",
            "T8 is not run, since it is private or static, or gives something",
            "T99 is no scenario");
    assertThat(problems(List.of("T3"), tests(List.of(Good.class))))
        .contains("T3 is not run, since its class is not named ...Test");
  }
}
