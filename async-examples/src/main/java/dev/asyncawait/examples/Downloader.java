package dev.asyncawait.examples;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.mapConcurrently;
import static dev.asyncawait.Async.rethrowIfCancelled;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.waitFor;

import dev.asyncawait.AsyncTimeoutException;
import dev.asyncawait.Coroutine;
import dev.asyncawait.Task;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** Downloads files over HTTP, some at once. All of it runs on one loop: between two awaits nothing else runs. */
final class Downloader {

  /** One file to download, and how long each attempt may take. */
  record Job(Source source, Path target, Duration limit) {}

  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Set<Integer> WORTH_A_RETRY = Set.of(408, 429, 500, 502, 503, 504);

  private final HttpClient client =
      HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();
  private final int retries;
  private final Progress progress;

  Downloader(int retries, Progress progress) {
    this.retries = retries;
    this.progress = progress;
  }

  /** Downloads what it can and gives the number of files that failed; says how many are there also when cancelled. */
  Coroutine<Integer> downloadAll(List<Job> jobs, int atOnce) {
    return async(() -> {
      Task<Void> bar = createTask(progress.keepDrawing());
      try {
        List<Boolean> saved = await(mapConcurrently(atOnce, jobs, this::isSaved));
        return Collections.frequency(saved, false);
      } catch (CancellationException e) {
        progress.interrupted();
        throw e;
      } finally {
        bar.cancel();
        await(gatherOutcomes(bar)); // waits for its end, which is a cancellation
        progress.ends();
      }
    });
  }

  private Coroutine<Boolean> isSaved(Job job) {
    return async(() -> {
      try {
        await(download(job));
        return true;
      } catch (Exception e) {
        rethrowIfCancelled(e);
        progress.failed("fetch-files: " + job.source().uri() + ": " + reason(job, e));
        return false;
      }
    });
  }

  private Coroutine<Void> download(Job job) {
    return async(() -> {
      Duration pause = FIRST_PAUSE;
      for (int retry = 1; ; retry++) {
        try {
          await(waitFor(attempt(job), job.limit()), IOException.class);
          return;
        } catch (PermanentFailureException e) {
          throw e;
        } catch (IOException | AsyncTimeoutException e) {
          if (retry > retries) {
            throw e;
          }
          progress.retrying("retry " + retry + " of " + retries + ": "
              + job.source().uri() + ": " + reason(job, e));
        }
        await(sleep(pause));
        pause = pause.multipliedBy(2);
      }
    });
  }

  private Coroutine<Void> attempt(Job job) {
    return async(() -> {
      var part = new PartFile(job.target());
      progress.begins(part);
      try (part) {
        HttpResponse<String> response = await(client.sendAsync(
            HttpRequest.newBuilder(job.source().uri()).build(),
            info -> info.statusCode() == 200
                ? part.expecting(info.headers())
                : BodySubscribers.replacing("")));
        check(response, job.source().sha256());
        // No await from here on: what was checked is moved and reported, whoever cancels meanwhile.
        part.moveIntoPlace();
        progress.saved(
            "saved " + job.target() + " (" + part.received() + " bytes)", part.received());
      } finally {
        progress.ends(part);
      }
    });
  }

  private static void check(HttpResponse<String> response, @Nullable String sha256)
      throws IOException {
    int status = response.statusCode();
    if (WORTH_A_RETRY.contains(status)) {
      throw new IOException("HTTP " + status);
    }
    if (status != 200) {
      throw new PermanentFailureException("HTTP " + status, null);
    }
    if (sha256 != null && !sha256.equals(response.body())) {
      throw new PermanentFailureException(
          "wrong checksum: expected " + sha256 + ", got " + response.body(), null);
    }
  }

  private static String reason(Job job, Exception e) {
    if (e instanceof AsyncTimeoutException) {
      return "took longer than "
          + BigDecimal.valueOf(job.limit().toMillis(), 3).stripTrailingZeros().toPlainString()
          + " s";
    }
    return Reason.of(e);
  }
}
