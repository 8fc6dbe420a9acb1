package twins;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.sleep;

import dev.asyncawait.Coroutine;
import java.time.Duration;

/**
 * Two bodies that a body makes, on lines of their own. Each captures a variable, which puts the calls twelve bytes from each
 * other: the padding of a switch in generated code lets it be moved by multiples of four alone.
 */
public class Within {

  public static Coroutine<String> both() {
    return async(() -> {
      String end = String.valueOf('.');
      Coroutine<String> first = async(() -> {
        await(sleep(Duration.ZERO));
        return "a" + end;
      });
      Coroutine<String> second = async(() -> {
        await(sleep(Duration.ZERO));
        return "b" + end;
      });
      return await(first) + await(second);
    });
  }
}
