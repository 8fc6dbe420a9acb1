package dev.asyncawait.test;

import dev.asyncawait.spi.ReadyOrder;
import java.util.Random;

/**
 * How {@link Schedules} chooses which task runs next.
 *
 * <pre>{@code
 * Schedules.options().strategy(Strategy.pct(3)).explore(10_000, () -> fetchData());
 * }</pre>
 *
 * <p>Each seed stands for one order, the same on every machine and JDK.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface Strategy {

  /**
   * Makes the order of one run.
   *
   * @param seed the seed; of all that is random about the order, the only source
   * @param choices how many choices there are in the order in which the loop runs by itself, an estimate of their
   *     number in any other
   * @return an order that is asked for one run only; what is ready holds each task, and null at most once, for the
   *     callbacks, of which only the oldest is ever to be chosen
   */
  ReadyOrder order(long seed, int choices);

  /**
   * Chooses among all that is ready with equal chances.
   *
   * @return the strategy
   */
  static Strategy uniform() {
    return (seed, choices) -> {
      Random random = random(seed);
      return ready -> random.nextInt(ready.size());
    };
  }

  /**
   * Chooses by priorities: PCT, probabilistic concurrency testing.
   *
   * <p>Each task gets a random priority when it is first seen, and the one with the highest runs whenever it can; at
   * {@code depth - 1} random choices of the run, the one that would be next gets a priority below all that have not been
   * changed. A bug of depth d is one that shows whenever d things happen in a certain order: one for a task that must run
   * before another, one more for each time that a task must be held up half-way. Of <i>n</i> tasks, each order finds such
   * a bug with a chance of at least 1/(<i>n</i>·(2<i>k</i>)<sup>d-1</sup>), if it shows within the first <i>k</i> choices,
   * as many as the usual order makes; where an order takes longer, the changes may come later, with a smaller chance.
   * Main counts as a task, and so do all callbacks together. If a task must be held up for <i>m</i> choices among
   * <i>n</i> tasks, choosing with equal chances does so with a chance of about (1 - 1/<i>n</i>)<sup><i>m</i></sup> only.
   *
   * <p>A task that is chosen many times in a row, a hundred at least, may be waiting for another one in a loop around
   * {@code sleep(Duration.ZERO)}; it gets the lowest priority of all.
   *
   * @param depth 1 or more; with more than the bug's depth it is found as well, somewhat more rarely
   * @return the strategy
   * @throws IllegalArgumentException if {@code depth} is less than 1
   * @see <a href="https://doi.org/10.1145/1736020.1736040">Burckhardt, Kothari, Musuvathi, Nagarakatte: A Randomized
   *     Scheduler with Probabilistic Guarantees of Finding Bugs (ASPLOS 2010)</a>
   */
  static Strategy pct(int depth) {
    if (depth < 1) {
      throw new IllegalArgumentException("depth must be 1 or more, but was " + depth);
    }
    return (seed, choices) -> new PriorityOrder(random(seed), depth, choices);
  }

  /**
   * Chooses with equal chances for even seeds, and for odd ones by priorities, with the depths 1 to 4 in turn. It is the
   * default, since each of the two finds what the other hardly does.
   *
   * @return the strategy
   */
  static Strategy mixed() {
    return (seed, choices) -> {
      int depth = 1 + (int) Math.floorMod(seed >> 1, 4L);
      return ((seed & 1) == 0 ? uniform() : pct(depth)).order(seed, choices);
    };
  }

  /** Spreads seeds that are close to each other. The algorithm of {@code nextInt} is specified, so all JDKs agree. */
  private static Random random(long seed) {
    return new Random(seed * 0x9E3779B97F4A7C15L);
  }
}
