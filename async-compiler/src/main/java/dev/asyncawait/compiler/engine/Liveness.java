package dev.asyncawait.compiler.engine;

import java.util.BitSet;
import java.util.List;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.IincInsnNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.VarInsnNode;

/**
 * Which local variables a method may still read, so that a suspended body holds no more than its source does: the textbook's
 * backward data flow.
 */
final class Liveness {

  private final InsnList instructions;
  private final BitSet[] before;

  Liveness(MethodNode method) {
    instructions = method.instructions;
    int size = instructions.size();
    before = new BitSet[size];
    int[][] next = new int[size][];
    List<List<AbstractInsnNode>> handlers = Code.handlers(method);
    for (int i = 0; i < size; i++) {
      before[i] = new BitSet();
      List<AbstractInsnNode> all = Code.successors(instructions.get(i));
      next[i] = new int[all.size()];
      for (int k = 0; k < all.size(); k++) {
        next[i][k] = instructions.indexOf(all.get(k));
      }
    }
    boolean changed;
    do {
      changed = false;
      for (int i = size - 1; i >= 0; i--) {
        var live = new BitSet();
        for (int successor : next[i]) {
          live.or(before[successor]);
        }
        use(instructions.get(i), live);
        for (AbstractInsnNode handler : handlers.get(i)) {
          live.or(before[instructions.indexOf(handler)]);
        }
        if (!live.equals(before[i])) {
          before[i] = live;
          changed = true;
        }
      }
    } while (changed);
  }

  private static void use(AbstractInsnNode node, BitSet live) {
    if (node instanceof VarInsnNode variable) {
      live.set(variable.var, variable.getOpcode() < Opcodes.ISTORE);
    } else if (node instanceof IincInsnNode increment) {
      live.set(increment.var);
    }
  }

  BitSet at(AbstractInsnNode node) {
    return before[instructions.indexOf(node)];
  }
}
