package dev.asyncawait.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.asyncawait.Coroutine;
import dev.asyncawait.test.VirtualTime;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/**
 * Compiles and runs every Java block of README.md and docs.
 *
 * <p>A block is one of three things, and what it prints is what the text block after it shows, or nothing:
 *
 * <ul>
 *   <li>types: main and tests of the first are run; they have their own imports, or those that README.md names;
 *   <li>members: the same, as members of a class, which the later blocks of the page inherit;
 *   <li>statements: run in a coroutine, in virtual time.
 * </ul>
 */
class DocumentationTest {

  /** What README.md says that blocks leave out, and what is needed for the tests in them. */
  private static final String IMPORTS = "import static dev.asyncawait.Async.*;"
      + "import dev.asyncawait.*;"
      + "import dev.asyncawait.compiler.*;"
      + "import dev.asyncawait.test.*;"
      + "import java.io.*;"
      + "import java.net.URI;"
      + "import java.net.http.*;"
      + "import java.nio.file.*;"
      + "import java.time.Duration;"
      + "import java.util.*;"
      + "import java.util.concurrent.*;"
      + "import java.util.concurrent.atomic.*;"
      + "import org.junit.jupiter.api.Test;"
      + "import static org.assertj.core.api.Assertions.assertThat;"
      + "import static org.assertj.core.api.Assertions.assertThatThrownBy;";

  private static final String NAMES = "package dev.asyncawait.conformance;"
      + "import static dev.asyncawait.conformance.AsyncioNames.*;"
      + IMPORTS;

  @TempDir
  Path temporary;

  @TestFactory
  Stream<DynamicNode> every_java_block_compiles_without_a_warning_and_prints_what_the_page_shows()
      throws IOException {
    List<Page> pages = Page.all();
    assertThat(pages)
        .filteredOn(page -> !page.examples().isEmpty())
        .extracting(Page::name)
        .contains("README.md", "docs/guide.md", "docs/asyncio.md");
    return pages.stream().map(page -> DynamicContainer.dynamicContainer(page.name(), tests(page)));
  }

  /** A name alone is a class; the rest are expressions, but for one declaration. */
  @Test
  void everything_in_the_tables_of_asyncio_and_java_exists() {
    for (Page page : List.of(Page.readme(), Page.asyncio())) {
      int number = 0;
      List<Page.Row> rows = page.counterparts();
      int line = rows.get(0).line();
      var members = new StringBuilder();
      for (Page.Row row : rows) {
        members.append("\n".repeat(row.line() - line));
        line = row.line();
        for (String code : row.code(1)) {
          if (code.contains("{")) {
            members.append(code.replace("...", "throw new UnsupportedOperationException();"));
          } else {
            String type = code.matches("\\w+") ? "Object type = " + code + ".class" : code;
            members.append("Coroutine<Void> entry" + number++ + "() { return async(() -> { " + type
                + "; }); }");
          }
        }
      }
      assertThat(number).as(page.name()).isGreaterThan(20);
      new Snippet(page.name(), rows.get(0).line(), members.toString())
          .compile(NAMES + "class Table<T> {", "}", newDirectory());
    }
  }

  /** The names of asyncio's high-level documentation, Python 3.14. */
  private static final String NAMES_OF_ASYNCIO = """
      run Runner Runner.run Runner.get_loop Runner.close
      create_task Task current_task all_tasks TaskGroup eager_task_factory create_eager_task_factory
      ensure_future iscoroutine iscoroutinefunction
      gather wait FIRST_COMPLETED FIRST_EXCEPTION ALL_COMPLETED wait_for as_completed shield sleep
      timeout timeout_at Timeout Timeout.when Timeout.reschedule Timeout.expired
      to_thread run_coroutine_threadsafe wrap_future
      Lock Event Condition Semaphore BoundedSemaphore Barrier
      Queue PriorityQueue LifoQueue QueueEmpty QueueFull QueueShutDown
      capture_call_graph format_call_graph print_call_graph FutureCallGraph FrameCallGraphEntry
      future_add_to_awaited_by future_discard_from_awaited_by
      CancelledError TimeoutError InvalidStateError BrokenBarrierError IncompleteReadError
      LimitOverrunError SendfileNotAvailableError
      open_connection start_server StreamReader StreamWriter open_unix_connection start_unix_server
      create_subprocess_exec create_subprocess_shell Process Handle TimerHandle
      unittest.IsolatedAsyncioTestCase
      """;

