package dev.asyncawait;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * The waiters of an {@link AsyncFuture}: a future that tells those who wait for it in the order in which they came, before
 * its dependent stages run, lets them leave, and knows whether somebody has looked at its failure.
 */
abstract sealed class WaitableFuture<T extends @Nullable Object> extends CompletableFuture<T>
    permits AsyncFuture {

  /*
   * The outcome lives in the CompletableFuture; `waiters` holds those that are to be told:
   *
   *   null        pending, and nobody waits
   *   a Task      pending, and one task waits
   *   a Message   pending, and one other waits
   *   WaiterList  pending, and there were several
   *   Settled     done, and they have been told
   *
   * A completer settles the outcome first. Afterwards it swaps what is there for the mark with one compareAndSet, closes
   * the list if it was one, and tells those who were in it. A waiter gets in with another compareAndSet. So a waiter either
   * is found, and is told, or meets the mark, and then the outcome is there to be read. It may also find a list that is
   * closed; then the mark is there already. Between the two steps the future is done and still takes waiters: they are
   * told by the same completer, or by whoever needs to see the mark first.
   *
   * A failed future has a mark of its own, with the failure. Whether somebody has looked at it decides
   * `retrieved`: whoever looks sets it and then reads the mark; the completer sets the mark and then reads it. So one
   * of them sees the other, and calls the report off.
   */
  private static final Settled SETTLED = new Settled(null);

  /** What `waiters` holds in the end. */
  private static final class Settled {

    /** The failure itself, which CompletableFuture would show to its dependents only. */
    final @Nullable Throwable failure;

    /** Reports the failure if nobody ever looks at it. */
    volatile @Nullable Unretrieved unretrieved;

    Settled(@Nullable Throwable failure) {
      this.failure = failure;
    }
  }

  private static final VarHandle WAITERS;

  static {
    try {
      WAITERS = MethodHandles.lookup().findVarHandle(WaitableFuture.class, "waiters", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused") // through WAITERS
  private volatile @Nullable Object waiters;

  private volatile boolean retrieved;

  private AsyncFuture<T> self() {
    return (AsyncFuture<T>) this;
  }

  /**
   * Settles the outcome and tells the waiters, in FIFO order, before dependent stages run.
   *
   * <p>The stage's own completion runs its dependents. So that waiters do not have to wait for these, a
   * dependent of ours is put on top of the stack that CompletableFuture keeps (last in, first out), if there
   * are others.
   */
  final boolean settle(@Nullable T value, @Nullable Throwable error) {
    if (isDone()) {
      return false;
    }
    if (getNumberOfDependents() > 0) {
      retrieved = true;
      if (waiters != null) {
        CompletableFuture<@Nullable Void> unused = super.handle((v, e) -> {
          wakeWaiters(e);
          return null;
        });
      }
    }
    boolean settled;
    try {
      settled = error == null ? super.complete(value) : super.completeExceptionally(error);
    } catch (Throwable refused) {
      goOnWithDependents(refused);
      settled = stored() == error;
    }
    if (settled) {
      wakeWaiters(error);
    }
    return settled;
  }

  /**
   * A dependent stage that wraps a failure asks it for its text. Before JDK 25 what that throws keeps the stage from
   * completing, and the JDK from the stages that are left.
   */
  private void goOnWithDependents(Throwable refused) {
    Reports.log("a stage that depends on " + this + " could not be completed", refused);
    for (int left = getNumberOfDependents(); left > 0; left--) {
      try {
        boolean unused =
            super.completeExceptionally(refused); // too late, but it sees to the dependents
        return;
      } catch (Throwable again) {
        Reports.log("a stage that depends on " + this + " could not be completed", again);
      }
    }
  }

  /** By those who complete a future from outside the kernel: waking its waiters must not overflow half-way. */
  final void reserveForWaiters() {
    if (waiters != null && !isDone()) {
      StackReserve.touchToTell();
    }
  }

  private void wakeWaiters(@Nullable Throwable failure) {
    Settled mark = failure == null ? SETTLED : new Settled(failure);
    Object taken;
    do {
      taken = waiters;
      if (taken instanceof Settled) {
        return;
      }
    } while (!WAITERS.compareAndSet(this, taken, mark));
    if (taken instanceof Task<?> task) {
      task.wakeUp(self());
    } else if (taken != null) {
      tell(taken instanceof WaiterList list ? list.close() : (Message) taken);
    }
    if (failure != null && !retrieved && Unretrieved.concerns(failure)) {
      Unretrieved watch = Unretrieved.watch(self(), failure);
      mark.unretrieved = watch;
      if (retrieved) {
        watch.forget();
      }
    }
  }

  private static void tell(@Nullable Message last) {
    for (Message m = Message.reversed(last); m != null; ) {
      Message next = m.next;
      m.next = null;
      m.send();
      m = next;
    }
  }

  /** The mark of this done future, set here if its completer has not come to it. */
  private Settled mark() {
    if (!(waiters instanceof Settled)) {
      wakeWaiters(stored());
    }
    return (Settled) Objects.requireNonNull(waiters);
  }

  private @Nullable Throwable stored() {
    return super.<@Nullable Throwable>handle((value, error) -> error).join();
  }

  /** Takes note that somebody has looked at the outcome. */
  final void retrieve() {
    if (retrieved) {
      return;
    }
    retrieved = true;
    Unretrieved watch = waiters instanceof Settled mark ? mark.unretrieved : null;
    if (watch != null) {
      watch.forget();
    }
  }

  /** Asks that {@code task} be woken on completion; false if the future is done, and it will not be. */
  final boolean register(Task<?> task) {
    for (; ; ) {
      Object current = waiters;
      if (current instanceof Settled) {
        return false;
      }
      if (current == null
          ? WAITERS.compareAndSet(this, null, task)
          : list(current).add(task.wakeUpBy(self()))) {
        return registered();
      }
    }
  }

  /** Asks that {@code waiter} be posted on completion; false if the future is done, and it will not be. */
  final boolean register(Message waiter) {
    for (; ; ) {
      Object current = waiters;
      if (current instanceof Settled) {
        return false;
      }
      if (current == null
          ? WAITERS.compareAndSet(this, null, waiter)
          : list(current).add(waiter)) {
        return registered();
      }
    }
  }

  /** Registers {@code newest} in the place of the one before. */
  final boolean register(ShieldFuture.LostFailure newest) {
    WaiterList list = list(waiters);
    return list.add(newest) && registered();
  }

  /** Registers a done callback, under what it was given as; false if the future is done, and it will not be called. */
  final boolean register(DoneCallback<?> waiter, Object callback) {
    return list(waiters).add(waiter, callback) && registered();
  }

  /** Takes back all registrations of a done callback, and says how many there were; none if this is done. */
  final int removeEqualTo(Object callback) {
    return waiters instanceof WaiterList list ? list.removeEqualTo(callback) : 0;
  }

  private boolean registered() {
    if (isDone()) {
      Settled unused = mark(); // the completer may still be busy with dependent stages
    }
    return true;
  }

  /** The list in the place of what was {@code seen} there; a closed one if the future is done. */
  private WaiterList list(@Nullable Object seen) {
    Object current = seen;
    for (; ; ) {
      if (current instanceof WaiterList list) {
        return list;
      }
      if (current instanceof Settled) {
        return WaiterList.NONE;
      }
      var list = new WaiterList(
          current instanceof Task<?> task ? task.wakeUpBy(self()) : (Message) current);
      if (WAITERS.compareAndSet(this, current, list)) {
        return list;
      }
      current = waiters;
    }
  }

  /** Hears that {@code count} waiters were marked as removed. */
  final void removed(int count) {
    Object current = waiters;
    while (current instanceof Message only
        && only.isRemoved()
        && !WAITERS.compareAndSet(this, current, null)) {
      current = waiters;
    }
    if (current instanceof WaiterList list) {
      list.removed(count);
    }
  }

  // ---- the outcome

  /** What is in the wrapping that a stage puts around the failure of the stage before it. */
  static Throwable bare(Throwable error) {
    Throwable cause = error instanceof CompletionException ? Ask.cause(error) : null;
    return cause != null ? cause : error;
  }

  /** What {@code await} of this done future gives: the very failure, and a cancellation of the awaiter's own. */
  final T outcome() throws Throwable {
    if (!isCompletedExceptionally()) {
      return super.getNow(null);
    }
    Throwable error = failure();
    throw error instanceof CancellationException cancellation ? forAwaiter(cancellation) : error;
  }

  /**
   * A cancellation as one awaiter gets it: an exception of its own, with a stack of its own. One of a type of the user's
   * says more than that work was cancelled, and comes as it is.
   */
  static CancellationException forAwaiter(CancellationException original) {
    if (original.getClass() != CancellationException.class) {
      return original;
    }
    var own = new CancellationException(original.getMessage());
    own.initCause(original);
    return own;
  }

  /** How this done future ended. */
  final Outcome<T> toOutcome() {
    if (!isCompletedExceptionally()) {
      return new Outcome.Success<>(super.getNow(null));
    }
    Throwable error = failure();
    return error instanceof CancellationException cancellation
        ? new Outcome.Cancelled<>(cancellation)
        : new Outcome.Failure<>(error);
  }

  /** The stored failure itself, for somebody who looks at it, and may not be the only one. */
  final Throwable failure() {
    Throwable failure = failureWithin();
    if (!(failure instanceof CancellationException) && !isWorkOf(Task.currentOrNull())) {
      KnownFailure.share(failure);
    }
    return failure;
  }

  /** The stored failure itself, for a message: that is no look at it. */
  final @Nullable Throwable settledFailure() {
    return mark().failure;
  }

  /** The stored failure itself, for the one who made this, and does not tell anybody else. */
  final Throwable failureWithin() {
    Throwable failure = Objects.requireNonNull(mark().failure);
    retrieve();
    return failure;
  }

  /** Whether a failure of this is one of {@code reader}'s own work, rather than one that others get as well. */
  boolean isWorkOf(@Nullable Task<?> reader) {
    return false;
  }
}
