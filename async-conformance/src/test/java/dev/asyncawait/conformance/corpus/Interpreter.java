package dev.asyncawait.conformance.corpus;

import static dev.asyncawait.Async.asCompleted;
import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.shield;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.timeout;
import static dev.asyncawait.Async.waitFor;
import static dev.asyncawait.Async.waitTasks;

import com.fasterxml.jackson.databind.JsonNode;
import dev.asyncawait.AsyncFuture;
import dev.asyncawait.AsyncTimeoutException;
import dev.asyncawait.Awaitable;
import dev.asyncawait.Coroutine;
import dev.asyncawait.EventLoop;
import dev.asyncawait.ExceptionContext;
import dev.asyncawait.Outcome;
import dev.asyncawait.ReturnWhen;
import dev.asyncawait.Runner;
import dev.asyncawait.Task;
import dev.asyncawait.TaskGroup;
import dev.asyncawait.Timeout;
import dev.asyncawait.Waited;
import dev.asyncawait.test.VirtualTime;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** Runs a program with the library and writes its trace: the counterpart of the Interpreter in generate_corpus.py. */
final class Interpreter {

  private static final Duration NEVER = ChronoUnit.FOREVER.getDuration();

  private static final String WHILE_CLOSING = "unhandled exception while closing, in Task[name=";

  private final List<String> trace = new ArrayList<>();
  private final List<String> reports = new ArrayList<>();
  private final Map<Task<?>, String> labels = new HashMap<>();
  private final Map<String, AsyncFuture<Object>> named = new TreeMap<>();
  private final Map<String, TaskGroup> groups = new HashMap<>();
  private final Map<String, Timeout> timeouts = new HashMap<>();
  private final Map<String, Handle> handles = new HashMap<>();
  private @Nullable EventLoop loop;
  private boolean outside = true;

  private Interpreter() {}

  static List<String> traceOf(Program program) {
    var interpreter = new Interpreter();
    if (program.mains().size() == 1) {
      interpreter.noteEnd(
          VirtualTime.options().allowLeaks().exceptionHandler(interpreter::note)::run,
          interpreter.main("M", program.mains().get(0)));
    } else {
      interpreter.runMains(program);
    }
    return interpreter.ends();
  }

  private void runMains(Program program) {
    try (Runner runner =
        Runner.builder().clock(new JumpingClock()).exceptionHandler(this::note).build()) {
      String name = "M";
      for (int i = 0; i < program.mains().size(); i++) {
        if (i > 0) {
          program.between().forEach(this::act);
          name = "M" + (i + 1);
        }
        noteEnd(runner::run, main(name, program.mains().get(i)));
      }
      outside = false;
    }
  }

  private interface Run {
    @Nullable
    Object run(Coroutine<@Nullable Object> main);
  }

  private void noteEnd(Run run, Coroutine<@Nullable Object> main) {
    String end;
    outside = false;
    try {
      end = "value " + valueText(run.run(main));
    } catch (CancellationException cancelled) {
      end = "cancelled";
    } catch (RuntimeException error) {
      end = "failed " + errorText(error);
    }
    outside = true;
    log("run gave " + end);
  }

  private Coroutine<@Nullable Object> main(String name, JsonNode body) {
    return async(() -> {
      loop = EventLoop.current();
      watch(name, any(currentTask()));
      rescue(currentTask(), name);
      return await(block(name, body));
    });
  }

  /** Cancels a main that has not ended a second later. */
  private void rescue(Task<?> main, String name) {
    EventLoop.current().schedule(Duration.ofSeconds(1), () -> {
      if (!main.isDone()) {
        log("rescue " + name);
        main.cancel("end");
        rescue(main, name);
      }
    });
  }

  /** A failure that only the exception handler hears of. */
  private void note(ExceptionContext context) {
    Throwable failure = context.exception();
    if (context.message().startsWith(WHILE_CLOSING) && failure != null) {
      String name = context.message().substring(WHILE_CLOSING.length()).split(",", 2)[0];
      reports.add(
          "reported " + (labels.containsValue(name) ? name : "?") + " " + errorText(failure));
    }
  }

  private List<String> ends() {
    reports.stream().sorted().forEach(trace::add);
    named.forEach((name, future) -> trace.add("end " + name + " " + outcomeText(future)
        + (future instanceof Task<?> task ? " cancelling=" + task.cancelling() : "")));
    return List.copyOf(trace);
  }

  private void log(String text) {
    Task<?> task = Task.currentOrNull();
    String name = outside ? "outside" : task == null ? "loop" : labels.getOrDefault(task, "?");
    trace.add(time().toMillis() + " " + name + ": " + text);
  }

  private Duration time() {
    return Objects.requireNonNull(loop).time();
  }

