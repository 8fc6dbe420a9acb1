package dev.asyncawait;

/** A task's place in a {@link WaitLine}, and the future that it is suspended on meanwhile. */
final class Waiter extends FrameWait {

  private final LineFrame frame;

  Waiter(EventLoop loop, LineFrame frame) {
    super(loop, frame);
    this.frame = frame;
  }

  /** Gives up the place and hands on what came with it; false if there was none any more. */
  boolean giveUp() {
    return frame.giveUp(this);
  }

  /** By {@link EventLoop#abandon}: nobody goes on with the task, which may keep nothing from the others. */
  void abandoned() {
    if (giveUp()) {
      frame.abandoned();
    }
  }
}
