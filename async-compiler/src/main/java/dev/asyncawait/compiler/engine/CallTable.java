package dev.asyncawait.compiler.engine;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * The calls of one method, with what is certain of the last argument of each.
 *
 * <p>What an instruction pushes is the last argument of the call that directly follows it, unless a jump goes to that call:
 * then the argument may come from elsewhere, as in {@code async(c ? () -> a : () -> b)}. Where jumps go to there is a stack
 * map frame, so nothing is certain of what was pushed before one.
 *
 * <p>A local variable that is stored once in the whole method, by the instruction that follows the lambda's, holds that
 * lambda wherever the verifier lets it be loaded.
 */
final class CallTable {

  /** What is known of an argument. */
  sealed interface Argument {}

  /** The body that an {@code invokedynamic} makes. */
  record Made(Lambda lambda) implements Argument {}

  /** What the method was called with as its own last argument. */
  enum PassedOn implements Argument {
    LAST_PARAMETER
  }

  /**
   * A call.
   *
   * @param line its source line, or -1
   * @param last null if nothing is certain
   */
  record Call(
      String name, String descriptor, int line, @Nullable Argument last) {

    boolean calls(String method, String methodDescriptor) {
      return name.equals(method) && descriptor.equals(methodDescriptor);
    }
  }

  /** How the call sites of a class name their bodies. */
  interface Sites {

    /** The body that a call site makes; null if it makes none. */
    @Nullable
    Lambda made(String name, String descriptor, Handle bootstrap, Object[] arguments);
  }

  /** By the index of their instruction. */
  private final Map<Integer, Call> calls;

  private CallTable(Map<Integer, Call> calls) {
    this.calls = calls;
  }

  /** Reads a method; the table is empty if there is no such method. */
  static CallTable of(byte[] file, String method, String descriptor, Sites sites) throws Refusal {
    ClassReader unused = ClassFile.reader(file); // refuses what cannot be read
    Map<Integer, Call> calls = new HashMap<>();
    int[] offset = {0};
    ClassReader reader = new ClassReader(file) {
      @Override
      protected void readBytecodeInstructionOffset(int bytecodeOffset) {
        offset[0] = bytecodeOffset;
      }
    };
    reader.accept(
        new ClassVisitor(Opcodes.ASM9) {
          @Override
          public @Nullable MethodVisitor visitMethod(
              int access, String name, String type, String signature, String[] exceptions) {
            return name.equals(method) && type.equals(descriptor)
                ? new Scan(access, name, type, sites, offset, calls)
                : null;
          }
        },
        0);
    return new CallTable(calls);
  }

  @Nullable
  Call at(int bytecodeIndex) {
    return calls.get(bytecodeIndex);
  }

  /** Whether another call of the same method on the same line is given another body. */
  boolean hasTwinOf(Call call) {
    for (Call other : calls.values()) {
      if (other.calls(call.name, call.descriptor)
          && other.line == call.line
          && !Objects.equals(other.last, call.last)) {
        return true;
      }
    }
    return false;
  }

  private static final class Scan extends MethodVisitor {
    private final Sites sites;
    private final int[] offset;
    private final Map<Integer, Call> calls;

    /** Where the local variables begin that are no parameters. */
    private final int firstLocal;

    /** The last parameter; -1 if it is no reference, or a lambda's. */
    private final int lastParameter;

    private int line = -1;

    // what is on top of the stack, if `end` is where the next instruction begins
    private @Nullable Lambda made;
    private int loaded = -1;
    private int end = -1;

    private final Map<Integer, @Nullable Lambda> stored = new HashMap<>();
    private final Set<Integer> storedOften = new HashSet<>();

    /** The local variables from which calls took their last arguments, until it is known how often each is stored. */
    private final Map<Integer, Integer> variables = new HashMap<>();

    Scan(
        int access,
        String name,
        String descriptor,
        Sites sites,
        int[] offset,
        Map<Integer, Call> calls) {
      super(Opcodes.ASM9);
      this.sites = sites;
      this.offset = offset;
      this.calls = calls;
      boolean isStatic = (access & Opcodes.ACC_STATIC) != 0;
      int slot = isStatic ? 0 : 1;
      int last = -1;
      for (Type parameter : Type.getArgumentTypes(descriptor)) {
        last = parameter.getSort() == Type.OBJECT ? slot : -1;
        slot += parameter.getSize();
      }
      firstLocal = slot;
      lastParameter = name.startsWith("lambda$") ? -1 : last;
    }

    private void forget() {
      end = -1;
      made = null;
      loaded = -1;
    }

    @Override
    public void visitLineNumber(int number, Label start) {
      line = number;
    }

    @Override
    public void visitFrame(int type, int locals, Object[] local, int stacks, Object[] stack) {
      forget();
    }

    @Override
    public void visitInvokeDynamicInsn(
        String name, String descriptor, Handle bootstrap, Object... arguments) {
      forget();
      made = sites.made(name, descriptor, bootstrap, arguments);
      end = offset[0] + 5;
    }

    @Override
    public void visitVarInsn(int opcode, int variable) {
      if (opcode == Opcodes.ALOAD) {
        forget();
        loaded = variable;
        end = offset[0] + (variable < 4 ? 1 : variable < 256 ? 2 : 4);
      } else if (opcode >= Opcodes.ISTORE) {
        if (stored.containsKey(variable)) {
          storedOften.add(variable);
        }
        stored.put(variable, opcode == Opcodes.ASTORE && end == offset[0] ? made : null);
      }
    }

    @Override
    public void visitMethodInsn(
        int opcode, String owner, String name, String descriptor, boolean isInterface) {
      Argument last = null;
      if (end == offset[0]) {
        last = made == null ? null : new Made(made);
        if (loaded >= 0) {
          variables.put(offset[0], loaded);
        }
      }
      calls.put(offset[0], new Call(name, descriptor, line, last));
    }

    @Override
    public void visitEnd() {
      for (Map.Entry<Integer, Integer> loaded : variables.entrySet()) {
        Call call = Objects.requireNonNull(calls.get(loaded.getKey()));
        calls.put(
            loaded.getKey(),
            new Call(call.name, call.descriptor, call.line, held(loaded.getValue())));
      }
    }

    private @Nullable Argument held(int variable) {
      if (!stored.containsKey(variable)) {
        return variable == lastParameter ? PassedOn.LAST_PARAMETER : null;
      }
      Lambda lambda = storedOften.contains(variable) ? null : stored.get(variable);
      return lambda == null || variable < firstLocal ? null : new Made(lambda);
    }
  }
}
