package dev.asyncawait.compiler.engine;

import java.lang.invoke.CallSite;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/** What generated code reaches with the rights of the body's class, by a method handle that is looked up as that class. */
sealed interface Link {

  /** Looks it up. Whatever is wrong with it shows now, and not when the body runs. */
  MethodHandle find(Lookup host, List<MethodHandle> captured) throws Throwable;

  /** A use of one in generated code. */
  record Use(String descriptor, Link link) {
    MethodHandle find(Lookup host, List<MethodHandle> captured) throws Throwable {
      return link.find(host, captured).asType(methodType(host, descriptor));
    }
  }

  /** A value that the lambda has captured; one that is smaller than an int is kept as one. */
  record Captured(int index) implements Link {
    @Override
    public MethodHandle find(Lookup host, List<MethodHandle> captured) {
      MethodHandle reader = captured.get(index);
      Class<?> type = reader.type().returnType();
      boolean isSmall =
          type == boolean.class || type == byte.class || type == short.class || type == char.class;
      return isSmall
          ? MethodHandles.explicitCastArguments(reader, reader.type().changeReturnType(int.class))
          : reader;
    }
  }

  /** A field, method or constructor. */
  record Member(Handle handle) implements Link {
    @Override
    public MethodHandle find(Lookup host, List<MethodHandle> captured) throws Throwable {
      return Link.find(host, handle);
    }
  }

  /** What an {@code invokedynamic} makes. */
  record Dynamic(String name, String descriptor, Handle bootstrap, List<Object> arguments)
      implements Link {
    @Override
    public MethodHandle find(Lookup host, List<MethodHandle> captured) throws Throwable {
      List<Object> all = new ArrayList<>(List.of(host, name, methodType(host, descriptor)));
      for (Object argument : arguments) {
        all.add(constant(host, argument));
      }
      return ((CallSite) Link.find(host, bootstrap).invokeWithArguments(all)).dynamicInvoker();
    }
  }

  private static Object constant(Lookup host, Object constant) throws Throwable {
    if (constant instanceof Handle handle) {
      return find(host, handle);
    }
    if (constant instanceof Type type) {
      return type.getSort() == Type.METHOD
          ? methodType(host, type.getDescriptor())
          : methodType(host, "()" + type.getDescriptor()).returnType();
    }
    return constant;
  }

  private static MethodType methodType(Lookup host, String descriptor) {
    return MethodType.fromMethodDescriptorString(descriptor, host.lookupClass().getClassLoader());
  }

  private static MethodHandle find(Lookup host, Handle handle) throws Throwable {
    Class<?> owner = methodType(host, "()L" + handle.getOwner() + ";").returnType();
    String name = handle.getName();
    if (isField(handle)) {
      Class<?> type = methodType(host, "()" + handle.getDesc()).returnType();
      return switch (handle.getTag()) {
        case Opcodes.H_GETFIELD -> host.findGetter(owner, name, type);
        case Opcodes.H_PUTFIELD -> host.findSetter(owner, name, type);
        case Opcodes.H_GETSTATIC -> host.findStaticGetter(owner, name, type);
        default -> host.findStaticSetter(owner, name, type);
      };
    }
    MethodType type = methodType(host, handle.getDesc());
    return switch (handle.getTag()) {
      case Opcodes.H_INVOKESTATIC -> host.findStatic(owner, name, type);
      case Opcodes.H_NEWINVOKESPECIAL -> host.findConstructor(owner, type);
      case Opcodes.H_INVOKESPECIAL ->
        owner.isAssignableFrom(host.lookupClass())
            ? host.findSpecial(owner, name, type, host.lookupClass())
            : host.findVirtual(owner, name, type); // a private method of a nestmate
      default -> host.findVirtual(owner, name, type);
    };
  }

  static boolean isField(Handle handle) {
    return handle.getTag() <= Opcodes.H_PUTSTATIC;
  }
}
