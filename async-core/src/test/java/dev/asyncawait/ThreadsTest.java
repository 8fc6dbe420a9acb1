package dev.asyncawait;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.security.ProtectionDomain;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The library's platform threads outlive whoever starts them, and keep nothing of it. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ThreadsTest {

  /** What an application does; loaded by a loader of its own, which it stands for on the stack. */
  public static final class Application implements UnaryOperator<Supplier<Thread>> {
    @Override
    public Supplier<Thread> apply(Supplier<Thread> starts) {
      Thread thread = starts.get();
      return () -> thread;
    }
  }

  private static final class Deployment extends ClassLoader {
    Deployment() {
      super(ThreadsTest.class.getClassLoader());
    }

    @SuppressWarnings("unchecked")
    UnaryOperator<Supplier<Thread>> application() throws ReflectiveOperationException {
      String name = Application.class.getName();
      String file = name.substring(name.lastIndexOf('.') + 1) + ".class";
      byte[] code;
      try (InputStream in = ThreadsTest.class.getResourceAsStream(file)) {
        code = in.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      var domain = new ProtectionDomain(null, null, this, null);
      Class<?> type = defineClass(name, code, 0, code.length, domain);
      return (UnaryOperator<Supplier<Thread>>) type.getConstructor().newInstance();
    }
  }

  private static Thread daemon() {
    return Threads.daemons("test-").newThread(() -> {});
  }

  /** Has an application make a thread, gives that to the test, and drops the application. */
  private static WeakReference<ClassLoader> deploy(
      Supplier<Thread> starts, AtomicReference<Thread> made) {
    var deployment = new Deployment();
    Thread here = Thread.currentThread();
    ClassLoader before = here.getContextClassLoader();
    here.setContextClassLoader(deployment);
    try {
      made.set(deployment.application().apply(starts).get());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("application", e);
    } finally {
      here.setContextClassLoader(before);
    }
    return new WeakReference<>(deployment);
  }

  @Test
  void a_thread_that_lives_on_does_not_keep_the_application_that_started_it() {
    var made = new AtomicReference<Thread>();
    WeakReference<ClassLoader> loader = deploy(ThreadsTest::daemon, made);
    Awaitility.await().untilAsserted(() -> {
      System.gc();
      assertThat(loader.get()).isNull();
    });
    assertThat(made.get().getState()).isEqualTo(Thread.State.NEW);
  }

  @Test
  @SuppressWarnings("ThreadPriorityCheck") // it must not be inherited
  void a_thread_has_nothing_of_the_thread_that_started_it() throws Exception {
    var made = new AtomicReference<Thread>();
    var inherited = new InheritableThreadLocal<String>();
    var seen = new AtomicReference<String>("nothing");
    var group = new ThreadGroup("application");
    var maker = new Thread(group, () -> {
      inherited.set("of the application");
      made.set(Threads.daemons("test-").newThread(() -> seen.set(inherited.get())));
    });
    maker.setContextClassLoader(new Deployment());
    maker.setPriority(Thread.MIN_PRIORITY);
    maker.setUncaughtExceptionHandler((thread, failure) -> {});
    maker.start();
    maker.join();
    Thread thread = made.get();
    assertThat(thread.getThreadGroup().getParent()).isNull();
    assertThat(thread.getContextClassLoader()).isSameAs(ClassLoader.getSystemClassLoader());
    assertThat(thread.getPriority()).isEqualTo(Thread.NORM_PRIORITY);
    assertThat(thread.isDaemon()).isTrue();
    assertThat(thread.getUncaughtExceptionHandler()).isSameAs(thread.getThreadGroup());
    thread.start();
    thread.join();
    assertThat(seen).hasNullValue();
  }

  @Test
  void a_shutdown_hook_has_the_context_class_loader_of_its_maker() {
    var loader = new Deployment();
    Thread here = Thread.currentThread();
    ClassLoader before = here.getContextClassLoader();
    here.setContextClassLoader(loader);
    try {
      Thread hook = Threads.shutdownHook("test", () -> {});
      assertThat(hook.getContextClassLoader()).isSameAs(loader);
      assertThat(hook.getThreadGroup().getParent()).isNull();
    } finally {
      here.setContextClassLoader(before);
    }
  }
}
