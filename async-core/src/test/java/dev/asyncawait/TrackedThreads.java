package dev.asyncawait;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;

/** Platform threads for drivers, which a test can wait for. */
class TrackedThreads implements ThreadFactory {

  private final Queue<Thread> made = new ConcurrentLinkedQueue<>();

  @Override
  public Thread newThread(Runnable work) {
    return track(new Thread(work, "driver"));
  }

  Thread track(Thread thread) {
    thread.setDaemon(true);
    made.add(thread);
    return thread;
  }

  int count() {
    return made.size();
  }

  void awaitEnd() throws InterruptedException {
    for (Thread thread : made) {
      if (thread.getState() != Thread.State.NEW) {
        thread.join(300_000);
        assertThat(thread.isAlive()).as("%s is alive", thread).isFalse();
      }
    }
  }
}
