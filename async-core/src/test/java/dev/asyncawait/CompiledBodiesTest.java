package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.waitFor;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.asyncawait.spi.StateMachine;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

/** Bodies that run as state machines, among themselves and among bodies that park their threads. */
class CompiledBodiesTest {

  private final ScriptedBody.Compiler compiler = new ScriptedBody.Compiler();
  private final List<String> trace = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    compiler.close();
  }

  /** A body that is compiled. */
  private static <T> ScriptedBody<T> body() {
    return new ScriptedBody<>() {};
  }

  private static ScriptedBody.Result result(Object value) {
    return new ScriptedBody.Result(value);
  }

  /** Yields once and says so, before and after. */
  private ScriptedBody<String> yielding(String name) {
    return CompiledBodiesTest.<String>body()
        .then((value, error) -> {
          trace.add(name + " begins");
          return sleep(ZERO);
        })
        .then((value, error) -> {
          trace.add(name + " goes on");
          return result(name);
        });
  }

  // ---- running

  @Test
  void tasks_take_turns_without_a_thread_each() {
    var threads = new AtomicInteger();
    try (Runner runner = Runner.builder()
        .driverThreads(work -> {
          threads.incrementAndGet();
          return new Thread(work);
        })
        .build()) {
      List<String> names = runner.run(async(
          () -> await(gather(async(yielding("a")), async(yielding("b")), async(yielding("c"))))));
      assertThat(names).containsExactly("a", "b", "c");
    }
    assertThat(trace)
        .containsExactly("a begins", "b begins", "c begins", "a goes on", "b goes on", "c goes on");
    assertThat(threads).hasValue(1);
  }

  @Test
  void main_may_be_one() {
    assertThat(Async.run(async(yielding("main")))).isEqualTo("main");
  }

  @Test
  void it_may_be_started_eagerly() {
    Async.run(async(() -> {
      Task<String> task = createTask(async(yielding("eager")), TaskOptions.eager());
      assertThat(trace).containsExactly("eager begins");
      assertThat(await(task)).isEqualTo("eager");
    }));
  }

  @Test
  void it_awaits_coroutines_futures_and_stages() {
    var future = new AsyncFuture<String>();
    var stage = new CompletableFuture<String>();
    ScriptedBody<String> outer = CompiledBodiesTest.<String>body()
        .then((value, error) -> async(yielding("inner")))
        .then((value, error) -> {
          trace.add("got " + value);
          return future;
        })
        .then((value, error) -> {
          trace.add("got " + value);
          return stage;
        })
        .then((value, error) -> result(value));
    String end = Async.run(async(() -> {
      Task<String> task = createTask(async(outer));
      await(sleep(ofMillis(1)));
      future.complete("future");
      await(sleep(ofMillis(1)));
      stage.complete("stage");
      return await(task);
    }));
    assertThat(end).isEqualTo("stage");
    assertThat(trace).containsExactly("inner begins", "inner goes on", "got inner", "got future");
  }

  @Test
  void an_await_of_something_done_does_not_suspend_it() {
    ScriptedBody<Integer> body = CompiledBodiesTest.<Integer>body()
        .then((value, error) -> AsyncFuture.completedFuture(1))
        .then((value, error) -> async(() -> (Integer) value + 1))
        .then((value, error) -> result(value));
    Async.run(async(() -> {
      Task<Integer> task = createTask(async(body));
      Task<Boolean> next = createTask(async(task::isDone));
      assertThat(await(next)).isTrue();
      assertThat(await(task)).isEqualTo(2);
    }));
  }

  @Test
  void a_failure_of_what_it_awaits_may_be_caught_there() {
    var boom = new IllegalStateException("boom");
    ScriptedBody<String> failing = CompiledBodiesTest.<String>body()
        .then((value, error) -> sleep(ZERO))
        .then((value, error) -> {
          throw boom;
        });
    ScriptedBody<Throwable> catching = CompiledBodiesTest.<Throwable>body()
        .then((value, error) -> async(failing))
        .thenAlways((value, error) -> result(error));
    assertThat(Async.run(async(catching))).isSameAs(boom);
    assertThatThrownBy(() -> Async.run(async(failing))).isSameAs(boom);
  }

  @Test
  void awaiting_itself_is_refused() {
    var self = new AsyncFuture<Task<?>>();
    ScriptedBody<Throwable> body = CompiledBodiesTest.<Throwable>body()
        .then((value, error) -> self)
        .then((value, error) -> value)
        .thenAlways((value, error) -> result(error));
    Async.run(async(() -> {
      Task<Throwable> task = createTask(async(body));
      self.complete(task);
      assertThat(await(task))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("awaits itself");
    }));
  }

  // ---- beside bodies that park

  @Test
  void one_that_parks_its_thread_may_await_it() {
    String value = Async.run(async(() -> {
      Task<String> other = createTask(async(yielding("other")));
      return await(async(yielding("inner"))) + await(other);
    }));
    assertThat(value).isEqualTo("innerother");
    assertThat(trace)
        .containsExactly("inner begins", "other begins", "inner goes on", "other goes on");
  }

  @Test
  void it_may_await_one_that_parks_its_thread() {
    ScriptedBody<String> outer = CompiledBodiesTest.<String>body()
        .then((value, error) -> async(() -> {
          await(sleep(ZERO));
          return await(async(yielding("innermost")));
        }))
        .then((value, error) -> result(value));
    assertThat(Async.run(async(() -> await(createTask(async(outer)))))).isEqualTo("innermost");
  }

  @Test
  void a_helper_of_it_that_awaits_parks_its_thread() {
    ScriptedBody<String> outer = CompiledBodiesTest.<String>body()
        .then((value, error) -> {
          await(sleep(ofMillis(1)));
          return sleep(ZERO);
        })
        .then((value, error) -> result("after"));
    Async.run(async(() -> {
      Task<String> task = createTask(async(outer));
      Task<String> other = createTask(async(yielding("other")));
      assertThat(await(gather(task, other))).containsExactly("after", "other");
    }));
  }

  @Test
  void a_queue_s_consumer_may_be_compiled() {
    var queue = AsyncQueue.<Integer>fifo();
    var consumed = new ArrayList<Object>();
    for (int i = 0; i < 3; i++) {
      queue.tryPut(i);
    }
    queue.shutdown();
    Async.run(queue.forEach(item -> {
      consumed.add(item);
      await(sleep(ZERO));
    }));
    assertThat(consumed).containsExactly(0, 1, 2);
  }

  // ---- cancellation and blocks

  /** Sleeps for ever, and says how that ended. */
  private ScriptedBody<String> sleeping(String name) {
    return CompiledBodiesTest.<String>body()
        .then((value, error) -> sleep(ofSeconds(1_000)))
        .thenAlways((value, error) -> {
          trace.add(name + ": " + (error == null ? value : error.getClass().getSimpleName()));
          if (error != null) {
            throw error;
          }
          return result(name);
        });
  }

  @Test
  void a_cancel_request_reaches_what_the_innermost_body_awaits() {
    ScriptedBody<String> outer = CompiledBodiesTest.<String>body()
        .then((value, error) -> async(sleeping("inner")))
        .thenAlways((value, error) -> {
          trace.add("outer: " + error.getClass().getSimpleName());
          throw error;
        });
    TestClock.run(async(() -> {
      Task<String> task = createTask(async(outer));
      await(sleep(ofMillis(1)));
      task.cancel("enough");
      assertThatThrownBy(() -> await(task))
          .isInstanceOf(CancellationException.class)
          .hasMessageContaining("enough");
    }));
    assertThat(trace)
        .containsExactly("inner: CancellationException", "outer: CancellationException");
  }

  @Test
  void the_blocks_run_it() {
    var lock = new AsyncLock();
    var semaphore = new AsyncSemaphore(1);
    TestClock.run(async(() -> {
      assertThat(await(lock.run(yielding("locked")))).isEqualTo("locked");
      assertThat(await(semaphore.run(yielding("permitted")))).isEqualTo("permitted");
      assertThat(await(Async.cleanup(ofSeconds(1), yielding("cleanup")))).isEqualTo("cleanup");
      assertThat(await(taskGroup().run(yielding("group")))).isEqualTo("group");
      assertThatThrownBy(() -> await(waitFor(async(sleeping("late")), ofMillis(5))))
          .isInstanceOf(AsyncTimeoutException.class);
      assertThat(lock.isLocked()).isFalse();
      assertThat(semaphore.availablePermits()).isEqualTo(1);
    }));
    assertThat(trace).contains("late: CancellationException");
  }

  @Test
  void a_group_that_is_stopped_while_its_body_is_suspended_ends() {
    TestClock.run(async(() -> {
      TaskGroup group = taskGroup();
      Coroutine<String> block = group.run(CompiledBodiesTest.<String>body()
          .then((value, error) -> {
            group.createTask(async(sleeping("child")));
            return sleep(ZERO);
          })
          .then((value, error) -> {
            group.cancel();
            return sleep(ofSeconds(1_000));
          })
          .then((value, error) -> result("never")));
      assertThat(await(block)).isNull();
    }));
    assertThat(trace).containsExactly("child: CancellationException");
  }

  // ---- looking

  @Test
  void its_stack_trace_says_where_it_and_what_it_awaits_are_suspended() {
    ScriptedBody<String> outer = CompiledBodiesTest.<String>body()
        .then((value, error) -> async(yielding("inner")))
        .then((value, error) -> result(value));
    Async.run(async(() -> {
      Task<String> task = createTask(async(outer));
      assertThat(task.getStackTrace()).isEmpty();
      await(sleep(ZERO));
      assertThat(task.getStackTrace())
          .extracting(StackTraceElement::toString)
          .containsExactly("Source.body(Source.java:1)", "Source.body(Source.java:1)");
      await(task);
      assertThat(task.getStackTrace()).isEmpty();
    }));
  }

  @Test
  void the_stack_of_a_parked_body_begins_with_the_compiled_one_that_it_awaits() {
    Async.run(async(() -> {
      Task<String> task = createTask(async(() -> await(async(yielding("inner")))));
      await(sleep(ZERO));
      StackTraceElement[] stack = task.getStackTrace();
      assertThat(stack[0]).hasToString("Source.body(Source.java:1)");
      assertThat(stack)
          .anyMatch(place -> place.getClassName().startsWith(getClass().getName()));
    }));
  }

  @Test
  void what_it_waits_for_is_told() {
    Async.run(async(() -> {
      Task<String> other = createTask(async(yielding("other")));
      Task<String> task = createTask(async(CompiledBodiesTest.<String>body()
          .then((value, error) -> other)
          .then((value, error) -> result(value))));
      await(sleep(ZERO));
      assertThat(task.waitsFor()).isEqualTo(Set.of(other));
    }));
  }

  // ---- loops that are abandoned

  /** Ends when its loop is closed under it, and counts that. */
  private ScriptedBody<String> counting(AtomicInteger ended, CountDownLatch all) {
    return CompiledBodiesTest.<String>body()
        .then((value, error) -> new AsyncFuture<String>())
        .thenAlways((value, error) -> {
          if (error instanceof LoopClosedError) {
            ended.incrementAndGet();
            all.countDown();
          }
          throw error;
        });
  }

  @Test
  void an_idle_loop_that_is_abandoned_has_each_body_end_once() throws Exception {
    abandoned(loop -> {
      while (loop.activity().idlePeriod() == 0) {
        Thread.onSpinWait();
      }
      loop.abandon(new IllegalStateException("abandoned"));
    });
  }

  @Test
  void a_busy_loop_that_is_abandoned_has_each_body_end_once() throws Exception {
    abandoned(loop -> loop.execute(() -> loop.abandon(new IllegalStateException("abandoned"))));
  }

  @Test
  void a_loop_that_is_abandoned_while_it_goes_idle_and_is_woken_has_each_body_end_once()
      throws Exception {
    for (int i = 0; i < 200; i++) {
      abandoned(loop -> {
        loop.execute(() -> {});
        loop.abandon(new IllegalStateException("abandoned"));
      });
    }
  }

  @Test
  void a_body_ends_with_the_logging_context_and_the_class_loader_of_its_task() throws Exception {
    var seen = new CompletableFuture<String>();
    var loader = new ClassLoader(getClass().getClassLoader()) {};
    var begun = new CompletableFuture<EventLoop>();
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    Thread.currentThread().setContextClassLoader(loader);
    try {
      Task<?> main = Async.start(async(() -> {
        MDC.put("request", "1");
        createTask(async(CompiledBodiesTest.<String>body()
            .then((value, error) -> new AsyncFuture<String>())
            .thenAlways((value, error) -> {
              boolean same = Thread.currentThread().getContextClassLoader() == loader;
              seen.complete(MDC.get("request") + " " + same);
              throw error;
            })));
        await(sleep(ZERO));
        begun.complete(EventLoop.current());
        await(new AsyncFuture<String>());
      }));
      begun.get().execute(() -> main.loop.abandon(new IllegalStateException("abandoned")));
      assertThat(seen.get(300, TimeUnit.SECONDS)).isEqualTo("1 true");
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  private void abandoned(java.util.function.Consumer<EventLoop> abandon) throws Exception {
    int count = 5;
    var ended = new AtomicInteger();
    var all = new CountDownLatch(count);
    var begun = new CompletableFuture<EventLoop>();
    Task<?> main = Async.start(async(() -> {
      for (int i = 0; i < count; i++) {
        createTask(async(counting(ended, all)));
      }
      await(sleep(ZERO));
      begun.complete(EventLoop.current());
      await(new AsyncFuture<String>());
    }));
    abandon.accept(begun.get());
    assertThat(all.await(300, TimeUnit.SECONDS)).isTrue();
    assertThat(ended).hasValue(count);
    assertThatThrownBy(() -> main.get(300, TimeUnit.SECONDS)).isInstanceOf(Exception.class);
  }

  // ---- methods that are no bodies

  private static Object helper() {
    await(sleep(ZERO));
    return new ScriptedBody.Result("helped");
  }

  @Test
  void debug_mode_tells_once_where_a_method_parks_below_a_compiled_body() {
    try (var log = new CapturedLog();
        var runner = Runner.builder().debug(true).build()) {
      for (int i = 0; i < 2; i++) {
        String value = runner.run(async(() -> await(
            createTask(async(new ScriptedBody<String>() {}.then((sent, error) -> helper()))))));
        assertThat(value).isEqualTo("helped");
      }
      assertThat(log.infos())
          .filteredOn(message -> message.contains("below a compiled body"))
          .singleElement()
          .asString()
          .startsWith("await in ")
          .contains("CompiledBodiesTest.helper(CompiledBodiesTest.java:");
    }
  }

  // ---- on a thread

  @Test
  void a_body_that_is_kept_on_a_thread_is_not_shown_to_the_compiler() {
    AsyncBody<String> body = yielding("a");
    Coroutine<String> coroutine = async(Async.onThread(body));
    assertThat(coroutine.toString())
        .isEqualTo("Coroutine[async body in " + body.getClass().getName() + ", not started]");
    assertThatThrownBy(() -> Async.run(coroutine))
        .isInstanceOf(AssertionError.class)
        .hasMessage("run on a thread");
  }

  /** A body in two ways. */
  private static final class Both implements AsyncBody<String>, AsyncAction {
    private final List<String> calls = new ArrayList<>();

    @Override
    public String call() {
      calls.add("call");
      return "value";
    }

    @Override
    public void run() {
      calls.add("run");
    }
  }

  @Test
  void an_object_that_is_a_body_in_two_ways_is_the_one_that_was_asked_for() {
    var both = new Both();
    assertThat(Async.run(async((AsyncBody<String>) both))).isEqualTo("value");
    Async.run(async((AsyncAction) both));
    assertThat(both.calls).containsExactly("call", "run");
  }

  // ---- the compiler

  @Test
  void the_compiler_sees_who_gave_the_body_to_the_library() {
    Coroutine<String> coroutine = async(yielding("a"));
    coroutine.drop();
    assertThat(compiler.callers.get(0).getMethodName()).isEqualTo("async");
    assertThat(compiler.callers.get(1).getMethodName())
        .isEqualTo("the_compiler_sees_who_gave_the_body_to_the_library");
    assertThat(compiler.callers).hasSizeLessThanOrEqualTo(7);
  }

  @Test
  void one_compiler_of_this_version_is_used() {
    try (var log = new CapturedLog()) {
      var right = new ScriptedBody.Compiler(StateMachine.VERSION);
      var wrong = new ScriptedBody.Compiler(StateMachine.VERSION + 1);
      assertThat(Bodies.choose(List.of())).isNull();
      assertThat(Bodies.choose(List.of(right))).isSameAs(right);
      assertThat(log.warnings()).isEmpty();
      assertThat(Bodies.choose(List.of(wrong))).isNull();
      assertThat(log.warnings()).hasSize(1).allMatch(text -> text.contains("is for version 2"));
      assertThat(Bodies.choose(List.of(right, right))).isNull();
      assertThat(log.warnings()).hasSize(2).last().asString().contains("more than one compiler");
      assertThat(log.errors()).isEmpty();
    }
  }

  @Test
  void none_is_used_where_the_property_says_so() {
    System.setProperty("dev.asyncawait.compiler", "off");
    try {
      assertThat(Bodies.choose(List.of(new ScriptedBody.Compiler(StateMachine.VERSION))))
          .isNull();
    } finally {
      System.clearProperty("dev.asyncawait.compiler");
    }
  }

  @Test
  void a_compiler_that_cannot_be_loaded_is_reported_and_not_used() {
    try (var log = new CapturedLog()) {
      assertThat(Bodies.choose(() -> {
            throw new ServiceConfigurationError("broken");
          }))
          .isNull();
      assertThat(log.errors()).hasSize(1).allMatch(text -> text.contains("could not be loaded"));
    }
  }

  @Test
  void a_loop_may_have_none() {
    ScriptedBody<String> inner = yielding("inner");
    try (Runner runner = Runner.builder().compiledBodies(false).build()) {
      assertThatThrownBy(() -> runner.run(async(() -> await(async(inner)))))
          .isInstanceOf(AssertionError.class)
          .hasMessage("run on a thread");
    }
    assertThat(Async.run(async(inner))).isEqualTo("inner");
  }
}
