package dev.asyncawait.compiler;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.Async;
import dev.asyncawait.Coroutine;
import dev.asyncawait.compiler.CompilerReport.Body;
import dev.asyncawait.compiler.Sources.Javac;
import java.lang.instrument.ClassFileTransformer;
import java.lang.reflect.Method;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** What becomes of bodies where an agent changes the classes that are generated for them. */
class AgentsTest {

  @TempDir
  Path directory;

  /** Changes the files of generated classes before the JVM sees them. */
  private static final class Changing implements ClassFileTransformer {
    private UnaryOperator<byte[]> change = file -> file;

    private Changing() {
      OwnProcess.Agent.instrumentation.addTransformer(this);
    }

    @Override
    public byte[] transform(
        ClassLoader loader, String name, Class<?> old, ProtectionDomain domain, byte[] file) {
      return name != null && name.contains("$coroutine") ? change.apply(file) : null;
    }
  }

  /** Puts instructions in front of the code that a body runs. */
  private static byte[] before(byte[] file, int count, int opcode) {
    var writer = new ClassWriter(0);
    new ClassReader(file)
        .accept(
            new ClassVisitor(Opcodes.ASM9, writer) {
              @Override
              public MethodVisitor visitMethod(
                  int access, String name, String type, String signature, String[] exceptions) {
                MethodVisitor code = super.visitMethod(access, name, type, signature, exceptions);
                return new MethodVisitor(Opcodes.ASM9, code) {
                  @Override
                  public void visitCode() {
                    super.visitCode();
                    for (int i = 0; i < count && name.equals("resume"); i++) {
                      super.visitInsn(opcode);
                    }
                  }
                };
              }
            },
            0);
    return writer.toByteArray();
  }

  /** Runs a body whose class is none, and one that takes something off an empty stack. */
  static final class Broken {

    private Broken() {}

    public static void main(String[] arguments) {
      var changing = new Changing();
      changing.change = file -> new byte[] {1, 2, 3, 4};
      System.out.println(Async.run(async(() -> {
        await(sleep(Duration.ZERO));
        return "no class";
      })));
      changing.change = file -> before(file, 1, Opcodes.POP);
      System.out.println(Async.run(async(() -> {
        await(sleep(Duration.ZERO));
        return "no code";
      })));
      for (Body body : CompiledBodies.report().bodies()) {
        System.out.println(body.refusal());
      }
    }
  }

  @Test
  void a_body_whose_class_the_jvm_refuses_runs_on_a_thread() throws Exception {
    assertThat(OwnProcess.run(directory, Broken.class, OwnProcess.agent(directory)))
        .containsExactly(
            "no class",
            "no code",
            "it failed with java.lang.ClassFormatError: Truncated class file",
            "it failed with java.lang.VerifyError: Operand stack underflow");
  }

  @Test
  void a_jvm_that_verifies_nothing_runs_bodies_on_threads() throws Exception {
    assertThat(OwnProcess.run(
            directory,
            Broken.class,
            OwnProcess.agent(directory),
            "-XX:+UnlockDiagnosticVMOptions",
            "-XX:-BytecodeVerificationRemote"))
        .containsExactly(
            "no class",
            "no code",
            "this JVM does not verify classes",
            "this JVM does not verify classes");
  }

  /** Runs a body that makes two others, with its code moved by more and more. */
  static final class Moved {

    private Moved() {}

    public static void main(String[] arguments) throws Exception {
      var outcomes = new TreeSet<String>();
      var changing = new Changing();
      for (int i = 0; i < 40; i++) {
        int distance = i;
        changing.change = file -> before(file, distance, Opcodes.NOP);
        try (URLClassLoader loader = Sources.loader(Path.of(arguments[0], "loaded"))) {
          Method both = loader.loadClass("twins.Within").getMethod("both");
          outcomes.add(Runs.compiled(() -> {
            try {
              return (Coroutine<?>) both.invoke(null);
            } catch (ReflectiveOperationException e) {
              throw new LinkageError(e.getMessage(), e);
            }
          }));
        }
      }
      System.out.println(outcomes);
    }
  }

  @Test
  void generated_code_that_was_moved_does_not_make_one_body_the_other() throws Exception {
    List<Path> sources = List.of(Sources.directory().resolve("twins/Within.java"));
    assertThat(Sources.compile(Javac.JAVAC_17, sources, directory.resolve("loaded")))
        .isEmpty();
    assertThat(OwnProcess.run(directory, Moved.class, OwnProcess.agent(directory)))
        .containsExactly("[a.b.]");
  }
}
