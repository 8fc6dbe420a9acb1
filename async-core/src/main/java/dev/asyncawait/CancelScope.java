package dev.asyncawait;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A block of code that can be cancelled as a whole, and then stays so: every {@code await} in it fails until it is left.
 *
 * <pre>{@code
 * CancelScope scope = cancelScope();
 * button.onClick(scope::cancel);
 * String page = await(scope.run(() -> await(fetch("a"))));
 * if (scope.cutShort()) {
 *   System.out.println("given up"); // and page is null
 * }
 * }</pre>
 *
 * <p>{@link Task#cancel Cancelling a task} is a request that comes once: a body that catches its {@link
 * java.util.concurrent.CancellationException} may go on. In a scope that is cancelled the next {@code await} that suspends
 * fails again, in the tasks of a {@link TaskGroup} within the scope as well. So nothing in it holds up its end but what
 * it does without awaiting, and {@link Async#cleanup cleanup}, which a scope around it does not reach.
 *
 * <p><b>Cancellation.</b> When the block is left with a {@code CancellationException} because of its own cancellation, that
 * ends there: the block gives null. If the task was cancelled by somebody else as well, the exception goes on. Any other
 * exception is thrown as it is.
 *
 * <p><b>Threads.</b> {@link #cancel(String)} may be called from any thread, and so may what tells something; {@link
 * #setDeadline} on the loop of the block.
 *
 * <p><b>Pitfall.</b> A {@code finally} block in the scope cannot await, other than in {@code cleanup}. And {@link Task#uncancel}
 * in it is for the requests of others: the scope takes its own back at its end.
 *
 * @see Async#cancelScope()
 * @see Async#moveOnAfter(Duration, AsyncBody)
 * @see Async#failAfter(Duration, AsyncBody)
 * @see <a href="https://anyio.readthedocs.io/en/stable/cancellation.html">anyio.CancelScope</a>
 * @since 0.1
 */
public final class CancelScope {

  private enum State {
    NEW("not entered"),
    OPEN("open"),
    CLOSED("closed");

    private final String text;

    State(String text) {
      this.text = text;
    }
  }

  /** How long was given, from its beginning on; null if that was not. */
  private final @Nullable Duration limit;

  // written by the baton's holder, any thread may look

  private volatile State state = State.NEW;
  private volatile Duration deadline = ScopeNode.NEVER;
  private volatile boolean expired;
  private volatile boolean cutShort;

  /** Written before {@link #cancelled} is read, and read after that is written: one of the two sees the other. */
  private volatile @Nullable Task<?> entered;

  // any thread; of several that cancel at once one gives the reason, and the loop makes one request

  private volatile @Nullable String reason;
  private volatile boolean cancelled;

  // only by the baton's holder

  private @Nullable ScopeNode node;
  private @Nullable OwnRequest request;
  private boolean requested;

  CancelScope(@Nullable Duration limit) {
    this.limit = limit;
  }

  /**
   * Returns the block: a coroutine that runs {@code body} until it ends or is cut short.
   *
   * <p>It can be awaited once, and so can only one block of this scope.
   *
   * @param body what to run, as a part of the task that awaits the block
   * @param <T> the type of its value
   * @return a coroutine that gives what {@code body} gives, or null if the scope's cancellation has cut it short; {@link
   *     Async#await(Awaitable) await} of it throws what {@code body} throws, or an {@link IllegalStateException} if a block of
   *     this scope was entered before
   */
  @CheckReturnValue
  public <T extends @Nullable Object> Coroutine<T> run(AsyncBody<T> body) {
    return new Coroutine<>(new ScopeFrame(this, Bodies.frame(body), ScopeFrame.Gives.VALUE));
  }

  /**
   * Returns the block of a body that gives no value, as {@link #run(AsyncBody)} does.
   *
   * @param body what to run, as a part of the task that awaits the block
   * @return a coroutine that gives null
   */
  @CheckReturnValue
  public Coroutine<@Nullable Void> run(AsyncAction body) {
    return new Coroutine<>(new ScopeFrame(this, Bodies.frame(body), ScopeFrame.Gives.VALUE));
  }

  /**
   * Returns the block of a body that is given this scope, as {@link #run(AsyncBody)} does.
   *
   * @param body what to run, as a part of the task that awaits the block
   * @param <T> the type of its value
   * @return a coroutine as that of {@link #run(AsyncBody)}
   */
  @CheckReturnValue
  public <T extends @Nullable Object> Coroutine<T> run(AsyncFunction<CancelScope, T> body) {
    return new Coroutine<>(new ScopeFrame(this, Bodies.frame(body, this), ScopeFrame.Gives.VALUE));
  }

  /**
   * Returns the block of a body that is given this scope and gives no value, as {@link #run(AsyncBody)} does.
   *
   * @param body what to run, as a part of the task that awaits the block
   * @return a coroutine that gives null
   */
  @CheckReturnValue
  public Coroutine<@Nullable Void> runAction(AsyncConsumer<CancelScope> body) {
    return new Coroutine<>(
        new ScopeFrame(this, Bodies.actionFrame(body, this), ScopeFrame.Gives.VALUE));
  }

  /** Cancels the block, as {@link #cancel(String)} does. */
  public void cancel() {
    cancel("its scope was cancelled");
  }

  /**
   * Cancels the block: from now on every {@code await} in it that suspends throws a {@link
   * java.util.concurrent.CancellationException}.
   *
   * <p>Before the block has begun, this lets its body run up to the first {@code await} that suspends. Once it has been left, or
   * cancelled before, nothing more is cancelled. On the block's own loop it acts at once; from another thread as an entry of
   * the loop.
   *
   * @param why what the exceptions say
   */
  public void cancel(String why) {
    Objects.requireNonNull(why, "why must not be null");
    if (cancelled) {
      return;
    }
    reason = why;
    cancelled = true;
    Task<?> task = entered;
    if (task == null) {
      return; // whoever enters will see it
    }
    EventLoop loop = task.loop;
    if (loop.isHeldByCurrentThread()) {
      cancelHere();
    } else {
      loop.post(new Callback(loop, this::cancelHere));
    }
  }

  /**
   * Tells whether this was cancelled, by somebody or because its deadline passed.
   *
   * @return true from that moment on, also if the block had been left by then
   */
  public boolean isCancelled() {
    return cancelled;
  }

  /**
   * Tells whether the block was left because this was cancelled: it may have come to its end all the same, or failed.
   *
   * @return true once the block has been cut short
   */
  public boolean cutShort() {
    return cutShort;
  }

  /**
   * Returns when this is cancelled by itself.
   *
   * @return a time on the scale of {@link EventLoop#time}; one in centuries means never, and so it is before a block begins
   *     whose time counts from there
   * @see Async#effectiveDeadline()
   */
  public Duration deadline() {
    return deadline;
  }

  /**
   * Sets or moves the deadline, at which this is cancelled by itself.
   *
   * <p>One that has passed already cancels it in the loop's next turn.
   *
   * @param when the deadline, on the scale of {@link EventLoop#time}; {@code ChronoUnit.FOREVER.getDuration()} means never
   * @throws IllegalStateException unless the block is running; or if not called on its own loop
   */
  public void setDeadline(Duration when) {
    Objects.requireNonNull(when, "when must not be null");
    Task<?> task = entered;
    if (task == null || state == State.CLOSED) {
      throw new IllegalStateException(
          this + " cannot be given a deadline now; do it in the body that is given to run()");
    }
    if (!task.loop.isRunningHere()) {
      throw new IllegalStateException("setDeadline() on " + this
          + " must be called on its own loop; use EventLoop.execute to get there");
    }
    arm(task.loop, when);
  }

  // ---- by the frame, which is to say by the holder

  void enter(Task<?> task) {
    if (state != State.NEW) {
      throw new IllegalStateException(
          this + " was entered before; make a new one with cancelScope() for each block");
    }
    request = new OwnRequest(task);
    node = task.enterScope(ScopeNode.Kind.SCOPE);
    state = State.OPEN;
    entered = task;
    if (limit != null) {
      arm(task.loop, ScopeNode.deadlineIn(task.loop, limit));
    }
    if (cancelled) {
      cancelHere();
    }
  }

  private void arm(EventLoop loop, Duration when) {
    deadline = when;
    Objects.requireNonNull(node).arm(loop, when, this::expire);
  }

  private void expire() {
    expired = !cancelled;
    cancel(message());
  }

  /** What happened when the deadline had passed. */
  String message() {
    return limit != null ? Timeout.message(limit) : "timed out at loop time " + deadline;
  }

  private void cancelHere() {
    if (state == State.OPEN && !requested) {
      requested = true;
      String why = Objects.requireNonNull(reason);
      Objects.requireNonNull(node).cancel(why);
      Objects.requireNonNull(request).request(why);
    }
  }

  /** Ends the block; says whether the cancellation with which it was left, if it was, is its own and ends here. */
  boolean exit(Task<?> task, boolean withCancellation) {
    state = State.CLOSED;
    ScopeNode left = Objects.requireNonNull(node);
    left.disarm();
    task.leaveScope(left);
    OwnRequest own = Objects.requireNonNull(request);
    cutShort = own.takeBackWhole() && !own.hasToldOfEarlier() && withCancellation;
    entered = null; // whoever keeps this keeps nothing of the task
    node = null;
    request = null;
    return cutShort;
  }

  /** Whether the deadline was what cancelled it. */
  boolean hasExpired() {
    return expired;
  }

  /**
   * Says how far this scope is, and whether it was cancelled.
   *
   * @return for example {@code CancelScope[open, cancelled]}
   */
  @Override
  public String toString() {
    return "CancelScope[" + state.text + (cancelled ? ", cancelled" : "")
        + (deadline.equals(ScopeNode.NEVER) ? "" : ", due at " + deadline) + "]";
  }
}
