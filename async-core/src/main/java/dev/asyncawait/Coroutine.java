package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/**
 * A computation that has been described and not started: what calling an {@code async def} gives in Python.
 *
 * <p>Making one runs nothing. It runs when it is awaited (inline, in the task that awaits it), or when it
 * becomes a task of its own with {@link Async#createTask createTask}; either way only once.
 *
 * <pre>{@code
 * Coroutine<String> coroutine = fetchData(); // nothing has run
 * String data = await(coroutine);            // runs it, here
 * }</pre>
 *
 * <p><b>Cancellation.</b> A coroutine has no cancellation of its own; the task that runs it does.
 *
 * <p><b>Threads.</b> May be made on any thread and handed to any other, as what is not thread-safe is: one thread at a
 * time. That it is used twice is always noticed then; of two threads that use one at the same time, both may run it.
 *
 * <p><b>Pitfall.</b> A coroutine that is never awaited never runs. Methods that return one are marked {@link
 * CheckReturnValue}, so that Error Prone and IDEs warn about it.
 *
 * @param <T> the type of the value it gives
 * @see Async#async(AsyncBody)
 * @see <a href="https://docs.python.org/3/library/asyncio-task.html#coroutines">Coroutines in asyncio</a>
 * @since 0.1
 */
public final class Coroutine<T extends @Nullable Object> implements Awaitable<T> {

  private static final int FRESH = 0;
  private static final int BEGUN = 1;
  private static final int DROPPED = 2;

  /** The frame, until it is taken or dropped; then its name. A thread that looks meanwhile may still see the frame. */
  private Object work;

  /** Plain: it costs as much as the rest to claim it atomically, and keeps the compilers from leaving this out. */
  private int state;

  /** Reports that this was never awaited; in debug mode only, since it takes time and memory. */
  private @Nullable Unretrieved unawaited;

  Coroutine(Frame frame) {
    this(frame, Debug.isOn());
  }

  private Coroutine(Frame frame, boolean watched) {
    this.work = frame;
    if (watched) {
      unawaited = Unretrieved.watch(this, frame);
    }
  }

  /** One that nobody but another coroutine can await, which is watched in its place. */
  static <T extends @Nullable Object> Coroutine<T> within(Frame frame) {
    return new Coroutine<>(frame, false);
  }

  /**
   * Discards this coroutine without running it; does nothing if it has begun.
   *
   * <p>The counterpart of {@code coroutine.close()} in Python.
   */
  public void drop() {
    if (isFresh()) {
      state = DROPPED;
      attended().dropped();
    }
  }

  /** The value of a body of {@code method}, which nobody can have meant to be a coroutine: it would never run. */
  static @Nullable Object refuseAsValue(@Nullable Object value, String method) {
    if (value instanceof Coroutine<?> coroutine) {
      coroutine.drop();
      throw new IllegalStateException("the body of " + method + "() gave " + value
          + " instead of awaiting it; write () -> await(...)");
    }
    return value;
  }

  /** Takes the one activation there is. */
  Frame begin() {
    requireFresh();
    state = BEGUN;
    return attended();
  }

  private Frame attended() {
    if (unawaited != null) {
      unawaited.forget();
    }
    var frame = (Frame) work;
    work = frame.nameWhenUsed();
    return frame;
  }

  boolean isFresh() {
    return state == FRESH;
  }

  void requireFresh() {
    if (!isFresh()) {
      throw used();
    }
  }

  private IllegalStateException used() {
    String what = state == DROPPED ? "dropped" : "already awaited";
    return new IllegalStateException(
        "coroutine '" + workName() + "' was " + what + "; call the method again for a new one");
  }

  /**
   * Names the work and says whether it has begun.
   *
   * @return for example {@code Coroutine[sleep(PT2S), not started]}
   */
  @Override
  public String toString() {
    String progress = switch (state) {
      case FRESH -> "not started";
      case BEGUN -> "started";
      default -> "dropped";
    };
    return "Coroutine[" + workName() + ", " + progress + "]";
  }

  private String workName() {
    Object current = work;
    return current instanceof Class<?> body ? BodyFrame.nameOf(body) : current.toString();
  }
}
