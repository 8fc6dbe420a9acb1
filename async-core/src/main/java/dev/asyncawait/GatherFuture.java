package dev.asyncawait;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The results of several awaitables, in the order in which these were given, and what they become: asyncio.gather. */
final class GatherFuture<R extends @Nullable Object, V extends @Nullable Object>
    extends AsyncFuture<V> {

  /** What the results become. */
  interface Whole<R extends @Nullable Object, V extends @Nullable Object> {
    V of(List<R> results) throws Exception;
  }

  private final EventLoop loop;

  private final int count;

  /** One for each position; the same one again where an awaitable was given twice. None when this is done. */
  private volatile List<AsyncFuture<?>> children = List.of();

  /** Of those children that were not done at first. */
  private final List<Watcher> watchers = new ArrayList<>();

  /** What becomes of a child's end, or null in the mode in which the first failure is everybody's. */
  private final @Nullable Function<AsyncFuture<?>, R> outcomes;

  /** Null if the list of the results is all, and when this is done: by the holder, or by whoever finds the loop closed. */
  private @Nullable Whole<R, V> whole;

  /** What the user's code in {@link #whole} runs in; null if there is nothing to carry. */
  private @Nullable TaskContext context;

  /** Of how many positions the child has not ended. */
  private int pending;

  private volatile boolean cancelRequested;

  /** The child whose failure is this one's. */
  private volatile @Nullable AsyncFuture<?> failed;

  private GatherFuture(
      EventLoop loop,
      int count,
      @Nullable Function<AsyncFuture<?>, R> outcomes,
      @Nullable Whole<R, V> whole) {
    super(loop);
    this.loop = loop;
    this.count = count;
    this.pending = count;
    this.outcomes = outcomes;
    this.whole = whole;
  }

  static <R extends @Nullable Object> AsyncFuture<List<R>> of(
      Collection<? extends Awaitable<?>> awaitables,
      @Nullable Function<AsyncFuture<?>, R> outcomes) {
    Objects.requireNonNull(awaitables, "awaitables must not be null");
    EventLoop loop = EventLoop.currentFor("gather()");
    List<Awaitable<?>> all = new ArrayList<>(awaitables);
    var gathered = new GatherFuture<R, List<R>>(loop, all.size(), outcomes, null);
    gathered.begin(all);
    return gathered;
  }

  /** Of awaitables whose results are of different types. */
  static <V extends @Nullable Object> AsyncFuture<V> combined(
      List<Awaitable<?>> awaitables, Whole<@Nullable Object, V> whole) {
    EventLoop loop = EventLoop.currentFor("gather()");
    var gathered = new GatherFuture<@Nullable Object, V>(loop, awaitables.size(), null, whole);
    gathered.context = TaskContext.copyOrNull(loop.taskLocals());
    gathered.begin(awaitables);
    return gathered;
  }

  /** The result at a position, of the type that the awaitable there has. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the caller has the awaitable
  static <T extends @Nullable Object> T at(List<?> results, int position) {
    return (T) results.get(position);
  }

  @Override
  boolean wasAsked() {
    return cancelRequested;
  }

  /** Watches each child as soon as it is made, when it is still in the processor's cache. */
  private void begin(List<Awaitable<?>> all) {
    if (count == 0) {
      settleWith(List.of());
      return;
    }
    register(new Done());
    boolean combines = whole != null;
    var done = new ArrayList<AsyncFuture<?>>();
    Runnable ifClosed = this::loopClosed;
    children = loop.futuresOf(all, "gather", child -> {
      if (child.isDone() && !combines) { // or the user's code needs a turn of its own
        done.add(child);
      } else {
        var watcher = Watcher.forFuture(loop, () -> childDone(child), ifClosed);
        watchers.add(watcher);
        watcher.watch(child);
      }
    });
    done.forEach(this::childDone);
  }

  /**
   * Lets go of the children, some of which may live on. When one of them fails then, it counts as a failure that
   * somebody has seen, as in asyncio.
   */
  private void forgetChildren() {
    List<AsyncFuture<?>> left = children;
    children = List.of();
    whole = null;
    context = null;
    watchers.forEach(Watcher::withdraw);
    watchers.clear();
    left.forEach(AsyncFuture::retrieve);
  }

  private final class Done extends Message {
    Done() {
      super(GatherFuture.this.loop);
    }

    @Override
    void deliver() {
      forgetChildren();
    }

    @Override
    void dropped() {
      forgetChildren();
    }
  }

  private void loopClosed() {
    settle(null, loop.closedError());
  }

  private void childDone(AsyncFuture<?> child) {
    pending--;
    if (isDone()) {
      child.retrieve();
      return;
    }
    if (outcomes == null && child.isCompletedExceptionally()) {
      failed = child;
      settle(null, child.failureWithin());
    } else if (pending == 0 && cancelRequested) {
      settle(null, cancellation());
    } else if (pending == 0) {
      List<R> results = results();
      forgetEndedChildren();
      settleWith(results);
    }
  }

  @SuppressWarnings("unchecked") // V is the type of the list if that is all
  private void settleWith(List<R> results) {
    Whole<R, V> wanted = whole;
    V value;
    try {
      TaskContext carried = context;
      value = wanted == null
          ? (V) results
          : carried == null ? wanted.of(results) : carried.run(() -> wanted.of(results));
    } catch (Throwable failure) {
      settle(null, failure);
      return;
    }
    settle(value, null);
  }

  /** When all have told their ends, and somebody has looked at these: there is nothing to take back. */
  private void forgetEndedChildren() {
    children = List.of();
    watchers.clear();
  }

  @SuppressWarnings("unchecked")
  private List<R> results() {
    Function<AsyncFuture<?>, R> mapping =
        outcomes != null ? outcomes : child -> ((AsyncFuture<R>) child).resultNow();
    var results = new ArrayList<R>(children.size());
    children.forEach(child -> results.add(mapping.apply(child)));
    return results;
  }

  /**
   * Cancels every child that is not done. This future then ends with the first of them that ends cancelled, or, in the
   * mode with outcomes, when all have ended.
   */
  @Override
  public boolean cancel(@Nullable String reason) {
    if (loop.isHeldByCurrentThread()) {
      return new CancelRequest(loop, reason).deliver(this);
    }
    var visit = new CancelVisit(reason);
    for (AsyncFuture<?> child; (child = visit.next(false)) != null; ) {
      visit.accepted |= child.cancel(reason);
    }
    return visit.accepted;
  }

  @Override
  boolean receiveCancel(CancelRequest request) {
    request.visit(new CancelVisit(request.reason));
    return false;
  }

  private final class CancelVisit extends CancelRequest.Visit {
    private final @Nullable String reason;
    private final List<AsyncFuture<?>> asking = children;
    private int asked;
    private boolean accepted;

    CancelVisit(@Nullable String reason) {
      this.reason = reason;
    }

    @Override
    @Nullable
    AsyncFuture<?> next(boolean acceptedByChild) {
      accepted |= acceptedByChild;
      if (!isDone() && asked < asking.size()) {
        return asking.get(asked++);
      }
      cancelRequested |= accepted;
      if (!accepted && whole != null && haveEnded(asking)) {
        accepted = settle(null, new CancellationException(reason)); // before they are combined
      }
      return null;
    }

    private static boolean haveEnded(List<AsyncFuture<?>> all) {
      for (AsyncFuture<?> each : all) {
        if (!each.isDone()) {
          return false;
        }
      }
      return true;
    }

    @Override
    boolean accepted() {
      return accepted;
    }
  }

  /** What the last child says about its cancellation, as in asyncio, also if it did not end by it. */
  private CancellationException cancellation() {
    AsyncFuture<?> last = children.get(children.size() - 1);
    return last.isCancelled()
        ? (CancellationException) last.failureWithin()
        : new CancellationException(last instanceof Task<?> task ? task.cancelReason() : null);
  }

  @Override
  boolean isWorkOf(@Nullable Task<?> reader) {
    AsyncFuture<?> child = failed;
    return child != null && child.isWorkOf(reader);
  }

  @Override
  void addBlockers(Set<Task<?>> blockers) {
    children.forEach(child -> child.addBlockers(blockers));
  }

  @Override
  EventLoop runsOn() {
    return loop;
  }

  @Override
  String title() {
    return "gather(" + count + ")";
  }

  @Override
  public String toString() {
    return title() + "[" + progress() + "]";
  }
}
