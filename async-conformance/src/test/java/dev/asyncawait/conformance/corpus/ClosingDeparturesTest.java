package dev.asyncawait.conformance.corpus;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.AsyncFuture;
import dev.asyncawait.Runner;
import dev.asyncawait.Task;
import dev.asyncawait.test.VirtualTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Programs whose end asyncio leaves open, and the generators therefore leave out; docs/asyncio.md names them. */
class ClosingDeparturesTest {

  /** In asyncio the callbacks of all but the first six are dropped, and these gathers stay pending. */
  @Test
  void a_gather_whose_callback_is_queued_when_the_loop_closes_is_done_all_the_same() {
    List<AsyncFuture<?>> nested = VirtualTime.options().allowLeaks().run(async(() -> {
      var made = new ArrayList<AsyncFuture<?>>();
      made.add(createTask(sleep(ofSeconds(1))));
      for (int i = 0; i < 20; i++) {
        made.add(gather(made.get(i)));
      }
      return made;
    }));
    assertThat(nested).allMatch(AsyncFuture::isCancelled);
  }

  /** In asyncio it stays pending for ever. */
  @Test
  void a_task_made_while_the_loop_closes_is_awaited() {
    var late = new ArrayList<Task<?>>();
    VirtualTime.options().allowLeaks().run(async(() -> {
      createTask(async(() -> {
        try {
          await(sleep(ofSeconds(1)));
        } finally {
          late.add(createTask(async(() -> {
            await(sleep(ofSeconds(1)));
            return "done";
          })));
        }
      }));
      await(sleep(ZERO));
    }));
    assertThat(late).singleElement().returns("done", Task::join);
  }

  /** In asyncio the task is cancelled before it has another turn. */
  @Test
  void a_cancel_between_two_runs_has_its_turn_in_the_second() {
    var trace = new ArrayList<String>();
    try (Runner runner = new Runner()) {
      Task<?> task = runner.run(async(() -> createTask(async(() -> {
        trace.add("first turn");
        await(sleep(ZERO));
        trace.add("second turn");
        await(sleep(ofSeconds(60)));
      }))));
      task.cancel();
      runner.run(async(() -> await(sleep(ZERO))));
      assertThat(trace).containsExactly("first turn", "second turn");
      assertThat(task).isCancelled();
      assertThat(task.cancelling()).isEqualTo(1);
    }
  }
}
