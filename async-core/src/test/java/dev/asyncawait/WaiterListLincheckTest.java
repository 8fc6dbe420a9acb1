package dev.asyncawait;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * A future's list of waiters, in the interleavings of two and three threads.
 *
 * <p>Between its outcome and its waiters being told a future is done and still takes waiters. So whether
 * {@code register} says yes is not part of the specification; that everyone is told exactly once, one way or the
 * other, and not before the outcome is there, is.
 */
class WaiterListLincheckTest {

  /** A loop whose baton is held, by nobody who would drive it: it keeps what it is told in its inbox. */
  private static EventLoop undriven() {
    return new EventLoop(Settings.DEFAULT);
  }

  /** A loop that delivers what it is told at once, on the thread that tells it. */
  private static EventLoop idle() {
    EventLoop loop = undriven();
    check(loop.baton().goIdle(), "a new loop is empty");
    return loop;
  }

  /** The outcome, as a sequential program sees it. */
  public static class Sequential {
    private int outcome;

    public boolean complete() {
      return settle(1);
    }

    public boolean cancel() {
      return settle(2);
    }

    public void register() {}

    public int outcome() {
      return outcome;
    }

    private boolean settle(int how) {
      boolean first = outcome == 0;
      outcome = first ? how : outcome;
      return first;
    }
  }

  public static class Waiters {
    private final EventLoop loop = idle();
    final AsyncFuture<Integer> future = new AsyncFuture<>();
    private final Queue<Waiter> accepted = new ConcurrentLinkedQueue<>();
    private final Queue<Waiter> refused = new ConcurrentLinkedQueue<>();

    private final class Waiter extends Message {
      private final AtomicInteger told = new AtomicInteger();
      private volatile boolean early;

      Waiter() {
        super(Waiters.this.loop);
      }

      @Override
      void deliver() {
        told.incrementAndGet();
        early = early || !future.isDone();
      }
    }

    @Operation
    public boolean complete() {
      return future.complete(1);
    }

    @Operation
    public void register() {
      var waiter = new Waiter();
      if (future.register(waiter)) {
        accepted.add(waiter);
      } else {
        refused.add(waiter);
        waiter.early = !future.isDone();
      }
    }

    @Validate
    public void everyoneIsToldOnce() {
      int times = future.isDone() ? 1 : 0;
      for (Waiter waiter : accepted) {
        check(waiter.told.get() == times, "told " + waiter.told + " times instead of " + times);
        check(!waiter.early, "told before the outcome was there");
      }
      for (Waiter waiter : refused) {
        check(waiter.told.get() == 0, "told although it was refused");
        check(!waiter.early, "refused before the outcome was there");
      }
    }
  }

  /** The same with two ways to end, and somebody who looks. */
  public static class AnyOutcome extends Waiters {
    @Operation
    public boolean cancel() {
      return future.cancel();
    }

    @Operation
    public int outcome() {
      if (!future.isDone()) {
        return 0;
      }
      return future.isCancelled() ? 2 : 1;
    }
  }

  /** Done callbacks, of which one thread at a time removes some. */
  public static class Callbacks {
    private final EventLoop loop = undriven();
    private final AsyncFuture<Integer> future = new AsyncFuture<>(loop);
    private final AtomicInteger added = new AtomicInteger();
    private final AtomicInteger removed = new AtomicInteger();
    private int called;
    private boolean early;
    private final Consumer<AsyncFuture<Integer>> callback = this::call;

    private void call(AsyncFuture<Integer> done) {
      called++;
      early |= !done.isDone();
    }

    @Operation
    public void complete() {
      future.complete(1);
    }

    @Operation
    public void add() {
      future.addDoneCallback(callback);
      added.incrementAndGet();
    }

    @Operation(nonParallelGroup = "removing")
    public void remove() {
      removed.addAndGet(future.removeDoneCallback(callback));
    }

