package dev.asyncawait;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The one word that is a loop's baton and its inbox, in the interleavings of two and three threads. */
class InboxLincheckTest {

  private static final int HELD = 0;
  private static final int IDLE = 1;
  private static final int CLOSED = 2;

  /**
   * A loop that begins with a holder, who may drain it, let go of it and close it. What is posted while nobody
   * holds it is delivered by whoever posts it, so nothing can be told of when, until everybody has come back.
   */
  public static class Inbox {
    final EventLoop loop = new EventLoop(Settings.DEFAULT);
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger overlaps = new AtomicInteger();
    private final AtomicInteger delivering = new AtomicInteger();

    // by the holder of the baton, which is what this is about
    private final List<Integer> delivered = new ArrayList<>();

    // by the thread that was its first holder
    int state = HELD;
    private int seen;

    private final class Letter extends Message {
      private final int content;

      Letter(int content) {
        super(Inbox.this.loop);
        this.content = content;
      }

      @Override
      void deliver() {
        if (delivering.getAndIncrement() != 0) {
          overlaps.incrementAndGet();
        }
        delivered.add(content);
        delivering.decrementAndGet();
      }
    }

    @Operation
    public boolean post(int content) {
      boolean taken = loop.post(new Letter(content));
      if (taken) {
        accepted.incrementAndGet();
      }
      return taken;
    }

    @Operation(nonParallelGroup = "holder")
    public @Nullable List<Integer> drain() {
      if (state != HELD) {
        return null;
      }
      check(loop.baton().taken(), "somebody else holds the baton");
      check(loop.baton().next() == null, "letters make no entries");
      check(loop.baton().released(), "somebody else has taken the baton");
      return news();
    }

    @Operation(nonParallelGroup = "holder")
    public boolean goIdle() {
      if (state == HELD && loop.baton().goIdle()) {
        state = IDLE;
        return true;
      }
      return false;
    }

    final List<Integer> news() {
      var news = List.copyOf(delivered.subList(seen, delivered.size()));
      seen = delivered.size();
      return news;
    }

    @Validate
    public void nothingIsLostOrDoubled() {
      check(overlaps.get() == 0, "two threads deliver at once");
      check(!loop.isAbandoned(), "the loop is abandoned");
      check(
          (loop.activity().idlePeriod() != 0) == (state == IDLE),
          "idle: " + loop.activity().idlePeriod() + " in state " + state);
      check(loop.isClosed() == (state == CLOSED), "closed: " + loop.isClosed());
      if (state == HELD) {
        loop.baton().next();
      }
      check(
          delivered.size() == accepted.get(),
          "delivered " + delivered + " of " + accepted + " that were accepted");
    }
  }

  /** The same with an end, which takes much more code. */
  public static class ClosingInbox extends Inbox {
    @Operation(nonParallelGroup = "holder")
    public @Nullable List<Integer> close() {
      if (state != HELD) {
        return null;
      }
      loop.lifecycle().close();
      state = CLOSED;
      return news();
    }
  }

  public static class SequentialInbox {
    private final List<Integer> inbox = new ArrayList<>();
    private int state = HELD;

    public boolean post(int content) {
      if (state == HELD) {
        inbox.add(content);
      }
      return state != CLOSED;
    }

    public @Nullable List<Integer> drain() {
      return state == HELD ? taken() : null;
    }

    public boolean goIdle() {
      boolean empty = state == HELD && inbox.isEmpty();
      state = empty ? IDLE : state;
      return empty;
    }

    public @Nullable List<Integer> close() {
      if (state != HELD) {
        return null;
      }
      state = CLOSED;
      return taken();
    }

    private List<Integer> taken() {
      var all = List.copyOf(inbox);
      inbox.clear();
      return all;
    }
  }

  /**
   * A loop that is idle at first, and needs a thread of its own for what is posted: whoever takes the baton from
   * IDLE gives it to one, and nobody else does.
   */
  public static class HandOver {
    private final AtomicInteger grants = new AtomicInteger();
    private final AtomicInteger posted = new AtomicInteger();
    private final AtomicInteger ran = new AtomicInteger();
    private final EventLoop loop =
        new EventLoop(Runner.builder().driverThreads(this::granted).settings());
    private final Callback turn = new Callback(loop, () -> {}) {
      @Override
      void run() {
        ran.incrementAndGet(); // a callback runs once, but this one stands for all
      }
    };
    private final AtomicInteger wrong = new AtomicInteger();

