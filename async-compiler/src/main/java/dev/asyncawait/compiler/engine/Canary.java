package dev.asyncawait.compiler.engine;

import dev.asyncawait.AsyncBody;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Looks once whether this JVM lays out the class of a lambda as all have up to now. That is not specified: if one should put
 * two captured values of the same type in another order, only a lambda whose values are known can tell.
 *
 * <p>And whether it verifies classes, which it can be told not to do. What is wrong with a generated class must show when it
 * is linked, since a JVM that ran it would do anything.
 */
final class Canary {

  private static volatile boolean sang;

  private Canary() {}

  /** What is thrown otherwise, such as a StackOverflowError, says nothing of the next time. */
  static void require() throws Throwable {
    if (sang) {
      return;
    }
    requireVerifier();
    AsyncBody<String> lambda = lambda("a", 1, "b", 2);
    List<Class<?>> types = new ArrayList<>();
    List<String> values = new ArrayList<>();
    for (MethodHandle reader : BodyMethod.readersOf(lambda.getClass())) {
      Class<?> type = reader.type().returnType();
      types.add(type);
      if (type == String.class) { // to read numbers takes as long again
        values.add((String) reader.invoke(lambda));
      }
    }
    sang = lambda.getClass().isHidden()
        && types.equals(List.of(String.class, int.class, String.class, int.class))
        && values.equals(List.of("a", "b"));
    if (!sang) {
      throw new Refusal("lambdas of this JVM are not made as the compiler knows it");
    }
  }

  private static void requireVerifier() throws Throwable {
    var writer = new ClassWriter(0);
    String name = Canary.class.getPackageName().replace('.', '/') + "/Unverifiable";
    writer.visit(Opcodes.V1_8, Opcodes.ACC_SUPER, name, null, Spill.OBJECT, null);
    MethodVisitor code = writer.visitMethod(Opcodes.ACC_STATIC, "wrong", "()V", null, null);
    code.visitCode();
    code.visitInsn(Opcodes.POP);
    code.visitInsn(Opcodes.RETURN);
    code.visitMaxs(1, 0);
    code.visitEnd();
    try {
      MethodHandles.lookup().defineHiddenClass(writer.toByteArray(), true);
    } catch (VerifyError verified) {
      return;
    }
    throw new Refusal("this JVM does not verify classes");
  }

  private static AsyncBody<String> lambda(String a, int b, String c, int d) {
    return () -> a + b + c + d;
  }
}
