package dev.asyncawait.examples;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.sleep;

import dev.asyncawait.Coroutine;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the user sees: a line for each event and, on a terminal, a bar below the last. Only used on the loop. */
final class Progress {

  private static final int BAR_WIDTH = 30;

  private final boolean onTerminal = isTerminal();
  private final int files;
  private final List<PartFile> transfers = new ArrayList<>();
  private int filesEnded;
  private int filesSaved;
  private long bytesSaved;
  private int charactersDrawn;

  Progress(int files) {
    this.files = files;
  }

  /** Keeps the bar up to date until cancelled; ends at once if there is no terminal. */
  Coroutine<Void> keepDrawing() {
    return async(() -> {
      try {
        while (onTerminal) {
          draw();
          await(sleep(Duration.ofMillis(100)));
        }
      } finally {
        erase();
      }
    });
  }

  void begins(PartFile transfer) {
    transfers.add(transfer);
  }

  void ends(PartFile transfer) {
    transfers.remove(transfer);
  }

  void retrying(String message) {
    print(System.out, message);
  }

  void saved(String message, long bytes) {
    filesEnded++;
    filesSaved++;
    bytesSaved += bytes;
    print(System.out, message);
  }

  void failed(String message) {
    filesEnded++;
    print(System.err, message);
  }

  void interrupted() {
    print(System.err, "fetch-files: interrupted");
  }

  /** The last line, however it ended. */
  void ends() {
    print(System.out, filesSaved + " of " + files + " files downloaded");
  }

  @SuppressWarnings(
      "SystemConsoleNull") // JDK 22 to 24 have a console without a terminal, but not this one
  private static boolean isTerminal() {
    System.setProperty("jdk.console", "java.base");
    return System.console() != null;
  }

  private void print(PrintStream stream, String message) {
    erase();
    stream.println(message);
  }

  private void draw() {
    double done = filesEnded;
    long bytes = bytesSaved;
    for (PartFile transfer : transfers) {
      done += transfer.fraction();
      bytes += transfer.received();
    }
    int filled = (int) (BAR_WIDTH * done / files);
    String bar = String.format(
        Locale.ROOT,
        "[%s%s] %d of %d files, %.1f MB",
        "#".repeat(filled),
        "-".repeat(BAR_WIDTH - filled),
        filesEnded,
        files,
        bytes / 1e6);
    System.out.print("\r" + bar + " ".repeat(Math.max(0, charactersDrawn - bar.length())));
    System.out.flush();
    charactersDrawn = bar.length();
  }

  private void erase() {
    if (charactersDrawn > 0) {
      System.out.print("\r" + " ".repeat(charactersDrawn) + "\r");
      System.out.flush();
      charactersDrawn = 0;
    }
  }
}
