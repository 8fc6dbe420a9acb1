package dev.asyncawait.compiler.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Type;

/** The classes of the compiler's users: how it gets at them, and with what rights. */
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

  /** Loads a class, and does not initialise it. */
  static Class<?> load(String internalName, @Nullable ClassLoader loader) throws Refusal {
    String name = internalName.replace('/', '.');
    try {
      return Class.forName(name, false, loader);
    } catch (ClassNotFoundException | LinkageError absent) {
      throw new Refusal("class " + name + " cannot be loaded");
    }
  }

  /** The method that a class declares itself; null if it does not. */
  static @Nullable Method method(Class<?> type, String name, String descriptor) throws Refusal {
    try {
      for (Method method : type.getDeclaredMethods()) {
        if (method.getName().equals(name) && Type.getMethodDescriptor(method).equals(descriptor)) {
          return method;
        }
      }
      return null;
    } catch (LinkageError incomplete) {
      throw new Refusal("the methods of " + type.getName() + " cannot be told: " + incomplete);
    }
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
