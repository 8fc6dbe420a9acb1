package dev.asyncawait.examples;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.EventLoop;
import dev.asyncawait.test.VirtualTime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DownloaderTest {

  private static final Duration HANGS = Duration.ofMinutes(5);

  @TempDir
  Path directory;

  @Test
  void the_pause_before_another_attempt_doubles_each_time() throws Exception {
    try (var server = new FileServer()) {
      var requests = server.serve("/", FileServer.status(503));
      var job = new Downloader.Job(
          Source.parse(server.url("/busy")), directory.resolve("busy"), Duration.ofHours(1));
      var downloader = new Downloader(4, new Progress(1));

      // The requests take real time, for which the virtual clock waits; the pauses take virtual
      // time.
      VirtualTime.options().limit(HANGS).stageGrace(HANGS).run(async(() -> {
        assertThat(await(downloader.downloadAll(List.of(job), 1))).isEqualTo(1);
        assertThat(EventLoop.current().time())
            .isEqualTo(Duration.ofMillis(500 + 1000 + 2000 + 4000));
      }));
      assertThat(requests).hasValue(5);
    }
  }
}
