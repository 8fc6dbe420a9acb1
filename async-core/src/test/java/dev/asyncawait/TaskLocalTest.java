package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.spi.TaskLocal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.ServiceConfigurationError;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** State that is kept in a thread local and belongs to a task: who sees it, and that it stays with nobody else. */
class TaskLocalTest extends LoopFixture {

  private static final ThreadLocal<@Nullable String> TENANT = new ThreadLocal<>();

  private static final class TenantLocal implements TaskLocal<String> {
    @Override
    public @Nullable String capture() {
      return TENANT.get();
    }

    @Override
    public void install(String tenant) {
      assertThat(TENANT.get()).as("left on a thread").isNull();
      TENANT.set(tenant);
    }

    @Override
    public @Nullable String remove() {
      String left = TENANT.get();
      TENANT.remove();
      return left;
    }

    @Override
    public String toString() {
      return "tenant";
    }
  }

  private final List<@Nullable String> seen = Collections.synchronizedList(new ArrayList<>());

  private void see() {
    seen.add(TENANT.get());
  }

  /** Runs {@code body} with the task local, on a thread that has its own state, and looks whether that has it back. */
  private static void scenario(TaskLocal<?> local, AsyncAction body) {
    TENANT.set("caller");
    try (Runner runner = Runner.builder().taskLocal(local).build()) {
      runner.run(async(body));
      assertThat(TENANT.get()).isEqualTo("caller");
    } finally {
      TENANT.remove();
    }
  }

  private static void scenario(AsyncAction body) {
    scenario(new TenantLocal(), body);
  }

  @Test
  void main_sees_what_its_caller_has_set() {
    scenario(() -> {
      see();
      await(sleep(Duration.ZERO));
      see();
    });
    assertThat(seen).containsExactly("caller", "caller");
  }

  @Test
  void a_child_begins_with_its_makers_state_and_what_it_sets_is_its_own() {
    scenario(() -> {
      TENANT.set("maker");
      Task<?> child = createTask(async(() -> {
        see();
        await(sleep(Duration.ZERO));
        TENANT.set("child");
        await(sleep(Duration.ofMillis(1)));
        see();
      }));
      TENANT.set("later");
      await(child);
      see();
    });
    assertThat(seen).containsExactly("maker", "child", "later");
  }

  @Test
  void work_of_the_library_that_needs_no_thread_leaves_the_state_alone() {
    scenario(() -> {
      TENANT.set("maker");
      await(gather(sleep(Duration.ofMillis(1)), sleep(Duration.ZERO), async(this::see)));
      see();
    });
    assertThat(seen).containsExactly("maker", "maker");
  }

  @Test
  void an_eager_task_has_its_makers_state_and_gives_nothing_back() {
    scenario(() -> {
      TENANT.set("maker");
      Task<?> eager = createTask(
          async(() -> {
            see();
            TENANT.set("eager");
            await(sleep(Duration.ZERO));
            see();
          }),
          TaskOptions.eager());
      see();
      await(eager);
      see();
    });
    assertThat(seen).containsExactly("maker", "maker", "eager", "maker");
  }

  @Test
  void calls_and_callbacks_have_the_state_of_who_made_them() {
    scenario(() -> {
      TENANT.set("maker");
      EventLoop loop = EventLoop.current();
      var done = new AsyncFuture<String>();
      done.addDoneCallback(future -> see());
      loop.execute(this::see);
      loop.schedule(Duration.ofMillis(1), this::see);
      TENANT.set("later");
      done.complete("done");
      await(sleep(Duration.ofMillis(2)));
      await(toThread(this::see));
    });
    assertThat(seen).containsExactly("maker", "maker", "maker", "later");
  }

  @Test
  void what_another_thread_brings_has_that_threads_state() {
    scenario(() -> {
      EventLoop loop = EventLoop.current();
      var brought = new CountDownLatch(1);
      var thread = new Thread(() -> {
        TENANT.set("foreign");
        loop.execute(this::see);
        Task<?> unused = loop.submit(async(this::see));
        brought.countDown();
      });
      thread.start();
      brought.await();
      await(sleep(Duration.ZERO));
      await(sleep(Duration.ZERO));
      see();
      thread.join();
    });
    assertThat(seen).containsExactly("foreign", "foreign", "caller");
  }

