package dev.asyncawait.compiler;

import dev.asyncawait.compiler.engine.Hosts;
import dev.asyncawait.compiler.engine.Journal;
import java.lang.invoke.MethodHandles.Lookup;

/**
 * What the compiler of bodies has done in this JVM, and what it may do.
 *
 * <pre>{@code
 * for (CompilerReport.Body body : CompiledBodies.report().refused()) {
 *   System.out.println(body);
 * }
 * }</pre>
 *
 * <p>Nobody needs this class: with the compiler's jar on the class path or module path, bodies are compiled. The property
 * {@code dev.asyncawait.compiler=off} turns that off for a process, {@link
 * dev.asyncawait.Runner.Builder#compiledBodies} for a loop, and {@link dev.asyncawait.Async#onThread} for a body.
 *
 * <p><b>Threads.</b> All methods may be called from any thread.
 */
public final class CompiledBodies {

  private CompiledBodies() {}

  /**
   * Returns what has been compiled and what has been refused up to now.
   *
   * @return a snapshot
   */
  public static CompilerReport report() {
    return Journal.report();
  }

  /**
   * Lets the compiler work on the bodies in a module whose packages are not open to it.
   *
   * <p>A module of the user's may instead open its packages to {@code dev.asyncawait.compiler}. Code on the class path needs
   * neither.
   *
   * <pre>{@code
   * CompiledBodies.allow(MethodHandles.lookup());
   * }</pre>
   *
   * @param lookup what {@link java.lang.invoke.MethodHandles#lookup()} gives in any class of the module
   * @throws IllegalArgumentException if the lookup has not all rights of its class
   */
  public static void allow(Lookup lookup) {
    Hosts.allow(lookup);
  }
}
