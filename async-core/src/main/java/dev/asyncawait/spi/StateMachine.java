package dev.asyncawait.spi;

import org.jspecify.annotations.Nullable;

/**
 * The base class of generated code: a body that can be left where it awaits and entered there again.
 *
 * <p>An instance that came from {@link BodyCompiler#find} is a prototype; {@link #begin} makes another for each run.
 */
public abstract class StateMachine {

  /** Changes whenever generated code and this package no longer fit each other. */
  public static final int VERSION = 1;

  /** Where it goes on; zero at the start. */
  protected int state;

  /** For generated code. */
  protected StateMachine() {}

  /**
   * Makes one for a run of {@code body}.
   *
   * @param body a body of the class that this is for
   * @param argument what the body is called with, or null if it takes nothing
   * @return a new one, at the start
   */
  public abstract StateMachine begin(Object body, @Nullable Object argument);

  /**
   * Runs on until the body ends or awaits something that is not done.
   *
   * @param activation what to await with
   * @param value the result of what was awaited; null at the start
   * @param error what that failed with; null at the start
   * @return the body's value, or {@link Activation#SUSPENDED}
   * @throws Throwable what the body throws
   */
  public abstract @Nullable Object resume(
      Activation activation, @Nullable Object value, @Nullable Throwable error) throws Throwable;

  /**
   * Names the class, the method and the source file of the body.
   *
   * @return the three with a bar after each of the first two; the last is empty if it is not known
   */
  protected abstract String site();

  /**
   * Gives the source line of each state.
   *
   * @return the line of state 0 as the first character, and so on
   */
  protected abstract String lines();

  /**
   * Names the class whose source holds the body.
   *
   * @return its binary name
   */
  public final String host() {
    String text = site();
    return text.substring(0, text.indexOf('|'));
  }

  /**
   * Tells where this stands. A snapshot; may be called from any thread.
   *
   * @return the place of the await at which it is suspended
   */
  public final StackTraceElement where() {
    String text = site();
    int first = text.indexOf('|');
    int last = text.lastIndexOf('|');
    String file = text.substring(last + 1);
    return new StackTraceElement(
        text.substring(0, first),
        text.substring(first + 1, last),
        file.isEmpty() ? null : file,
        lines().charAt(state));
  }
}
