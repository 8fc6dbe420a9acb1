package dev.asyncawait.test;

import java.util.List;

/**
 * A test that {@link Schedules} ran fails in one of the orders in which its tasks may run.
 *
 * <p>The cause is what the test failed with.
 *
 * @since 0.1
 */
public final class ScheduleFailure extends AssertionError {

  private static final long serialVersionUID = 1;

  /** More choices than a reader will follow; the last are of interest. */
  private static final int MOST = 60;

  /** Stands for the order. */
  private final long seed;

  /** What was chosen. */
  private final String[] trace;

  ScheduleFailure(long seed, List<String> trace, String replay, Throwable cause) {
    super(message(seed, trace, replay, cause), cause);
    this.seed = seed;
    this.trace = trace.toArray(new String[0]);
  }

  private static String message(long seed, List<String> trace, String replay, Throwable cause) {
    var text = new StringBuilder("fails with seed ")
        .append(seed)
        .append(": ")
        .append(Report.firstLine(cause));
    text.append(
        trace.isEmpty()
            ? "\nthere was never a choice, so it is not the order that matters"
            : "\nwho went on whenever several tasks were ready:");
    int hidden = Math.max(0, trace.size() - MOST);
    if (hidden > 0) {
      text.append("\n  (").append(hidden).append(" earlier choices)");
    }
    for (int i = hidden; i < trace.size(); i++) {
      text.append("\n  ").append(i + 1).append(". ").append(trace.get(i));
    }
    return text.append('\n').append(replay).toString();
  }

  /**
   * Returns the seed of the order.
   *
   * @return the seed, for {@link Schedules#replay} or {@link AsyncTest#seed}
   */
  public long seed() {
    return seed;
  }

  /**
   * Returns which task went on at each choice, where it was then, and which others were ready.
   *
   * @return the choices, for example {@code withdraw at Bank.java:31, before deposit}; the same whenever the seed is
   *     replayed
   */
  public List<String> trace() {
    return List.of(trace);
  }
}
