package dev.asyncawait;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a block of code means for whatever is awaited within it: when that is to end, whether every {@code await} fails, and
 * whether it is out of reach of the blocks around. Each task has a chain of them, the innermost first; that of a child of a
 * group goes on with the blocks around the group's. Only by the holder of the loop's baton. It keeps no task reachable.
 */
final class ScopeNode {

  enum Kind {
    /** That may be cancelled, and then stays so. */
    SCOPE,
    /** That makes one request when its time has come. */
    TIMEOUT,
    /** That is out of reach of what is around it. */
    CLEANUP
  }

  static final Duration NEVER = ChronoUnit.FOREVER.getDuration();

  /** From here on it is never: no timer is set. */
  private static final Duration FARTHEST = Duration.ofNanos(GuardedClock.nanos(NEVER));

  /** The block around; null if there is none. */
  final @Nullable ScopeNode outer;

  private final Kind kind;

  /** On the loop's scale; null if there is none. */
  private @Nullable Duration deadline;

  private @Nullable TimerHandle timer;

  /** Whether every await within fails, unless cleanup keeps it off. */
  private boolean cancelled;

  private @Nullable String reason;

  /** The groups within reach whose block runs; null if there was none yet, and of a scope alone. */
  private @Nullable Set<TaskGroup> groups;

  ScopeNode(@Nullable ScopeNode outer, Kind kind) {
    this.outer = outer;
    this.kind = kind;
  }

  // ---- groups within

  static void enter(TaskGroup group, @Nullable ScopeNode innermost) {
    for (ScopeNode node = innermost; node != null; node = node.around()) {
      if (node.kind == Kind.SCOPE) {
        if (node.groups == null) {
          node.groups = new LinkedHashSet<>();
        }
        node.groups.add(group);
      }
    }
  }

  static void leave(TaskGroup group, @Nullable ScopeNode innermost) {
    for (ScopeNode node = innermost; node != null; node = node.around()) {
      if (node.groups != null) {
        node.groups.remove(group);
      }
    }
  }

  // ---- its time

  /** What is so far from now, on the loop's scale. */
  static Duration deadlineIn(EventLoop loop, Duration limit) {
    return limit.compareTo(FARTHEST) >= 0 ? NEVER : loop.time().plus(limit);
  }

  /** Sets the deadline, or moves it; {@code passed} is called once if it passes before this is disarmed. */
  void arm(EventLoop loop, Duration when, Runnable passed) {
    disarm();
    deadline = null;
    if (when.compareTo(FARTHEST) < 0) {
      deadline = when;
      timer = loop.scheduleAt(when, passed);
    }
  }

  void disarm() {
    TimerHandle armed = timer;
    if (armed != null) {
      timer = null;
      armed.cancel();
    }
  }

  // ---- its cancellation

  void cancel(@Nullable String why) {
    cancelled = true;
    reason = why;
    if (groups != null) {
      List.copyOf(groups).forEach(group -> group.scopeCancelled(why));
    }
  }

  @Nullable
  String reason() {
    return reason;
  }

  /** The block around that is within reach. */
  private @Nullable ScopeNode around() {
    return kind == Kind.CLEANUP ? null : outer;
  }

  /** The innermost that was cancelled, of {@code innermost} and those around it; null if none was. */
  static @Nullable ScopeNode cancelledOf(@Nullable ScopeNode innermost) {
    ScopeNode node = innermost;
    while (node != null && !node.cancelled) {
      node = node.around();
    }
    return node;
  }

  /** The earliest deadline of {@code innermost} and those around it; null if there is none. */
  static @Nullable Duration deadlineOf(@Nullable ScopeNode innermost) {
    Duration earliest = null;
    for (ScopeNode node = innermost; node != null; node = node.around()) {
      Duration own = node.deadline;
      if (own != null && (earliest == null || own.compareTo(earliest) < 0)) {
        earliest = own;
      }
    }
    return earliest;
  }
}
