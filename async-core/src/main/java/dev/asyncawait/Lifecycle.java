package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/** The life of a loop, as who runs it sees it: mains, one after the other or one in the background, and closing. */
final class Lifecycle {

  private final EventLoop loop;
  private final Settings settings;

  /**
   * The main of a loop that runs in the background; written before it runs. It is not done before the loop has closed,
   * since whoever waits for it is to find nothing of the loop left, and its failure may be looked at when the loop has closed.
   */
  private @Nullable Task<?> background;

  // written by the baton's holder; others may look at what is volatile

  /** How {@link #background} has ended, until that is published. */
  private Task.@Nullable End<?> backgroundEnd;

  private volatile boolean closing;

  /** Whether the thread that runs mains holds the baton between them; it does, unless it had to leave the loop. */
  private boolean holds = true;

  /** What the closing thread waits for. */
  private @Nullable AsyncFuture<@Nullable Void> drained;

  Lifecycle(EventLoop loop, Settings settings) {
    this.loop = loop;
    this.settings = settings;
  }

  boolean isClosing() {
    return closing;
  }

  /** Whether the task has outlived the main of its loop. */
  boolean isLeftover(Task<?> task) {
    return closing && task != background;
  }

  // ---- mains

  <T extends @Nullable Object> Task<T> newMain(
      Frame frame, @Nullable String name, @Nullable TaskContext context) {
    loop.refuseIfClosed("run()");
    return new Task<T>(loop, frame, name, context, Task.currentOrNull());
  }

  /** Starts a loop that closes when {@code frame} has ended. */
  static <T extends @Nullable Object> Task<T> startInBackground(
      Frame frame, Settings settings, @Nullable String mainName) {
    var loop = new EventLoop(settings);
    Lifecycle life = loop.lifecycle();
    Task<T> main = life.newMain(frame, mainName, TaskContext.copyOrNull(loop.taskLocals()));
    life.background = main;
    try {
      TaskContext context = main.context;
      Threads.background(() -> Threads.runWith(
          loop.loader(), () -> TaskContext.run(context, () -> life.runInBackground(main))));
    } catch (Throwable failure) {
      loop.abandon(failure);
      life.afterClosing();
      throw failure;
    }
    return main;
  }

  /** What these throw means that the loop was abandoned, and has been logged. */
  private void runInBackground(Task<?> main) {
    try {
      runMain(main);
    } catch (Throwable failure) {
      // see above
    }
    try {
      close();
    } catch (Throwable failure) {
      // see above
    } finally {
      publishMain(); // if the clock or a handler has failed
    }
  }

  /** Runs {@code main} to its end on the calling thread, which holds the baton before and after. */
  void runMain(Task<?> main) {
    Caller caller = Caller.enter(loop);
    try {
      caller.runMain(main);
    } catch (Throwable failure) {
      loop.abandon(failure);
    } finally {
      holds = caller.leave();
    }
    loop.abandonment().throwIfAbandoned();
  }

  /** Lets a task that has ended be done. */
  void publish(Task.End<?> end) {
    if (end.task() == background) {
      backgroundEnd = end;
    } else {
      end.publish();
    }
  }

  /** Lets the main of a loop in the background be done. */
  void publishMain() {
    Task.End<?> end = backgroundEnd;
    if (end != null) {
      backgroundEnd = null;
      end.publish();
    }
  }

  // ---- closing

  /** Cancels and awaits what is left, and closes; by the thread that holds the baton, once. */
  void close() {
    try {
      if (!loop.isClosed()) {
        closeOpen();
        loop.abandonment().throwIfAbandoned();
      } else if (holds) {
        loop.abandonment().dropAll(); // abandoned between two mains
      }
    } finally {
      afterClosing();
    }
  }

  private void closeOpen() {
    Caller caller = enter();
    try {
      caller.keepInterrupt(); // one that main had already, or nobody was there to take
      loop.baton().drain(); // submitted before; now among the tasks
      closing = true;
      try (var watch = new ClosingWatch(loop, settings)) {
        watch.cancelLeftovers();
        runUntilClosed(caller, watch);
      }
      loop.callThreads().close();
      caller.awaitEndOfDrivers();
      loop.timers().clear();
    } catch (Throwable failure) {
      loop.abandon(failure);
    } finally {
      holds = caller.leave();
    }
  }

  /** Where there is no stack for anything else the loop is abandoned, so that nothing waits for its end in vain. */
  private Caller enter() {
    try {
      return Caller.enter(loop);
    } catch (StackOverflowError overflow) {
      loop.abandon(overflow);
      loop.abandonment().dropAll();
      throw overflow;
    }
  }

  /** Awaits tasks and calls, and runs the callbacks that are left when these have ended, until nothing comes in any more. */
  private void runUntilClosed(Caller caller, ClosingWatch watch) {
    for (; ; ) { // until it is closed, by whomever
      if (!loop.isDrained()) {
        watch.arm();
        awaitDrained(caller);
        continue;
      }
      ReadyEntry entry = loop.baton().next();
      if (entry instanceof Callback callback) {
        watch.arm();
        caller.runHere(callback);
      } else if (entry != null && !ReadyEntry.runIfKernelCode(entry)) {
        loop.ready().putBack(entry); // a task that came in meanwhile; it keeps the loop open
      } else if (entry == null && loop.baton().close()) {
        return;
      }
    }
  }

  private void awaitDrained(Caller caller) {
    drained = new AsyncFuture<>(loop);
    var wait = new Task<>(loop, new FutureFrame(drained), "closing", null, null);
    caller.runToEnd(wait);
    if (wait.isCompletedExceptionally()) {
      throw Async.sneaky(wait.failure()); // there is too little stack left here to wait on
    }
  }

  /** Wakes the closing thread if it waits for nothing any more. */
  void somethingEnded() {
    AsyncFuture<@Nullable Void> closer = drained;
    if (closer != null && loop.isDrained()) {
      closer.settle(null, null);
    }
  }

  private void afterClosing() {
    Unretrieved.reportCollected();
    Unretrieved.reportLeftBy(loop, background);
    loop.held().report();
    if (settings.debug()) {
      Debug.closed();
    }
    if (!settings.compiledBodies()) {
      Bodies.refusingLoopClosed();
    }
    loop.callThreads().close();
    loop.timers().cancelAlarm();
    publishMain(); // before the clock forgets this loop, which may have to wake another one
    try {
      settings.clock().closed(loop);
    } catch (Throwable failure) {
      if (!loop.isAbandoned()) {
        throw failure;
      }
      Reports.log("the clock of " + loop + " failed when that had closed", failure);
    }
  }
}
