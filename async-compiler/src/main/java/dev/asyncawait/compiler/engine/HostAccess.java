package dev.asyncawait.compiler.engine;

import java.lang.invoke.MethodHandles.Lookup;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ConstantDynamic;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.InvokeDynamicInsnNode;
import org.objectweb.asm.tree.LdcInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * What the class of a body may use and generated code may not: private members, those that are protected in another package,
 * and {@code super}. Each use of one becomes a {@link Link}.
 */
final class HostAccess implements CallTable.Sites {

  private static final Handle LINKED = new Handle(
      Opcodes.H_INVOKESTATIC,
      "dev/asyncawait/spi/Linkage",
      "linked",
      "(Ljava/lang/invoke/MethodHandles$Lookup;Ljava/lang/String;Ljava/lang/invoke/MethodType;I)"
          + "Ljava/lang/invoke/CallSite;",
      false);

  private final Class<?> host;
  private final String hostName;
  private final Lookup lookup;

  /** By their index. */
  final List<Link.Use> links = new ArrayList<>();

  HostAccess(Class<?> host, Lookup lookup) {
    this.host = host;
    this.hostName = Type.getInternalName(host);
    this.lookup = lookup;
  }

  InvokeDynamicInsnNode linked(String name, String descriptor, Link link) {
    links.add(new Link.Use(descriptor, link));
    return new InvokeDynamicInsnNode(name, descriptor, LINKED, links.size() - 1);
  }

  @Override
  public @Nullable Lambda made(
      String name, String descriptor, Handle bootstrap, Object[] arguments) {
    if (!bootstrap.equals(LINKED)) {
      return Lambda.of(name, descriptor, bootstrap, arguments);
    }
    return links.get((Integer) arguments[0]).link() instanceof Link.Dynamic site
        ? Lambda.of(
            site.name(), site.descriptor(), site.bootstrap(), site.arguments().toArray())
        : null;
  }

  void rewrite(MethodNode method) throws Refusal {
    for (AbstractInsnNode node : method.instructions.toArray()) {
      AbstractInsnNode replacement = replacement(node);
      if (replacement != null) {
        method.instructions.set(node, replacement);
      }
    }
  }

  private @Nullable AbstractInsnNode replacement(AbstractInsnNode node) throws Refusal {
    if (node instanceof MethodInsnNode call && !call.name.equals("<init>")) {
      return replacement(call);
    }
    if (node instanceof FieldInsnNode use && isBeyond(use.owner, use.name, use.desc)) {
      return replacement(use);
    }
    if (node instanceof InvokeDynamicInsnNode site) {
      return replacement(site);
    }
    if (node instanceof LdcInsnNode constant) {
      requireUsable(constant.cst);
    }
    return null;
  }

  private @Nullable AbstractInsnNode replacement(MethodInsnNode call) throws Refusal {
    boolean isSpecial = call.getOpcode() == Opcodes.INVOKESPECIAL;
    if (!isSpecial && !isBeyond(call.owner, call.name, call.desc)) {
      return null;
    }
    int tag = switch (call.getOpcode()) {
      case Opcodes.INVOKESTATIC -> Opcodes.H_INVOKESTATIC;
      case Opcodes.INVOKESPECIAL -> Opcodes.H_INVOKESPECIAL;
      case Opcodes.INVOKEINTERFACE -> Opcodes.H_INVOKEINTERFACE;
      default -> Opcodes.H_INVOKEVIRTUAL;
    };
    String receiver = isSpecial ? hostName : call.owner;
    String type =
        tag == Opcodes.H_INVOKESTATIC ? call.desc : "(L" + receiver + ";" + call.desc.substring(1);
    return member(call.name, type, new Handle(tag, call.owner, call.name, call.desc, call.itf));
  }

  private AbstractInsnNode replacement(FieldInsnNode use) {
    String owner = "L" + use.owner + ";";
    return switch (use.getOpcode()) {
      case Opcodes.GETFIELD -> member(use, Opcodes.H_GETFIELD, "(" + owner + ")" + use.desc);
      case Opcodes.PUTFIELD -> member(use, Opcodes.H_PUTFIELD, "(" + owner + use.desc + ")V");
      case Opcodes.GETSTATIC -> member(use, Opcodes.H_GETSTATIC, "()" + use.desc);
      default -> member(use, Opcodes.H_PUTSTATIC, "(" + use.desc + ")V");
    };
  }

  private AbstractInsnNode member(FieldInsnNode use, int tag, String type) {
    return member(use.name, type, new Handle(tag, use.owner, use.name, use.desc, false));
  }

  private AbstractInsnNode member(String name, String type, Handle handle) {
    return linked(name, type, new Link.Member(handle));
  }

