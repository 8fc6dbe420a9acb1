package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.sleep;
import static java.time.Duration.ZERO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Gives null to every parameter of every public method, one at a time, and lists what the errors say. */
@SuppressWarnings("FutureReturnValueIgnored") // of samples
class NullArgumentsTest {

  private static final BackgroundLoop BACKGROUND = EventLoop.start("for null arguments");

  @AfterAll
  static void close() {
    BACKGROUND.close();
  }

  private static final List<Class<?>> TYPES = List.of(
      Async.class,
      Coroutine.class,
      AsyncFuture.class,
      Task.class,
      TaskGroup.class,
      Timeout.class,
      AsyncLock.class,
      AsyncEvent.class,
      AsyncCondition.class,
      AsyncSemaphore.class,
      AsyncBarrier.class,
      AsyncQueue.class,
      AsyncRateLimiter.class,
      AsyncLimiter.class,
      BackgroundLoop.class,
      RetryPolicy.class,
      CancelScope.class,
      Held.class,
      EventLoop.class,
      CallOptions.class,
      Runner.class,
      Runner.Builder.class,
      TaskContext.class,
      ContextVar.class,
      TaskOptions.class);

  /** What a parameter gets when it is not its turn to be null. */
  private static Map<Class<?>, Supplier<?>> samples() {
    return Map.ofEntries(
        Map.entry(AsyncBody.class, () -> (AsyncBody<String>) () -> "x"),
        Map.entry(AsyncAction.class, () -> (AsyncAction) () -> {}),
        Map.entry(Coroutine.class, () -> sleep(ZERO)),
        Map.entry(Awaitable.class, () -> AsyncFuture.completedFuture("x")),
        Map.entry(AsyncFuture.class, () -> AsyncFuture.completedFuture("x")),
        Map.entry(CompletionStage.class, () -> AsyncFuture.completedFuture("x")),
        Map.entry(Collection.class, () -> List.of(AsyncFuture.completedFuture("x"))),
        Map.entry(ReturnWhen.class, () -> ReturnWhen.ALL_COMPLETED),
        Map.entry(Class.class, () -> Exception.class),
        Map.entry(Duration.class, () -> ZERO),
        Map.entry(String.class, () -> "x"),
        Map.entry(Object.class, () -> "x"),
        Map.entry(Runnable.class, () -> (Runnable) () -> {}),
        Map.entry(Supplier.class, () -> (Supplier<String>) () -> "x"),
        Map.entry(CallOptions.class, CallOptions::uninterrupted),
        Map.entry(Executor.class, () -> (Executor) Runnable::run),
        Map.entry(TimeUnit.class, () -> TimeUnit.DAYS),
        Map.entry(int.class, () -> 1),
        Map.entry(long.class, () -> 1L),
        Map.entry(boolean.class, () -> true),
        Map.entry(TaskOptions.class, TaskOptions::eager),
        Map.entry(LoopExceptionHandler.class, () -> (LoopExceptionHandler) context -> {}),
        Map.entry(TaskContext.class, TaskContext::copy),
        Map.entry(Combiner.Of2.class, () -> (Combiner.Of2<?, ?, String>) (a, b) -> "x"),
        Map.entry(Combiner.Of3.class, () -> (Combiner.Of3<?, ?, ?, String>) (a, b, c) -> "x"),
        Map.entry(Combiner.Of4.class, () -> (Combiner.Of4<?, ?, ?, ?, String>) (a, b, c, d) -> "x"),
        Map.entry(
            Combiner.Of5.class, () -> (Combiner.Of5<?, ?, ?, ?, ?, String>) (a, b, c, d, e) -> "x"),
        Map.entry(Iterable.class, () -> List.of("x")),
        Map.entry(Stream.class, () -> Stream.of("x")),
        Map.entry(Function.class, () -> (Function<Object, Awaitable<?>>) item -> sleep(ZERO)),
        Map.entry(RetryPolicy.class, () -> RetryPolicy.attempts(1)),
        Map.entry(Callable.class, () -> (Callable<String>) () -> "x"));
  }