    // by the thread that acts for the drivers
    private boolean held;

    /** Takes what a driver was to begin with, which shows that it was given the baton; no thread is started. */
    private Thread granted(Runnable driver) {
      if (grants.incrementAndGet() != 1 || !((Driver) driver).callOff()) {
        wrong.incrementAndGet();
      }
      throw new RejectedExecutionException();
    }

    private final class Work extends Message {
      Work() {
        super(HandOver.this.loop);
      }

      @Override
      void deliver() {
        loop.enqueue(turn);
      }
    }

    public HandOver() {
      loop.baton().goIdle();
    }

    @Operation
    public boolean post() {
      posted.incrementAndGet();
      return loop.post(new Work());
    }

    /** A turn of the thread that was given the baton: it runs what there is and lets go again. */
    @Operation(nonParallelGroup = "driver")
    public void drive() {
      if (!held && grants.get() > 0) {
        held = true;
        ran.incrementAndGet(); // what came with the grant
      }
      if (!held) {
        return;
      }
      runAll();
      held = false;
      grants.decrementAndGet();
      if (!loop.baton().goIdle()) {
        grants.incrementAndGet();
        held = true;
      }
    }

    private void runAll() {
      check(loop.baton().taken(), "somebody else holds the baton");
      for (ReadyEntry entry; (entry = loop.baton().next()) != null; ) {
        ((Callback) entry).run();
      }
      check(loop.baton().released(), "somebody else has taken the baton");
    }

    @Validate
    public void everythingRunsOnce() {
      check(wrong.get() == 0, "the baton was granted twice");
      check(!loop.isAbandoned(), "the loop is abandoned");
      check(
          (loop.activity().idlePeriod() != 0) == (grants.get() == 0),
          "idle: " + loop.activity().idlePeriod() + ", granted " + grants);
      if (grants.get() == 1) {
        if (!held) {
          ran.incrementAndGet();
        }
        runAll();
      }
      check(ran.get() == posted.get(), ran + " ran of " + posted);
    }
  }

  public static class SequentialHandOver {
    public boolean post() {
      return true;
    }

    public void drive() {}
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalStateException(otherwise);
    }
  }

  @Test
  void no_message_is_lost_or_delivered_twice_in_every_interleaving_tried() {
    new ModelCheckingOptions()
        .recursionBound(1_000) // StackReserve recurses on purpose
        .sequentialSpecification(SequentialInbox.class)
        .iterations(2)
        .invocationsPerIteration(500)
        .threads(2)
        .actorsPerThread(3)
        .check(Inbox.class);
  }

  @Test
  void no_message_is_lost_or_delivered_twice_under_stress() {
    new StressOptions()
        .sequentialSpecification(SequentialInbox.class)
        .iterations(10)
        .invocationsPerIteration(1_000)
        .threads(3)
        .actorsPerThread(3)
        .check(ClosingInbox.class);
  }

  @Test
  void one_poster_takes_the_baton_of_an_idle_loop_in_every_interleaving_tried() {
    try (var unwanted = CapturedLog.nothing()) { // a thread that is refused is an error each time
      new ModelCheckingOptions()
          .recursionBound(1_000) // StackReserve recurses on purpose
          .sequentialSpecification(SequentialHandOver.class)
          .iterations(2)
          .invocationsPerIteration(500)
          .threads(2)
          .actorsPerThread(2)
          .check(HandOver.class);
    }
  }

  @Test
  void one_poster_takes_the_baton_of_an_idle_loop_under_stress() {
    try (var unwanted = CapturedLog.nothing()) { // a thread that is refused is an error each time
      new StressOptions()
          .sequentialSpecification(SequentialHandOver.class)
          .iterations(10)
          .invocationsPerIteration(1_000)
          .threads(3)
          .actorsPerThread(3)
          .check(HandOver.class);
    }
  }
}
