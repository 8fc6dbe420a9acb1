package dev.asyncawait;

import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** The block of a {@link CancelScope}. */
final class ScopeFrame extends BlockFrame {

  /** What the block gives. */
  enum Gives {
    /** The body's value, or null if it was cut short. */
    VALUE,
    /** The same as an {@link Optional}. */
    OPTIONAL,
    /** Whether the body has come to its end. */
    WHETHER_ENDED,
    /** The body's value; it fails if the time is up. */
    VALUE_IN_TIME
  }

  private final CancelScope scope;
  private final Frame body;
  private final Gives gives;
  private boolean entered;

  ScopeFrame(CancelScope scope, Frame body, Gives gives) {
    this.scope = scope;
    this.body = body;
    this.gives = gives;
  }

  @Override
  @Nullable
  Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error) throws Throwable {
    if (!entered) {
      scope.enter(task);
      entered = true;
    }
    Object result;
    try {
      result = body.resume(task, value, error);
    } catch (Throwable failure) {
      if (task.loop.isAbandoned()) {
        throw failure;
      }
      if (!scope.exit(task, failure instanceof CancellationException)) {
        throw failure;
      }
      return cutShort((CancellationException) failure);
    }
    if (result == SUSPENDED) {
      return SUSPENDED;
    }
    scope.exit(task, false);
    return switch (gives) {
      case VALUE, VALUE_IN_TIME -> result;
      case OPTIONAL -> Optional.ofNullable(result);
      case WHETHER_ENDED -> true;
    };
  }

  private @Nullable Object cutShort(CancellationException cancellation) {
    if (gives == Gives.VALUE_IN_TIME && scope.hasExpired()) {
      var timeout = new AsyncTimeoutException(scope.message());
      timeout.initCause(cancellation);
      throw timeout;
    }
    return switch (gives) {
      case VALUE, VALUE_IN_TIME -> null;
      case OPTIONAL -> Optional.empty();
      case WHETHER_ENDED -> false;
    };
  }

  @Override
  @Nullable
  Frame inner() {
    return entered ? body : null;
  }

  @Override
  String nameWhenUsed() {
    return "CancelScope.run(...)";
  }

  @Override
  public String toString() {
    return scope + " around " + body;
  }
}
