package dev.asyncawait.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** A JVM of its own, for what would change that of the tests. */
public final class OwnProcess {

  /** Lets a program change the classes of its JVM. */
  public static final class Agent {
    static Instrumentation instrumentation;

    private Agent() {}

    /** Called by the JVM. */
    public static void premain(String arguments, Instrumentation given) {
      instrumentation = given;
    }
  }

  private OwnProcess() {}

  /** What a program prints that sees the classes of the tests, and those in {@code directory}. */
  public static List<String> run(Path directory, Class<?> program, String... options)
      throws Exception {
    Path out = Files.createTempFile(directory, "printed", ".txt");
    List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java"));
    command.addAll(List.of(options));
    String classPath = System.getProperty("java.class.path") + File.pathSeparator + directory;
    command.addAll(List.of("-cp", classPath, program.getName(), directory.toString()));
    Process process = new ProcessBuilder(command)
        .directory(directory.toFile()) // where a JVM that crashes leaves its report
        .redirectErrorStream(true)
        .redirectOutput(out.toFile())
        .start();
    try {
      assertThat(process.waitFor(300, TimeUnit.SECONDS)).as("ended").isTrue();
    } finally {
      process.destroyForcibly();
    }
    List<String> printed = Files.readAllLines(out);
    assertThat(process.exitValue()).as("%s", printed).isZero();
    return printed;
  }

  /** The option that lets a program have {@link Agent#instrumentation}. */
  static String agent(Path directory) throws IOException {
    var manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Premain-Class", Agent.class.getName());
    manifest.getMainAttributes().putValue("Can-Redefine-Classes", "true");
    Path jar = directory.resolve("agent.jar");
    new JarOutputStream(Files.newOutputStream(jar), manifest).close();
    return "-javaagent:" + jar;
  }
}
