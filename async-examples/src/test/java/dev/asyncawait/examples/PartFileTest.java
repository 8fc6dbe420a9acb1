package dev.asyncawait.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Flow.Subscription;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The order of events that a race decides: a cancelled request can deliver after the close. */
class PartFileTest {

  @TempDir
  Path directory;

  @Test
  void a_body_is_written_beside_its_target_and_moved_whole() throws Exception {
    Path target = directory.resolve("a");
    try (var part = new PartFile(target)) {
      var transfer = new Transfer();
      part.onSubscribe(transfer);
      part.onNext(List.of(bytes("ab"), bytes("c")));
      assertThat(transfer.requested).isEqualTo(2);
      assertThat(target).doesNotExist();
      assertThat(directory).isDirectoryContaining("glob:**/a.*.part");

      part.onComplete();
      assertThat(part.getBody().toCompletableFuture())
          .isCompletedWithValue("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
      assertThat(part.received()).isEqualTo(3);
      part.moveIntoPlace();
    }
    assertThat(target).hasContent("abc");
    assertThat(directory).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void a_response_that_begins_after_the_close_makes_no_file() throws Exception {
    var part = new PartFile(directory.resolve("a"));
    part.close();

    var transfer = new Transfer();
    part.onSubscribe(transfer);

    assertThat(transfer.cancelled).isTrue();
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void a_body_that_goes_on_after_the_close_writes_no_more_and_leaves_no_file() throws Exception {
    var part = new PartFile(directory.resolve("a"));
    var transfer = new Transfer();
    part.onSubscribe(transfer);
    part.onNext(List.of(bytes("ab")));

    part.close();
    part.onNext(List.of(bytes("c")));

    assertThat(transfer.cancelled).isTrue();
    assertThat(part.received()).isEqualTo(2);
    assertThat(part.getBody().toCompletableFuture()).isCompletedExceptionally();
    assertThatThrownBy(part::moveIntoPlace).isInstanceOf(PermanentFailureException.class);
    assertThat(directory).isEmptyDirectory();
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  private static final class Transfer implements Subscription {
    long requested;
    boolean cancelled;

    @Override
    public void request(long n) {
      requested += n;
    }

    @Override
    public void cancel() {
      cancelled = true;
    }
  }
}
