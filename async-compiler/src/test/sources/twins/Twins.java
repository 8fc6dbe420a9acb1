package twins;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.sleep;

import dev.asyncawait.Coroutine;
import java.time.Duration;
import java.util.List;

/** Two bodies on one line, as far from each other as the code that a test puts in front of them is long. */
public class Twins {

  public static Coroutine<String> both() {
    return joined(List.of(async(() -> { await(sleep(Duration.ZERO)); return "a"; }), async(() -> { await(sleep(Duration.ZERO)); return "b"; })));
  }

  private static Coroutine<String> joined(List<Coroutine<String>> two) {
    return async(() -> await(two.get(0)) + await(two.get(1)));
  }
}
