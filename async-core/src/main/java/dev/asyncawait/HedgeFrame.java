package dev.asyncawait;

import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A race of attempts at the same thing, of which each begins when those before have taken too long, or one has failed. */
final class HedgeFrame extends RaceFrame {

  private final Duration delay;
  private final int most;
  private final Supplier<Frame> attempts;

  /** Ends when the next attempt may be needed. */
  private @Nullable FrameFuture pause;

  HedgeFrame(Duration delay, int most, Supplier<Frame> attempts) {
    super(true);
    Objects.requireNonNull(delay, "delay must not be null");
    if (delay.isNegative()) {
      throw new IllegalArgumentException("delay must not be negative, but was " + delay);
    }
    if (most < 1) {
      throw new IllegalArgumentException("max must be at least 1, but was " + most);
    }
    this.delay = delay;
    this.most = most;
    this.attempts = attempts;
  }

  /** A failure is known at once, so that the pause that it ends is not one that has begun since. */
  @Override
  public void ended(Task<?> child, boolean cutShort) {
    super.ended(child, cutShort);
    if (pause != null) {
      pause.end();
    }
  }

  @Override
  @Nullable
  Object given(@Nullable Object value) {
    return Coroutine.refuseAsValue(value, "hedge");
  }

  @Override
  Frame start() {
    return new Stagger();
  }

  private final class Stagger extends Frame {
    private int begun;
    private @Nullable Timer timer;

    @Override
    @Nullable
    Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
        throws Throwable {
      if (timer != null) {
        timer.cancel();
      }
      if (error != null) {
        throw error;
      }
      if (isDecided()) {
        return null;
      }
      enter(Coroutine.within(attempts.get()));
      begun++;
      if (begun == most) {
        return null;
      }
      var next = new FrameFuture(task, this);
      pause = next;
      timer = Alarm.set(task.loop, delay, next::end);
      return task.awaitNext(next);
    }

    @Override
    void addBlockers(Set<Task<?>> blockers) {
      HedgeFrame.this.addBlockers(blockers);
    }

    @Override
    String nameWhenUsed() {
      return HedgeFrame.this.nameWhenUsed();
    }

    @Override
    public String toString() {
      return HedgeFrame.this.toString();
    }
  }

  @Override
  String nameWhenUsed() {
    return "hedge(" + delay + ", " + most + ")";
  }
}
