package dev.asyncawait.compiler.engine;

import static org.objectweb.asm.Opcodes.*;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodTooLargeException;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Type;
import org.objectweb.asm.commons.CodeSizeEvaluator;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.FrameNode;
import org.objectweb.asm.tree.IincInsnNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.InsnNode;
import org.objectweb.asm.tree.IntInsnNode;
import org.objectweb.asm.tree.JumpInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.LineNumberNode;
import org.objectweb.asm.tree.LocalVariableNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TableSwitchInsnNode;
import org.objectweb.asm.tree.TryCatchBlockNode;
import org.objectweb.asm.tree.TypeInsnNode;
import org.objectweb.asm.tree.VarInsnNode;

/** Writes the state machine of one method. */
final class MachineWriter {

  /*
   * The code is resume(activation, value, error): a prologue, then the method as it was, then what saves it.
   *
   *   prologue:    in state 0, to restore 0
   *                if the activation awaits a coroutine, resume that first, on the line of the await; its outcome is ours
   *                to restore k, of state k
   *   restore k:   the variables and the stack from the fields; to resumed k
   *   the method:  for await k: the result of activation.await(..); if it is SUSPENDED to suspend k; to done k
   *     resumed k: throw the error if there is one, else push the value
   *     done k:    as it was
   *   suspend k:   the variables and the stack to the fields, the state is k, return SUSPENDED
   *
   * All but resumed is outside of every range of the method's handlers. The variables are those of the method, moved up for
   * `this` and the parameters of resume. Types come from the class file's own frames.
   */

  private static final String MACHINE = "dev/asyncawait/spi/StateMachine";
  private static final String ACTIVATION = "dev/asyncawait/spi/Activation";
  private static final String OBJECT = Spill.OBJECT;
  private static final String THROWABLE = "java/lang/Throwable";

  // the local variables of resume
  private static final int SELF = 0;
  private static final int RUN = 1;
  private static final int VALUE = 2;
  private static final int ERROR = 3;

  /** Where the variables of the method begin. */
  private static final int SHIFT = 4;

  /** The JIT compilers leave longer methods alone. */
  private static final int LONGEST = 8000;

  private static final int LONGEST_OF_ALL = 65_535;

  /** Load and store it, and the other way round, from and to a field. */
  private static final int LEAST_FOR_SPILL = 10;

  private static final int LEAST_FOR_STATE = 40;

  private final ClassNode host;
  private final MethodNode method;
  private final BodyMethod body;
  private final HostAccess access;
  private final String self;

  private final List<AbstractInsnNode> awaits = new ArrayList<>();

  // for each state; 0 is the start, k stands at the k-th await

  private final List<List<Object>> locals = new ArrayList<>();
  private final List<List<Object>> stacks = new ArrayList<>();
  private final List<List<Spill>> spills = new ArrayList<>();
  private final List<Integer> lines = new ArrayList<>();
  private final List<LabelNode> restore = new ArrayList<>();
  private final List<LabelNode> resumed = new ArrayList<>();
  private final List<LabelNode> suspend = new ArrayList<>();

  /**
   * Prepares for one method, which is used up.
   *
   * @param self the internal name of the generated class
   */
  MachineWriter(
      ClassNode host, MethodNode method, BodyMethod body, HostAccess access, String self) {
    this.host = host;
    this.method = method;
    this.body = body;
    this.access = access;
    this.self = self;
  }

  byte[] write() throws Refusal {
    Restrictions.check(method, body.host().getClassLoader());
    int lengthBefore = length(method);
    new Constructions(host, method, access).rewrite();
    access.rewrite(method);
    analyze();
    requireRoom(leastLength() + lengthBefore, lengthBefore);
    var writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
    writer.visit(
        Math.max(host.version & 0xffff, V1_8), ACC_FINAL | ACC_SUPER, self, null, MACHINE, null);
    writer.visitSource(host.sourceFile, host.sourceDebug);
    writeFields(writer);
    writeConstructor(writer);
    writeBegin(writer);
    writeConstant(
        writer,
        "site",
        host.name.replace('/', '.') + "|" + method.name + "|"
            + (host.sourceFile == null ? "" : host.sourceFile));
    var lineText = new StringBuilder();
    for (int line : lines) {
      lineText.append((char) line);
    }
    writeConstant(writer, "lines", lineText.toString());
    writeLookup(writer);
    MethodNode resume = resume();
    requireRoom(length(resume), lengthBefore);
    try {
      resume.accept(writer);
      writer.visitEnd();
      return writer.toByteArray();
    } catch (MethodTooLargeException tooLarge) {
      throw new Refusal("too long for a method: " + tooLarge.getCodeSize() + " bytes of code");
    }
  }

