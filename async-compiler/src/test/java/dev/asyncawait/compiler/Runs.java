package dev.asyncawait.compiler;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;

import dev.asyncawait.Coroutine;
import dev.asyncawait.Runner;
import dev.asyncawait.compiler.CompilerReport.Body;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** Runs the same body compiled and parked. */
final class Runs {

  private Runs() {}

  static String compiled(Supplier<? extends Coroutine<?>> work) {
    return outcome(work, true);
  }

  /** What was reported since then; two reports may be equal, of classes of one name in two loaders. */
  static List<Body> reportedSince(CompilerReport before) {
    Set<Body> known = Collections.newSetFromMap(new IdentityHashMap<>());
    known.addAll(before.bodies());
    return CompiledBodies.report().bodies().stream()
        .filter(body -> !known.contains(body))
        .toList();
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
