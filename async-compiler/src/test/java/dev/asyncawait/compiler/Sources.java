package dev.asyncawait.compiler;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.eclipse.jdt.internal.compiler.tool.EclipseCompiler;

/** Compiles the sources of tests, with the compiler and for the release that a test asks for. */
public final class Sources {

  /** What makes class files of sources. */
  public interface SourceCompiler {

    /** Its name, as that of a constant. */
    String name();

    /** See {@link Sources#compile}. */
    String compile(List<Path> sources, Path classes) throws IOException;
  }

  /** A compiler of Java, and the release it compiles for. */
  public enum Javac implements SourceCompiler {
    JAVAC_17("17"),
    JAVAC_NEWEST(String.valueOf(Runtime.version().feature())),
    ECJ_17("17");

    private final String release;

    Javac(String release) {
      this.release = release;
    }

    private JavaCompiler compiler() {
      return this == ECJ_17 ? new EclipseCompiler() : ToolProvider.getSystemJavaCompiler();
    }

    private List<String> options(Path classes) {
      List<String> options = new ArrayList<>(List.of(
          "--release",
          release,
          "-g",
          "-nowarn",
          "-cp",
          System.getProperty("java.class.path"),
          "-d",
          classes.toString()));
      if (this != ECJ_17) {
        options.add("-Xlint:none");
      }
      return options;
    }

    @Override
    public String compile(List<Path> sources, Path classes) throws IOException {
      JavaCompiler compiler = compiler();
      var messages = new StringWriter();
      try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
        boolean compiled = compiler
            .getTask(
                messages,
                files,
                null,
                options(classes),
                null,
                files.getJavaFileObjectsFromPaths(sources))
            .call();
        return compiled ? "" : "refused: " + messages;
      }
    }
  }

  /** The javac of another JDK, which only a process can run. */
  private record OtherJavac(Path home) implements SourceCompiler {
    @Override
    public String name() {
      return "OTHER_JAVAC_17";
    }

    @Override
    public String compile(List<Path> sources, Path classes) throws IOException {
      List<String> command = new ArrayList<>(List.of(home.resolve("bin/javac").toString()));
      command.addAll(Javac.JAVAC_17.options(classes));
      sources.forEach(source -> command.add(source.toString()));
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String messages = new String(process.getInputStream().readAllBytes(), UTF_8);
      return process.onExit().join().exitValue() == 0 ? "" : "refused: " + messages;
    }
  }

  private Sources() {}

  /** The compilers of Java, with that of the JDK which the property {@code tests.other.jdk} names, if it names one. */
  public static List<SourceCompiler> javaCompilers() {
    List<SourceCompiler> all = new ArrayList<>(List.of(Javac.values()));
    String home = System.getProperty("tests.other.jdk");
    if (home != null) {
      all.add(new OtherJavac(Path.of(home)));
    }
    return all;
  }

  /** The directory of the sources of tests. */
  public static Path directory() {
    return Path.of("src/test/sources");
  }

  /** All sources below a directory. */
  public static List<Path> below(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Compiles sources into {@code classes}; gives what the compiler says if it refuses them, else an empty text. */
  public static String compile(SourceCompiler compiler, List<Path> sources, Path classes) {
    try {
      return compiler.compile(sources, Files.createDirectories(classes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A loader of what was compiled. */
  public static URLClassLoader loader(Path classes) {
    try {
      URL url = classes.toUri().toURL();
      return new URLClassLoader(new URL[] {url}, Sources.class.getClassLoader());
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
