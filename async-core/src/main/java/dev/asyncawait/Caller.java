package dev.asyncawait;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The thread that has called {@code run}: main runs on its stack, and it closes the loop. Its interrupts are main's, or are
 * kept until {@code run} returns.
 */
final class Caller extends LoopThread {

  /** What this thread was before; a thread factory or a clock of a loop may run a loop of its own. */
  private final @Nullable LoopThread outer;

  /** What was in its thread locals. */
  private final TaskLocals.@Nullable State<?> carriedBefore;

  private @Nullable Task<?> main;
  private boolean wasInterrupted;

  private Caller(EventLoop loop) {
    super(loop);
    outer = bind();
    carriedBefore = loop.taskLocals().capture();
  }

  /**
   * Makes the calling thread, which holds the baton, the thread of mains; {@link #leave} ends that, and has as much stack
   * for it as was touched here.
   */
  static Caller enter(EventLoop loop) {
    StackReserve.touchToTell();
    var caller = new Caller(loop);
    caller.baton.calledBy(caller);
    caller.hold();
    return caller;
  }

  /** Says whether this thread still holds the baton, though it runs nothing of the loop. */
  boolean leave() {
    boolean holder = isHolder();
    dropIfLast();
    letGo();
    TaskLocals.State<?> unused = loop.taskLocals().remove();
    loop.taskLocals().install(carriedBefore);
    unbind(outer);
    if (wasInterrupted) {
      Thread.currentThread().interrupt();
    }
    return holder;
  }

  /**
   * Runs main to its end, once what is ready before it has had its turn, and lets the others go on after that for as long as
   * asyncio's loop does before it stops.
   *
   * <p>Main begins on this stack, and stays there unless it is compiled. A compiled one goes on wherever its turn comes: on a
   * driver, which then need not hand the baton over for it, or here, if there is no spare.
   */
  void runMain(Task<?> task) {
    main = task;
    task.setLoopThread(this);
    loop.addMain(task);
    switchAway(task);
    if (task.isCompiled()) {
      step(task);
      runUntilStopped(task);
    } else {
      runToEnd(task);
      switchAway(loop.ready().stopAfterNextCycle(this));
    }
    main = null;
  }

  /** Runs a compiled main, when its turn comes here, until the loop stops since it has ended. */
  private void runUntilStopped(Task<?> task) {
    for (; ; ) {
      ReadyEntry entry = baton.passOn(this, task);
      if (entry == null) {
        entry = awaitGrant();
      }
      if (entry == task) {
        step(task);
      } else if (entry instanceof BatonReturn) {
        return;
      } else {
        loop.ready().putBack(entry); // a foreign thread has found no other thread for it
      }
    }
  }

  boolean isMain(ReadyEntry entry) {
    return entry == main;
  }

  /** Runs {@code task} from its first step to its end on this stack, and other tasks on other threads. */
  void runToEnd(Task<?> task) {
    Object value = null;
    Throwable error = null;
    begin(task);
    try {
      value = task.step();
      if (value == Frame.SUSPENDED) {
        value = finishFrame(task, task.frame());
      }
    } catch (Throwable failure) {
      error = failure;
    }
    if (gate.leave(task)) {
      Thread.interrupted();
    } else {
      keepInterrupt(); // too late for the task, but the caller's to keep
    }
    top = null;
    finish(task, value, error);
  }

  /** Waits until the last driver has ended; the loop is closed, so each is on its way. */
  void awaitEndOfDrivers() {
    while (!driversHaveEnded()) {
      parkWorker(this::driversHaveEnded);
      if (Thread.interrupted()) {
        interrupted(null);
      }
    }
  }

  private boolean driversHaveEnded() {
    return baton.driversHaveEnded() || loop.isAbandoned();
  }

  /** An interrupt may have this dispatch, or a pool start a thread for it. */
  @Override
  void touchStack() {
    StackReserve.touchToTell();
  }

  @Override
  void parkForGrant() {
    if (CallerWait.isWorker()) {
      parkWorker(() -> isGranted() || loop.isAbandoned());
    } else {
      super.parkForGrant();
    }
  }

  /** Parks this thread, which may be a fork-join pool's, unless the wait is over by then. */
  private void parkWorker(BooleanSupplier over) {
    try {
      CallerWait.block(over, () -> LockSupport.park(this));
    } catch (InterruptedException never) {
      Thread.currentThread().interrupt();
    }
  }

  /** Cancels main at the first interrupt, and closes the loop at the second. */
  @Override
  void interrupted(@Nullable Task<?> task) {
    if (wasInterrupted) {
      loop.abandonment().ofInterrupt();
      return;
    }
    wasInterrupted = true;
    Task<?> target = main;
    if (target != null) {
      target.cancel("interrupted");
    }
  }

  /** Takes note of an interrupt that cancels nothing any more; the next one closes the loop. */
  void keepInterrupt() {
    if (Thread.interrupted()) {
      interruptedTooLate();
    }
  }

  @Override
  void interruptedTooLate() {
    wasInterrupted = true;
  }
}