    @Validate
    public void everyCallbackIsCalledOrRemoved() {
      for (ReadyEntry entry; (entry = loop.baton().next()) != null; ) {
        ((Callback) entry).run();
      }
      int expected = future.isDone() ? added.get() - removed.get() : 0;
      check(
          called == expected,
          "called " + called + " of " + added + " added, of which " + removed + " were removed");
      check(removed.get() <= added.get(), "removed " + removed + " of " + added);
      check(!early, "called before the outcome was there");
    }
  }

  /** Watchers that are withdrawn, from the top of the list and from its middle, by several threads at once. */
  public static class Watchers {
    private final EventLoop loop = undriven();
    private final AsyncFuture<Integer> future = new AsyncFuture<>(loop);
    private final Queue<Watched> all = new ConcurrentLinkedQueue<>();
    private final Queue<Watched> toWithdraw = new ConcurrentLinkedQueue<>();

    /** With some to begin with, so that the first to be withdrawn is not the topmost, and the list is swept. */
    public Watchers() {
      add();
      add();
      add();
    }

    private final class Watched {
      private final Watcher watcher = new Watcher(loop, true, this::call);
      private boolean withdrawn;
      private int called;
      private boolean early;

      private void call() {
        called++;
        early |= !future.isDone();
      }
    }

    @Operation
    public void complete() {
      future.complete(1);
    }

    @Operation
    public final void add() {
      var watched = new Watched();
      watched.watcher.watch(future);
      all.add(watched);
      toWithdraw.add(watched);
    }

    @Operation
    public void remove() {
      Watched watched = toWithdraw.poll(); // the oldest, so there are often others above it
      if (watched != null) {
        watched.watcher.withdraw();
        watched.withdrawn = true;
      }
    }

    @Validate
    public void everyWatcherIsCalledOrWithdrawn() {
      boolean early = !future.isDone();
      future.complete(1);
      for (ReadyEntry entry; (entry = loop.baton().next()) != null; ) {
        ((Callback) entry).run();
      }
      for (Watched watched : all) {
        boolean right = watched.withdrawn ? watched.called <= (early ? 0 : 1) : watched.called == 1;
        check(right, "called " + watched.called + " times, withdrawn: " + watched.withdrawn);
        check(!watched.early, "called before the outcome was there");
      }
    }
  }

  /** A failure that others look at while it comes: it is reported if nobody has looked, and not otherwise. */
  public static class Failures {
    private final AtomicInteger reports = new AtomicInteger();
    private final EventLoop loop = new EventLoop(
        Runner.builder().exceptionHandler(context -> reports.incrementAndGet()).settings());
    private final AsyncFuture<Integer> future = new AsyncFuture<>(loop);
    private final AtomicInteger looks = new AtomicInteger();

    @Operation
    public void complete() {
      future.completeExceptionally(new IllegalStateException("seen or not"));
    }

    /** Looks, if it is there already. */
    @Operation
    public void add() {
      if (future.isDone()) {
        check(future.failure().getMessage().equals("seen or not"), "another failure");
        looks.incrementAndGet();
      }
    }

    /** By cancelling, which has no effect any more. */
    @Operation
    public void remove() {
      if (future.isDone()) {
        check(!future.cancel(), "a failed future was cancelled");
        looks.incrementAndGet();
      }
    }

    @Validate
    public void itIsReportedIfNobodyHasLooked() {
      Unretrieved.reportLeftBy(loop, null);
      int expected = future.isDone() && looks.get() == 0 ? 1 : 0;
      check(reports.get() == expected, "reported " + reports + " times, looks: " + looks);
    }
  }

  /** What {@link Callbacks} and the classes after it answer: nothing; their validation knows. */
  public static class Silent {
    public void complete() {}

    public void add() {}

