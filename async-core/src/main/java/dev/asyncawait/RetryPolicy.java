package dev.asyncawait;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * When {@link Async#retry retry} tries again: how often, after how long, and after which failures.
 *
 * <pre>{@code
 * RetryPolicy patient = RetryPolicy.attempts(5)
 *     .withBackoff(Duration.ofMillis(100), Duration.ofSeconds(5))
 *     .withJitter()
 *     .retryIf(IOException.class::isInstance);
 * String page = await(retry(patient, () -> await(fetch("a"))));
 * }</pre>
 *
 * <p>Unless told otherwise it tries again at once, after any {@link Exception}. A {@link CancellationException} is never
 * tried again after, and neither is anything else once the task was asked to be cancelled, unless the body took that back
 * with {@link Task#uncancel}.
 *
 * <p>Immutable; it may be shared by any number of retries, and by loops if its predicate and its generator may.
 *
 * @see Async#retry
 * @since 0.1
 */
public final class RetryPolicy {

  private final int attempts;

  /** Before the second attempt; doubled before each that follows. */
  private final Duration first;

  private final Duration longest;

  /** Whether what is waited is drawn by lot, from nothing up to the whole. */
  private final boolean jitter;

  /** Null for one that is nobody's. */
  private final @Nullable RandomGenerator random;

  private final @Nullable Duration limit;
  private final Predicate<? super Throwable> retried;

  private RetryPolicy(
      int attempts,
      Duration first,
      Duration longest,
      boolean jitter,
      @Nullable RandomGenerator random,
      @Nullable Duration limit,
      Predicate<? super Throwable> retried) {
    this.attempts = attempts;
    this.first = first;
    this.longest = longest;
    this.jitter = jitter;
    this.random = random;
    this.limit = limit;
    this.retried = retried;
  }

  /**
   * Returns a policy that tries so often, one attempt after the other.
   *
   * @param max the most attempts, the first among them; at least 1
   * @return a new policy
   * @throws IllegalArgumentException if {@code max} is less than 1
   */
  public static RetryPolicy attempts(int max) {
    if (max < 1) {
      throw new IllegalArgumentException(
          "max must be at least 1, but was " + max + "; the first attempt counts");
    }
    return new RetryPolicy(
        max, Duration.ZERO, Duration.ZERO, false, null, null, Exception.class::isInstance);
  }

  /**
   * Returns this policy with a pause, always the same, between two attempts.
   *
   * @param pause how long; zero or more
   * @return a new policy
   * @throws IllegalArgumentException if {@code pause} is negative
   */
  public RetryPolicy withDelay(Duration pause) {
    requireNotNegative("pause", pause);
    return new RetryPolicy(attempts, pause, pause, jitter, random, limit, retried);
  }

  /**
   * Returns this policy with a pause that doubles from one attempt to the next.
   *
   * @param firstPause how long before the second attempt; zero or more
   * @param longestPause how long at most; not less than {@code firstPause}
   * @return a new policy
   * @throws IllegalArgumentException if {@code firstPause} is negative, or more than {@code longestPause}
   */
  public RetryPolicy withBackoff(Duration firstPause, Duration longestPause) {
    requireNotNegative("firstPause", firstPause);
    Objects.requireNonNull(longestPause, "longestPause must not be null");
    if (longestPause.compareTo(firstPause) < 0) {
      throw new IllegalArgumentException("longestPause must not be less than firstPause, but was "
          + longestPause + " after " + firstPause);
    }
    return new RetryPolicy(attempts, firstPause, longestPause, jitter, random, limit, retried);
  }

  /**
   * Returns this policy with pauses drawn by lot, so that those who failed together do not all come back together: each
   * is anything from nothing to the pause that it would have been. It has none to draw if {@link #withDelay} or {@link
   * #withBackoff} gives none.
   *
   * @return a new policy
   */
  public RetryPolicy withJitter() {
    return new RetryPolicy(attempts, first, longest, true, null, limit, retried);
  }

  /**
   * Returns this policy with pauses drawn by lot, as {@link #withJitter()} does.
   *
   * @param generator draws them; one with a seed makes a test repeatable. It must be thread-safe if the policy is shared by
   *     loops
   * @return a new policy
   */
  public RetryPolicy withJitter(RandomGenerator generator) {
    Objects.requireNonNull(generator, "generator must not be null");
    return new RetryPolicy(attempts, first, longest, true, generator, limit, retried);
  }

  /**
   * Returns this policy with a limit to all attempts and pauses together.
   *
   * <p>When it has passed, the attempt that runs is cancelled and awaited, and there is an {@link AsyncTimeoutException} in
   * which the failure before that is suppressed. If it would pass during a pause, there is none: the last failure is thrown
   * at once.
   *
   * @param total how long; more than zero
   * @return a new policy
   * @throws IllegalArgumentException if {@code total} is zero or negative
   */
  public RetryPolicy withTimeout(Duration total) {
    Objects.requireNonNull(total, "total must not be null");
    if (total.isZero() || total.isNegative()) {
      throw new IllegalArgumentException(
          "total must be more than zero, but was " + total + "; no attempt fits into that");
    }
    return new RetryPolicy(attempts, first, longest, jitter, random, total, retried);
  }

  /**
   * Returns this policy with another answer to which failures are tried again after; without one, these are the {@link
   * Exception}s.
   *
   * @param predicate is asked after each attempt that failed, unless that was the last, on the loop and in the task, but
   *     may not await; not about a {@link CancellationException} or a {@link LoopClosedError}. What it throws ends the
   *     retry, with the failure suppressed in it
   * @return a new policy
   */
  public RetryPolicy retryIf(Predicate<? super Throwable> predicate) {
    return new RetryPolicy(
        attempts,
        first,
        longest,
        jitter,
        random,
        limit,
        Objects.requireNonNull(predicate, "predicate must not be null"));
  }

  private static void requireNotNegative(String what, Duration pause) {
    Objects.requireNonNull(pause, what + " must not be null");
    if (pause.isNegative()) {
      throw new IllegalArgumentException(what + " must not be negative, but was " + pause);
    }
  }

  // ---- for the frame

  @Nullable
  Duration limit() {
    return limit;
  }

  /** Whether there is to be another attempt after {@code failure}, with which attempt number {@code made} has ended. */
  boolean triesAgain(int made, Throwable failure) {
    return made < attempts
        && !(failure instanceof CancellationException)
        && !(failure instanceof LoopClosedError)
        && retried.test(failure);
  }

  /** How long to wait after attempt number {@code made}. */
  Duration pauseAfter(int made) {
    long most = GuardedClock.nanos(longest);
    long begin = GuardedClock.nanos(first);
    int doublings = Math.min(made - 1, Long.SIZE - 2);
    long pause = begin > most >> doublings ? most : begin << doublings;
    if (jitter && pause > 0) {
      RandomGenerator drawing = random == null ? ThreadLocalRandom.current() : random;
      pause = drawing.nextLong(pause + 1);
    }
    return Duration.ofNanos(pause);
  }

  /**
   * Shows the policy.
   *
   * @return for example {@code RetryPolicy[5 attempts, PT0.1S to PT5S between, with jitter, PT30S in all]}
   */
  @Override
  public String toString() {
    var text = new StringBuilder("RetryPolicy[").append(attempts);
    text.append(attempts == 1 ? " attempt" : " attempts");
    if (!longest.isZero()) {
      text.append(", ").append(first);
      text.append(longest.equals(first) ? "" : " to " + longest).append(" between");
      text.append(jitter ? ", with jitter" : "");
    }
    return text.append(limit == null ? "" : ", " + limit + " in all")
        .append(']')
        .toString();
  }
}
