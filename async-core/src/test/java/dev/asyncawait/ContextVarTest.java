package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.cleanup;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class ContextVarTest {

  private static final ContextVar<String> USER = new ContextVar<>("user");
  private static final ContextVar<String> COLOUR = new ContextVar<>("colour", "red");

  @AfterEach
  void clear() {
    MDC.clear();
  }

  // ---- values

  @Test
  void without_a_value_it_gives_its_default_or_says_what_is_missing() {
    TestClock.run(async(() -> {
      assertThat(COLOUR.get()).isEqualTo("red");
      assertThat(COLOUR.orElse("blue")).isEqualTo("blue");
      assertThat(USER.orElse("nobody")).isEqualTo("nobody");
      assertThatThrownBy(USER::get)
          .isInstanceOf(NoSuchElementException.class)
          .hasMessage(
              "ContextVar 'user' has no value here and no default; set() it first or use orElse()");
    }));
  }

  @Test
  void null_is_a_value() {
    TestClock.run(async(() -> {
      COLOUR.set(null);
      assertThat(COLOUR.get()).isNull();
      assertThat(COLOUR.orElse("blue")).isNull();
    }));
  }

  @Test
  void closing_the_token_brings_back_what_was_before_once() {
    TestClock.run(async(() -> {
      try (var outer = USER.set("ada")) {
        var inner = USER.set("bob");
        inner.close();
        assertThat(USER.get()).isEqualTo("ada");
        var third = USER.set("cy");
        inner.close();
        assertThat(USER.get()).isEqualTo("cy");
        third.close();
      }
      assertThat(USER.orElse("nobody")).isEqualTo("nobody");
    }));
  }

  @Test
  void a_token_is_closed_where_it_was_got() {
    TestClock.run(async(() -> {
      ContextVar.Token token = USER.set("ada");
      await(createTask(async(() -> assertThatThrownBy(token::close)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the value of ContextVar[user] was set in another context; "
              + "close the token in the task that got it"))));
      assertThat(USER.get()).isEqualTo("ada");
    }));
  }

  // ---- who sees what

  @Test
  void a_task_begins_with_a_copy_and_keeps_its_own_across_awaits() {
    var seen = new ArrayList<String>();
    TestClock.run(async(() -> {
      USER.set("main");
      for (String name : List.of("a", "b")) {
        var task = createTask(async(() -> {
          seen.add(USER.get());
          USER.set(name);
          await(sleep(Duration.ofSeconds(1)));
          seen.add(USER.get());
        }));
        assertThat(task.isDone()).isFalse();
      }
      USER.set("later");
      await(sleep(Duration.ofSeconds(2)));
      seen.add(USER.get());
    }));
    assertThat(seen).containsExactly("main", "main", "a", "b", "later");
  }

  @Test
  void callbacks_begin_with_a_copy_and_change_nobody_elses() {
    var seen = new ArrayList<String>();
    TestClock.run(async(() -> {
      EventLoop loop = EventLoop.current();
      USER.set("main");
      var future = new AsyncFuture<String>();
      future.addDoneCallback(done -> seen.add("done " + USER.get()));
      loop.execute(() -> {
        seen.add("execute " + USER.get());
        USER.set("callback");
      });
      TimerHandle timer =
          loop.schedule(Duration.ofSeconds(1), () -> seen.add("timer " + USER.get()));
      assertThat(timer.isCancelled()).isFalse();
      USER.set("later");
      future.complete("x");
      await(sleep(Duration.ofSeconds(2)));
      seen.add(USER.get());
    }));
    assertThat(seen).containsExactly("execute main", "done main", "timer main", "later");
  }

  @Test
  void what_a_callback_without_a_context_sets_is_gone_with_it() {
    var seen = new ArrayList<String>();
    TestClock.run(async(() -> {
      EventLoop loop = EventLoop.current();
      loop.execute(() -> {
        USER.set("callback");
        seen.add(USER.get());
        loop.execute(() -> seen.add("inner " + USER.get()));
      });
      loop.execute(() -> seen.add(USER.orElse("nobody")));
      await(sleep(Duration.ZERO));
      await(sleep(Duration.ZERO));
    }));
    assertThat(seen).containsExactly("callback", "nobody", "inner callback");
  }

  @Test
  void a_context_that_is_given_is_shared() {
    TestClock.run(async(() -> {
      TaskContext shared = TaskContext.copy();
      await(createTask(
          async(() -> {
            USER.set("ada");
          }),
          TaskOptions.inContext(shared)));
      assertThat(USER.orElse("nobody")).isEqualTo("nobody");
      assertThat(await(createTask(async(() -> USER.get()), TaskOptions.inContext(shared))))
          .isEqualTo("ada");
      assertThat(shared.run(USER::get)).isEqualTo("ada");
      assertThat(shared).hasToString("TaskContext[user=ada]");
    }));
  }

  @Test
  void code_run_in_a_context_may_await() {
    TestClock.run(async(() -> {
      USER.set("main");
      TaskContext other = TaskContext.copy();
      String seen = other.run(() -> {
        USER.set("other");
        await(sleep(Duration.ofSeconds(1)));
        return await(createTask(async(() -> USER.get())));
      });
      assertThat(seen).isEqualTo("other");
      assertThat(USER.get()).isEqualTo("main");
    }));
  }

  @Test
  void what_is_run_in_a_context_throws_what_it_throws_and_the_callers_context_is_back() {
    TestClock.run(async(() -> {
      USER.set("main");
      var failure = new IOException("checked");
      assertThatThrownBy(() -> TaskContext.copy().run(() -> {
            USER.set("other");
            throw failure;
          }))
          .isSameAs(failure);
      assertThat(USER.get()).isEqualTo("main");
    }));
  }

  @Test
  void run_takes_the_threads_values_along_and_gives_none_back() {
    try (var token = USER.set("thread")) {
      String seen = Async.run(async(() -> {
        String before = USER.get();
        USER.set("main");
        return before;
      }));
      assertThat(seen).isEqualTo("thread");
      assertThat(USER.get()).isEqualTo("thread");
    }
    assertThat(USER.orElse("nobody")).isEqualTo("nobody");
  }

  @Test
  void the_mains_of_a_runner_share_one_context() {
    try (var runner = new Runner()) {
      runner.run(async(() -> {
        USER.set("first");
      }));
      assertThat(runner.run(async(() -> USER.get()))).isEqualTo("first");
    }
  }

  @Test
  void what_is_submitted_from_another_thread_begins_with_that_threads_values() {
    try (var token = USER.set("outside");
        var runner = new Runner()) {
      Task<String> task = runner.loop().submit(async(() -> USER.get()));
      assertThat(runner.run(async(() -> await(task)))).isEqualTo("outside");
    }
  }

  @Test
  void a_call_on_a_thread_begins_with_the_tasks_values() {
    Async.run(async(() -> {
      USER.set("main");
      String seen = await(toThread(() -> {
        String before = USER.get();
        USER.set("thread");
        return before;
      }));
      assertThat(seen).isEqualTo("main");
      assertThat(USER.get()).isEqualTo("main");
    }));
  }

  @Test
  void an_eager_task_runs_in_a_copy_and_gives_the_creator_its_own_back() {
    TestClock.run(async(() -> {
      USER.set("main");
      Task<String> eager = createTask(
          async(() -> {
            String before = USER.get();
            USER.set("eager");
            return before;
          }),
          TaskOptions.eager());
      assertThat(eager.resultNow()).isEqualTo("main");
      assertThat(USER.get()).isEqualTo("main");
    }));
  }

  @Test
  void cleanup_runs_in_the_context_of_its_task() {
    TestClock.run(async(() -> {
      USER.set("main");
      await(cleanup(Duration.ofSeconds(1), () -> {
        assertThat(USER.get()).isEqualTo("main");
      }));
    }));
  }

  // ---- MDC

  @Test
  void a_task_and_its_children_keep_the_mdc_of_their_creator() {
    var seen = new ArrayList<String>();
    TestClock.run(async(() -> {
      MDC.put("request", "1");
      var first = createTask(async(() -> {
        await(sleep(Duration.ofSeconds(1)));
        seen.add("first " + MDC.get("request"));
        await(createTask(async(() -> seen.add("child " + MDC.get("request")))));
        MDC.put("request", "1b");
        await(sleep(Duration.ofSeconds(1)));
        seen.add("first " + MDC.get("request"));
      }));
      MDC.put("request", "2");
      var second = createTask(async(() -> {
        seen.add("second " + MDC.get("request"));
        await(toThread(() -> seen.add("thread " + MDC.get("request"))));
      }));
      MDC.remove("request");
      var third = createTask(async(() -> seen.add("third " + MDC.get("request"))));
      await(second);
      await(third);
      await(first);
    }));
    assertThat(seen)
        .containsExactlyInAnyOrder(
            "first 1", "child 1", "first 1b", "second 2", "thread 2", "third null");
  }

  @Test
  void a_task_leaves_no_mdc_on_the_thread_it_ran_on() {
    var seen = new ArrayList<Map<String, String>>();
    TestClock.run(async(() -> {
      for (int i = 0; i < 20; i++) {
        await(createTask(async(() -> {
          seen.add(MDC.getCopyOfContextMap());
          MDC.put("left", "behind");
        })));
        EventLoop.current().execute(() -> {
          seen.add(MDC.getCopyOfContextMap());
          MDC.put("left", "behind");
        });
        await(sleep(Duration.ZERO));
      }
    }));
    assertThat(seen).hasSize(40).allMatch(map -> map == null || map.isEmpty());
  }

  @Test
  void the_caller_of_run_has_its_own_mdc_back() {
    MDC.put("request", "caller");
    String seen = Async.run(async(() -> {
      String before = MDC.get("request");
      MDC.put("request", "main");
      EventLoop.current().execute(() -> {});
      await(sleep(Duration.ZERO));
      return before + " " + MDC.get("request");
    }));
    assertThat(seen).isEqualTo("caller main");
    assertThat(MDC.getCopyOfContextMap()).containsExactly(Map.entry("request", "caller"));
  }
}