  private static void requireRoom(int length, int lengthBefore) throws Refusal {
    if (length > LONGEST && lengthBefore <= LONGEST) {
      throw new Refusal("too long for the JIT compiler when compiled: " + length
          + " bytes of code or more, " + lengthBefore + " in the source's class");
    }
    if (length > LONGEST_OF_ALL) {
      throw new Refusal("too long for a method: " + length + " bytes of code or more");
    }
  }

  /** How much code there will be at least to keep and to restore; told before any is written, which takes time. */
  private int leastLength() {
    int kept = 0;
    for (List<Spill> state : spills) {
      for (Spill spill : state) {
        kept += spill.isKept() ? 1 : 0;
      }
    }
    return kept * LEAST_FOR_SPILL + spills.size() * LEAST_FOR_STATE;
  }

  private static int length(MethodNode method) {
    var evaluator = new CodeSizeEvaluator(null);
    method.accept(evaluator);
    return evaluator.getMaxSize();
  }

  // ---- what there is to keep

  private void analyze() throws Refusal {
    List<Object> parameters = new ArrayList<>();
    if ((method.access & ACC_STATIC) == 0) {
      parameters.add(host.name);
    }
    for (Type type : Type.getArgumentTypes(method.desc)) {
      parameters.add(frameType(type));
      if (type.getSize() == 2) {
        parameters.add(TOP);
      }
    }
    var all = new BitSet();
    all.set(0, parameters.size());
    addState(parameters, List.of(), all, 0);
    var types = new Types(host, method);
    var liveness = new Liveness(method);
    int line = 0;
    for (AbstractInsnNode node : method.instructions) {
      if (node instanceof LineNumberNode number) {
        line = number.line;
      } else if (Code.isAwait(node)) {
        awaits.add(node);
        Types.At at = types.at(node);
        int arguments = Type.getArgumentTypes(((MethodInsnNode) node).desc).length;
        List<Object> stack = at.stack().subList(0, at.stack().size() - arguments);
        requireInitialised(stack);
        requireInitialised(at.locals());
        addState(at.locals(), stack, liveness.at(node), line); // it reads no variable itself
      }
    }
  }

  private void addState(List<Object> local, List<Object> stack, BitSet live, int line) {
    locals.add(local);
    stacks.add(stack);
    spills.add(Spill.at(local, stack, live));
    lines.add(line);
    restore.add(new LabelNode());
    resumed.add(new LabelNode());
    suspend.add(new LabelNode());
  }

  private static void requireInitialised(List<Object> types) throws Refusal {
    for (Object type : types) {
      if (Types.isUninitialised(type)) {
        throw new Refusal("an object that is not initialised");
      }
    }
  }

  private static Object frameType(Type type) {
    return switch (type.getSort()) {
      case Type.BOOLEAN, Type.BYTE, Type.CHAR, Type.SHORT, Type.INT -> INTEGER;
      case Type.LONG -> LONG;
      case Type.FLOAT -> FLOAT;
      case Type.DOUBLE -> DOUBLE;
      default -> type.getInternalName();
    };
  }

  // ---- the small members