  private void watch(String name, AsyncFuture<Object> future) {
    named.put(name, future);
    if (future instanceof Task<?> task) {
      labels.put(task, name);
    }
    future.addDoneCallback(f -> log(name + " is done: " + outcomeText(f)));
  }

  /** A coroutine. Whoever awaits it runs it in its own task; a task nobody named is named after it. */
  private Coroutine<@Nullable Object> block(String name, JsonNode body) {
    return async(() -> {
      if (labels.putIfAbsent(currentTask(), name) == null) {
        currentTask().setName(name);
      }
      Return result = body(body);
      return result == null ? null : result.value();
    });
  }

  /** That a body ended with a return statement, and its value. */
  private record Return(Object value) {}

  private @Nullable Return body(JsonNode statements) throws Exception {
    for (JsonNode statement : statements) {
      Return result = statement(statement);
      if (result != null) {
        return result;
      }
    }
    return null;
  }

  // ---- texts

  private static String errorText(Throwable error) {
    if (error instanceof ProgramException) {
      return String.valueOf(error.getMessage());
    } else if (error instanceof AsyncTimeoutException) {
      return "Timeout";
    } else if (error instanceof CancellationException) {
      return "Cancel";
    }
    throw new AssertionError("a program cannot fail like this", error);
  }

  private static String valueText(@Nullable Object value) {
    if (value instanceof List<?> list) {
      var parts = new StringJoiner(" ", "[", "]");
      list.forEach(part -> parts.add(valueText(part)));
      return parts.toString();
    } else if (value instanceof Outcome.Success<?> success) {
      return valueText(success.value());
    } else if (value instanceof Outcome.Failure<?> failure) {
      return "!" + errorText(failure.exception());
    } else if (value instanceof Outcome.Cancelled<?>) {
      return "~";
    }
    return value == null ? "-" : (String) value;
  }

  private static String outcomeText(AsyncFuture<?> future) {
    if (!future.isDone()) {
      return "pending";
    } else if (future.isCancelled()) {
      return "cancelled";
    } else if (future.isCompletedExceptionally()) {
      return "failed " + errorText(future.exceptionNow());
    }
    return "value " + valueText(future.resultNow());
  }

  /** The library gives reasons of its own where asyncio gives none; the programs' are r1, r2, end. */
  private static String reasonText(CancellationException error) {
    String reason = error.getMessage();
    return reason != null && Set.of("r1", "r2", "end").contains(reason) ? reason : "-";
  }

  private static @Nullable String text(JsonNode node) {
    return node.isNull() ? null : node.asText();
  }

  private static Duration duration(JsonNode length) {
    return Duration.ofMillis(length.asInt());
  }

  // ---- expressions

  private @Nullable String unbound(JsonNode e) {
    return switch (e.get(0).asText()) {
      case "ref" -> named.containsKey(e.get(1).asText()) ? null : e.get(1).asText();
      case "gather", "outcomes" -> firstUnbound(e.get(1));
      case "shield", "waitFor" -> unbound(e.get(1));
      default -> null;
    };
  }

  private @Nullable String firstUnbound(JsonNode expressions) {
    for (JsonNode expression : expressions) {
      String name = unbound(expression);
      if (name != null) {
        return name;
      }
    }
    return null;
  }

  private boolean isMissing(@Nullable String name) {
    if (name != null) {
      log("no " + name);
    }
    return name != null;
  }

  private List<Awaitable<Object>> several(JsonNode expressions) {
    var made = new ArrayList<Awaitable<Object>>();
    for (JsonNode e : expressions) {
      made.add(e.get(0).asText().equals("same") ? made.get(e.get(1).asInt()) : evaluate(e));
    }
    return made;
  }

  private Awaitable<Object> evaluate(JsonNode e) {
    return switch (e.get(0).asText()) {
      case "ref" -> named.get(e.get(1).asText());
      case "run" -> any(block(e.get(1).asText(), e.get(2)));
      case "sleep" -> any(sleep(duration(e.get(1))));
      case "gather" -> any(gather(several(e.get(1))));
      case "outcomes" -> any(gatherOutcomes(several(e.get(1))));
      case "shield" -> any(shield(evaluate(e.get(1))));
      case "waitFor" -> any(waitFor(evaluate(e.get(1)), duration(e.get(2))));
      default -> throw new AssertionError(e);
    };
  }

  @SuppressWarnings("unchecked")
  private static Coroutine<Object> any(Coroutine<?> coroutine) {
    return (Coroutine<Object>) coroutine;
  }

  @SuppressWarnings("unchecked")
  private static AsyncFuture<Object> any(AsyncFuture<?> future) {
    return (AsyncFuture<Object>) future;
  }

