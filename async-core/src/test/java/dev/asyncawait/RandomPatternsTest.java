package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.cancelScope;
import static dev.asyncawait.Async.cleanup;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.failAfter;
import static dev.asyncawait.Async.firstSuccess;
import static dev.asyncawait.Async.hedge;
import static dev.asyncawait.Async.mapConcurrently;
import static dev.asyncawait.Async.moveOnAfter;
import static dev.asyncawait.Async.retry;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.waitFor;
import static dev.asyncawait.Async.waitTasks;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random programs of groups, scopes, retries, hedges, items, races, time limits and limiters within each other, of which two
 * thirds are cancelled somewhere. Whatever they do, they end, every body that began has ended, nothing is held, and nobody has a
 * cancel request more than somebody made.
 */
class RandomPatternsTest {

  private static final int PROGRAMS = 1_000;

  /** One program, and what it does. */
  private static final class Program {
    private final Random random;
    private final AsyncLimiter limiter = new AsyncLimiter(2);
    private final AsyncRateLimiter rate = new AsyncRateLimiter(2, ofMillis(3));
    private final List<AsyncLock> locks = new ArrayList<>();
    private final List<String> wrong = new ArrayList<>();
    private int begun;
    private int ended;

    Program(long seed) {
      random = new Random(seed);
    }

    private Duration some() {
      return ofMillis(random.nextInt(6));
    }

    /** Counts that it began and ended, and takes care that it took no request away that was not its own. */
    private AsyncBody<Object> counted(AsyncBody<?> body) {
      return () -> {
        int before = currentTask().cancelling();
        begun++;
        try {
          return body.call();
        } finally {
          ended++;
          if (currentTask().cancelling() < before) {
            wrong.add("took a request away");
          }
        }
      };
    }

    private static void giveBack(Object value) {
      if (value instanceof Held held) {
        held.close();
      } else if (value instanceof List<?> list) {
        list.forEach(Program::giveBack);
      }
    }

    private static AsyncBody<Object> givingBack(AsyncBody<Object> body) {
      return () -> {
        giveBack(body.call());
        return null;
      };
    }

    private AsyncBody<Object> leaf() {
      int kind = random.nextInt(9);
      Duration length = some();
      boolean cleansUp = random.nextInt(3) == 0;
      return counted(() -> {
        try {
          await(sleep(length));
          switch (kind) {
            case 0, 1 -> throw new IOException("leaf");
            case 2 -> throw new CancellationException("leaf");
            case 3 -> throw new AssertionError("leaf");
            case 4 -> await(rate.acquire());
            case 5 -> await(limiter.run(() -> await(sleep(length))));
            case 6 -> {
              var own = new AsyncLock();
              locks.add(own);
              return await(own.acquire());
            }
            default -> await(sleep(ZERO));
          }
          return kind;
        } finally {
          if (cleansUp) {
            await(cleanup(ofSeconds(9), () -> await(sleep(length))));
          }
        }
      });
    }

    private List<AsyncBody<Object>> several(int depth) {
      return IntStream.rangeClosed(0, random.nextInt(4))
          .mapToObj(i -> some(depth))
          .toList();
    }

    private AsyncBody<Object> some(int depth) {
      if (depth == 0) {
        return leaf();
      }
      int inner = depth - 1;
      return counted(
          switch (random.nextInt(10)) {
            case 0 -> items(several(inner));
            case 1 -> hedged(some(inner));
            case 2 -> retried(some(inner));
            case 3 -> limited(some(inner));
            case 4 -> {
              List<AsyncBody<Object>> bodies = several(inner);
              yield () -> await(firstSuccess(bodies.stream().map(Async::async).toList()));
            }
            case 5, 6 -> scope(some(inner), some(inner));
            case 7 -> leaf();
            default -> group(several(inner), some(inner));
          });
    }

    private AsyncBody<Object> items(List<AsyncBody<Object>> bodies) {
      int failing = random.nextInt(12);
      int limit = 1 + random.nextInt(3);
      return givingBack(() -> await(mapConcurrently(limit, bodies, body -> {
        if (bodies.indexOf(body) == failing) {
          throw new IllegalStateException("function");
        }
        return async(body);
      })));
    }

    private AsyncBody<Object> hedged(AsyncBody<Object> body) {
      Duration delay = some();
      int most = 1 + random.nextInt(4);
      return () -> await(hedge(delay, most, body));
    }

    private AsyncBody<Object> retried(AsyncBody<Object> body) {
      RetryPolicy policy =
          RetryPolicy.attempts(1 + random.nextInt(4)).withBackoff(ofMillis(1), ofMillis(4));
      RetryPolicy limited =
          random.nextBoolean() ? policy.withTimeout(ofMillis(1 + random.nextInt(10))) : policy;
      return () -> await(retry(limited, body));
    }