    public void remove() {}
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalStateException(otherwise);
    }
  }

  /** StackReserve recurses on purpose, which is not the endless recursion that is looked for; the loop has a test of its own. */
  private static ModelCheckingOptions modelChecking() {
    return new ModelCheckingOptions()
        .recursionBound(1_000)
        .addGuarantee(forClasses(EventLoop.class.getName(), ConcurrentLinkedQueue.class.getName())
            .allMethods()
            .treatAsAtomic());
  }

  /** Of what answers nothing. */
  private static StressOptions stress() {
    return new StressOptions()
        .sequentialSpecification(Silent.class)
        .iterations(15)
        .invocationsPerIteration(1_000)
        .actorsBefore(0)
        .threads(3);
  }

  @Test
  void every_waiter_is_told_once_in_every_interleaving_tried() {
    modelChecking()
        .sequentialSpecification(Sequential.class)
        .iterations(3)
        .invocationsPerIteration(2_000)
        .threads(3)
        .actorsPerThread(2)
        .check(Waiters.class);
  }

  @Test
  void every_waiter_is_told_once_under_stress() {
    new StressOptions()
        .sequentialSpecification(Sequential.class)
        .iterations(15)
        .invocationsPerIteration(1_000)
        .threads(3)
        .actorsPerThread(3)
        .check(AnyOutcome.class);
  }

  @Test
  void every_done_callback_is_called_or_removed_in_every_interleaving_tried() {
    new ModelCheckingOptions()
        .recursionBound(1_000)
        .sequentialSpecification(Silent.class)
        .iterations(6)
        .invocationsPerIteration(1_000)
        .threads(3)
        .actorsPerThread(2)
        .check(Callbacks.class);
  }

  @Test
  void every_watcher_is_called_or_withdrawn_in_every_interleaving_tried() {
    modelChecking()
        .sequentialSpecification(Silent.class)
        .iterations(4)
        .invocationsPerIteration(300)
        .actorsBefore(0)
        .threads(3)
        .actorsPerThread(2)
        .check(Watchers.class);
  }

  @Test
  void every_watcher_is_called_or_withdrawn_under_stress() {
    stress().actorsPerThread(5).check(Watchers.class);
  }

  @Test
  void a_failure_is_reported_if_nobody_has_looked_in_every_interleaving_tried() {
    modelChecking()
        .addGuarantee(forClasses(Unretrieved.class.getName(), KnownFailure.class.getName())
            .allMethods()
            .treatAsAtomic())
        .sequentialSpecification(Silent.class)
        .iterations(4)
        .invocationsPerIteration(500)
        .actorsBefore(0)
        .threads(3)
        .actorsPerThread(2)
        .check(Failures.class);
  }

  @Test
  void a_failure_is_reported_if_nobody_has_looked_under_stress() {
    stress().actorsPerThread(3).check(Failures.class);
  }

  @Test
  void waiters_are_told_in_the_order_in_which_they_came() {
    var loop = undriven();
    var future = new AsyncFuture<Integer>();
    var told = new ConcurrentLinkedQueue<Integer>();
    for (int number : List.of(1, 2, 3)) {
      assertThat(future.register(new Message(loop) {
            @Override
            void deliver() {
              told.add(number);
            }
          }))
          .isTrue();
    }
    future.complete(1);
    assertThat(loop.baton().next()).isNull();
    assertThat(told).containsExactly(1, 2, 3);
  }

  @Test
  void a_waiter_that_comes_while_dependent_stages_run_is_told_at_once() {
    var future = new AsyncFuture<Integer>();
    var told = new AtomicInteger();
    EventLoop loop = idle();
    var seen = new ArrayList<Object>(); // what a stage throws, nobody would see
    future.thenRun(() -> {
      seen.add(future.register(new Message(loop) {
        @Override
        void deliver() {
          told.incrementAndGet();
        }
      }));
      seen.add(told.get());
    });
    assertThat(future.complete(1)).isTrue();
    assertThat(seen).containsExactly(true, 1);
    assertThat(told).hasValue(1);
  }
}
