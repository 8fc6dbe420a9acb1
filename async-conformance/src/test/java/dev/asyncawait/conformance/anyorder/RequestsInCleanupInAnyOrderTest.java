package dev.asyncawait.conformance.anyorder;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.cleanup;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.conformance.anyorder.Steps.isSuccess;
import static dev.asyncawait.conformance.anyorder.Steps.turn;
import static dev.asyncawait.conformance.anyorder.Steps.turns;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.AsyncTimeoutException;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Task;
import dev.asyncawait.TaskGroup;
import dev.asyncawait.test.AsyncTest;
import java.time.Duration;

/** Whom a cancel request reaches that is made during cleanup, whoever runs next. */
class RequestsInCleanupInAnyOrderTest {

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration LONG = Duration.ofHours(1);

  @AsyncTest
  void the_limit_of_cleanup_is_kept_although_it_passes_during_cleanup_within() {
    Coroutine<Void> outer = cleanup(Duration.ofSeconds(5), () -> {
      await(cleanup(Duration.ofSeconds(10), () -> await(sleep(Duration.ofSeconds(6)))));
      await(sleep(LONG));
    });
    assertThatThrownBy(() -> await(outer))
        .isInstanceOf(AsyncTimeoutException.class)
        .hasMessage("timed out after PT5S");
    assertThat(EventLoop.current().time()).isEqualTo(Duration.ofSeconds(6));
    assertThat(currentTask().cancelling()).isZero();
    turn();
  }

  @AsyncTest(schedules = 200)
  void a_group_in_cleanup_is_stopped_although_its_body_is_in_cleanup_of_its_own() {
    await(cleanup(LONG.plusHours(1), () -> {
      TaskGroup group = taskGroup();
      await(group.run(() -> {
        Coroutine<Void> stops = async(() -> {
          turns(2);
          group.cancel();
        });
        group.createTask(stops, "stops the group");
        turn();
        await(cleanup(SECOND, () -> turns(2)));
        await(sleep(LONG));
      }));
      assertThat(EventLoop.current().time()).isZero();
      turn();
    }));
    assertThat(currentTask().cancelling()).isZero();
    turn();
  }

  @AsyncTest(schedules = 200)
  void a_request_that_came_during_cleanup_is_not_lost_in_a_group_that_is_stopped_afterwards() {
    Coroutine<Void> work = async(() -> {
      await(cleanup(SECOND, () -> turns(3)));
      TaskGroup group = taskGroup();
      await(group.run(() -> {
        group.createTask(async(() -> group.cancel()), "stops the group");
        await(sleep(LONG));
      }));
      turn();
    });
    Task<Void> task = createTask(work, "work");
    turns(2);
    boolean requested = task.cancel();
    assertThat(isSuccess(task)).isEqualTo(!requested);
  }
}