  @Test
  void every_parameter_that_must_not_be_null_says_so_by_its_name() {
    List<String> answers = TestClock.run(async(() -> {
      var lines = new ArrayList<String>();
      for (Class<?> type : TYPES) {
        publicMethodsOf(type).forEach(method -> lines.add(answersOf(method)));
      }
      return lines;
    }));

    assertThat(answers)
        .containsExactlyInAnyOrder(
            "Async.asCompleted(Collection): awaitables",
            "Async.asCompleted(Collection, Duration): awaitables, limit",
            "Async.async(AsyncAction): body",
            "Async.async(AsyncBody): body",
            "Async.await(AsyncFuture): future",
            "Async.await(AsyncFuture, Class): future, declared",
            "Async.await(Awaitable): work",
            "Async.await(Awaitable, Class): work, declared",
            "Async.await(CompletionStage): stage",
            "Async.await(CompletionStage, Class): stage, declared",
            "Async.completedTasks(Collection): awaitables",
            "Async.completedTasks(Collection, Duration): awaitables, limit",
            "Async.cleanup(Duration, AsyncAction): limit, body",
            "Async.cleanup(Duration, AsyncBody): limit, body",
            "Async.createTask(Coroutine): coroutine",
            "Async.createTask(Coroutine, String): coroutine, name",
            "Async.createTask(Coroutine, TaskOptions): coroutine, options",
            "Async.failAfter(Duration, AsyncAction): limit, body",
            "Async.failAfter(Duration, AsyncBody): limit, body",
            "Async.moveOnAfter(Duration, AsyncAction): limit, body",
            "Async.moveOnAfter(Duration, AsyncBody): limit, body",
            "CancelScope.cancel(String): why",
            "CancelScope.run(AsyncAction): body",
            "CancelScope.run(AsyncBody): body",
            "CancelScope.run(AsyncFunction): body",
            "CancelScope.runAction(AsyncConsumer): body",
            "CancelScope.setDeadline(Duration): when",
            "Async.firstSuccess(Collection): awaitables",
            "Async.forEachConcurrently(int, Iterable, Function): items, function",
            "Async.forEachConcurrently(int, Stream, Function): items, function",
            "Async.from(CompletionStage): stage",
            "Async.gather(Collection): awaitables",
            "Async.gather(Awaitable, Awaitable, Of2): first, second, combiner",
            "Async.gather(Awaitable, Awaitable, Awaitable, Of3): first, second, third, combiner",
            "Async.gather(Awaitable, Awaitable, Awaitable, Awaitable, Of4): first, second, third, fourth, combiner",
            "Async.gather(Awaitable, Awaitable, Awaitable, Awaitable, Awaitable, Of5): first, second, third, fourth,"
                + " fifth, combiner",
            "Async.gatherOutcomes(Collection): awaitables",
            "Async.hedge(Duration, int, AsyncAction): delay, body",
            "Async.hedge(Duration, int, AsyncBody): delay, body",
            "Async.mapConcurrently(int, Iterable, Function): items, function",
            "Async.mapConcurrently(int, Stream, Function): items, function",
            "Async.race(Collection): awaitables",
            "Async.retry(RetryPolicy, AsyncAction): policy, body",
            "Async.retry(RetryPolicy, AsyncBody): policy, body",
            "Async.rethrowIfCancelled(Throwable): error",
            "Async.onThread(AsyncAction): body",
            "Async.onThread(AsyncBody): body",
            "Async.onThread(AsyncConsumer): body",
            "Async.run(Coroutine): main",
            "Async.run(Coroutine, Class): main, declared",
            "Async.shield(AsyncFuture): future",
            "Async.shield(Awaitable): work",
            "Async.shield(CompletionStage): stage",
            "Async.sleep(Duration): length",
            "Async.start(Coroutine): main",
            "Async.taskGroup(CompletionPolicy): policy",
            "Async.timeout(Duration): limit",
            "Async.timeoutAt(Duration): loopTime",
            "Async.toThread(Callable): call",
            "Async.toThread(AsyncAction): call",
            "Async.toThread(Callable, CallOptions): call, options",
            "Async.toThread(AsyncAction, CallOptions): call, options",
            "Async.waitFor(Awaitable, Duration): work, limit",
            "Async.waitTasks(Collection): futures",
            "Async.waitTasks(Collection, ReturnWhen): futures, returnWhen",
            "Async.waitTasks(Collection, ReturnWhen, Duration): futures, returnWhen, limit",
            "AsyncFuture.addDoneCallback(Consumer): callback",
            "AsyncFuture.cancel(String): null is fine",
            "AsyncFuture.complete(Object): null is fine",
            "AsyncFuture.completeAsync(Supplier): supplier",
            "AsyncFuture.completeAsync(Supplier, Executor): supplier, executor",
            "AsyncFuture.completeExceptionally(Throwable): error",
            "AsyncFuture.completeOnTimeout(Object, long, TimeUnit): null is fine, unit",
            "AsyncFuture.completedFuture(Object): null is fine",
            "AsyncFuture.failedFuture(Throwable): error",
            "AsyncFuture.get(long, TimeUnit): unit",
            "AsyncFuture.getNow(Object): null is fine",
            "AsyncFuture.obtrudeException(Throwable): refused",
            "AsyncFuture.obtrudeValue(Object): refused",
            "AsyncFuture.orTimeout(long, TimeUnit): unit",
            "AsyncFuture.removeDoneCallback(Consumer): callback",
            "AsyncCondition.waitUntil(BooleanSupplier): predicate",
            "AsyncLimiter.acquireFor(Object): borrower",
            "AsyncLimiter.run(AsyncAction): body",
            "AsyncLimiter.run(AsyncBody): body",
            "AsyncLimiter.tryAcquireFor(Object): borrower",
            "AsyncLock.run(AsyncAction): body",
            "AsyncLock.run(AsyncBody): body",
            "AsyncRateLimiter.run(AsyncAction): body",
            "AsyncRateLimiter.run(AsyncBody): body",
            "AsyncQueue.forEach(AsyncConsumer): body",
            "AsyncQueue.priority(Comparator): order",
            "AsyncQueue.priority(Comparator, int): order",
            "AsyncQueue.put(Object): item",
            "AsyncQueue.tryPut(Object): item",
            "AsyncSemaphore.run(AsyncAction): body",
            "AsyncSemaphore.run(AsyncBody): body",
            "BackgroundLoop.shutdown(Duration): grace",
            "BackgroundLoop.submit(Coroutine): coroutine",
            "CallOptions.onExecutor(Executor): executor",
            "CallOptions.withExecutor(Executor): executor",
            "TaskContext.run(Callable): work",
            "ContextVar.orElse(Object): null is fine",
            "ContextVar.set(Object): null is fine",
            "EventLoop.execute(Runnable): callback",
            "EventLoop.schedule(Duration, Runnable): delay, callback",
            "EventLoop.start(String): name",
            "EventLoop.submit(Coroutine): coroutine",
            "RetryPolicy.retryIf(Predicate): predicate",
            "RetryPolicy.withBackoff(Duration, Duration): firstPause, longestPause",
            "RetryPolicy.withDelay(Duration): pause",
            "RetryPolicy.withJitter(RandomGenerator): generator",
            "RetryPolicy.withTimeout(Duration): total",
            "Runner.run(Coroutine): main",
            "Runner.Builder.clock(LoopClock): clock",
            "Runner.Builder.closingGrace(Duration): closingGrace",
            "Runner.Builder.closingLimit(Duration): closingLimit",
            "Runner.Builder.driverThreads(ThreadFactory): factory",
            "Runner.Builder.executor(Executor): executor",
            "Runner.Builder.exceptionHandler(LoopExceptionHandler): handler",
            "Runner.Builder.name(String): name",
            "Runner.Builder.scheduling(ReadyOrder): order",
            "Runner.Builder.taskLocal(TaskLocal): local",
            "Runner.Builder.timers(ScheduledExecutorService): executor",
            "Task.cancel(String): null is fine",
            "Task.complete(Object): refused",
            "Task.completeAsync(Supplier): refused",
            "Task.completeAsync(Supplier, Executor): refused, refused",
            "Task.completeExceptionally(Throwable): refused",
            "Task.completeOnTimeout(Object, long, TimeUnit): refused, refused",
            "Task.orTimeout(long, TimeUnit): unit",
            "Task.setName(String): name",
            "TaskGroup.createBackground(Coroutine): coroutine",
            "TaskGroup.createBackground(Coroutine, String): coroutine, name",
            "TaskGroup.createBackground(Coroutine, TaskOptions): coroutine, options",
            "TaskGroup.createTask(Coroutine): coroutine",
            "TaskGroup.createTask(Coroutine, String): coroutine, name",
            "TaskGroup.createTask(Coroutine, TaskOptions): coroutine, options",
            "TaskGroup.start(AsyncConsumer): body",
            "TaskGroup.stop(Duration): grace",
            "TaskGroup.run(AsyncAction): body",
            "TaskGroup.run(AsyncBody): body",
            "TaskGroup.run(AsyncFunction): body",
            "TaskGroup.runAction(AsyncConsumer): body",
            "Timeout.reschedule(Duration): when",
            "Timeout.run(AsyncAction): body",
            "Timeout.run(AsyncBody): body",
            "Timeout.run(AsyncFunction): body",
            "Timeout.runAction(AsyncConsumer): body",
            "TaskOptions.inContext(TaskContext): context",
            "TaskOptions.named(String): name",
            "TaskOptions.withContext(TaskContext): newContext",
            "TaskOptions.withName(String): newName");
  }

