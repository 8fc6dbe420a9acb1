package dev.asyncawait.examples;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;

import dev.asyncawait.Async;
import dev.asyncawait.Coroutine;
import dev.asyncawait.Task;
import java.time.Duration;
import picocli.CommandLine.Command;

/** {@code async} prepares a worker, {@code await} waits for him, {@code createTask} sends him to work meanwhile. */
@Command(name = "analogy", description = "Prepare a worker first and wait for him later.")
final class Analogy implements Runnable {

  static Coroutine<String> worker(String product) {
    return async(() -> {
      System.out.println("Worker: I begin to bake the " + product + ".");
      await(sleep(Duration.ofSeconds(1)));
      System.out.println("Worker: the " + product + " is ready.");
      return product;
    });
  }

  static Coroutine<Void> boss() {
    return async(() -> {
      Coroutine<String> baker = worker("bread");
      System.out.println("Boss:   a worker is prepared, and has not begun.");
      System.out.println("Boss:   I wait for him.");
      System.out.println("Boss:   I have the " + await(baker) + ".");

      Task<String> helper = createTask(worker("cake"));
      System.out.println("Boss:   a second worker is on his way; I lay the table meanwhile.");
      await(sleep(Duration.ofMillis(500)));
      System.out.println("Boss:   the table is laid, now I wait for him.");
      System.out.println("Boss:   I have the " + await(helper) + ".");
    });
  }

  @Override
  public void run() {
    Async.run(boss());
  }
}
