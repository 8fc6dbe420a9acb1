package dev.asyncawait;

import dev.asyncawait.spi.Activation;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One activation of a coroutine's body: the seam between a task and what it runs.
 *
 * <p>The kernel asks a frame to {@code resume} and the frame runs on until it returns its result, throws, or
 * answers {@link #SUSPENDED} after it left word in {@link Task#awaiting} of what it waits for. A body that is
 * ordinary Java code ({@link BodyFrame}) never answers SUSPENDED: it parks its thread inside {@code resume}.
 * The library's own waits are written as frames, so they need no thread of their own.
 */
abstract class Frame {

  static final Object SUSPENDED = Activation.SUSPENDED;

  /**
   * Runs on, with the outcome of what was awaited; both are null at the start.
   *
   * <p>Only by the holder of the task's baton, or the thread that ends the task when its loop was abandoned.
   */
  abstract @Nullable Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
      throws Throwable;

  /** Whether this begins also if it was cancelled before that, and is told so. */
  boolean outlivesCancellation() {
    return false;
  }

  /** Called if this will never run, and is not to be said to have been forgotten. */
  void dropped() {}

  /** Whether this is a compiled body, which goes on in any thread. */
  boolean isCompiled() {
    return false;
  }

  /** Whether this sees to it itself that there is stack for what it does, before it changes anything. */
  boolean reservesStack() {
    return false;
  }

  /** Adds where the bodies within this, which are on no stack, are suspended; the innermost first. May be called by any thread. */
  void addPlaces(List<StackTraceElement> places) {}

  /** Whether this, suspended, holds a body of the user's that is on no stack, and must be told if its loop is abandoned. */
  boolean holdsBody() {
    return false;
  }

  /** Whether this, suspended, goes on with the same wait if it is cancelled. */
  boolean mustEnd() {
    return false;
  }

  /** Adds the tasks whose end, or next act, this waits for, while it is suspended; as {@link Task#waitsFor} says. */
  void addBlockers(Set<Task<?>> blockers) {}

  /**
   * What a coroutine is called that has been used: it keeps this in the place of its frame, and so nothing that the
   * frame holds.
   */
  abstract Object nameWhenUsed();

  /** How a task says that this has suspended it. */
  String label() {
    return toString();
  }

  /** The frame of an awaitable: a coroutine's own, begun here, or one that waits for a future. */
  static Frame of(Awaitable<?> awaitable) {
    if (awaitable instanceof Coroutine<?> coroutine) {
      return coroutine.begin();
    }
    return new FutureFrame((AsyncFuture<?>) awaitable);
  }
}
