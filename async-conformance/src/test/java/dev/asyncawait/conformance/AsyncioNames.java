package dev.asyncawait.conformance;

import static dev.asyncawait.Async.async;

import dev.asyncawait.Async;
import dev.asyncawait.AsyncBarrier;
import dev.asyncawait.AsyncCondition;
import dev.asyncawait.AsyncEvent;
import dev.asyncawait.AsyncFuture;
import dev.asyncawait.AsyncLock;
import dev.asyncawait.AsyncQueue;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.LoopExceptionHandler;
import dev.asyncawait.Task;
import dev.asyncawait.TaskGroup;
import dev.asyncawait.Timeout;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** What the tables of asyncio and Java in README.md and docs/asyncio.md use and do not declare; never run. */
final class AsyncioNames {

  /** Of a loop, and of a future. */
  abstract static class Callback implements Runnable, Consumer<AsyncFuture<String>> {}

  static final Coroutine<String> x = f();
  static final Coroutine<String> coroutine = f();
  static final CompletableFuture<String> stage = new CompletableFuture<>();
  static final AsyncFuture<String> future = new AsyncFuture<>();
  static final Task<String> task = EventLoop.current().submit(f());
  static final List<Task<String>> tasks = List.of(task);
  static final TaskGroup group = Async.taskGroup();
  static final EventLoop loop = EventLoop.current();
  static final Timeout timeout = Async.timeout(Duration.ZERO);
  static final LoopExceptionHandler handler = context -> {};
  static final AsyncLock lock = new AsyncLock();
  static final AsyncEvent event = new AsyncEvent();
  static final AsyncCondition condition = new AsyncCondition(lock);
  static final AsyncBarrier barrier = new AsyncBarrier(2);
  static final AsyncQueue<String> queue = AsyncQueue.fifo();
  static final String value = "value";
  static final Throwable error = new IllegalStateException("error");
  static final Callback callback = new Callback() {
    @Override
    public void run() {}

    @Override
    public void accept(AsyncFuture<String> done) {}
  };

  private AsyncioNames() {}

  static Coroutine<String> f() {
    return async(() -> "f");
  }

  static Coroutine<String> g() {
    return async(() -> "g");
  }

  static String call() {
    return "called";
  }

  static Coroutine<String> main() {
    return f();
  }
}
