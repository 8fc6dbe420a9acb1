package dev.asyncawait;

import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * A cancel request on its way along who awaits whom: depth first, in the order of gather's children, and without
 * recursion, since a chain may be very long. Only by the holder of the loop's baton.
 *
 * <p>What is awaited may belong to another loop. There the request goes on as one of its own, which knows the tasks it
 * has come through: so one that comes round a ring of tasks ends, on however many loops these are.
 */
final class CancelRequest {

  final EventLoop loop;
  final @Nullable String reason;

  /** Who made it. */
  private final String requester;

  /** Tells a task that the request has come back to it. */
  final int round;

  /** What the request came through on other loops; null if it was made on this one. */
  private final @Nullable Through through;

  private final ArrayDeque<Visit> path = new ArrayDeque<>();

  /** One that the caller makes. */
  CancelRequest(EventLoop loop, @Nullable String reason) {
    this(loop, reason, CancelInfo.caller(), null);
  }

  CancelRequest(
      EventLoop loop, @Nullable String reason, String requester, @Nullable Through through) {
    this.loop = loop;
    this.requester = requester;
    this.reason = reason;
    this.through = through;
    this.round = loop.nextCancelRound();
  }

  /** A task that a request came through, with what it awaited then; the one before it, and so on. */
  record Through(
      Task<?> task,
      @Nullable AsyncFuture<?> awaited,
      @Nullable Through before) {}

  /**
   * Whether the request came through {@code task} before it was brought to this loop, and has come round a ring: the
   * task may have gone on meanwhile, and then it waits for something else.
   */
  boolean cameRoundTo(Task<?> task) {
    Through at = through;
    while (at != null && (at.task() != task || at.awaited() != task.awaiting)) {
      at = at.before();
    }
    return at != null;
  }

  /** The tasks by way of which the request has come to where it is; null if it was made there. */
  @Nullable
  Through cameThrough() {
    Through all = through;
    for (Iterator<Visit> visits = path.descendingIterator(); visits.hasNext(); ) {
      Task<?> task = visits.next().task();
      if (task != null) {
        all = new Through(task, task.awaiting, all);
      }
    }
    return all;
  }

  CancelInfo info() {
    return new CancelInfo(requester, reason, loop.time());
  }

  /** Brings the request to a task of another loop; false if that is closed. */
  boolean crossTo(Task<?> task) {
    Through all = cameThrough();
    return task.loop.post(new Callback(task.loop, () -> {
      boolean unused = new CancelRequest(task.loop, reason, requester, all).deliver(task);
    }));
  }

  /** Begins with {@code first}; says whether the request was of any use. */
  boolean deliver(AsyncFuture<?> first) {
    return goOn(first.receiveCancel(this));
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
        accepted = next.receiveCancel(this);
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

    /**
     * Returns the future to ask next, or null if all were asked.
     *
     * @param accepted what the one before said, and at first what {@code receiveCancel} said
     */
    abstract @Nullable AsyncFuture<?> next(boolean accepted);

    /** Returns what this future says, when all were asked. */
    abstract boolean accepted();

    /** The task that waits for what is asked; null if it is a future. */
    @Nullable
    Task<?> task() {
      return null;
    }
  }
}
