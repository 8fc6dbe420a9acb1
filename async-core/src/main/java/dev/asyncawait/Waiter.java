package dev.asyncawait;

/** A task's place in a {@link WaitLine}, and the future that it is suspended on meanwhile. */
final class Waiter extends FrameWait {

  private final LineFrame place;

  Waiter(EventLoop loop, LineFrame place) {
    super(loop, place);
    this.place = place;
  }

  /** Gives up the place and hands on what came with it; false if there was none any more. */
  boolean giveUp() {
    return place.giveUp(this);
  }

  /** By {@link EventLoop#abandon}: nobody goes on with the task, which may keep nothing from the others. */
  void abandoned() {
    if (giveUp()) {
      place.abandoned();
    }
  }
}
