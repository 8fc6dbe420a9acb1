package dev.asyncawait;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** Failures that came after the one that is thrown: they are suppressed in it, so that none gets lost. */
final class LaterFailures {

  private final Throwable first;

  /** What whoever catches {@link #first} finds in it. */
  private final Set<Throwable> found = identitySet();

  private final List<Throwable> refused = new ArrayList<>();

  private LaterFailures(Throwable first) {
    this.first = first;
    found.addAll(reachableFrom(first));
  }

  /**
   * Suppresses {@code later} in {@code first}, except what is in it already.
   *
   * @return what could not be: {@code first} takes none, or is itself part of it and the two would form a ring
   */
  static List<Throwable> suppress(Throwable first, List<Throwable> later) {
    var failures = new LaterFailures(first);
    failures.suppress(later);
    return failures.refused;
  }

  private void suppress(List<Throwable> later) {
    int before = first.getSuppressed().length;
    var added = new ArrayList<Throwable>();
    for (Throwable failure : later) {
      if (found.contains(failure)) {
        continue;
      }
      Set<Throwable> within = reachableFrom(failure);
      if (within.contains(first)) {
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

  /** What is not known to be found already, and beyond. */
  private Set<Throwable> reachableFrom(Throwable failure) {
    Set<Throwable> reached = identitySet();
    var open = new ArrayDeque<Throwable>();
    open.add(failure);
    while (!open.isEmpty()) {
      Throwable next = open.remove();
      boolean known = next != first && found.contains(next);
      if (known || !reached.add(next)) {
        continue;
      }
      Throwable cause = next.getCause();
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
