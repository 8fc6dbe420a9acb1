package dev.asyncawait.compiler.engine;

import dev.asyncawait.AsyncAction;
import dev.asyncawait.AsyncBody;
import dev.asyncawait.AsyncConsumer;
import dev.asyncawait.AsyncFunction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Type;

/** The kinds of bodies that the library takes. */
enum BodyKind {
  BODY(AsyncBody.class, "call", "()Ljava/lang/Object;"),
  ACTION(AsyncAction.class, "run", "()V"),
  CONSUMER(AsyncConsumer.class, "accept", "(Ljava/lang/Object;)V"),
  FUNCTION(AsyncFunction.class, "apply", "(Ljava/lang/Object;)Ljava/lang/Object;");

  private final Class<?> type;

  /** The method that the library calls. */
  final String method;

  final String descriptor;

  BodyKind(Class<?> type, String method, String descriptor) {
    this.type = type;
    this.method = method;
    this.descriptor = descriptor;
  }

  int arguments() {
    return Type.getArgumentTypes(descriptor).length;
  }

  boolean givesValue() {
    return !Type.getReturnType(descriptor).equals(Type.VOID_TYPE);
  }

  /** The kind whose interface has this internal name; null if there is none. */
  static @Nullable BodyKind ofInterface(String internalName) {
    for (BodyKind kind : values()) {
      if (Type.getInternalName(kind.type).equals(internalName)) {
        return kind;
      }
    }
    return null;
  }

  /** A class that is of several kinds would have to be told how it is meant. */
  static BodyKind of(Class<?> bodyClass) throws Refusal {
    List<BodyKind> kinds = new ArrayList<>();
    for (BodyKind kind : values()) {
      if (kind.type.isAssignableFrom(bodyClass)) {
        kinds.add(kind);
      }
    }
    if (kinds.size() != 1) {
      throw new Refusal("an object that is a body in " + kinds.size() + " ways");
    }
    return kinds.get(0);
  }
}
