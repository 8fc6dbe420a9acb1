package dev.asyncawait.conformance.scenarios;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.currentTask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.Async;
import dev.asyncawait.AsyncAction;
import dev.asyncawait.Task;
import dev.asyncawait.test.VirtualTime;
import java.util.concurrent.CancellationException;

/** What the scenarios have in common. */
final class Scenario {

  private Scenario() {}

  /** In virtual time. In every scenario main ends alone, and was not cancelled. */
  static void scenario(AsyncAction body) {
    VirtualTime.run(async(() -> {
      await(async(body));
      assertThat(currentTask().cancelling()).isZero();
      assertThat(Async.allTasks()).containsExactly(currentTask());
    }));
  }

  static void assertCancelled(Task<?> task) {
    assertThatThrownBy(() -> await(task)).isInstanceOf(CancellationException.class);
    assertThat(task).isCancelled();
  }
}
