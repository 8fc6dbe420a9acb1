package dev.asyncawait.examples;

import static dev.asyncawait.Async.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.EventLoop;
import dev.asyncawait.test.AsyncTest;
import java.time.Duration;
import java.util.List;

class DownloadTest {

  @AsyncTest
  void several_files_take_the_time_of_one() {
    await(Download.main(List.of("a.txt", "b.txt", "c.txt")));

    assertThat(EventLoop.current().time()).isEqualTo(Duration.ofSeconds(2));
  }
}
