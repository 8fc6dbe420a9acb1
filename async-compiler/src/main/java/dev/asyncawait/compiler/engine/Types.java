package dev.asyncawait.compiler.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Label;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.commons.AnalyzerAdapter;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * The types of the local variables and of the operand stack at each await and each constructor call, as the class file's own
 * frames have them: no class is loaded to tell them.
 *
 * <p>In both lists, as in ASM's, a long or a double is followed by a {@code TOP}, and a label stands for an object that was
 * made by the {@code new} there, and is not initialised yet.
 */
final class Types {

  /**
   * The types at one instruction.
   *
   * @param locals of the local variables
   * @param stack of what is on the operand stack, the arguments of the call included
   */
  record At(List<Object> locals, List<Object> stack) {}

  private final Map<AbstractInsnNode, At> types = new HashMap<>();
  private final Map<Object, AbstractInsnNode> newOf = new HashMap<>();

  Types(ClassNode host, MethodNode method) throws Refusal {
    var analyzer = new AnalyzerAdapter(host.name, method.access, method.name, method.desc, null);
    for (AbstractInsnNode node : method.instructions) {
      if (Code.isAwait(node) || Code.isConstructor(node)) {
        if (analyzer.locals == null) {
          throw new Refusal("code that is never reached");
        }
        types.put(node, new At(new ArrayList<>(analyzer.locals), new ArrayList<>(analyzer.stack)));
      }
      node.accept(analyzer);
      if (node.getOpcode() == Opcodes.NEW && analyzer.stack != null) {
        newOf.put(analyzer.stack.get(analyzer.stack.size() - 1), node);
      }
    }
  }

  At at(AbstractInsnNode node) {
    At known = types.get(node);
    if (known == null) {
      throw new IllegalArgumentException("neither an await nor a constructor call");
    }
    return known;
  }

  /** The instruction that has made the uninitialised object of that type. */
  @Nullable
  AbstractInsnNode newOf(Object type) {
    return newOf.get(type);
  }

  static boolean isUninitialised(Object type) {
    return type instanceof Label || type == Opcodes.UNINITIALIZED_THIS;
  }

  static boolean isWide(Object type) {
    return type == Opcodes.LONG || type == Opcodes.DOUBLE;
  }

  /** The types as a stack map frame has them: without what follows a long or a double. */
  static List<Object> forFrame(List<Object> types) {
    List<Object> narrow = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      Object type = types.get(i);
      narrow.add(type);
      if (isWide(type)) {
        i++;
      }
    }
    return narrow;
  }
}
