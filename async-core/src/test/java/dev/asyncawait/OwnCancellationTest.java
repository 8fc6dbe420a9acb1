package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.shield;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.start;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.timeout;
import static dev.asyncawait.Async.toThread;
import static dev.asyncawait.Async.waitFor;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** An exception of a subclass of {@link CancellationException} arrives as the very exception, wherever it passes. */
class OwnCancellationTest extends LoopFixture {

  private static final class BuildCancelled extends CancellationException {
    private static final long serialVersionUID = 1;

    BuildCancelled() {
      super("the build was cancelled");
    }
  }

  private final BuildCancelled own = new BuildCancelled();

  private <T> Coroutine<T> throwing() {
    return async(() -> {
      throw own;
    });
  }

  @Test
  void out_of_run_and_start() {
    assertThatThrownBy(() -> Async.run(throwing())).isSameAs(own);
    assertThatThrownBy(() -> runner.run(throwing())).isSameAs(own);
    assertThatThrownBy(() -> start(throwing()).join()).isSameAs(own);
  }

  @Test
  void to_every_awaiter_of_a_task() {
    scenario(ZERO, () -> {
      Task<Void> task = createTask(throwing());
      Task<Void> second = createTask(async(() -> await(task)));
      assertThatThrownBy(() -> await(task)).isSameAs(own);
      assertThatThrownBy(() -> await(task)).isSameAs(own);
      assertThatThrownBy(() -> await(second)).isSameAs(own);
      assertThat(task.isCancelled()).isTrue();
      assertThat(second.isCancelled()).isTrue();
    });
  }

  @Test
  void through_everything_that_awaits_for_somebody() {
    scenario(ZERO, () -> {
      assertThatThrownBy(() -> await(throwing())).isSameAs(own);
      assertThatThrownBy(() -> await(gather(throwing(), sleep(ZERO)))).isSameAs(own);
      assertThatThrownBy(() -> await(shield(throwing()))).isSameAs(own);
      assertThatThrownBy(() -> await(waitFor(throwing(), ofMinutes(1)))).isSameAs(own);
      assertThatThrownBy(() -> await(waitFor(createTask(throwing()), ofMinutes(1))))
          .isSameAs(own);
      assertThatThrownBy(() -> await(timeout(ofMinutes(1)).run(() -> await(throwing()))))
          .isSameAs(own);
      assertThatThrownBy(() -> await(Async.cleanup(ofMinutes(1), () -> await(throwing()))))
          .isSameAs(own);
      assertThatThrownBy(() -> await(toThread(() -> {
            throw own;
          })))
          .isSameAs(own);
      assertThatThrownBy(
              () -> await(Async.asCompleted(List.of(throwing())).iterator().next()))
          .isSameAs(own);
    });
  }

  @Test
  void out_of_a_group_whose_body_throws_it() {
    scenario(ZERO, () -> {
      TaskGroup group = taskGroup();
      assertThatThrownBy(() -> await(group.run(() -> {
            group.createTask(sleep(ofHours(1)));
            await(throwing());
          })))
          .isSameAs(own);
      assertThat(group.failures()).isEmpty();
    });
  }

  @Test
  void out_of_a_future_or_stage_that_failed_with_it() {
    scenario(ZERO, () -> {
      assertThatThrownBy(() -> await(AsyncFuture.failedFuture(own))).isSameAs(own);
      CompletableFuture<String> stage = CompletableFuture.failedFuture(own);
      assertThatThrownBy(() -> await(stage)).isSameAs(own);
      assertThatThrownBy(() -> await(stage.thenApply(String::length))).isSameAs(own);
    });
  }

  @Test
  void to_who_reads_a_future() {
    var failed = AsyncFuture.<String>failedFuture(own);
    assertThatThrownBy(failed::join).isSameAs(own);
    assertThatThrownBy(failed::get).isSameAs(own);
    assertThatThrownBy(() -> failed.getNow("none")).isSameAs(own);
  }

  @Test
  void in_an_outcome() {
    scenario(ZERO, () -> {
      Outcome<Void> outcome = await(gatherOutcomes(this.<Void>throwing())).get(0);
      assertThat(outcome).isEqualTo(new Outcome.Cancelled<Void>(own));
      assertThatThrownBy(outcome::orElseThrow).isSameAs(own);
    });
  }

  @Test
  void in_the_cause_of_a_timeout_that_ended_the_work() {
    scenario(
        ofMinutes(1),
        () -> assertThatThrownBy(() -> await(waitFor(
                async(() -> {
                  try {
                    await(sleep(ofHours(1)));
                  } finally {
                    await(throwing());
                  }
                }),
                ofMinutes(1))))
            .isExactlyInstanceOf(AsyncTimeoutException.class)
            .cause()
            .isSameAs(own));
  }

  @Test
  void but_a_plain_one_is_a_new_one_for_each_awaiter() {
    scenario(ZERO, () -> {
      var plain = new CancellationException("plain");
      var failed = AsyncFuture.<String>failedFuture(plain);
      assertThatThrownBy(() -> await(failed))
          .isExactlyInstanceOf(CancellationException.class)
          .isNotSameAs(plain)
          .hasMessage("plain")
          .cause()
          .isSameAs(plain);
    });
  }
}
