package dev.asyncawait;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The way in: everything one needs to write and run coroutines, as static methods meant to be imported with {@code
 * import static dev.asyncawait.Async.*}.
 *
 * <pre>{@code
 * static Coroutine<String> fetchData() {
 *   return async(() -> {
 *     System.out.println("Fetching data...");
 *     await(sleep(Duration.ofSeconds(2)));
 *     return "data";
 *   });
 * }
 *
 * public static void main(String[] args) {
 *   String data = Async.run(fetchData());
 * }
 * }</pre>
 *
 * <p><b>Cancellation.</b> {@code await} is where a task gets to know that it was cancelled: it throws {@link
 * CancellationException}. Let it pass, after cleanup in {@code finally}; {@link #rethrowIfCancelled} helps in
 * blocks that catch everything.
 *
 * <p><b>Threads.</b> Within a loop one task runs at a time, and others run only while it is in {@link
 * #await}. So what tasks of one loop share needs no locks between two awaits.
 *
 * <p><b>Pitfall.</b> {@code await} while holding a monitor or a {@link java.util.concurrent.locks.Lock} that
 * another task of the loop wants blocks the whole loop. And a {@link ThreadLocal} belongs to a thread, not to
 * a task.
 *
 * @see <a href="https://docs.python.org/3/library/asyncio-task.html">Coroutines and Tasks in asyncio</a>
 * @since 0.1
 */
public final class Async {

  private Async() {}

  // ---- coroutines

  /**
   * Makes a coroutine of a body that gives a value; it runs nothing.
   *
   * <pre>{@code
   * Coroutine<Integer> answer = async(() -> {
   *   await(sleep(Duration.ofMillis(10)));
   *   return 42;
   * });
   * }</pre>
   *
   * @param body what to run when the coroutine is awaited or made a task
   * @param <T> the type of the value
   * @return a coroutine that has not begun
   * @see <a href="https://docs.python.org/3/reference/compound_stmts.html#async-def">async def</a>
   */
  @CheckReturnValue
  public static <T extends @Nullable Object> Coroutine<T> async(AsyncBody<T> body) {
    return new Coroutine<>(new BodyFrame(Objects.requireNonNull(body, "body must not be null")));
  }

  /**
   * Makes a coroutine of a body that gives no value; it runs nothing.
   *
   * <pre>{@code
   * Coroutine<Void> greet = async(() -> {
   *   System.out.println("Hello!");
   *   await(sleep(Duration.ofSeconds(1)));
   *   System.out.println("Goodbye!");
   * });
   * }</pre>
   *
   * <p><b>Pitfall.</b> Of a lambda that is one expression with a value the compiler makes the other kind of body:
   * {@code async(() -> list.add("x"))} is a {@code Coroutine<Boolean>}.
   *
   * @param body what to run when the coroutine is awaited or made a task
   * @return a coroutine that has not begun and gives null
   * @see <a href="https://docs.python.org/3/reference/compound_stmts.html#async-def">async def</a>
   */
  @CheckReturnValue
  public static Coroutine<@Nullable Void> async(AsyncAction body) {
    return new Coroutine<>(new BodyFrame(Objects.requireNonNull(body, "body must not be null")));
  }

  /**
   * Returns a coroutine that pauses for {@code length}, without blocking the loop.
   *
   * <pre>{@code
   * await(sleep(Duration.ofSeconds(2)));
   * }</pre>
   *
   * <p><b>Cancellation.</b> Ends it at once.
   *
   * @param length how long, counted from the moment it is awaited; zero or negative lets the others have one
   *     turn
   * @return a coroutine that gives null
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.sleep">asyncio.sleep</a>
   */
  @CheckReturnValue
  public static Coroutine<@Nullable Void> sleep(Duration length) {
    return new Coroutine<>(
        new Sleep.SleepFrame(Objects.requireNonNull(length, "length must not be null")));
  }

  // ---- running

  /**
   * Runs {@code main} on a new loop, closes the loop, and gives what {@code main} gave.
   *
   * <pre>{@code
   * String data = Async.run(fetchData());
   * }</pre>
   *
   * <p>When {@code main} has ended, tasks that are left are cancelled and awaited, for a bounded time (see
   * {@link Runner.Builder#closingLimit}); nothing of the loop stays behind.
   *
   * <p><b>Cancellation.</b> If the calling thread is interrupted, {@code main} is cancelled; this method then
   * ends as {@code main} does, with the thread's interrupt flag set again.
   *
   * <p><b>Threads.</b> The calling thread waits, and carries {@code main}; other tasks run on other threads.
   *
   * @param main what to run
   * @param <T> the type of its value
   * @return the value of {@code main}; what {@code main} throws is thrown as it is, also if it is a checked
   *     exception
   * @throws CancellationException if {@code main} was cancelled
   * @throws IllegalStateException in a coroutine or a callback of a loop, or if {@code main} was already
   *     awaited
   * @throws AbandonedTasksException if tasks were still alive at the limit
   * @see <a href="https://docs.python.org/3/library/asyncio-runner.html#asyncio.run">asyncio.run</a>
   */
  public static <T extends @Nullable Object> T run(Coroutine<T> main) {
    try (var runner = new Runner()) {
      return runner.run(main);
    }
  }

  /**
   * Runs {@code main} as {@link #run(Coroutine)} does, and declares a checked exception it throws.
   *
   * <pre>{@code
   * try {
   *   Async.run(fetchData(), IOException.class);
   * } catch (IOException e) {
   *   System.err.println(e.getMessage());
   * }
   * }</pre>
   *
   * @param main what to run
   * @param declared the checked type to declare; other exceptions are thrown as well
   * @param <T> the type of its value
   * @param <X> the checked type
   * @return the value of {@code main}
   * @throws X what {@code main} throws
   * @throws CancellationException if {@code main} was cancelled
   * @throws IllegalStateException in a coroutine or a callback of a loop, or if {@code main} was already
   *     awaited
   * @throws AbandonedTasksException if tasks were still alive at the limit
   */
  public static <T extends @Nullable Object, X extends Exception> T run(
      Coroutine<T> main, Class<X> declared) throws X {
    Objects.requireNonNull(declared, "declared must not be null");
    return run(main);
  }

  /**
   * Runs {@code main} on a loop of its own in the background.
   *
   * <pre>{@code
   * Task<String> task = Async.start(fetchData());
   * String data = task.join();
   * }</pre>
   *
   * <p>For code that is not a coroutine, and for using another core. A loop started by a coroutine has the
   * settings of the coroutine's loop, its clock among them, and nothing else to do with it.
   *
   * <p><b>Cancellation.</b> Cancel the task, from any thread.
   *
   * <p><b>Threads.</b> Daemon threads: the JVM does not wait for the loop to end, so join the task.
   *
   * @param main what to run
   * @param <T> the type of its value
   * @return the task that runs it; the loop closes when it is done
   * @throws IllegalStateException if {@code main} was already awaited
   */
  public static <T extends @Nullable Object> Task<T> start(Coroutine<T> main) {
    Objects.requireNonNull(main, "main must not be null");
    return EventLoop.startInBackground(main);
  }

  // ---- awaiting

  /**
   * Waits for {@code work} to be done, without blocking the loop, and gives its result: the only place where a
   * task is suspended.
   *
   * <pre>{@code
   * String data = await(fetchData());
   * }</pre>
   *
   * <p>A coroutine runs here, as a part of the current task. Of a future or task that is done it gives the
   * outcome at once, and no other task runs.
   *
   * <p><b>Cancellation.</b> Throws a {@link CancellationException} if the current task was cancelled, or if
   * {@code work} was; {@code currentTask().cancelling()} tells which.
   *
   * <p><b>Memory consistency.</b> What {@code work} did happens-before this returns.
   *
   * @param work a coroutine, task or future
   * @param <T> the type of its result
   * @return the result; what {@code work} failed with is thrown as it is, also if it is a checked exception
   * @throws CancellationException if the current task or {@code work} was cancelled
   * @throws IllegalStateException outside a coroutine, also if {@code work} is done; if {@code work} is a
   *     coroutine that was already awaited; or if it is the current task
   * @throws LoopClosedError if the loop was closed although this task had not ended
   * @see <a href="https://docs.python.org/3/reference/expressions.html#await">await</a>
   */
  public static <T extends @Nullable Object> T await(Awaitable<T> work) {
    Objects.requireNonNull(work, "work must not be null");
    return awaited(carrier(), work);
  }

  /**
   * Waits for {@code future}: {@link #await(Awaitable)} for what is an awaitable and a stage as well.
   *
   * @param future a task or future
   * @param <T> the type of its result
   * @return the result; a failure is thrown as it is
   * @throws CancellationException if the current task or {@code future} was cancelled
   * @throws IllegalStateException outside a coroutine, or if {@code future} is the current task
   * @throws LoopClosedError if the loop was closed although this task had not ended
   */
  public static <T extends @Nullable Object> T await(AsyncFuture<T> future) {
    Objects.requireNonNull(future, "future must not be null");
    return awaited(carrier(), future);
  }

  /**
   * Waits for a plain {@link CompletionStage}, such as a {@link java.util.concurrent.CompletableFuture}.
   *
   * <pre>{@code
   * HttpResponse<String> response = await(client.sendAsync(request, BodyHandlers.ofString()));
   * }</pre>
   *
   * <p><b>Cancellation.</b> Cancelling the current task cancels the stage's future, for everyone who uses it. Await
   * the {@link java.util.concurrent.CompletableFuture#copy() copy} of one that others use.
   *
   * <p>A {@link java.util.concurrent.CompletionException} that the stage put around a failure is taken off.
   *
   * @param stage the stage
   * @param <T> the type of its result
   * @return the result; a failure is thrown as it is
   * @throws CancellationException if the current task or {@code stage} was cancelled
   * @throws IllegalStateException outside a coroutine, also if {@code stage} is done
   * @throws LoopClosedError if the loop was closed although this task had not ended
   */
  public static <T extends @Nullable Object> T await(CompletionStage<T> stage) {
    Objects.requireNonNull(stage, "stage must not be null");
    Carrier carrier = carrier();
    return awaited(
        carrier,
        stage instanceof AsyncFuture<T> future ? future : StageFuture.awaited(carrier.loop, stage));
  }

  /**
   * Waits as {@link #await(Awaitable)} does, and declares a checked exception.
   *
   * <pre>{@code
   * try {
   *   await(fetchData(), IOException.class);
   * } catch (IOException e) {
   *   System.err.println(e.getMessage());
   * }
   * }</pre>
   *
   * @param work a coroutine, task or future
   * @param declared the checked type to declare; other exceptions are thrown as well
   * @param <T> the type of its result
   * @param <X> the checked type
   * @return the result
   * @throws X what {@code work} failed with
   * @throws CancellationException if the current task or {@code work} was cancelled
   * @throws IllegalStateException as {@link #await(Awaitable)}
   * @throws LoopClosedError if the loop was closed although this task had not ended
   */
  public static <T extends @Nullable Object, X extends Exception> T await(
      Awaitable<T> work, Class<X> declared) throws X {
    Objects.requireNonNull(declared, "declared must not be null");
    return await(work);
  }

  /**
   * Waits as {@link #await(AsyncFuture)} does, and declares a checked exception.
   *
   * @param future a task or future
   * @param declared the checked type to declare; other exceptions are thrown as well
   * @param <T> the type of its result
   * @param <X> the checked type
   * @return the result
   * @throws X what {@code future} failed with
   * @throws CancellationException if the current task or {@code future} was cancelled
   * @throws IllegalStateException as {@link #await(AsyncFuture)}
   * @throws LoopClosedError if the loop was closed although this task had not ended
   */
  public static <T extends @Nullable Object, X extends Exception> T await(
      AsyncFuture<T> future, Class<X> declared) throws X {
    Objects.requireNonNull(declared, "declared must not be null");
    return await(future);
  }

  /**
   * Waits as {@link #await(CompletionStage)} does, and declares a checked exception.
   *
   * @param stage the stage
   * @param declared the checked type to declare; other exceptions are thrown as well
   * @param <T> the type of its result
   * @param <X> the checked type
   * @return the result
   * @throws X what {@code stage} failed with
   * @throws CancellationException if the current task or {@code stage} was cancelled
   * @throws IllegalStateException as {@link #await(CompletionStage)}
   * @throws LoopClosedError if the loop was closed although this task had not ended
   */
  public static <T extends @Nullable Object, X extends Exception> T await(
      CompletionStage<T> stage, Class<X> declared) throws X {
    Objects.requireNonNull(declared, "declared must not be null");
    return await(stage);
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // a null is one that T allows
  private static <T extends @Nullable Object> T awaited(Carrier carrier, Awaitable<T> work) {
    try {
      Object value = work instanceof Coroutine<?> coroutine
          ? carrier.await(coroutine)
          : carrier.await((AsyncFuture<?>) work);
      return (T) value;
    } catch (Throwable failure) {
      throw sneaky(failure);
    }
  }

  private static Carrier carrier() {
    Carrier carrier = Carrier.current();
    if (carrier == null || carrier.task() == null) {
      throw new IllegalStateException(
          "await() was called outside a coroutine; wrap the code in Async.run(async(() -> ...))");
    }
    return carrier;
  }

  /**
   * Makes a future that mirrors a plain stage, for the functions that take awaitables.
   *
   * <pre>{@code
   * HttpResponse<String> page = await(waitFor(from(client.sendAsync(request, handler)), Duration.ofSeconds(2)));
   * }</pre>
   *
   * <p>The stage's completion becomes an entry of the loop on which this is called, if it is called on one. An
   * {@link AsyncFuture} is returned as it is.
   *
   * <p><b>Cancellation.</b> Goes both ways: cancelling the future cancels the stage's, and the other way round.
   *
   * @param stage the stage
   * @param <T> the type of its result
   * @return the future
   * @see <a href="https://docs.python.org/3/library/asyncio-future.html#asyncio.wrap_future">
   *     asyncio.wrap_future</a>
   */
  public static <T extends @Nullable Object> AsyncFuture<T> from(CompletionStage<T> stage) {
    Objects.requireNonNull(stage, "stage must not be null");
    return stage instanceof AsyncFuture<T> future
        ? future
        : StageFuture.shared(EventLoop.currentOrNull(), stage);
  }

  // ---- tasks

  /**
   * Runs {@code coroutine} as a task of its own, beside the current one.
   *
   * <pre>{@code
   * Task<String> fetch = createTask(fetchData()); // begins when this task next waits
   * prepare();
   * String data = await(fetch);
   * }</pre>
   *
   * @param coroutine what to run; it begins after what is ready now
   * @param <T> the type of its value
   * @return the task, named {@code Task-1} and so on
   * @throws IllegalStateException if no loop runs here, if the loop is closed, or if the coroutine was already
   *     awaited
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task">
   *     asyncio.create_task</a>
   */
  public static <T extends @Nullable Object> Task<T> createTask(Coroutine<T> coroutine) {
    Objects.requireNonNull(coroutine, "coroutine must not be null");
    return EventLoop.currentFor("createTask()").newTask(coroutine.begin(), null);
  }

  /**
   * Runs {@code coroutine} as a task with a name, for logs and messages.
   *
   * @param coroutine what to run; it begins after what is ready now
   * @param name the name; it need not be unique
   * @param <T> the type of its value
   * @return the task
   * @throws IllegalStateException if no loop runs here, if the loop is closed, or if the coroutine was already
   *     awaited
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task">
   *     asyncio.create_task</a>
   */
  public static <T extends @Nullable Object> Task<T> createTask(
      Coroutine<T> coroutine, String name) {
    Objects.requireNonNull(coroutine, "coroutine must not be null");
    Objects.requireNonNull(name, "name must not be null");
    return EventLoop.currentFor("createTask()").newTask(coroutine.begin(), name);
  }

  /**
   * Returns the task that runs here.
   *
   * @return the current task
   * @throws IllegalStateException outside a coroutine; {@link Task#currentOrNull()} gives null there
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.current_task">
   *     asyncio.current_task</a>
   */
  public static Task<?> currentTask() {
    Task<?> task = Task.currentOrNull();
    if (task == null) {
      throw new IllegalStateException(
          "currentTask() was called outside a coroutine; use Task.currentOrNull() where there may be none");
    }
    return task;
  }

  /**
   * Returns the tasks of the current loop that are not done.
   *
   * @return a copy, in the order of creation
   * @throws IllegalStateException if no loop runs here
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.all_tasks">asyncio.all_tasks</a>
   */
  public static Set<Task<?>> allTasks() {
    return EventLoop.current().tasks();
  }

  // ---- waiting for several, and for some time

  /**
   * Runs awaitables at the same time and gives their results in the order of the arguments.
   *
   * <pre>{@code
   * List<String> pages = await(gather(fetch("a"), fetch("b")));
   * }</pre>
   *
   * <p>Coroutines become tasks at once. If one of the awaitables fails, so does the result, with the first
   * failure in time; the others run on. An awaitable given twice runs once.
   *
   * <p><b>Cancellation.</b> Cancelling the result, or the task that awaits it, cancels all that are not done.
   *
   * @param awaitables what to run or wait for
   * @param <T> the type of their results
   * @return the future of the results
   * @throws IllegalStateException if no loop runs here, if the loop is closed, or if one is a coroutine that
   *     was already awaited
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.gather">asyncio.gather</a>
   */
  @SafeVarargs
  @SuppressWarnings("varargs") // handed on as a list, and nothing is stored in it
  public static <T extends @Nullable Object> AsyncFuture<List<T>> gather(
      Awaitable<? extends T>... awaitables) {
    return gather(Arrays.asList(Objects.requireNonNull(awaitables, "awaitables must not be null")));
  }

  /**
   * Runs awaitables at the same time, as {@link #gather(Awaitable...)} does.
   *
   * @param awaitables what to run or wait for
   * @param <T> the type of their results
   * @return the future of the results, in the collection's order
   * @throws IllegalStateException if no loop runs here, if the loop is closed, or if one is a coroutine that
   *     was already awaited
   */
  public static <T extends @Nullable Object> AsyncFuture<List<T>> gather(
      Collection<? extends Awaitable<? extends T>> awaitables) {
    return GatherFuture.of(awaitables, null);
  }

  /**
   * Runs awaitables at the same time and gives how each ended, in the order of the arguments.
   *
   * <pre>{@code
   * for (Outcome<String> outcome : await(gatherOutcomes(fetch("a"), fetch("b")))) {
   *   System.out.println(outcome);
   * }
   * }</pre>
   *
   * <p><b>Cancellation.</b> Cancelling the result, or the task that awaits it, cancels all that are not done;
   * the result is then a cancellation, once they have ended.
   *
   * @param awaitables what to run or wait for
   * @param <T> the type of their results
   * @return the future of the outcomes; no failure makes it fail
   * @throws IllegalStateException if no loop runs here, if the loop is closed, or if one is a coroutine that
   *     was already awaited
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.gather">asyncio.gather with
   *     return_exceptions=True</a>
   */
  @SafeVarargs
  @SuppressWarnings("varargs") // handed on as a list, and nothing is stored in it
  public static <T extends @Nullable Object> AsyncFuture<List<Outcome<T>>> gatherOutcomes(
      Awaitable<? extends T>... awaitables) {
    return gatherOutcomes(
        Arrays.asList(Objects.requireNonNull(awaitables, "awaitables must not be null")));
  }

  /**
   * Runs awaitables at the same time, as {@link #gatherOutcomes(Awaitable...)} does.
   *
   * @param awaitables what to run or wait for
   * @param <T> the type of their results
   * @return the future of the outcomes, in the collection's order
   * @throws IllegalStateException if no loop runs here, if the loop is closed, or if one is a coroutine that
   *     was already awaited
   */
  @SuppressWarnings("unchecked") // an outcome only gives its value
  public static <T extends @Nullable Object> AsyncFuture<List<Outcome<T>>> gatherOutcomes(
      Collection<? extends Awaitable<? extends T>> awaitables) {
    return GatherFuture.of(awaitables, child -> (Outcome<T>) child.toOutcome());
  }

  /**
   * Returns a coroutine that gives {@code work} at most {@code limit} to finish.
   *
   * <pre>{@code
   * String page = await(waitFor(fetch("a"), Duration.ofSeconds(2)));
   * }</pre>
   *
   * <p>A coroutine runs inside the awaiting task.
   *
   * <p><b>Cancellation.</b> When the limit passes, {@code work} is cancelled and awaited, so this can take
   * longer than {@code limit} if its cleanup does. Cancelling the awaiting task cancels {@code work} too.
   *
   * <p><b>Pitfall.</b> Work that swallows its {@link CancellationException} and returns a value gets that value
   * delivered; no timeout is reported. Work that throws another exception then has the {@link
   * AsyncTimeoutException} among its suppressed ones. ({@link AsyncFuture#orTimeout} fails with the JDK's {@link
   * java.util.concurrent.TimeoutException} instead.)
   *
   * @param work a coroutine, task or future
   * @param limit the longest time to wait; zero or less never starts a coroutine
   * @param <T> the type of its result
   * @return a coroutine that gives the result of {@code work}; {@link #await(Awaitable) await} of it throws an
   *     {@link AsyncTimeoutException} if {@code limit} passed first
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.wait_for">asyncio.wait_for</a>
   */
  @CheckReturnValue
  public static <T extends @Nullable Object> Coroutine<T> waitFor(
      Awaitable<T> work, Duration limit) {
    Objects.requireNonNull(work, "work must not be null");
    Objects.requireNonNull(limit, "limit must not be null");
    return new Coroutine<>(new TimeoutFrame(work, limit));
  }

  // ---- threads

  /**
   * Returns a coroutine that makes a blocking call on a thread of its own.
   *
   * <pre>{@code
   * String text = await(toThread(() -> Files.readString(path)));
   * }</pre>
   *
   * <p><b>Cancellation.</b> The awaiting task gets its exception at once, the thread is interrupted, and what
   * the call still gives is dropped. The loop does not close before the call has ended, for a bounded time.
   *
   * <p><b>Threads.</b> A virtual thread for each call on Java 21 and later, a bounded pool of daemon threads
   * before. The call may not {@code await}; it may {@link #run(Coroutine) run} a loop.
   *
   * @param call what to call
   * @param <T> the type of its result
   * @return a coroutine that gives the result of {@code call}, or throws what it threw
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread">asyncio.to_thread</a>
   */
  @CheckReturnValue
  public static <T extends @Nullable Object> Coroutine<T> toThread(Callable<T> call) {
    return new Coroutine<>(
        new ThreadCall.CallFrame(Objects.requireNonNull(call, "call must not be null")));
  }

  /**
   * Returns a coroutine that makes a blocking call that gives nothing, as {@link #toThread(Callable)} does.
   *
   * <pre>{@code
   * await(toThread(() -> Files.delete(path)));
   * }</pre>
   *
   * @param call what to run
   * @return a coroutine that gives null, or throws what {@code call} threw
   */
  @CheckReturnValue
  public static Coroutine<@Nullable Void> toThread(AsyncAction call) {
    Objects.requireNonNull(call, "call must not be null");
    return new Coroutine<>(new ThreadCall.CallFrame(() -> {
      call.run();
      return null;
    }));
  }

  // ---- exceptions

  /**
   * Throws {@code error} if it is a cancellation: the first line of a block that catches everything.
   *
   * <pre>{@code
   * try {
   *   await(fetchData());
   * } catch (Exception e) {
   *   rethrowIfCancelled(e);
   *   System.err.println("no data: " + e);
   * }
   * }</pre>
   *
   * @param error what was caught
   * @throws CancellationException {@code error} itself, if it is one
   */
  public static void rethrowIfCancelled(Throwable error) {
    Objects.requireNonNull(error, "error must not be null");
    if (error instanceof CancellationException cancellation) {
      throw cancellation;
    }
  }

  /** Throws any exception undeclared; write {@code throw sneaky(e)} where the compiler wants to see an end. */
  @SuppressWarnings("unchecked")
  static <X extends Throwable> RuntimeException sneaky(Throwable error) throws X {
    throw (X) error;
  }
}
