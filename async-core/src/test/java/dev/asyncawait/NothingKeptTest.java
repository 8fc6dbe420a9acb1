package dev.asyncawait;

import static dev.asyncawait.Async.asCompleted;
import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.cleanup;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.from;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.shield;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.timeout;
import static dev.asyncawait.Async.toThread;
import static dev.asyncawait.Async.waitFor;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is over keeps nothing of what it worked with, however long somebody keeps it. */
@SuppressWarnings("FutureReturnValueIgnored")
class NothingKeptTest {

  private static final class Payload {
    int size() {
      return 1;
    }
  }

  /** Makes something that captures a payload, lets it end, and returns it. */
  interface Scenario {
    Object playWith(Payload payload) throws Exception;
  }

  private static void assertGone(WeakReference<?> reference) {
    Awaitility.await().untilAsserted(() -> {
      System.gc();
      assertThat(reference.get()).isNull();
    });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("scenarios")
  void what_it_captured_becomes_garbage(String name, Scenario scenario) {
    var references = new ArrayList<WeakReference<Payload>>();
    Object kept = TestClock.run(async(() -> {
      var payload = new Payload();
      references.add(new WeakReference<>(payload));
      return scenario.playWith(payload);
    }));
    assertGone(references.get(0));
    assertThat(kept).as("is still there").isNotNull();
  }

  static Stream<Arguments> scenarios() {
    return Stream.of(
        scenario("a task that is done", payload -> {
          Task<Integer> task = createTask(async(payload::size));
          await(task);
          return task;
        }),
        scenario("a task that suspended and is done", payload -> {
          Task<Integer> task = createTask(async(() -> {
            await(sleep(ofSeconds(1)));
            return payload.size();
          }));
          await(task);
          return task;
        }),
        scenario("a task that never began", payload -> {
          Task<Integer> task = createTask(async(payload::size));
          task.cancel();
          await(gatherOutcomes(task));
          return task;
        }),
        scenario("a task with a context variable", payload -> {
          var variable = new ContextVar<@org.jspecify.annotations.Nullable Payload>("payload");
          Task<Void> task = createTask(async(() -> {
            variable.set(payload);
          }));
          await(task);
          return task;
        }),
        scenario("a coroutine that was awaited", payload -> {
          Coroutine<Integer> coroutine = async(payload::size);
          await(coroutine);
          assertThatThrownBy(() -> await(coroutine))
              .hasMessage(
                  "coroutine 'async body in dev.asyncawait.NothingKeptTest' was already awaited; "
                      + "call the method again for a new one");
          return coroutine;
        }),
        scenario("a coroutine that was dropped", payload -> {
          Coroutine<Integer> coroutine = async(payload::size);
          coroutine.drop();
          return coroutine;
        }),
        scenario("a coroutine of a call on a thread", payload -> used(toThread(payload::size))),
        scenario(
            "a coroutine of a limit", payload -> used(waitFor(async(payload::size), ofSeconds(1)))),
        scenario("a coroutine of cleanup", payload -> used(cleanup(ofSeconds(1), payload::size))),
        scenario("a lock's block", payload -> used(new AsyncLock().run(payload::size))),
        scenario("a put into a queue", payload -> {
          AsyncQueue<Payload> queue = AsyncQueue.fifo();
          Coroutine<Void> put = used(queue.put(payload));
          queue.tryTake();
          return List.of(put, queue);
        }),
        scenario("the loop over a queue", payload -> {
          AsyncQueue<String> queue = AsyncQueue.fifo();
          queue.tryPut("a");
          queue.shutdown();
          return List.of(queue, used(queue.forEach(item -> payload.size())));
        }),
        scenario("a group", payload -> {
          TaskGroup group = taskGroup();
          await(group.run(() -> {
            group.createTask(async(() -> {
              await(sleep(ofSeconds(1)));
              payload.size();
            }));
          }));
          return group;
        }),
        scenario("a timeout", payload -> {
          Timeout timeout = timeout(ofHours(1));
          await(timeout.run(() -> {
            payload.size();
          }));
          return timeout;
        }),
        scenario("a timer that has run", payload -> {
          TimerHandle timer = EventLoop.current().schedule(ofSeconds(1), payload::size);
          await(sleep(ofSeconds(2)));
          return timer;
        }),
        scenario("a timer that was cancelled", payload -> {
          TimerHandle timer = EventLoop.current().schedule(ofHours(1), payload::size);
          timer.cancel();
          return timer;
        }),
        scenario("a call whose executor has not come to it", payload -> {
          var queue = new ArrayList<Runnable>();
          Executor later = queue::add;
          Task<Integer> task = createTask(toThread(payload::size, CallOptions.onExecutor(later)));
          await(sleep(ZERO));
          task.cancel();
          await(gatherOutcomes(task));
          assertThat(queue).hasSize(1);
          return queue;
        }),
        scenario("a future and its callbacks", payload -> {
          var future = new AsyncFuture<Void>();
          Consumer<AsyncFuture<Void>> removed = done -> payload.size();
          future.addDoneCallback(removed);
          future.removeDoneCallback(removed);
          future.addDoneCallback(done -> payload.size());
          future.complete(null);
          await(sleep(ZERO));
          return future;
        }),
        scenario("a task that raced", payload -> {
          Task<Integer> raced = createTask(Async.race(async(() -> 1), async(payload::size)));
          await(raced);
          return raced;
        }),
        scenario("a gather and what combined its results", payload -> {
          AsyncFuture<Integer> gathered =
              gather(async(() -> 1), async(() -> 2), (one, two) -> payload.size());
          await(gathered);
          return gathered;
        }),
        scenario("a gather and what it waited for", payload -> {
          var child = new AsyncFuture<Payload>();
          AsyncFuture<List<Object>> failed =
              gather(child, AsyncFuture.failedFuture(new IllegalStateException()));
          await(gatherOutcomes(failed));
          child.complete(payload);
          return failed;
        }),
        scenario("a shield and what it shielded", payload -> {
          var inner = new AsyncFuture<Payload>();
          AsyncFuture<Payload> shield = shield(inner);
          shield.cancel();
          inner.complete(payload);
          assertThat(shield).hasToString("shield(a future)[cancelled]");
          return shield;
        }),
        scenario("what mirrored a stage", payload -> {
          var stage = new CompletableFuture<Payload>() {
            @Override
            public boolean cancel(boolean mayInterruptIfRunning) {
              return false;
            }
          };
          AsyncFuture<Payload> future = from(stage);
          future.cancel();
          stage.complete(payload);
          return future;
        }),
        scenario("an iteration that has come to its end", payload -> {
          Iterable<Coroutine<Object>> iteration =
              asCompleted(List.of(async(() -> payload), async(() -> 1)));
          for (Coroutine<Object> next : iteration) {
            await(next);
          }
          return iteration;
        }),
        scenario("the token of a context variable", payload -> {
          var variable = new ContextVar<Object>("variable");
          variable.set(payload);
          var token = variable.set(1);
          token.close();
          variable.set(2);
          return token;
        }));
  }

  private static Arguments scenario(String name, Scenario scenario) {
    return Arguments.of(name, scenario);
  }

  private static <T> Coroutine<T> used(Coroutine<T> coroutine) {
    await(coroutine);
    return coroutine;
  }

  @Test
  void a_task_of_an_abandoned_loop_keeps_nothing_either() {
    var tasks = new ArrayList<Task<?>>();
    var references = new ArrayList<WeakReference<Payload>>();
    assertThatThrownBy(() -> Async.run(async(() -> {
          var payload = new Payload();
          references.add(new WeakReference<>(payload));
          tasks.add(createTask(async(payload::size)));
          EventLoop.current().abandon(new IllegalStateException("for the test"));
          await(sleep(ZERO));
        })))
        .hasMessage("for the test");
    assertGone(references.get(0));
    assertThat(tasks).hasSize(1);
  }

  /** On its way to sleep a task's thread has passed the baton to others, which are over by now. */
  @Test
  void a_thread_that_is_parked_keeps_no_task_that_is_done() {
    Async.run(async(() -> {
      var tasks = new ArrayList<WeakReference<?>>();
      for (int i = 0; i < 3; i++) {
        tasks.add(new WeakReference<>(createTask(async(() -> {
          await(sleep(ZERO));
        }))));
      }
      await(toThread(() -> tasks.forEach(NothingKeptTest::assertGone)));
    }));
  }
}
