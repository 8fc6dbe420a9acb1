package dev.asyncawait;

import java.time.Duration;

/** A timer whose action is kernel code: completing what only a waiting task sees runs no user code. */
final class Alarm extends Timer {

  private Alarm(EventLoop loop, long deadline, Runnable action) {
    super(loop, deadline, action);
  }

  /** One that is yet to be set. */
  static Alarm at(EventLoop loop, long deadline, Runnable action) {
    return new Alarm(loop, deadline, action);
  }

  static Alarm set(EventLoop loop, Duration delay, Runnable action) {
    var alarm = at(loop, loop.clock().deadlineIn(delay), action);
    loop.timers().set(alarm);
    return alarm;
  }

  @Override
  boolean isKernelCode() {
    return true;
  }
}
