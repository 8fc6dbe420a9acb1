package dev.asyncawait.compiler.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.ref.WeakReference;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/** The rights that the compiler has in the classes of its users. */
public final class Hosts {

  /** A class of each module that has let the compiler in; it keeps the lookup, so that it does not outlive the module. */
  private static final Map<Module, WeakReference<Class<?>>> ALLOWING =
      Collections.synchronizedMap(new WeakHashMap<>());

  private static final ClassValue<Lookup[]> LOOKUPS = new ClassValue<>() {
    @Override
    protected Lookup[] computeValue(Class<?> allowing) {
      return new Lookup[1];
    }
  };

  private Hosts() {}

  /**
   * Lets the compiler into the module of a lookup's class.
   *
   * @param lookup with all rights of its class
   */
  public static void allow(Lookup lookup) {
    if (!lookup.hasFullPrivilegeAccess()) {
      throw new IllegalArgumentException(
          lookup + " has not all rights of its class; give MethodHandles.lookup() as it is");
    }
    Class<?> allowing = lookup.lookupClass();
    LOOKUPS.get(allowing)[0] = lookup;
    ALLOWING.put(allowing.getModule(), new WeakReference<>(allowing));
  }

  private static @Nullable Lookup allowed(Module module) {
    WeakReference<Class<?>> allowing = ALLOWING.get(module);
    Class<?> type = allowing == null ? null : allowing.get();
    return type == null ? null : LOOKUPS.get(type)[0];
  }

  /** A lookup with the rights of {@code host}, as far as they can be had from another module. */
  static Lookup lookup(Class<?> host) throws Refusal {
    Module module = host.getModule();
    Hosts.class.getModule().addReads(module);
    Lookup own = allowed(module);
    try {
      return MethodHandles.privateLookupIn(host, own != null ? own : MethodHandles.lookup());
    } catch (IllegalAccessException closed) {
      throw new Refusal("package " + host.getPackageName() + " is not open; open it to "
          + "dev.asyncawait.compiler, or call CompiledBodies.allow");
    }
  }
}
