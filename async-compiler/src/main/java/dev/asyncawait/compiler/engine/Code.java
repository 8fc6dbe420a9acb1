package dev.asyncawait.compiler.engine;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.JumpInsnNode;
import org.objectweb.asm.tree.LookupSwitchInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TableSwitchInsnNode;
import org.objectweb.asm.tree.TryCatchBlockNode;

/** What one asks of a method's instructions. */
final class Code {

  private static final String ASYNC = "dev/asyncawait/Async";

  private Code() {}

  static boolean isAwait(AbstractInsnNode instruction) {
    return instruction instanceof MethodInsnNode call
        && call.getOpcode() == Opcodes.INVOKESTATIC
        && call.owner.equals(ASYNC)
        && call.name.equals("await");
  }

  static boolean isConstructor(AbstractInsnNode instruction) {
    return instruction.getOpcode() == Opcodes.INVOKESPECIAL
        && ((MethodInsnNode) instruction).name.equals("<init>");
  }

  /** The next node that is an instruction, and not a label, a line or a frame. */
  static @Nullable AbstractInsnNode next(AbstractInsnNode node) {
    AbstractInsnNode next = node.getNext();
    while (next != null && next.getOpcode() < 0) {
      next = next.getNext();
    }
    return next;
  }

  /** Where control may go from a node, exceptions aside. */
  static List<AbstractInsnNode> successors(AbstractInsnNode node) {
    List<AbstractInsnNode> successors = new ArrayList<>();
    if (node instanceof JumpInsnNode jump) {
      successors.add(jump.label);
    } else if (node instanceof TableSwitchInsnNode table) {
      successors.addAll(table.labels);
      successors.add(table.dflt);
    } else if (node instanceof LookupSwitchInsnNode lookup) {
      successors.addAll(lookup.labels);
      successors.add(lookup.dflt);
    }
    if (fallsThrough(node) && node.getNext() != null) {
      successors.add(node.getNext());
    }
    return successors;
  }

  private static boolean fallsThrough(AbstractInsnNode node) {
    int opcode = node.getOpcode();
    return opcode != Opcodes.GOTO
        && opcode != Opcodes.ATHROW
        && opcode != Opcodes.TABLESWITCH
        && opcode != Opcodes.LOOKUPSWITCH
        && (opcode < Opcodes.IRETURN || opcode > Opcodes.RETURN);
  }

  /** The handlers that an exception in each node may come to, by its index. */
  static List<List<AbstractInsnNode>> handlers(MethodNode method) {
    List<List<AbstractInsnNode>> handlers = new ArrayList<>();
    for (int i = 0; i < method.instructions.size(); i++) {
      handlers.add(new ArrayList<>());
    }
    var caught = new BitSet(); // by a handler of everything; what is further out hears of nothing
    for (TryCatchBlockNode block : method.tryCatchBlocks) {
      int start = method.instructions.indexOf(block.start);
      int end = method.instructions.indexOf(block.end);
      for (int i = caught.nextClearBit(start); i < end; i = caught.nextClearBit(i + 1)) {
        handlers.get(i).add(block.handler);
      }
      if (block.type == null && start < end) {
        caught.set(start, end);
      }
    }
    return handlers;
  }
}
