package dev.asyncawait.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.Async;
import dev.asyncawait.compiler.CompiledBodies;
import dev.asyncawait.test.VirtualTime;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * README.md's first program outside this build, with the tools of the JDK and nothing but the packaged jars and
 * slf4j-api.
 */
class OutsideProjectIT {

  private static final Path CORE = jarOf(Async.class);
  private static final Path TEST_KIT = jarOf(VirtualTime.class);
  private static final Path COMPILER = jarOf(CompiledBodies.class);
  private static final Path SLF4J = jarOf(LoggerFactory.class);

  private static final Page.Example FIRST = Page.readme().examples().get(0);
  private static final String PROGRAM = FIRST.snippet().types().get(0);

  private static final String TEST_KIT_PROGRAM = """
      import static dev.asyncawait.Async.*;

      import dev.asyncawait.EventLoop;
      import dev.asyncawait.test.Schedules;
      import dev.asyncawait.test.VirtualTime;
      import java.time.Duration;

      public class Program {
        public static void main(String[] args) {
          Schedules.explore(10, () -> sleep(Duration.ofHours(8)));
          System.out.println(VirtualTime.run(async(() -> {
            await(sleep(Duration.ofHours(8)));
            return EventLoop.current().time();
          })));
        }
      }
      """;

  /** Prints why its body was refused, or null if it was compiled. */
  private static final String COMPILED_PROGRAM = """
      import static dev.asyncawait.Async.*;

      import dev.asyncawait.compiler.CompiledBodies;
      import java.lang.invoke.MethodHandles;
      import java.time.Duration;

      public class Compiled {
        public static void main(String[] args) {
          if (args.length > 0) {
            CompiledBodies.allow(MethodHandles.lookup());
          }
          System.out.println(run(async(() -> {
            await(sleep(Duration.ofMillis(1)));
            return "ran";
          })));
          System.out.println(CompiledBodies.report().bodies().get(0).refusal());
        }
      }
      """;

  private static final String COMPILED_MODULE =
      "requires dev.asyncawait.core; requires dev.asyncawait.compiler;";

  @TempDir
  Path project;

