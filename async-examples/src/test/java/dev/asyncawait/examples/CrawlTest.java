package dev.asyncawait.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.asyncawait.Task;
import dev.asyncawait.test.ManualTime;
import dev.asyncawait.test.VirtualTime;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CrawlTest {

  private final PrintStream console = System.out;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  @BeforeEach
  void catchWhatIsPrinted() {
    System.setOut(new PrintStream(printed, true, UTF_8));
  }

  @AfterEach
  void printAgain() {
    System.setOut(console);
  }

  @Test
  void at_the_deadline_what_is_under_way_is_given_up() throws Exception {
    try (var server = new FileServer();
        ManualTime time = VirtualTime.manual()) {
      server.serve("/", CrawlerIT.page("endless/1", "endless/2", "endless/3"));
      AtomicInteger endless =
          server.serve("/endless/", server.unfinished("<a href=/never>".getBytes(UTF_8)));
      List<Address> starts = List.of(Address.parse(server.url("/")));
      var limits = new Crawl.Limits(2, 1, 1000, Duration.ofHours(1));

      Task<Crawl.End> task = time.start(new Crawl(starts, limits, new CrawlReport(starts)).run());
      await().atMost(2, TimeUnit.MINUTES).until(() -> {
        time.advance(Duration.ZERO); // has what the server sent dealt with
        return endless.get() == 1;
      });
      time.advance(Duration.ofHours(1));

      assertThat(task.join()).isEqualTo(Crawl.End.DEADLINE_PASSED);
      assertThat(printed.toString(UTF_8).lines().map(line -> line.strip().replaceAll(" +", " ")))
          .containsExactly(
              "crawling " + server.url("/")
                  + " (workers: 2, requests at once: 1, deadline: 3600 s)",
              "0.00 s ok / 3 links, 3 new",
              "3600.00 s given up /endless/1",
              "3600.00 s given up /endless/2",
              "deadline passed after 3600.00 s: 1 ok, 2 given up, 1 not visited");
    }
  }
}
