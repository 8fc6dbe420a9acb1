package swapped;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;

import dev.asyncawait.AsyncFuture;
import dev.asyncawait.Coroutine;

/** The old version of a class, in the place of which a new one is put while it runs. */
public class Swapped {

  private static String helper() {
    return "old helper";
  }

  public static Coroutine<String> first(AsyncFuture<?> gate) {
    return async(() -> {
      await(gate);
      return "old first with " + helper();
    });
  }

  public static Coroutine<String> second(AsyncFuture<?> gate) {
    return async(() -> {
      await(gate);
      return "old second";
    });
  }
}
