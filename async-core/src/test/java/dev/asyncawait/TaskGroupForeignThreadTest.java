package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What a thread that is not the loop's may do with a task group. */
class TaskGroupForeignThreadTest extends TaskGroupFixture {

  @Test
  void may_cancel_the_group() {
    scenario(ZERO, () -> {
      String value = await(group.run(() -> {
        group.createTask(job("a", ofHours(1)));
        await(sleep(ZERO));
        await(Async.toThread(group::cancel));
        await(sleep(ofHours(1)));
        return "value";
      }));
      assertThat(value).isNull();
    });
    assertThat(trace).containsExactly("a cancelled");
  }

  @Test
  void may_cancel_a_group_that_is_entered_meanwhile() throws Exception {
    for (int i = 0; i < 300; i++) {
      TaskGroup raced = taskGroup();
      var racer = new Thread(raced::cancel);
      Boolean ended = Async.run(async(() -> {
        racer.start();
        await(raced.run(() -> {
          raced.createTask(sleep(ofHours(1)));
        }));
        return currentTask().cancelling() == 0;
      }));
      racer.join();
      assertThat(ended).isTrue();
    }
  }

  @Test
  void may_cancel_a_group_whose_loop_is_closed() {
    scenario(ZERO, () -> await(group.run(() -> {})));
    runner.close();
    group.cancel();
  }

  @Test
  void may_look() {
    scenario(
        ofMinutes(1),
        () -> await(group.run(() -> {
          currentTask().setName("main");
          group.createTask(sleep(ofMinutes(1)));
          await(Async.toThread(() -> {
            assertThat(group.failures()).isEmpty();
            assertThat(group).hasToString("TaskGroup[in main, 1 task, open]");
          }));
        })));
  }
}