  /** The call of a constructor, by one that makes the object as well. */
  AbstractInsnNode construction(MethodInsnNode constructor) {
    String type = constructor.desc.substring(0, constructor.desc.length() - 1) + "L"
        + constructor.owner + ";";
    Handle handle = new Handle(
        Opcodes.H_NEWINVOKESPECIAL, constructor.owner, "<init>", constructor.desc, false);
    return linked("make", type, new Link.Member(handle));
  }

  private @Nullable AbstractInsnNode replacement(InvokeDynamicInsnNode site) throws Refusal {
    // what is serialised names the class that has made it
    boolean isBeyond = isBeyond(site.bsm) || site.bsm.getName().equals("altMetafactory");
    for (Object argument : site.bsmArgs) {
      isBeyond |= argument instanceof Handle handle && isBeyond(handle);
      if (argument instanceof ConstantDynamic) {
        requireUsable(argument);
      }
    }
    if (!isBeyond) {
      return null;
    }
    for (Object argument : site.bsmArgs) {
      if (argument instanceof ConstantDynamic) {
        throw new Refusal("a dynamic constant");
      }
    }
    return linked(
        site.name,
        site.desc,
        new Link.Dynamic(site.name, site.desc, site.bsm, Arrays.asList(site.bsmArgs)));
  }

  private void requireUsable(Object constant) throws Refusal {
    if (constant instanceof Handle handle && isBeyond(handle)) {
      throw new Refusal("a constant that only its class may use");
    }
    if (constant instanceof ConstantDynamic dynamic) {
      requireUsable(dynamic.getBootstrapMethod());
      for (int i = 0; i < dynamic.getBootstrapMethodArgumentCount(); i++) {
        requireUsable(dynamic.getBootstrapMethodArgument(i));
      }
    }
  }

  private boolean isBeyond(Handle handle) throws Refusal {
    return handle.getTag() == Opcodes.H_INVOKESPECIAL
        || isBeyond(handle.getOwner(), handle.getName(), handle.getDesc());
  }

  /** Whether only the body's class may use a member. */
  boolean isBeyond(String owner, String name, String descriptor) throws Refusal {
    if (owner.charAt(0) == '[' || !(isOfHostsPackage(owner) || isOfHostsFamily(owner))) {
      return false; // a public one, or the host could not use it either
    }
    for (Class<?> type = Hosts.load(owner, host.getClassLoader());
        type != null;
        type = type.getSuperclass()) {
      Member member = declared(type, name, descriptor);
      if (member != null) {
        return Modifier.isPrivate(member.getModifiers())
            || (Modifier.isProtected(member.getModifiers())
                && !type.getPackageName().equals(host.getPackageName()));
      }
    }
    return false;
  }

  private boolean isOfHostsPackage(String owner) {
    return packageOf(owner).equals(packageOf(hostName));
  }

  private static String packageOf(String internalName) {
    return internalName.substring(0, internalName.lastIndexOf('/') + 1);
  }

  /** Whether a class may have protected members of another package that the host has inherited, too. */
  private boolean isOfHostsFamily(String owner) throws Refusal {
    for (Class<?> type = host.getSuperclass();
        type != null && type != Object.class;
        type = type.getSuperclass()) {
      boolean isForeign = !type.getPackageName().equals(host.getPackageName());
      if (isForeign && type.isAssignableFrom(Hosts.load(owner, host.getClassLoader()))) {
        return true;
      }
    }
    return owner.equals(Spill.OBJECT);
  }

  private static @Nullable Member declared(Class<?> type, String name, String descriptor)
      throws Refusal {
    try {
      if (descriptor.charAt(0) != '(') {
        for (Field field : type.getDeclaredFields()) {
          if (field.getName().equals(name)
              && Type.getDescriptor(field.getType()).equals(descriptor)) {
            return field;
          }
        }
      } else if (name.equals("<init>")) {
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
          if (Type.getConstructorDescriptor(constructor).equals(descriptor)) {
            return constructor;
          }
        }
      } else {
        return Hosts.method(type, name, descriptor);
      }
      return null;
    } catch (LinkageError incomplete) {
      throw new Refusal("the members of " + type.getName() + " cannot be told: " + incomplete);
    }
  }

  /** Generated code casts what it has kept to its type, and may have to name a type that the source only implies. */
  void requireNameable(String type) throws Refusal {
    Type element = Type.getObjectType(type);
    if (element.getSort() == Type.ARRAY) {
      element = element.getElementType();
    }
    if (element.getSort() != Type.OBJECT) {
      return;
    }
    try {
      Class<?> unused =
          lookup.accessClass(Hosts.load(element.getInternalName(), host.getClassLoader()));
    } catch (IllegalAccessException beyond) {
      throw new Refusal(
          "a variable of type " + element.getClassName() + ", which is not accessible");
    }
  }
}
