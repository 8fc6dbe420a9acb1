package dev.asyncawait;

import dev.asyncawait.spi.Activation;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Stream;
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
 * a task: what one task leaves in it, such as a user's identity, unrelated later tasks see. Use a {@link ContextVar}.
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
    return new Coroutine<>(Bodies.frame(body));
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
    return new Coroutine<>(Bodies.frame(body));
  }

  /**
   * Keeps a body on one thread, where bodies are compiled to state machines (the module {@code async-compiler}).
   *
   * <p>A compiled body may go on in another thread than that in which it was suspended. One that uses a {@link ThreadLocal},
   * a lock or a transaction of its thread before and after an {@code await}, through methods that it calls, must not be
   * compiled. Without a compiler this changes nothing.
   *
   * <pre>{@code
   * ThreadLocal<String> user = new ThreadLocal<>();
   * Coroutine<String> saved = async(onThread(() -> {
   *   user.set("ada");
   *   await(save());
   *   return user.get();
   * }));
   * }</pre>
   *
   * @param body a body that is given to {@link #async(AsyncBody)} or another method of the library
   * @param <T> the type of its value
   * @return a body that does the same
   */
  public static <T extends @Nullable Object> AsyncBody<T> onThread(AsyncBody<T> body) {
    return new OnThread.Body<>(Objects.requireNonNull(body, "body must not be null"));
  }

  /**
   * Keeps a body that gives no value on one thread, as {@link #onThread(AsyncBody)} does.
   *
   * @param body a body that is given to {@link #async(AsyncAction)} or another method of the library
   * @return a body that does the same
   */
  public static AsyncAction onThread(AsyncAction body) {
    return new OnThread.Action(Objects.requireNonNull(body, "body must not be null"));
  }

  /**
   * Keeps a body that takes an item on one thread, as {@link #onThread(AsyncBody)} does.
   *
   * @param body a body that is given to {@link AsyncQueue#forEach}
   * @param <T> the type of the items
   * @return a body that does the same
   */
  public static <T> AsyncConsumer<T> onThread(AsyncConsumer<T> body) {
    return new OnThread.Consumer<>(Objects.requireNonNull(body, "body must not be null"));
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
        Sleep.SleepFrame.of(Objects.requireNonNull(length, "length must not be null")));
  }

  // ---- running

  /**
   * Runs {@code main} on a new loop, closes the loop, and gives what {@code main} gave.
   *
   * <pre>{@code
   * String data = Async.run(fetchData());
   * }</pre>
   *
   * <p>When {@code main} has ended, what is ready by then has one more turn, as in asyncio: a task that {@code main} has
   * just made begins, and one that it has just woken goes on. Then tasks that are left are cancelled and awaited, for a
   * bounded time (see {@link Runner.Builder#closingLimit}); nothing of the loop stays behind.
   *
   * <p><b>Cancellation.</b> If the calling thread is interrupted, {@code main} is cancelled; this method then
   * ends as {@code main} does, with the thread's interrupt flag set again.
   *
   * <p><b>Threads.</b> The calling thread waits, and carries {@code main}; other tasks run on other threads.
   *
   * <p><b>Pitfall.</b> In the initializer of a class, such as that of a {@code static final} field, it hangs if
   * {@code main} makes tasks that use the class: their threads wait until the class is initialised. Call it in a method.
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
    Activation.requireDeclared(declared);
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
   * <p>When {@code main} has ended, what it has left over is cancelled and its cleanup awaited, as {@link #run run}
   * does. Only then the task is done: nothing of the loop is left when {@code join} returns. A task of the same loop
   * that awaits it is therefore cancelled like all that is left over.
   *
   * <p><b>Cancellation.</b> Cancel the task, from any thread.
   *
   * <p><b>Threads.</b> Daemon threads: the JVM does not wait for the loop to end, so join the task.
   *
   * @param main what to run
   * @param <T> the type of its value
   * @return the task that runs it; it is done when the loop has closed
   * @throws IllegalStateException if {@code main} was already awaited
   */
  public static <T extends @Nullable Object> Task<T> start(Coroutine<T> main) {
    Objects.requireNonNull(main, "main must not be null");
    Frame frame = main.begin();
    return Lifecycle.startInBackground(frame, Settings.ofCaller().named(null), null);
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
   * {@code work} was; {@code currentTask().cancelling()} tells which. Each awaiter of cancelled work gets an exception
   * of its own, with the original as its cause; one of a subclass is thrown as it is, to all of them.
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
    return awaited(loopThread(), work);
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
    return awaited(loopThread(), future);
  }

  /**
   * Waits for a plain {@link CompletionStage}, such as a {@link java.util.concurrent.CompletableFuture}.
   *
   * <pre>{@code
   * HttpResponse<String> response = await(client.sendAsync(request, BodyHandlers.ofString()));
   * }</pre>
   *
   * <p><b>Cancellation.</b> Cancelling the current task cancels the stage's future, for everyone who uses it. Await
   * the {@linkplain #shield(CompletionStage) shield} of one that others use.
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
    LoopThread loopThread = loopThread();
    return awaited(loopThread, StageFuture.awaited(loopThread.loop, stage));
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
    Activation.requireDeclared(declared);
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
    Activation.requireDeclared(declared);
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
    Activation.requireDeclared(declared);
    return await(stage);
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // a null is one that T allows
  private static <T extends @Nullable Object> T awaited(LoopThread loopThread, Awaitable<T> work) {
    try {
      return (T) loopThread.await(work);
    } catch (Throwable failure) {
      throw sneaky(failure);
    }
  }

  private static LoopThread loopThread() {
    LoopThread loopThread = LoopThread.current();
    if (loopThread == null || loopThread.task() == null) {
      throw new IllegalStateException(
          "await() was called outside a coroutine; wrap the code in Async.run(async(() -> ...))");
    }
    return loopThread;
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
   * <p><b>Cancellation.</b> Goes both ways: cancelling the future cancels the stage's, and the other way round. Where
   * others use the stage as well, use {@link #shield(CompletionStage) shield} instead.
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
        : StageFuture.of(EventLoop.currentOrNull(), stage, StageFuture.Use.SHARED);
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
   * Makes a group of tasks, for the block of code that is given to its {@link TaskGroup#run(AsyncBody) run}: the
   * block ends when all tasks of the group have ended.
   *
   * <pre>{@code
   * TaskGroup group = taskGroup();
   * await(group.run(() -> {
   *   group.createTask(fetch("a"));
   *   group.createTask(fetch("b"));
   * }));
   * }</pre>
   *
   * <p>May be called from any thread.
   *
   * @return a group for one block
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.TaskGroup">asyncio.TaskGroup</a>
   */
  public static TaskGroup taskGroup() {
    return new TaskGroup();
  }

  /**
   * Makes a task group whose policy decides when it has what it wants, and in which the failure of a task concerns nobody
   * else.
   *
   * <pre>{@code
   * TaskGroup visitors = taskGroup(CompletionPolicy.isolated());
   * await(visitors.run(() -> {
   *   visitors.createTask(fetch("a")); // if it fails, the other goes on
   *   visitors.createTask(fetch("b"));
   * }));
   * }</pre>
   *
   * <p>May be called from any thread.
   *
   * @param policy hears of the end of each task
   * @return a group for one block
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.TaskGroup">asyncio.TaskGroup</a>
   */
  public static TaskGroup taskGroup(CompletionPolicy policy) {
    return new TaskGroup(policy);
  }

  /**
   * Makes {@code coroutine} a task of the current loop, with options.
   *
   * @param coroutine what to run
   * @param options its name, its context, and whether it begins at once
   * @param <T> the type of its value
   * @return the task
   * @throws IllegalStateException where no loop runs, or if {@code coroutine} was already awaited
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task">
   *     asyncio.create_task</a>
   */
  public static <T extends @Nullable Object> Task<T> createTask(
      Coroutine<T> coroutine, TaskOptions options) {
    Objects.requireNonNull(coroutine, "coroutine must not be null");
    Objects.requireNonNull(options, "options must not be null");
    return EventLoop.currentFor("createTask()").newTaskWith(options, coroutine.begin(), null);
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
   * Runs two awaitables at the same time and combines their results, which may be of different types.
   *
   * <pre>{@code
   * Coroutine<String> name = async(() -> "Ann");
   * Coroutine<Integer> orders = async(() -> 3);
   * String line = await(gather(name, orders, (who, count) -> who + " has " + count));
   * }</pre>
   *
   * <p>It runs and fails as {@link #gather(Awaitable...)} does; also with what {@code combiner} throws.
   *
   * <p><b>Cancellation.</b> Cancelling the result, or the task that awaits it, cancels all that are not done.
   *
   * @param first what to run or wait for
   * @param second what to run or wait for too
   * @param combiner is called with the results on the loop, in no task, so it cannot await
   * @param <A> the type of the first result
   * @param <B> the type of the second result
   * @param <R> what they become
   * @return the future of that
   * @throws IllegalStateException if no loop runs here, if the loop is closed, or if one is a coroutine that
   *     was already awaited
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.gather">asyncio.gather</a>
   */
  public static <A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object>
      AsyncFuture<R> gather(
          Awaitable<? extends A> first,
          Awaitable<? extends B> second,
          Combiner.Of2<? super A, ? super B, ? extends R> combiner) {
    Objects.requireNonNull(combiner, "combiner must not be null");
    return GatherFuture.combined(
        List.of(
            Objects.requireNonNull(first, "first must not be null"),
            Objects.requireNonNull(second, "second must not be null")),
        results ->
            combiner.combine(GatherFuture.<A>at(results, 0), GatherFuture.<B>at(results, 1)));
  }

  /**
   * Runs three awaitables at the same time and combines their results, as {@link #gather(Awaitable, Awaitable,
   * Combiner.Of2)} does with two.
   *
   * @param first the first one
   * @param second the second one
   * @param third the third one
   * @param combiner is called with the results on the loop, in no task, so it cannot await
   * @param <A> the type of the first result
   * @param <B> the type of the second result
   * @param <C> the type of the third result
   * @param <R> what they become
   * @return the future of that
   * @throws IllegalStateException if no loop runs here, if the loop is closed, or if one is a coroutine that
   *     was already awaited
   */
  public static <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          R extends @Nullable Object>
      AsyncFuture<R> gather(
          Awaitable<? extends A> first,
          Awaitable<? extends B> second,
          Awaitable<? extends C> third,
          Combiner.Of3<? super A, ? super B, ? super C, ? extends R> combiner) {
    Objects.requireNonNull(combiner, "combiner must not be null");
    return GatherFuture.combined(
        List.of(
            Objects.requireNonNull(first, "first must not be null"),
            Objects.requireNonNull(second, "second must not be null"),
            Objects.requireNonNull(third, "third must not be null")),
        results -> combiner.combine(
            GatherFuture.<A>at(results, 0),
            GatherFuture.<B>at(results, 1),
            GatherFuture.<C>at(results, 2)));
  }

  /**
   * Runs four awaitables at the same time and combines their results, as {@link #gather(Awaitable, Awaitable,
   * Combiner.Of2)} does with two.
   *
   * @param first the first one
   * @param second the second one
   * @param third the third one
   * @param fourth the fourth one
   * @param combiner is called with the results on the loop, in no task, so it cannot await
   * @param <A> the type of the first result
   * @param <B> the type of the second result
   * @param <C> the type of the third result
   * @param <D> the type of the fourth result
   * @param <R> what they become
   * @return the future of that
   * @throws IllegalStateException if no loop runs here, if the loop is closed, or if one is a coroutine that
   *     was already awaited
   */
  public static <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          D extends @Nullable Object,
          R extends @Nullable Object>
      AsyncFuture<R> gather(
          Awaitable<? extends A> first,
          Awaitable<? extends B> second,
          Awaitable<? extends C> third,
          Awaitable<? extends D> fourth,
          Combiner.Of4<? super A, ? super B, ? super C, ? super D, ? extends R> combiner) {
    Objects.requireNonNull(combiner, "combiner must not be null");
    return GatherFuture.combined(
        List.of(
            Objects.requireNonNull(first, "first must not be null"),
            Objects.requireNonNull(second, "second must not be null"),
            Objects.requireNonNull(third, "third must not be null"),
            Objects.requireNonNull(fourth, "fourth must not be null")),
        results -> combiner.combine(
            GatherFuture.<A>at(results, 0),
            GatherFuture.<B>at(results, 1),
            GatherFuture.<C>at(results, 2),
            GatherFuture.<D>at(results, 3)));
  }

  /**
   * Runs five awaitables at the same time and combines their results, as {@link #gather(Awaitable, Awaitable,
   * Combiner.Of2)} does with two.
   *
   * @param first the first one
   * @param second the second one
   * @param third the third one
   * @param fourth the fourth one
   * @param fifth the fifth one
   * @param combiner is called with the results on the loop, in no task, so it cannot await
   * @param <A> the type of the first result
   * @param <B> the type of the second result
   * @param <C> the type of the third result
   * @param <D> the type of the fourth result
   * @param <E> the type of the fifth result
   * @param <R> what they become
   * @return the future of that
   * @throws IllegalStateException if no loop runs here, if the loop is closed, or if one is a coroutine that
   *     was already awaited
   */
  public static <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          D extends @Nullable Object,
          E extends @Nullable Object,
          R extends @Nullable Object>
      AsyncFuture<R> gather(
          Awaitable<? extends A> first,
          Awaitable<? extends B> second,
          Awaitable<? extends C> third,
          Awaitable<? extends D> fourth,
          Awaitable<? extends E> fifth,
          Combiner.Of5<? super A, ? super B, ? super C, ? super D, ? super E, ? extends R>
              combiner) {
    Objects.requireNonNull(combiner, "combiner must not be null");
    return GatherFuture.combined(
        List.of(
            Objects.requireNonNull(first, "first must not be null"),
            Objects.requireNonNull(second, "second must not be null"),
            Objects.requireNonNull(third, "third must not be null"),
            Objects.requireNonNull(fourth, "fourth must not be null"),
            Objects.requireNonNull(fifth, "fifth must not be null")),
        results -> combiner.combine(
            GatherFuture.<A>at(results, 0),
            GatherFuture.<B>at(results, 1),
            GatherFuture.<C>at(results, 2),
            GatherFuture.<D>at(results, 3),
            GatherFuture.<E>at(results, 4)));
  }

  /**
   * Returns a coroutine that runs awaitables at the same time and gives the result of the first to end; the others are
   * cancelled, and awaited.
   *
   * <pre>{@code
   * String page = await(race(fetch("mirror"), fetch("origin")));
   * }</pre>
   *
   * <p>If the first to end fails, {@code await} throws its failure; see {@link #firstSuccess firstSuccess} to wait for one
   * that does not. Of those that are done at once the first given decides, and else whichever the loop gets to first. When
   * {@code await} returns or throws, the tasks of all have ended; a call of {@link #toThread toThread} was interrupted and
   * may go on. What one throws after it was cancelled, as its cleanup may, goes to the loop's exception handler. An {@link
   * AsyncLock} or permit that a coroutine which was given acquires too late is handed back; any other value is dropped, so
   * do not let {@code take()} of a queue race: end the queue by {@link AsyncQueue#shutdown} instead. A {@code CompletionStage}
   * goes through {@link #from from}.
   *
   * <p><b>Cancellation.</b> Cancelling the task that awaits it cancels all. Futures and tasks that were given are
   * cancelled, too; {@link #shield shield} those that others use.
   *
   * @param awaitables what to run or wait for; one at least
   * @param <T> the type of their results
   * @return a coroutine of the first result; it throws an {@link IllegalStateException} if one of the awaitables is a
   *     coroutine that was already awaited or is given twice, or the task that awaits it
   * @throws IllegalArgumentException if none is given
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.wait">asyncio.wait with
   *     FIRST_COMPLETED</a>
   */
  @CheckReturnValue
  @SafeVarargs
  @SuppressWarnings("varargs") // handed on as a list, and nothing is stored in it
  public static <T extends @Nullable Object> Coroutine<T> race(
      Awaitable<? extends T>... awaitables) {
    return race(Arrays.asList(Objects.requireNonNull(awaitables, "awaitables must not be null")));
  }

  /**
   * Returns a coroutine that gives the result of the first to end, as {@link #race(Awaitable...)} does.
   *
   * @param awaitables what to run or wait for; one at least
   * @param <T> the type of their results
   * @return a coroutine of the first result; it throws an {@link IllegalStateException} if one of the awaitables is a
   *     coroutine that was already awaited or is given twice, or the task that awaits it
   * @throws IllegalArgumentException if none is given
   */
  @CheckReturnValue
  public static <T extends @Nullable Object> Coroutine<T> race(
      Collection<? extends Awaitable<? extends T>> awaitables) {
    return EntrantsFrame.untilEnd(awaitables);
  }

  /**
   * Returns a coroutine that runs awaitables at the same time and gives the result of the first to succeed; the others are
   * cancelled, and awaited.
   *
   * <pre>{@code
   * String page = await(firstSuccess(fetch("mirror"), fetch("origin")));
   * }</pre>
   *
   * <p>If all fail, {@code await} throws the first failure, with the others {@linkplain Throwable#getSuppressed suppressed},
   * unless it is one that others may have as well, since it came out of a future of theirs; one that was cancelled by others
   * counts only if all were. The rest is as with {@link #race(Awaitable...) race}.
   *
   * <p><b>Cancellation.</b> Cancelling the task that awaits it cancels all. Futures and tasks that were given are
   * cancelled, too; {@link #shield shield} those that others use.
   *
   * @param awaitables what to run or wait for; one at least
   * @param <T> the type of their results
   * @return a coroutine of the first result; it throws an {@link IllegalStateException} if one of the awaitables is a
   *     coroutine that was already awaited or is given twice, or the task that awaits it
   * @throws IllegalArgumentException if none is given
   */
  @CheckReturnValue
  @SafeVarargs
  @SuppressWarnings("varargs") // handed on as a list, and nothing is stored in it
  public static <T extends @Nullable Object> Coroutine<T> firstSuccess(
      Awaitable<? extends T>... awaitables) {
    return firstSuccess(
        Arrays.asList(Objects.requireNonNull(awaitables, "awaitables must not be null")));
  }

  /**
   * Returns a coroutine that gives the result of the first to succeed, as {@link #firstSuccess(Awaitable...)} does.
   *
   * @param awaitables what to run or wait for; one at least
   * @param <T> the type of their results
   * @return a coroutine of the first result; it throws an {@link IllegalStateException} if one of the awaitables is a
   *     coroutine that was already awaited or is given twice, or the task that awaits it
   * @throws IllegalArgumentException if none is given
   */
  @CheckReturnValue
  public static <T extends @Nullable Object> Coroutine<T> firstSuccess(
      Collection<? extends Awaitable<? extends T>> awaitables) {
    return EntrantsFrame.untilSuccess(awaitables);
  }

  /**
   * Returns a coroutine that runs {@code body}, and again each time that this takes long or fails, until one of the
   * attempts succeeds; it gives that one's result, and the others are cancelled and awaited.
   *
   * <pre>{@code
   * String page = await(hedge(Duration.ofMillis(50), 3, () -> await(fetch("a"))));
   * }</pre>
   *
   * <p>The next attempt begins {@code delay} after the one before, or as soon as one has failed; those that have begun go on
   * meanwhile, each in a task of its own. If all fail, {@code await} throws the first failure. The rest is as with {@link
   * #firstSuccess firstSuccess}.
   *
   * <p><b>Cancellation.</b> Cancelling the task that awaits it cancels all attempts.
   *
   * <p><b>Pitfall.</b> What {@code body} does may be done several times, so that must do no harm.
   *
   * @param delay how long to wait for an answer before there is another attempt; zero has all begin at once
   * @param max the most attempts, the first among them; at least 1
   * @param body what to run
   * @param <T> the type of its value
   * @return a coroutine of the first result; {@code await} of it throws an {@link IllegalStateException} if {@code body} gives a
   *     coroutine that it has not awaited
   * @throws IllegalArgumentException if {@code delay} is negative, or {@code max} is less than 1
   */
  @CheckReturnValue
  public static <T extends @Nullable Object> Coroutine<T> hedge(
      Duration delay, int max, AsyncBody<T> body) {
    return new Coroutine<>(new HedgeFrame(delay, max, Bodies.frames(body)));
  }

  /**
   * Returns a coroutine that runs a body that gives no value, and again each time that this takes long or fails, as {@link
   * #hedge(Duration, int, AsyncBody)} does.
   *
   * @param delay how long to wait for an end before there is another attempt; zero has all begin at once
   * @param max the most attempts, the first among them; at least 1
   * @param body what to run
   * @return a coroutine that gives null
   * @throws IllegalArgumentException if {@code delay} is negative, or {@code max} is less than 1
   */
  @CheckReturnValue
  public static Coroutine<@Nullable Void> hedge(Duration delay, int max, AsyncAction body) {
    return new Coroutine<>(new HedgeFrame(delay, max, Bodies.frames(body)));
  }

  /**
   * Returns a coroutine that runs {@code body}, and again if that fails, as often and for as long as {@code policy} says.
   *
   * <pre>{@code
   * RetryPolicy policy = RetryPolicy.attempts(3).withDelay(Duration.ofSeconds(1));
   * String page = await(retry(policy, () -> await(fetch("a"))));
   * }</pre>
   *
   * <p>If the last attempt fails, or one with what is not to be tried again, {@code await} throws that very failure; those
   * before it are dropped. Between two attempts other tasks have a turn, however short the pause is.
   *
   * <p><b>Cancellation.</b> Cancelling the task that awaits it cancels the attempt or the pause, and nothing is tried again,
   * whatever the attempt makes of that, unless it takes the request back.
   *
   * @param policy when to try again
   * @param body what to run, as a part of the task that awaits this
   * @param <T> the type of its value
   * @return a coroutine that gives what {@code body} gives at last; {@code await} of it throws an {@link
   *     AsyncTimeoutException} if the policy's {@linkplain RetryPolicy#withTimeout limit} cut an attempt short, and an {@link
   *     IllegalStateException} if {@code body} gives a coroutine that it has not awaited
   */
  @CheckReturnValue
  public static <T extends @Nullable Object> Coroutine<T> retry(
      RetryPolicy policy, AsyncBody<T> body) {
    return new Coroutine<>(new RetryFrame(policy, Bodies.frames(body)));
  }

  /**
   * Returns a coroutine that runs a body that gives no value, and again if that fails, as {@link #retry(RetryPolicy,
   * AsyncBody)} does.
   *
   * @param policy when to try again
   * @param body what to run, as a part of the task that awaits this
   * @return a coroutine that gives null; {@code await} of it throws an {@link AsyncTimeoutException} if the policy's
   *     {@linkplain RetryPolicy#withTimeout limit} cut an attempt short
   */
  @CheckReturnValue
  public static Coroutine<@Nullable Void> retry(RetryPolicy policy, AsyncAction body) {
    return new Coroutine<>(new RetryFrame(policy, Bodies.frames(body)));
  }

  /**
   * Returns a coroutine that awaits what {@code function} makes of each item, {@code limit} of them at the same time, and
   * gives the results in the order of the items.
   *
   * <pre>{@code
   * List<String> pages = await(mapConcurrently(10, List.of("a", "b", "c"), name -> fetch(name)));
   * }</pre>
   *
   * <p>There are never more than {@code limit} tasks: an item is asked for, and the function called, when there is room for
   * another. That happens in the task that awaits this, but neither may await. If one fails, or the function or the iterator
   * does, nothing more begins, the others are cancelled and awaited, and {@code await} throws that failure, with later ones
   * {@linkplain Throwable#getSuppressed suppressed}. One that is cancelled ends the whole with its cancellation.
   *
   * <p>It ends when the iterator has no more and all have ended. Where those that run find others to do, use a {@link TaskGroup}.
   *
   * <p><b>Cancellation.</b> Cancelling the task that awaits it cancels those that run, and nothing more begins.
   *
   * @param limit how many may run at once; at least 1
   * @param items what to make something of; iterated once, when this is awaited
   * @param function gives what is to be awaited for an item, a {@code CompletionStage} by way of {@link #from from}; not
   *     null
   * @param <T> the type of the items
   * @param <R> the type of the results
   * @return a coroutine of an unmodifiable list of the results
   * @throws IllegalArgumentException if {@code limit} is less than 1
   * @see <a href="https://aiostream.readthedocs.io/en/stable/operators.html#aiostream.stream.map">aiostream.stream.map</a>
   */
  @CheckReturnValue
  public static <T extends @Nullable Object, R extends @Nullable Object>
      Coroutine<List<R>> mapConcurrently(
          int limit,
          Iterable<? extends T> items,
          Function<? super T, ? extends Awaitable<? extends R>> function) {
    Objects.requireNonNull(items, "items must not be null");
    return new Coroutine<>(
        new MapFrame<T>("mapConcurrently", limit, items::iterator, function, true));
  }

  /**
   * Returns a coroutine that awaits what {@code function} makes of each item of a stream, as {@link
   * #mapConcurrently(int, Iterable, Function)} does.
   *
   * <pre>{@code
   * Coroutine<List<String>> pages =
   *     mapConcurrently(10, "first\nsecond".lines(), line -> fetch(line));
   * System.out.println(await(pages));
   * }</pre>
   *
   * @param limit how many may run at once; at least 1
   * @param items what to make something of; consumed when this is awaited, and not closed
   * @param function gives what is to be awaited for an item; not null
   * @param <T> the type of the items
   * @param <R> the type of the results
   * @return a coroutine of an unmodifiable list of the results
   * @throws IllegalArgumentException if {@code limit} is less than 1
   */
  @CheckReturnValue
  public static <T extends @Nullable Object, R extends @Nullable Object>
      Coroutine<List<R>> mapConcurrently(
          int limit,
          Stream<? extends T> items,
          Function<? super T, ? extends Awaitable<? extends R>> function) {
    Objects.requireNonNull(items, "items must not be null");
    return new Coroutine<>(
        new MapFrame<T>("mapConcurrently", limit, items::iterator, function, true));
  }

  /**
   * Returns a coroutine that awaits what {@code function} makes of each item, {@code limit} of them at the same time, and
   * gives no results; else as {@link #mapConcurrently(int, Iterable, Function) mapConcurrently} does.
   *
   * <pre>{@code
   * await(forEachConcurrently(10, List.of("a", "b", "c"), name -> save()));
   * }</pre>
   *
   * <p>It keeps nothing of what has ended, so there may be any number of items.
   *
   * @param limit how many may run at once; at least 1
   * @param items what to do something with; iterated once, when this is awaited
   * @param function gives what is to be awaited for an item; not null
   * @param <T> the type of the items
   * @return a coroutine that gives null
   * @throws IllegalArgumentException if {@code limit} is less than 1
   */
  @CheckReturnValue
  public static <T extends @Nullable Object> Coroutine<@Nullable Void> forEachConcurrently(
      int limit,
      Iterable<? extends T> items,
      Function<? super T, ? extends Awaitable<?>> function) {
    Objects.requireNonNull(items, "items must not be null");
    return new Coroutine<>(
        new MapFrame<T>("forEachConcurrently", limit, items::iterator, function, false));
  }

  /**
   * Returns a coroutine that awaits what {@code function} makes of each item of a stream, as {@link
   * #forEachConcurrently(int, Iterable, Function)} does.
   *
   * @param limit how many may run at once; at least 1
   * @param items what to do something with; consumed when this is awaited, and not closed
   * @param function gives what is to be awaited for an item; not null
   * @param <T> the type of the items
   * @return a coroutine that gives null
   * @throws IllegalArgumentException if {@code limit} is less than 1
   */
  @CheckReturnValue
  public static <T extends @Nullable Object> Coroutine<@Nullable Void> forEachConcurrently(
      int limit, Stream<? extends T> items, Function<? super T, ? extends Awaitable<?>> function) {
    Objects.requireNonNull(items, "items must not be null");
    return new Coroutine<>(
        new MapFrame<T>("forEachConcurrently", limit, items::iterator, function, false));
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
    return new Coroutine<>(TimeoutFrame.waitFor(work, limit));
  }

  /**
   * Makes a timeout that starts now, for the block of code that is given to its {@link Timeout#run(AsyncBody) run}.
   *
   * <pre>{@code
   * await(timeout(Duration.ofSeconds(10)).run(() -> {
   *   String page = await(fetch("a"));
   *   System.out.println(page);
   * }));
   * }</pre>
   *
   * @param limit how long from now until the block is cancelled; with zero or less that happens when it first
   *     suspends; {@code ChronoUnit.FOREVER.getDuration()} means never
   * @return a timeout for one block on this loop
   * @throws IllegalStateException if no loop runs here, or if the loop is closed
   * @see #waitFor
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.timeout">asyncio.timeout</a>
   */
  public static Timeout timeout(Duration limit) {
    Objects.requireNonNull(limit, "limit must not be null");
    return Timeout.fromNow(EventLoop.currentFor("timeout()"), limit);
  }

  /**
   * Makes a timeout with a given deadline, for the block of code that is given to its {@link
   * Timeout#run(AsyncBody) run}.
   *
   * <pre>{@code
   * Duration deadline = EventLoop.current().time().plusSeconds(10);
   * for (String name : List.of("a", "b")) {
   *   String page = await(timeoutAt(deadline).run(() -> await(fetch(name))));
   *   System.out.println(page);
   * }
   * }</pre>
   *
   * <p>May be called from any thread.
   *
   * @param loopTime when the block is cancelled, on the scale of {@link EventLoop#time} of the loop on which it
   *     runs; if that has passed, when it first suspends
   * @return a timeout for one block
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.timeout_at">asyncio.timeout_at</a>
   */
  public static Timeout timeoutAt(Duration loopTime) {
    return Timeout.at(Objects.requireNonNull(loopTime, "loopTime must not be null"));
  }

  /**
   * Makes a scope: a block of code that can be cancelled as a whole, and stays cancelled.
   *
   * <pre>{@code
   * CancelScope scope = cancelScope();
   * String page = await(scope.run(() -> await(fetch("a")))); // null if somebody calls scope.cancel()
   * }</pre>
   *
   * <p>May be called from any thread.
   *
   * @return a scope for one block
   * @see <a href="https://anyio.readthedocs.io/en/stable/cancellation.html">anyio.CancelScope</a>
   */
  public static CancelScope cancelScope() {
    return new CancelScope(null);
  }

  /**
   * Returns a coroutine that runs {@code body} in a {@linkplain CancelScope scope} for {@code limit} at most, and goes on
   * without its value if the time is up.
   *
   * <pre>{@code
   * Optional<String> page = await(moveOnAfter(Duration.ofSeconds(2), () -> await(fetch("a"))));
   * System.out.println(page.orElse("nothing came"));
   * }</pre>
   *
   * <p><b>Cancellation.</b> When the time is up, every {@code await} in {@code body} fails, so that it ends soon, whatever it
   * catches; what is in {@link #cleanup cleanup} is waited for.
   *
   * @param limit how long {@code body} may take; with zero or less it runs up to its first {@code await} that suspends
   * @param body what to run, as a part of the task that awaits this
   * @param <T> the type of its value
   * @return a coroutine of what {@code body} gives; empty if the time was up, or if {@code body} gives null
   * @see <a href="https://anyio.readthedocs.io/en/stable/api.html#anyio.move_on_after">anyio.move_on_after</a>
   */
  @CheckReturnValue
  public static <T> Coroutine<Optional<T>> moveOnAfter(Duration limit, AsyncBody<T> body) {
    return new Coroutine<>(new ScopeFrame(
        new CancelScope(Objects.requireNonNull(limit, "limit must not be null")),
        Bodies.frame(body),
        ScopeFrame.Gives.OPTIONAL));
  }

  /**
   * Returns a coroutine that runs a body that gives no value for {@code limit} at most, as {@link #moveOnAfter(Duration,
   * AsyncBody)} does.
   *
   * <pre>{@code
   * boolean ended = await(moveOnAfter(Duration.ofSeconds(2), () -> {
   *   await(save());
   * }));
   * }</pre>
   *
   * @param limit how long {@code body} may take; with zero or less it runs up to its first {@code await} that suspends
   * @param body what to run, as a part of the task that awaits this
   * @return a coroutine that gives whether {@code body} came to its end
   */
  @CheckReturnValue
  public static Coroutine<Boolean> moveOnAfter(Duration limit, AsyncAction body) {
    return new Coroutine<>(new ScopeFrame(
        new CancelScope(Objects.requireNonNull(limit, "limit must not be null")),
        Bodies.frame(body),
        ScopeFrame.Gives.WHETHER_ENDED));
  }

  /**
   * Returns a coroutine that runs {@code body} in a {@linkplain CancelScope scope} for {@code limit} at most, and fails if the
   * time is up.
   *
   * <pre>{@code
   * String page = await(failAfter(Duration.ofSeconds(2), () -> await(fetch("a"))));
   * }</pre>
   *
   * <p>It is {@link #waitFor waitFor} for a body that must not go on: that one is asked once to end, and here every {@code
   * await} of it fails.
   *
   * <p><b>Cancellation.</b> See {@link #moveOnAfter(Duration, AsyncBody)}.
   *
   * @param limit how long {@code body} may take; with zero or less it runs up to its first {@code await} that suspends
   * @param body what to run, as a part of the task that awaits this
   * @param <T> the type of its value
   * @return a coroutine of what {@code body} gives; {@code await} of it throws an {@link AsyncTimeoutException} if the time was
   *     up
   * @see <a href="https://anyio.readthedocs.io/en/stable/api.html#anyio.fail_after">anyio.fail_after</a>
   */
  @CheckReturnValue
  public static <T extends @Nullable Object> Coroutine<T> failAfter(
      Duration limit, AsyncBody<T> body) {
    return new Coroutine<>(new ScopeFrame(
        new CancelScope(Objects.requireNonNull(limit, "limit must not be null")),
        Bodies.frame(body),
        ScopeFrame.Gives.VALUE_IN_TIME));
  }

  /**
   * Returns a coroutine that runs a body that gives no value for {@code limit} at most, as {@link #failAfter(Duration,
   * AsyncBody)} does.
   *
   * @param limit how long {@code body} may take; with zero or less it runs up to its first {@code await} that suspends
   * @param body what to run, as a part of the task that awaits this
   * @return a coroutine that gives null; {@code await} of it throws an {@link AsyncTimeoutException} if the time was up
   */
  @CheckReturnValue
  public static Coroutine<@Nullable Void> failAfter(Duration limit, AsyncAction body) {
    return new Coroutine<>(new ScopeFrame(
        new CancelScope(Objects.requireNonNull(limit, "limit must not be null")),
        Bodies.frame(body),
        ScopeFrame.Gives.VALUE_IN_TIME));
  }

  /**
   * Returns when what the current task does now is to end: the earliest deadline of the timeouts and scopes that it is in, and
   * of those around the {@linkplain TaskGroup group} whose task it is. Within {@link #cleanup cleanup} those around that do
   * not count.
   *
   * <pre>{@code
   * Duration left = effectiveDeadline().minus(EventLoop.current().time());
   * }</pre>
   *
   * @return a time on the scale of {@link EventLoop#time}; {@code ChronoUnit.FOREVER.getDuration()} if there is none
   * @throws IllegalStateException if no task runs here
   * @see <a href="https://anyio.readthedocs.io/en/stable/api.html#anyio.current_effective_deadline">
   *     anyio.current_effective_deadline</a>
   */
  public static Duration effectiveDeadline() {
    Duration earliest = ScopeNode.deadlineOf(currentTask().scope());
    return earliest == null ? ScopeNode.NEVER : earliest;
  }

  /**
   * Keeps {@code work} from being cancelled together with the task that awaits it.
   *
   * <pre>{@code
   * Task<String> saving = createTask(save());
   * try {
   *   await(shield(saving));
   * } catch (CancellationException e) {
   *   System.out.println("nobody waits any more, and it is saved all the same");
   *   throw e;
   * }
   * }</pre>
   *
   * <p>A coroutine becomes a task at once. Work that is done already is returned as it is.
   *
   * <p><b>Cancellation.</b> Cancelling the result, or the task that awaits it, cancels the result alone. If
   * {@code work} itself is cancelled, so is the result.
   *
   * <p><b>Threads.</b> {@code work} may belong to another loop, and may be completed on any thread.
   *
   * <p><b>Pitfall.</b> Once the result was cancelled, a failure of {@code work} goes to the loop's {@linkplain
   * LoopExceptionHandler exception handler}, also if somebody else awaits it. A shielded task is still cancelled when its loop closes.
   *
   * @param work a coroutine, task or future
   * @param <T> the type of its result
   * @return a future that ends as {@code work} does, unless it is cancelled
   * @throws IllegalStateException if no loop runs here, if the loop is closed, or if {@code work} is a coroutine
   *     that was already awaited
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.shield">asyncio.shield</a>
   */
  public static <T extends @Nullable Object> AsyncFuture<T> shield(Awaitable<T> work) {
    return ShieldFuture.of(work);
  }

  /**
   * Keeps {@code future} from being cancelled: {@link #shield(Awaitable)} for what is an awaitable and a stage as well.
   *
   * @param future a task or future
   * @param <T> the type of its result
   * @return a future that ends as {@code future} does, unless it is cancelled
   * @throws IllegalStateException if no loop runs here, or if the loop is closed
   */
  public static <T extends @Nullable Object> AsyncFuture<T> shield(AsyncFuture<T> future) {
    return ShieldFuture.of(Objects.requireNonNull(future, "future must not be null"));
  }

  /**
   * Keeps a plain {@link CompletionStage} from being cancelled together with the task that awaits it: for one that
   * others use as well.
   *
   * <pre>{@code
   * CompletableFuture<String> shared = CompletableFuture.supplyAsync(() -> "a page"); // others await it, too
   * String page = await(shield(shared));
   * }</pre>
   *
   * <p>Whoever stops waiting leaves nothing on the stage, however long that lives and however many do.
   *
   * <p><b>Cancellation.</b> Cancelling the result, or the task that awaits it, cancels the result alone. A failure of
   * the stage is nothing to it any more, and is not reported. If the stage itself is cancelled, so is the result.
   *
   * <p><b>Threads.</b> The stage may be completed on any thread.
   *
   * @param stage the stage; an {@link AsyncFuture} is shielded as {@link #shield(Awaitable)} does it
   * @param <T> the type of its result
   * @return a future that ends as {@code stage} does, unless it is cancelled
   * @throws IllegalStateException if no loop runs here, or if the loop is closed
   */
  public static <T extends @Nullable Object> AsyncFuture<T> shield(CompletionStage<T> stage) {
    Objects.requireNonNull(stage, "stage must not be null");
    return stage instanceof AsyncFuture<T> future
        ? ShieldFuture.of(future)
        : StageFuture.of(EventLoop.currentFor("shield()"), stage, StageFuture.Use.SHIELD);
  }

  /**
   * Returns a coroutine that waits until all of some tasks or futures are done, in whatever manner.
   *
   * <pre>{@code
   * Waited<Task<String>> waited = await(waitTasks(tasks));
   * for (Task<String> task : waited.done()) {
   *   System.out.println(task);
   * }
   * }</pre>
   *
   * <p>It throws no failure of theirs. Futures, not coroutines: the answer consists of the futures given, and
   * for a coroutine there would be none.
   *
   * <p><b>Cancellation.</b> Ends the wait at once and cancels nothing else.
   *
   * @param futures tasks and futures; one given twice counts once
   * @param <F> their type
   * @return a coroutine that gives which are done
   * @throws IllegalArgumentException if {@code futures} is empty
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.wait">asyncio.wait</a>
   */
  @CheckReturnValue
  public static <F extends AsyncFuture<?>> Coroutine<Waited<F>> waitTasks(
      Collection<? extends F> futures) {
    return waitTasks(futures, ReturnWhen.ALL_COMPLETED);
  }

  /**
   * Returns a coroutine that waits until enough of some tasks or futures are done.
   *
   * <pre>{@code
   * Waited<Task<String>> waited = await(waitTasks(tasks, ReturnWhen.FIRST_COMPLETED));
   * waited.pending().forEach(Task::cancel);
   * }</pre>
   *
   * <p><b>Cancellation.</b> Ends the wait at once and cancels nothing else.
   *
   * @param futures tasks and futures; one given twice counts once
   * @param returnWhen how many are enough
   * @param <F> their type
   * @return a coroutine that gives which are done and which are not
   * @throws IllegalArgumentException if {@code futures} is empty
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.wait">asyncio.wait</a>
   */
  @CheckReturnValue
  public static <F extends AsyncFuture<?>> Coroutine<Waited<F>> waitTasks(
      Collection<? extends F> futures, ReturnWhen returnWhen) {
    return new Coroutine<>(new WaitFrame<F>(futures, returnWhen, null));
  }

  /**
   * Returns a coroutine that waits until enough of some tasks or futures are done, or a time has passed.
   *
   * <pre>{@code
   * var waited = await(waitTasks(tasks, ReturnWhen.ALL_COMPLETED, Duration.ofSeconds(2)));
   * System.out.println(waited.pending().size() + " are late");
   * }</pre>
   *
   * <p>That the time has passed is no exception: then some are pending.
   *
   * <p><b>Cancellation.</b> Ends the wait at once and cancels nothing else; nor does the time.
   *
   * @param futures tasks and futures; one given twice counts once
   * @param returnWhen how many are enough
   * @param limit the longest time to wait, from the moment the coroutine is awaited; zero or less lets the
   *     others have one turn
   * @param <F> their type
   * @return a coroutine that gives which are done and which are not
   * @throws IllegalArgumentException if {@code futures} is empty
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.wait">asyncio.wait</a>
   */
  @CheckReturnValue
  public static <F extends AsyncFuture<?>> Coroutine<Waited<F>> waitTasks(
      Collection<? extends F> futures, ReturnWhen returnWhen, Duration limit) {
    Objects.requireNonNull(limit, "limit must not be null");
    return new Coroutine<>(new WaitFrame<F>(futures, returnWhen, limit));
  }

  /**
   * Runs awaitables at the same time and gives their results in the order in which they finish.
   *
   * <pre>{@code
   * for (Coroutine<String> next : asCompleted(List.of(fetch("a"), fetch("b")))) {
   *   System.out.println(await(next));
   * }
   * }</pre>
   *
   * <p>Coroutines become tasks at once. Each coroutine that the loop gives is a new one, and awaiting it gives the
   * result of the next to finish, or throws what that failed with. An awaitable given twice counts once.
   *
   * <p>There is one iteration: asking the result for its iterator again goes on where the first is. Several
   * tasks may share it, and each result goes to one of them.
   *
   * <p><b>Cancellation.</b> Cancels none of the awaitables, and neither does leaving the loop early; the rest runs
   * on. A task that is cancelled while it waits for the next leaves it to others.
   *
   * <p><b>Threads.</b> Call it on a loop; the coroutines may be awaited on any.
   *
   * @param awaitables what to run or wait for
   * @param <T> the type of their results
   * @return as many coroutines as there are different awaitables
   * @throws IllegalStateException if no loop runs here, if the loop is closed, or if one is a coroutine that
   *     was already awaited
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.as_completed">
   *     asyncio.as_completed</a>
   */
  public static <T extends @Nullable Object> Iterable<Coroutine<T>> asCompleted(
      Collection<? extends Awaitable<? extends T>> awaitables) {
    return AsCompleted.results(awaitables, null);
  }

  /**
   * Runs awaitables as {@link #asCompleted(Collection)} does, with a time for the whole iteration.
   *
   * <pre>{@code
   * try {
   *   for (Coroutine<String> next : asCompleted(List.of(fetch("a"), fetch("b")), Duration.ofSeconds(2))) {
   *     System.out.println(await(next));
   *   }
   * } catch (AsyncTimeoutException e) {
   *   System.out.println("the rest is late");
   * }
   * }</pre>
   *
   * <p>When the time has passed, each coroutine for which nothing has finished throws an {@link
   * AsyncTimeoutException}.
   *
   * <p><b>Cancellation.</b> Cancels none of the awaitables; nor does the time.
   *
   * @param awaitables what to run or wait for
   * @param limit the time for all of them, from now on
   * @param <T> the type of their results
   * @return as many coroutines as there are different awaitables
   * @throws IllegalStateException if no loop runs here, if the loop is closed, or if one is a coroutine that
   *     was already awaited
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.as_completed">
   *     asyncio.as_completed</a>
   */
  public static <T extends @Nullable Object> Iterable<Coroutine<T>> asCompleted(
      Collection<? extends Awaitable<? extends T>> awaitables, Duration limit) {
    Objects.requireNonNull(limit, "limit must not be null");
    return AsCompleted.results(awaitables, limit);
  }

  /**
   * Gives tasks in the order in which they finish: Python's {@code async for} over {@code as_completed}.
   *
   * <pre>{@code
   * for (Coroutine<Task<String>> next : completedTasks(tasks)) {
   *   Task<String> done = await(next);
   *   System.out.println(done.getName() + " gave " + await(done));
   * }
   * }</pre>
   *
   * <p>For those who must know which one it was: these are the very tasks given, or the ones that coroutines
   * became at once. No failure of theirs is thrown before they are awaited. For other futures there is {@link
   * #asCompleted(Collection) asCompleted}, with which this has everything else in common.
   *
   * <p><b>Cancellation.</b> Cancels none of the tasks.
   *
   * @param awaitables tasks and coroutines
   * @param <T> the type of their results
   * @return as many coroutines as there are different awaitables
   * @throws IllegalArgumentException if one is neither a task nor a coroutine
   * @throws IllegalStateException if no loop runs here, if the loop is closed, or if one is a coroutine that
   *     was already awaited
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.as_completed">
   *     asyncio.as_completed</a>
   */
  public static <T extends @Nullable Object> Iterable<Coroutine<Task<T>>> completedTasks(
      Collection<? extends Awaitable<? extends T>> awaitables) {
    return AsCompleted.tasks(awaitables, null);
  }

  /**
   * Gives tasks as {@link #completedTasks(Collection)} does, with a time for the whole iteration.
   *
   * <pre>{@code
   * try {
   *   for (Coroutine<Task<String>> next : completedTasks(tasks, Duration.ofSeconds(2))) {
   *     System.out.println(await(next).getName() + " was in time");
   *   }
   * } catch (AsyncTimeoutException e) {
   *   System.out.println("the rest is late");
   * }
   * }</pre>
   *
   * <p>When the time has passed and the finished ones have been given, the next coroutine throws an {@link
   * AsyncTimeoutException}, and then there are no more.
   *
   * <p><b>Cancellation.</b> Cancels none of the tasks; nor does the time.
   *
   * @param awaitables tasks and coroutines
   * @param limit the time for all of them, from now on
   * @param <T> the type of their results
   * @return at most as many coroutines as there are different awaitables
   * @throws IllegalArgumentException if one is neither a task nor a coroutine
   * @throws IllegalStateException if no loop runs here, if the loop is closed, or if one is a coroutine that
   *     was already awaited
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.as_completed">
   *     asyncio.as_completed</a>
   */
  public static <T extends @Nullable Object> Iterable<Coroutine<Task<T>>> completedTasks(
      Collection<? extends Awaitable<? extends T>> awaitables, Duration limit) {
    Objects.requireNonNull(limit, "limit must not be null");
    return AsCompleted.tasks(awaitables, limit);
  }

  /**
   * Describes cleanup that has to be finished: cancel requests from outside do not reach {@code body}, but wait
   * until it has ended.
   *
   * <pre>{@code
   * try {
   *   await(serve(connection));
   * } finally {
   *   await(cleanup(Duration.ofSeconds(5), () -> {
   *     await(connection.flush());
   *     await(connection.close());
   *   }));
   * }
   * }</pre>
   *
   * <p><b>Cancellation.</b> A request for the task that runs it, also one that came before, takes effect at the
   * task's next {@code await} after this one. Timeouts and task groups within {@code body} work as everywhere.
   * Nothing protects from the end of the loop: its closing limit is a limit for cleanup, too.
   *
   * @param limit the time that {@code body} may take; then it is cancelled, and its own cleanup runs
   * @param body what to run
   * @param <T> the type of its value
   * @return a coroutine of the value of {@code body}; if the time was not enough, it throws an {@link
   *     AsyncTimeoutException}
   * @throws IllegalArgumentException if {@code limit} is zero or negative
   */
  @CheckReturnValue
  public static <T extends @Nullable Object> Coroutine<T> cleanup(
      Duration limit, AsyncBody<T> body) {
    return new Coroutine<>(new CleanupFrame(limit, Bodies.frame(body)));
  }

  /**
   * Describes cleanup that has to be finished, as {@link #cleanup(Duration, AsyncBody)}.
   *
   * @param limit the time that {@code body} may take
   * @param body what to run
   * @return a coroutine that ends when {@code body} does
   * @throws IllegalArgumentException if {@code limit} is zero or negative
   */
  @CheckReturnValue
  public static Coroutine<@Nullable Void> cleanup(Duration limit, AsyncAction body) {
    return new Coroutine<>(new CleanupFrame(limit, Bodies.frame(body)));
  }

  // ---- threads

  /**
   * Returns a coroutine that makes a blocking call on a thread of its own.
   *
   * <pre>{@code
   * String text = await(toThread(() -> Files.readString(path)));
   * }</pre>
   *
   * <p><b>Cancellation.</b> The awaiting task gets its exception at once, the thread is interrupted ({@link
   * CallOptions#withoutInterrupt} leaves it alone), and what the call still gives is dropped; a failure that the
   * interrupt does not explain is reported. A call that has not begun never will. The loop does not close before
   * the call has ended, for a bounded time.
   *
   * <p><b>Threads.</b> Those of {@link Runner.Builder#executor}; by default daemon threads of the loop's own, which
   * end with it. No call waits for another. The call may not {@code await}; it may {@link #run(Coroutine) run} a loop.
   *
   * <p><b>Pitfall.</b> Many calls at once that compute, rather than wait for something, are best made with {@link
   * CallOptions#computing()}: more of them than there are processors take turns on these.
   *
   * @param call what to call
   * @param <T> the type of its result
   * @return a coroutine that gives the result of {@code call}, or throws what it threw; {@code await} of it
   *     throws what the executor threw, such as a {@link java.util.concurrent.RejectedExecutionException}, if it
   *     did not take the call
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread">asyncio.to_thread</a>
   */
  @CheckReturnValue
  public static <T extends @Nullable Object> Coroutine<T> toThread(Callable<T> call) {
    return toThread(call, CallOptions.DEFAULT);
  }

  /**
   * Returns a coroutine that makes a blocking call as {@link #toThread(Callable)} does, on an executor of your
   * own or without interrupts.
   *
   * <pre>{@code
   * int rows = await(toThread(() -> count("orders"), CallOptions.onExecutor(executor)));
   * }</pre>
   *
   * @param call what to call
   * @param options how to call it
   * @param <T> the type of its result
   * @return a coroutine as {@link #toThread(Callable)} gives it
   * @see <a href="https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.run_in_executor">
   *     loop.run_in_executor</a>
   */
  @CheckReturnValue
  public static <T extends @Nullable Object> Coroutine<T> toThread(
      Callable<T> call, CallOptions options) {
    Objects.requireNonNull(call, "call must not be null");
    Objects.requireNonNull(options, "options must not be null");
    return new Coroutine<>(new ThreadCall.CallFrame(call, options));
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
    return toThread(call, CallOptions.DEFAULT);
  }

  /**
   * Returns a coroutine that makes a blocking call that gives nothing, as {@link #toThread(Callable, CallOptions)}
   * does.
   *
   * <pre>{@code
   * await(toThread(() -> Files.delete(path), CallOptions.uninterrupted()));
   * }</pre>
   *
   * @param call what to run
   * @param options how to run it
   * @return a coroutine that gives null, or throws what {@code call} threw
   */
  @CheckReturnValue
  public static Coroutine<@Nullable Void> toThread(AsyncAction call, CallOptions options) {
    Objects.requireNonNull(call, "call must not be null");
    Objects.requireNonNull(options, "options must not be null");
    return new Coroutine<>(new ThreadCall.CallFrame(
        () -> {
          call.run();
          return null;
        },
        options));
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
