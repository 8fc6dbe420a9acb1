package dev.asyncawait.compiler.engine;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FrameNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.InsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TypeInsnNode;
import org.objectweb.asm.tree.VarInsnNode;

/**
 * Puts off {@code new} where an await is among a constructor's arguments, since an object that is not initialised cannot be
 * kept in a field; and where the constructor is one that only the body's class may call.
 *
 * <p>{@code new T; dup} becomes {@code new T; pop}, which initialises the class where the source does. In the place of the
 * constructor's call the arguments go to local variables, and another {@code new} is made for them.
 */
final class Constructions {

  private final ClassNode host;
  private final MethodNode method;
  private final HostAccess access;

  /** The {@code new} of each constructor's call, other than those of {@code this} and {@code super}. */
  private final Map<MethodInsnNode, AbstractInsnNode> newOf = new LinkedHashMap<>();

  private final Set<AbstractInsnNode> putOff = new HashSet<>();
  private final Set<MethodInsnNode> beyond = new HashSet<>();

  Constructions(ClassNode host, MethodNode method, HostAccess access) {
    this.host = host;
    this.method = method;
    this.access = access;
  }

  void rewrite() throws Refusal {
    find();
    if (putOff.isEmpty()) {
      return;
    }
    for (AbstractInsnNode node : putOff) {
      AbstractInsnNode copy = Code.next(node);
      if (copy == null || copy.getOpcode() != Opcodes.DUP) {
        throw new Refusal("new without dup");
      }
      method.instructions.set(copy, new InsnNode(Opcodes.POP));
    }
    for (Map.Entry<MethodInsnNode, AbstractInsnNode> entry : newOf.entrySet()) {
      if (putOff.contains(entry.getValue())) {
        construct(entry.getKey());
      }
    }
    for (AbstractInsnNode node : method.instructions) {
      if (node instanceof FrameNode frame) {
        leaveOut(frame);
      }
    }
  }

  private void find() throws Refusal {
    Types types = new Types(host, method);
    for (AbstractInsnNode node : method.instructions) {
      if (Code.isAwait(node)) {
        for (Object type : types.at(node).stack()) {
          if (Types.isUninitialised(type)) {
            putOff.add(made(types, type));
          }
        }
      } else if (Code.isConstructor(node)) {
        var call = (MethodInsnNode) node;
        var stack = types.at(node).stack();
        int arguments = (Type.getArgumentsAndReturnSizes(call.desc) >> 2) - 1;
        AbstractInsnNode made = made(types, stack.get(stack.size() - arguments - 1));
        newOf.put(call, made);
        if (access.isBeyond(call.owner, call.name, call.desc)) {
          putOff.add(made);
          beyond.add(call);
        }
      }
    }
  }

  private static AbstractInsnNode made(Types types, Object type) throws Refusal {
    AbstractInsnNode made = types.newOf(type);
    if (made == null) {
      throw new Refusal("an unusual constructor call");
    }
    return made;
  }

  private void construct(MethodInsnNode call) {
    if (beyond.contains(call)) {
      method.instructions.set(call, access.construction(call));
      return;
    }
    var stores = new ArrayList<VarInsnNode>();
    var loads = new InsnList();
    for (Type argument : Type.getArgumentTypes(call.desc)) {
      stores.add(0, new VarInsnNode(argument.getOpcode(Opcodes.ISTORE), method.maxLocals));
      loads.add(new VarInsnNode(argument.getOpcode(Opcodes.ILOAD), method.maxLocals));
      method.maxLocals += argument.getSize();
    }
    var code = new InsnList();
    for (VarInsnNode store : stores) {
      code.add(store);
    }
    code.add(new TypeInsnNode(Opcodes.NEW, call.owner));
    code.add(new InsnNode(Opcodes.DUP));
    code.add(loads);
    method.instructions.insertBefore(call, code);
  }

  /** What was put off is not on the stack where frames between have it. */
  private void leaveOut(FrameNode frame) throws Refusal {
    if (frame.stack != null) {
      List<Object> stack = new ArrayList<>();
      for (Object type : frame.stack) {
        if (!(type instanceof LabelNode label && putOff.contains(instructionAt(label)))) {
          stack.add(type);
        }
      }
      frame.stack = stack;
    }
    for (Object type : frame.local) {
      if (type instanceof LabelNode) {
        throw new Refusal("an uninitialised variable");
      }
    }
  }

  private static @Nullable AbstractInsnNode instructionAt(LabelNode label) {
    return Code.next(label);
  }
}
