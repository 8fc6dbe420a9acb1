package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static java.time.Duration.ofHours;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

/** A task group for each test, and tasks for it that fail or tell in the trace how they ended. */
abstract class TaskGroupFixture extends LoopFixture {

  final List<String> trace = new ArrayList<>();
  final TaskGroup group = taskGroup();

  final Coroutine<String> job(String name, Duration length) {
    return async(() -> {
      try {
        await(sleep(length));
        trace.add(name + " done");
        return name;
      } catch (CancellationException e) {
        trace.add(name + " cancelled");
        throw e;
      }
    });
  }

  final Coroutine<String> failing(Duration after, Throwable failure) {
    return async(() -> {
      await(sleep(after));
      throw Async.sneaky(failure);
    });
  }

  /** Fails when it is cancelled. */
  final Coroutine<String> failingCleanup(Throwable failure) {
    return async(() -> {
      try {
        await(sleep(ofHours(9)));
        return "not cancelled";
      } catch (CancellationException e) {
        throw Async.sneaky(failure);
      }
    });
  }

  static IllegalStateException broken(String message) {
    return new IllegalStateException(message);
  }
}
