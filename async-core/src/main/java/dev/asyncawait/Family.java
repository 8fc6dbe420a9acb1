package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/**
 * Tells whose work a task is: those that one task has made, or the children of a group. It keeps none of the tasks
 * reachable.
 */
final class Family {

  /** What the task that runs the group's block has made; null if this is not a group's. */
  private final @Nullable Family around;

  /** The innermost block around that of the group. */
  private final @Nullable ScopeNode scope;

  private Family(@Nullable Family around, @Nullable ScopeNode scope) {
    this.around = around;
    this.scope = scope;
  }

  static Family ofMaker() {
    return new Family(null, null);
  }

  static Family ofGroup(Task<?> task) {
    return new Family(task.familyMade(), task.scope());
  }

  @Nullable
  ScopeNode scope() {
    return scope;
  }

  /**
   * Whether a failure within this family is no news to {@code reader}: the task that made the one that failed, or for a
   * group the task of its block and the other children.
   */
  boolean includes(@Nullable Task<?> reader) {
    if (reader == null) {
      return around != null;
    }
    return around == null ? reader.made == this : reader.family == this || reader.made == around;
  }
}