  private static Stream<Method> publicMethodsOf(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
        .filter(method -> !method.isVarArgs())
        .filter(method ->
            Arrays.stream(method.getParameterTypes()).anyMatch(NullArgumentsTest::takesNull));
  }

  private static boolean takesNull(Class<?> parameter) {
    return !parameter.isPrimitive();
  }

  private static String answersOf(Method method) {
    Class<?>[] parameters = method.getParameterTypes();
    var answers = new ArrayList<String>();
    for (int turn = 0; turn < parameters.length; turn++) {
      if (takesNull(parameters[turn])) {
        var arguments = new Object[parameters.length];
        for (int i = 0; i < parameters.length; i++) {
          arguments[i] = i == turn ? null : samples().get(parameters[i]).get();
        }
        answers.add(answer(method, arguments));
      }
    }
    String types =
        String.join(", ", Arrays.stream(parameters).map(Class::getSimpleName).toList());
    return method.getDeclaringClass().getName().replace("dev.asyncawait.", "").replace('$', '.')
        + "." + method.getName() + "(" + types + "): " + String.join(", ", answers);
  }

  private static String answer(Method method, Object[] arguments) {
    Throwable thrown = catchThrowable(() -> method.invoke(receiver(method), arguments));
    Throwable error = thrown instanceof InvocationTargetException ? thrown.getCause() : thrown;
    if (error == null) {
      return "null is fine";
    }
    if (error instanceof UnsupportedOperationException) {
      return "refused";
    }
    String text = String.valueOf(error.getMessage());
    return error instanceof NullPointerException && text.endsWith(" must not be null")
        ? text.replace(" must not be null", "")
        : error.toString();
  }

