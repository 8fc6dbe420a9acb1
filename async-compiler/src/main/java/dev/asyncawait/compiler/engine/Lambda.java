package dev.asyncawait.compiler.engine;

import java.lang.invoke.LambdaMetafactory;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Type;

/**
 * What an {@code invokedynamic} says of the body that it makes.
 *
 * @param implementation the method that is the body
 * @param instantiated the type of the body's method, with what its type parameters stand for
 */
record Lambda(Handle implementation, Type instantiated) {

  private static final String FACTORY = Type.getInternalName(LambdaMetafactory.class);

  /** Those that compilers write. */
  static final CallTable.Sites SITES = new CallTable.Sites() {
    @Override
    public @Nullable Lambda made(
        String name, String descriptor, Handle bootstrap, Object[] arguments) {
      return of(name, descriptor, bootstrap, arguments);
    }
  };

  /**
   * Reads a call site; null unless it makes a body of the library's own interface, and no other. A user's interface that
   * extends that may have a default method in the place of the body's.
   */
  static @Nullable Lambda of(String name, String descriptor, Handle bootstrap, Object[] arguments) {
    BodyKind kind = BodyKind.ofInterface(Type.getReturnType(descriptor).getInternalName());
    if (kind == null
        || !name.equals(kind.method)
        || !isPlain(bootstrap, arguments)
        || !(arguments[0] instanceof Type method)
        || !method.getDescriptor().equals(kind.descriptor)
        || !(arguments[1] instanceof Handle implementation)
        || !(arguments[2] instanceof Type instantiated)) {
      return null;
    }
    return new Lambda(implementation, instantiated);
  }

  /** Bridges, as Scala asks for them, lead to the same method; a lambda that can be serialised, or is of more types, is out. */
  private static boolean isPlain(Handle bootstrap, Object[] arguments) {
    return bootstrap.getOwner().equals(FACTORY)
        && switch (bootstrap.getName()) {
          case "metafactory" -> true;
          case "altMetafactory" -> arguments[3].equals(LambdaMetafactory.FLAG_BRIDGES);
          default -> false;
        };
  }
}
