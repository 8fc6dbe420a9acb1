package dev.asyncawait;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * A block of code with a deadline: when it passes, what the block does is cancelled.
 *
 * <pre>{@code
 * Timeout limit = timeout(Duration.ofSeconds(10));
 * String pages = await(limit.run(() -> {
 *   String first = await(fetch("a"));
 *   limit.reschedule(limit.when().plusSeconds(5)); // that went well, so there may be more
 *   return first + await(fetch("b"));
 * }));
 * }</pre>
 *
 * <p><b>Cancellation.</b> When the deadline passes, the task gets a {@link CancellationException} at its {@code
 * await} inside the block, and when that has left the block, it is an {@link AsyncTimeoutException}. If the task
 * was cancelled by somebody else as well, it stays a cancellation. An exception of another kind that leaves the
 * block after the deadline is thrown as it is, with the {@link AsyncTimeoutException} suppressed in it, or reported if
 * others may have that exception as well.
 *
 * <p><b>Threads.</b> {@link #reschedule} must be called on the loop of the block; the other methods may be called
 * from any thread.
 *
 * <p><b>Pitfall.</b> The deadline is noticed only while the block awaits something. A block that never does is not
 * cut short; and one that swallows its {@link CancellationException} ends normally, with {@link #expired()} true.
 *
 * @see Async#timeout(Duration)
 * @see Async#timeoutAt(Duration)
 * @see Async#waitFor(Awaitable, Duration)
 * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.Timeout">asyncio.Timeout</a>
 * @since 0.1
 */
public final class Timeout {

  private enum State {
    NEW("not entered"),
    ACTIVE("active"),
    EXPIRING("expiring"),
    EXPIRED("expired"),
    ENDED("ended");

    private final String text;

    State(String text) {
      this.text = text;
    }
  }

  /** The loop whose clock {@link #when} goes by, if that is known before the block is entered. */
  private final @Nullable EventLoop madeOn;

  // written by the baton's holder, any thread may look

  private volatile State state = State.NEW;

  /** Null until the block is entered, if its time counts from there. */
  private volatile @Nullable Duration when;

  /** How long was given, for messages; null if not a length of time but a deadline was. */
  private @Nullable Duration limit;

  // only by the baton's holder

  private @Nullable OwnRequest cancel;
  private @Nullable ScopeNode node;

  private Timeout(@Nullable EventLoop madeOn, @Nullable Duration limit, @Nullable Duration when) {
    this.madeOn = madeOn;
    this.limit = limit;
    this.when = when;
  }

  static Timeout fromNow(EventLoop loop, Duration limit) {
    return new Timeout(loop, limit, ScopeNode.deadlineIn(loop, limit));
  }

  static Timeout fromEntry(Duration limit) {
    return new Timeout(null, limit, null);
  }

  static Timeout at(Duration loopTime) {
    return new Timeout(null, null, loopTime);
  }

  /**
   * Returns the block: a coroutine that runs {@code body} until it ends or the deadline passes.
   *
   * <p>It can be awaited once, and so can only one block of this timeout.
   *
   * <p><b>Cancellation.</b> When the deadline passes, {@code body} is cancelled and awaited, so this can take
   * longer if its cleanup does.
   *
   * @param body what to run, as a part of the task that awaits the block
   * @param <T> the type of its value
   * @return a coroutine that gives what {@code body} gives; {@link Async#await(Awaitable) await} of it throws what
   *     {@code body} throws, an {@link AsyncTimeoutException} if the deadline passed first, or an {@link
   *     IllegalStateException} if a block of this timeout was entered before, or if this timeout was made on
   *     another loop
   */
  @CheckReturnValue
  public <T extends @Nullable Object> Coroutine<T> run(AsyncBody<T> body) {
    return new Coroutine<>(TimeoutFrame.block(this, Coroutine.within(Bodies.frame(body))));
  }

  /**
   * Returns the block of a body that gives no value, as {@link #run(AsyncBody)} does.
   *
   * <pre>{@code
   * await(timeout(Duration.ofSeconds(10)).run(() -> {
   *   await(sleep(Duration.ofSeconds(1)));
   * }));
   * }</pre>
   *
   * @param body what to run, as a part of the task that awaits the block
   * @return a coroutine that gives null
   */
  @CheckReturnValue
  public Coroutine<@Nullable Void> run(AsyncAction body) {
    return new Coroutine<>(TimeoutFrame.block(this, Coroutine.within(Bodies.frame(body))));
  }

  /**
   * Returns the block of a body that is given this timeout, as {@link #run(AsyncBody)} does.
   *
   * <pre>{@code
   * String pages = await(timeout(Duration.ofSeconds(10)).run(limit -> {
   *   String first = await(fetch("a"));
   *   limit.reschedule(limit.when().plusSeconds(5));
   *   return first + await(fetch("b"));
   * }));
   * }</pre>
   *
   * @param body what to run, as a part of the task that awaits the block
   * @param <T> the type of its value
   * @return a coroutine as that of {@link #run(AsyncBody)}
   */
  @CheckReturnValue
  public <T extends @Nullable Object> Coroutine<T> run(AsyncFunction<Timeout, T> body) {
    return new Coroutine<>(TimeoutFrame.block(this, Coroutine.within(Bodies.frame(body, this))));
  }

  /**
   * Returns the block of a body that is given this timeout and gives no value, as {@link #run(AsyncBody)} does.
   *
   * @param body what to run, as a part of the task that awaits the block
   * @return a coroutine that gives null
   */
  @CheckReturnValue
  public Coroutine<@Nullable Void> runAction(AsyncConsumer<Timeout> body) {
    return new Coroutine<>(
        TimeoutFrame.block(this, Coroutine.within(Bodies.actionFrame(body, this))));
  }

  /**
   * Returns the deadline.
   *
   * @return a time on the scale of {@link EventLoop#time}; one in centuries means never
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.Timeout.when">Timeout.when</a>
   */
  public Duration when() {
    return Objects.requireNonNull(when); // one that has no deadline yet is not shown to users
  }

  /**
   * Moves the deadline.
   *
   * <p>One that has passed already cuts the block short at its next {@code await} that suspends.
   *
   * @param when the new deadline, on the scale of {@link EventLoop#time}; {@code
   *     ChronoUnit.FOREVER.getDuration()} means never
   * @throws IllegalStateException unless the block is running and the deadline has not passed; or if not called on
   *     the block's own loop
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.Timeout.reschedule">
   *     Timeout.reschedule</a>
   */
  public void reschedule(Duration when) {
    Objects.requireNonNull(when, "when must not be null");
    OwnRequest entered = cancel;
    if (state == State.NEW || entered == null) {
      throw new IllegalStateException(
          this + " cannot be rescheduled yet; do it in the body that is given to run()");
    }
    EventLoop loop = entered.task().loop;
    if (!loop.isRunningHere()) {
      throw new IllegalStateException("reschedule() on " + this
          + " must be called on its own loop; use EventLoop.execute to get there");
    }
    if (state != State.ACTIVE) {
      throw new IllegalStateException(
          this + " cannot be rescheduled any more; make a new one with timeout()");
    }
    limit = null;
    arm(loop, when);
  }

  /**
   * Says whether the deadline passed while the block ran.
   *
   * @return true from the moment at which the block was cancelled for it
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.Timeout.expired">
   *     Timeout.expired</a>
   */
  public boolean expired() {
    return state == State.EXPIRING || state == State.EXPIRED;
  }

  // ---- by the frame, which is to say by the holder

  void enter(Task<?> entering) {
    if (state != State.NEW) {
      throw new IllegalStateException(
          this + " was entered before; make a new one with timeout() for each block");
    }
    EventLoop loop = entering.loop;
    if (madeOn != null && madeOn != loop) {
      throw new IllegalStateException(this + " goes by the clock of " + madeOn
          + " and cannot be entered on " + loop + "; make it where its block is awaited");
    }
    cancel = new OwnRequest(entering);
    state = State.ACTIVE;
    node = entering.enterScope(ScopeNode.Kind.TIMEOUT);
    Duration given = when;
    arm(loop, given != null ? given : ScopeNode.deadlineIn(loop, Objects.requireNonNull(limit)));
  }

  private void arm(EventLoop loop, Duration deadline) {
    when = deadline;
    Objects.requireNonNull(node).arm(loop, deadline, this::expire);
  }

  private void expire() {
    state = State.EXPIRING;
    Objects.requireNonNull(cancel).request(message());
  }

  /** Ends the block, and gives what is thrown instead of {@code failure}. */
  @Nullable
  Throwable exit(@Nullable Throwable failure) {
    OwnRequest entered = Objects.requireNonNull(cancel);
    EventLoop loop = entered.task().loop;
    if (loop.isAbandoned()) {
      return failure;
    }
    ScopeNode own = Objects.requireNonNull(node);
    own.disarm();
    entered.task().leaveScope(own);
    if (state == State.ACTIVE) {
      state = State.ENDED;
      return failure;
    }
    state = State.EXPIRED;
    boolean ours = entered.takeBack();
    return ours && failure != null
        ? timedOut(message(), failure, entered.task(), entered.began)
        : failure;
  }

  /** What becomes of a failure that came out of work whose time was up. */
  static Throwable timedOut(String message, Throwable failure, Task<?> task, long began) {
    var timeout = new AsyncTimeoutException(message);
    if (failure instanceof CancellationException) {
      timeout.initCause(failure);
      return timeout;
    }
    SuppressedFailures.add("a timeout", List.of(timeout), failure, task, task, began);
    return failure;
  }

  private String message() {
    Duration given = limit;
    return given != null ? message(given) : "timed out at loop time " + when;
  }

  static String message(Duration limit) {
    return "timed out after " + limit;
  }

  /**
   * Says how far this timeout is.
   *
   * @return for example {@code Timeout[active, due at PT10S]}
   */
  @Override
  public String toString() {
    State now = state;
    Duration due = when;
    boolean open = now == State.NEW || now == State.ACTIVE;
    return "Timeout[" + now.text + (open && due != null ? ", due at " + due : "") + "]";
  }
}