  private static Path jarOf(Class<?> type) {
    Path file = Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath());
    assertThat(file).as("a jar; 'mvn verify' packages it").isRegularFile();
    return file;
  }

  @Test
  void the_first_program_compiles_and_runs_on_the_class_path() throws Exception {
    Path program = write(PROGRAM, FIRST.snippet().code());
    javac("-classpath", join(CORE, SLF4J), program.toString());
    assertThat(java("-classpath", join(classes(), CORE, SLF4J), "outside." + PROGRAM))
        .isEqualTo(FIRST.shown());
  }

  @Test
  void the_first_program_compiles_and_runs_on_the_module_path() throws Exception {
    Path module = writeModule("requires dev.asyncawait.core;");
    Path program = write(PROGRAM, FIRST.snippet().code());
    javac("--module-path", join(CORE, SLF4J), module.toString(), program.toString());
    assertThat(java(
            "--module-path",
            join(classes(), CORE, SLF4J),
            "--module",
            "outside/outside." + PROGRAM))
        .isEqualTo(FIRST.shown());
  }

  @Test
  void the_test_kit_compiles_and_runs_on_the_module_path_without_junit() throws Exception {
    Path module = writeModule("requires dev.asyncawait.test;");
    Path program = write("Program", TEST_KIT_PROGRAM);
    javac("--module-path", join(TEST_KIT, CORE, SLF4J), module.toString(), program.toString());
    assertThat(java(
            "--module-path",
            join(classes(), TEST_KIT, CORE, SLF4J),
            "--module",
            "outside/outside.Program"))
        .isEqualTo("PT8H");
  }

  // ---- compiled bodies

  @Test
  void bodies_are_compiled_on_the_class_path() throws Exception {
    Path program = write("Compiled", COMPILED_PROGRAM);
    javac("-classpath", join(CORE, COMPILER, SLF4J), program.toString());
    assertThat(java("-classpath", join(classes(), CORE, COMPILER, SLF4J), "outside.Compiled"))
        .isEqualTo(lines("ran", "null"));
  }

  @Test
  void bodies_of_a_class_that_jacoco_has_changed_are_not_compiled() throws Exception {
    Path program = write("Compiled", COMPILED_PROGRAM);
    javac("-classpath", join(CORE, COMPILER, SLF4J), program.toString());
    assertThat(java(
            "-javaagent:" + jacoco() + "=destfile=" + project.resolve("jacoco.exec"),
            "-classpath",
            join(classes(), CORE, COMPILER, SLF4J),
            "outside.Compiled"))
        .isEqualTo(lines("ran", "class outside.Compiled was changed when it was loaded"));
  }

  @Test
  void bodies_in_a_module_are_not_compiled_unless_that_lets_the_compiler_in() throws Exception {
    compileModule(COMPILED_MODULE);
    assertThat(runModule())
        .startsWith(
            lines("ran", "package outside is not open; open it to dev.asyncawait.compiler"));
    assertThat(runModule("allow")).isEqualTo(lines("ran", "null"));
  }

  @Test
  void bodies_in_an_open_package_of_a_module_are_compiled() throws Exception {
    compileModule(COMPILED_MODULE + " opens outside to dev.asyncawait.compiler;");
    assertThat(runModule()).isEqualTo(lines("ran", "null"));
  }

  private void compileModule(String directives) throws Exception {
    Path module = writeModule(directives);
    Path program = write("Compiled", COMPILED_PROGRAM);
    javac("--module-path", join(CORE, COMPILER, SLF4J), module.toString(), program.toString());
  }

  private String runModule(String... arguments) throws Exception {
    var all = new ArrayList<>(List.of(
        "--module-path",
        join(classes(), CORE, COMPILER, SLF4J),
        "--module",
        "outside/outside.Compiled"));
    all.addAll(List.of(arguments));
    return java(all.toArray(new String[0]));
  }

  private static String lines(String... lines) {
    return String.join(System.lineSeparator(), lines);
  }

  private static String jacoco() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(file -> file.contains("org.jacoco.agent"))
        .findFirst()
        .orElseThrow();
  }

  // ---- processes

  private Path classes() {
    return project.resolve("classes");
  }

  private Path write(String type, String code) throws IOException {
    return Files.writeString(project.resolve(type + ".java"), "package outside;" + code);
  }

  private Path writeModule(String directives) throws IOException {
    return Files.writeString(
        project.resolve("module-info.java"), "module outside { " + directives + " }");
  }

  private static String join(Path... path) {
    return Stream.of(path)
        .map(Path::toString)
        .collect(joining(System.getProperty("path.separator")));
  }

  private void javac(String... arguments) throws Exception {
    var all = new ArrayList<>(List.of("-Xlint:all", "-Werror", "-d", classes().toString()));
    all.addAll(List.of(arguments));
    assertThat(tool("javac", all)).isEmpty();
  }

  private String java(String... arguments) throws Exception {
    return tool("java", List.of(arguments));
  }

  /** What it printed; on standard error only SLF4J may speak, of its missing provider. */
  private String tool(String name, List<String> arguments) throws Exception {
    Path out = Files.createTempFile(project, name, ".out");
    Path err = Files.createTempFile(project, name, ".err");
    var command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/" + name));
    command.addAll(arguments);
    var builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().remove("JAVA_TOOL_OPTIONS"); // the JVM would mention it
    Process process = builder.start();
    try {
      assertThat(process.waitFor(300, TimeUnit.SECONDS)).as("ended").isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(Files.readAllLines(err)).allMatch(line -> line.startsWith("SLF4J(W)"));
    assertThat(process.exitValue()).as(Files.readString(out)).isZero();
    return Files.readString(out, UTF_8).stripTrailing();
  }
}
