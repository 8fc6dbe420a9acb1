package dev.asyncawait.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns the bodies that users give to the library into state machines; found with {@link java.util.ServiceLoader}.
 *
 * <p>A body is compiled before it first runs or never, so that it always has the same kind of thread. The library asks
 * {@link #find} whenever it is given a body, and calls {@link #created} while nothing is decided of its class. The system
 * property {@code dev.asyncawait.compiler=off} turns compilers off, and {@link dev.asyncawait.Runner.Builder#compiledBodies}
 * does for the bodies that are made on one loop.
 *
 * <p><b>Threads.</b> All methods may be called by several threads at once.
 */
public interface BodyCompiler {

  /**
   * Returns what this generates code for.
   *
   * @return a {@link StateMachine#VERSION}; a compiler for another one is not used
   */
  int version();

  /**
   * What becomes of the bodies of a class, for good.
   *
   * @param prototype an instance on which only {@link StateMachine#begin} is called, or null if such bodies run on a thread
   */
  record Decision(@Nullable StateMachine prototype) {}

  /**
   * Returns what was decided of a class of bodies. Called for each body, so it must take a few nanoseconds.
   *
   * @param bodyClass the class of a lambda, or of an object that was given as a body
   * @return what becomes of such bodies, or null if nothing is decided, and {@link #created} may still learn something
   */
  @Nullable
  Decision find(Class<?> bodyClass);

  /**
   * Learns of a class of bodies, and may decide what becomes of them. Must not throw. Objects that are bodies in
   * two ways must be left to threads, since nothing tells how such a one was meant.
   *
   * @param bodyClass the class of a body that was given to the library
   * @param callers the library's public method that was given the body as its last argument, the frame that has called it,
   *     and a few below; hidden ones among them
   */
  void created(Class<?> bodyClass, List<StackWalker.StackFrame> callers);
}
