package dev.asyncawait.conformance.anyorder;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.conformance.anyorder.Steps.turn;
import static dev.asyncawait.conformance.anyorder.Steps.turns;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.AsyncFuture;
import dev.asyncawait.ContextVar;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.Task;
import dev.asyncawait.TaskGroup;
import dev.asyncawait.test.AsyncTest;
import java.util.ArrayList;
import java.util.List;

/** What a task sees of context variables whoever runs next. */
class ContextVarsInAnyOrderTest {

  private static final ContextVar<String> PATH = new ContextVar<>("path", "");

  /** Each sets its own path beneath that of its creator, and finds it as it was after every turn. */
  private static Coroutine<Void> descends(int depth, String expected, List<String> leaves) {
    return async(() -> {
      assertThat(PATH.get()).isEqualTo(expected);
      turn();
      assertThat(PATH.get()).isEqualTo(expected);
      if (depth == 0) {
        leaves.add(PATH.get());
        return;
      }
      TaskGroup group = taskGroup();
      await(group.run(() -> {
        for (String name : List.of("a", "b")) {
          String path = expected + name;
          try (var token = PATH.set(path)) {
            assertThat(token).isNotNull();
            group.createTask(descends(depth - 1, path, leaves), path);
            turn();
            assertThat(PATH.get()).isEqualTo(path);
          }
          assertThat(PATH.get()).isEqualTo(expected);
        }
      }));
      assertThat(PATH.get()).isEqualTo(expected);
    });
  }

  @AsyncTest(schedules = 200)
  void a_task_sees_what_was_set_when_it_was_created_and_keeps_what_it_sets_to_itself() {
    List<String> leaves = new ArrayList<>();
    await(descends(3, "", leaves));
    assertThat(leaves)
        .containsExactlyInAnyOrder("aaa", "aab", "aba", "abb", "baa", "bab", "bba", "bbb");
  }

  @AsyncTest(schedules = 200)
  void a_coroutine_that_is_awaited_sets_for_its_caller_and_one_that_becomes_a_task_does_not() {
    List<Task<Void>> tasks = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      Coroutine<Void> works = async(() -> {
        PATH.set(name);
        await(extend("1"));
        assertThat(PATH.get()).isEqualTo(name + "1");
        await(gather(extend("2"), extend("3")));
        assertThat(PATH.get()).isEqualTo(name + "1");
        await(extend("4"));
        assertThat(PATH.get()).isEqualTo(name + "14");
      });
      tasks.add(createTask(works, name));
    }
    await(gather(tasks));
    assertThat(PATH.get()).isEmpty();
  }

  private static Coroutine<Void> extend(String more) {
    return async(() -> {
      turn();
      String before = PATH.get();
      PATH.set(before + more);
      turn();
      assertThat(PATH.get()).isEqualTo(before + more);
    });
  }

  @AsyncTest(schedules = 200)
  void a_callback_sees_what_was_set_when_it_was_asked_for() {
    List<String> seen = new ArrayList<>();
    List<Task<Void>> tasks = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      Coroutine<Void> asks = async(() -> {
        var called = new AsyncFuture<Boolean>();
        PATH.set(name);
        turn();
        EventLoop.current().execute(() -> {
          seen.add(PATH.get());
          PATH.set("of the callback");
          called.complete(true);
        });
        PATH.set(name + " later");
        turns(2);
        assertThat(await(called)).isTrue();
        assertThat(PATH.get()).isEqualTo(name + " later");
      });
      tasks.add(createTask(asks, name));
    }
    await(gather(tasks));
    assertThat(seen).containsExactlyInAnyOrder("a", "b", "c");
  }
}
