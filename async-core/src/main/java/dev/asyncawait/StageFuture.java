package dev.asyncawait;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Mirrors a plain stage, and cancels it when it is cancelled itself.
 *
 * <p>The stage completes on whatever thread; its outcome is posted to the loop and settled there. If nobody but
 * the awaiting task sees this future that is kernel code, otherwise dependent stages may run, and it takes a
 * callback.
 */
final class StageFuture<T extends @Nullable Object> extends AsyncFuture<T> {

  private final CompletionStage<T> stage;
  private final boolean shared;

  /** Only by the baton's holder, if there is a loop: whether this counts as in flight. */
  private boolean inFlight;

  /** The thread that is asking the stage, and gets the answer at once if the stage is done. */
  private @Nullable Thread asking;

  private StageFuture(@Nullable EventLoop loop, CompletionStage<T> stage, boolean shared) {
    super(loop);
    this.stage = stage;
    this.shared = shared;
  }

  /** For the one task that awaits it at once. */
  static <T extends @Nullable Object> AsyncFuture<T> awaited(
      EventLoop loop, CompletionStage<T> stage) {
    return begun(new StageFuture<>(loop, stage, false));
  }

  static <T extends @Nullable Object> AsyncFuture<T> shared(
      @Nullable EventLoop loop, CompletionStage<T> stage) {
    return begun(new StageFuture<>(loop, stage, true));
  }

  private static <T extends @Nullable Object> AsyncFuture<T> begun(StageFuture<T> future) {
    EventLoop loop = future.home;
    if (loop != null) {
      future.inFlight = true;
      loop.stageStarted();
    }
    future.asking = Thread.currentThread();
    try {
      future.stage.whenComplete(future::stageCompleted);
    } catch (Throwable failure) {
      if (future.isDone()) {
        EventLoop.log(future.label() + " failed after it had told its outcome", failure);
        return future;
      }
      if (loop != null) {
        future.landed(loop);
      }
      throw failure;
    } finally {
      future.asking = null;
    }
    return future;
  }

  private void stageCompleted(T value, @Nullable Throwable error) {
    EventLoop loop = home;
    if (asking == Thread.currentThread()) {
      if (loop != null) {
        landed(loop);
      }
      settle(value, error == null ? null : bare(error));
    } else if (loop == null) {
      settle(value, error == null ? null : bare(error));
    } else {
      loop.post(settlement(loop, value, error));
    }
  }

  private Message settlement(EventLoop loop, T value, @Nullable Throwable error) {
    Runnable settling = () -> settle(value, error == null ? null : bare(error));
    if (shared) {
      return new Callback(loop, () -> {
        landed(loop);
        settling.run();
      }) {
        @Override
        void dropped() {
          settling.run();
        }
      };
    }
    return new Message(loop) {
      @Override
      void deliver() {
        landed(loop);
        settling.run();
      }

      @Override
      void dropped() {
        settling.run();
      }
    };
  }

  private void landed(EventLoop loop) {
    if (inFlight) {
      inFlight = false;
      loop.stageEnded();
    }
  }

  @Override
  public boolean cancel(@Nullable String reason) {
    boolean cancelled = super.cancel(reason);
    if (cancelled) {
      cancelStage();
      EventLoop loop = home;
      if (loop != null) {
        loop.post(new Message(loop) {
          @Override
          void deliver() {
            landed(loop);
          }
        });
      }
    }
    return cancelled;
  }

  private void cancelStage() {
    try {
      stage.toCompletableFuture().cancel(true);
    } catch (UnsupportedOperationException e) {
      // a stage that shows no future cannot be cancelled
    } catch (Throwable failure) {
      EventLoop.log("cancelling " + Ask.text(stage) + " failed", failure);
    }
  }

  @Override
  String label() {
    return "stage " + Ask.text(stage);
  }
}
