package dev.asyncawait.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.Async;
import dev.asyncawait.Coroutine;
import dev.asyncawait.compiler.Sources.Javac;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.CodeSource;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** The body that was given runs also where the class is not what its file says. */
class ChangedClassTest {

  @TempDir
  Path directory;

  @BeforeEach
  void compile() {
    List<Path> sources = Sources.below(Sources.directory().resolve("twins"));
    assertThat(Sources.compile(Javac.JAVAC_17, sources, directory)).isEmpty();
  }

  /** Changes the class as it loads it, and says that it has it from the directory. */
  private static final class Changing extends URLClassLoader {
    private final int shift;

    Changing(URL url, int shift) {
      super(new URL[] {url}, ChangedClassTest.class.getClassLoader());
      this.shift = shift;
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] changed = shifted(in.readAllBytes(), shift);
        var source = new CodeSource(getURLs()[0], (Certificate[]) null);
        return defineClass(name, changed, 0, changed.length, source);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Puts so many instructions in front of the method. */
  private static byte[] shifted(byte[] file, int shift) {
    var reader = new ClassReader(file);
    var writer = new ClassWriter(reader, 0);
    reader.accept(
        new ClassVisitor(Opcodes.ASM9, writer) {
          @Override
          public MethodVisitor visitMethod(
              int access, String name, String descriptor, String signature, String[] exceptions) {
            MethodVisitor code = super.visitMethod(access, name, descriptor, signature, exceptions);
            if (!name.equals("both")) {
              return code;
            }
            return new MethodVisitor(Opcodes.ASM9, code) {
              @Override
              public void visitCode() {
                super.visitCode();
                for (int i = 0; i < shift; i++) {
                  super.visitInsn(Opcodes.NOP);
                }
              }
            };
          }
        },
        0);
    return writer.toByteArray();
  }

  private static Coroutine<?> both(ClassLoader loader) {
    try {
      return (Coroutine<?>) loader.loadClass("twins.Twins").getMethod("both").invoke(null);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  @Test
  void code_that_was_moved_does_not_make_one_body_the_other() throws Exception {
    for (int shift = 0; shift <= 40; shift++) {
      try (var loader = new Changing(directory.toUri().toURL(), shift)) {
        assertThat(Runs.compiled(() -> both(loader))).as("moved by %d", shift).isEqualTo("ab");
      }
    }
  }

  /** Has a class of its own, of which its parent has another version. */
  private static final class ChildFirst extends URLClassLoader {
    ChildFirst(URL child, ClassLoader parent) {
      super(new URL[] {child}, parent);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        if (loaded == null && name.startsWith("twins.")) {
          loaded = findClass(name);
        }
        return loaded != null ? loaded : super.loadClass(name, resolve);
      }
    }
  }

  @Test
  void the_file_of_another_loader_is_not_taken_for_the_class_of_this_one() throws Exception {
    Path parentDirectory = Files.createDirectories(directory.resolve("parent"));
    Path source = Files.createDirectories(directory.resolve("source")).resolve("Twins.java");
    Files.writeString(
        source,
        Files.readString(Sources.directory().resolve("twins/Twins.java"))
            .replace("\"a\"", "\"parent\""));
    assertThat(Sources.compile(Javac.JAVAC_17, List.of(source), parentDirectory))
        .isEmpty();
    try (URLClassLoader parent = Sources.loader(parentDirectory);
        var child = new ChildFirst(directory.toUri().toURL(), parent)) {
      assertThat(Runs.compiled(() -> both(child))).isEqualTo("ab");
    }
  }

  /** Prints what the bodies give, and what became of each. */
  static final class Program {
    public static void main(String[] arguments) {
      Coroutine<?> both = both(Program.class.getClassLoader());
      System.out.println(Async.run(both));
      System.out.println(CompiledBodies.report());
    }
  }

  @Test
  void a_class_whose_file_is_as_it_was_before_the_program_began_is_compiled() throws Exception {
    FileTime before = FileTime.from(Instant.now().minus(Duration.ofHours(1)));
    Files.setLastModifiedTime(directory.resolve("twins/Twins.class"), before);
    assertThat(OwnProcess.run(directory, Program.class))
        .contains("ab")
        .anyMatch(line -> line.matches(".*twins\\.Twins\\.lambda\\$joined\\S* was compiled in .*"));
  }

  @Test
  void a_class_whose_file_was_written_since_the_program_began_is_not_compiled() throws Exception {
    FileTime later = FileTime.from(Instant.now().plus(Duration.ofHours(1)));
    Files.setLastModifiedTime(directory.resolve("twins/Twins.class"), later);
    assertThat(OwnProcess.run(directory, Program.class))
        .contains("ab")
        .anyMatch(line -> line.contains(
            "the class file of twins.Twins was written after the compiler was loaded"));
  }
}
