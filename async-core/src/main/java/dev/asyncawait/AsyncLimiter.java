package dev.asyncawait;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets a limited number of borrowers have a token at a time, each of them one: a semaphore that knows who has what, and whose
 * number of tokens may change.
 *
 * <pre>{@code
 * AsyncLimiter connections = new AsyncLimiter(10);
 * String page = await(connections.run(() -> await(fetch("a")))); // at most ten tasks at once
 * connections.setTokens(20); // there is more to spare now
 * }</pre>
 *
 * <p>The borrower is the current task, or whatever it acts for: a user, say, who is to have one at a time. Borrowers get
 * tokens in the order in which they asked.
 *
 * <p><b>Cancellation.</b> A task that is cancelled while it waits leaves the queue; a token that was on its way to it goes to
 * the next.
 *
 * <p><b>Threads.</b> May be shared by tasks of several loops and by other threads. A loop that is abandoned leaves the queue;
 * tokens that its tasks hold are not given back for them.
 *
 * <p><b>Memory consistency.</b> What was done before a token was given back happens-before it is acquired again.
 *
 * @see AsyncSemaphore
 * @see <a href="https://anyio.readthedocs.io/en/stable/api.html#anyio.CapacityLimiter">anyio.CapacityLimiter</a>
 * @since 0.1
 */
public final class AsyncLimiter {

  /** Its own monitor guards it and what follows. */
  private final WaitQueue queue = new WaitQueue();

  private int tokens;

  private final Map<Ask.Key, Token> borrowed = new LinkedHashMap<>();

  /** How many tokens are on their way to a task. */
  private int underway;

  /**
   * Makes one.
   *
   * @param tokens how many there are; zero or more
   * @throws IllegalArgumentException if {@code tokens} is negative
   */
  public AsyncLimiter(int tokens) {
    this.tokens = notNegative(tokens);
  }

  private static int notNegative(int tokens) {
    if (tokens < 0) {
      throw new IllegalArgumentException("tokens must not be negative, but was " + tokens);
    }
    return tokens;
  }

  /**
   * Returns a coroutine that waits until there is a token and all who came before have one, and acquires it for the task that
   * awaits this.
   *
   * <p>If there is one and nobody waits, no other task runs in between.
   *
   * <p><b>Cancellation.</b> See {@link AsyncLimiter}: a task that gets the exception has no token.
   *
   * @return a coroutine of what {@linkplain Held#close gives the token back}; {@link Async#await(Awaitable) await} of it throws
   *     an {@link IllegalStateException} if the task has one already
   */
  @CheckReturnValue
  public Coroutine<Held> acquire() {
    return new Coroutine<>(new AcquireFrame(null));
  }

  /**
   * Returns a coroutine that acquires a token for {@code borrower}, as {@link #acquire()} does.
   *
   * <pre>{@code
   * AsyncLimiter users = new AsyncLimiter(100);
   * try (Held token = await(users.acquireFor("Ann"))) {
   *   await(save()); // Ann does nothing else meanwhile
   * }
   * }</pre>
   *
   * @param borrower who gets it; one that is equal is the same
   * @return a coroutine of what {@linkplain Held#close gives the token back}; {@link Async#await(Awaitable) await} of it throws
   *     an {@link IllegalStateException} if the borrower has one already
   */
  @CheckReturnValue
  public Coroutine<Held> acquireFor(Object borrower) {
    Objects.requireNonNull(borrower, "borrower must not be null");
    return new Coroutine<>(new AcquireFrame(borrower));
  }

  /**
   * Acquires a token for the current task if there is one and nobody waits; never waits.
   *
   * @return what gives the token back, or null
   * @throws IllegalStateException if no task runs here, or if it has one already
   */
  @CheckReturnValue
  public @Nullable Held tryAcquire() {
    return tryAcquireFor(Async.currentTask());
  }

  /**
   * Acquires a token for {@code borrower} if there is one and nobody waits; never waits.
   *
   * <p>May be called from any thread, also from one that runs no loop.
   *
   * @param borrower who gets it; one that is equal is the same
   * @return what gives the token back, or null
   * @throws IllegalStateException if the borrower has one already
   */
  @CheckReturnValue
  public @Nullable Held tryAcquireFor(Object borrower) {
    Objects.requireNonNull(borrower, "borrower must not be null");
    Task<?> task = Task.currentOrNull();
    synchronized (queue) {
      refuseSecond(borrower);
      return isUsedUp() ? null : given(task, borrower);
    }
  }

  /**
   * Returns a coroutine that acquires a token, runs {@code body}, and gives it back however that ends.
   *
   * @param body what to run, as a part of the task that awaits this
   * @param <T> the type of its value
   * @return a coroutine that gives what {@code body} gives, or throws what it throws
   */
  @CheckReturnValue
  public <T extends @Nullable Object> Coroutine<T> run(AsyncBody<T> body) {
    return new Coroutine<>(new HoldFrame(new AcquireFrame(null), Bodies.frame(body)));
  }

