package dev.asyncawait;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Mirrors a plain stage for somebody who waits for it, and cancels it when it is cancelled itself, unless it is a shield.
 *
 * <p>The stage completes on whatever thread; its outcome is posted to the loop and settled there. If nobody but
 * the awaiting task sees this future that is kernel code, otherwise dependent stages may run, and it takes a
 * callback. When this is done before the stage, it leaves nothing on that.
 */
final class StageFuture<T extends @Nullable Object> extends AsyncFuture<T> {

  enum Use {
    /** For the one task that awaits it at once. */
    AWAITED,
    /** For whoever is given it. */
    SHARED,
    /** For whoever is given it, and its cancellation is not the stage's. */
    SHIELD
  }

  private final Use use;
  private final Landing landing;

  /** Null when this is done. */
  private volatile @Nullable StageHub<T> hub;

  /** Only by the baton's holder, if there is a loop: whether this counts as in flight. */
  private boolean inFlight;

  private StageFuture(@Nullable EventLoop loop, Use use) {
    super(loop);
    this.use = use;
    this.landing = new Landing(loop == null ? Message.NO_LOOP : loop);
  }

  static <T extends @Nullable Object> AsyncFuture<T> of(
      @Nullable EventLoop loop, CompletionStage<T> stage, Use use) {
    var future = new StageFuture<T>(loop, use);
    StageHub<T> hub = StageHub.of(stage);
    future.hub = hub;
    future.takeOff();
    if (hub.isDone() || !hub.register(future.landing)) {
      future.land();
    }
    return future;
  }

  /** What a task of {@code loop} awaits for {@code stage}. */
  static <T extends @Nullable Object> AsyncFuture<T> awaited(
      EventLoop loop, CompletionStage<T> stage) {
    return stage instanceof AsyncFuture<T> future ? future : of(loop, stage, Use.AWAITED);
  }

  private void takeOff() {
    EventLoop loop = home;
    if (loop != null) {
      inFlight = true;
      loop.external().stageStarted();
    }
  }

  private void land() {
    notInFlight();
    mirror();
  }

  private void notInFlight() {
    EventLoop loop = home;
    if (loop != null && inFlight) {
      inFlight = false;
      loop.external().stageEnded();
    }
  }

  private void mirror() {
    StageHub<T> done = hub;
    if (done == null) {
      return;
    }
    hub = null;
    if (done.isCompletedExceptionally()) {
      settle(null, done.failure());
    } else {
      settle(done.resultNow(), null);
    }
  }

  /** Tells of the end of the stage, unless nobody waits for it any more. */
  private final class Landing extends Message {
    private volatile boolean removed;

    Landing(EventLoop loop) {
      super(loop);
    }

    @Override
    boolean isRemoved() {
      return removed;
    }

    @Override
    void deliver() {
      if (use == Use.AWAITED || loop == NO_LOOP) {
        land();
      } else {
        loop.enqueue(new Callback(loop, StageFuture.this::land) {
          @Override
          void dropped() {
            mirror();
          }
        });
      }
    }

    @Override
    void dropped() {
      mirror();
    }
  }

  /** Stops waiting for the stage, when this is done before it. */
  private void leave() {
    StageHub<T> left = hub;
    if (left == null) {
      return;
    }
    hub = null;
    landing.removed = true;
    left.removed(1);
    EventLoop loop = home;
    if (loop != null) {
      loop.post(new Message(loop) {
        @Override
        void deliver() {
          notInFlight();
        }
      });
    }
  }

  @Override
  public boolean complete(T value) {
    boolean completed = super.complete(value);
    if (completed) {
      leave();
    }
    return completed;
  }

  @Override
  public boolean completeExceptionally(Throwable error) {
    boolean completed = super.completeExceptionally(error);
    if (completed) {
      leave();
    }
    return completed;
  }

  @Override
  public boolean cancel(@Nullable String reason) {
    StageHub<T> pending = hub;
    boolean cancelled = super.cancel(reason);
    if (cancelled) {
      leave();
      if (pending != null && use != Use.SHIELD) {
        pending.cancelStage();
      }
    }
    return cancelled;
  }

  @Override
  String title() {
    return use == Use.SHIELD ? "shield(a stage)" : super.title();
  }

  @Override
  String label() {
    StageHub<T> pending = hub;
    String stage = pending == null ? "a stage" : pending.label();
    return use == Use.SHIELD ? "shield(" + stage + ")" : stage;
  }
}
