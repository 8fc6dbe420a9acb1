package dev.asyncawait;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A cancel request on its way along who awaits whom: depth first, in the order of gather's children, and without
 * recursion, since a chain may be very long. Only by the holder of the loop's baton.
 */
final class CancelRequest {

  final EventLoop loop;
  final @Nullable String reason;

  /** Tells a task that the request has come back to it. */
  final int round;

  private final ArrayDeque<Visit> path = new ArrayDeque<>();

  CancelRequest(EventLoop loop, @Nullable String reason) {
    this.loop = loop;
    this.reason = reason;
    this.round = loop.nextCancelRound();
  }

  /** Begins with {@code first}; says whether the request was of any use. */
  boolean deliver(AsyncFuture<?> first) {
    return goOn(first.meet(this));
  }

  /** Begins with {@code first}, also if that is in cleanup. */
  boolean deliverWithin(Task<?> first) {
    return goOn(first.accept(this));
  }

  private boolean goOn(boolean acceptedByFirst) {
    boolean accepted = acceptedByFirst;
    for (Visit visit; (visit = path.peek()) != null; ) {
      AsyncFuture<?> next = visit.next(accepted);
      if (next != null) {
        accepted = next.meet(this);
      } else {
        path.pop();
        accepted = visit.accepted();
      }
    }
    return accepted;
  }

  /** What a future does that passes the request on to others. */
  void visit(Visit visit) {
    path.push(visit);
  }

  /** A future that the request is at, or beyond. */
  abstract static class Visit {

    /** Whom to ask next, or null; told what the one before said, and at first what {@code meet} said. */
    abstract @Nullable AsyncFuture<?> next(boolean accepted);

    /** What this future says, when all were asked. */
    abstract boolean accepted();
  }
}
