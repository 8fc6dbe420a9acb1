package dev.asyncawait.compiler;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.cancelScope;
import static dev.asyncawait.Async.cleanup;
import static dev.asyncawait.Async.failAfter;
import static dev.asyncawait.Async.hedge;
import static dev.asyncawait.Async.moveOnAfter;
import static dev.asyncawait.Async.retry;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.timeout;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.Async;
import dev.asyncawait.AsyncLimiter;
import dev.asyncawait.AsyncLock;
import dev.asyncawait.AsyncQueue;
import dev.asyncawait.AsyncRateLimiter;
import dev.asyncawait.AsyncSemaphore;
import dev.asyncawait.RetryPolicy;
import dev.asyncawait.compiler.CompilerReport.Body;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whatever takes a body takes a compiled one. */
class EveryDoorTest {

  private int ran;

  private void count(Object argument) {
    assertThat(argument).isNotNull();
    ran++;
  }

  /** Its bodies, one for each door, and none within another. */
  private void doors() {
    await(async(() -> {
      await(sleep(ZERO));
      return ran++;
    }));
    await(async(() -> {
      await(sleep(ZERO));
      ran++;
    }));
    await(taskGroup().run(() -> {
      await(sleep(ZERO));
      return ran++;
    }));
    await(taskGroup().run(group -> {
      await(sleep(ZERO));
      count(group);
      return "value";
    }));
    await(taskGroup().runAction(group -> {
      await(sleep(ZERO));
      count(group);
    }));
    await(timeout(ofHours(1)).run(() -> {
      await(sleep(ZERO));
      ran++;
    }));
    await(timeout(ofHours(1)).run(limit -> {
      await(sleep(ZERO));
      count(limit);
      return "value";
    }));
    await(timeout(ofHours(1)).runAction(limit -> {
      await(sleep(ZERO));
      count(limit);
    }));
    await(cancelScope().run(() -> {
      await(sleep(ZERO));
      ran++;
    }));
    await(cancelScope().run(scope -> {
      await(sleep(ZERO));
      count(scope);
      return "value";
    }));
    await(cancelScope().runAction(scope -> {
      await(sleep(ZERO));
      count(scope);
    }));
    await(moveOnAfter(ofHours(1), () -> {
      await(sleep(ZERO));
      return ran++;
    }));
    await(failAfter(ofHours(1), () -> {
      await(sleep(ZERO));
      return ran++;
    }));
    await(cleanup(ofHours(1), () -> {
      await(sleep(ZERO));
      ran++;
    }));
    await(hedge(ofHours(1), 2, () -> {
      await(sleep(ZERO));
      return ran++;
    }));
    await(hedge(ofHours(1), 2, () -> {
      await(sleep(ZERO));
      ran++;
    }));
    int before = ran;
    await(retry(RetryPolicy.attempts(3), () -> {
      await(sleep(ZERO));
      if (++ran < before + 3) {
        throw new IOException("again");
      }
      return "value";
    }));
    await(retry(RetryPolicy.attempts(3), () -> {
      await(sleep(ZERO));
      ran++;
    }));
    await(new AsyncLock().run(() -> {
      await(sleep(ZERO));
      ran++;
    }));
    await(new AsyncSemaphore(1).run(() -> {
      await(sleep(ZERO));
      ran++;
    }));
    await(new AsyncLimiter(1).run(() -> {
      await(sleep(ZERO));
      ran++;
    }));
    await(new AsyncRateLimiter(1, ofHours(1)).run(() -> {
      await(sleep(ZERO));
      ran++;
    }));
    AsyncQueue<String> queue = AsyncQueue.fifo();
    queue.tryPut("a");
    queue.shutdown();
    await(queue.forEach(item -> {
      await(sleep(ZERO));
      count(item);
    }));
    await(taskGroup().run(() -> {
      var group = taskGroup();
      return await(group.run(() -> await(group.start(ready -> {
        await(sleep(ZERO));
        ran++;
        ready.complete("ready");
      }))));
    }));
  }

  @Test
  void a_body_is_compiled_whatever_takes_it() {
    Async.run(async(() -> {
      doors();
    }));
    List<Body> bodies = CompiledBodies.report().bodies().stream()
        .filter(body -> String.valueOf(body.method()).contains("lambda$doors$"))
        .toList();
    assertThat(bodies).hasSizeGreaterThanOrEqualTo(26).allMatch(Body::isCompiled);
    assertThat(ran).isEqualTo(26);
  }
}