  private void writeFields(ClassWriter writer) {
    Map<Character, Integer> counts = new TreeMap<>();
    for (List<Spill> state : spills) {
      for (Spill spill : state) {
        if (spill.isKept()) {
          int before = counts.getOrDefault(spill.kind(), 0);
          counts.put(spill.kind(), Math.max(before, spill.field() + 1));
        }
      }
    }
    for (Map.Entry<Character, Integer> count : counts.entrySet()) {
      char kind = count.getKey();
      for (int i = 0; i < count.getValue(); i++) {
        writer
            .visitField(ACC_PRIVATE, Spill.fieldName(kind, i), Spill.descriptor(kind), null, null)
            .visitEnd();
      }
    }
  }

  private static void writeConstructor(ClassWriter writer) {
    MethodVisitor code = writer.visitMethod(0, "<init>", "()V", null, null);
    code.visitCode();
    code.visitVarInsn(ALOAD, SELF);
    code.visitMethodInsn(INVOKESPECIAL, MACHINE, "<init>", "()V", false);
    code.visitInsn(RETURN);
    end(code);
  }

  private static void end(MethodVisitor code) {
    code.visitMaxs(0, 0);
    code.visitEnd();
  }

  private static void writeConstant(ClassWriter writer, String name, String value) {
    MethodVisitor code =
        writer.visitMethod(ACC_PROTECTED | ACC_FINAL, name, "()Ljava/lang/String;", null, null);
    code.visitCode();
    code.visitLdcInsn(value);
    code.visitInsn(ARETURN);
    end(code);
  }

  /** A lookup that is made in the user's module, and so can have all rights of the body's class. */
  private static void writeLookup(ClassWriter writer) {
    String descriptor = "()Ljava/lang/invoke/MethodHandles$Lookup;";
    MethodVisitor code =
        writer.visitMethod(ACC_PRIVATE | ACC_STATIC, Definition.LOOKUP, descriptor, null, null);
    code.visitCode();
    code.visitMethodInsn(
        INVOKESTATIC, "java/lang/invoke/MethodHandles", "lookup", descriptor, false);
    code.visitInsn(ARETURN);
    end(code);
  }

  /** begin(body, argument): a new machine whose fields hold the parameters of the method. */
  private void writeBegin(ClassWriter writer) {
    int of = 1;
    int argument = 2;
    int machine = 3;
    MethodVisitor code = writer.visitMethod(
        ACC_PUBLIC | ACC_FINAL,
        "begin",
        "(L" + OBJECT + ";L" + OBJECT + ";)L" + MACHINE + ";",
        null,
        null);
    code.visitCode();
    code.visitTypeInsn(NEW, self);
    code.visitInsn(DUP);
    code.visitMethodInsn(INVOKESPECIAL, self, "<init>", "()V", false);
    code.visitVarInsn(ASTORE, machine);
    List<Spill> parameters = spills.get(0);
    int captured = parameters.size() - body.kind().arguments();
    for (int i = 0; i < parameters.size(); i++) {
      Spill parameter = parameters.get(i);
      code.visitVarInsn(ALOAD, machine);
      code.visitVarInsn(ALOAD, i < captured ? of : argument);
      if (i < captured && body.isLambda()) {
        access
            .linked("captured", "(L" + OBJECT + ";)" + parameter.descriptor(), new Link.Captured(i))
            .accept(code);
      }
      code.visitFieldInsn(PUTFIELD, self, parameter.fieldName(), parameter.descriptor());
    }
    code.visitVarInsn(ALOAD, machine);
    code.visitInsn(ARETURN);
    end(code);
  }

  // ---- resume

  private MethodNode resume() throws Refusal {
    adapt();
    InsnList code = method.instructions;
    for (int k = 1; k < restore.size(); k++) {
      await(k);
      suspend(k);
    }
    code.insert(prologue());
    var resume = new MethodNode(
        ASM9,
        ACC_PUBLIC | ACC_FINAL,
        "resume",
        "(L" + ACTIVATION + ";L" + OBJECT + ";L" + THROWABLE + ";)L" + OBJECT + ";",
        null,
        new String[] {THROWABLE});
    resume.instructions = code;
    resume.tryCatchBlocks = method.tryCatchBlocks;
    for (TryCatchBlockNode block : resume.tryCatchBlocks) {
      block.visibleTypeAnnotations = null;
      block.invisibleTypeAnnotations = null;
    }
    resume.localVariables = new ArrayList<>();
    if (method.localVariables != null) {
      for (LocalVariableNode variable : method.localVariables) {
        variable.index += SHIFT;
        if (variable.name.equals("this")) {
          variable.name = "this$0";
        }
        resume.localVariables.add(variable);
      }
    }
    return resume;
  }