  // ---- statements

  private @Nullable Return statement(JsonNode s) throws Exception {
    switch (s.get(0).asText()) {
      case "sleep" -> {
        await(sleep(duration(s.get(1))));
        log("slept " + s.get(1));
      }
      case "await" -> {
        if (!isMissing(unbound(s.get(1)))) {
          log("got " + valueText(await(evaluate(s.get(1)))));
        }
      }
      case "return" -> {
        return new Return(s.get(1).asText());
      }
      case "raise" -> throw new ProgramException(s.get(1).asText());
      case "raiseCancel" -> throw new CancellationException();
      case "try" -> {
        return attempt(s.get(1), s.get(2), s.get(3));
      }
      case "group" -> {
        return group(s.get(1).asText(), s.get(2));
      }
      case "timeout" -> {
        return timeLimit(s.get(1).asText(), s.get(2), s.get(3));
      }
      case "wait" -> waitForSeveral(s.get(1), s.get(2).asText(), s.get(3));
      case "each" -> each(s.get(1), s.get(2), s.get(3).asInt());
      case "repeat" -> {
        return repeat(s.get(1).asInt(), s.get(2));
      }
      default -> act(s);
    }
    return null;
  }

  private @Nullable Return repeat(int times, JsonNode body) throws Exception {
    Return result = null;
    for (int i = 0; i < times && result == null; i++) {
      result = body(body);
    }
    return result;
  }

  private @Nullable Return attempt(JsonNode body, JsonNode handlers, JsonNode cleanup)
      throws Exception {
    try {
      return body(body);
    } catch (Exception error) {
      JsonNode handler = handlers.get(kindOf(error, handlers));
      if (handler == null) {
        throw error;
      }
      log(
          error instanceof CancellationException cancellation
              ? "caught cancel " + reasonText(cancellation) + " cancelling="
                  + currentTask().cancelling()
              : "caught " + errorText(error));
      Return result = body(handler.get(0));
      if (result == null && handler.get(1).asText().equals("raise")) {
        throw error;
      }
      return result;
    } finally {
      if (!cleanup.isNull()) {
        log("finally");
        body(cleanup);
      }
    }
  }

  private static String kindOf(Exception error, JsonNode handlers) {
    if (error instanceof CancellationException) {
      return "cancel";
    }
    return error instanceof AsyncTimeoutException && handlers.has("timeout") ? "timeout" : "error";
  }

  private @Nullable Return group(String name, JsonNode body) throws Exception {
    TaskGroup group = taskGroup();
    groups.put(name, group);
    var ofBody = new ArrayList<Throwable>();
    Return result;
    try {
      result = await(group.run(() -> bodyOf(ofBody, body)));
    } catch (CancellationException cancelled) {
      throw cancelled;
    } catch (Exception error) {
      List<Throwable> failures = inAsyncioOrder(group, ofBody);
      var texts = new StringJoiner(" ");
      failures.forEach(failure -> texts.add(errorText(failure)));
      log("group " + name + " failed " + texts + " cancelling=" + currentTask().cancelling());
      throw failures.isEmpty() ? error : (Exception) failures.get(0);
    }
    log("group " + name + " is closed");
    return result;
  }

  private @Nullable Return bodyOf(List<Throwable> failure, JsonNode body) throws Exception {
    try {
      return body(body);
    } catch (CancellationException cancelled) {
      throw cancelled;
    } catch (Exception error) {
      failure.add(error);
      throw error;
    }
  }

  /** As asyncio lists them, with the body's as the last; the first is what is thrown in the place of all. */
  private static List<Throwable> inAsyncioOrder(TaskGroup group, List<Throwable> ofBody) {
    var failures = new ArrayList<>(group.failures());
    for (Throwable error : ofBody) {
      failures.remove(error);
      failures.add(error);
    }
    return failures;
  }

  private @Nullable Return timeLimit(String name, JsonNode limit, JsonNode body) throws Exception {
    Timeout timeout = timeout(limit.isNull() ? NEVER : duration(limit));
    timeouts.put(name, timeout);
    try {
      return await(timeout.run(() -> body(body)));
    } finally {
      log("timeout " + name + " expired=" + timeout.expired() + " cancelling="
          + currentTask().cancelling());
    }
  }

  private void waitForSeveral(JsonNode names, String mode, JsonNode limit) {
    Set<String> waited = new LinkedHashSet<>();
    for (JsonNode name : names) {
      if (isMissing(named.containsKey(name.asText()) ? null : name.asText())) {
        return;
      }
      waited.add(name.asText());
    }
    Collection<AsyncFuture<Object>> futures = waited.stream().map(named::get).toList();
    ReturnWhen when = ReturnWhen.valueOf(mode);
    Waited<AsyncFuture<Object>> result = await(
        limit.isNull() ? waitTasks(futures, when) : waitTasks(futures, when, duration(limit)));
    log("done " + names(waited, result.done()) + ", pending " + names(waited, result.pending()));
  }

