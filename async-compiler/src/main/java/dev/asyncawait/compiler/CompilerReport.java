package dev.asyncawait.compiler;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What has become of the bodies that were given to the library.
 *
 * @param bodies one for each class of bodies, in the order in which they were first made; of more than ten thousand the
 *     last ones
 */
public record CompilerReport(List<Body> bodies) {

  /**
   * Makes one.
   *
   * @param bodies what has become of them
   */
  public CompilerReport {
    bodies = List.copyOf(bodies);
  }

  /**
   * What has become of one class of bodies.
   *
   * @param bodyClass the name of the class of the lambda, or of the object that was given as a body
   * @param method the method that is the body, as {@code com.example.Shop.lambda$order$0}; null if it is not known
   * @param refusal why it runs on threads; null if it was compiled
   * @param took how long that took
   * @param size how many bytes of class file were made of it
   */
  public record Body(
      String bodyClass,
      @Nullable String method,
      @Nullable String refusal,
      Duration took,
      int size) {

    /**
     * Makes one.
     *
     * @param bodyClass the name of the class
     * @param method the body
     * @param refusal why it was refused
     * @param took how long that took
     * @param size how many bytes
     */
    public Body {
      Objects.requireNonNull(bodyClass, "bodyClass must not be null");
      Objects.requireNonNull(took, "took must not be null");
    }

    /**
     * Tells whether such bodies run as state machines.
     *
     * @return false if they run on threads
     */
    public boolean isCompiled() {
      return refusal == null;
    }

    /**
     * Says what became of it.
     *
     * @return for example {@code com.example.Shop.lambda$order$0 runs on a thread: await in synchronized}
     */
    @Override
    public String toString() {
      String name = method == null ? bodyClass : method;
      return refusal == null
          ? name + " was compiled in " + took.toNanos() / 1000 + " us"
          : name + " runs on a thread: " + refusal;
    }
  }

  /**
   * Returns the bodies that run as state machines.
   *
   * @return those of {@link #bodies()}
   */
  public List<Body> compiled() {
    return bodies.stream().filter(Body::isCompiled).toList();
  }

  /**
   * Returns the bodies that run on threads.
   *
   * @return those of {@link #bodies()}
   */
  public List<Body> refused() {
    return bodies.stream().filter(body -> !body.isCompiled()).toList();
  }

  /**
   * Shows a line for each body.
   *
   * @return what {@link Body#toString} says of each
   */
  @Override
  public String toString() {
    return bodies.stream().map(Body::toString).collect(Collectors.joining("\n"));
  }
}
