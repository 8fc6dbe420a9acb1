package dev.asyncawait.examples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The runnable jar in a process of its own, as a user runs it. */
final class Program {

  /** What it left: its exit code and, a character for each byte, what it printed. */
  record Result(int exitCode, String out, String err) {}

  private static final Path JAR = Path.of("target", "async-examples.jar").toAbsolutePath();
  private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

  private final Process process;
  private final Path out;
  private final Path err;

  private Program(List<String> command) throws IOException {
    out = Files.createTempFile("program", ".out");
    err = Files.createTempFile("program", ".err");
    var builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().remove("JAVA_TOOL_OPTIONS"); // the JVM would mention it
    process = builder.start();
  }

  static List<String> command(String... arguments) {
    var command = new ArrayList<>(List.of(JAVA.toString(), "-jar", JAR.toString()));
    command.addAll(List.of(arguments));
    return command;
  }

  static Result run(String... arguments) throws Exception {
    return new Program(command(arguments)).result();
  }

  /** Starts it on a terminal, which standard output and error share. */
  static Program startOnTerminal(String... arguments) throws IOException {
    return new Program(
        List.of("script", "-qefc", String.join(" ", command(arguments)), "/dev/null"));
  }

  /** Starts it with Ctrl-C enabled, even where this JVM was started with it ignored, which is inherited. */
  static Program start(String... arguments) throws IOException {
    var command = new ArrayList<>(List.of("env", "--default-signal=INT"));
    command.addAll(command(arguments));
    return new Program(command);
  }

  /** Starts it like {@link #start}, with a directory for its temporary files. */
  static Program startIn(Path temporary, String... arguments) throws IOException {
    var command = new ArrayList<>(
        List.of("env", "--default-signal=INT", JAVA.toString(), "-Djava.io.tmpdir=" + temporary));
    command.addAll(command(arguments).subList(1, 3));
    command.addAll(List.of(arguments));
    return new Program(command);
  }

  /** What it has printed on standard output so far. */
  String printed() throws IOException {
    return Files.readString(out, ISO_8859_1);
  }

  void interrupt() throws Exception {
    signal("INT");
  }

  void signal(String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
        .start()
        .waitFor();
  }

  Result result() throws Exception {
    try {
      if (!process.waitFor(2, TimeUnit.MINUTES)) {
        throw new AssertionError("still running; it printed:\n" + Files.readString(out, ISO_8859_1)
            + Files.readString(err, ISO_8859_1));
      }
      return new Result(
          process.exitValue(),
          Files.readString(out, ISO_8859_1),
          Files.readString(err, ISO_8859_1));
    } finally {
      process.destroyForcibly();
      Files.delete(out);
      Files.delete(err);
    }
  }
}
