package dev.asyncawait;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Acquires something, runs a body, and gives back: async with. */
final class HoldFrame extends BlockFrame {

  private final Frame acquire;
  private final Frame body;
  private @Nullable Held held;

  HoldFrame(Frame acquire, Frame body) {
    this.acquire = acquire;
    this.body = body;
  }

  @Override
  @Nullable
  Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error) throws Throwable {
    Held own = held;
    if (own != null) {
      return runBody(own, task, value, error);
    }
    StackReserve.touchDeep(); // or it could not be given back
    Object acquired = acquire.resume(task, value, error);
    if (acquired == SUSPENDED) {
      return SUSPENDED;
    }
    own = (Held) Objects.requireNonNull(acquired);
    held = own;
    return runBody(own, task, null, null);
  }

  private @Nullable Object runBody(
      Held own, Task<?> task, @Nullable Object value, @Nullable Throwable error) throws Throwable {
    Object result;
    try {
      result = body.resume(task, value, error);
    } catch (Throwable failure) {
      try {
        own.close();
      } catch (Throwable refused) {
        SuppressedFailures.add(
            "what " + this + " threw at its end",
            List.of(refused),
            failure,
            task,
            task,
            KnownFailure.additions());
      }
      throw failure;
    }
    if (result != SUSPENDED) {
      own.close();
    }
    return result;
  }

  @Override
  @Nullable
  Frame inner() {
    return held == null ? null : body;
  }

  @Override
  boolean reservesStack() {
    return acquire.reservesStack();
  }

  @Override
  String nameWhenUsed() {
    return "run(...)";
  }

  @Override
  public String toString() {
    return acquire + " around " + body;
  }
}
