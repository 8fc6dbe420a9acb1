package dev.asyncawait;

import dev.asyncawait.spi.LoopClock;
import java.lang.reflect.Method;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.BlockingQueue;
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
 * <p>On Java 21 and later, drivers are virtual threads, one each; before, they are daemon threads of a pool that end
 * when idle. Calls of {@code toThread} are made on daemon threads of a pool of their loop. No thread keeps anything of
 * whoever starts it.
 */
final class Threads {

  private static final int KEEP_ALIVE_SECONDS = 5;

  /**
   * So many calls of one loop have a platform thread at once, where more can have virtual threads. They are as many as
   * the JDK lets the carriers of virtual threads become.
   */
  private static final int MOST_CALL_THREADS = VirtualThreads.EXIST ? 256 : Integer.MAX_VALUE;

  private static final ThreadGroup TOP_GROUP = topGroup();

  private static final ThreadFactory CALL_THREADS = daemons("asyncawait-call-");

  private static final ThreadFactory COMPUTING_THREADS = daemons("asyncawait-computing-");

  private static final VirtualThreads VIRTUAL = new VirtualThreads();

  private Threads() {}

  /** Runs the drivers of loops: as many at once as there are suspended bodies. */
  static final class Drivers {
    private static final Drivers DEFAULT = new Drivers(null);

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
      ThreadFactory threads = factory == null ? VIRTUAL.factory() : factory;
      if (threads == null) {
        DriverPool.POOL.execute(driver);
      } else {
        startNew(threads, driver);
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

  /** Threads of one loop for calls; tells when it was shut down and its last thread ends. */
  private static final class CallPool extends ThreadPoolExecutor {
    private final Runnable whenEnded;

    CallPool(
        int core,
        int most,
        BlockingQueue<Runnable> queue,
        ThreadFactory threads,
        Runnable whenEnded) {
      super(core, most, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS, queue, threads);
      this.whenEnded = whenEnded;
      allowCoreThreadTimeOut(true);
    }

    @Override
    protected void terminated() {
      whenEnded.run();
    }
  }

  /** No call waits for another: one that finds all platform threads busy gets a virtual one. */
  static ExecutorService newBlockingPool(Runnable whenEnded) {
    var pool =
        new CallPool(0, MOST_CALL_THREADS, new SynchronousQueue<>(), CALL_THREADS, whenEnded);
    if (VirtualThreads.EXIST) {
      pool.setRejectedExecutionHandler((call, full) -> {
        if (full.isShutdown()) {
          throw new RejectedExecutionException("the loop of this call is closed");
        }
        background(call);
      });
    }
    return pool;
  }

  /** As many threads as there are processors; more calls wait. */
  static ExecutorService newComputingPool(Runnable whenEnded) {
    int size = Runtime.getRuntime().availableProcessors();
    return new CallPool(size, size, new LinkedBlockingQueue<>(), COMPUTING_THREADS, whenEnded);
  }

  /** A thread for {@link Runtime#addShutdownHook}, which runs code of whoever makes it. */
  static Thread shutdownHook(String name, Runnable work) {
    Thread thread = newThread(work, name);
    thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
    return thread;
  }

  /** Runs an action that no loop is left to run. The JDK's own delayed executor would keep who used it first. */
  static void callLater(long nanos, Runnable action) {
    LoopClock clock = SystemClock.SHARED;
    clock.wakeAt(clock.now() + nanos, () -> background(action));
  }

  /** Runs a loop, or what came after one, in the background. */
  static void background(Runnable work) {
    Drivers.DEFAULT.start(work);
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

  @SuppressWarnings("ThreadPriorityCheck") // the usual one, so that none is inherited
  static ThreadFactory daemons(String prefix) {
    var count = new AtomicLong();
    return work -> {
      Thread thread = newThread(work, prefix + count.incrementAndGet());
      thread.setDaemon(true);
      thread.setPriority(Thread.NORM_PRIORITY);
      thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
      return thread;
    };
  }

  /**
   * A thread that has nothing of its maker but the priority and, before Java 19, the context class loader. Before Java
   * 24 it would also keep the access-control context, which leads to the loader of every class on the maker's stack; a
   * privileged action has none but the library's own.
   */
  @SuppressWarnings("removal") // the only way to an empty context; nothing has one from 24 on
  private static Thread newThread(Runnable work, String name) {
    return AccessController.doPrivileged(
        (PrivilegedAction<Thread>) () -> new Thread(TOP_GROUP, work, name, 0, false));
  }

  private static ThreadGroup topGroup() {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    while (group.getParent() != null) {
      group = group.getParent();
    }
    return group;
  }

  /**
   * The factory {@code Thread.ofVirtual().name("asyncawait").inheritInheritableThreadLocals(false).factory()}. All have the
   * same name, since a million different ones would take their room.
   *
   * <p>A thread of its own makes it. That takes some 20 ms, in which a program can begin; and a driver may be started on a
   * stack that is full, where a class of the JDK that cannot be initialised would be lost for good.
   */
  private static final class VirtualThreads implements Runnable {

    static final boolean EXIST = Runtime.version().feature() >= 21;

    private final @Nullable Thread maker;

    /** Written by the maker before it ends. */
    private @Nullable ThreadFactory factory;

    VirtualThreads() {
      Thread thread = null;
      if (EXIST) {
        try {
          thread = daemons("asyncawait-start-").newThread(this);
          thread.start();
        } catch (OutOfMemoryError noThread) {
          thread = null;
          run();
        }
      }
      maker = thread;
    }

    @Override
    public void run() {
      try {
        Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
        Class<?> type = Class.forName("java.lang.Thread$Builder");
        Method setName = type.getMethod("name", String.class);
        Method inherit = type.getMethod("inheritInheritableThreadLocals", boolean.class);
        setName.invoke(builder, "asyncawait");
        inherit.invoke(builder, false);
        var made = (ThreadFactory) type.getMethod("factory").invoke(builder);
        made.newThread(() -> {}); // initialises what is left
        factory = made;
      } catch (Throwable failure) {
        Reports.log(
            "there are no virtual threads; bodies that suspend take platform threads", failure);
      }
    }

    /** Null where there are none. */
    @Nullable
    ThreadFactory factory() {
      boolean interrupted = false;
      while (maker != null && maker.isAlive()) {
        try {
          maker.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      return factory;
    }
  }
}
