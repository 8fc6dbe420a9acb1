package dev.asyncawait.test;

import dev.asyncawait.Task;
import dev.asyncawait.spi.ReadyOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Leaves the choice to an order, keeps callbacks in theirs, and writes down what was chosen.
 *
 * <p>A name of the library's own making differs from run to run, so such tasks are numbered as they are first seen.
 */
final class Recorder implements ReadyOrder {

  private final Guard guard;
  private final ReadyOrder order;

  /** Whether to write down words, or numbers alone. */
  private final boolean inWords;

  private final List<Integer> choices = new ArrayList<>();
  private final List<String> words = new ArrayList<>();
  private final Map<Task<?>, String> names = new HashMap<>();

  private boolean stopped;

  Recorder(Guard guard, ReadyOrder order, boolean inWords) {
    this.guard = guard;
    this.order = order;
    this.inWords = inWords;
  }

  /** From now on nothing that is chosen matters, nor once the run is being stopped. */
  synchronized void stop() {
    stopped = true;
  }

  /** Synchronized, since the loops of one run share it. */
  @Override
  public synchronized int next(List<@Nullable Task<?>> ready) {
    if (stopped || guard.reason() != null) {
      return 0;
    }
    int callback = ready.indexOf(null);
    List<Integer> eligible = IntStream.range(0, ready.size())
        .filter(i -> ready.get(i) != null || i == callback)
        .boxed()
        .toList();
    if (eligible.size() == 1) {
      return eligible.get(0);
    }
    List<@Nullable Task<?>> candidates = new ArrayList<>();
    eligible.forEach(i -> candidates.add(ready.get(i)));
    int chosen = order.next(candidates);
    choices.add(candidates.size());
    choices.add(chosen);
    if (inWords) {
      words.add(describe(candidates, chosen));
    }
    return eligible.get(chosen);
  }

  private String describe(List<@Nullable Task<?>> candidates, int chosen) {
    List<String> all = candidates.stream().map(this::name).collect(Collectors.toList());
    Task<?> task = candidates.get(chosen);
    String place = task == null ? null : Report.place(task);
    String text = all.remove(chosen) + (place == null ? "" : " at " + place);
    return text + ", before " + String.join(", ", all);
  }

  private String name(@Nullable Task<?> task) {
    if (task == null) {
      return "a callback";
    }
    String given = task.getName();
    return given.matches("Task-\\d+") ? names.computeIfAbsent(task, this::newName) : given;
  }

  private String newName(Task<?> task) {
    Throwable creation = task.creation();
    String place = creation == null ? null : Report.place(creation.getStackTrace());
    return "task " + (names.size() + 1) + (place == null ? "" : " of " + place);
  }

  /** How many were ready, and which of them was chosen, at each choice. */
  synchronized List<Integer> choices() {
    return List.copyOf(choices);
  }

  synchronized List<String> words() {
    return List.copyOf(words);
  }
}
