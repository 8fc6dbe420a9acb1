package dev.asyncawait;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Who asked a task to end, when, and why.
 *
 * <pre>{@code
 * try {
 *   await(fetch("a"));
 * } catch (CancellationException cancelled) {
 *   System.out.println(currentTask().cancelInfo()); // loop orders: "timed out after PT2S" at PT12S
 *   throw cancelled;
 * }
 * }</pre>
 *
 * @param requester names who asked: the task, the loop whose timer or callback it was, or the thread
 * @param reason what the {@link java.util.concurrent.CancellationException} says, which names the timeout, the scope or the
 *     group if it was one of these; null if none was given
 * @param time when, on the scale of {@link EventLoop#time} of the task's loop
 * @see Task#cancelInfo()
 * @since 0.1
 */
public record CancelInfo(String requester, @Nullable String reason, Duration time) {

  /** Names whoever calls this. */
  static String caller() {
    Task<?> task = Task.currentOrNull();
    if (task != null) {
      return task.title();
    }
    EventLoop loop = EventLoop.currentOrNull();
    return loop != null
        ? "loop " + loop.name()
        : "thread " + Thread.currentThread().getName();
  }

  /**
   * Shows all of it.
   *
   * @return for example {@code loop orders: "timed out after PT2S" at PT12S}
   */
  @Override
  public String toString() {
    return requester + (reason == null ? "" : ": \"" + reason + "\"") + " at " + time;
  }
}
