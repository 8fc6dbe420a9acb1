package dev.asyncawait.examples;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.taskGroup;
import static dev.asyncawait.Async.timeout;
import static dev.asyncawait.Async.toThread;

import dev.asyncawait.AsyncQueue;
import dev.asyncawait.AsyncSemaphore;
import dev.asyncawait.AsyncTimeoutException;
import dev.asyncawait.Coroutine;
import dev.asyncawait.TaskGroup;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.ResponseInfo;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Visits each page of a site once, starting from some of them. All of it runs on one loop, so the workers share a plain
 * set: between two awaits nothing else runs.
 */
final class Crawl {

  /** What it may use. */
  record Limits(int workers, int requests, int pages, Duration deadline) {}

  /** Where to go, and the page that has the link; null for where the crawl starts. */
  record Link(Address target, @Nullable Address foundOn) {}

  /** How it ended. */
  enum End {
    FINISHED,
    DEADLINE_PASSED,
    STOPPED
  }

  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  private final List<Address> starts;
  private final Set<String> sites;
  private final Limits limits;
  private final CrawlReport report;
  private final HttpClient client = HttpClient.newHttpClient(); // does not follow redirects
  private final AsyncSemaphore requests;
  // Without a capacity: workers that put links into a full queue would wait for each other for
  // ever.
  private final AsyncQueue<Link> queue = AsyncQueue.fifo();
  private final Set<Address> queued = new HashSet<>();

  Crawl(List<Address> starts, Limits limits, CrawlReport report) {
    this.starts = starts;
    this.sites = starts.stream().map(Address::site).collect(Collectors.toSet());
    this.limits = limits;
    this.requests = new AsyncSemaphore(limits.requests());
    this.report = report;
  }

  /** Visits all that can be reached until the deadline; finishes the report also when it is cancelled. */
  Coroutine<End> run() {
    return async(() -> {
      End end = End.STOPPED;
      report.begins(limits);
      try {
        await(timeout(limits.deadline()).run(() -> {
          starts.forEach(start -> enqueue(start, null));
          await(workUntilAllIsVisited());
        }));
        end = End.FINISHED;
      } catch (AsyncTimeoutException e) {
        end = End.DEADLINE_PASSED;
      } finally {
        report.ends(end, queue.shutdownNow().size());
      }
      return end;
    });
  }

  private Coroutine<Void> workUntilAllIsVisited() {
    TaskGroup crew = taskGroup();
    return crew.run(() -> {
      for (int i = 1; i <= limits.workers(); i++) {
        var unused = crew.createTask(queue.forEach(link -> await(visit(link))), "worker " + i);
      }
      await(queue.join()); // by then no visit is under way that could find another page
      queue.shutdown(); // which ends the workers
    });
  }

  private Coroutine<Void> visit(Link link) {
    return async(() -> {
      try {
        HttpResponse<String> response = await(requests.run(() -> await(get(link.target()))));
        int status = response.statusCode();
        if (isSuccess(status)) {
          await(followLinks(link, response.body()));
        } else if (REDIRECTS.contains(status)) {
          followRedirect(link, response);
        } else {
          report.failed(link, "HTTP " + status);
        }
      } catch (CancellationException e) {
        report.givenUp(link);
        throw e;
      } catch (Exception e) {
        report.failed(link, Reason.of(e));
      }
    });
  }

  /** Sends a request; cancelling it breaks the connection off. */
  private CompletableFuture<HttpResponse<String>> get(Address address) {
    return client.sendAsync(
        HttpRequest.newBuilder(address.uri()).build(),
        info -> isHtml(info) ? BodyHandlers.ofString().apply(info) : BodySubscribers.replacing(""));
  }

  private static boolean isSuccess(int status) {
    return status / 100 == 2;
  }

  private static boolean isHtml(ResponseInfo info) {
    String type = info.headers().firstValue("Content-Type").orElse("").toLowerCase(Locale.ROOT);
    return isSuccess(info.statusCode()) && type.startsWith("text/html");
  }

  private Coroutine<Void> followLinks(Link link, String html) {
    return async(() -> {
      // Parsing keeps a processor busy; on a thread of its own it does not hold up the loop.
      List<Address> links = await(toThread(() -> link.target().linksIn(html)));
      long isNew =
          links.stream().filter(target -> enqueue(target, link.target())).count();
      report.read(link, links.size(), isNew);
    });
  }

  private void followRedirect(Link link, HttpResponse<?> response) {
    int status = response.statusCode();
    Optional<Address> to =
        response.headers().firstValue("Location").flatMap(link.target()::resolve);
    if (to.isEmpty()) {
      report.failed(link, "HTTP " + status + " to nowhere");
    } else {
      enqueue(to.get(), link.target());
      report.redirected(link, to.get());
    }
  }

  /** Tells whether the page is one more to visit. */
  private boolean enqueue(Address target, @Nullable Address foundOn) {
    if (!sites.contains(target.site())) {
      report.leadsOutside(target);
      return false;
    }
    if (queued.contains(target)) {
      return false;
    }
    if (queued.size() == limits.pages()) {
      report.isTooMany(target);
      return false;
    }
    queued.add(target);
    return queue.tryPut(new Link(target, foundOn));
  }
}
