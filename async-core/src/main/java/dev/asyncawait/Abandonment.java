package dev.asyncawait;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * How a loop ends that cannot go on, whoever holds its baton: because of something that must not happen, or that has
 * lasted too long. Its tasks fail, threads parked for them wake up and throw, and so does {@code run}.
 *
 * <p>A thread that parks meanwhile is not missed: it has told {@link Task#loopThread}, the {@link Baton} or the
 * {@link ReadyQueue} where it is before it looks whether the loop is closed, which it is before they are read here. So has a
 * task that begins to wait for a primitive, in {@link Task#placeInQueue}.
 *
 * <p>Nothing that was accepted is left waiting. Whoever takes the head takes the inbox with it, and drops that. What is
 * ready, the timers and the bodies that are on no stack are the holder's: it drops them when it next looks for something to
 * run, or leaves the loop, and not before: its step may yet suspend another body. Whoever abandons the loop drops them if
 * there was no holder.
 */
final class Abandonment {

  private final EventLoop loop;
  private final Threads.Drivers driverThreads;

  private volatile @Nullable Throwable cause;

  /** Whether there was no holder, and what is left has not been dropped yet. */
  private volatile boolean owesDrop;

  /** Whether {@link #abandon} came to its end; one that overflowed its stack is finished by the next. */
  private volatile boolean complete;

  /** Whether the bodies that are on no stack have been seen to. */
  private final AtomicBoolean unwound = new AtomicBoolean();

  /** Only by the thread that runs or closes the loop. */
  private boolean thrown;

  Abandonment(EventLoop loop, Threads.Drivers driverThreads) {
    this.loop = loop;
    this.driverThreads = driverThreads;
  }

  /** Why the loop was abandoned; null if it was not. */
  @Nullable
  Throwable cause() {
    return cause;
  }

  /** Throws once, since {@code run} and {@code close} may meet in one try statement. */
  void throwIfAbandoned() {
    Throwable why = cause;
    if (why != null && !thrown) {
      thrown = true;
      throw Async.sneaky(why);
    }
  }

  /** Closes the loop as the limit of closing does. */
  void ofInterrupt() {
    if (loop.isClosed()) {
      return;
    }
    String when = "still alive when the thread that runs loop " + loop.name()
        + " was interrupted for the second time";
    ClosingWatch.reportAlive(loop, when);
    abandon(AbandonedTasksException.of(loop, when));
  }

  /** Closes the loop at once; by any thread. */
  void abandon(Throwable why) {
    if (!isFirst(why) && (complete || cause == null)) {
      if (!(why instanceof LoopClosedError)) {
        loop.report("failure in a loop that is closed already", why);
      }
      return;
    }
    owesDrop |= loop.baton().takeAway();
    Reports.log("loop " + loop.name() + " is abandoned", why);
    if (owesDrop) {
      dropAll(); // nobody else holds the baton, or ever will
      owesDrop = false;
    }
    for (Task<?> task : loop.tasks()) {
      LoopThread loopThread = task.loopThread;
      Waiter waiter = task.placeInQueue();
      task.abandon(loop.closedError());
      if (waiter != null) {
        waiter.abandoned();
      }
      if (loopThread != null) {
        loopThread.unpark();
      }
    }
    loop.baton().unparkThreads();
    complete = true;
  }

  private synchronized boolean isFirst(Throwable why) {
    boolean first = cause == null && !loop.isClosed();
    if (first) {
      cause = why;
    }
    return first;
  }

  /** Nobody but the last holder may touch what is ready; others only look like one. */
  void dropIfHeldHere() {
    LoopThread loopThread = LoopThread.current();
    if (loopThread == null || loopThread.loop != loop || loopThread.isHolder()) {
      dropAll();
    }
  }

  /** Lets go of what is not carried out any more; by the last holder. */
  void dropAll() {
    loop.ready().drop();
    loop.timers().clear();
    unwindBodies();
  }

  /**
   * Has those bodies end that are suspended and on no stack, so that their finally blocks run as those of parked ones do.
   * That takes a thread of its own, since they may do anything. Whoever takes the head of an idle loop does this, or its
   * last holder; so one thread does.
   */
  private void unwindBodies() {
    if (unwound.getAndSet(true)) {
      return;
    }
    var suspended = new ArrayList<Task<?>>();
    for (Task<?> task : loop.tasks()) {
      if (task.isOffStack()) {
        suspended.add(task);
      }
    }
    if (suspended.isEmpty()) {
      return;
    }
    try {
      driverThreads.start(
          () -> Threads.runWith(loop.loader(), () -> new Unwinder(loop).end(suspended)));
    } catch (Throwable failure) {
      Reports.log(
          suspended.size() + " bodies of loop " + loop.name()
              + " could not be told that it was abandoned, so what they opened stays open",
          failure);
    }
  }

  /** The thread on which these bodies end; no other thread of the loop runs any of them. */
  private static final class Unwinder extends LoopThread {
    Unwinder(EventLoop loop) {
      super(loop);
    }

    void end(List<Task<?>> tasks) {
      LoopThread outer = bind();
      try {
        tasks.forEach(this::endAbandoned);
      } finally {
        unbind(outer);
      }
    }

    /** The tasks are ending anyway. */
    @Override
    void interrupted(@Nullable Task<?> task) {}
  }
}
