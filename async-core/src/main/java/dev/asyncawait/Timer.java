package dev.asyncawait;

import java.time.Duration;

/** A callback with a deadline: in the loop's heap until it is due, then in its ready queue. */
class Timer extends Callback implements TimerHandle {

  /** What {@link #index} says when it is not in the heap. */
  static final int OUT = -1;

  final long deadline;

  // only by the baton's holder
  long sequence;
  int index = OUT;

  private volatile boolean cancelled;
  private volatile boolean begun;

  Timer(EventLoop loop, long deadline, Runnable action) {
    super(loop, action);
    this.deadline = deadline;
  }

  @Override
  public void cancel() {
    if (begun || cancelled) {
      return;
    }
    cancelled = true;
    forgetAction();
    loop.timers().withdraw(this);
  }

  @Override
  public boolean isCancelled() {
    return cancelled;
  }

  @Override
  public Duration when() {
    return loop.clock().sinceOrigin(deadline);
  }

  /** Told if the loop closes while this is pending. */
  void loopClosed() {}

  @Override
  final void run() {
    if (!cancelled) {
      begun = true;
      super.run();
    }
  }

  @Override
  String kind() {
    return "timer callback ";
  }
}
