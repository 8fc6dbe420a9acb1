package dev.asyncawait.examples;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.sleep;

import dev.asyncawait.Async;
import dev.asyncawait.Coroutine;
import java.time.Duration;
import picocli.CommandLine.Command;

/** Calling a coroutine's method runs nothing; {@link Async#run} does. */
@Command(name = "greet", description = "Print 'Hello!' and, one second later, 'Goodbye!'.")
final class Greet implements Runnable {

  private static boolean started;

  static Coroutine<Void> greet() {
    return async(() -> {
      started = true;
      System.out.println("Hello!");
      await(sleep(Duration.ofSeconds(1)));
      System.out.println("Goodbye!");
    });
  }

  @Override
  public void run() {
    Coroutine<Void> greeting = greet();
    if (started) {
      throw new IllegalStateException("greet() ran before it was awaited: " + greeting);
    }
    Async.run(greeting);
  }
}
