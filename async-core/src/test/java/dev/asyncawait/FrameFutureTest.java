package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A task is among the waiters of its frame's future from the beginning, so that may be ended before it waits. */
class FrameFutureTest {

  private final List<String> trace = new ArrayList<>();

  /** Waits for a future of its own, and does something before it does. */
  private static final class WaitingFrame extends Frame {
    private final Runnable beforeItSuspends;
    private @Nullable FrameFuture wait;

    WaitingFrame(Runnable beforeItSuspends) {
      this.beforeItSuspends = beforeItSuspends;
    }

    void end() {
      if (wait != null) {
        wait.end();
      }
    }

    @Override
    @Nullable
    Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
        throws Throwable {
      FrameFuture own = wait;
      if (own == null) {
        own = new FrameFuture(task, this);
        wait = own;
        beforeItSuspends.run();
        return task.awaitNext(own);
      }
      if (error != null) {
        throw error;
      }
      return null;
    }

    @Override
    String nameWhenUsed() {
      return "a wait";
    }
  }

  private @Nullable WaitingFrame frame;

  private WaitingFrame frame() {
    WaitingFrame made = frame;
    if (made == null) {
      throw new IllegalStateException("no frame was made");
    }
    return made;
  }

  private Coroutine<@Nullable Void> waitAfter(Runnable beforeItSuspends) {
    var made = new WaitingFrame(beforeItSuspends);
    frame = made;
    return new Coroutine<>(made);
  }

  private static void onAnotherThread(Runnable work) {
    var thread = new Thread(work);
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void one_that_has_ended_takes_no_turn() {
    TestClock.run(async(() -> {
      EventLoop.current().execute(() -> trace.add("another's turn"));
      await(waitAfter(() -> frame().end()));
      trace.add("went on");
    }));
    assertThat(trace).containsExactly("went on", "another's turn");
  }

  /** The other thread has posted word by then, which comes when the task waits for something else. */
  @Test
  void word_from_another_thread_that_comes_too_late_wakes_nobody() {
    String value = TestClock.run(async(() -> {
      await(waitAfter(() -> onAnotherThread(() -> frame().end())));
      var next = new AsyncFuture<String>();
      EventLoop loop = EventLoop.current();
      loop.execute(() -> loop.execute(() -> next.complete("the next")));
      return await(next);
    }));
    assertThat(value).isEqualTo("the next");
  }
}
