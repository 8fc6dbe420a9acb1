package random;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.sleep;

import dev.asyncawait.Coroutine;
import java.time.Duration;
import java.util.List;

/** What random bodies are made of. */
public class Parts {

  public static <T> Coroutine<T> give(T value) {
    return async(() -> {
      await(sleep(Duration.ZERO));
      return value;
    });
  }

  public static <T> Coroutine<T> now(T value) {
    return async(() -> value);
  }

  public static <T> Coroutine<T> fail(Exception failure) {
    return async(() -> {
      await(sleep(Duration.ZERO));
      if (failure != null) {
        throw failure;
      }
      return null;
    });
  }

  public static int mix(int a, long b, String c, double d) {
    return a + (int) b + c.length() + (int) d;
  }

  /** Keeps texts short. */
  public static String cut(String text) {
    return text.length() > 12 ? text.substring(text.length() - 12) : text;
  }

  public record Point(int a, long b, String c) {}

  /** A resource that tells when it is opened and closed, and fails to close if its name is long. */
  public static class Resource implements AutoCloseable {
    private final List<String> history;
    private final String name;

    public Resource(List<String> history, String name) {
      this.history = history;
      this.name = name;
      history.add("o" + name);
    }

    @Override
    public void close() {
      history.add("c" + name);
      if (name.length() > 9) {
        throw new IllegalStateException("close");
      }
    }
  }
}
