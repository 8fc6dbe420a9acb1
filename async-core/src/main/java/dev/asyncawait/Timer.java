package dev.asyncawait;

import java.time.Duration;

/** A callback with a deadline: in the loop's heap until it is due, then in its ready queue. */
class Timer extends Callback implements TimerHandle, TimerHeap.Element {

  final long deadline;

  /** By the heap. */
  private int place = OUT;

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
  public int place() {
    return place;
  }

  @Override
  public void setPlace(int place) {
    this.place = place;
  }

  @Override
  public Duration when() {
    return loop.clock().sinceOrigin(deadline);
  }

  /** Called if the loop closes while this is pending. */
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
