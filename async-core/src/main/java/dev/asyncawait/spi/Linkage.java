package dev.asyncawait.spi;

import java.lang.invoke.CallSite;
import java.lang.invoke.ConstantCallSite;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleInfo;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bootstrap methods by which generated code reaches what the body that it was made from could reach: private members of
 * the body's host class, values that its lambda had captured, and what an {@code invokedynamic} of it made.
 *
 * <p>Generated code is a class of its own beside the host, and has only a stranger's rights. Whoever compiles a body shows
 * once that it has the rights of the host ({@link #register}). From then on what the generated class links is looked up as
 * the host would. A class that nobody has registered links nothing.
 */
public final class Linkage {

  private static final class Rights {
    final Class<?> host;
    final List<MethodHandle> captured;

    Rights(Class<?> host, List<MethodHandle> captured) {
      this.host = host;
      this.captured = captured;
    }
  }

  /** Hands rights over to {@link #RIGHTS}, which has no other way to set a value. */
  private static final ThreadLocal<@Nullable Rights> REGISTERED = new ThreadLocal<>();

  /** Kept by the generated class itself, and gone with it. */
  private static final ClassValue<@Nullable Rights> RIGHTS = new ClassValue<>() {
    @Override
    protected @Nullable Rights computeValue(Class<?> generated) {
      return REGISTERED.get();
    }
  };

  private Linkage() {}

  /**
   * Gives a generated class the rights of the class that holds the body.
   *
   * @param host a lookup with private access to the class that holds the body
   * @param generated a class of the same package, before any of its code runs
   * @param captured what reads the captured values of a body, each from the body
   * @throws IllegalArgumentException if {@code host} has no private access, or the classes are of different packages; or
   *     if {@code generated} was registered before, or has tried to link something
   */
  public static void register(Lookup host, Class<?> generated, List<MethodHandle> captured) {
    Class<?> owner = host.lookupClass();
    // hasPrivateAccess() asks for the module as well, which a lookup that came from another module
    // has not got
    if ((host.lookupModes() & Lookup.PRIVATE) == 0) {
      throw new IllegalArgumentException(
          host + " has no private access to " + owner.getName() + "; get one with privateLookupIn");
    }
    if (owner.getClassLoader() != generated.getClassLoader()
        || !owner.getPackageName().equals(generated.getPackageName())) {
      throw new IllegalArgumentException(generated.getName() + " is not of the package of "
          + owner.getName() + "; define it there");
    }
    var rights = new Rights(owner, List.copyOf(captured));
    REGISTERED.set(rights);
    try {
      if (RIGHTS.get(generated) != rights) {
        throw new IllegalArgumentException(
            generated.getName() + " was registered before; define a new class for each body");
      }
    } finally {
      REGISTERED.remove();
    }
  }

  private static Rights rightsOf(Lookup generated) {
    Rights rights = (generated.lookupModes() & Lookup.PRIVATE) == 0
        ? null
        : RIGHTS.get(generated.lookupClass());
    if (rights == null) {
      throw new BootstrapMethodError(
          generated + " has no rights of a host; only code of a registered class may link");
    }
    return rights;
  }

  /** The generated class is of the host's module, so that its lookup leads to one with all of the host's rights. */
  private static Lookup host(Lookup generated) throws IllegalAccessException {
    return MethodHandles.privateLookupIn(rightsOf(generated).host, generated);
  }

  /**
   * Links the reading of a captured value.
   *
   * @param caller the generated class
   * @param name not used
   * @param type from the body to the value
   * @param index which value, in the order of {@link #register}
   * @return the call site
   */
  public static CallSite captured(Lookup caller, String name, MethodType type, int index) {
    MethodHandle reader = rightsOf(caller).captured.get(index);
    return new ConstantCallSite(MethodHandles.explicitCastArguments(reader, type));
  }

  /**
   * Links the use of a field, method or constructor.
   *
   * @param caller the generated class
   * @param name not used
   * @param type of the use: a receiver, if there is one, and the arguments, to the result
   * @param kind a reference kind of {@link MethodHandleInfo}
   * @param owner the class that is searched
   * @param member the member's name; not used for a constructor
   * @return the call site
   * @throws ReflectiveOperationException if there is no such member, or the host may not use it
   */
  public static CallSite member(
      Lookup caller, String name, MethodType type, int kind, Class<?> owner, String member)
      throws ReflectiveOperationException {
    return new ConstantCallSite(handle(host(caller), kind, owner, member, type).asType(type));
  }

  /** The handle of a use whose receiver, if there is one, is the first parameter of {@code use}. */
  private static MethodHandle handle(
      Lookup host, int kind, Class<?> owner, String member, MethodType use)
      throws ReflectiveOperationException {
    return switch (kind) {
      case MethodHandleInfo.REF_getField -> host.findGetter(owner, member, use.returnType());
      case MethodHandleInfo.REF_putField -> host.findSetter(owner, member, use.parameterType(1));
      case MethodHandleInfo.REF_getStatic -> host.findStaticGetter(owner, member, use.returnType());
      case MethodHandleInfo.REF_putStatic ->
        host.findStaticSetter(owner, member, use.parameterType(0));
      default -> method(host, kind, owner, member, withoutReceiver(kind, use));
    };
  }

  private static MethodType withoutReceiver(int kind, MethodType use) {
    return switch (kind) {
      case MethodHandleInfo.REF_invokeStatic, MethodHandleInfo.REF_newInvokeSpecial -> use;
      default -> use.dropParameterTypes(0, 1);
    };
  }

  private static MethodHandle method(
      Lookup host, int kind, Class<?> owner, String member, MethodType type)
      throws ReflectiveOperationException {
    return switch (kind) {
      case MethodHandleInfo.REF_invokeVirtual, MethodHandleInfo.REF_invokeInterface ->
        host.findVirtual(owner, member, type);
      case MethodHandleInfo.REF_invokeStatic -> host.findStatic(owner, member, type);
      case MethodHandleInfo.REF_invokeSpecial ->
        host.findSpecial(owner, member, type, host.lookupClass());
      case MethodHandleInfo.REF_newInvokeSpecial ->
        host.findConstructor(owner, type.changeReturnType(void.class));
      default -> throw new BootstrapMethodError("there is no reference kind " + kind);
    };
  }

  /**
   * Links an {@code invokedynamic} of the body as if the host had it.
   *
   * <p>The first constant is the bootstrap method, the others are its arguments. A constant that is a method handle may be
   * one that the generated class cannot name, so each handle is given as four: its reference kind, its owner, its name, and
   * its type, which for a field is that of a getter without a receiver.
   *
   * @param caller the generated class
   * @param name the name of the call
   * @param type the type of the call
   * @param layout a character for each constant: {@code h} for a handle, {@code c} for any other
   * @param constants the constants
   * @return the call site that the bootstrap method makes
   * @throws Throwable what that throws, or why it cannot be called
   */
  public static Object dynamic(
      Lookup caller, String name, MethodType type, String layout, Object... constants)
      throws Throwable {
    Lookup host = host(caller);
    var arguments = new ArrayList<@Nullable Object>(List.of(host, name, type));
    MethodHandle bootstrap = null;
    int at = 0;
    for (int i = 0; i < layout.length(); i++) {
      Object constant;
      if (layout.charAt(i) == 'h') {
        constant = constantHandle(
            host,
            (Integer) constants[at],
            (Class<?>) constants[at + 1],
            (String) constants[at + 2],
            (MethodType) constants[at + 3]);
        at += 4;
      } else {
        constant = constants[at++];
      }
      if (bootstrap == null) {
        bootstrap = (MethodHandle) constant;
      } else {
        arguments.add(constant);
      }
    }
    if (bootstrap == null) {
      throw new BootstrapMethodError(
          name + " has no bootstrap method; give it as the first constant");
    }
    return bootstrap.invokeWithArguments(arguments);
  }

  private static MethodHandle constantHandle(
      Lookup host, int kind, Class<?> owner, String member, MethodType type)
      throws ReflectiveOperationException {
    return switch (kind) {
      case MethodHandleInfo.REF_getField, MethodHandleInfo.REF_getStatic ->
        handle(host, kind, owner, member, type);
      case MethodHandleInfo.REF_invokeSpecial ->
        owner.isAssignableFrom(host.lookupClass())
            ? host.findSpecial(owner, member, type, host.lookupClass())
            : host.findVirtual(owner, member, type); // a private method of a nestmate
      default -> method(host, kind, owner, member, type);
    };
  }
}
