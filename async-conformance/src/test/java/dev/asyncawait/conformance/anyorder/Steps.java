package dev.asyncawait.conformance.anyorder;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.sleep;

import dev.asyncawait.AsyncBody;
import dev.asyncawait.Outcome;
import dev.asyncawait.Task;
import dev.asyncawait.test.Schedules;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Small steps that programs consist of whose tasks may go on in any order. */
final class Steps {

  private Steps() {}

  /** Runs a test in many orders, and gives all the answers that it has had. */
  static Set<String> inAnyOrder(int schedules, AsyncBody<String> test) {
    Set<String> answers = new TreeSet<>();
    Schedules.explore(schedules, () -> async(() -> answers.add(test.call())));
    return answers;
  }

  static void turn() {
    await(sleep(Duration.ZERO));
  }

  static void turns(int count) {
    for (int i = 0; i < count; i++) {
      turn();
    }
  }

  /** How the task ends, once it has. */
  static <T> Outcome<T> outcome(Task<T> task) {
    return await(gatherOutcomes(List.of(task))).get(0);
  }

  static boolean isSuccess(Task<?> task) {
    return outcome(task) instanceof Outcome.Success<?>;
  }

  /** How many of the tasks have not ended. */
  static int pending(Collection<? extends Task<?>> tasks) {
    return (int) tasks.stream().filter(task -> !task.isDone()).count();
  }
}