  @Test
  void a_context_that_is_kept_keeps_the_state_too() {
    scenario(() -> {
      TENANT.set("session");
      TaskContext session = TaskContext.copy();
      TENANT.remove();
      await(createTask(
          async(() -> {
            see();
            TENANT.set("changed");
          }),
          TaskOptions.inContext(session)));
      await(createTask(async(this::see), TaskOptions.inContext(session)));
      session.run(() -> {
        see();
        return null;
      });
      see();
    });
    assertThat(seen).containsExactly("session", "changed", "changed", null);
  }

  @Test
  void unrelated_tasks_see_nothing_of_each_other() {
    scenario(() -> {
      TENANT.remove();
      List<Task<?>> tasks = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        String own = "tenant " + i;
        tasks.add(createTask(async(() -> {
          assertThat(TENANT.get()).isNull();
          TENANT.set(own);
          for (int turn = 0; turn < 5; turn++) {
            await(sleep(Duration.ofNanos(turn)));
            assertThat(TENANT.get()).isEqualTo(own);
          }
        })));
      }
      await(gather(tasks));
      assertThat(TENANT.get()).isNull();
    });
  }

  @Test
  void a_loop_in_the_background_carries_it_as_the_one_that_started_it() {
    scenario(() -> {
      TENANT.set("maker");
      await(Async.start(async(() -> {
        see();
        await(createTask(async(this::see)));
      })));
    });
    assertThat(seen).containsExactly("maker", "maker");
  }

  @Test
  void a_loop_that_does_not_carry_it_never_installs_it() {
    scenario(() -> {
      TENANT.set("maker");
      Runnable bound = () -> see();
      TaskContext context = TaskContext.copy();
      TENANT.remove();
      await(toThread(() -> {
        Async.run(
            async(() -> await(createTask(async(bound::run), TaskOptions.inContext(context)))));
        see();
      }));
    });
    assertThat(seen).containsExactly(null, null);
  }

  @Test
  void one_that_throws_is_logged_and_counts_as_none() {
    var broken = new TaskLocal<String>() {
      @Override
      public String capture() {
        throw new IllegalStateException("no capture");
      }

      @Override
      public void install(String state) {}

      @Override
      public String remove() {
        throw new IllegalStateException("no removal");
      }

      @Override
      public String toString() {
        return "broken";
      }
    };
    try (var log = new CapturedLog()) {
      scenario(broken, () -> await(createTask(async(() -> {}))));
      assertThat(log.errors())
          .contains(
              "the task local broken could not be captured",
              "the task local broken could not be removed");
    }
  }

  @Test
  void one_that_cannot_install_is_logged() {
    var broken = new TaskLocal<String>() {
      @Override
      public String capture() {
        return "state";
      }

      @Override
      public void install(String state) {
        throw new IllegalStateException("no place for " + state);
      }

      @Override
      public @Nullable String remove() {
        return null;
      }

      @Override
      public String toString() {
        return "broken";
      }
    };
    try (var log = new CapturedLog()) {
      scenario(broken, () -> await(createTask(async(this::see))));
      assertThat(log.errors()).contains("the task local broken could not install its state");
    }
    assertThat(seen).hasSize(1);
  }

  @Test
  @SuppressWarnings("rawtypes") // as the service loader gives them
  void those_that_can_be_loaded_are_used_though_another_cannot() {
    TaskLocal<?> sound = new TenantLocal();
    Iterable<TaskLocal> services = () -> new Iterator<>() {
      private int calls;

      @Override
      public boolean hasNext() {
        return calls < 2;
      }

      @Override
      public TaskLocal next() {
        return switch (calls++) {
          case 0 -> throw new ServiceConfigurationError("not one of them");
          case 1 -> sound;
          default -> throw new NoSuchElementException();
        };
      }
    };
    try (var log = new CapturedLog()) {
      assertThat(TaskLocals.load(services)).contains(sound).hasSize(2);
      assertThat(log.errors())
          .containsExactly(
              "a task local could not be loaded, so what it stands for is not carried");
    }
  }
}
