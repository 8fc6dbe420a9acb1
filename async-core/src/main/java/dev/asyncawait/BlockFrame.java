package dev.asyncawait;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A frame that runs another one within it, as the block of a timeout, a group or a lock does with its body. */
abstract class BlockFrame extends Frame {

  /** The frame that runs, or is suspended, within this one now; null if none is. */
  abstract @Nullable Frame inner();

  @Override
  final void addPlaces(List<StackTraceElement> places) {
    Frame running = inner();
    if (running != null) {
      running.addPlaces(places);
    }
  }

  @Override
  final boolean holdsBody() {
    Frame running = inner();
    return running != null && running.holdsBody();
  }
}