  /** Moves the variables up, and has each return give an object. */
  private void adapt() {
    for (AbstractInsnNode node : method.instructions.toArray()) {
      if (node instanceof VarInsnNode variable) {
        variable.var += SHIFT;
      } else if (node instanceof IincInsnNode increment) {
        increment.var += SHIFT;
      } else if (node instanceof FrameNode frame) {
        List<Object> shifted = parametersOfResume();
        shifted.addAll(frame.local);
        frame.local = shifted;
      } else if (node.getOpcode() >= IRETURN && node.getOpcode() <= RETURN) {
        method.instructions.insertBefore(node, result());
        method.instructions.set(node, new InsnNode(ARETURN));
      }
    }
  }

  private InsnList result() {
    Type type = Type.getReturnType(method.desc);
    var code = new InsnList();
    if (!body.kind().givesValue()) {
      if (type.getSize() > 0) {
        code.add(new InsnNode(type.getSize() == 2 ? POP2 : POP));
      }
      code.add(new InsnNode(ACONST_NULL));
    } else if (type.getSort() < Type.ARRAY) {
      String box = boxOf(type);
      String descriptor = "(" + type.getDescriptor() + ")L" + box + ";";
      code.add(new MethodInsnNode(INVOKESTATIC, box, "valueOf", descriptor, false));
    }
    return code;
  }

  private static String boxOf(Type primitive) {
    return switch (primitive.getSort()) {
      case Type.BOOLEAN -> "java/lang/Boolean";
      case Type.CHAR -> "java/lang/Character";
      case Type.BYTE -> "java/lang/Byte";
      case Type.SHORT -> "java/lang/Short";
      case Type.INT -> "java/lang/Integer";
      case Type.LONG -> "java/lang/Long";
      case Type.FLOAT -> "java/lang/Float";
      default -> "java/lang/Double";
    };
  }

  private List<Object> parametersOfResume() {
    return new ArrayList<>(List.of(self, ACTIVATION, OBJECT, THROWABLE));
  }

  /** The frame in the middle of resume's own code, where the method's variables have no values. */
  private FrameNode ownFrame(Object... stack) {
    return frame(parametersOfResume(), List.of(stack));
  }

  private FrameNode frame(int k, Object... onTop) {
    List<Object> local = parametersOfResume();
    local.addAll(Types.forFrame(locals.get(k)));
    while (local.get(local.size() - 1) == TOP) {
      local.remove(local.size() - 1);
    }
    List<Object> stack = Types.forFrame(stacks.get(k));
    stack.addAll(List.of(onTop));
    return frame(local, stack);
  }

  private static FrameNode frame(List<Object> local, List<Object> stack) {
    return new FrameNode(F_NEW, local.size(), local.toArray(), stack.size(), stack.toArray());
  }

  private static MethodInsnNode activation(String name, String descriptor) {
    return new MethodInsnNode(INVOKEINTERFACE, ACTIVATION, name, descriptor, true);
  }

  private static FieldInsnNode suspended() {
    return new FieldInsnNode(GETSTATIC, ACTIVATION, "SUSPENDED", "L" + OBJECT + ";");
  }

