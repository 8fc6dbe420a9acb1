package dev.asyncawait;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an exception that somebody else may have as well, or that a block has added to; of most exceptions
 * nothing is. It is known as long as the exception is reachable.
 *
 * <p>Two exceptions are the same if they are one object, whatever their {@code equals} says.
 */
final class KnownFailure extends WeakReference<Throwable> {

  private static final Map<KnownFailure, KnownFailure> ALL = new ConcurrentHashMap<>();

  private static final ReferenceQueue<Throwable> COLLECTED = new ReferenceQueue<>();

  private static final AtomicLong ADDITIONS = new AtomicLong();

  private final int hash;

  // guarded by this

  private boolean shared;

  /** The number of the latest addition; zero if there was none. */
  private long addedAt;

  /** The task whose block made that. */
  private @Nullable WeakReference<Task<?>> addedBy;

  private KnownFailure(Throwable failure) {
    super(failure, COLLECTED);
    hash = System.identityHashCode(failure);
  }

  /** How many additions there have been to any exception. */
  static long additions() {
    return ADDITIONS.get();
  }

  /** Of how many exceptions something is known; some may be garbage. */
  static int count() {
    forgetCollected();
    return ALL.size();
  }

  private static void forgetCollected() {
    for (Reference<?> gone; (gone = COLLECTED.poll()) != null; ) {
      ALL.remove(gone);
    }
  }

  private static KnownFailure of(Throwable failure) {
    forgetCollected();
    var made = new KnownFailure(failure);
    return Objects.requireNonNullElse(ALL.putIfAbsent(made, made), made);
  }

  /** Takes note that somebody has got {@code failure} whose own it is not. */
  static void share(Throwable failure) {
    KnownFailure known = of(failure);
    synchronized (known) {
      known.shared = true;
    }
  }

  /**
   * Asks whether a block of {@code task} may add to {@code failure}, and takes note that it does.
   *
   * <p>If another block has added to it before, that must have been one within this: it did so after this one had
   * begun, and {@code thrower}, from which this one has the failure, is the task that the other one was in. Otherwise
   * the exception is one that several use, and nobody adds to it any more.
   *
   * @param began what {@link #additions} was when the block began
   */
  static boolean mayAddTo(Throwable failure, Task<?> task, Task<?> thrower, long began) {
    KnownFailure known = of(failure);
    synchronized (known) {
      WeakReference<Task<?>> other = known.addedBy;
      known.shared |= other != null && (known.addedAt <= began || other.get() != thrower);
      if (!known.shared) {
        known.addedAt = ADDITIONS.incrementAndGet();
        known.addedBy = new WeakReference<>(task);
      }
      return !known.shared;
    }
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    if (this == other) {
      return true;
    }
    Throwable failure = get();
    return failure != null && other instanceof KnownFailure known && known.get() == failure;
  }
}
