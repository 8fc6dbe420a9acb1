package dev.asyncawait.compiler.engine;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * The method that the bodies of one class run, and where its arguments come from.
 *
 * @param host the class that declares it
 * @param captured what reads the values that a lambda has captured from it; null if the body is the receiver
 */
record BodyMethod(
    BodyKind kind, Class<?> host, Method method, @Nullable List<MethodHandle> captured) {

  String name() {
    return host.getName() + '.' + method.getName();
  }

  boolean isLambda() {
    return captured != null;
  }

  // ---- lambdas

  /** The body of a lambda, or of a method reference, that was made at {@code site}. */
  static BodyMethod ofLambda(Class<?> bodyClass, BodyKind kind, CreationSite site) throws Refusal {
    Class<?> nest = bodyClass.getNestHost();
    if (nest != site.type().getNestHost()
        && nest != Definition.hostOf(site.type()).getNestHost()) {
      throw new Refusal("a lambda of another class than " + site.type().getName());
    }
    Handle handle = site.lambda().implementation();
    if (handle.getTag() == Opcodes.H_NEWINVOKESPECIAL) {
      throw new Refusal("a constructor");
    }
    Class<?> host = Hosts.load(handle.getOwner(), site.type().getClassLoader());
    Method method = Hosts.method(host, handle.getName(), handle.getDesc());
    if (method == null) {
      throw new Refusal("method " + handle.getName() + " is not declared by " + host.getName());
    }
    boolean isStatic = Modifier.isStatic(method.getModifiers());
    boolean isExact = (method.getModifiers() & (Modifier.PRIVATE | Modifier.FINAL)) != 0
        || Modifier.isFinal(host.getModifiers());
    if (!isStatic && !isExact) {
      throw new Refusal("a reference to a method that can be overridden");
    }
    List<Class<?>> wanted = new ArrayList<>();
    if (!isStatic) {
      wanted.add(host);
    }
    wanted.addAll(List.of(method.getParameterTypes()));
    requireNoCast(site.lambda(), wanted);
    return new BodyMethod(kind, host, method, readers(bodyClass, kind, wanted, isStatic));
  }

  /** A lambda whose method takes more than the lambda does casts its argument. */
  private static void requireNoCast(Lambda lambda, List<Class<?>> wanted) throws Refusal {
    Type[] parameters = lambda.instantiated().getArgumentTypes();
    if (parameters.length == 1
        && (wanted.isEmpty()
            || !parameters[0].equals(Type.getType(wanted.get(wanted.size() - 1))))) {
      throw new Refusal("an argument that is cast");
    }
  }

  /** What reads the values that a lambda has captured, which must be of the types {@code wanted}. */
  private static List<MethodHandle> readers(
      Class<?> bodyClass, BodyKind kind, List<Class<?>> wanted, boolean isStatic) throws Refusal {
    List<MethodHandle> readers = readersOf(bodyClass);
    if (readers.size() + kind.arguments() != wanted.size()) {
      throw new Refusal("captured values that do not fit the method");
    }
    if (kind.arguments() > 0 && wanted.get(wanted.size() - 1).isPrimitive()) {
      throw new Refusal("a primitive argument");
    }
    for (int i = 0; i < readers.size(); i++) {
      Class<?> type = readers.get(i).type().returnType();
      boolean isReceiver = !isStatic && i == 0;
      if (type != wanted.get(i) && !(isReceiver && wanted.get(i).isAssignableFrom(type))) {
        throw new Refusal("captured values that do not fit the method");
      }
    }
    return readers;
  }

  /** The class of a lambda keeps what that has captured in fields, numbered in the order of the parameters; see {@link Canary}. */
  static List<MethodHandle> readersOf(Class<?> bodyClass) throws Refusal {
    Lookup lookup = Hosts.lookup(bodyClass);
    var fields = new TreeMap<Integer, Field>();
    for (Field field : bodyClass.getDeclaredFields()) {
      if (!Modifier.isStatic(field.getModifiers()) && fields.put(number(field), field) != null) {
        throw new Refusal("captured values that cannot be told apart");
      }
    }
    List<MethodHandle> readers = new ArrayList<>();
    for (Field field : fields.values()) {
      try {
        readers.add(lookup.unreflectGetter(field));
      } catch (IllegalAccessException impossible) {
        throw new Refusal("captured values that cannot be read");
      }
    }
    return readers;
  }

  private static int number(Field field) {
    try {
      return Integer.parseInt(field.getName().substring(field.getName().indexOf('$') + 1));
    } catch (NumberFormatException unknown) {
      return Integer.MAX_VALUE;
    }
  }

  // ---- objects

  /** The body of an object of an ordinary class: the method that the virtual machine would call. */
  static BodyMethod ofObject(Class<?> bodyClass, BodyKind kind) throws Refusal {
    if (Proxy.isProxyClass(bodyClass)) {
      throw new Refusal("a proxy");
    }
    Method method = resolved(bodyClass, kind.method, kind.descriptor);
    while (method.isBridge()) {
      method = resolved(bodyClass, kind.method, bridged(method));
    }
    Class<?>[] parameters = method.getParameterTypes();
    if (parameters.length != kind.arguments()
        || (parameters.length > 0 && parameters[0].isPrimitive())) {
      throw new Refusal("an unusual bridge method");
    }
    return new BodyMethod(kind, method.getDeclaringClass(), method, null);
  }

  private static Method resolved(Class<?> bodyClass, String name, String descriptor)
      throws Refusal {
    for (Class<?> type = bodyClass; type != null; type = type.getSuperclass()) {
      Method method = Hosts.method(type, name, descriptor);
      if (method != null) {
        if ((method.getModifiers() & (Modifier.ABSTRACT | Modifier.STATIC | Modifier.PRIVATE))
            != 0) {
          break;
        }
        return method;
      }
    }
    throw new Refusal("no method " + name + " of a class");
  }

  /** The descriptor of the one method that a bridge calls, on itself and by the same name. */
  private static String bridged(Method bridge) throws Refusal {
    String descriptor = Type.getMethodDescriptor(bridge);
    List<String> called = new ArrayList<>();
    ClassFile.reader(ClassFile.of(bridge.getDeclaringClass()))
        .accept(
            new ClassVisitor(Opcodes.ASM9) {
              @Override
              public @Nullable MethodVisitor visitMethod(
                  int access, String name, String type, String signature, String[] exceptions) {
                if (!name.equals(bridge.getName()) || !type.equals(descriptor)) {
                  return null;
                }
                return new MethodVisitor(Opcodes.ASM9) {
                  @Override
                  public void visitMethodInsn(
                      int opcode, String owner, String target, String targetType, boolean itf) {
                    boolean sameName = opcode == Opcodes.INVOKEVIRTUAL && target.equals(name);
                    called.add(sameName && !targetType.equals(type) ? targetType : "");
                  }
                };
              }
            },
            ClassReader.SKIP_DEBUG);
    if (called.size() != 1 || called.get(0).isEmpty()) {
      throw new Refusal("an unusual bridge method");
    }
    return called.get(0);
  }
}