  @Test
  void every_name_of_asyncio_has_a_row_that_says_what_became_of_it() {
    List<Page.Row> rows = Page.asyncio().counterparts();
    Set<String> named = rows.stream()
        .flatMap(row -> row.code(0).stream())
        .flatMap(code -> Pattern.compile("[\\w.]+").matcher(code).results())
        .map(MatchResult::group)
        .collect(Collectors.toSet());
    assertThat(named).contains(NAMES_OF_ASYNCIO.strip().split("\\s+"));
    assertThat(rows)
        .allSatisfy(row -> assertThat(row.cells().get(1))
            .as("docs/asyncio.md:" + row.line())
            .matches("`.+`|planned|left out|no counterpart|not in this version"));
  }

  /** Of a scenario whose test says that this library departs from asyncio. */
  private static final Pattern DEPARTURE = Pattern.compile(
      "Departure:[^@]*(?:@(?!DisplayName)\\w+(?:\\([^)]*\\))?\\s+)*@DisplayName\\(\"(T\\d+)\\b");

  @Test
  void every_departure_that_a_scenario_shows_is_in_the_table_of_departures() throws IOException {
    List<String> listed = Page.asyncio().table("| | asyncio | here | shown by |").stream()
        .flatMap(row -> Pattern.compile("T\\d+").matcher(row.cells().get(3)).results())
        .map(MatchResult::group)
        .toList();
    assertThat(listed).hasSizeGreaterThan(10);
    Path scenarios =
        Path.of("src", "test", "java", "dev", "asyncawait", "conformance", "scenarios");
    var departing = new TreeSet<String>();
    try (Stream<Path> files = Files.list(scenarios)) {
      for (Path file : files.toList()) {
        Matcher departure = DEPARTURE.matcher(Files.readString(file));
        while (departure.find()) {
          departing.add(departure.group(1));
        }
      }
    }
    assertThat(departing).contains("T10", "T30");
    assertThat(listed).containsAll(departing);
  }

  @Test
  void every_link_within_the_repository_leads_somewhere() throws IOException {
    for (Page page : Page.all()) {
      assertThat(page.deadLinks()).as(page.name()).isEmpty();
    }
    var page = new Page(
        "page.md", List.of("[a](README.md), [b](#here), [c](nowhere.md), [d](#there)", "## Here"));
    assertThat(page.deadLinks()).containsExactly("nowhere.md", "#there");
  }

  private Stream<DynamicTest> tests(Page page) {
    var checker = new Checker(newDirectory());
    return page.examples().stream()
        .map(example -> dynamicTest(example.snippet().toString(), () -> checker.check(example)));
  }

