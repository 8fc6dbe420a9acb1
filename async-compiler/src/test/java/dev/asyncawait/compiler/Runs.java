package dev.asyncawait.compiler;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;

import dev.asyncawait.Coroutine;
import dev.asyncawait.Runner;
import java.util.function.Supplier;

/** Runs the same body compiled and parked. */
final class Runs {

  private Runs() {}

  static String compiled(Supplier<? extends Coroutine<?>> work) {
    return outcome(work, true);
  }

  /** What a coroutine gives or throws. It is made on the loop, which decides whether it is compiled. */
  static String outcome(Supplier<? extends Coroutine<?>> work, boolean compiledBodies) {
    try (Runner runner = Runner.builder().compiledBodies(compiledBodies).build()) {
      return String.valueOf(runner.run(async(() -> await((Coroutine<?>) work.get()))));
    } catch (Throwable failure) {
      return "thrown: " + failure
          + (failure.getCause() == null ? "" : ", caused by " + failure.getCause());
    }
  }
}
