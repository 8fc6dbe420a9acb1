package dev.asyncawait.conformance.scenarios;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ofHours;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.Coroutine;
import dev.asyncawait.Task;
import java.util.List;
import java.util.concurrent.CancellationException;

/** What the scenarios have in common. */
final class Scenario {

  private Scenario() {}

  /** Sleeps for an hour, and tells of its end. */
  static Coroutine<String> slow(List<String> trace, String name) {
    return async(() -> {
      try {
        await(sleep(ofHours(1)));
        trace.add(name + ": done");
        return name;
      } catch (CancellationException e) {
        trace.add(name + ": CE");
        throw e;
      }
    });
  }

  static void assertCancelled(Task<?> task) {
    assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
    assertThat(task).isCancelled();
  }
}
