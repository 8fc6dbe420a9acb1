package dev.asyncawait;

import static dev.asyncawait.Async.allTasks;
import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.currentTask;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Runs a body in virtual time, and counts what it has left behind: tasks, timers, cancel requests, drivers. */
final class CleanRun {

  private CleanRun() {}

  static void of(AsyncAction body) {
    var clock = new TestClock();
    var drivers = new TrackedThreads();
    try (Runner runner = Runner.builder().clock(clock).driverThreads(drivers).build()) {
      runner.run(async(() -> {
        await(async(body));
        assertThat(currentTask().cancelling()).isZero();
        assertThat(allTasks()).containsExactly(currentTask());
        assertThat(((TimerHeap) read(EventLoop.current().timers(), Timers.class, "heap")).first())
            .as("a timer that is left")
            .isNull();
      }));
    }
    assertThat(clock.alarms()).isZero();
    try {
      drivers.awaitEnd();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** How many waiters a future has, removed ones among them. */
  static int waiters(AsyncFuture<?> future) {
    Object word = read(future, AsyncFuture.class, "waiters");
    if (!(word instanceof WaiterList)) {
      return word == null ? 0 : 1;
    }
    int count = 0;
    for (var m = (Message) read(word, WaiterList.class, "top"); m != null; m = m.next) {
      count++;
    }
    return count;
  }

  /** How many plain stages are listed as having a hub. */
  static int hubs() {
    return ((Map<?, ?>) read(null, StageHub.class, "LISTED")).size();
  }

  /** How many nodes a future keeps from being collected, in its list of waiters and beyond. */
  static int kept(AsyncFuture<?> future) {
    Set<Object> kept = Collections.newSetFromMap(new IdentityHashMap<>());
    var open = new ArrayDeque<Object>();
    Object word = read(future, AsyncFuture.class, "waiters");
    if (!(word instanceof WaiterList)) {
      return 0;
    }
    open.add(read(word, WaiterList.class, "top"));
    while (!open.isEmpty()) {
      var node = (Message) open.remove();
      if (kept.add(node)) {
        Stream.of(node.getClass().getDeclaredFields())
            .filter(field -> field.getType() == Message.class)
            .forEach(field -> open.add(read(node, node.getClass(), field.getName())));
        if (node.next != null) {
          open.add(node.next);
        }
      }
    }
    return kept.size();
  }

  private static Object read(@Nullable Object object, Class<?> type, String name) {
    try {
      Field field = type.getDeclaredField(name);
      field.setAccessible(true);
      return field.get(object);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(name, e);
    }
  }
}
