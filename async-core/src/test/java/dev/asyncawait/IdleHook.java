package dev.asyncawait;

import dev.asyncawait.spi.LoopClock;

/** Real time, with something to do for the thread that has just left a loop idle and has not parked yet. */
record IdleHook(Runnable action) implements LoopClock {

  @Override
  public long now() {
    return SystemClock.SHARED.now();
  }

  @Override
  public Runnable wakeAt(long deadline, Runnable alarm) {
    return SystemClock.SHARED.wakeAt(deadline, alarm);
  }

  @Override
  public void idle(EventLoop loop) {
    action.run();
  }
}