  /**
   * Returns a coroutine that runs a body that gives no value, as {@link #run(AsyncBody)} does.
   *
   * @param body what to run, as a part of the task that awaits this
   * @return a coroutine that gives null
   */
  @CheckReturnValue
  public Coroutine<@Nullable Void> run(AsyncAction body) {
    return new Coroutine<>(new HoldFrame(new AcquireFrame(null), Bodies.frame(body)));
  }

  /**
   * Returns how many tokens there are, borrowed ones among them.
   *
   * @return the number that was set last
   */
  public int tokens() {
    synchronized (queue) {
      return tokens;
    }
  }

  /**
   * Changes how many tokens there are. If there are more, tasks that wait get them; if there are fewer, none is taken away,
   * but those that come back are not given out again before there are few enough.
   *
   * <p>May be called from any thread.
   *
   * @param tokens how many there are, borrowed ones among them; zero or more
   * @throws IllegalArgumentException if {@code tokens} is negative
   */
  public void setTokens(int tokens) {
    Waiter woken;
    synchronized (queue) {
      queue.reserveStack();
      this.tokens = notNegative(tokens);
      giveAll();
      woken = queue.takeWoken();
    }
    WaitQueue.tell(woken);
  }

  /**
   * Returns how many tokens there are, who has them, and how many wait.
   *
   * <p>May be called from any thread.
   *
   * @return what holds at this moment
   */
  public Statistics statistics() {
    synchronized (queue) {
      List<Object> borrowers = new ArrayList<>();
      borrowed.keySet().forEach(key -> borrowers.add(key.object()));
      return new Statistics(tokens, List.copyOf(borrowers), queue.count());
    }
  }

  /**
   * What holds of a limiter at one moment.
   *
   * @param tokens how many tokens there are, borrowed ones among them
   * @param borrowers who has one, in the order in which they got it
   * @param waiting how many tasks wait for one
   * @since 0.1
   */
  public record Statistics(int tokens, List<Object> borrowers, int waiting) {}

  // under the monitor

  private boolean isFree() {
    return borrowed.size() + underway < tokens;
  }

  private boolean isUsedUp() {
    return !isFree() || queue.isOccupied();
  }

  private void refuseSecond(Object borrower) {
    if (borrowed.containsKey(new Ask.Key(borrower))) {
      throw new IllegalStateException(Ask.text(borrower) + " has a token of " + this
          + " already; give it back first, or acquire for another borrower");
    }
  }

  private Token given(@Nullable Task<?> owner, Object borrower) {
    var token = new Token(this, owner, new Ask.Key(borrower));
    borrowed.put(token.borrower, token);
    token.enterInBooks();
    return token;
  }

  private void giveAll() {
    while (isFree() && queue.wakeNext()) {
      underway++;
    }
  }

  /** Given back once. */
  static final class Token extends Held {
    private final AsyncLimiter limiter;
    private final Ask.Key borrower;

    Token(AsyncLimiter limiter, @Nullable Task<?> owner, Ask.Key borrower) {
      super(owner);
      this.limiter = limiter;
      this.borrower = borrower;
    }

    @Override
    public void close() {
      Waiter woken;
      synchronized (limiter.queue) {
        limiter.queue.reserveStack();
        if (limiter.borrowed.remove(borrower, this)) {
          leaveBooks();
          limiter.giveAll();
        }
        woken = limiter.queue.takeWoken();
      }
      WaitQueue.tell(woken);
    }

    @Override
    AsyncLimiter source() {
      return limiter;
    }
  }

  private final class AcquireFrame extends QueuedOperation {

    /** Null for the task itself. */
    private final @Nullable Object given;

    AcquireFrame(@Nullable Object given) {
      super(queue);
      this.given = given;
    }

    @Override
    Object proceed(Task<?> task, boolean woken) {
      queue.reserveStack(task);
      Object borrower = given == null ? task : given;
      if (woken) {
        underway--;
      }
      try {
        refuseSecond(borrower);
        if (!woken && isUsedUp()) {
          return SUSPENDED;
        }
        return given(task, borrower);
      } finally {
        giveAll();
      }
    }

    @Override
    void handOn(boolean woken) {
      if (woken) {
        underway--;
      }
      giveAll();
    }

    @Override
    void addBlockers(Set<Task<?>> blockers) {
      synchronized (queue) {
        borrowed.values().forEach(token -> token.addBlockers(blockers));
      }
    }

    @Override
    String nameWhenUsed() {
      return "AsyncLimiter.acquire()";
    }

    @Override
    public String toString() {
      return AsyncLimiter.this + ".acquire()";
    }
  }

  /**
   * Says how many tokens are borrowed, and how many tasks wait for one.
   *
   * @return for example {@code AsyncLimiter[3 of 3 tokens borrowed, 2 waiting]}
   */
  @Override
  public String toString() {
    synchronized (queue) {
      return "AsyncLimiter[" + borrowed.size() + " of " + tokens + " tokens borrowed"
          + queue.count("waiting") + "]";
    }
  }
}
