package dev.asyncawait.examples;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.sleep;

import dev.asyncawait.Async;
import dev.asyncawait.Coroutine;
import java.time.Duration;
import picocli.CommandLine.Command;

/** One coroutine waits for another. */
@Command(name = "fetch", description = "Fetch data, which takes two seconds, and wait for it.")
final class Fetch implements Runnable {

  static Coroutine<Void> fetchData() {
    return async(() -> {
      System.out.println("Fetching data...");
      await(sleep(Duration.ofSeconds(2)));
      System.out.println("Data fetched!");
    });
  }

  static Coroutine<Void> main() {
    return async(() -> {
      System.out.println("Starting...");
      await(fetchData());
      System.out.println("Done!");
    });
  }

  @Override
  public void run() {
    Async.run(main());
  }
}
