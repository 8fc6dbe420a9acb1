package dev.asyncawait.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How long to measure.
 *
 * @param rounds how many turns each contestant has
 * @param millis how long a turn is
 * @param warmUpMillis how long each contestant runs before
 */
record Rounds(int rounds, int millis, int warmUpMillis) {

  private static final int WARM_UP_TURN_MILLIS = 200;

  /** What a process runs before the one run that counts, where each has a process of its own. */
  private static final int SMALL = 2_000;

  /** Has all contestants of a work take turns on a JDK. */
  List<Measurement> measure(Work work, Jdk jdk) throws IOException {
    return measure(work, jdk, Contestant.of(work, jdk));
  }

  /** Measures what is compared with the others, alone. */
  Measurement measureOurs(Work work, Jdk jdk) throws IOException {
    return measure(work, jdk, Contestant.of(work, jdk).subList(0, 1)).get(0);
  }

  private List<Measurement> measure(Work work, Jdk jdk, List<Contestant> contestants)
      throws IOException {
    List<List<Turn>> turns = switch (work.manner()) {
      case TURNS -> inTurns(contestants);
      case ONCE, PROCESS -> eachInItsOwnProcess(contestants, work);
    };
    List<Measurement> measured = new ArrayList<>();
    for (int i = 0; i < contestants.size(); i++) {
      List<Turn> each =
          turns.get(i).stream().map(turn -> turn.each(work.count())).toList();
      measured.add(new Measurement(
          jdk.version().feature(), work.name(), work.n(), contestants.get(i).name(), each));
    }
    return measured;
  }

  private List<List<Turn>> inTurns(List<Contestant> contestants) throws IOException {
    List<Contestant.Running> running = new ArrayList<>();
    List<List<Turn>> turns = new ArrayList<>();
    try {
      for (Contestant contestant : contestants) {
        Contestant.Running started = contestant.start();
        running.add(started);
        turns.add(new ArrayList<>());
        warmUp(started);
      }
      for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < running.size(); i++) {
          turns.get(i).add(running.get(i).go(millis));
        }
      }
      return turns;
    } finally {
      running.forEach(Contestant.Running::close);
    }
  }

  private void warmUp(Contestant.Running contestant) throws IOException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(warmUpMillis);
    while (System.nanoTime() < end) {
      contestant.go(WARM_UP_TURN_MILLIS);
    }
  }

  private List<List<Turn>> eachInItsOwnProcess(List<Contestant> contestants, Work work)
      throws IOException {
    List<List<Turn>> turns = new ArrayList<>();
    contestants.forEach(any -> turns.add(new ArrayList<>()));
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < contestants.size(); i++) {
        Contestant contestant = contestants.get(i);
        turns
            .get(i)
            .add(
                work.manner() == Work.Manner.PROCESS
                    ? contestant.whole()
                    : once(contestant, work.n()));
      }
    }
    return turns;
  }

  private static Turn once(Contestant contestant, int n) throws IOException {
    try (Contestant.Running process = contestant.start()) {
      process.once(Math.min(SMALL, n));
      return process.once(n);
    }
  }
}
