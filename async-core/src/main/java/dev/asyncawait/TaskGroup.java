package dev.asyncawait;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that belong to a block of code: the block does not end before they have.
 *
 * <pre>{@code
 * TaskGroup group = taskGroup();
 * String pages = await(group.run(() -> {
 *   Task<String> first = group.createTask(fetch("a"));
 *   Task<String> second = group.createTask(fetch("b"));
 *   return await(first) + await(second);
 * }));
 * }</pre>
 *
 * <p>If one of the tasks fails, or the body does, all others and the body are cancelled and awaited, and then that
 * first failure itself is thrown, with later ones suppressed in it; {@link #failures()} lists them all. Which one is
 * the first is decided by the order in which they failed, whether tasks or the body. If it is an exception that others
 * may have as well, since it came out of a future that is not the group's own, nothing is added to it, and later ones go
 * to the {@linkplain LoopExceptionHandler exception handler}. A task that was cancelled is no failure: the others go on.
 *
 * <p>That is what a group does that is told nothing else. A {@link CompletionPolicy} makes one in which the failure of a task
 * concerns nobody else, or which ends when enough of its tasks have succeeded.
 *
 * <p><b>Cancellation.</b> Cancelling the task that awaits the block cancels the body and all tasks of the group;
 * the block ends when they have, with a {@link CancellationException}. If one of them fails meanwhile, that failure
 * is thrown first, and the cancellation at the next {@code await} that suspends. {@link #cancel()} ends the block
 * early without an exception.
 *
 * <p><b>Threads.</b> The group belongs to the loop on which its block runs: {@link #createTask(Coroutine)} must be
 * called there. The other methods may be called from any thread.
 *
 * <p><b>Pitfall.</b> Tasks that are made with {@link Async#createTask(Coroutine) Async.createTask} inside the block
 * are not the group's.
 *
 * @see Async#taskGroup()
 * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.TaskGroup">asyncio.TaskGroup</a>
 * @since 0.1
 */
public final class TaskGroup {

  private enum State {
    /** No block of it was awaited yet. */
    NEW,
    /** The body runs. */
    OPEN,
    /** The body has ended, and tasks are left; they may still add others. */
    CLOSING,
    CLOSED
  }

  /**
   * Says what the end of a child means, where that is not what it means in the groups of users. Its text names what the user
   * has called, who knows of no group.
   */
  interface Completion {

    /** Whether a child that fails is left to this, and the others go on; else the group fails, as a user's does. */
    boolean isolatesFailures();

    /**
     * Called when the loop hears of the end of a child; runs no code of the user's.
     *
     * @param cutShort whether the children had been cancelled by then
     */
    void ended(Task<?> child, boolean cutShort);

    /** Called in a turn after that; says whether the children that are left are to be cancelled. */
    boolean decides(Task<?> child);
  }

  private final @Nullable Completion completion;

  private final @Nullable CompletionPolicy policy;

  // written by the baton's holder, any thread may look

  private volatile State state = State.NEW;
  private volatile @Nullable Task<?> parent;
  private volatile boolean aborting;

  /** Those that the block throws, in the order in which they happened; guarded by itself. */
  private final List<Throwable> failures = new ArrayList<>();

  /** All of them: those of isolated children as well. The same list, if there is no policy; guarded by the other one. */
  private final List<Throwable> allFailures;

  /** Set when the children are to finish; null until somebody asks. Guarded by {@link #failures}. */
  private @Nullable AsyncEvent stopping;

  /** The children, as seen from each other and from the body. */
  private @Nullable Family family;

  // any thread

  /**
   * Written before {@link #parent} is read by whoever cancels, and read after {@link #parent} is written by whoever enters:
   * so one of the two sees the other.
   */
  private volatile boolean cancelled;

  /** What {@link #stop} was given when nobody had entered; the same holds of it. */
  private volatile @Nullable Duration graceBefore;

  // only by the baton's holder; toString looks too, and may be late

  /** Those whose end was not dealt with yet, in the order of creation. */
  private final Children children = new Children();

  /** How many of these the block does not wait for, but cancels at its end. */
  private int inBackground;

  /** Those that a policy is yet to be asked about: they have ended, and not because the group is being cancelled. */
  private final Set<Task<?>> endedByThemselves;

  /** Whether somebody has ended the block who is not its policy. */
  private boolean endedEarly;

  /** What a policy is called in; null if there is nothing to carry. */
  private @Nullable TaskContext context;

  /** Cancels what has not stopped by then. */
  private @Nullable Timer grace;

  private @Nullable FrameFuture allDone;

  /** The cancel request that this group may make to the task of the block. */
  private @Nullable OwnRequest parentCancel;

  /** What ended the body or the wait for the children, if that was a cancellation. */
  private @Nullable CancellationException cancellation;

  /** The task in which the first failure was thrown: that of the block or a child. */
  private @Nullable Task<?> firstToFail;

  TaskGroup() {
    this(null, null);
  }

  TaskGroup(CompletionPolicy policy) {
    this(null, Objects.requireNonNull(policy, "policy must not be null"));
  }

  TaskGroup(Completion completion) {
    this(completion, null);
  }

  private TaskGroup(@Nullable Completion completion, @Nullable CompletionPolicy policy) {
    this.completion = completion;
    this.policy = policy;
    this.allFailures = policy == null ? failures : new ArrayList<>();
    this.endedByThemselves = policy == null ? Set.of() : new HashSet<>();
  }

  // ---- for users

  /**
   * Returns the block: a coroutine that runs {@code body} and ends when that and all tasks of the group have ended.
   *
   * <p>It can be awaited once, and so can only one block of this group.
   *
   * <p><b>Cancellation.</b> See {@link TaskGroup}. A block whose group was {@linkplain #cancel() cancelled} before
   * ends at once, and its body never runs.
   *
   * @param body what to run, as a part of the task that awaits the block
   * @param <T> the type of its value
   * @return a coroutine that gives what {@code body} gives, or null if {@link #cancel()}, {@link #stop} or a policy cut
   *     the body short; {@link Async#await(Awaitable) await} of it throws the first failure of a task or the body, or an
   *     {@link IllegalStateException} if a block of this group was entered before
   */
  @CheckReturnValue
  public <T extends @Nullable Object> Coroutine<T> run(AsyncBody<T> body) {
    return around(Bodies.frame(body));
  }

  /**
   * Returns the block of a body that gives no value, as {@link #run(AsyncBody)} does.
   *
   * <pre>{@code
   * TaskGroup group = taskGroup();
   * await(group.run(() -> {
   *   group.createTask(fetch("a"));
   *   group.createTask(fetch("b"));
   * }));
   * }</pre>
   *
   * @param body what to run, as a part of the task that awaits the block
   * @return a coroutine that gives null
   */
  @CheckReturnValue
  public Coroutine<@Nullable Void> run(AsyncAction body) {
    return around(Bodies.frame(body));
  }

  /**
   * Returns the block of a body that is given the group, as {@link #run(AsyncBody)} does.
   *
   * <pre>{@code
   * String pages = await(taskGroup().run(group -> {
   *   Task<String> first = group.createTask(fetch("a"));
   *   Task<String> second = group.createTask(fetch("b"));
   *   return await(first) + await(second);
   * }));
   * }</pre>
   *
   * @param body what to run, as a part of the task that awaits the block
   * @param <T> the type of its value
   * @return a coroutine as that of {@link #run(AsyncBody)}
   */
  @CheckReturnValue
  public <T extends @Nullable Object> Coroutine<T> run(AsyncFunction<TaskGroup, T> body) {
    return around(Bodies.frame(body, this));
  }

  /**
   * Returns the block of a body that is given the group and gives no value, as {@link #run(AsyncBody)} does. It has a name of
   * its own, since a lambda with a parameter and a single expression could be meant for either.
   *
   * <pre>{@code
   * await(taskGroup().runAction(group -> {
   *   group.createTask(fetch("a"));
   *   group.createTask(fetch("b"));
   * }));
   * }</pre>
   *
   * @param body what to run, as a part of the task that awaits the block
   * @return a coroutine that gives null
   */
  @CheckReturnValue
  public Coroutine<@Nullable Void> runAction(AsyncConsumer<TaskGroup> body) {
    return around(Bodies.actionFrame(body, this));
  }

  /**
   * Runs {@code coroutine} as a task of this group.
   *
   * <pre>{@code
   * TaskGroup group = taskGroup();
   * await(group.run(() -> {
   *   for (String name : List.of("a", "b")) {
   *     group.createTask(fetch(name));
   *   }
   * }));
   * }</pre>
   *
   * <p>The body of the block may call it and, as long as the block has not ended, everything else on its loop: the
   * tasks of the group too, also when the body has ended.
   *
   * @param coroutine what to run; it begins after what is ready now, and is dropped if this throws
   * @param <T> the type of its value
   * @return the task
   * @throws IllegalStateException before the block has begun, while it is being cancelled, and after its end; if
   *     not called on the block's own loop; or if the coroutine was already awaited
   * @see <a href="https://docs.python.org/3/library/asyncio-task.html#asyncio.TaskGroup.create_task">
   *     TaskGroup.create_task</a>
   */
  public <T extends @Nullable Object> Task<T> createTask(Coroutine<T> coroutine) {
    return add(coroutine, TaskOptions.NONE);
  }

  /**
   * Runs {@code coroutine} as a task of this group with a name, as {@link #createTask(Coroutine)} does.
   *
   * @param coroutine what to run; it begins after what is ready now, and is dropped if this throws
   * @param name the name; it need not be unique
   * @param <T> the type of its value
   * @return the task
   * @throws IllegalStateException as {@link #createTask(Coroutine)}
   */
  public <T extends @Nullable Object> Task<T> createTask(Coroutine<T> coroutine, String name) {
    Objects.requireNonNull(coroutine, "coroutine must not be null");
    return add(coroutine, TaskOptions.named(name));
  }

  /**
   * Runs {@code coroutine} as a task of this group with options, as {@link #createTask(Coroutine)} does.
   *
   * @param coroutine what to run; it is dropped if this throws
   * @param options its name, its context, and whether it begins at once
   * @param <T> the type of its value
   * @return the task
   * @throws IllegalStateException as {@link #createTask(Coroutine)}
   */
  public <T extends @Nullable Object> Task<T> createTask(
      Coroutine<T> coroutine, TaskOptions options) {
    Objects.requireNonNull(coroutine, "coroutine must not be null");
    return add(coroutine, Objects.requireNonNull(options, "options must not be null"));
  }

  /**
   * Runs {@code coroutine} as a task in the background of this group: the block does not wait for it, but cancels it when the
   * body and all other tasks have ended, and waits for its cleanup.
   *
   * <pre>{@code
   * TaskGroup group = taskGroup();
   * await(group.run(() -> {
   *   group.createBackground(heartbeat());
   *   group.createTask(fetch("a"));
   *   group.createTask(fetch("b"));
   * })); // both pages are there, and the heart has stopped
   * }</pre>
   *
   * <p>Its failure is one of the group's, as that of any other task; a {@linkplain CompletionPolicy policy} is not asked about
   * it.
   *
   * @param coroutine what to run; it begins after what is ready now, and is dropped if this throws
   * @param <T> the type of its value
   * @return the task
   * @throws IllegalStateException as {@link #createTask(Coroutine)}
   */
  public <T extends @Nullable Object> Task<T> createBackground(Coroutine<T> coroutine) {
    return createBackground(coroutine, TaskOptions.NONE);
  }

  /**
   * Runs {@code coroutine} as a task in the background of this group with a name, as {@link #createBackground(Coroutine)} does.
   *
   * @param coroutine what to run; it begins after what is ready now, and is dropped if this throws
   * @param name the name; it need not be unique
   * @param <T> the type of its value
   * @return the task
   * @throws IllegalStateException as {@link #createTask(Coroutine)}
   */
  public <T extends @Nullable Object> Task<T> createBackground(
      Coroutine<T> coroutine, String name) {
    Objects.requireNonNull(coroutine, "coroutine must not be null");
    return createBackground(coroutine, TaskOptions.named(name));
  }

  /**
   * Runs {@code coroutine} as a task in the background of this group with options, as {@link #createBackground(Coroutine)}
   * does.
   *
   * @param coroutine what to run; it is dropped if this throws
   * @param options its name, its context, and whether it begins at once
   * @param <T> the type of its value
   * @return the task
   * @throws IllegalStateException as {@link #createTask(Coroutine)}
   */
  public <T extends @Nullable Object> Task<T> createBackground(
      Coroutine<T> coroutine, TaskOptions options) {
    Objects.requireNonNull(coroutine, "coroutine must not be null");
    Objects.requireNonNull(options, "options must not be null");
    return add(coroutine, options, BackgroundDone::new);
  }

  /**
   * Returns a coroutine that runs {@code body} as a task of this group and waits until that says that it is ready, by
   * completing the future that it is given.
   *
   * <pre>{@code
   * TaskGroup group = taskGroup();
   * await(group.run(() -> {
   *   Coroutine<Integer> starting = group.start(ready -> {
   *     ready.complete(8080); // it listens there
   *     while (!group.isStopping()) {
   *       await(save());
   *     }
   *   });
   *   int port = await(starting);
   *   System.out.println("listens on port " + port);
   *   group.stop(Duration.ofSeconds(10)); // or the block would not end, as the task does not
   * }));
   * }</pre>
   *
   * <p>If it fails before, {@code await} throws that failure, and the others go on; afterwards its failure is one of the
   * group's.
   *
   * <p><b>Cancellation.</b> Cancelling the task that awaits this cancels {@code body}, unless it was ready.
   *
   * @param body what to run, as a task of its own; what it completes the future with is the result of this
   * @param <T> the type of that
   * @return a coroutine of what {@code body} completes the future with; {@code await} of it throws an {@link
   *     IllegalStateException} if {@code body} ended without that, or as {@link #createTask(Coroutine)} does
   * @see <a href="https://trio.readthedocs.io/en/stable/reference-core.html#trio.Nursery.start">trio.Nursery.start</a>
   */
  @CheckReturnValue
  public <T extends @Nullable Object> Coroutine<T> start(AsyncConsumer<AsyncFuture<T>> body) {
    Bodies.announce(body);
    return new Coroutine<>(new StartFrame<>(this, body));
  }

  /**
   * Tells the tasks of this group that they are to finish, and cancels what has not when {@code grace} has passed, as {@link
   * #cancel()} does.
   *
   * <pre>{@code
   * TaskGroup workers = taskGroup();
   * await(workers.run(() -> {
   *   workers.createTask(async(() -> {
   *     while (!workers.isStopping()) {
   *       await(save());
   *     }
   *   }));
   *   workers.stop(Duration.ofSeconds(10));
   * }));
   * }</pre>
   *
   * <p>A task hears of it if it asks {@link #isStopping()}, or awaits {@link #untilStopping()}. The group accepts tasks until
   * they are cancelled. If this is called several times, the shortest time counts. May be called from any thread.
   *
   * @param grace how long they may take; zero or less cancels them at once
   */
  public void stop(Duration grace) {
    Objects.requireNonNull(grace, "grace must not be null");
    stopping().set();
    if (grace.isZero() || grace.isNegative()) {
      cancel();
      return;
    }
    synchronized (failures) {
      Duration before = graceBefore;
      graceBefore = before == null || grace.compareTo(before) < 0 ? grace : before;
    }
    Task<?> entered = parent;
    if (entered != null) {
      EventLoop loop = entered.loop;
      loop.post(new Callback(loop, () -> stopAfter(loop, grace)));
    }
  }

  /**
   * Says whether the tasks of this group are to finish.
   *
   * <p>May be called from any thread.
   *
   * @return true from the first call of {@link #stop} on; not because the group fails or is {@linkplain #cancel() cancelled}
   */
  public boolean isStopping() {
    return stopping().isSet();
  }

  /**
   * Returns a coroutine that waits until the tasks of this group are to finish.
   *
   * <p><b>Cancellation.</b> Ends the wait at once.
   *
   * @return a coroutine that gives null
   * @see #stop
   */
  @CheckReturnValue
  public Coroutine<@Nullable Void> untilStopping() {
    return stopping().waitUntilSet();
  }

  /**
   * Returns the failures of the tasks and of the body so far, in the order in which they happened.
   *
   * <p>The block throws the first of them, if no {@linkplain CompletionPolicy policy} says what they mean. Cancellations are
   * not among them.
   *
   * @return an unmodifiable copy
   */
  public List<Throwable> failures() {
    synchronized (failures) {
      return List.copyOf(allFailures);
    }
  }

  /**
   * Ends the block early, and not with an exception: its tasks and its body, if that is still running, are
   * cancelled and awaited.
   *
   * <pre>{@code
   * TaskGroup group = taskGroup();
   * await(group.run(() -> {
   *   for (String mirror : List.of("a", "b")) {
   *     group.createTask(async(() -> {
   *       System.out.println(await(fetch(mirror)));
   *       group.cancel(); // one is enough
   *     }));
   *   }
   * }));
   * }</pre>
   *
   * <p>A body that is cancelled by this makes the block give null. Failures are thrown all the same, and so is the
   * cancellation of the task that awaits the block by somebody else. Before the block has begun, this makes it end
   * at once, without running its body. Once all tasks have ended, it has no effect.
   *
   * <p>On the block's own loop it acts at once; from another thread as an entry of the loop.
   */
  public void cancel() {
    cancelled = true;
    Task<?> entered = parent;
    if (entered == null) {
      return; // whoever enters will see it
    }
    EventLoop loop = entered.loop;
    if (loop.isHeldByCurrentThread()) {
      cancelHere();
    } else {
      loop.post(new Callback(loop, this::cancelHere));
    }
  }

  // ---- by the holder

  <T extends @Nullable Object> Coroutine<T> around(Frame body) {
    return new Coroutine<>(block(body));
  }

  /** One activation of the group's block, around {@code body}. */
  Frame block(Frame body) {
    return new Block(body);
  }

  private <T extends @Nullable Object> Task<T> add(Coroutine<T> coroutine, TaskOptions options) {
    Objects.requireNonNull(coroutine, "coroutine must not be null");
    return add(coroutine, options, ChildDone::new);
  }

  /** Says how a group hears of the end of a child. */
  interface Kind {
    ChildDone of(TaskGroup group, Task<?> child);
  }

  <T extends @Nullable Object> Task<T> add(Coroutine<T> coroutine, TaskOptions options, Kind kind) {
    EventLoop loop;
    try {
      loop = accepting();
    } catch (IllegalStateException refusal) {
      coroutine.drop();
      throw refusal;
    }
    Task<T> child = loop.newTaskWith(options, coroutine.begin(), family);
    ChildDone end = kind.of(this, child);
    children.add(end);
    if (end.isInBackground()) {
      inBackground++;
    }
    if (aborting) {
      end.cancelOnce("its task group ended while it began"); // it had begun eagerly
    }
    if (!child.register(end)) {
      end.deliver();
    }
    return child;
  }

  /** The loop, if the group accepts tasks. */
  private EventLoop accepting() {
    Task<?> entered = parent;
    if (entered == null) {
      throw new IllegalStateException(
          this + " accepts no tasks yet; create them in the body that is given to run()");
    }
    EventLoop loop = entered.loop;
    if (!loop.isRunningHere()) {
      throw new IllegalStateException(
          "createTask() on " + this + " must be called on its own loop; use "
              + "EventLoop.submit or EventLoop.execute to get there");
    }
    if (state == State.CLOSED
        || (state == State.CLOSING && children.size() == 0)
        || loop.isClosed()) {
      throw new IllegalStateException(this
          + " accepts no more tasks; create them before its body and its last task have ended");
    }
    if (aborting) {
      throw new IllegalStateException(
          this + " accepts no more tasks; what cleanup needs can have a group of its own");
    }
    return loop;
  }

  private void enter(Task<?> task) {
    if (state != State.NEW) {
      throw new IllegalStateException(
          this + " was entered before; make a new one with taskGroup() for each block");
    }
    StackReserve.touchDeep(); // what cancels the children must not overflow half-way
    if (policy != null) {
      context = TaskContext.copyOrNull(task.loop.taskLocals());
      if (policy instanceof SuccessCount count) {
        count.entered();
      }
    }
    parentCancel = new OwnRequest(task);
    family = Family.ofGroup(task);
    ScopeNode.enter(this, task.scope());
    state = State.OPEN;
    parent = task;
    Duration asked = graceBefore;
    if (asked != null && !cancelled) {
      stopAfter(task.loop, asked);
    }
  }

  private void bodyFailed(Throwable failure) {
    if (failure instanceof CancellationException own) {
      cancelledAt(own);
    } else {
      addFailure(failure, parent);
      abort("cancelled by the failure of the body of " + kind());
    }
  }

  /** The body or the wait for the children was cancelled. */
  private void cancelledAt(CancellationException own) {
    CancellationException known = cancellation;
    String why = Ask.message(own);
    if (known == null || Objects.requireNonNull(parentCancel).isOwn(Ask.message(known))) {
      cancellation = own; // somebody else's, if there is one
    }
    abort("cancelled with " + kind() + (why == null ? "" : ": " + why));
  }

  /** Cancels all children, once. */
  private void abort(String reason) {
    if (!aborting) {
      aborting = true;
      children.forEach(child -> child.cancelOnce(reason));
    }
  }

  /** A scope that the block is in was cancelled: the children hear of it at once, whatever the body does. */
  void scopeCancelled(@Nullable String why) {
    abort("cancelled with a scope around " + kind() + (why == null ? "" : ": " + why));
  }

  private void cancelHere() {
    if (state == State.CLOSED || aborting) {
      return;
    }
    endedEarly = true;
    abortAll("cancelled with its task group");
  }

  /** Cancels the children and the task of the block, wherever in the block that is, as asyncio does. */
  private void abortAll(String reason) {
    if (!aborting) {
      abort(reason);
      Objects.requireNonNull(parentCancel).request(reason); // once, and so it is taken back
    }
  }

  private void childDone(ChildDone end, boolean decided) {
    Task<?> child = end.child;
    FrameFuture wait = allDone;
    if (wait != null && children.size() == 0) {
      wait.end();
    }
    if (decided) {
      String reason = "cancelled, since " + child.label() + " has ended";
      if (state == State.OPEN) {
        abortAll(reason);
      } else {
        abort(reason);
      }
    } else if (!aborting && failsGroup(end)) {
      abortAll("cancelled by the failure of " + child.label() + " in " + kind());
    } else if (state == State.CLOSING) {
      endBackground();
    }
  }

  private boolean decides(Task<?> child) {
    if (completion != null) {
      return completion.decides(child);
    }
    CompletionPolicy asked = policy;
    if (asked == null || !endedByThemselves.remove(child)) {
      return false;
    }
    try {
      return context == null ? asked.taskEnded(child) : context.run(() -> asked.taskEnded(child));
    } catch (Throwable failure) {
      addFailure(failure, parent);
      abortAll("cancelled by the failure of the completion policy of " + kind());
      return false;
    }
  }

  private boolean failsGroup(ChildDone end) {
    return hasFailed(end.child) && !isolatesFailures() && !end.isStarting();
  }

  private boolean isolatesFailures() {
    return completion == null ? policy != null : completion.isolatesFailures();
  }

  /** Cancels the children in the background once no others are left. */
  private void endBackground() {
    if (inBackground > 0 && inBackground == children.size()) {
      children.forEach(
          child -> child.cancelOnce("cancelled, since all else in its task group has ended"));
    }
  }

  // ---- stopping

  private AsyncEvent stopping() {
    synchronized (failures) {
      if (stopping == null) {
        stopping = new AsyncEvent();
      }
      return stopping;
    }
  }

  private void stopAfter(EventLoop loop, Duration length) {
    if (state == State.CLOSED) {
      return;
    }
    long deadline = loop.clock().deadlineIn(length);
    if (grace != null) {
      if (grace.deadline - deadline <= 0) {
        return;
      }
      grace.cancel();
    }
    grace = new Timer(loop, deadline, this::cancelHere);
    loop.timers().set(grace);
  }

  /** What this is to the children. */
  private String kind() {
    return completion == null ? "its task group" : completion.toString();
  }

  private static boolean hasFailed(Task<?> child) {
    return child.isCompletedExceptionally() && !child.isCancelled();
  }

  private void addFailure(Throwable failure, @Nullable Task<?> thrower) {
    if (firstToFail == null) {
      firstToFail = thrower;
    }
    synchronized (failures) {
      failures.add(failure);
      if (policy != null) {
        allFailures.add(failure);
      }
    }
  }

  /** Lists the failure of a child that is its own affair, and that its awaiters or the exception handler hear of. */
  private void noteFailure(Throwable failure) {
    synchronized (failures) {
      allFailures.add(failure);
    }
  }

  /** The end of the block, when no child is left. */
  private void close(Task<?> task) throws Throwable {
    state = State.CLOSED;
    ScopeNode.leave(this, task.scope());
    if (grace != null) {
      grace.cancel();
    }
    OwnRequest own = Objects.requireNonNull(parentCancel);
    if (own.takeBack() && !own.hasToldOfEarlier()) {
      cancellation = null;
    }
    List<Throwable> all = thrown();
    if (!all.isEmpty()) {
      own.redeliver();
      throw withSuppressed(task, all);
    }
    if (cancellation != null) {
      throw cancellation;
    }
    if (policy != null && !endedEarly) {
      policy.groupEnded();
    }
  }

  private String label() {
    return (completion == null ? this : completion).toString();
  }

  private List<Throwable> thrown() {
    synchronized (failures) {
      return List.copyOf(failures);
    }
  }

  private Throwable withSuppressed(Task<?> task, List<Throwable> all) {
    Throwable first = all.get(0);
    if (all.size() > 1) {
      SuppressedFailures.add(
          "a later failure of " + label(),
          all.subList(1, all.size()),
          first,
          task,
          Objects.requireNonNull(firstToFail),
          Objects.requireNonNull(parentCancel).began);
    }
    return first;
  }

  /**
   * Tells the loop that a child is done: a turn of its own, as in asyncio. Its failure is listed before that turn. What
   * the failure cancels may run dependent stages; that a child has ended well is for the kernel alone.
   */
  static class ChildDone extends Callback {
    private final TaskGroup group;
    final Task<?> child;

    // in the list of children

    private @Nullable ChildDone before;
    private @Nullable ChildDone after;

    ChildDone(TaskGroup group, Task<?> child) {
      super(child.loop, () -> {});
      this.group = group;
      this.child = child;
    }

    /** Cancels the child, unless this has done so before. */
    void cancelOnce(@Nullable String reason) {
      if (!child.isDone()) {
        child.cancel(reason); // only the end of the group does this
      }
    }

    boolean isInBackground() {
      return false;
    }

    /** Whether it has not said yet that it is ready, so that its failure is not the group's. */
    boolean isStarting() {
      return false;
    }

    @Override
    void deliver() {
      if (group.failsGroup(this)) {
        group.addFailure(child.failureWithin(), child);
      } else if (group.policy != null && hasFailed(child)) {
        group.noteFailure(child.unheardFailure());
      }
      if (group.completion != null) {
        group.completion.ended(child, group.aborting);
      } else if (group.policy != null && !group.aborting) {
        group.endedByThemselves.add(child);
      }
      super.deliver();
    }

    @Override
    boolean isKernelCode() {
      return group.completion == null && group.policy == null && !hasFailed(child);
    }

    @Override
    void run() {
      try {
        boolean decided = !isInBackground() && group.decides(child); // which may add others
        if (group.children.remove(this) && isInBackground()) {
          group.inBackground--;
        }
        group.childDone(this, decided);
      } catch (Throwable failure) {
        loop.report("exception at the end of " + child.label() + " in its task group", failure);
      }
    }
  }

  /** One that others than the end of its group cancel, who must not cut its cleanup short. */
  abstract static class AskedOnce extends ChildDone {
    private boolean asked;

    AskedOnce(TaskGroup group, Task<?> child) {
      super(group, child);
    }

    @Override
    final void cancelOnce(@Nullable String reason) {
      if (!asked) {
        asked = true;
        super.cancelOnce(reason);
      }
    }
  }

  private static final class BackgroundDone extends AskedOnce {
    BackgroundDone(TaskGroup group, Task<?> child) {
      super(group, child);
    }

    @Override
    boolean isInBackground() {
      return true;
    }
  }

  private static final class Children extends IntrusiveList<ChildDone> {

    void forEach(Consumer<ChildDone> action) {
      for (ChildDone each = first(); each != null; each = each.after) {
        action.accept(each);
      }
    }

    @Override
    @Nullable
    ChildDone before(ChildDone child) {
      return child.before;
    }

    @Override
    @Nullable
    ChildDone after(ChildDone child) {
      return child.after;
    }

    @Override
    void setBefore(ChildDone child, @Nullable ChildDone before) {
      child.before = before;
    }

    @Override
    void setAfter(ChildDone child, @Nullable ChildDone after) {
      child.after = after;
    }
  }

  /** One activation of the group's block: first the body's, then the wait for the children. */
  private final class Block extends BlockFrame {
    private final Frame body;
    private boolean entered;
    private @Nullable Object value;

    Block(Frame body) {
      this.body = body;
    }

    @Override
    @Nullable
    Object resume(Task<?> task, @Nullable Object sent, @Nullable Throwable error) throws Throwable {
      if (!entered) {
        enter(task);
        entered = true;
        if (cancelled) {
          state = State.CLOSED;
          ScopeNode.leave(TaskGroup.this, task.scope());
          return null;
        }
      }
      if (state == State.OPEN) {
        if (isBodySuspended(task, sent, error)) {
          return SUSPENDED;
        }
      } else if (error instanceof CancellationException own) {
        cancelledAt(own);
      } else if (error != null) {
        throw error; // the loop was closed
      }
      endBackground();
      if (children.size() > 0) {
        allDone = new FrameFuture(task, this);
        return task.awaitNext(allDone);
      }
      allDone = null;
      try {
        close(task);
      } catch (Throwable failure) {
        Held.handBack(value, task.loop);
        throw failure;
      }
      return value;
    }

    private boolean isBodySuspended(Task<?> task, @Nullable Object sent, @Nullable Throwable error)
        throws Throwable {
      try {
        Object result = body.resume(task, sent, error);
        if (result == SUSPENDED) {
          return true;
        }
        value = result;
        state = State.CLOSING;
      } catch (Throwable failure) {
        if (task.loop.isAbandoned()) {
          throw failure; // nobody runs on this loop any more, so nobody is waited for
        }
        state = State.CLOSING;
        bodyFailed(failure);
      }
      return false;
    }

    @Override
    @Nullable
    Frame inner() {
      return state == State.OPEN ? body : null;
    }

    /** Who has been told once has nothing left to do but to wait for the children. */
    @Override
    boolean mustEnd() {
      return cancellation != null;
    }

    @Override
    void addBlockers(Set<Task<?>> blockers) {
      children.forEach(each -> each.child.addBlockers(blockers));
    }

    @Override
    String label() {
      return TaskGroup.this.label();
    }

    @Override
    String nameWhenUsed() {
      return "TaskGroup.run(...)";
    }

    @Override
    public String toString() {
      return TaskGroup.this + " around " + body;
    }
  }

  /**
   * Names the task that runs the block, and says how many tasks and failures the group has and how far it is.
   *
   * <p>A snapshot, exact on the block's own loop.
   *
   * @return for example {@code TaskGroup[in Task-1, 3 tasks, closing]}
   */
  @Override
  public String toString() {
    Task<?> entered = parent;
    State now = state;
    if (entered == null) {
      return "TaskGroup[" + (cancelled ? "cancelled before it was entered]" : "not entered]");
    }
    var text = new StringBuilder("TaskGroup[in ").append(entered.getName());
    if (now != State.CLOSED) {
      text.append(", ").append(count(children.size(), "task"));
    }
    int failed = failures().size();
    if (failed > 0) {
      text.append(", ").append(count(failed, "failure"));
    }
    text.append(", ")
        .append(
            switch (now) {
              case NEW, OPEN -> aborting ? "cancelling" : "open";
              case CLOSING -> aborting ? "cancelling" : "closing";
              case CLOSED -> "closed";
            });
    return text.append(']').toString();
  }

  private static String count(int number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }
}
