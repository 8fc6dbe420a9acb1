package dev.asyncawait.examples;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One response's body on its way to a file: written under a temporary name and hashed as it arrives, then moved
 * into place whole, or gone. As a subscriber it gives the body's SHA-256 in hexadecimal.
 */
final class PartFile implements BodySubscriber<String>, AutoCloseable {

  /*
   * The HTTP client's threads write, so that a slow disk never holds up the loop. The loop only closes, deletes
   * and renames, which is quick, and which no second cancel can then come between. It may close in the middle
   * of a transfer, since a cancelled request can still deliver what it has; the monitor decides: after close()
   * nothing is written and no file is made.
   */
  private final Path target;
  private final Path path;
  private final MessageDigest digest = sha256();
  private final CompletableFuture<String> body = new CompletableFuture<>();

  // only by the HTTP client's threads, one after another
  private @Nullable Subscription subscription;

  // guarded by this
  private @Nullable FileChannel channel;
  private boolean closed;

  // any thread
  private volatile long expected;
  private final AtomicLong received = new AtomicLong();

  PartFile(Path target) {
    this.target = target;
    this.path = target.resolveSibling("%s.%08x.part"
        .formatted(target.getFileName(), ThreadLocalRandom.current().nextInt()));
  }

  /** This, to receive the body that these headers announce. */
  PartFile expecting(HttpHeaders headers) {
    expected = headers.firstValueAsLong("Content-Length").orElse(0);
    return this;
  }

  long received() {
    return received.get();
  }

  /** How much of the body is here, from 0 to 1; 0 if nobody knows how long it is. */
  double fraction() {
    return expected > 0 ? received.doubleValue() / expected : 0;
  }

  /** Gives the complete file its name. */
  void moveIntoPlace() throws PermanentFailureException {
    onDisk(() -> Files.move(path, target, StandardCopyOption.ATOMIC_MOVE));
  }

  /** Leaves no part file behind. */
  @Override
  public synchronized void close() throws IOException {
    closed = true;
    if (channel != null) {
      try {
        channel.close();
      } finally {
        Files.deleteIfExists(path); // not if it was moved
      }
    }
  }

  @Override
  public CompletionStage<String> getBody() {
    return body;
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    this.subscription = subscription;
    receive(() ->
        channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    receive(() -> {
      for (ByteBuffer buffer : buffers) {
        digest.update(buffer.duplicate());
        while (buffer.hasRemaining()) {
          received.addAndGet(requireNonNull(channel).write(buffer));
        }
      }
    });
  }

  @Override
  public void onError(Throwable error) {
    body.completeExceptionally(error);
  }

  @Override
  public void onComplete() {
    try {
      onDisk(() -> requireNonNull(channel).close());
      body.complete(HexFormat.of().formatHex(digest.digest()));
    } catch (PermanentFailureException e) {
      body.completeExceptionally(e);
    }
  }

  private void receive(DiskWork work) {
    try {
      onDisk(work);
      requireNonNull(subscription).request(1);
    } catch (PermanentFailureException e) {
      requireNonNull(subscription).cancel();
      body.completeExceptionally(e);
    }
  }

  private synchronized void onDisk(DiskWork work) throws PermanentFailureException {
    try {
      if (closed) {
        throw new ClosedChannelException();
      }
      work.run();
    } catch (IOException e) {
      throw new PermanentFailureException("cannot write " + Reason.of(e), e);
    }
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  private interface DiskWork {
    void run() throws IOException;
  }
}
