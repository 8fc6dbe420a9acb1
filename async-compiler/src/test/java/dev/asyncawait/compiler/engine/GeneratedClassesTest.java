package dev.asyncawait.compiler.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.compiler.Sources;
import dev.asyncawait.compiler.Sources.Javac;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.Type;
import org.objectweb.asm.util.CheckClassAdapter;

/** Each class that is generated for the constructs is what ASM's own checker takes for a good one. */
class GeneratedClassesTest {

  @TempDir
  Path directory;

  @ParameterizedTest
  @EnumSource
  void generated_classes_are_well_formed(Javac javac) throws Exception {
    List<Path> sources = Sources.below(Sources.directory().resolve("constructs/java"));
    assertThat(Sources.compile(javac, sources, directory)).isEmpty();
    int checked = 0;
    try (URLClassLoader loader = Sources.loader(directory)) {
      for (String name : classNames()) {
        Class<?> host = loader.loadClass(name);
        for (Method method : host.getDeclaredMethods()) {
          byte[] generated = generated(host, method);
          if (generated != null) {
            var complaints = new StringWriter();
            CheckClassAdapter.verify(
                new ClassReader(generated), loader, false, new PrintWriter(complaints));
            assertThat(complaints.toString()).as("%s", method).isEmpty();
            checked++;
          }
        }
      }
    }
    assertThat(checked).isGreaterThan(60);
  }

  private List<String> classNames() throws Exception {
    List<String> names = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory)) {
      files
          .filter(file -> file.toString().endsWith(".class"))
          .map(file -> directory.relativize(file).toString())
          .forEach(file -> names.add(file.replace(".class", "").replace('/', '.')));
    }
    return names;
  }

  /** What is made of a method, if it were a body; null if it is refused. */
  private static byte[] generated(Class<?> host, Method method) throws Exception {
    try {
      BodyKind kind = method.getReturnType() == void.class ? BodyKind.ACTION : BodyKind.BODY;
      var body = new BodyMethod(kind, host, method, List.of());
      var access = new HostAccess(host, Hosts.lookup(host));
      var file = Definition.read(body);
      return new MachineWriter(
              file, file.methods.get(0), body, access, Type.getInternalName(host) + "$generated")
          .write();
    } catch (Refusal refusal) {
      return null;
    }
  }
}
