package dev.asyncawait.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Java code out of a text, compiled against the test class path; a warning is as bad as an error.
 *
 * @param file the name of the text
 * @param line where in the text the code begins, 2 or more
 * @param code whole types, members of a class, or statements
 */
public record Snippet(String file, int line, String code) {

  private static final JavaCompiler JAVAC = ToolProvider.getSystemJavaCompiler();
  private static final StandardJavaFileManager FILES =
      JAVAC.getStandardFileManager(null, null, UTF_8);

  @Override
  public String toString() {
    return file + ":" + line;
  }

  /** The names of the types that the code declares on its top level; none if it is no whole types. */
  List<String> types() {
    return parsed("", "")
        .map(unit -> unit.getTypeDecls().stream()
            .filter(ClassTree.class::isInstance)
            .map(type -> ((ClassTree) type).getSimpleName().toString())
            .toList())
        .orElse(List.of());
  }

  /** Whether the code may stand in a class. */
  boolean isMembers() {
    return parsed("class Members {", "}").isPresent();
  }

  private Optional<CompilationUnitTree> parsed(String before, String after) {
    var complaints = new DiagnosticCollector<JavaFileObject>();
    var task = (JavacTask) task(new Source(before, after), complaints, List.of("-source", "17"));
    try {
      CompilationUnitTree unit = task.parse().iterator().next();
      boolean wrong =
          complaints.getDiagnostics().stream().anyMatch(c -> c.getKind() == Diagnostic.Kind.ERROR);
      return wrong ? Optional.empty() : Optional.of(unit);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Compiles the code between {@code before} and {@code after}, each on one line; fails with the complaints, whose
   * lines are those of the text.
   */
  public void compile(String before, String after, Path classes) {
    var complaints = new DiagnosticCollector<JavaFileObject>();
    var options = List.of(
        "-Xlint:all,-try",
        "-proc:none",
        "-classpath",
        classes + System.getProperty("path.separator") + System.getProperty("java.class.path"),
        "-d",
        classes.toString());
    boolean compiled = task(new Source(before, after), complaints, options).call();
    var lines = new ArrayList<String>();
    for (Diagnostic<?> complaint : complaints.getDiagnostics()) {
      lines.add(file + ":" + complaint.getLineNumber() + ": "
          + complaint.getKind().toString().toLowerCase(Locale.ROOT) + ": "
          + complaint.getMessage(Locale.ENGLISH));
    }
    if (!compiled || !lines.isEmpty()) {
      throw new AssertionError(String.join("\n", lines));
    }
  }

  private static JavaCompiler.CompilationTask task(
      JavaFileObject source, DiagnosticCollector<JavaFileObject> complaints, List<String> options) {
    return JAVAC.getTask(null, FILES, complaints, options, null, List.of(source));
  }

  /** The code with as many empty lines before it as make its lines those of the text. */
  private final class Source extends SimpleJavaFileObject {
    private final String before;
    private final String after;

    Source(String before, String after) {
      super(URI.create("text:///" + file), JavaFileObject.Kind.SOURCE);
      this.before = before;
      this.after = after;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return before + "\n".repeat(line - 1) + code + "\n" + after;
    }

    /** A text may hold public types of any name. */
    @Override
    public boolean isNameCompatible(String simpleName, JavaFileObject.Kind kind) {
      return kind == JavaFileObject.Kind.SOURCE;
    }
  }
}
