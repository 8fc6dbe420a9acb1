package dev.asyncawait.examples;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.sleep;

import dev.asyncawait.Async;
import dev.asyncawait.Coroutine;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Several coroutines at once: all of them take the time of one. */
@Command(
    name = "download",
    description =
        "Pretend to download files, all at once, in two seconds. For real ones see fetch-files.")
final class Download implements Runnable {

  @Parameters(
      paramLabel = "NAME",
      arity = "0..*",
      defaultValue = "file1.txt",
      description = "The files to download (default: ${DEFAULT-VALUE}).")
  private List<String> names = List.of();

  static Coroutine<Void> downloadFile(String name) {
    return async(() -> {
      System.out.println("Downloading " + name + "...");
      await(sleep(Duration.ofSeconds(2)));
      System.out.println("Downloaded " + name + "!");
    });
  }

  static Coroutine<Void> main(List<String> names) {
    return async(() -> {
      System.out.println("Start");
      await(gather(names.stream().map(Download::downloadFile).toList()));
      System.out.println("End");
    });
  }

  @Override
  public void run() {
    Async.run(main(names));
  }
}