  private Path newDirectory() {
    try {
      return Files.createTempDirectory(temporary, "classes");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  // ---- the checks themselves

  @Test
  void a_block_that_does_not_compile_fails_with_its_line() {
    assertThatThrownBy(() -> check("""
            # A page

            ```java
            String data = "data";
            int length = data.size();
            ```
            """))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("page.md:5: error: cannot find symbol");
  }

  @Test
  void a_block_that_compiles_with_a_warning_fails_with_its_line() {
    assertThatThrownBy(() -> check("""
            ```java
            List raw = new ArrayList<String>();
            ```
            """))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("page.md:2: warning: found raw type");
  }

  @Test
  void a_block_that_prints_something_else_fails() {
    assertThatThrownBy(() -> check("""
            ```java
            System.out.println("Hello!");
            ```

            ```text
            Goodbye!
            ```
            """))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("Goodbye!");
  }

  @Test
  void a_block_that_prints_what_is_not_shown_fails() {
    assertThatThrownBy(() -> check("""
            ```java
            System.out.println("Hello!");
            ```
            A text block that is not next to it does not count:
            ```text
            Hello!
            ```
            """))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("Hello!");
  }

  @Test
  void a_block_that_throws_fails_with_what_it_threw() {
    assertThatThrownBy(() -> check("""
            ```java
            await(waitFor(sleep(Duration.ofHours(2)), Duration.ofHours(1)));
            ```
            """))
        .hasMessage("timed out after PT1H")
        .hasStackTraceContaining("page.md:2");
  }

  @Test
  void a_main_and_a_test_among_members_are_run() {
    assertThatThrownBy(() -> check("""
            ```java
            public static void main(String[] args) {
              throw new IllegalStateException("from main");
            }
            ```
            """)).hasMessage("from main");
    assertThatThrownBy(() -> check("""
            ```java
            @Test
            void fails() {
              throw new IllegalStateException("from a test");
            }
            ```
            """)).hasMessage("from a test");
    assertThatThrownBy(() -> check("""
            ```java
            @AsyncTest
            void fails() {
              await(sleep(Duration.ofHours(1)));
              throw new IllegalStateException("after " + EventLoop.current().time());
            }
            ```
            """)).hasMessage("after PT1H");
  }

  @Test
  void a_block_may_use_what_earlier_blocks_of_its_page_declare() throws Throwable {
    check("""
            ```java
            static Coroutine<String> fetchData() {
              return async(() -> "data");
            }
            ```

            ```java
            record Answer(String text) {}
            ```

            ```java
            System.out.println(new Answer(await(fetchData())));
            ```

            ```text
            Answer[text=data]
            ```
            """);
  }

  @Test
  void a_block_in_a_list_may_be_indented() throws Throwable {
    check("""
            - An item:

              ```java
              System.out.println("Hello!");
              ```

              ```text
              Hello!
              ```
            """);
  }

  @Test
  void a_block_in_an_unknown_language_fails() {
    assertThatThrownBy(() -> check("""
            ```jav
            ```
            """))
        .isInstanceOf(AssertionError.class)
        .hasMessage("page.md:1: a block of 'jav', which is none of [java, text, xml, sh]");
  }

  @Test
  void a_block_without_end_fails() {
    assertThatThrownBy(() -> check("""
            ```java
            int a = 1;
            """))
        .isInstanceOf(AssertionError.class)
        .hasMessage("page.md:1: a block that does not end");
  }

  private void check(String text) throws Throwable {
    var checker = new Checker(newDirectory());
    for (Page.Example example : new Page("page.md", text.lines().toList()).examples()) {
      checker.check(example);
    }
  }

  /** Checks the blocks of one page, one after the other. */
  private static final class Checker {
    private final Path classes;
    private String parent = "Object";

    Checker(Path classes) {
      this.classes = classes;
    }

    void check(Page.Example example) throws Throwable {
      assertThat(outputOf(example.snippet()))
          .as(example.snippet().toString())
          .isEqualTo(example.shown());
    }

    private String outputOf(Snippet snippet) throws Throwable {
      String type = "Block" + snippet.line();
      String begin = IMPORTS + "class " + type + " extends " + parent + " {";
      List<String> types = snippet.types();
      if (!types.isEmpty()) {
        snippet.compile(snippet.code().contains("import ") ? "" : IMPORTS, "", classes);
        type = types.get(0);
      } else if (snippet.isMembers()) {
        snippet.compile(begin, "}", classes);
        parent = type;
      } else {
        snippet.compile(
            begin + "static Coroutine<Void> block() { return async(() -> {", "}); }}", classes);
      }
      var url = classes.toUri().toURL();
      try (var loader = new URLClassLoader(new URL[] {url}, getClass().getClassLoader())) {
        return printedBy(loader.loadClass(type));
      }
    }
  }

  private static String printedBy(Class<?> type) throws Throwable {
    var bytes = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(bytes, true, UTF_8));
    try {
      run(type);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    } finally {
      System.setOut(before);
    }
    return bytes.toString(UTF_8).replace(System.lineSeparator(), "\n").stripTrailing();
  }

  private static void run(Class<?> type) throws Throwable {
    for (Method method : type.getDeclaredMethods()) {
      method.setAccessible(true);
      if (method.getName().equals("block")) {
        VirtualTime.options().allowLeaks().run((Coroutine<?>) method.invoke(null));
      } else if (method.getName().equals("main") && method.getParameterCount() == 1) {
        method.invoke(null, (Object) new String[0]);
      } else if (AnnotationSupport.isAnnotated(method, Testable.class)) {
        test(type, method);
      }
    }
  }

  private static void test(Class<?> type, Method method) throws Throwable {
    List<Event> ends = EngineTestKit.engine("junit-jupiter")
        .selectors(DiscoverySelectors.selectMethod(type, method))
        .execute()
        .testEvents()
        .finished()
        .list();
    assertThat(ends).as("tests run for %s", method).isNotEmpty();
    for (Event end : ends) {
      TestExecutionResult result = end.getRequiredPayload(TestExecutionResult.class);
      if (result.getStatus() != TestExecutionResult.Status.SUCCESSFUL) {
        throw result.getThrowable().orElseThrow();
      }
    }
  }
}
