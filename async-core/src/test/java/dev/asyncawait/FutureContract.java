package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ZERO;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What every AsyncFuture promises to those who read it, the same on every JDK. Each kind inherits this. */
@SuppressWarnings(
    "FutureReturnValueIgnored") // of stages and tasks whose end another assertion sees
abstract class FutureContract {

  private final Exception failure = new IllegalArgumentException("broken");

  abstract AsyncFuture<String> pending();

  abstract AsyncFuture<String> succeeded(String value);

  abstract AsyncFuture<String> failed(Throwable error);

  abstract AsyncFuture<String> cancelled(String reason);

  /** Every method that gives the result of a done future or throws why there is none. */
  private static Stream<ThrowingCallable> readersOf(AsyncFuture<?> future) {
    return Stream.of(
        future::join, future::get, () -> future.get(1, SECONDS), () -> future.getNow(null));
  }

  /** Future.state() came with Java 19. */
  private static void assertState(AsyncFuture<?> future, String expected) {
    try {
      Method state = Future.class.getMethod("state");
      assertThat(state.invoke(future)).hasToString(expected);
    } catch (NoSuchMethodException before19) {
      assertThat(Runtime.version().feature()).isLessThan(19);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  @Test
  void a_result_is_what_every_reader_gives() throws Exception {
    AsyncFuture<String> future = succeeded("value");

    assertThat(List.of(
            future.join(),
            future.get(),
            future.get(1, SECONDS),
            future.getNow("absent"),
            future.resultNow()))
        .containsOnly("value");
    assertThatThrownBy(future::exceptionNow)
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessage("exceptionNow() needs a failure, but this is " + future);
    assertThat(future).isDone().isNotCancelled();
    assertThat(future.isCompletedExceptionally()).isFalse();
    assertState(future, "SUCCESS");
  }

  @Test
  void a_failure_is_the_cause_of_what_every_reader_throws() {
    AsyncFuture<String> future = failed(failure);

    assertThat(readersOf(future))
        .allSatisfy(reader -> assertThatThrownBy(reader)
            .isInstanceOfAny(CompletionException.class, ExecutionException.class)
            .hasMessage("java.lang.IllegalArgumentException: broken")
            .cause()
            .isSameAs(failure));
    assertThat(future.exceptionNow()).isSameAs(failure);
    assertThatThrownBy(future::resultNow)
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessage("resultNow() needs a result, but this is " + future);
    assertThat(future).isDone().isNotCancelled().isCompletedExceptionally();
    assertState(future, "FAILED");
  }

  @Test
  void a_completion_exception_of_the_work_itself_is_not_wrapped_again() {
    var wrapper = new CompletionException("own words", failure);
    AsyncFuture<String> future = failed(wrapper);

    assertThatThrownBy(future::join).isSameAs(wrapper);
    assertThatThrownBy(() -> future.getNow(null)).isSameAs(wrapper);
    assertThatThrownBy(future::get).cause().isSameAs(failure);
    assertThat(future.exceptionNow()).isSameAs(failure);
  }

  @Test
  void a_completion_exception_without_a_cause_is_the_failure_itself() {
    var bare = new CompletionException("no cause", null);
    AsyncFuture<String> future = failed(bare);

    assertThatThrownBy(future::join).isSameAs(bare);
    assertThatThrownBy(future::get).cause().isSameAs(bare);
    assertThat(future.exceptionNow()).isSameAs(bare);
  }

  @Test
  void a_cancellation_is_the_same_exception_object_for_every_reader() {
    AsyncFuture<String> future = cancelled("why");
    Throwable original = future.handle((value, error) -> error).join();

    assertThat(original)
        .isExactlyInstanceOf(CancellationException.class)
        .hasMessage("why")
        .hasNoCause();
    assertThat(readersOf(future))
        .allSatisfy(reader -> assertThatThrownBy(reader).isSameAs(original));
    for (ThrowingCallable reader :
        List.<ThrowingCallable>of(future::resultNow, future::exceptionNow)) {
      assertThatThrownBy(reader)
          .isExactlyInstanceOf(IllegalStateException.class)
          .hasMessageEndingWith("but this is " + future);
    }
    assertThat(future).isDone().isCancelled().isCompletedExceptionally();
    assertState(future, "CANCELLED");
  }

  @Test
  void each_awaiter_of_a_cancelled_one_gets_an_exception_of_its_own_and_the_message_stays() { // T10
    AsyncFuture<String> future = cancelled("why");
    var caught = new ArrayList<Throwable>();
    TestClock.run(async(() -> {
      for (int i = 0; i < 2; i++) {
        try {
          await(future);
        } catch (CancellationException e) {
          caught.add(e);
        }
      }
    }));

    Throwable original = future.handle((value, error) -> error).join();
    assertThat(caught).hasSize(2).doesNotHaveDuplicates().doesNotContain(original);
    assertThat(caught).allSatisfy(e -> assertThat(e).hasMessage("why").cause().isSameAs(original));
  }

  @Test
  void the_very_failure_reaches_everyone_who_awaits_it() {
    AsyncFuture<String> future = failed(failure);
    TestClock.run(async(() -> {
      assertThatThrownBy(() -> await(future)).isSameAs(failure);
      assertThatThrownBy(() -> await(future)).isSameAs(failure);
    }));
  }

  @Test
  void a_pending_one_gives_nothing_yet() {
    AsyncFuture<String> future = pending();

    assertThat(future.getNow("absent")).isEqualTo("absent");
    assertThatThrownBy(() -> future.get(1, MILLISECONDS))
        .isExactlyInstanceOf(TimeoutException.class);
    assertThatThrownBy(future::resultNow)
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessage("resultNow() needs a result, but this is " + future);
    assertThatThrownBy(future::exceptionNow)
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessage("exceptionNow() needs a failure, but this is " + future);
    assertThat(future).isNotDone().isNotCancelled();
    assertState(future, "RUNNING");
  }

  @Test
  void stages_made_from_it_are_plain_and_cancelling_them_does_not_reach_it() {
    AsyncFuture<String> future = pending();
    List<CompletableFuture<?>> stages = List.of(
        future.thenApply(String::length),
        future.thenCompose(value -> new CompletableFuture<>()),
        future.whenComplete((value, error) -> {}),
        future.copy(),
        future.newIncompleteFuture());

    assertThat(stages)
        .allSatisfy(stage ->
            assertThat(stage).isExactlyInstanceOf(CompletableFuture.class).isNotDone())
        .allSatisfy(stage -> assertThat(stage.cancel(true)).isTrue());
    assertThat(future).isNotDone();
    assertThat(future.toCompletableFuture()).isSameAs(future);
  }

  @Test
  void obtruding_is_refused_since_await_must_not_change_its_mind() {
    AsyncFuture<String> future = succeeded("value");

    assertThatThrownBy(() -> future.obtrudeValue("other"))
        .isExactlyInstanceOf(UnsupportedOperationException.class)
        .hasMessage("obtrudeValue() is not for " + future + "; its result is settled once");
    assertThatThrownBy(() -> future.obtrudeException(failure))
        .isExactlyInstanceOf(UnsupportedOperationException.class)
        .hasMessage("obtrudeException() is not for " + future + "; its result is settled once");
    assertThat(future.join()).isEqualTo("value");
  }

  // ---- done callbacks

  @Test
  void done_callbacks_of_a_done_one_run_later_in_order_with_no_current_task() { // T72
    AsyncFuture<String> future = succeeded("value");
    var trace = new ArrayList<String>();
    TestClock.run(async(() -> {
      AsyncFuture<String> here = onThisLoop(future);
      here.addDoneCallback(f -> trace.add("1 " + f.join() + " " + Task.currentOrNull()));
      here.addDoneCallback(f -> trace.add("2"));
      trace.add("added");
      await(sleep(ZERO));
      trace.add("resumed");
    }));

    assertThat(trace).containsExactly("added", "1 value null", "2", "resumed");
  }

  /** The one given, if it is no task of a loop that is paused; else its like, on the current loop. */
  AsyncFuture<String> onThisLoop(AsyncFuture<String> future) {
    return future;
  }

  @Test
  void a_done_callback_that_throws_is_logged_and_the_others_still_run() { // T72
    AsyncFuture<String> future = succeeded("value");
    var trace = new ArrayList<String>();
    try (var log = new CapturedLog()) {
      TestClock.run(async(() -> {
        AsyncFuture<String> here = onThisLoop(future);
        here.addDoneCallback(f -> {
          throw new IllegalStateException("bad callback");
        });
        here.addDoneCallback(f -> trace.add("second"));
        await(sleep(ZERO));
      }));

      assertThat(log.errors()).hasSize(1).first().asString().startsWith("exception in callback ");
      assertThat(log.exceptions())
          .extracting(Throwable::getMessage)
          .containsExactly("bad callback");
    }
    assertThat(trace).containsExactly("second");
  }

  @Test
  void every_registration_of_a_removed_done_callback_is_gone_and_the_others_are_called() {
    var trace = new ArrayList<String>();
    Consumer<AsyncFuture<String>> unwanted = f -> trace.add("unwanted");
    TestClock.run(async(() -> {
      var gate = new AsyncFuture<Void>();
      AsyncFuture<String> future = completedBy(gate, "value");
      future.addDoneCallback(unwanted);
      future.addDoneCallback(f -> trace.add("1"));
      future.addDoneCallback(unwanted);
      future.addDoneCallback(f -> trace.add("2"));
      future.addDoneCallback(unwanted);

      assertThat(future.removeDoneCallback(unwanted)).isEqualTo(3);
      assertThat(future.removeDoneCallback(unwanted)).isZero();
      gate.complete(null);
      await(future);
      await(sleep(ZERO));
    }));

    assertThat(trace).containsExactly("1", "2");
  }

  @Test
  void waiters_and_done_callbacks_go_on_in_the_order_in_which_they_came() {
    var trace = new ArrayList<String>();
    TestClock.run(async(() -> {
      var gate = new AsyncFuture<Void>();
      AsyncFuture<String> future = completedBy(gate, "value");
      for (String name : List.of("a", "b")) {
        createTask(async(() -> trace.add(name + " " + await(future))));
        await(sleep(ZERO));
        future.addDoneCallback(f -> trace.add("after " + name));
      }
      gate.complete(null);
      await(future);
      await(sleep(ZERO));
      trace.add("main " + await(future));
    }));

    assertThat(trace).containsExactly("a value", "after a", "b value", "after b", "main value");
  }

  /** A future of the current loop that gets {@code value} when {@code gate} is opened. */
  abstract AsyncFuture<String> completedBy(AsyncFuture<Void> gate, String value);
}
