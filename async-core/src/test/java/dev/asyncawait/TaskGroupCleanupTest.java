package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Task groups in a protected cleanup, and a protected cleanup in a task group. */
class TaskGroupCleanupTest extends TaskGroupFixture {

  private final IllegalStateException failure = broken("broken");

  /** Runs {@code body} as the protected cleanup of a task that was cancelled, which is then cancelled again. */
  private void cleanup(AsyncAction body) {
    Task<?> task = createTask(async(() -> {
      try {
        await(sleep(ofHours(1)));
      } finally {
        await(Async.cleanup(ofHours(5), body));
        trace.add("cleaned up, count " + currentTask().cancelling());
      }
    }));
    await(sleep(ZERO));
    task.cancel("why");
    assertThatThrownBy(() -> await(task)).hasMessage("why");
  }

  @Test
  void a_failing_group_does_not_bring_the_cancellation_back() {
    scenario(
        ofMinutes(2),
        () -> cleanup(() -> {
          assertThatThrownBy(() -> await(group.run(() -> {
                group.createTask(failing(ofMinutes(1), failure));
                await(sleep(ofHours(1)));
              })))
              .isSameAs(failure);
          assertThat(currentTask().cancelling()).isEqualTo(1);
          await(sleep(ofMinutes(1)));
        }));
    assertThat(trace).containsExactly("cleaned up, count 1");
  }

  @Test
  void a_cancel_from_outside_does_not_reach_the_group() {
    scenario(ofMinutes(2), () -> {
      Task<?> task = createTask(async(() -> {
        await(Async.cleanup(ofHours(5), () -> {
          await(group.run(() -> {
            group.createTask(job("a", ofMinutes(2)));
          }));
        }));
      }));
      await(sleep(ofMinutes(1)));
      task.cancel("why");
      await(Async.gatherOutcomes(task));
    });
    assertThat(trace).containsExactly("a done");
  }

  @Test
  void the_end_of_its_time_that_is_hidden_by_a_failure_comes_again_within_it() {
    scenario(ofMinutes(1), () -> {
      assertThatThrownBy(() -> await(Async.cleanup(ofMinutes(1), () -> {
            assertThatThrownBy(() -> await(group.run(() -> {
                  group.createTask(failingCleanup(failure));
                  await(sleep(ofHours(1)));
                })))
                .isSameAs(failure);
            await(sleep(ofHours(1)));
          })))
          .isExactlyInstanceOf(AsyncTimeoutException.class);
      await(sleep(ZERO));
    });
  }

  @Test
  void a_cleanup_in_the_body_is_finished_before_a_failing_group_ends() {
    scenario(ofMinutes(2), () -> {
      assertThatThrownBy(() -> await(group.run(() -> {
            group.createTask(failing(ofMinutes(1), failure));
            await(Async.cleanup(ofHours(1), () -> await(job("cleanup", ofMinutes(2)))));
            await(sleep(ZERO));
            trace.add("never");
          })))
          .isSameAs(failure);
      await(sleep(ZERO));
    });
    assertThat(trace).containsExactly("cleanup done");
  }
}