  private String names(Set<String> names, Set<AsyncFuture<Object>> futures) {
    var found = new StringJoiner(" ").setEmptyValue("none");
    names.stream().filter(name -> futures.contains(named.get(name))).forEach(found::add);
    return found.toString();
  }

  private void each(JsonNode parts, JsonNode limit, int most) {
    if (isMissing(firstUnbound(parts))) {
      return;
    }
    List<Awaitable<Object>> awaitables = several(parts);
    Iterable<Coroutine<Object>> all =
        limit.isNull() ? asCompleted(awaitables) : asCompleted(awaitables, duration(limit));
    int count = 0;
    for (Coroutine<Object> next : all) {
      try {
        log("next " + valueText(await(next)));
      } catch (CancellationException cancelled) {
        throw cancelled;
      } catch (RuntimeException error) {
        log("next !" + errorText(error));
      }
      if (++count == most) {
        break;
      }
    }
  }

  /** What needs no await, and may stand in a callback too. */
  private void act(JsonNode s) {
    String name = s.path(1).asText();
    switch (s.get(0).asText()) {
      case "log" -> log(name);
      case "task" -> watch(name, any(createTask(block(name, s.get(2)), name)));
      case "spawn" -> spawn(name, s.get(2).asText(), s.get(3));
      case "let" -> {
        if (!isMissing(unbound(s.get(2)))) {
          watch(name, (AsyncFuture<Object>) evaluate(s.get(2)));
        }
      }
      case "cancelSelf" -> {
        currentTask().cancel(text(s.get(1)));
        log("cancelling=" + currentTask().cancelling());
      }
      case "uncancel" -> log("uncancel " + currentTask().uncancel());
      case "cancelling" -> log("cancelling=" + currentTask().cancelling());
      case "reschedule" -> reschedule(name, s.get(2));
      case "future" -> watch(name, new AsyncFuture<>());
      case "later" -> {
        var timer =
            EventLoop.current().schedule(duration(s.get(2)), () -> callback(name, s.get(3)));
        handles.put(name, timer::cancel);
      }
      case "soon" -> soon(name, s.get(2));
      case "unschedule" -> {
        if (!isMissing(handles.containsKey(name) ? null : name)) {
          handles.get(name).cancel();
        }
      }
      default -> actOn(name, s);
    }
  }

  private void actOn(String name, JsonNode s) {
    AsyncFuture<Object> future = named.get(name);
    if (isMissing(future == null ? name : null)) {
      return;
    }
    switch (s.get(0).asText()) {
      case "cancel" -> {
        boolean requested = future.cancel(text(s.get(2)));
        log("cancel " + name + " " + requested);
      }
      case "state" -> log(name + " is " + outcomeText(future));
      case "set" -> log("set " + name + " " + future.complete(s.get(2).asText()));
      case "fail" -> {
        boolean failed =
            future.completeExceptionally(new ProgramException(s.get(2).asText()));
        log("fail " + name + " " + failed);
      }
      case "onDone" -> future.addDoneCallback(f -> callback("after " + name, s.get(2)));
      default -> throw new AssertionError(s);
    }
  }

  private void callback(String name, JsonNode actions) {
    log("callback " + name);
    actions.forEach(this::act);
  }

  /** What call_soon gives in Python can be cancelled; what execute was given cannot. */
  private interface Handle {
    void cancel();
  }

  private void soon(String name, JsonNode actions) {
    var cancelled = new boolean[1];
    handles.put(name, () -> cancelled[0] = true);
    EventLoop.current().execute(() -> {
      if (!cancelled[0]) {
        callback(name, actions);
      }
    });
  }

  private void spawn(String group, String name, JsonNode body) {
    if (isMissing(groups.containsKey(group) ? null : group)) {
      return;
    }
    Task<@Nullable Object> task;
    try {
      task = groups.get(group).createTask(block(name, body), name);
    } catch (IllegalStateException refused) {
      log(group + " takes no " + name);
      return;
    }
    watch(name, any(task));
  }

  private void reschedule(String name, JsonNode length) {
    if (isMissing(timeouts.containsKey(name) ? null : name)) {
      return;
    }
    try {
      timeouts
          .get(name)
          .reschedule(length.isNull() ? NEVER : EventLoop.current().time().plus(duration(length)));
      log("rescheduled " + name);
    } catch (IllegalStateException refused) {
      log(name + " refuses");
    }
  }
}
