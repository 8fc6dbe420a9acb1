package dev.asyncawait.test;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.waitTasks;

import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.ReturnWhen;
import dev.asyncawait.Runner;
import dev.asyncawait.Task;
import dev.asyncawait.Waited;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A loop under test, guarded, and looked after for what is left behind. */
final class TestRun implements AutoCloseable {

  /** How long tasks that were cancelled may take to end; a loop that closes gives them as much. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final Guard guard;
  private final @Nullable Recorder recorder;
  private final @Nullable Leaks leaks;
  private final Runner runner;

  /** In virtual time. */
  TestRun(VirtualTime.Options options, VirtualClock clock, @Nullable Recorder recorder) {
    this(options, clock.guard(), recorder, Runner.builder().clock(clock));
  }

  private TestRun(
      VirtualTime.Options options,
      Guard guard,
      @Nullable Recorder recorder,
      Runner.Builder settings) {
    this.guard = guard;
    this.recorder = recorder;
    this.leaks = options.leaksAllowed ? null : new Leaks();
    if (recorder != null) {
      settings.scheduling(recorder);
    }
    if (leaks != null) {
      settings.debug(true).exceptionHandler(leaks);
    }
    if (options.exceptionHandler != null) {
      settings.exceptionHandler(options.exceptionHandler);
    }
    runner = settings.build();
  }

  /** Runs {@code main} in real time. */
  static <T extends @Nullable Object> T inRealTime(VirtualTime.Options options, Coroutine<T> main) {
    Set<EventLoop> loops = ConcurrentHashMap.newKeySet();
    Duration timeout = options.timeout;
    var guard = new Guard(timeout == null ? options.limit : timeout, () -> loops);
    return new TestRun(options, guard, null, Runner.builder()).toTheEnd(async(() -> {
      loops.add(EventLoop.current());
      return await(main);
    }));
  }

  /** Runs {@code main}, closes the loop, and throws if anything is left behind. */
  <T extends @Nullable Object> T toTheEnd(Coroutine<T> main) {
    T value;
    try (guard) {
      try (runner) {
        value = guarded(async(() -> {
          T result;
          try {
            result = await(main);
          } finally {
            stopRecording();
          }
          await(notePending());
          return result;
        }));
      }
    } catch (Throwable failure) {
      guard.throwIfStopped(failure);
      if (leaks != null) {
        leaks.addTo(failure);
      }
      throw failure;
    }
    guard.throwIfStopped(null);
    check();
    return value;
  }

  /** What comes after main is not explored. */
  private void stopRecording() {
    if (recorder != null) {
      recorder.stop();
    }
  }

  /** Runs {@code main}, and leaves the loop as it is then. */
  void step(Coroutine<?> main) {
    try (guard) {
      Object unused = guarded(main);
    } catch (Throwable failure) {
      guard.throwIfStopped(failure);
      throw failure;
    }
    guard.throwIfStopped(null);
  }

  private <T extends @Nullable Object> T guarded(Coroutine<T> main) {
    return runner.run(async(() -> {
      currentTask().setName("main");
      guard.begins(currentTask());
      return await(main);
    }));
  }

  <T extends @Nullable Object> Task<T> start(Coroutine<T> coroutine) {
    return runner.loop().submit(coroutine);
  }

  /** Closes the loop, and throws if anything is left behind; after steps, of which none was stopped. */
  @Override
  public void close() {
    if (guard.reason() != null) {
      runner.close();
      return;
    }
    try (runner) {
      step(notePending());
    }
    check();
  }

  /** Takes note of the tasks that have not ended. Those that were asked to get some time. */
  private Coroutine<@Nullable Void> notePending() {
    return async(() -> {
      if (leaks == null) {
        return;
      }
      var asked = new ArrayList<Task<?>>();
      for (EventLoop loop : guard.loops()) {
        for (Task<?> task : loop.tasks()) {
          if (task.cancelling() > 0) {
            asked.add(task);
          } else if (task != currentTask()) {
            leaks.add(task, "has not ended; await or cancel it");
          }
        }
      }
      asked.remove(currentTask());
      if (!asked.isEmpty()) {
        Waited<Task<?>> waited = await(waitTasks(asked, ReturnWhen.ALL_COMPLETED, GRACE));
        waited
            .pending()
            .forEach(
                task -> leaks.add(task, "was cancelled, but has not ended " + GRACE + " later"));
      }
    });
  }

  private void check() {
    if (leaks != null) {
      leaks.check();
    }
  }
}