    private AsyncBody<Object> limited(AsyncBody<Object> body) {
      Duration limit = some();
      return switch (random.nextInt(3)) {
        case 0 -> () -> await(waitFor(async(body), limit.plusMillis(1)));
        case 1 -> () -> await(failAfter(limit, body));
        default ->
          () -> await(moveOnAfter(limit, () -> {
            giveBack(body.call());
            return "in time";
          }));
      };
    }

    private AsyncBody<Object> scope(AsyncBody<Object> body, AsyncBody<Object> inCleanup) {
      Duration delay = some();
      boolean atOnce = random.nextInt(4) == 0;
      boolean goesOn = random.nextBoolean();
      return () -> {
        CancelScope scope = cancelScope();
        var unused = EventLoop.current().schedule(delay, scope::cancel);
        return await(scope.run(() -> {
          if (atOnce) {
            scope.cancel();
          }
          try {
            return body.call();
          } catch (CancellationException cancelled) {
            if (goesOn) {
              giveBack(inCleanup.call());
            }
            throw cancelled;
          }
        }));
      };
    }

    private TaskGroup newGroup() {
      return switch (random.nextInt(6)) {
        case 0 -> taskGroup(CompletionPolicy.isolated());
        case 1 -> taskGroup(CompletionPolicy.firstSuccess());
        case 2 -> taskGroup(CompletionPolicy.successes(2));
        case 3 ->
          taskGroup(task -> {
            if (random.nextInt(4) == 0) {
              throw new IOException("policy");
            }
            return random.nextInt(4) == 0;
          });
        default -> taskGroup();
      };
    }

    private AsyncBody<Object> group(List<AsyncBody<Object>> bodies, AsyncBody<Object> own) {
      int stops = random.nextInt(6);
      Duration delay = some();
      Duration grace = some();
      return () -> await(newGroup().run(group -> {
        for (AsyncBody<Object> body : bodies) {
          addTo(group, givingBack(body));
        }
        if (stops == 0) {
          await(sleep(delay));
          group.stop(grace);
          group.stop(delay);
        } else if (stops == 1) {
          var unused = EventLoop.current().schedule(delay, group::cancel);
        }
        return own.call();
      }));
    }

    private void addTo(TaskGroup group, AsyncBody<Object> body) throws Exception {
      TaskOptions options = TaskOptions.named("child");
      switch (random.nextInt(6)) {
        case 0 -> group.createBackground(async(body), options);
        case 1 -> group.createTask(async(body), options.withEagerStart());
        case 2 -> {
          int readiness = random.nextInt(3);
          Coroutine<Object> starting = group.start(ready -> {
            if (readiness == 0) {
              ready.complete(0);
            }
            giveBack(body.call());
            if (readiness == 1) {
              ready.complete(1);
            }
          });
          try {
            await(starting);
          } catch (Exception | AssertionError failure) {
            Async.rethrowIfCancelled(failure); // or goes on without
          }
        }
        case 3 ->
          group.createTask(async(() -> {
            try {
              return body.call();
            } finally {
              try {
                Task<Object> unused = random.nextBoolean()
                    ? group.createTask(async(body))
                    : group.createBackground(async(body));
              } catch (IllegalStateException closed) {
                // it accepts no more
              }
            }
          }));
        default -> group.createTask(async(body), options);
      }
    }

    /** Runs it, and cancels it after so many turns or milliseconds, or not at all. */
    void run(long seed) {
      AsyncBody<Object> body = givingBack(some(3));
      int at = random.nextInt(25);
      long cancels = seed % 3;
      CleanRun.of(() -> {
        Task<Object> task = createTask(async(body));
        if (cancels == 1) {
          for (int i = 0; i < at; i++) {
            await(sleep(ZERO));
          }
        } else if (cancels == 2) {
          await(sleep(ofMillis(at)));
        }
        if (cancels > 0) {
          task.cancel("outside");
        }
        await(waitTasks(List.of(task), ReturnWhen.ALL_COMPLETED, ofSeconds(100)));
        assertThat(task).as("after so long").isDone();
        assertThat(task.cancelling()).isLessThanOrEqualTo(cancels > 0 ? 1 : 0);
        if (task.isCompletedExceptionally() && !task.isCancelled()) {
          assertThat(task.exceptionNow()).isNotNull();
        }
        await(sleep(ofMillis(50))); // the timers of the program's own
      });
      assertThat(wrong).isEmpty();
      assertThat(ended).isEqualTo(begun);
      assertThat(limiter.statistics()).isEqualTo(new AsyncLimiter.Statistics(2, List.of(), 0));
      assertThat(rate.statistics().waiting()).isZero();
      assertThat(locks).noneMatch(AsyncLock::isLocked);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void a_random_program_ends_and_leaves_nothing(int part) {
    try (var log = new CapturedLog()) {
      for (long seed = part; seed < PROGRAMS; seed += 2) {
        try {
          new Program(seed).run(seed);
        } catch (Throwable failure) {
          throw new AssertionError("program " + seed, failure);
        }
      }
    }
  }
}
