package dev.asyncawait;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An interrupt hits the piece of work it is aimed at, or nothing. */
class InterruptGateRaceTest {

  private static final int ROUNDS = 200_000;

  private final InterruptGate gate = new InterruptGate();

  @AfterEach
  void leave_no_interrupt_behind() {
    assertThat(Thread.interrupted()).isFalse();
  }

  /** A thread in whose interruption another thread can be held up. */
  private static final class Slow extends Thread {
    final CountDownLatch interrupting = new CountDownLatch(1);
    final CountDownLatch released = new CountDownLatch(1);

    Slow(Runnable work) {
      super(work, "slow to interrupt");
      setDaemon(true);
    }

    @Override
    public void interrupt() {
      interrupting.countDown();
      awaitIt(released);
      super.interrupt();
    }
  }

  private static void awaitIt(CountDownLatch latch) {
    try {
      assertThat(latch.await(300, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void work_that_nobody_interrupts_leaves_uninterrupted() {
    gate.enter("work");
    assertThat(gate.leave("work")).isFalse();
  }

  @Test
  void an_interrupt_hits_the_work_that_is_inside_and_leave_says_so() {
    gate.enter("work");
    gate.interrupt("work");
    assertThat(Thread.interrupted()).isTrue();
    assertThat(gate.leave("work")).isTrue();
  }

  @Test
  void an_interrupt_of_other_work_hits_nothing() {
    gate.enter("work");
    gate.interrupt("other work");
    assertThat(gate.leave("work")).isFalse();
  }

  @Test
  void an_interrupt_of_work_that_has_left_or_not_begun_hits_nothing() {
    gate.interrupt("work");
    gate.enter("work");
    assertThat(gate.leave("work")).isFalse();
    gate.interrupt("work");
    gate.enter("next");
    gate.interrupt("work");
    assertThat(gate.leave("next")).isFalse();
  }

  @Test
  void what_one_piece_of_work_was_told_is_not_told_to_the_next() {
    gate.enter("work");
    gate.interrupt("work");
    assertThat(gate.leave("work") && Thread.interrupted()).isTrue();
    gate.enter("next");
    assertThat(gate.leave("next")).isFalse();
  }

  @Test
  void whoever_leaves_waits_for_an_interrupt_that_is_under_way() throws Exception {
    var entered = new CountDownLatch(1);
    var left = new CompletableFuture<String>();
    var slow = new AtomicReference<Slow>();
    slow.set(new Slow(() -> {
      gate.enter("work");
      entered.countDown();
      awaitIt(slow.get().interrupting);
      boolean told = gate.leave("work");
      left.complete("told " + told + ", interrupted " + Thread.interrupted());
    }));
    slow.get().start();
    awaitIt(entered);
    var interrupter = new Thread(() -> gate.interrupt("work"));
    interrupter.start();
    awaitIt(slow.get().interrupting);

    // It can only spin now; it would have left in far less time.
    for (long end = System.nanoTime() + 20_000_000; System.nanoTime() < end; ) {
      assertThat(left).isNotDone();
      Thread.onSpinWait();
    }
    slow.get().released.countDown();

    assertThat(left.get(300, TimeUnit.SECONDS)).isEqualTo("told true, interrupted true");
    interrupter.join(300_000);
  }

  @Test
  void no_interrupt_arrives_after_its_work_has_left() throws Exception {
    var inside = new AtomicReference<>();
    var stop = new AtomicBoolean();
    var hits = new AtomicInteger();
    var interrupters = new Thread[2];
    for (int i = 0; i < interrupters.length; i++) {
      interrupters[i] = new Thread(() -> {
        while (!stop.get()) {
          Object aim = inside.get();
          if (aim != null) {
            gate.interrupt(aim);
          }
        }
      });
      interrupters[i].setDaemon(true);
      interrupters[i].start();
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
    try {
      for (int round = 0; round < ROUNDS && System.nanoTime() < deadline; round++) {
        Object work = new Object();
        gate.enter(work);
        inside.set(work);
        spin(round % 32);
        boolean told = gate.leave(work);
        if (Thread.interrupted() != told) {
          fail("in round %d the gate said %s about an interrupt", round, told);
        }
        spin(32); // the stale aim is still there to be tried
        if (Thread.interrupted()) {
          fail("an interrupt arrived after round %d had left", round);
        }
        if (told) {
          hits.incrementAndGet();
        }
      }
    } finally {
      stop.set(true);
      for (Thread interrupter : interrupters) {
        interrupter.join(300_000);
      }
      Thread.interrupted();
    }
    assertThat(hits).as("rounds in which an interrupt came in time").hasPositiveValue();
  }

  private static void spin(int turns) {
    for (int i = 0; i < turns; i++) {
      Thread.onSpinWait();
    }
  }
}
