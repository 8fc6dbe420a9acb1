package dev.asyncawait;

import static dev.asyncawait.Async.asCompleted;
import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.from;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.shield;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.waitFor;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.WeakReference;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who waits for something that lives on, and stops waiting, leaves nothing on it. */
@SuppressWarnings("FutureReturnValueIgnored")
class LongLivedFutureTest {

  private static final int MANY = 1_000;

  /** A stage that does not let itself be cancelled. */
  private static final class Stubborn<T> extends CompletableFuture<T> {
    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      return false;
    }
  }

  /** A stage that is no future, and counts what is asked of it. */
  private static final class Counted {
    final CompletableFuture<String> future = new CompletableFuture<>();
    final Map<String, Integer> calls = new HashMap<>();

    @SuppressWarnings("unchecked")
    final CompletionStage<String> stage = (CompletionStage<String>) Proxy.newProxyInstance(
        LongLivedFutureTest.class.getClassLoader(),
        new Class<?>[] {CompletionStage.class},
        (proxy, method, arguments) -> {
          if (method.getDeclaringClass() == Object.class) {
            return method.getName().equals("toString") ? "counted" : System.identityHashCode(proxy);
          }
          calls.merge(method.getName(), 1, Integer::sum);
          try {
            return method.invoke(future.copy(), arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        });
  }

  // ---- gather

  @Test
  void a_gather_that_has_failed_leaves_nothing_on_the_children_that_live_on() {
    CleanRun.of(() -> {
      var lives = new AsyncFuture<String>();
      Task<Void> task = createTask(sleep(ofHours(1)));
      for (int i = 0; i < MANY; i++) {
        AsyncFuture<List<Object>> all =
            gather(lives, task, AsyncFuture.failedFuture(new IllegalStateException("the first")));
        assertThatThrownBy(() -> await(all)).hasMessage("the first");
        assertThat(all)
            .hasToString("gather(3)[failed: java.lang.IllegalStateException: the first]");
      }
      assertThat(CleanRun.waiters(lives)).isZero();
      assertThat(CleanRun.waiters(task)).isZero();
      await(task);
    });
  }

  @Test
  void a_gather_that_is_completed_by_hand_leaves_nothing_either() {
    CleanRun.of(() -> {
      var lives = new AsyncFuture<String>();
      gather(lives).complete(List.of("by hand"));
      gather(lives).completeExceptionally(new IllegalStateException());
      gatherOutcomes(lives).orTimeout(1, TimeUnit.SECONDS);
      await(sleep(ofSeconds(2)));
      assertThat(CleanRun.waiters(lives)).isZero();
    });
  }

  // ---- asCompleted

  @Test
  void an_iteration_left_early_is_forgotten_when_it_is_garbage() {
    CleanRun.of(() -> {
      var lives = new AsyncFuture<String>();
      for (int i = 0; i < MANY; i++) {
        leaveEarly(lives);
      }
      assertThat(CleanRun.waiters(lives)).isPositive();
      awaitForgotten(lives);
      await(sleep(ZERO)); // their timers were cancelled by another thread
    });
  }

  private static void leaveEarly(AsyncFuture<String> lives) {
    var futures = List.of(AsyncFuture.completedFuture("quick"), lives);
    for (Coroutine<String> next : asCompleted(futures, ofHours(1))) {
      assertThat(await(next)).isEqualTo("quick");
      break;
    }
  }

  private static void awaitForgotten(AsyncFuture<String> lives) {
    Awaitility.await().untilAsserted(() -> {
      System.gc();
      AsCompleted.forgetLeft();
      assertThat(CleanRun.waiters(lives)).isZero();
    });
  }

  @Test
  void an_iteration_lives_as_long_as_a_task_waits_for_its_next() {
    CleanRun.of(() -> {
      var lives = new AsyncFuture<String>();
      Task<String> task = createTask(asCompleted(List.of(lives)).iterator().next());
      await(sleep(ZERO));
      var other = new AsyncFuture<String>();
      leaveEarly(other);
      awaitForgotten(other);
      lives.complete("at last");
      assertThat(await(task)).isEqualTo("at last");
    });
  }

  // ---- plain stages

  @Test
  void who_stops_waiting_for_a_stage_leaves_nothing_on_it() {
    CleanRun.of(() -> {
      var lives = new Stubborn<String>();
      for (int i = 0; i < MANY; i++) {
        assertThat(from(lives).cancel()).isTrue();
        assertThat(shield(lives).cancel()).isTrue();
        from(lives).complete("by hand");
        from(lives).completeExceptionally(new CancellationException());
        cancelled(createTask(async(() -> await(lives))));
        cancelled(createTask(async(() -> await(shield(lives)))));
      }
      assertThatThrownBy(() -> await(waitFor(from(lives), ZERO)))
          .isInstanceOf(AsyncTimeoutException.class);
      assertThat(lives.getNumberOfDependents()).isLessThanOrEqualTo(2);
      assertThat(EventLoop.current().activity().stagesInFlight()).isZero();

      AsyncFuture<String> patient = from(lives);
      lives.complete("at last");
      assertThat(await(patient)).isEqualTo("at last");
      assertThat(await(lives)).isEqualTo("at last");
    });
  }

  private static void cancelled(Task<?> task) {
    await(sleep(ZERO));
    task.cancel();
    await(gatherOutcomes(task));
    assertThat(task).isCancelled();
  }

  @Test
  void a_stage_that_is_no_future_is_asked_once() {
    CleanRun.of(() -> {
      var lives = new Counted();
      for (int i = 0; i < MANY; i++) {
        assertThat(from(lives.stage).cancel()).isTrue();
      }
      assertThat(lives.calls).isEqualTo(Map.of("whenComplete", 1, "toCompletableFuture", 1));
      AsyncFuture<String> patient = from(lives.stage);
      assertThat(patient).isNotDone();
      lives.future.complete("at last");
      assertThat(await(patient)).isEqualTo("at last");
    });
  }

  @Test
  void a_minimal_stage_gets_no_dependent_by_being_cancelled() {
    CleanRun.of(() -> {
      var source = new CompletableFuture<String>();
      CompletionStage<String> minimal = source.minimalCompletionStage();
      AsyncFuture<String> patient = from(minimal);
      for (int i = 0; i < MANY; i++) {
        assertThat(from(minimal).cancel()).isTrue();
      }
      assertThat(patient).isNotDone();
      source.complete("at last");
      assertThat(await(patient)).isEqualTo("at last");
      assertThat(StageHub.find(minimal)).isNull();
    });
  }

  @Test
  void a_stage_that_nobody_has_any_more_is_garbage_with_those_who_waited_for_it() {
    CleanRun.of(() -> {
      int before = CleanRun.hubs();
      var reference = new WeakReference<>(waitedForByTwo());
      assertThat(CleanRun.hubs()).isGreaterThan(before);
      Awaitility.await().untilAsserted(() -> {
        System.gc();
        StageHub.forgetCollected();
        assertThat(reference.get()).isNull();
        assertThat(CleanRun.hubs()).isLessThanOrEqualTo(before);
      });
    });
  }

  private static CompletableFuture<String> waitedForByTwo() {
    var stage = new CompletableFuture<String>();
    from(stage);
    from(stage);
    return stage;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void those_who_wait_for_a_stage_go_on_in_the_order_in_which_they_came(boolean withDependent) {
    var trace = new ArrayList<String>();
    CleanRun.of(() -> {
      var stage = new CompletableFuture<String>();
      if (withDependent) {
        stage.thenAccept(value -> trace.add("a dependent"));
      }
      var tasks = new ArrayList<Task<Void>>();
      for (String name : List.of("a", "b", "c", "d")) {
        tasks.add(createTask(async(() -> {
          trace.add(name + await(shield(stage)));
        })));
      }
      await(sleep(ZERO));
      tasks.remove(1).cancel();
      await(sleep(ZERO));
      stage.complete("!");
      await(gather(tasks));
    });
    if (withDependent) {
      assertThat(trace.remove(0)).isEqualTo("a dependent");
    }
    assertThat(trace).containsExactly("a!", "c!", "d!");
  }

  @Test
  void a_stage_that_refuses_a_dependent_refuses_each_who_waits() {
    CleanRun.of(() -> {
      var stage = new CompletableFuture<String>() {
        boolean open;

        @Override
        public int getNumberOfDependents() {
          return 1;
        }

        @Override
        public CompletableFuture<String> whenComplete(
            java.util.function.BiConsumer<? super String, ? super Throwable> action) {
          if (!open) {
            throw new IllegalStateException("not open");
          }
          return super.whenComplete(action);
        }
      };
      assertThatThrownBy(() -> await(stage)).hasMessage("not open");
      assertThatThrownBy(() -> from(stage)).hasMessage("not open");
      assertThat(StageHub.find(stage)).isNull();
      stage.open = true;
      AsyncFuture<String> future = from(stage);
      stage.complete("open");
      assertThat(await(future)).isEqualTo("open");
    });
  }

  @Test
  void tasks_of_several_loops_and_futures_of_none_share_what_is_on_a_stage() {
    var stage = new CompletableFuture<String>();
    AsyncFuture<String> early = from(stage);
    var tasks = new ArrayList<Task<String>>();
    for (int i = 0; i < 4; i++) {
      tasks.add(Async.start(async(() -> await(shield(stage)))));
    }
    Awaitility.await()
        .untilAsserted(
            () -> assertThat(tasks).allMatch(task -> task.toString().contains("suspended")));
    AsyncFuture<String> late = from(stage);
    assertThat(stage.getNumberOfDependents()).isEqualTo(1);
    stage.complete("value");
    assertThat(tasks).allMatch(task -> task.join().equals("value"));
    assertThat(early.join() + late.join()).isEqualTo("valuevalue");
  }

  // ---- shield(stage)

  @Test
  void the_shield_of_a_stage_keeps_it_from_being_cancelled() {
    CleanRun.of(() -> {
      var shared = new CompletableFuture<String>();
      AsyncFuture<String> first = shield(shared);
      Task<String> task = createTask(async(() -> await(shield(shared))), "reader");
      await(sleep(ZERO));
      assertThat(task.toString())
          .startsWith(
              "Task[name=reader, suspended on shield(stage java.util.concurrent.CompletableFuture@");
      task.cancel();
      first.cancel("why");
      assertThatThrownBy(() -> await(first))
          .isInstanceOf(CancellationException.class)
          .hasMessage("why");
      await(gatherOutcomes(task));
      assertThat(shared).isNotDone();
      shared.complete("page");
      assertThat(await(shield(shared))).isEqualTo("page");
      assertThat(shield(shared)).isCompletedWithValue("page");
    });
  }

  @Test
  void the_shield_of_a_stage_ends_as_the_stage_does() {
    CleanRun.of(() -> {
      var failure = new IllegalStateException("down");
      var fails = new CompletableFuture<String>();
      AsyncFuture<String> shield = shield(fails.thenApply(String::trim));
      fails.completeExceptionally(failure);
      assertThatThrownBy(() -> await(shield)).isSameAs(failure);

      var cancelled = new CompletableFuture<String>();
      AsyncFuture<String> other = shield(cancelled);
      cancelled.cancel(true);
      assertThatThrownBy(() -> await(other)).isInstanceOf(CancellationException.class);
    });
  }

  @Test
  void a_failure_of_a_stage_that_was_shielded_is_not_its_waiters_to_report() {
    try (var log = new CapturedLog()) {
      CleanRun.of(() -> {
        var shared = new CompletableFuture<String>();
        shield(shared).cancel();
        shared.completeExceptionally(new CompletionException(new IllegalStateException()));
        await(sleep(ZERO));
      });
      assertThat(log.errors()).isEmpty();
    }
  }

  @Test
  void a_future_of_the_library_is_shielded_alike_whatever_it_is_declared_as() {
    CleanRun.of(() -> {
      var future = new AsyncFuture<String>();
      CompletionStage<String> stage = future;
      Awaitable<String> awaitable = future;
      assertThat(List.of(shield(future), shield(stage), shield(awaitable)))
          .allMatch(shield -> shield instanceof ShieldFuture<?>);
      Task<Void> task = createTask(sleep(ofSeconds(1)));
      assertThat(shield(task)).isInstanceOf(ShieldFuture.class);
      await(task);
    });
  }

  @Test
  void it_is_refused_where_no_loop_runs() {
    assertThatThrownBy(() -> shield(new CompletableFuture<String>()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("shield() was called where no event loop runs; "
            + "wrap the code in Async.run(async(() -> ...))");
  }
}
