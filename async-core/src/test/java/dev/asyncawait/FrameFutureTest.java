package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A task is among the waiters of its frame's future from the beginning, so that may be ended before it waits. */
class FrameFutureTest {

  private final List<String> trace = new ArrayList<>();

  /** Waits for a future of its own, to which something happens before it does. */
  private static final class WaitingFrame extends Frame {
    private final Consumer<FrameFuture> beforeItSuspends;
    private boolean suspended;

    WaitingFrame(Consumer<FrameFuture> beforeItSuspends) {
      this.beforeItSuspends = beforeItSuspends;
    }

    @Override
    @Nullable
    Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
        throws Throwable {
      if (error != null) {
        throw error;
      }
      if (suspended) {
        return null;
      }
      suspended = true;
      var wait = new FrameFuture(task, this);
      beforeItSuspends.accept(wait);
      return task.awaitNext(wait);
    }

    @Override
    String nameWhenUsed() {
      return "a wait";
    }
  }

  private static Coroutine<@Nullable Void> waitAfter(Consumer<FrameFuture> beforeItSuspends) {
    return new Coroutine<>(new WaitingFrame(beforeItSuspends));
  }

  @Test
  void one_that_has_ended_takes_no_turn() {
    TestClock.run(async(() -> {
      EventLoop.current().execute(() -> trace.add("another's turn"));
      await(waitAfter(FrameFuture::end));
      trace.add("went on");
    }));
    assertThat(trace).containsExactly("went on", "another's turn");
  }

  /** The other thread has posted word by then, which comes when the task waits for something else. */
  @Test
  void word_from_another_thread_that_comes_too_late_wakes_nobody() {
    String value = TestClock.run(async(() -> {
      var next = new AsyncFuture<String>();
      EventLoop loop = EventLoop.current();
      loop.execute(() -> loop.execute(() -> next.complete("the next")));
      await(waitAfter(wait -> CompletableFuture.runAsync(wait::end).join()));
      return await(next);
    }));
    assertThat(value).isEqualTo("the next");
  }
}
