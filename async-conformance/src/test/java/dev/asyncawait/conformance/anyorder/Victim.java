package dev.asyncawait.conformance.anyorder;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.createTask;

import dev.asyncawait.AsyncAction;
import dev.asyncawait.Task;

/**
 * A task that somebody cancels, and what it was doing then: that depends on the order.
 *
 * <p>A test that collects these moments over all orders, and compares them with those there are, knows that the orders
 * have led everywhere.
 */
final class Victim {

  private String doing = "waiting";
  private Task<Void> task;
  private String moment = "never cancelled";

  /** Begins as one that waits as soon as it runs. */
  Task<Void> start(AsyncAction body) {
    task = createTask(async(body), "victim");
    return task;
  }

  /** Told by its body. */
  void is(String what) {
    doing = what;
  }

  /** Cancels it, and says at what moment: one that waits may have been woken, and not have gone on yet. */
  String cancel() {
    String text = task.toString();
    if (task.isDone()) {
      moment = "done";
    } else if (text.contains("not started")) {
      moment = "not started";
    } else {
      moment = doing.equals("waiting") && text.contains(", ready") ? "woken" : doing;
    }
    task.cancel();
    return moment;
  }

  String doing() {
    return doing;
  }

  /** When it was cancelled. */
  String moment() {
    return moment;
  }

  Task<Void> task() {
    return task;
  }
}
