package dev.asyncawait;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Failures that came after the one that is thrown: they are suppressed in it, or else reported, so that none gets lost.
 *
 * <p>It is not added to an exception that others may have as well, see {@link KnownFailure}.
 */
final class SuppressedFailures {

  /**
   * Looks no further into the first failure than so many exceptions; what is beyond may be added once more. Blocks within
   * blocks add to the same one, so to look through all of it in each would take the square of their number.
   */
  private static final int IN_FIRST = 100;

  /** Looks no further into a later failure, which is added to nothing if there is more: it might be a ring. */
  private static final int IN_LATER = 10_000;

  private final Throwable first;

  /** What whoever catches {@link #first} finds in it. */
  private final Set<Throwable> found = identitySet();

  private final List<Throwable> refused = new ArrayList<>();

  private SuppressedFailures(Throwable first) {
    this.first = first;
    found.addAll(within(first, null, IN_FIRST));
  }

  private static List<Throwable> without(Throwable first, List<Throwable> later) {
    return later.stream().filter(failure -> failure != first).toList();
  }

  /**
   * Suppresses {@code later} in {@code first}, except what is in it already. What cannot be goes to the exception
   * handler: {@code first} takes none, is not this block's own, or is itself part of it and the two would form a ring.
   *
   * @param what says what {@code later} are
   * @param thrower the task in which {@code first} was thrown: that of the block or a child
   * @param began what {@link KnownFailure#additions} was when the block began
   */
  static void add(
      String what,
      List<Throwable> later,
      Throwable first,
      Task<?> task,
      Task<?> thrower,
      long began) {
    var failures = new SuppressedFailures(first);
    List<Throwable> others = without(first, later);
    String why = "";
    if (!others.isEmpty()) {
      if (KnownFailure.mayAddTo(first, task, thrower, began)) {
        failures.suppress(others);
      } else {
        failures.refuse(others);
        why = ", which others may have as well";
      }
    }
    for (Throwable lost : failures.refused) {
      task.loop.report(what + " could not be added to " + Ask.text(first) + why, lost);
    }
  }

  /** The same for what is dropped if it cannot be added, since it was only one attempt of several. */
  private static void addOrDrop(
      List<Throwable> later, Throwable first, Task<?> task, Task<?> thrower, long began) {
    List<Throwable> others = without(first, later);
    if (!others.isEmpty() && KnownFailure.mayAddTo(first, task, thrower, began)) {
      new SuppressedFailures(first).suppress(others);
    }
  }

  /** The failure of the first of these tasks, which all attempted the same, with those of the others suppressed if it takes them. */
  static Throwable firstOf(List<Task<?>> failed, Task<?> task, long began) {
    Task<?> thrower = failed.get(0);
    Throwable first = thrower.failureWithin();
    List<Throwable> later = failed.stream().skip(1).map(Task::failureWithin).toList();
    addOrDrop(later, first, task, thrower, began);
    return first;
  }

  private void suppress(List<Throwable> later) {
    int before = first.getSuppressed().length;
    var added = new ArrayList<Throwable>();
    for (Throwable failure : later) {
      if (found.contains(failure)) {
        continue;
      }
      Set<Throwable> within = within(failure, first, IN_LATER);
      if (within.contains(first) || within.size() == IN_LATER) {
        refused.add(failure);
      } else {
        first.addSuppressed(failure);
        added.add(failure);
        found.addAll(within);
      }
    }
    if (first.getSuppressed().length == before) {
      refused.addAll(added);
    }
  }

  private void refuse(List<Throwable> later) {
    for (Throwable failure : later) {
      if (found.add(failure)) {
        refused.add(failure);
      }
    }
  }

  /** {@code failure} and what is in it, without what is known to be found and is not {@code wanted}. */
  private Set<Throwable> within(Throwable failure, @Nullable Throwable wanted, int most) {
    Set<Throwable> reached = identitySet();
    var open = new ArrayDeque<Throwable>();
    open.add(failure);
    while (!open.isEmpty() && reached.size() < most) {
      Throwable next = open.remove();
      boolean known = next != wanted && found.contains(next);
      if (known || !reached.add(next)) {
        continue;
      }
      Throwable cause = Ask.cause(next);
      if (cause != null) {
        open.add(cause);
      }
      Collections.addAll(open, next.getSuppressed());
    }
    return reached;
  }

  private static Set<Throwable> identitySet() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }
}
