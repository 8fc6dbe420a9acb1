package dev.asyncawait.examples;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.EventLoop;
import dev.asyncawait.test.VirtualTime;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class DownloadTest {

  @Test
  void several_files_take_the_time_of_one() {
    Duration taken = VirtualTime.run(async(() -> {
      Duration start = EventLoop.current().time();
      await(Download.main(List.of("a.txt", "b.txt", "c.txt")));
      return EventLoop.current().time().minus(start);
    }));

    assertThat(taken).isEqualTo(Duration.ofSeconds(2));
  }
}
