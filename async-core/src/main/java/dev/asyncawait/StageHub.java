package dev.asyncawait;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What the library puts on a plain stage: one dependent for all who wait for it, and of whom any may stop to.
 *
 * <p>A {@code CompletableFuture} keeps each dependent until it is completed itself, also one that is done. So who
 * waited by a dependent of his own and gave up would leave that behind, again and again on a stage that many wait for
 * and that lives on. Here the dependent stays and the waiters go.
 *
 * <p>Whoever waits for the same stage next finds its hub in {@link #LISTED}. So there is one, and its waiters go on in the
 * order in which they came; the JDK tells dependents in the opposite order.
 *
 * <p>What keeps what: the stage keeps the hub, as its dependent, and so do those who wait; the hub keeps the stage, and its
 * waiters; the list keeps none of them. So a stage that is never completed becomes garbage with its hub and its
 * waiters, and from the list goes what is left of them when some hub is listed, or a loop goes idle.
 *
 * <p>Who competes: threads that want the hub of a stage, and the thread that completes the stage. Of the first, {@code
 * putIfAbsent} decides whose is listed. That one is to be completed by the stage, however late it was made a dependent
 * of it, and a waiter that comes to a hub that is done finds its outcome there, as with any {@link AsyncFuture}.
 */
final class StageHub<T extends @Nullable Object> extends AsyncFuture<T> {

  private static final Map<Object, Listed> LISTED = new ConcurrentHashMap<>();

  private static final ReferenceQueue<StageHub<?>> COLLECTED = new ReferenceQueue<>();

  /** Null once it is completed. */
  private volatile @Nullable CompletionStage<T> stage;

  private volatile @Nullable Listed place;

  /** The stage as a future, if it is not one itself; it may be a new one each time that it is asked for. */
  private @Nullable CompletableFuture<T> future;

  private StageHub(CompletionStage<T> stage) {
    super(null, null);
    this.stage = stage;
    retrieve(); // it is for its waiters to report a failure
  }

  static <T extends @Nullable Object> StageHub<T> of(CompletionStage<T> stage) {
    StageHub<T> known = LISTED.isEmpty() ? null : find(stage);
    if (known != null) {
      return known;
    }
    var hub = new StageHub<>(stage);
    if (!isDone(stage)) {
      StageHub<T> first = hub.list(stage);
      if (first != null) {
        return first;
      }
    }
    hub.dependOn(stage);
    return hub;
  }

  private static boolean isDone(CompletionStage<?> stage) {
    try {
      return stage instanceof CompletableFuture<?> future && future.isDone();
    } catch (UnsupportedOperationException e) {
      return false; // a minimal stage does not say
    }
  }

  @SuppressWarnings("unchecked") // it is the hub of this very stage
  static <T extends @Nullable Object> @Nullable StageHub<T> find(CompletionStage<T> stage) {
    Listed listed = LISTED.get(new Wanted(stage));
    return listed == null ? null : (StageHub<T>) listed.get();
  }

  /** Returns the hub that was listed before, if there is one. */
  private @Nullable StageHub<T> list(CompletionStage<T> listing) {
    forgetCollected();
    var own = new Listed(this, System.identityHashCode(listing));
    place = own;
    StageHub<T> first = null;
    while (first == null && LISTED.putIfAbsent(own, own) != null) {
      first = find(listing);
    }
    return first;
  }

  private void dependOn(CompletionStage<T> completing) {
    try {
      completing.whenComplete(this::stageCompleted);
    } catch (Throwable failure) {
      if (isDone()) {
        Reports.log(
            "stage " + Ask.text(completing) + " failed after it had told its outcome", failure);
        return;
      }
      stageCompleted(null, failure);
      throw failure;
    }
  }

  private void stageCompleted(@Nullable T value, @Nullable Throwable error) {
    Listed listed = place;
    if (listed != null) {
      LISTED.remove(listed);
    }
    stage = null;
    future = null;
    boolean unused = settle(value, error == null ? null : bare(error));
  }

  /** Cancels the stage, if it lets itself be cancelled. */
  void cancelStage() {
    CompletionStage<T> cancelled = stage;
    if (cancelled == null) {
      return;
    }
    try {
      futureOf(cancelled).cancel(true);
    } catch (UnsupportedOperationException e) {
      // a stage that shows no future cannot be cancelled
    } catch (Throwable failure) {
      Reports.log("cancelling " + Ask.text(cancelled) + " failed", failure);
    }
  }

  private synchronized CompletableFuture<T> futureOf(CompletionStage<T> shown) {
    if (shown instanceof CompletableFuture<T> itself) {
      return itself;
    }
    CompletableFuture<T> known = future;
    if (known == null) {
      known = shown.toCompletableFuture();
      future = known;
    }
    return known;
  }

  @Override
  String label() {
    CompletionStage<T> pending = stage;
    return pending == null ? "a stage" : "stage " + Ask.text(pending);
  }

  // ---- the list

  /** The place of a hub in the list, under the identity of its stage. */
  private static final class Listed extends WeakReference<StageHub<?>> {
    private final int hash;

    Listed(StageHub<?> hub, int hash) {
      super(hub, COLLECTED);
      this.hash = hash;
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(Object other) {
      if (this == other) {
        return true;
      }
      StageHub<?> own = get();
      CompletionStage<?> stage = own == null ? null : own.stage;
      return stage != null && other instanceof Listed listed && listed.isOf(stage);
    }

    boolean isOf(CompletionStage<?> stage) {
      StageHub<?> hub = get();
      return hub != null && hub.stage == stage;
    }
  }

  /** Finds the place of a stage's hub. */
  private record Wanted(CompletionStage<?> stage) {
    @Override
    public int hashCode() {
      return System.identityHashCode(stage);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Listed listed && listed.isOf(stage);
    }
  }

  /** Strikes off the list what is garbage by now. */
  static void forgetCollected() {
    for (Reference<?> gone; (gone = COLLECTED.poll()) != null; ) {
      LISTED.remove(gone);
    }
  }
}