  private static Object receiver(Method method) {
    Class<?> type = method.getDeclaringClass();
    if (type == AsyncFuture.class) {
      return new AsyncFuture<String>();
    }
    if (type == Task.class) {
      return Async.createTask(sleep(Duration.ofHours(1)));
    }
    if (type == EventLoop.class) {
      return EventLoop.current();
    }
    if (type == CallOptions.class) {
      return CallOptions.uninterrupted();
    }
    if (type == TaskGroup.class) {
      return Async.taskGroup();
    }
    if (type == AsyncLock.class) {
      return new AsyncLock();
    }
    if (type == AsyncCondition.class) {
      return new AsyncCondition();
    }
    if (type == AsyncRateLimiter.class) {
      return new AsyncRateLimiter(1, Duration.ofSeconds(1));
    }
    if (type == AsyncLimiter.class) {
      return new AsyncLimiter(1);
    }
    if (type == AsyncSemaphore.class) {
      return new AsyncSemaphore(1);
    }
    if (type == CancelScope.class) {
      return Async.cancelScope();
    }
    if (type == RetryPolicy.class) {
      return RetryPolicy.attempts(1);
    }
    if (type == BackgroundLoop.class) {
      return BACKGROUND;
    }
    if (type == AsyncQueue.class) {
      return AsyncQueue.fifo();
    }
    if (type == Timeout.class) {
      return Async.timeout(ZERO);
    }
    if (type == TaskContext.class) {
      return TaskContext.copy();
    }
    if (type == ContextVar.class) {
      return new ContextVar<>("x");
    }
    if (type == TaskOptions.class) {
      return TaskOptions.eager();
    }
    return type == Runner.class ? new Runner() : Runner.builder();
  }
}