  /** In the place of the k-th await. */
  private void await(int k) {
    var await = (MethodInsnNode) awaits.get(k - 1);
    var succeeded = new LabelNode();
    var done = new LabelNode();
    var code = new InsnList();
    Type[] arguments = Type.getArgumentTypes(await.desc);
    if (arguments.length == 2) {
      code.add(new MethodInsnNode(
          INVOKESTATIC, ACTIVATION, "requireDeclared", "(Ljava/lang/Class;)V", true));
    }
    code.add(new VarInsnNode(ALOAD, RUN));
    code.add(new InsnNode(SWAP));
    code.add(activation("await", "(" + arguments[0].getDescriptor() + ")L" + OBJECT + ";"));
    code.add(new InsnNode(DUP));
    code.add(suspended());
    code.add(new JumpInsnNode(IF_ACMPEQ, suspend.get(k)));
    code.add(new JumpInsnNode(GOTO, done));
    code.add(resumed.get(k));
    code.add(frame(k));
    code.add(new VarInsnNode(ALOAD, ERROR));
    code.add(new JumpInsnNode(IFNULL, succeeded));
    code.add(new VarInsnNode(ALOAD, ERROR));
    code.add(forget(ERROR));
    code.add(new InsnNode(ATHROW));
    code.add(succeeded);
    code.add(frame(k));
    code.add(new VarInsnNode(ALOAD, VALUE));
    code.add(forget(VALUE));
    code.add(done);
    code.add(frame(k, OBJECT));
    AbstractInsnNode next = await.getNext();
    while (next != null && next.getOpcode() < 0 && !(next instanceof FrameNode)) {
      next = next.getNext();
    }
    if (next instanceof FrameNode) {
      code.add(new InsnNode(NOP)); // two frames cannot be at one place
    }
    method.instructions.insertBefore(await, code);
    method.instructions.remove(await);
  }

  /** What was passed on is not kept for the rest of the step. */
  private static InsnList forget(int variable) {
    var code = new InsnList();
    code.add(new InsnNode(ACONST_NULL));
    code.add(new VarInsnNode(ASTORE, variable));
    return code;
  }

  /** At the end, what saves state k. */
  private void suspend(int k) {
    InsnList code = method.instructions;
    code.add(suspend.get(k));
    code.add(frame(k, OBJECT));
    code.add(new InsnNode(POP));
    List<Spill> state = spills.get(k);
    for (int i = state.size() - 1; i >= 0; i--) {
      Spill spill = state.get(i);
      if (spill.isOnStack() && !spill.isKept()) {
        code.add(new InsnNode(POP));
      } else if (spill.isOnStack()) {
        code.add(new VarInsnNode(ALOAD, SELF));
        code.add(new InsnNode(spill.isWide() ? DUP_X2 : SWAP));
        if (spill.isWide()) {
          code.add(new InsnNode(POP));
        }
        code.add(put(spill));
      }
    }
    for (Spill spill : state) {
      if (!spill.isOnStack() && spill.isKept()) {
        code.add(new VarInsnNode(ALOAD, SELF));
        code.add(new VarInsnNode(spill.loadOpcode(), spill.slot() + SHIFT));
        code.add(put(spill));
      }
    }
    code.add(new VarInsnNode(ALOAD, SELF));
    code.add(number(k));
    code.add(new FieldInsnNode(PUTFIELD, MACHINE, "state", "I"));
    code.add(suspended());
    code.add(new InsnNode(ARETURN));
  }

  private FieldInsnNode put(Spill spill) {
    return new FieldInsnNode(PUTFIELD, self, spill.fieldName(), spill.descriptor());
  }

  private static AbstractInsnNode number(int k) {
    if (k <= 5) {
      return new InsnNode(ICONST_0 + k);
    }
    return new IntInsnNode(k <= Byte.MAX_VALUE ? BIPUSH : SIPUSH, k);
  }

  private InsnList prologue() throws Refusal {
    var code = new InsnList();
    var dispatch = new LabelNode();
    code.add(getState());
    code.add(new JumpInsnNode(IFEQ, restore.get(0)));
    code.add(new VarInsnNode(ALOAD, RUN));
    code.add(activation("awaitsCoroutine", "()Z"));
    code.add(new JumpInsnNode(IFEQ, dispatch));
    resumeAwaited(code, dispatch);
    code.add(dispatch);
    code.add(ownFrame());
    switchOnState(code, restore);
    for (int k = 0; k < restore.size(); k++) {
      restore(code, k);
    }
    code.add(resumed.get(0));
    code.add(frame(0));
    code.add(new InsnNode(NOP)); // the method may begin with a frame
    return code;
  }

