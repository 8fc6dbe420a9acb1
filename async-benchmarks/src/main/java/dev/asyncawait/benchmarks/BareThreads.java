package dev.asyncawait.benchmarks;

import java.util.concurrent.ThreadFactory;

/** The threads that we are compared with: virtual ones on Java 21 and later, platform threads before. */
final class BareThreads {

  private static final ThreadFactory FACTORY = factory();

  private BareThreads() {}

  static boolean areVirtual() {
    return Runtime.version().feature() >= 21;
  }

  static Thread start(Runnable work) {
    Thread thread = FACTORY.newThread(work);
    thread.start();
    return thread;
  }

  /** Runs {@code work} on such a thread and waits for its end. */
  static void run(Runnable work) {
    join(start(work));
  }

  static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while measuring", e);
    }
  }

  /** Thread.ofVirtual().factory(); we are compiled for 17. */
  private static ThreadFactory factory() {
    if (!areVirtual()) {
      return Thread::new;
    }
    try {
      Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
      Class<?> type = Class.forName("java.lang.Thread$Builder");
      return (ThreadFactory) type.getMethod("factory").invoke(builder);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("no virtual threads on Java " + Runtime.version(), e);
    }
  }
}
