package dev.asyncawait;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Remembers something that was left lying, such as a failure that nobody has looked at, and reports it if nobody
 * ever does: when it is garbage, or when its loop closes, whichever comes first.
 *
 * <p>What is garbage is noticed by any loop that goes idle or closes.
 */
final class Unretrieved extends WeakReference<Object> {

  private static final ReferenceQueue<Object> COLLECTED = new ReferenceQueue<>();

  /** Keeps them from becoming garbage first. */
  private static final Set<Unretrieved> ALL = ConcurrentHashMap.newKeySet();

  private final @Nullable EventLoop home;
  private final String message;
  private final @Nullable Throwable failure;
  private final @Nullable Throwable creation;

  private Unretrieved(
      Object left,
      @Nullable EventLoop home,
      String message,
      @Nullable Throwable failure,
      @Nullable Throwable creation) {
    super(left, COLLECTED);
    this.home = home;
    this.message = message;
    this.failure = failure;
    this.creation = creation;
  }

  /** Whether it matters that nobody looks at {@code failure}. */
  static boolean concerns(Throwable failure) {
    return !(failure instanceof CancellationException || failure instanceof LoopClosedError);
  }

  static Unretrieved watch(AsyncFuture<?> failed, Throwable failure) {
    String message = "exception of " + failed.title() + " was never retrieved";
    return add(new Unretrieved(failed, failed.home, message, failure, failed.creation()));
  }

  static Unretrieved watch(Coroutine<?> made, Frame frame) {
    EventLoop loop = EventLoop.currentOrNull();
    String message = "coroutine '" + frame + "' was never awaited";
    return add(new Unretrieved(made, loop, message, null, Debug.creation(loop)));
  }

  private static Unretrieved add(Unretrieved watch) {
    ALL.add(watch);
    return watch;
  }

  /** Calls the report off; false if that is too late. */
  boolean forget() {
    clear();
    return ALL.remove(this);
  }

  /** Reports what is garbage by now. */
  static void reportCollected() {
    AsCompleted.forgetLeft();
    StageHub.forgetCollected();
    for (Reference<?> found = COLLECTED.poll(); found != null; found = COLLECTED.poll()) {
      var watch = (Unretrieved) found;
      if (ALL.remove(watch)) {
        watch.reportOnLoop();
      }
    }
  }

  private void reportOnLoop() {
    if (home == null) {
      Reports.log(message, failure != null ? failure : creation);
    } else if (!home.post(new Callback(home, () -> reportTo(home)))) {
      reportTo(home);
    }
  }

  private void reportTo(EventLoop loop) {
    loop.reports().report(message, failure, creation);
  }

  /** Reports what a loop that has closed leaves behind, but for {@code kept}. */
  static void reportLeftBy(EventLoop loop, @Nullable Object kept) {
    var left = new ArrayList<Unretrieved>();
    for (Unretrieved watch : ALL) {
      if (watch.home == loop && (kept == null || watch.get() != kept)) {
        left.add(watch);
      }
    }
    for (Unretrieved watch : left) {
      if (watch.forget()) {
        watch.reportTo(loop);
      }
    }
  }
}
