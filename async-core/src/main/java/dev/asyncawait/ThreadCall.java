package dev.asyncawait;

import java.io.InterruptedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.channels.ClosedByInterruptException;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A call on a thread of its own, as the future of its result.
 *
 * <p>Cancelling it completes it at once and interrupts the thread, unless that is to be left alone. The loop lists
 * the call as in flight until the thread has told it that the call has ended, whatever became of the future.
 *
 * <p>Who competes: the thread that is to make the call, the holder that cancels it, and the holder whose executor
 * threw. {@link #progress} decides: whoever takes it from WAITING has the call to itself, to begin it or to see to
 * it that it never begins, however late its executor gets to it.
 */
final class ThreadCall<T extends @Nullable Object> extends AsyncFuture<T> implements Runnable {

  private enum Progress {
    WAITING,
    RUNNING,
    NEVER
  }

  private static final VarHandle PROGRESS;

  static {
    try {
      PROGRESS = MethodHandles.lookup().findVarHandle(ThreadCall.class, "progress", Progress.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final EventLoop loop;
  private final Task<?> task;
  private final CallOptions options;

  // null once the call has begun or never will: an executor may keep this for long

  private @Nullable Callable<T> call;
  private @Nullable TaskContext context;

  private final InterruptGate gate = new InterruptGate();

  private volatile Progress progress = Progress.WAITING;
  private volatile @Nullable Thread thread;

  /** Whether a cancellation interrupted the call; written by its thread before it tells the loop of its end. */
  private boolean interrupted;

  private ThreadCall(Task<?> task, Callable<T> call, CallOptions options) {
    super(task.loop);
    this.loop = task.loop;
    this.task = task;
    this.call = call;
    this.options = options;
    this.context = TaskContext.copyOrNull(loop.taskLocals());
  }

  /** By the holder. */
  private void start() {
    loop.external().callStarted(this);
    try {
      options.executorFor(loop).execute(this);
    } catch (Throwable failure) {
      if (neverBegins()) {
        loop.callEnded(this);
        throw failure;
      }
      loop.enqueue(
          new Callback( // it runs all the same: the executor had begun it
              loop, () -> loop.report("an executor threw when it had begun a " + name(), failure)));
    }
  }

  private boolean neverBegins() {
    boolean never = PROGRESS.compareAndSet(this, Progress.WAITING, Progress.NEVER);
    if (never) {
      call = null;
      context = null;
    }
    return never;
  }

  @Override
  public void run() {
    if (!PROGRESS.compareAndSet(this, Progress.WAITING, Progress.RUNNING)) {
      return;
    }
    if (LoopThread.current() != null) {
      end(
          null,
          new RejectedExecutionException("the executor ran a call of toThread on the thread of "
              + EventLoop.current() + ", which it would block; use one with threads of its own"));
      return;
    }
    thread = Thread.currentThread();
    Threads.runWith(loop.loader(), this::callUnlessCancelled);
  }

  private void callUnlessCancelled() {
    Callable<T> wanted = Objects.requireNonNull(call);
    TaskContext carried = context;
    call = null;
    context = null;
    T value = null;
    Throwable error = null;
    gate.enter(this);
    try {
      // A cancel that came before the gate was entered interrupts nothing, but is seen here.
      if (!isDone()) {
        value = carried == null ? wanted.call() : carried.run(wanted);
      }
    } catch (Throwable failure) {
      error = failure;
    }
    interrupted = gate.leave(this);
    if (interrupted) {
      Thread.interrupted(); // it was meant for this call alone
    }
    thread = null;
    end(value, error);
  }

  private void end(@Nullable T value, @Nullable Throwable error) {
    loop.post(new End<>(this, value, error));
  }

  @Override
  public boolean cancel(@Nullable String reason) {
    boolean cancelled = super.cancel(reason);
    if (cancelled) {
      if (neverBegins()) {
        end(null, null);
      } else {
        interrupt();
      }
    }
    return cancelled;
  }

  private void interrupt() {
    if (options.interrupts()) {
      gate.interrupt(this);
    }
  }

  /** By any thread: interrupts a call that has been cancelled and goes on. */
  void cancelAgain() {
    if (isDone()) {
      interrupt();
    }
  }

  /** For a failure that nobody awaits any more. What an interrupt of ours leads to is no news. */
  private void lose(Throwable error) {
    String what = "exception in " + name() + ", which was cancelled";
    if (interrupted && isOfInterrupt(error)) {
      Reports.debug(what + " (loop " + loop.name() + ")", error);
    } else {
      loop.report(what, error);
    }
  }

  private static boolean isOfInterrupt(Throwable error) {
    Throwable cause = error;
    for (int depth = 0; cause != null && depth < 100; depth++) {
      if (cause instanceof InterruptedException
          || cause instanceof CancellationException
          || cause instanceof ClosedByInterruptException
          || cause instanceof InterruptedIOException) {
        return true;
      }
      cause = Ask.cause(cause);
    }
    return false;
  }

  private String name() {
    return "toThread call of " + task.getName();
  }

  boolean runsOn(Thread other) {
    return thread == other;
  }

  /** What it is called in a report, with where it is. */
  String description() {
    if (progress == Progress.WAITING) {
      return name() + ", not begun";
    }
    Thread caller = thread;
    if (caller == null) {
      return name();
    }
    String threadName = caller.getName();
    return name() + " on thread " + (threadName.isEmpty() ? Ask.text(caller) : threadName);
  }

  StackTraceElement[] stackTrace() {
    return Ask.stack(thread);
  }

  @Override
  boolean isWorkOf(@Nullable Task<?> reader) {
    return true; // nobody but the task that awaits it has it
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
      if (!ended.settle(value, error)) {
        if (error != null) {
          loop.enqueue(new Callback(
              loop, () -> ended.lose(error))); // a handler of the user's may hear of it
        }
        Held.handBack(value, loop);
      }
      loop.callEnded(ended);
    }

    @Override
    void dropped() {
      if (error != null) {
        ended.lose(error);
      }
      Held.handBack(value, loop);
    }
  }

  /** asyncio.to_thread. */
  static final class CallFrame extends Frame {
    private final Callable<?> call;
    private final CallOptions options;
    private boolean suspended;

    CallFrame(Callable<?> call, CallOptions options) {
      this.call = call;
      this.options = options;
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
      var started = new ThreadCall<>(task, call, options);
      started.start();
      return task.awaitNext(started);
    }

    @Override
    String nameWhenUsed() {
      return "toThread(...)";
    }

    @Override
    public String toString() {
      return "toThread";
    }
  }
}
