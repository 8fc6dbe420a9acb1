package dev.asyncawait;

import java.lang.reflect.Method;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Where threads come from: the only class that starts any.
 *
 * <p>On Java 21 and later, drivers and the calls of {@code toThread} are virtual threads, one each. Before, they
 * are daemon threads of two pools that end when idle. No thread inherits thread locals.
 */
final class Threads {

  private static final @Nullable ThreadFactory VIRTUAL = virtualThreads("asyncawait");

  private static final int KEEP_ALIVE_SECONDS = 5;

  /** Runs the calls of toThread. */
  static final Executor CALLS = Threads::call;

  private Threads() {}

  /** Runs the drivers of loops: as many at once as there are suspended bodies. */
  static final class Drivers {
    private static final Drivers DEFAULT = new Drivers(VIRTUAL);

    private final @Nullable ThreadFactory factory;

    private Drivers(@Nullable ThreadFactory factory) {
      this.factory = factory;
    }

    static Drivers byDefault() {
      return DEFAULT;
    }

    static Drivers of(ThreadFactory factory) {
      return new Drivers(factory);
    }

    void start(Runnable driver) {
      if (factory == null) {
        DriverPool.POOL.execute(driver);
      } else {
        startNew(factory, driver);
      }
    }
  }

  private static final class DriverPool {
    static final ExecutorService POOL = new ThreadPoolExecutor(
        0,
        Integer.MAX_VALUE,
        KEEP_ALIVE_SECONDS,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        daemons("asyncawait-driver-"));
  }

  /** For the calls of toThread before Java 21; as many threads as asyncio's default executor has. */
  private static final class CallPool {
    static final ExecutorService POOL = newCallPool();

    private static ExecutorService newCallPool() {
      int size = Math.min(32, Runtime.getRuntime().availableProcessors() + 4);
      var pool = new ThreadPoolExecutor(
          size,
          size,
          KEEP_ALIVE_SECONDS,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          daemons("asyncawait-call-"));
      pool.allowCoreThreadTimeOut(true);
      return pool;
    }
  }

  private static void call(Runnable call) {
    if (VIRTUAL == null) {
      CallPool.POOL.execute(call);
    } else {
      startNew(VIRTUAL, call);
    }
  }

  /** A thread for {@link Runtime#addShutdownHook}. */
  static Thread shutdownHook(String name, Runnable work) {
    return new Thread(null, work, name, 0, false);
  }

  /** Runs an action that no loop is left to run. */
  static void callLater(long nanos, Runnable action) {
    CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS).execute(action);
  }

  /** Runs a loop in the background. */
  static void background(Runnable loop) {
    Drivers.DEFAULT.start(loop);
  }

  static ScheduledExecutorService newTimerThread() {
    var executor = new ScheduledThreadPoolExecutor(1, daemons("asyncawait-timer-"));
    executor.setRemoveOnCancelPolicy(true);
    executor.setKeepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS);
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  /** Runs work with a context class loader that its thread does not keep. */
  static void runWith(@Nullable ClassLoader loader, Runnable work) {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      work.run();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static void startNew(ThreadFactory factory, Runnable work) {
    Thread thread = factory.newThread(work);
    if (thread == null) {
      throw new RejectedExecutionException(
          "the thread factory " + Ask.text(factory) + " gave no thread");
    }
    thread.start();
  }

  private static ThreadFactory daemons(String prefix) {
    var count = new AtomicLong();
    return work -> {
      var thread = new Thread(null, work, prefix + count.incrementAndGet(), 0, false);
      thread.setDaemon(true);
      thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
      return thread;
    };
  }

  /**
   * Thread.ofVirtual().name(name).inheritInheritableThreadLocals(false).factory(), or null before 21. All have the
   * same name, since a million different ones would take their room.
   */
  private static @Nullable ThreadFactory virtualThreads(String name) {
    try {
      Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
      Class<?> type = Class.forName("java.lang.Thread$Builder");
      Method setName = type.getMethod("name", String.class);
      Method inherit = type.getMethod("inheritInheritableThreadLocals", boolean.class);
      setName.invoke(builder, name);
      inherit.invoke(builder, false);
      var factory = (ThreadFactory) type.getMethod("factory").invoke(builder);
      // The JDK's classes are initialised by this one, rather than by a driver started on a stack
      // that is full.
      factory.newThread(() -> {});
      return factory;
    } catch (ReflectiveOperationException e) {
      return null;
    }
  }
}
