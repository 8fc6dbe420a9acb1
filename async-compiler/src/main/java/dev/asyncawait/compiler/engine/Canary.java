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
    AsyncBody<String> lambda = lambda(1, 2, 3L, 4L, "a", "b");
    List<Object> values = new ArrayList<>();
    for (MethodHandle reader : BodyMethod.readersOf(lambda.getClass())) {
      values.add(reader.invoke(lambda));
    }
    sang = lambda.getClass().isHidden() && values.equals(List.of(1, 2, 3L, 4L, "a", "b"));
    if (!sang) {
      throw new Refusal("lambdas of this JVM are not made as the compiler knows it");
    }
  }

  private static AsyncBody<String> lambda(int a, int b, long c, long d, String e, String f) {
    return () -> a + b + c + d + e + f;
  }
}
