package dev.asyncawait;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A {@link CompletableFuture} that tasks can await: asyncio's {@code Future}, completed by hand.
 *
 * <pre>{@code
 * var answer = new AsyncFuture<String>();
 * socket.onMessage(message -> answer.complete(message)); // any thread
 * String text = await(answer);                           // in a coroutine
 * }</pre>
 *
 * <p><b>Cancellation.</b> {@link #cancel(String)} completes it at once with a {@link CancellationException}.
 * Cancelling a task that awaits it cancels it for everyone who does. Each {@code await} of a cancelled one throws a new
 * exception with the original as its cause, or the original itself if that is of a subclass.
 *
 * <p><b>Threads.</b> All methods may be called from any thread. Completing it wakes the awaiting tasks in the
 * order in which they began to wait, each on its own loop, and then runs dependent stages on the completing
 * thread, as every {@code CompletableFuture} does.
 *
 * <p><b>Memory consistency.</b> What a thread did before it completed the future happens-before what follows
 * the {@code await} of it.
 *
 * <p>Its result is settled once: the {@code obtrude} methods are refused.
 *
 * @param <T> the type of the result
 * @see <a href="https://docs.python.org/3/library/asyncio-future.html#asyncio.Future">asyncio.Future</a>
 * @since 0.1
 */
public sealed class AsyncFuture<T extends @Nullable Object> extends CompletableFuture<T>
    implements Awaitable<T>
    permits Task,
        GatherFuture,
        ShieldFuture,
        StageFuture,
        StageHub,
        ThreadCall,
        Sleep,
        FrameFuture {

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
   * told by the same completer, or by whoever needs to see the mark first. The task for whose frame a future is made is in
   * from the beginning; if it is told before it has suspended, it meets the mark instead.
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
      WAITERS = MethodHandles.lookup().findVarHandle(AsyncFuture.class, "waiters", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused") // through WAITERS
  private volatile @Nullable Object waiters;

  private volatile boolean retrieved;

  /** The loop it was made on, if it was made on one. */
  final @Nullable EventLoop home;

  private final @Nullable Throwable creation;

  /**
   * Makes a pending future.
   *
   * <p>May be called anywhere. One made in a coroutine or a callback of a loop belongs to that loop: its
   * timeouts go by the loop's clock.
   */
  public AsyncFuture() {
    this(EventLoop.currentOrNull());
  }

  AsyncFuture(@Nullable EventLoop home) {
    this(home, Debug.creation(home));
  }

  AsyncFuture(@Nullable EventLoop home, @Nullable Throwable creation) {
    this.home = home;
    this.creation = creation;
  }

  /** One that {@code waiter} is about to wait for. */
  AsyncFuture(Task<?> waiter) {
    this(waiter.loop, null);
    WAITERS.set(this, waiter);
  }

  /**
   * Returns a future that is already completed with {@code value}.
   *
   * @param value the result
   * @param <U> the type of the result
   * @return a new, completed future
   */
  public static <U extends @Nullable Object> AsyncFuture<U> completedFuture(U value) {
    var future = new AsyncFuture<U>();
    future.complete(value);
    return future;
  }

  /**
   * Returns a future that has already failed with {@code error}.
   *
   * @param error the failure
   * @param <U> the type of the result
   * @return a new, failed future
   */
  public static <U extends @Nullable Object> AsyncFuture<U> failedFuture(Throwable error) {
    var future = new AsyncFuture<U>();
    future.completeExceptionally(error);
    return future;
  }

  // ---- completing

  /**
   * Completes this future with {@code value}, unless it is done.
   *
   * @param value the result
   * @return whether this call completed it
   */
  @Override
  public boolean complete(T value) {
    reserveForWaiters();
    return settle(value, null);
  }

  /**
   * Completes this future with a failure, unless it is done.
   *
   * @param error what {@code await} of this future throws
   * @return whether this call completed it
   */
  @Override
  public boolean completeExceptionally(Throwable error) {
    reserveForWaiters();
    return settle(null, Objects.requireNonNull(error, "error must not be null"));
  }

  /**
   * Completes this future with what {@code supplier} gives on the default executor.
   *
   * @param supplier makes the result; what it throws becomes the failure
   * @return this future
   */
  @Override
  public AsyncFuture<T> completeAsync(Supplier<? extends T> supplier) {
    return completeAsync(supplier, defaultExecutor());
  }

  /**
   * Completes this future with what {@code supplier} gives on {@code executor}.
   *
   * @param supplier makes the result; what it throws becomes the failure
   * @param executor runs the supplier
   * @return this future
   * @throws java.util.concurrent.RejectedExecutionException if the executor refuses
   */
  @Override
  public AsyncFuture<T> completeAsync(Supplier<? extends T> supplier, Executor executor) {
    Objects.requireNonNull(supplier, "supplier must not be null");
    Objects.requireNonNull(executor, "executor must not be null");
    executor.execute(() -> {
      if (isDone()) {
        return;
      }
      try {
        complete(supplier.get());
      } catch (Throwable failure) {
        completeExceptionally(failure);
      }
    });
    return this;
  }

  /**
   * Cancels this future: {@link #cancel(String)} without a reason.
   *
   * @param mayInterruptIfRunning no effect here; see {@link Task#cancel(boolean)}
   * @return whether this call cancelled it
   */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    return cancel(null);
  }

  /**
   * Cancels this future: {@link #cancel(String)} without a reason.
   *
   * @return whether this call cancelled it
   */
  public final boolean cancel() {
    return cancel(null);
  }

  /**
   * Completes this future with a {@link CancellationException}, unless it is done.
   *
   * @param reason the message of the exception, or null
   * @return whether this call cancelled it
   */
  public boolean cancel(@Nullable String reason) {
    if (isDone()) {
      retrieve();
      return false;
    }
    reserveForWaiters();
    return settle(null, new CancellationException(reason));
  }

  /**
   * Refused: a task that awaited this future must not see it change its mind.
   *
   * @throws UnsupportedOperationException always
   */
  @Override
  public void obtrudeValue(T value) {
    throw refused("obtrudeValue", "its result is settled once");
  }

  /**
   * Refused: a task that awaited this future must not see it change its mind.
   *
   * @throws UnsupportedOperationException always
   */
  @Override
  public void obtrudeException(Throwable error) {
    throw refused("obtrudeException", "its result is settled once");
  }

  final UnsupportedOperationException refused(String method, String rule) {
    return new UnsupportedOperationException(method + "() is not for " + this + "; " + rule);
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
  private void reserveForWaiters() {
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
      task.wakeUp(this);
    } else if (taken != null) {
      tell(taken instanceof WaiterList list ? list.close() : (Message) taken);
    }
    if (failure != null && !retrieved && Unretrieved.concerns(failure)) {
      Unretrieved watch = Unretrieved.watch(this, failure);
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

  /** Whether a task that waits for this has to, although a block that it is in was cancelled: it would only wait again. */
  boolean mustEnd() {
    return false;
  }

  /** Whether somebody has asked this to end before, and it takes its time. */
  boolean wasAsked() {
    return false;
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
      if (current == task) {
        return registered();
      }
      if (current == null
          ? WAITERS.compareAndSet(this, null, task)
          : list(current).add(task.wakeUpBy(this))) {
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
      var list =
          new WaiterList(current instanceof Task<?> task ? task.wakeUpBy(this) : (Message) current);
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

  // ---- timeouts

  /**
   * Fails this future with a {@link TimeoutException} if it is not done in time.
   *
   * <p>The time goes by the clock of the loop on which the future was made, if it was made on one.
   *
   * @param timeout how long to wait
   * @param unit the unit of {@code timeout}
   * @return this future
   */
  @Override
  public AsyncFuture<T> orTimeout(long timeout, TimeUnit unit) {
    Objects.requireNonNull(unit, "unit must not be null");
    if (home == null
        || !onTimeout(home, timeout, unit, () -> completeExceptionally(new TimeoutException()))) {
      super.orTimeout(timeout, unit);
    }
    return this;
  }

  /**
   * Completes this future with {@code value} if it is not done in time.
   *
   * <p>The time goes by the clock of the loop on which the future was made, if it was made on one.
   *
   * @param value the result to use then
   * @param timeout how long to wait
   * @param unit the unit of {@code timeout}
   * @return this future
   */
  @Override
  public AsyncFuture<T> completeOnTimeout(T value, long timeout, TimeUnit unit) {
    Objects.requireNonNull(unit, "unit must not be null");
    if (home == null || !onTimeout(home, timeout, unit, () -> complete(value))) {
      super.completeOnTimeout(value, timeout, unit);
    }
    return this;
  }

  /** Runs {@code action} on the loop unless this future is done by then; false if the loop is closed. */
  final boolean onTimeout(EventLoop loop, long timeout, TimeUnit unit, Runnable action) {
    if (loop.isClosed()) {
      return false;
    }
    var timer = new TimeLimit(
        loop, loop.clock().deadlineIn(Duration.ofNanos(unit.toNanos(timeout))), action);
    if (!loop.timers().set(timer)) {
      return true; // the timer sees to it by itself
    }
    if (!register(new CancelTimer(loop, timer))) {
      timer.cancel();
    }
    return true;
  }

  /** A future may outlive its loop; then the JDK takes over the rest of its time. */
  private static final class TimeLimit extends Timer {
    TimeLimit(EventLoop loop, long deadline, Runnable action) {
      super(loop, deadline, action);
    }

    @Override
    void loopClosed() {
      long left = 0;
      try {
        left = deadline - loop.clock().now();
      } catch (LoopClosedError brokenClock) {
        // nobody can say how long that would be
      }
      Threads.callLater(left, this::run);
    }
  }

  private static final class CancelTimer extends Message {
    private final TimerHandle timer;

    CancelTimer(EventLoop loop, TimerHandle timer) {
      super(loop);
      this.timer = timer;
    }

    @Override
    void deliver() {
      timer.cancel();
    }
  }

  // ---- asyncio's done callbacks

  /**
   * Has {@code callback} called with this future once it is done.
   *
   * <p>It is called as an entry of a loop, never from within this method, also when the future is already
   * done; callbacks run in the order in which they were added. What it throws goes to the loop's {@linkplain
   * LoopExceptionHandler exception handler}.
   *
   * @param callback gets this future
   * @throws IllegalStateException if there is no loop to call it on: the future was not made on a loop, and
   *     the caller is not on one either
   * @see <a href="https://docs.python.org/3/library/asyncio-future.html#asyncio.Future.add_done_callback">
   *     Future.add_done_callback</a>
   */
  public void addDoneCallback(Consumer<? super AsyncFuture<T>> callback) {
    Objects.requireNonNull(callback, "callback must not be null");
    EventLoop loop = home != null ? home : EventLoop.currentOrNull();
    if (loop == null) {
      throw new IllegalStateException("addDoneCallback() on " + this
          + " has no loop to call back on; call it in a coroutine, or use whenComplete");
    }
    var waiter = new DoneCallback<>(loop, this, callback);
    if (!list(waiters).add(waiter, callback)) {
      loop.post(waiter);
    } else {
      boolean unused = registered();
    }
  }

  /**
   * Removes every registration of {@code callback}, unless this future is done: then the loop has them.
   *
   * @param callback as it was given to {@link #addDoneCallback}
   * @return how many were removed
   */
  public int removeDoneCallback(Consumer<? super AsyncFuture<T>> callback) {
    Objects.requireNonNull(callback, "callback must not be null");
    return waiters instanceof WaiterList list ? list.removeEqualTo(callback) : 0;
  }

  // ---- reading

  /**
   * Waits for the result: for threads that are not a loop's.
   *
   * @return the result
   * @throws CancellationException if this future was cancelled: the exception it was cancelled with
   * @throws CompletionException with the failure as its cause
   * @throws IllegalStateException if this is a pending task of the loop on which the caller runs
   */
  @Override
  public T join() {
    if (!isDone()) {
      refuseToBlockOwnLoop("join");
      try {
        return super.join();
      } catch (Throwable thrownBelow) { // the same on every JDK
        rethrowUnlessDone(thrownBelow);
      }
    }
    return valueNow();
  }

  /**
   * Waits for the result: for threads that are not a loop's.
   *
   * @return the result
   * @throws CancellationException if this future was cancelled: the exception it was cancelled with
   * @throws ExecutionException with the failure as its cause
   * @throws InterruptedException if the calling thread was interrupted while waiting
   * @throws IllegalStateException if this is a pending task of the loop on which the caller runs
   */
  @Override
  public T get() throws InterruptedException, ExecutionException {
    if (!isDone()) {
      refuseToBlockOwnLoop("get");
      try {
        return super.get();
      } catch (InterruptedException e) {
        throw e;
      } catch (Throwable thrownBelow) { // the same on every JDK
        rethrowUnlessDone(thrownBelow);
      }
    }
    return getDone();
  }

  /**
   * Waits for the result, at most a given time: for threads that are not a loop's.
   *
   * @param timeout the longest time to wait
   * @param unit the unit of {@code timeout}
   * @return the result
   * @throws CancellationException if this future was cancelled: the exception it was cancelled with
   * @throws ExecutionException with the failure as its cause
   * @throws InterruptedException if the calling thread was interrupted while waiting
   * @throws TimeoutException if the time passed first
   * @throws IllegalStateException if this is a pending task of the loop on which the caller runs
   */
  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    Objects.requireNonNull(unit, "unit must not be null");
    if (!isDone()) {
      refuseToBlockOwnLoop("get");
      try {
        return super.get(timeout, unit);
      } catch (InterruptedException | TimeoutException e) {
        throw e;
      } catch (Throwable thrownBelow) { // the same on every JDK
        rethrowUnlessDone(thrownBelow);
      }
    }
    return getDone();
  }

  /** The JDK asks a failure for its text when it wraps it, and throws what that may throw. */
  private void rethrowUnlessDone(Throwable thrown) {
    if (!isDone()) {
      throw Async.sneaky(thrown);
    }
  }

  private T getDone() throws ExecutionException {
    if (!isCompletedExceptionally()) {
      return super.getNow(null);
    }
    Throwable error = failure();
    if (error instanceof CancellationException cancellation) {
      throw cancellation;
    }
    Throwable bare = bare(error);
    throw new ExecutionException(Ask.text(bare), bare);
  }

  /**
   * Returns the result if there is one, else {@code valueIfAbsent}.
   *
   * @param valueIfAbsent the value for a pending future
   * @return the result, or {@code valueIfAbsent}
   * @throws CancellationException if this future was cancelled: the exception it was cancelled with
   * @throws CompletionException with the failure as its cause
   */
  @Override
  public T getNow(T valueIfAbsent) {
    return isDone() ? valueNow() : valueIfAbsent;
  }

  private T valueNow() {
    if (!isCompletedExceptionally()) {
      return super.getNow(null);
    }
    Throwable error = failure();
    if (error instanceof CancellationException cancellation) {
      throw cancellation;
    }
    throw error instanceof CompletionException completion
        ? completion
        : new CompletionException(Ask.text(error), error);
  }

  /**
   * Returns the result of a future that has one.
   *
   * @return the result
   * @throws IllegalStateException if this future is pending, failed or cancelled
   */
  // No @Override: CompletableFuture has this method since 19.
  public T resultNow() {
    if (!isDone() || isCompletedExceptionally()) {
      throw new IllegalStateException("resultNow() needs a result, but this is " + this);
    }
    return super.getNow(null);
  }

  /**
   * Returns the failure of a future that has failed.
   *
   * @return what it failed with
   * @throws IllegalStateException if this future is pending, cancelled or has a result
   */
  // No @Override: CompletableFuture has this method since 19.
  public Throwable exceptionNow() {
    if (!isCompletedExceptionally() || isCancelled()) {
      throw new IllegalStateException("exceptionNow() needs a failure, but this is " + this);
    }
    return bare(failure());
  }

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

  /** The stored failure itself, for the one who made this, and does not tell anybody else. */
  final Throwable failureWithin() {
    retrieve();
    return unheardFailure();
  }

  /** The stored failure itself, for a list: nobody has looked at it yet. */
  final Throwable unheardFailure() {
    return Objects.requireNonNull(mark().failure);
  }

  /** Whether a failure of this is one of {@code reader}'s own work, rather than one that others get as well. */
  boolean isWorkOf(@Nullable Task<?> reader) {
    return false;
  }

  private void refuseToBlockOwnLoop(String method) {
    EventLoop loop = runsOn();
    if (loop != null && loop == EventLoop.currentOrNull()) {
      throw new IllegalStateException(
          method + "() on " + this + " would block its own loop; use await(" + noun() + ")");
    }
  }

  /** The loop that must run for this future to be completed, if that is known. */
  @Nullable
  EventLoop runsOn() {
    return null;
  }

  String noun() {
    return "future";
  }

  /** Names this without its outcome. */
  String title() {
    return "a future";
  }

  /** Takes part in {@code request}, by the holder of its loop; says whether it was of any use here. */
  boolean receiveCancel(CancelRequest request) {
    return cancel(request.reason);
  }

  /** Adds the tasks that this waits for, as {@link Task#waitsFor} says. */
  void addBlockers(Set<Task<?>> blockers) {}

  /** How a task that waits for this says so. */
  String label() {
    return toString();
  }

  /**
   * Returns where this was made, for messages.
   *
   * @return a throwable with the stack of its maker; null if {@linkplain Runner.Builder#debug debug mode} was off
   * @see <a href="https://docs.python.org/3/library/asyncio-dev.html#debug-mode">Debug mode of asyncio</a>
   */
  public final @Nullable Throwable creation() {
    return creation;
  }

  /**
   * Returns a plain {@link CompletableFuture}: stages made from this future are not awaitables themselves, and
   * cancelling them does not reach it.
   *
   * @param <U> the type of the stage's value
   * @return a new incomplete CompletableFuture
   */
  @Override
  public <U extends @Nullable Object> CompletableFuture<U> newIncompleteFuture() {
    retrieve();
    return new CompletableFuture<>();
  }

  /**
   * Names the future and its state.
   *
   * @return for example {@code AsyncFuture[pending]}
   */
  @Override
  public String toString() {
    return "AsyncFuture[" + progress() + "]";
  }

  final String progress() {
    if (!isDone()) {
      return "pending";
    }
    if (!isCompletedExceptionally()) {
      return "done";
    }
    return isCancelled() ? "cancelled" : "failed: " + Ask.text(mark().failure);
  }
}