  private InsnList getState() {
    var code = new InsnList();
    code.add(new VarInsnNode(ALOAD, SELF));
    code.add(new FieldInsnNode(GETFIELD, MACHINE, "state", "I"));
    return code;
  }

  /** Goes to one of {@code targets}, for the states from 1 on. */
  private void switchOnState(InsnList code, List<LabelNode> targets) {
    code.add(getState());
    List<LabelNode> waiting = targets.subList(1, targets.size());
    var last = waiting.get(waiting.size() - 1);
    code.add(new TableSwitchInsnNode(1, waiting.size(), last, waiting.toArray(new LabelNode[0])));
  }

  /** Resumes the coroutine that is awaited, on the line of the await, so that stack traces show that. */
  private void resumeAwaited(InsnList code, LabelNode dispatch) {
    var from = new LabelNode();
    var to = new LabelNode();
    var answered = new LabelNode();
    var failed = new LabelNode();
    var goOn = new LabelNode();
    List<LabelNode> onLine = new ArrayList<>();
    for (int k = 0; k < lines.size(); k++) {
      onLine.add(new LabelNode());
    }
    switchOnState(code, onLine);
    code.add(from);
    for (int k = 1; k < onLine.size(); k++) {
      code.add(onLine.get(k));
      code.add(ownFrame());
      code.add(new LineNumberNode(lines.get(k), onLine.get(k)));
      code.add(new VarInsnNode(ALOAD, RUN));
      code.add(new VarInsnNode(ALOAD, VALUE));
      code.add(new VarInsnNode(ALOAD, ERROR));
      code.add(forget(VALUE));
      code.add(forget(ERROR));
      code.add(
          activation("resumeAwaited", "(L" + OBJECT + ";L" + THROWABLE + ";)L" + OBJECT + ";"));
      code.add(new JumpInsnNode(GOTO, answered));
    }
    code.add(to);
    method.tryCatchBlocks.add(new TryCatchBlockNode(from, to, failed, null));
    code.add(answered);
    code.add(ownFrame(OBJECT));
    code.add(new InsnNode(DUP));
    code.add(suspended());
    code.add(new JumpInsnNode(IF_ACMPNE, goOn));
    code.add(new InsnNode(ARETURN));
    code.add(goOn);
    code.add(ownFrame(OBJECT));
    code.add(new VarInsnNode(ASTORE, VALUE));
    code.add(new InsnNode(ACONST_NULL));
    code.add(new VarInsnNode(ASTORE, ERROR));
    code.add(new JumpInsnNode(GOTO, dispatch));
    code.add(failed);
    code.add(ownFrame(THROWABLE));
    code.add(new VarInsnNode(ASTORE, ERROR));
    code.add(new InsnNode(ACONST_NULL));
    code.add(new VarInsnNode(ASTORE, VALUE));
  }

  /** What is kept in a field is not kept any longer. */
  private void restore(InsnList code, int k) throws Refusal {
    code.add(restore.get(k));
    code.add(ownFrame());
    for (Spill spill : spills.get(k)) {
      if (!spill.isKept()) {
        code.add(new InsnNode(spill.nothingOpcode()));
      } else {
        code.add(new VarInsnNode(ALOAD, SELF));
        code.add(new FieldInsnNode(GETFIELD, self, spill.fieldName(), spill.descriptor()));
        if (spill.isReference()) {
          code.add(new VarInsnNode(ALOAD, SELF));
          code.add(new InsnNode(ACONST_NULL));
          code.add(put(spill));
          cast(code, spill);
        }
      }
      if (!spill.isOnStack()) {
        code.add(new VarInsnNode(spill.storeOpcode(), spill.slot() + SHIFT));
      }
    }
    code.add(new JumpInsnNode(GOTO, resumed.get(k)));
  }

  private void cast(InsnList code, Spill spill) throws Refusal {
    var type = (String) spill.type();
    if (!type.equals(OBJECT)) {
      access.requireNameable(type);
      code.add(new TypeInsnNode(CHECKCAST, type));
    }
  }
}
