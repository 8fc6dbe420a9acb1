package dev.asyncawait.test;

import dev.asyncawait.Coroutine;
import dev.asyncawait.spi.ReadyOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs a test in many of the orders in which its tasks may run, to find one in which it fails.
 *
 * <pre>{@code
 * Schedules.explore(1000, () -> async(() -> {
 *   var balance = new AtomicInteger();
 *   Coroutine<Integer> deposit = async(() -> balance.addAndGet(10));
 *   await(gather(deposit, async(() -> balance.addAndGet(20))));
 *   assertThat(balance).hasValue(30);
 * }));
 * }</pre>
 *
 * <p>A loop runs what is ready first in, first out. Nothing promises that a program's tasks become ready in the order
 * in which they did when it was tested: an answer comes later, a cache is warm. So at each turn with several tasks
 * ready, one of them is chosen by a {@link Strategy}, from a seed. Callbacks go on in the order in which they became
 * ready, which is promised, and timers fire when they are due. Each run is in {@linkplain VirtualTime virtual time},
 * with all its checks.
 *
 * <p>First the test is run twice in the order in which it runs by itself. A failure there is thrown as it is; and the
 * second run must repeat the first one, or the test depends on something else than its order: on what the last run left
 * in a field, for one. If there is no choice in these runs, there is no other order.
 *
 * <p>What fails with a seed is thrown as the cause of a {@link ScheduleFailure}, which tells the order. The same seed
 * gives the same order on every machine and JDK, as long as nothing happens that does not come from the loop: calls of
 * {@link dev.asyncawait.Async#toThread toThread}, plain stages and other loops end when they end. The failure says so
 * if there were any, and if a second run with the seed took another course.
 *
 * @see AsyncTest#schedules
 * @since 0.1
 */
public final class Schedules {

  private static final ReadyOrder FIRST_IN_FIRST_OUT = ready -> 0;

  private Schedules() {}

  /**
   * Runs a coroutine with the seeds from 0 to {@code count - 1}, and with none.
   *
   * @param count the number of seeds, 1 or more
   * @param main makes the coroutine, and all that it shares with its tasks, once for each run
   * @return how many different orders there were among all
   * @throws ScheduleFailure if it fails with one of the seeds
   * @throws AssertionError if it does not repeat itself
   * @throws IllegalArgumentException if {@code count} is less than 1
   */
  public static int explore(int count, Supplier<? extends Coroutine<?>> main) {
    return options().explore(count, main);
  }

  /**
   * Runs a coroutine with one seed, after it has run without.
   *
   * @param seed the seed that {@link #explore} has reported
   * @param main makes the coroutine, as there
   * @throws ScheduleFailure if it fails with the seed
   */
  public static void replay(long seed, Supplier<? extends Coroutine<?>> main) {
    options().replay(seed, main);
  }

  /**
   * Returns options to change before running.
   *
   * @return new options with the default settings
   */
  public static Options options() {
    return new Options();
  }

  /** How orders are chosen, and how each run is run. */
  public static final class Options {

    private Strategy strategy = Strategy.mixed();
    private VirtualTime.Options time = VirtualTime.options();

    private Options() {}

    /**
     * Sets how the next task is chosen.
     *
     * @param strategy the strategy; {@link Strategy#mixed} by default
     * @return these options
     */
    public Options strategy(Strategy strategy) {
      this.strategy = Objects.requireNonNull(strategy, "strategy must not be null");
      return this;
    }

    /**
     * Sets the options of each run.
     *
     * @param options limits and what may be left behind
     * @return these options
     */
    public Options virtualTime(VirtualTime.Options options) {
      time = Objects.requireNonNull(options, "options must not be null");
      return this;
    }

    /**
     * Runs a coroutine with many seeds, as {@link Schedules#explore} does.
     *
     * @param count the number of seeds, 1 or more
     * @param main makes the coroutine, and all that it shares with its tasks, once for each run
     * @return how many different orders there were among all
     * @throws ScheduleFailure if it fails with one of the seeds
     * @throws AssertionError if it does not repeat itself
     * @throws IllegalArgumentException if {@code count} is less than 1
     */
    public int explore(int count, Supplier<? extends Coroutine<?>> main) {
      if (count < 1) {
        throw new IllegalArgumentException("count must be 1 or more, but was " + count);
      }
      Run first = baseline(main);
      requireRepeated(first, run(FIRST_IN_FIRST_OUT, false, main));
      if (first.length() == 0 && !first.realWork) {
        return 1;
      }
      Set<Long> orders = new HashSet<>();
      orders.add(first.fingerprint());
      for (long seed = 0; seed < count; seed++) {
        Run run = run(strategy.order(seed, first.length()), false, main);
        if (run.failure != null) {
          throw explain(seed, first, run, main);
        }
        orders.add(run.fingerprint());
      }
      return orders.size();
    }

    /**
     * Runs a coroutine with one seed, as {@link Schedules#replay} does.
     *
     * @param seed the seed that {@link #explore} has reported, with the same strategy
     * @param main makes the coroutine, as there
     * @throws ScheduleFailure if it fails with the seed
     */
    public void replay(long seed, Supplier<? extends Coroutine<?>> main) {
      Run first = baseline(main);
      Run run = run(strategy.order(seed, first.length()), false, main);
      if (run.failure != null) {
        throw explain(seed, first, run, main);
      }
    }

    private Run baseline(Supplier<? extends Coroutine<?>> main) {
      Objects.requireNonNull(main, "main must not be null");
      Run first = run(FIRST_IN_FIRST_OUT, false, main);
      if (first.failure != null) {
        throw Options.<RuntimeException>sneaky(first.failure);
      }
      return first;
    }

    @SuppressWarnings("unchecked")
    private static <X extends Throwable> RuntimeException sneaky(Throwable failure) throws X {
      throw (X) failure;
    }

    private static void requireRepeated(Run first, Run second) {
      boolean same = second.failure == null && second.choices().equals(first.choices());
      if (!same && !first.realWork && !second.realWork) {
        throw new AssertionError(
            "the test took another course when it ran for the second time, in the same order; each run must"
                + " make what it shares with its tasks, and not keep it in fields",
            second.failure);
      }
    }

    private Run run(ReadyOrder order, boolean inWords, Supplier<? extends Coroutine<?>> main) {
      var clock = new VirtualClock(time);
      var recorder = new Recorder(clock.guard(), order, inWords);
      Throwable failure = null;
      try {
        Object unused = new TestRun(time, clock, recorder).toTheEnd(main.get());
      } catch (Throwable thrown) {
        failure = thrown;
      }
      return new Run(recorder, clock.sawRealWork(), failure);
    }

    /** Runs it again, to tell what was chosen in words, and to see whether it replays. */
    private ScheduleFailure explain(
        long seed, Run first, Run failed, Supplier<? extends Coroutine<?>> main) {
      Run again = run(strategy.order(seed, first.length()), true, main);
      Throwable cause = Objects.requireNonNull(failed.failure);
      boolean replays = again.failure != null
          && again.failure.getClass() == cause.getClass()
          && again.choices().equals(failed.choices());
      String replay;
      if (failed.realWork || again.realWork) {
        replay =
            "this seed may not replay: calls of toThread, plain stages or other loops were in flight, and end"
                + " when they end";
      } else if (replays) {
        replay =
            "replay it with Schedules.replay(" + seed + ", ...) or @AsyncTest(seed = " + seed + ")";
      } else {
        replay =
            "this seed does not replay: the test took another course when it ran with it again, so it depends on"
                + " something else than the order of its tasks";
      }
      return new ScheduleFailure(seed, again.recorder.words(), replay, cause);
    }
  }

  /** What became of one run. */
  private record Run(
      Recorder recorder, boolean realWork, @Nullable Throwable failure) {
    List<Integer> choices() {
      return recorder.choices();
    }

    int length() {
      return choices().size() / 2;
    }

    long fingerprint() {
      return choices().stream()
          .mapToLong(Integer::longValue)
          .reduce(17, (hash, n) -> hash * 1_000_003 + n);
    }
  }
}
