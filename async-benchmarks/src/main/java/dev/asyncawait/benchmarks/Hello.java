package dev.asyncawait.benchmarks;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.sleep;

import dev.asyncawait.Async;
import java.time.Duration;

/** The smallest programs, whose whole process is measured; Kotlin's is {@link HelloKotlin}. */
public final class Hello {

  private Hello() {}

  /** Ours: lets others have a turn, so that it has suspended once. */
  public static final class Asyncawait {
    private Asyncawait() {}

    /** Runs it. */
    public static void main(String[] arguments) {
      Async.run(async(() -> {
        await(sleep(Duration.ZERO));
        System.out.println("hello");
      }));
    }
  }

  /** What a JVM takes that does nothing else. */
  public static final class Empty {
    private Empty() {}

    /** Runs it. */
    public static void main(String[] arguments) {
      System.out.println("hello");
    }
  }
}
