package dev.asyncawait;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A loop that runs in the background until it is closed, for tasks that come from other threads: those of a server, or of
 * a user interface.
 *
 * <pre>{@code
 * try (BackgroundLoop pages = EventLoop.start("pages")) {
 *   Task<String> first = pages.submit(fetch("a")); // from any thread, at any time
 *   Task<String> second = pages.submit(fetch("b"));
 *   System.out.println(first.join() + second.join());
 * }
 * }</pre>
 *
 * <p><b>Cancellation.</b> {@link #close()} cancels what is left and waits for its cleanup; {@link #shutdown} first gives it
 * time to end by itself. Cancelling one of its tasks concerns that task alone.
 *
 * <p>Among its tasks is one that bears its name and keeps it open. Cancelling that has no effect.
 *
 * <p><b>Threads.</b> May be used from any thread. The loop runs on daemon threads: the JVM does not wait for it, so close it.
 *
 * @see EventLoop#start
 * @see Async#start
 * @since 0.1
 */
public final class BackgroundLoop implements AutoCloseable {

  private final EventLoop loop;

  /** Done when the loop has closed. */
  private final Task<?> main;

  private final UntilStopped untilStopped;

  private volatile boolean stopping;

  /** Whether somebody was told that the loop closed by force. */
  private final AtomicBoolean told = new AtomicBoolean();

  private BackgroundLoop(Task<?> main, UntilStopped untilStopped) {
    this.loop = main.loop;
    this.main = main;
    this.untilStopped = untilStopped;
  }

  static BackgroundLoop start(Settings settings) {
    var untilStopped = new UntilStopped();
    return new BackgroundLoop(
        Lifecycle.startInBackground(untilStopped, settings, settings.name()), untilStopped);
  }

  /**
   * Returns the loop, for callbacks and timers. It takes what it is given until it closes, also while it shuts down.
   *
   * @return the loop, the same one each time
   */
  public EventLoop loop() {
    return loop;
  }

  /**
   * Makes {@code coroutine} a task of the loop.
   *
   * <p>The task is done sooner or later. What comes in the moment in which the loop begins to close runs, is cancelled, or has
   * failed with a {@link LoopClosedError}.
   *
   * @param coroutine what to run; it begins after what is ready now, and is dropped if this throws
   * @param <T> the type of its value
   * @return the task
   * @throws IllegalStateException if the coroutine was already awaited
   * @throws RejectedExecutionException if the loop was told to shut down and this is not called by one of its own tasks, or if
   *     it has closed for another reason
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.run_coroutine_threadsafe">
   *     asyncio.run_coroutine_threadsafe</a>
   */
  public <T extends @Nullable Object> Task<T> submit(Coroutine<T> coroutine) {
    Objects.requireNonNull(coroutine, "coroutine must not be null");
    if ((stopping && !loop.isRunningHere()) || loop.isClosed()) {
      coroutine.drop();
      throw new RejectedExecutionException(
          this + " accepts no more tasks; submit them before it is shut down");
    }
    return loop.submit(coroutine);
  }

  /**
   * Returns a coroutine that shuts the loop down: no more tasks are accepted, those that run may go on for {@code grace},
   * and then what is left is cancelled, its cleanup awaited, and the loop closed.
   *
   * <pre>{@code
   * BackgroundLoop pages = EventLoop.start("pages");
   * Task<String> page = pages.submit(fetch("a"));
   * page.thenAccept(System.out::println);
   * Async.run(pages.shutdown(Duration.ofSeconds(10)));
   * }</pre>
   *
   * <p>Tasks that the running ones make belong to them, and are waited for as well. If several shut it down, the shortest time
   * counts. A task that would go on for ever takes all of it: cancel that before.
   *
   * <p><b>Cancellation.</b> Cancelling the task that awaits it ends its wait alone. The loop shuts down all the same.
   *
   * @param grace how long what runs may go on; zero or less cancels it at once
   * @return a coroutine that gives null when the loop has closed; {@link Async#await(Awaitable) await} of it throws an
   *     {@link AbandonedTasksException} if tasks were still alive at the closing limit, and an {@link
   *     IllegalStateException} on this loop itself, which would wait for its own end
   */
  @CheckReturnValue
  public Coroutine<@Nullable Void> shutdown(Duration grace) {
    Objects.requireNonNull(grace, "grace must not be null");
    return new Coroutine<>(new Shutdown(grace));
  }

  /**
   * Cancels what is left, waits for its cleanup, and closes the loop; does nothing if it has closed.
   *
   * <p>The wait is bounded, and what is alive for long is reported, as when a {@linkplain Runner#close() runner closes}.
   *
   * <p><b>Cancellation.</b> An interrupt of the calling thread is kept for it. The second one, counting one that was
   * there before, closes the loop as the limit does.
   *
   * @throws AbandonedTasksException if tasks or calls were still alive at the limit, or when the calling thread was
   *     interrupted for the second time
   * @throws IllegalStateException in a coroutine or a callback of a loop, which this would block: await {@link #shutdown}
   *     there
   */
  @Override
  public void close() {
    if (main.isDone()) {
      return;
    }
    if (LoopThread.current() != null) {
      throw new IllegalStateException("close() was called inside a coroutine or callback of "
          + EventLoop.current() + ", which it would block; use await(shutdown(Duration.ZERO))");
    }
    stop(Duration.ZERO);
    awaitEnd();
    tellIfAbandoned();
  }

  private void awaitEnd() {
    boolean interrupted = false;
    while (!main.isDone()) {
      try {
        Object unused = main.get();
      } catch (InterruptedException interrupt) {
        if (interrupted) {
          loop.abandonment().ofInterrupt();
        }
        interrupted = true;
      } catch (ExecutionException | CancellationException end) {
        break; // the loop tells why
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void tellIfAbandoned() {
    Throwable cause = loop.abandonment().cause();
    if (cause != null && !told.getAndSet(true)) {
      throw Async.sneaky(cause);
    }
  }

  private void stop(Duration grace) {
    stopping = true;
    loop.post(new Callback(loop, () -> untilStopped.stop(main, grace)));
  }

  /** The main of the loop. Whoever cancels it only has it look again whether it has to end. */
  private static final class UntilStopped extends Frame {

    // by the holder

    private boolean stopped;
    private long due;

    /** Waits for the tasks that are left. */
    private @Nullable WaitFrame<Task<?>> drain;

    void stop(Task<?> main, Duration grace) {
      long end = main.loop.clock().deadlineIn(grace);
      if (!stopped || end - due < 0) {
        stopped = true;
        due = end;
        main.cancel();
      }
    }

    @Override
    @Nullable
    Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
        throws Throwable {
      WaitFrame<Task<?>> draining = drain;
      Throwable told = error;
      if (draining != null) {
        drain = null;
        try {
          Object unused = draining.resume(task, value, error);
        } catch (Throwable failure) {
          told = failure;
        }
      }
      if (told instanceof CancellationException) {
        while (task.uncancel() > 0) {}
      } else if (told != null) {
        throw told;
      }
      if (!stopped) {
        return task.awaitNext(new FrameFuture(task, this));
      }
      long left = due - task.loop.clock().now();
      Set<Task<?>> others = new LinkedHashSet<>(task.loop.tasks());
      others.remove(task);
      if (others.isEmpty() || left <= 0) {
        return null;
      }
      drain = new WaitFrame<>(others, ReturnWhen.ALL_COMPLETED, Duration.ofNanos(left));
      return drain.resume(task, null, null);
    }

    @Override
    boolean outlivesCancellation() {
      return true;
    }

    @Override
    String nameWhenUsed() {
      return "the wait for shutdown";
    }

    @Override
    public String toString() {
      return nameWhenUsed();
    }
  }

  /** Waits for the end of the loop, from another one. */
  private final class Shutdown extends Frame {
    private final Duration grace;
    private @Nullable Frame wait;

    Shutdown(Duration grace) {
      this.grace = grace;
    }

    @Override
    @Nullable
    Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error)
        throws Throwable {
      Frame waiting = wait;
      if (waiting == null) {
        if (task.loop == loop) {
          throw new IllegalStateException(
              this + " would wait for its own end; await it on another loop");
        }
        stop(grace);
        waiting = new WaitFrame<>(Set.of(main), ReturnWhen.ALL_COMPLETED, null);
        wait = waiting;
      }
      if (waiting.resume(task, value, error) == SUSPENDED) {
        return SUSPENDED;
      }
      tellIfAbandoned();
      return null;
    }

    @Override
    String nameWhenUsed() {
      return "BackgroundLoop.shutdown(" + grace + ")";
    }

    @Override
    public String toString() {
      return BackgroundLoop.this + ".shutdown(" + grace + ")";
    }
  }

  /**
   * Names the loop, and says how many tasks it has and whether it shuts down.
   *
   * @return for example {@code BackgroundLoop[orders, 3 tasks]}
   */
  @Override
  public String toString() {
    if (main.isDone()) {
      return "BackgroundLoop[" + loop.name() + ", closed]";
    }
    long tasks = loop.tasks().stream().filter(task -> task != main).count();
    return "BackgroundLoop[" + loop.name() + ", " + (stopping ? "shutting down, " : "") + tasks
        + (tasks == 1 ? " task" : " tasks") + "]";
  }
}
