package dev.asyncawait.compiler.engine;

import java.lang.management.ManagementFactory;

/** Whether code may run in this JVM that changes classes as they are loaded. */
final class Agents {

  private static final class Answer {
    static final boolean MAY_BE_THERE = ask();
  }

  private Agents() {}

  /** What is asked for takes tens of milliseconds, so it is asked where it matters. */
  static boolean mayBeThere() {
    return Answer.MAY_BE_THERE;
  }

  private static boolean ask() {
    try {
      return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
          .anyMatch(argument -> argument.startsWith("-javaagent")
              || argument.startsWith("-agentpath")
              || (argument.startsWith("-agentlib") && !argument.startsWith("-agentlib:jdwp")));
    } catch (LinkageError absent) {
      return true; // nobody can tell
    }
  }
}
