package dev.asyncawait.compiler.engine;

import dev.asyncawait.compiler.engine.CallTable.Call;
import dev.asyncawait.compiler.engine.CallTable.Made;
import dev.asyncawait.compiler.engine.CallTable.PassedOn;
import java.lang.StackWalker.StackFrame;
import java.util.List;

/**
 * The place in the user's code that has made a lambda and given it to the library, and so the method that the lambda runs:
 * known before it has run once.
 *
 * <p>To run another body than the one that was given would be the worst that the compiler could do. So it looks only where
 * the very instruction is that has called the library, and takes only what cannot be otherwise ({@link CallTable}). Where
 * that instruction is in a method that passes on its own last parameter, it looks at the call of that method. A body that was
 * in a field, in a collection or in a lambda's captured variable is not known.
 *
 * @param type the class that has made the lambda
 * @param lambda what it has made
 */
record CreationSite(Class<?> type, Lambda lambda) {

  /**
   * Finds the place.
   *
   * @param frames the method of the library that was given the body last, and its callers
   */
  static CreationSite find(List<StackFrame> frames) throws Refusal {
    for (int i = 1; i < frames.size(); i++) {
      StackFrame caller = frames.get(i);
      Call call = call(caller, frames.get(i - 1));
      if (call.last() instanceof Made made) {
        return new CreationSite(caller.getDeclaringClass(), made.lambda());
      }
      if (call.last() != PassedOn.LAST_PARAMETER) {
        throw new Refusal("it is not certain which body was given to " + call.name() + "() in "
            + place(caller) + "; give the lambda itself");
      }
    }
    throw new Refusal("the body was passed on too often");
  }

  private static Call call(StackFrame caller, StackFrame callee) throws Refusal {
    CallTable table = table(caller);
    Call call = table.at(caller.getByteCodeIndex());
    if (call == null
        || !call.calls(callee.getMethodName(), callee.getDescriptor())
        || call.line() != caller.getLineNumber()) {
      throw new Refusal(
          "the class file of " + caller.getClassName() + " does not fit " + place(caller));
    }
    if (table.hasTwinOf(call)) {
      // whatever moves code, such as an agent, may have moved the one to where the other was
      throw new Refusal("another body is given to " + call.name() + "() on the same line, "
          + place(caller) + "; put it on a line of its own");
    }
    return call;
  }

  private static CallTable table(StackFrame frame) throws Refusal {
    Class<?> type = frame.getDeclaringClass();
    Definition.Generated generated = Definition.generated(type);
    if (generated != null) {
      return generated.calls();
    }
    if (type.isHidden()) {
      throw new Refusal("it was given by a hidden class");
    }
    return CallTable.of(
        ClassFile.of(type), frame.getMethodName(), frame.getDescriptor(), Lambda.SITES);
  }

  private static String place(StackFrame frame) {
    return frame.toStackTraceElement().toString();
  }
}
