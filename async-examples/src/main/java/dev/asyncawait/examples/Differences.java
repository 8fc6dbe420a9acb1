package dev.asyncawait.examples;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;

import dev.asyncawait.Async;
import dev.asyncawait.AsyncAction;
import dev.asyncawait.AsyncFuture;
import dev.asyncawait.Coroutine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/** What {@code async} does and what {@code await} does: each rule is kept once and broken once. */
@Command(
    name = "differences",
    description = "Show how async and await differ, by breaking each rule.")
final class Differences implements Runnable {

  /** What the coroutines of one demonstration did, in order. */
  private final List<String> trace = new ArrayList<>();

  @Override
  public void run() {
    purpose();
    placement();
    execution();
    dependency();
    output();
  }

  private void purpose() {
    rule(
        "Purpose",
        "async makes a coroutine of a block of code; await runs it and waits for its end");
    Async.run(async(() -> {
      await(step("fetch the data"));
      await(step("use the data"));
    }));
    show("with await", takeTrace());
    Async.run(async(() -> {
      step("fetch the data").drop(); // forgotten await: drop() only spares us the warning
      await(step("use the data"));
    }));
    show("without await", takeTrace());
  }

  private void placement() {
    rule(
        "Placement",
        "async stands anywhere; await stands in the body of a coroutine and nowhere else");
    Coroutine<Integer> anywhere = answer();
    show("await in the body", Async.run(async(() -> await(anywhere))));
    Async.run(async(() -> {
      show("await in a toThread call", refusalOf(() -> await(toThread(() -> await(answer())))));
    }));
  }

  private void execution() {
    rule(
        "Execution",
        "async runs nothing by itself; await pauses its coroutine, and others run meanwhile");
    Async.run(async(() -> await(gather(pausing("a"), pausing("b")))));
    show("await sleep()", takeTrace());
    Async.run(async(() -> await(gather(blocking("a"), blocking("b")))));
    show("Thread.sleep()", takeTrace());
  }

  private void dependency() {
    rule("Dependency", "async can do without await; await cannot do without async");
    show("async without await", Async.run(async(() -> "done")));
    show("await without async", refusalOf(() -> await(AsyncFuture.completedFuture("done"))));
  }

  private void output() {
    rule("Output", "async gives a coroutine; await gives its value, and a coroutine gives it once");
    Async.run(async(() -> {
      Coroutine<Integer> coroutine = answer();
      show("async", coroutine.getClass().getSimpleName());
      show("await", await(coroutine));
      show("await again", refusalOf(() -> await(coroutine)));
    }));
  }

  private static Coroutine<Integer> answer() {
    return async(() -> 42);
  }

  private Coroutine<Void> step(String name) {
    return async(() -> {
      trace.add(name);
    });
  }

  private Coroutine<Void> pausing(String name) {
    return async(() -> {
      trace.add(name + " begins");
      await(sleep(Duration.ofMillis(100)));
      trace.add(name + " ends");
    });
  }

  private Coroutine<Void> blocking(String name) {
    return async(() -> {
      trace.add(name + " begins");
      Thread.sleep(100);
      trace.add(name + " ends");
    });
  }

  private static String refusalOf(AsyncAction misuse) {
    try {
      misuse.run();
    } catch (Exception e) {
      return e.getClass().getSimpleName() + ": " + e.getMessage();
    }
    throw new AssertionError("the rule was broken, and nothing was refused");
  }

  private String takeTrace() {
    String steps = String.join(", ", trace);
    trace.clear();
    return steps;
  }

  private static void rule(String name, String rule) {
    System.out.println(name + ": " + rule);
  }

  private static void show(String what, Object seen) {
    System.out.printf("  %-28s%s%n", what, seen);
  }
}
