package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.cancelScope;
import static dev.asyncawait.Async.cleanup;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.timeout;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class CancelInfoTest {

  private final List<CancelInfo> seen = new ArrayList<>();

  /** Waits, and says who has asked it to end. */
  private Coroutine<Void> waits() {
    return async(() -> {
      try {
        await(sleep(ofHours(1)));
      } catch (CancellationException cancelled) {
        seen.add(currentTask().cancelInfo());
        throw cancelled;
      }
    });
  }

  @Test
  void a_task_that_asks_is_named_with_its_reason_and_the_time() {
    CleanRun.of(() -> {
      currentTask().setName("main");
      Task<Void> task = createTask(waits());
      assertThat(task.cancelInfo()).isNull();
      await(sleep(ofMinutes(1)));
      task.cancel("not needed");
      await(gatherOutcomes(task));
      assertThat(task.cancelInfo()).isEqualTo(seen.get(0));
    });
    assertThat(seen).containsExactly(new CancelInfo("task main", "not needed", ofMinutes(1)));
    assertThat(seen.get(0)).hasToString("task main: \"not needed\" at PT1M");
    assertThat(new CancelInfo("thread x", null, ZERO)).hasToString("thread x at PT0S");
  }

  @Test
  void a_thread_that_asks_is_named() throws Exception {
    var begun = new CountDownLatch(1);
    Task<Void> task = Async.start(async(() -> {
      begun.countDown();
      await(waits());
    }));
    begun.await();
    var thread = new Thread(() -> task.cancel("by hand"), "operator");
    thread.start();
    thread.join();
    assertThatThrownBy(task::get).isInstanceOf(CancellationException.class);
    assertThat(seen).singleElement().satisfies(info -> {
      assertThat(info.requester()).isEqualTo("thread operator");
      assertThat(info.reason()).isEqualTo("by hand");
    });
  }

  @Test
  void timeouts_scopes_and_groups_say_what_they_are() {
    TestClock.run(Runner.builder().name("test"), async(() -> {
      assertThatThrownBy(() -> await(timeout(ofMinutes(1)).run(() -> await(waits()))))
          .isInstanceOf(AsyncTimeoutException.class);
      assertThat(currentTask().cancelInfo()).as("taken back").isNull();
      CancelScope scope = cancelScope();
      await(scope.run(() -> {
        scope.cancel();
        await(waits());
      }));
      TaskGroup group = taskGroup();
      assertThatThrownBy(() -> await(group.run(() -> {
            group.createTask(waits(), "child");
            await(sleep(ofMinutes(1)));
            throw new IllegalStateException();
          })))
          .isInstanceOf(IllegalStateException.class);
    }));
    assertThat(seen)
        .extracting(CancelInfo::reason)
        .containsExactly(
            "timed out after PT1M",
            "its scope was cancelled",
            "cancelled by the failure of the body of its task group");
    assertThat(seen.get(0).requester()).isEqualTo("loop test");
    assertThat(seen)
        .extracting(CancelInfo::time)
        .containsExactly(ofMinutes(1), ofMinutes(1), ofMinutes(2));
  }

  @Test
  void a_request_that_was_kept_during_cleanup_keeps_its_time() {
    CleanRun.of(() -> {
      currentTask().setName("main");
      Task<Void> task = createTask(async(() -> {
        await(cleanup(ofHours(1), () -> await(sleep(ofMinutes(5)))));
        assertThat(currentTask().cancelInfo())
            .isEqualTo(new CancelInfo("task main", null, ofMinutes(1)));
        await(waits());
      }));
      await(sleep(ofMinutes(1)));
      task.cancel();
      await(gatherOutcomes(task));
    });
    assertThat(seen).hasSize(1);
  }
}
