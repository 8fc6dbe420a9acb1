package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/** A task's place in a {@link WaitLine}, and the future that it is suspended on meanwhile. */
final class Waiter extends FrameWait {

  private enum Place {
    NONE,
    IN_LINE,
    WOKEN
  }

  private final LineFrame frame;

  // guarded by the line's monitor

  private Place place = Place.NONE;

  @Nullable
  Waiter before;

  /** In a line, and then in the {@link WakeUps} that it is told by. */
  @Nullable
  Waiter after;

  Waiter(EventLoop loop, LineFrame frame) {
    super(loop, frame);
    this.frame = frame;
  }

  void enter() {
    place = Place.IN_LINE;
  }

  void wake() {
    place = Place.WOKEN;
  }

  boolean isWoken() {
    return place == Place.WOKEN;
  }

  boolean isPresent() {
    return place != Place.NONE;
  }

  void leave() {
    place = Place.NONE;
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
