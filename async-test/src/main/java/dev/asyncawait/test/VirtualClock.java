package dev.asyncawait.test;

import dev.asyncawait.AsyncFuture;
import dev.asyncawait.EventLoop;
import dev.asyncawait.spi.LoopActivity;
import dev.asyncawait.spi.LoopClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The clock behind {@link VirtualTime}: it stands still while a loop has something to run, and jumps when all are
 * idle.
 *
 * <p>Who may look and jump: the thread that left a loop idle, or the timer's after a wait in real time. Each looks
 * under the lock at all loops. A loop tells {@link #idle} after it became idle, so whichever of several loops becomes
 * idle last sees the others idle. An alarm is run without the lock, by one thread at a time; who finds another at it
 * leaves a note that it must look again.
 *
 * <p>While it looks, an event from outside may start a loop that was idle, which posts to another one and becomes
 * idle again. So the number of each idle period is read before and after: only if none has changed were all idle
 * at once, with nothing in flight. Else somebody will look again, since the loop that ran tells when it is idle.
 */
final class VirtualClock implements LoopClock {

  private static final Map<EventLoop, VirtualClock> OF_LOOPS = new ConcurrentHashMap<>();

  private record Alarm(long deadline, long number, Runnable action) {}

  private final Duration stageGrace;
  private final long timeout;
  private final Guard guard;

  // guarded by this

  private final PriorityQueue<Alarm> alarms = new PriorityQueue<>(
      Comparator.comparingLong(Alarm::deadline).thenComparingLong(Alarm::number));
  private final List<EventLoop> loops = new ArrayList<>();
  private final List<AsyncFuture<Boolean>> waitingForIdle = new ArrayList<>();
  private long now;
  private long numbers;
  private boolean jumping;
  private boolean lookAgain;
  private @Nullable Future<?> pendingCheck;
  private boolean hopeless;
  private boolean sawRealWork;

  /** Where the time stops by itself, and what is told then; by hand only. */
  private long horizon;

  private @Nullable AsyncFuture<Boolean> arrival;

  VirtualClock(VirtualTime.Options options) {
    this.stageGrace = options.stageGrace;
    this.timeout = options.timeout == null ? Long.MAX_VALUE : nanos(options.timeout);
    this.guard = new Guard(options.limit, this::loops);
  }

  private static long nanos(Duration time) {
    long most = Long.MAX_VALUE / 2;
    return time.compareTo(Duration.ofNanos(most)) >= 0 ? most : time.toNanos();
  }

  /** The clock of the loop that runs here, for {@code method}. */
  static VirtualClock current(String method) {
    EventLoop loop = EventLoop.current();
    VirtualClock clock = OF_LOOPS.get(loop);
    if (clock == null) {
      throw new IllegalStateException(method + " was called on " + loop
          + ", whose time is real; run it with VirtualTime.run, or as an @AsyncTest");
    }
    return clock;
  }

  Guard guard() {
    return guard;
  }

  synchronized Set<EventLoop> loops() {
    return new LinkedHashSet<>(loops);
  }

  Duration time() {
    return Duration.ofNanos(now());
  }

  // ---- what loops ask

  @Override
  public synchronized long now() {
    return now;
  }

  @Override
  public synchronized Runnable wakeAt(long deadline, Runnable action) {
    var alarm = new Alarm(deadline, numbers++, action);
    alarms.add(alarm);
    return () -> cancel(alarm);
  }

  private synchronized void cancel(Alarm alarm) {
    alarms.remove(alarm);
  }

  @Override
  public void opened(EventLoop loop) {
    OF_LOOPS.put(loop, this);
    synchronized (this) {
      sawRealWork |= !loops.isEmpty();
      loops.add(loop);
    }
  }

  @Override
  public void closed(EventLoop loop) {
    OF_LOOPS.remove(loop);
    synchronized (this) {
      sawRealWork |= loop.activity().externalOperations() > 0;
      loops.remove(loop);
    }
    look(false);
  }

  /** Throws if the run was told to stop and waits for ever all the same: that closes the loop under it. */
  @Override
  public void idle(EventLoop loop) {
    AssertionError reason = guard.reason();
    if (reason != null && isHopeless()) {
      throw reason;
    }
    look(false);
  }

  private synchronized boolean isHopeless() {
    return hopeless;
  }

  // ---- jumping

  private void look(boolean graceIsOver) {
    Runnable jump = nextJump(graceIsOver);
    while (jump != null) {
      boolean again;
      try {
        jump.run();
      } finally {
        again = mustLookAgain();
      }
      jump = again ? nextJump(false) : null;
    }
  }

  private synchronized boolean mustLookAgain() {
    jumping = false;
    boolean again = lookAgain;
    lookAgain = false;
    return again;
  }

  /** What happens next, now that the time has jumped there; or null if nothing does now. */
  private synchronized @Nullable Runnable nextJump(boolean graceIsOver) {
    if (jumping) {
      lookAgain = true;
      return null;
    }
    if (pendingCheck != null) {
      pendingCheck.cancel(false);
      pendingCheck = null;
    }
    long periods = idlePeriods();
    boolean calls = false;
    boolean stages = false;
    for (int i = 0; i < loops.size(); i++) {
      LoopActivity activity = loops.get(i).activity();
      calls |= activity.callsInFlight() > 0;
      stages |= activity.stagesInFlight() > 0;
    }
    if (periods == 0 || periods != idlePeriods() || calls) {
      return null;
    }
    if (!waitingForIdle.isEmpty()) {
      waitingForIdle.removeIf(AsyncFuture::isDone);
    }
    arrival = arrival == null || arrival.isDone() ? null : arrival;
    boolean anythingToDo = arrival != null || !waitingForIdle.isEmpty() || !alarms.isEmpty();
    if (stages && !(anythingToDo && graceIsOver)) {
      if (anythingToDo) {
        pendingCheck =
            Guard.TIMER.schedule(() -> look(true), stageGrace.toNanos(), TimeUnit.NANOSECONDS);
      }
      return null;
    }
    jumping = true;
    return jump();
  }

  private Runnable jump() {
    if (!waitingForIdle.isEmpty()) {
      var waiting = List.copyOf(waitingForIdle);
      waitingForIdle.clear();
      return () -> waiting.forEach(future -> future.complete(true));
    }
    Alarm next = alarms.peek();
    if (arrival != null && (next == null || next.deadline() > horizon)) {
      AsyncFuture<Boolean> arrived = arrival;
      arrival = null;
      now = horizon;
      return () -> arrived.complete(true);
    }
    if (next == null) {
      return stop("every task waits and nothing can wake them");
    }
    if (next.deadline() > timeout && guard.isMainRunning()) {
      return stop("the test has not ended within " + Duration.ofNanos(timeout) + " of its time");
    }
    alarms.remove(next);
    now = Math.max(now, next.deadline());
    return next.action();
  }

  /** Whether anything has happened that comes to its end by itself, not in the order of this time; when all is closed. */
  synchronized boolean sawRealWork() {
    return sawRealWork;
  }

  /** The sum of all loops' idle periods, whose numbers only rise; 0 unless there are loops and all are idle. */
  private long idlePeriods() {
    long sum = 0;
    for (int i = 0; i < loops.size(); i++) {
      long period = loops.get(i).activity().idlePeriod();
      if (period == 0) {
        return 0;
      }
      sum += period;
    }
    return sum;
  }

  /** Ends the run: first by cancelling main, so that its cleanup runs; if that did not help, the hard way. */
  private Runnable stop(String why) {
    hopeless = guard.reason() != null;
    if (!hopeless) {
      return () -> guard.stop(why);
    }
    Set<EventLoop> all = loops();
    return () -> all.forEach(loop -> loop.execute(() -> {})); // it becomes idle again, and is told
  }

  /** Completed when there is nothing left to do at this time. */
  synchronized AsyncFuture<Boolean> idle() {
    var idle = new AsyncFuture<Boolean>();
    waitingForIdle.add(idle);
    return idle;
  }

  /** Completed when all that is due by then is done, and the time is {@code step} from now. */
  synchronized AsyncFuture<Boolean> arrivalAfter(Duration step) {
    var arrived = new AsyncFuture<Boolean>();
    horizon = now + nanos(step);
    arrival = arrived;
    return arrived;
  }

  /** This time for code that knows nothing of loops. */
  Clock asClock() {
    return new View(this, ZoneOffset.UTC);
  }

  private static final class View extends Clock {
    private final VirtualClock time;
    private final ZoneId zone;

    View(VirtualClock time, ZoneId zone) {
      this.time = time;
      this.zone = zone;
    }

    @Override
    public ZoneId getZone() {
      return zone;
    }

    @Override
    public Clock withZone(ZoneId other) {
      return new View(time, other);
    }

    @Override
    public Instant instant() {
      return Instant.EPOCH.plus(time.time());
    }
  }
}
