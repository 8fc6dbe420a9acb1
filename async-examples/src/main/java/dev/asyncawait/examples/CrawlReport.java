package dev.asyncawait.examples;

import dev.asyncawait.EventLoop;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;
import java.util.stream.Collectors;

/** What the user sees: a line for each visit, with the time since the beginning, and a summary. Only used on the loop. */
final class CrawlReport {

  private final List<Address> starts;
  private final Set<Address> outside = new HashSet<>();
  private final Set<Address> tooMany = new HashSet<>();
  private Duration began = Duration.ZERO;
  private int ok;
  private int moved;
  private int failed;
  private int givenUp;

  CrawlReport(List<Address> starts) {
    this.starts = starts;
  }

  void begins(Crawl.Limits limits) {
    began = EventLoop.current().time();
    System.out.printf(
        "crawling %s (workers: %d, requests at once: %d, deadline: %s s)%n",
        starts.stream().map(Address::toString).collect(Collectors.joining(" ")),
        limits.workers(),
        limits.requests(),
        BigDecimal.valueOf(limits.deadline().toMillis(), 3).stripTrailingZeros().toPlainString());
  }

  void read(Crawl.Link link, int links, long isNew) {
    ok++;
    String note = links == 1 ? "1 link" : links + " links";
    print("ok", link, links == 0 ? "" : isNew == 0 ? note : note + ", " + isNew + " new");
  }

  void redirected(Crawl.Link link, Address to) {
    moved++;
    print("moved", link, "to " + name(to));
  }

  void failed(Crawl.Link link, String reason) {
    failed++;
    Address foundOn = link.foundOn();
    print("FAILED", link, foundOn == null ? reason : reason + "; linked from " + name(foundOn));
  }

  void givenUp(Crawl.Link link) {
    givenUp++;
    print("given up", link, "");
  }

  void leadsOutside(Address address) {
    outside.add(address);
  }

  void isTooMany(Address address) {
    tooMany.add(address);
  }

  void ends(Crawl.End end, int unvisited) {
    var numbers = new StringJoiner(", ").setEmptyValue("nothing visited");
    addUnlessZero(numbers, ok, "ok");
    addUnlessZero(numbers, moved, "moved");
    addUnlessZero(numbers, failed, "failed");
    addUnlessZero(numbers, givenUp, "given up");
    addUnlessZero(numbers, unvisited, "not visited");
    addUnlessZero(numbers, tooMany.size(), "above --max-pages");
    addUnlessZero(numbers, outside.size(), "on other sites");
    String how = switch (end) {
      case FINISHED -> "finished";
      case DEADLINE_PASSED -> "deadline passed";
      case STOPPED -> "stopped";
    };
    System.out.printf(Locale.ROOT, "%s after %.2f s: %s%n", how, seconds(), numbers);
  }

  int failures() {
    return failed;
  }

  private void print(String result, Crawl.Link link, String note) {
    String line = String.format(
        Locale.ROOT, "%6.2f s  %-8s  %-24s  %s", seconds(), result, name(link.target()), note);
    System.out.println(line.stripTrailing());
  }

  private double seconds() {
    return EventLoop.current().time().minus(began).toNanos() / 1e9;
  }

  /** Short where only one site is crawled. */
  private String name(Address address) {
    boolean onlySite = starts.stream().allMatch(start -> start.site().equals(address.site()));
    return onlySite ? address.page() : address.toString();
  }

  private static void addUnlessZero(StringJoiner numbers, int number, String of) {
    if (number > 0) {
      numbers.add(number + " " + of);
    }
  }
}
