package dev.asyncawait;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A call on a thread of its own, as the future of its result.
 *
 * <p>Cancelling it completes it at once and interrupts the thread. The loop counts the call as in flight until
 * the thread has told it that the call has ended, whatever became of the future.
 */
final class ThreadCall<T extends @Nullable Object> extends AsyncFuture<T> implements Runnable {

  private final EventLoop loop;
  private final Callable<T> call;
  private final @Nullable Context context = Context.copyOrNull();
  private final InterruptGate gate = new InterruptGate();

  private ThreadCall(EventLoop loop, Callable<T> call) {
    super(loop);
    this.loop = loop;
    this.call = call;
  }

  @Override
  public void run() {
    Threads.runWith(loop.loader(), this::callUnlessCancelled);
  }

  private void callUnlessCancelled() {
    T value = null;
    Throwable error = null;
    gate.enter(this);
    try {
      // A cancel that came before the gate was entered interrupts nothing, but is seen here.
      if (!isDone()) {
        value = context == null ? call.call() : context.run(call);
      }
    } catch (Throwable failure) {
      error = failure;
    }
    gate.leave(this);
    Thread.interrupted();
    loop.post(new End<>(this, value, error));
  }

  @Override
  public boolean cancel(@Nullable String reason) {
    boolean cancelled = super.cancel(reason);
    if (cancelled) {
      gate.interrupt(this);
    }
    return cancelled;
  }

  @Override
  String label() {
    return "a call of toThread";
  }

  private static final class End<T extends @Nullable Object> extends Message {
    private final ThreadCall<T> ended;
    private final @Nullable T value;
    private final @Nullable Throwable error;

    End(ThreadCall<T> ended, @Nullable T value, @Nullable Throwable error) {
      super(ended.loop);
      this.ended = ended;
      this.value = value;
      this.error = error;
    }

    @Override
    void deliver() {
      ended.settle(value, error);
      loop.countCalls(-1);
    }
  }

  /** asyncio.to_thread. */
  static final class CallFrame extends Frame {
    private final Callable<?> call;
    private boolean suspended;

    CallFrame(Callable<?> call) {
      this.call = call;
    }

    @Override
    @Nullable
    Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
        throws Throwable {
      if (error != null) {
        throw error;
      }
      if (suspended) {
        return value;
      }
      suspended = true;
      var started = new ThreadCall<>(task.loop, call);
      Threads.call(started);
      task.loop.countCalls(1);
      return task.awaitNext(started);
    }

    @Override
    public String toString() {
      return "toThread";
    }
  }
}
