package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.waitFor;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofNanos;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Tasks of a group that begin, or end, in another way than most: in the background, when they are ready, when told to. */
class TaskGroupLifetimesTest extends TaskGroupFixture {

  private static void assertTime(Duration time) {
    assertThat(EventLoop.current().time()).isEqualTo(time);
  }

  // ---- in the background

  @Test
  void a_background_task_is_cancelled_and_awaited_when_all_else_has_ended() {
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      String value = await(group.run(() -> {
        group.createBackground(async(() -> {
          try {
            await(sleep(ofHours(9)));
          } finally {
            await(sleep(ofSeconds(1)));
            trace.add("background cleaned up");
          }
        }));
        group.createTask(job("a", ofMinutes(2)));
        await(sleep(ofMinutes(1)));
        return "value";
      }));
      assertThat(value).isEqualTo("value");
      assertTime(ofMinutes(2).plusSeconds(1));
    });
    assertThat(trace).containsExactly("a done", "background cleaned up");
  }

  @Test
  void a_group_of_background_tasks_alone_ends_with_its_body() {
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      await(group.run(() -> {
        group.createBackground(job("a", ofHours(1)));
        group.createBackground(job("b", ofHours(1)), TaskOptions.named("b").withEagerStart());
        await(sleep(ofMinutes(1)));
      }));
      assertTime(ofMinutes(1));
    });
    assertThat(trace).containsExactly("a cancelled", "b cancelled");
  }

  @Test
  void a_background_task_that_ends_before_is_as_any_other() {
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      await(group.run(() -> {
        group.createBackground(job("a", ofMinutes(1)));
        group.createTask(job("b", ofMinutes(2)));
      }));
    });
    assertThat(trace).containsExactly("a done", "b done");
  }

  @Test
  void the_failure_of_a_background_task_fails_the_group_also_in_its_cleanup() {
    CleanRun.of(() -> {
      var failure = broken("background");
      TaskGroup group = taskGroup();
      assertThatThrownBy(() -> await(group.run(() -> {
            group.createBackground(failing(ofMinutes(1), failure));
            await(sleep(ofHours(1)));
          })))
          .isSameAs(failure);
      TaskGroup other = taskGroup();
      assertThatThrownBy(() -> await(other.run(() -> {
            other.createBackground(failingCleanup(failure));
            await(sleep(ZERO));
          })))
          .isSameAs(failure);
    });
  }

  @Test
  void cleanup_of_a_background_task_may_add_others_which_are_awaited() {
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      await(group.run(() -> {
        group.createBackground(async(() -> {
          try {
            await(sleep(ofHours(9)));
          } finally {
            group.createTask(job("last", ofMinutes(1)));
          }
        }));
        await(sleep(ZERO));
      }));
      assertTime(ofMinutes(1));
    });
    assertThat(trace).containsExactly("last done");
  }

  @Test
  void one_that_begins_in_the_cleanup_of_another_is_cancelled_with_it() {
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      await(group.run(() -> {
        group.createBackground(
            async(() -> {
              try {
                await(sleep(ofHours(9)));
              } finally {
                group.createTask(async(() -> {
                  Task<String> late = group.createBackground(job("late", ofHours(9)), "late");
                  assertThat(late.getName()).isEqualTo("late");
                  await(sleep(ofMinutes(1)));
                }));
                group.createBackground(job("other", ofHours(9)));
              }
            }),
            "first");
        await(sleep(ofMinutes(1)));
      }));
      assertTime(ofMinutes(2));
    });
    assertThat(trace).containsExactlyInAnyOrder("other cancelled", "late cancelled");
  }

  /** Takes a minute to clean up, and says how often it was asked to end. */
  private Coroutine<Void> cleansUp() {
    return async(() -> {
      try {
        await(sleep(ofHours(9)));
      } finally {
        await(sleep(ofMinutes(1)));
        trace.add("cleaned up, requests: " + currentTask().cancelling());
      }
    });
  }

  @Test
  void the_cleanup_of_a_background_task_is_not_cut_short_by_another_that_fails() {
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      var failure = broken("in cleanup");
      assertThatThrownBy(() -> await(group.run(() -> {
            group.createBackground(async(() -> {
              try {
                await(sleep(ofHours(9)));
              } catch (CancellationException cancelled) {
                await(sleep(ofSeconds(1)));
                throw failure;
              }
            }));
            group.createBackground(cleansUp());
            await(sleep(ofSeconds(1)));
          })))
          .isSameAs(failure);
    });
    assertThat(trace).containsExactly("cleaned up, requests: 1");
  }

  @Test
  void the_cleanup_of_a_background_task_is_not_cut_short_by_who_cancels_the_block() {
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      Coroutine<Void> block = group.run(() -> {
        group.createBackground(cleansUp());
        await(sleep(ofSeconds(1)));
      });
      assertThatThrownBy(() -> await(waitFor(block, ofSeconds(10))))
          .isInstanceOf(AsyncTimeoutException.class);
    });
    assertThat(trace).containsExactly("cleaned up, requests: 1");
  }

  // ---- when they are ready

  @Test
  void start_gives_what_the_task_says_when_it_is_ready_and_that_goes_on() {
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      await(group.run(() -> {
        Coroutine<Integer> starting = group.start(ready -> {
          await(sleep(ofMinutes(1)));
          ready.complete(8080);
          trace.add("served by " + await(job("server", ofHours(1))));
        });
        assertThat(await(starting)).isEqualTo(8080);
        assertTime(ofMinutes(1));
      }));
      assertTime(ofHours(1).plusMinutes(1));
    });
    assertThat(trace).containsExactly("server done", "served by server");
  }

  @Test
  void a_failure_before_it_is_ready_is_that_of_start_alone() {
    var failure = broken("no port");
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      await(group.run(() -> {
        group.createTask(job("other", ofHours(1)));
        Coroutine<Integer> starting = group.start(ready -> {
          await(sleep(ofMinutes(1)));
          throw failure;
        });
        assertThatThrownBy(() -> await(starting)).isSameAs(failure);
      }));
      assertThat(group.failures()).isEmpty();
    });
    assertThat(trace).containsExactly("other done");
  }

  @Test
  void a_failure_after_it_was_ready_is_the_groups() {
    var failure = broken("connection lost");
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      assertThatThrownBy(() -> await(group.run(() -> {
            group.createTask(job("other", ofHours(1)));
            Coroutine<String> starting = group.start(ready -> {
              ready.complete("ready");
              await(sleep(ofMinutes(1)));
              throw failure;
            });
            trace.add(await(starting));
          })))
          .isSameAs(failure);
    });
    assertThat(trace).containsExactly("ready", "other cancelled");
  }

  @Test
  void one_that_never_is_ready_is_an_error() {
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      await(group.run(() -> {
        Coroutine<Integer> starting = group.start(ready -> await(sleep(ZERO)));
        assertThatThrownBy(() -> await(starting))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageEndingWith("ended without saying that it was ready;"
                + " have it complete the future that it is given");
      }));
    });
  }

  @Test
  void one_that_says_that_it_never_will_be_ready_fails_the_start() {
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      await(group.run(() -> {
        Coroutine<Integer> starting = group.start(ready -> {
          ready.completeExceptionally(broken("no port"));
          await(sleep(ofMinutes(1)));
        });
        assertThatThrownBy(() -> await(starting)).hasMessage("no port");
      }));
      assertTime(ofMinutes(1));
    });
  }

  @Test
  void cancelling_who_waits_for_it_cancels_what_is_not_ready() {
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      await(group.run(() -> {
        Coroutine<Integer> starting = group.start(ready -> await(job("server", ofHours(1))));
        Task<Integer> waiting = createTask(starting);
        await(sleep(ofMinutes(1)));
        assertThat(waiting).asString().contains("suspended on");
        assertThat(waiting.waitsFor()).hasSize(1);
        waiting.cancel();
        assertThatThrownBy(() -> await(waiting)).isInstanceOf(CancellationException.class);
      }));
      assertTime(ofMinutes(1));
    });
    assertThat(trace).containsExactly("server cancelled");
  }

  @Test
  void a_failure_before_it_was_ready_is_not_lost_if_somebody_completes_the_future_then() {
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      var failure = broken("down");
      assertThatThrownBy(() -> await(group.run(() -> {
            Coroutine<Integer> starting = group.start(ready -> {
              EventLoop.current().execute(() -> ready.complete(7));
              throw failure;
            });
            trace.add("port " + await(starting));
          })))
          .isSameAs(failure);
    });
    assertThat(trace).isEmpty();
  }

  @Test
  void the_cleanup_of_one_that_starts_is_not_cut_short_by_the_end_of_the_group() {
    CleanRun.of(() -> {
      TaskGroup failed = taskGroup();
      assertThatThrownBy(() -> await(failed.run(() -> {
            failed.createTask(failing(ofSeconds(1), broken("sibling")));
            await(failed.<Integer>start(ready -> await(cleansUp())));
          })))
          .hasMessage("sibling");
      TaskGroup limited = taskGroup();
      Coroutine<Void> block =
          limited.run(() -> await(limited.<Void>start(ready -> await(cleansUp()))));
      assertThatThrownBy(() -> await(waitFor(block, ofSeconds(1))))
          .isInstanceOf(AsyncTimeoutException.class);
      TaskGroup cancelled = taskGroup();
      var unused = EventLoop.current().schedule(ofSeconds(1), cancelled::cancel);
      await(cancelled.run(() -> await(cancelled.<Void>start(ready -> await(cleansUp())))));
    });
    assertThat(trace)
        .containsExactly(
            "cleaned up, requests: 1", "cleaned up, requests: 1", "cleaned up, requests: 1");
  }

  @Test
  void start_begins_nothing_where_a_group_accepts_nothing() {
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      assertThatThrownBy(() -> group.createBackground(job("never", ZERO)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("accepts no tasks yet");
      Coroutine<Integer> starting = group.start(ready -> trace.add("never"));
      assertThatThrownBy(() -> await(starting))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("accepts no tasks yet");
    });
    assertThat(trace).isEmpty();
  }

  // ---- when they are told to

  @Test
  void tasks_that_are_told_may_finish_and_what_does_not_is_cancelled() {
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      await(group.run(() -> {
        group.createTask(async(() -> {
          while (!group.isStopping()) {
            await(sleep(ofMinutes(1)));
          }
          trace.add("has asked");
        }));
        group.createTask(async(() -> {
          await(group.untilStopping());
          trace.add("was told");
        }));
        group.createTask(job("deaf", ofHours(9)));
        await(sleep(ofSeconds(90)));
        group.stop(ofMinutes(5));
      }));
      assertTime(ofMinutes(6).plusSeconds(30));
    });
    assertThat(trace).containsExactly("was told", "has asked", "deaf cancelled");
  }

  @Test
  void a_group_whose_tasks_have_finished_leaves_no_timer() {
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      await(group.run(() -> {
        group.createTask(job("a", ofMinutes(1)));
        group.stop(ofHours(1));
      }));
      assertTime(ofMinutes(1));
      group.stop(ofHours(1));
    });
  }

  @Test
  void the_shortest_grace_counts_whichever_was_given_first() {
    CleanRun.of(() -> {
      for (int first = 0; first < 2; first++) {
        Duration began = EventLoop.current().time();
        TaskGroup group = taskGroup();
        Duration[] graces = {ofMinutes(5), ofMinutes(2)};
        int earlier = first;
        await(group.run(() -> {
          group.createTask(job("a", ofHours(1)));
          group.stop(graces[earlier]);
          group.stop(graces[1 - earlier]);
        }));
        assertTime(began.plus(ofMinutes(2)));
      }
    });
  }

  @Test
  void without_grace_it_cancels() {
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      await(group.run(() -> {
        group.createTask(job("a", ofHours(1)));
        await(sleep(ZERO));
        group.stop(ZERO);
        assertThat(group.isStopping()).isTrue();
      }));
      assertTime(ZERO);
    });
    assertThat(trace).containsExactly("a cancelled");
  }

  @Test
  void a_group_that_was_told_before_it_began_has_the_grace_from_there() {
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      assertThat(group.isStopping()).isFalse();
      group.stop(ofMinutes(5));
      await(sleep(ofHours(1)));
      await(group.run(() -> {
        assertThat(group.isStopping()).isTrue();
        group.createTask(job("a", ofHours(9)));
      }));
      assertTime(ofHours(1).plusMinutes(5));
    });
  }

  @Test
  void before_it_begins_the_shortest_grace_counts_as_well() {
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      group.stop(ofMinutes(5));
      group.stop(ofMinutes(2));
      group.stop(ofMinutes(9));
      await(group.run(() -> {
        group.createTask(job("a", ofHours(9)));
      }));
      assertTime(ofMinutes(2));
    });
  }

  @Test
  void one_that_was_told_and_cancelled_before_it_began_leaves_no_timer() {
    CleanRun.of(() -> {
      TaskGroup group = taskGroup();
      group.stop(ofHours(1));
      group.cancel();
      AsyncAction never = () -> trace.add("never");
      await(group.run(never));
    });
    assertThat(trace).isEmpty();
  }

  @Test
  void a_policy_does_not_ask_for_more_when_the_grace_has_passed() {
    CleanRun.of(() -> {
      TaskGroup group = taskGroup(CompletionPolicy.successes(2));
      await(group.run(() -> {
        group.createTask(job("a", ofHours(9)));
        group.stop(ofMinutes(1));
      }));
      assertTime(ofMinutes(1));
    });
  }

  /** Who enters says so before it looks for a grace, and who gives one the other way round. */
  @Test
  void a_thread_that_tells_them_as_the_block_begins_is_heard() throws Exception {
    for (int round = 0; round < 200; round++) {
      TaskGroup workers = taskGroup();
      var go = new CountDownLatch(1);
      var thread = new Thread(() -> {
        try {
          go.await();
          workers.stop(ofNanos(1));
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      });
      thread.start();
      Task<Void> main = Async.start(async(() -> {
        go.countDown();
        await(workers.run(() -> await(sleep(ofHours(1)))));
      }));
      assertThat(main.get()).isNull();
      thread.join();
    }
  }

  @Test
  void any_thread_may_tell_them() throws Exception {
    var group = new AtomicReference<TaskGroup>();
    Task<Void> main = Async.start(async(() -> {
      TaskGroup workers = taskGroup();
      await(workers.run(() -> {
        workers.createTask(workers.untilStopping());
        group.set(workers);
      }));
    }));
    while (group.get() == null) {
      Thread.onSpinWait();
    }
    group.get().stop(ofHours(1));
    main.get();
    assertThat(group.get()).asString().endsWith("closed]");
  }
}
