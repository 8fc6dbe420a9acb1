package dev.asyncawait.compiler.engine;

import dev.asyncawait.spi.Activation;
import dev.asyncawait.spi.Linkage;
import dev.asyncawait.spi.StateMachine;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.ClassNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * Makes a class of a body: an ordinary one beside the body's class, in its loader, so that it shows in stack traces and
 * debuggers, and is gone when that is.
 */
final class Definition {

  /** The method of generated classes that gives their lookup. */
  static final String LOOKUP = "lookup";

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private static final ClassValue<Slot> GENERATED = new ClassValue<>() {
    @Override
    protected Slot computeValue(Class<?> type) {
      return new Slot();
    }
  };

  private static final class Slot {
    volatile @Nullable Generated generated;
  }

  /**
   * What is known of a generated class.
   *
   * @param host the class that holds the body
   * @param calls those of its code
   */
  record Generated(Class<?> host, CallTable calls) {}

  /** What was defined. */
  record Machine(StateMachine prototype, int size) {}

  private Definition() {}

  /** What is known of a class; null if it was not generated. */
  static @Nullable Generated generated(Class<?> type) {
    return GENERATED.get(type).generated;
  }

  /** The class whose code {@code type} holds: its own, or that of the class it was generated for. */
  static Class<?> hostOf(Class<?> type) {
    Generated generated = generated(type);
    return generated == null ? type : generated.host;
  }

  static Machine define(BodyMethod body) throws Throwable {
    Class<?> host = body.host();
    if (host.isHidden()) {
      throw new Refusal("a method of a hidden class");
    }
    requireLibrary(host);
    Lookup lookup = Hosts.lookup(host);
    ClassNode file = read(body);
    if (file.methods.size() != 1) {
      throw new Refusal("method " + body.name() + " is not in its class file");
    }
    MethodNode method = file.methods.get(0);
    String self = file.name + "$" + method.name.replace("lambda$", "") + "$coroutine"
        + NUMBER.incrementAndGet();
    var access = new HostAccess(host, lookup);
    byte[] bytes = new MachineWriter(file, method, body, access, self).write();
    Class<?> type = lookup.defineClass(bytes);
    CallTable calls = CallTable.of(
        bytes,
        "resume",
        Type.getMethodDescriptor(StateMachine.class.getDeclaredMethod(
            "resume", Activation.class, Object.class, Throwable.class)),
        access);
    GENERATED.get(type).generated = new Generated(host, calls);
    return new Machine(link(type, body, access, lookup), bytes.length);
  }

  private static void requireLibrary(Class<?> host) throws Refusal {
    ClassLoader loader = host.getClassLoader();
    try {
      if (loader == null
          || Class.forName(StateMachine.class.getName(), false, loader) != StateMachine.class) {
        throw new Refusal("its class loader has another library");
      }
    } catch (ClassNotFoundException absent) {
      throw new Refusal("its class loader does not see the library");
    }
  }

  static ClassNode read(BodyMethod body) throws Refusal {
    String descriptor = Type.getMethodDescriptor(body.method());
    var file = new ClassNode(Opcodes.ASM9) {
      @Override
      public @Nullable MethodVisitor visitMethod(
          int access, String name, String type, String signature, String[] exceptions) {
        return name.equals(body.method().getName()) && type.equals(descriptor)
            ? super.visitMethod(access, name, type, signature, exceptions)
            : null;
      }
    };
    ClassFile.reader(ClassFile.of(body.host())).accept(file, ClassReader.EXPAND_FRAMES);
    return file;
  }

  /** Verifies and links all of it, so that whatever is wrong shows before a body runs. */
  private static StateMachine link(Class<?> type, BodyMethod body, HostAccess access, Lookup lookup)
      throws Throwable {
    Lookup own = Hosts.lookup(type);
    var inModule = (Lookup)
        own.findStatic(type, LOOKUP, MethodType.methodType(Lookup.class)).invoke();
    Lookup host = MethodHandles.privateLookupIn(body.host(), inModule);
    List<MethodHandle> captured = body.captured() == null ? List.of() : body.captured();
    List<MethodHandle> handles = new ArrayList<>();
    for (Link.Use use : access.links) {
      handles.add(use.find(host, captured));
    }
    Linkage.register(lookup, type, handles);
    return (StateMachine)
        own.findConstructor(type, MethodType.methodType(void.class)).invoke();
  }
}
