package dev.asyncawait.spi;

import java.lang.invoke.CallSite;
import java.lang.invoke.ConstantCallSite;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The bootstrap method by which generated code reaches what the body that it was made from could reach, and it cannot:
 * private members of the body's class, values that its lambda had captured, and what an {@code invokedynamic} of it made.
 *
 * <p>Generated code is a class of its own beside the body's, and has only a stranger's rights. Whoever compiles a body
 * looks all of that up beforehand, shows once that it has the rights of the body's class, and leaves the method handles
 * here ({@link #register}). A class that nobody has registered links nothing.
 */
public final class Linkage {

  /** Hands the method handles over to {@link #HANDLES}, which has no other way to set a value. */
  private static final ThreadLocal<MethodHandle @Nullable []> REGISTERED = new ThreadLocal<>();

  /** Kept by the generated class itself, and gone with it. */
  private static final ClassValue<MethodHandle @Nullable []> HANDLES = new ClassValue<>() {
    @Override
    protected MethodHandle @Nullable [] computeValue(Class<?> generated) {
      return REGISTERED.get();
    }
  };

  private Linkage() {}

  /**
   * Says what a generated class may link.
   *
   * @param host a lookup with private access to the class that holds the body
   * @param generated a class of the same package, before any of its code that links something runs
   * @param handles what its call sites call, by their index
   * @throws IllegalArgumentException if {@code host} has no private access, or the classes are of different packages; or
   *     if {@code generated} was registered before, or has tried to link something
   */
  public static void register(Lookup host, Class<?> generated, List<MethodHandle> handles) {
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
    MethodHandle[] own = handles.toArray(new MethodHandle[0]);
    REGISTERED.set(own);
    try {
      if (HANDLES.get(generated) != own) {
        throw new IllegalArgumentException(
            generated.getName() + " was registered before; define a new class for each body");
      }
    } finally {
      REGISTERED.remove();
    }
  }

  /**
   * Links a call site.
   *
   * @param caller the generated class
   * @param name not used
   * @param type of the use: a receiver, if there is one, and the arguments, to the result
   * @param index which of the registered method handles it calls
   * @return the call site
   */
  public static CallSite linked(Lookup caller, String name, MethodType type, int index) {
    MethodHandle[] own =
        (caller.lookupModes() & Lookup.PRIVATE) == 0 ? null : HANDLES.get(caller.lookupClass());
    if (own == null) {
      throw new BootstrapMethodError(
          caller + " is not registered; only a registered class may link");
    }
    return new ConstantCallSite(own[index].asType(type));
  }
}
