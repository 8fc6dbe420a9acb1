package dev.asyncawait.compiler.engine;

import dev.asyncawait.AsyncBody;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks once whether this JVM lays out the class of a lambda as all have up to now. That is not specified: if one should put
 * two captured values of the same type in another order, only a lambda whose values are known can tell.
 */
final class Canary {

  private static volatile boolean sang;

  private Canary() {}

  /** What is thrown otherwise, such as a StackOverflowError, says nothing of the next time. */
  static void require() throws Throwable {
    if (sang) {
      return;
    }
    AsyncBody<String> lambda = lambda("a", 1, "b", 2);
    List<Class<?>> types = new ArrayList<>();
    List<String> values = new ArrayList<>();
    for (MethodHandle reader : BodyMethod.readersOf(lambda.getClass())) {
      Class<?> type = reader.type().returnType();
      types.add(type);
      if (type == String.class) { // to read numbers takes as long again
        values.add((String) reader.invoke(lambda));
      }
    }
    sang = lambda.getClass().isHidden()
        && types.equals(List.of(String.class, int.class, String.class, int.class))
        && values.equals(List.of("a", "b"));
    if (!sang) {
      throw new Refusal("lambdas of this JVM are not made as the compiler knows it");
    }
  }

  private static AsyncBody<String> lambda(String a, int b, String c, int d) {
    return () -> a + b + c + d;
  }
}
