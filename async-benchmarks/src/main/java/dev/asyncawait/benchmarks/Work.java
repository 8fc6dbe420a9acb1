package dev.asyncawait.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.function.IntToLongFunction;

/**
 * What is measured: the same work for every contestant, which is a benchmark method {@code name_contestant} of any class.
 *
 * @param name the beginning of the methods' names
 * @param title what one operation is, for the table
 * @param n how many tasks, items or rounds there are
 * @param operations how many operations a run with so many has
 * @param manner how it is measured
 */
record Work(String name, String title, int n, IntToLongFunction operations, Manner manner) {

  /** How a work is measured. */
  enum Manner {
    /** Contestants that are warm take turns. */
    TURNS,
    /** Each turn is the first run of a new process that has run a small one before. */
    ONCE,
    /** Each turn is a whole process. */
    PROCESS
  }

  static final List<Work> ALL = List.of(
      turns("done", "await a finished future", 100_000),
      turns("inline", "await a coroutine that does not suspend", 100_000),
      turns("task", "create a task and await it", 10_000),
      new Work(
          "switch",
          "switch among 100 tasks",
          100,
          n -> (long) n * SwitchBenchmark.rounds(n),
          Manner.TURNS),
      new Work(
          "cross",
          "go on after another thread has completed the future",
          1_000,
          n -> 1, // a latency is what a run gives
          Manner.TURNS),
      turns("gather", "gather 10,000 tasks, each", 10_000),
      turns("gatherYield", "the same, each yields once", 10_000),
      turns("group", "a group of 1,000 children, each", 1_000),
      turns("queue", "an item through a queue of 100", 100_000),
      turns("queueTwoLoops", "the same between two loops", 100_000),
      turns("lock", "hold a lock that 100 want over a yield", 10_000),
      turns("lockUncontended", "take a lock that nobody wants", 100_000),
      turns("semaphore", "hold one of 10 permits that 100 want over a yield", 10_000),
      turns("semaphoreUncontended", "take a permit that nobody wants", 100_000),
      turns("virtualTime", "a sleeper of a day of virtual time", 100_000),
      whole("sleepers", "1,000,000 tasks asleep for a second", 1_000_000, Manner.ONCE),
      whole(
          "http",
          String.format(
              Locale.ROOT,
              "%,d requests at once, each calls another server twice",
              HttpLoad.most()),
          HttpLoad.most(),
          Manner.ONCE),
      whole("hello", "a process that says hello", 1, Manner.PROCESS),
      whole(
          Contestant.ARCHIVED,
          "the same with its classes in a class data archive",
          1,
          Manner.PROCESS));

  private static Work turns(String name, String title, int n) {
    return new Work(name, title, n, count -> count, Manner.TURNS);
  }

  /** One whose run is one operation. */
  private static Work whole(String name, String title, int n, Manner manner) {
    return new Work(name, title, n, count -> 1, manner);
  }

  Work withSize(int size) {
    return new Work(name, title, size, operations, manner);
  }

  long count() {
    return operations.applyAsLong(n);
  }
}
