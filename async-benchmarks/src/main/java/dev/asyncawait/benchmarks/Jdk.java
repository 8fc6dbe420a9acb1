package dev.asyncawait.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * A JDK to measure on.
 *
 * @param home where it is
 * @param version as it says itself, such as {@code 25.0.1+8}
 */
record Jdk(Path home, Runtime.Version version) {

  private static final int WITH_VIRTUAL_THREADS = 21;

  /** Their peers are compiled for this one. */
  private static final int OF_THEIR_PEERS = 25;

  static Jdk at(Path home) throws IOException {
    var release = new Properties();
    try (var in = Files.newInputStream(home.resolve("release"))) {
      release.load(in);
    }
    String version = release.getProperty("JAVA_VERSION").replace("\"", "");
    return new Jdk(home, Runtime.Version.parse(version));
  }

  boolean hasVirtualThreads() {
    return version.feature() >= WITH_VIRTUAL_THREADS;
  }

  List<String> java() {
    return List.of(home.resolve("bin").resolve("java").toString());
  }

  /** The benchmark methods that can run on it, whose own names begin so. */
  List<String> methods(String prefix) {
    var format = OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT);
    Set<BenchmarkListEntry> all = BenchmarkList.defaultList().getAll(format, List.of());
    return all.stream()
        .map(BenchmarkListEntry::getUsername)
        .filter(name -> name.substring(name.lastIndexOf('.') + 1).startsWith(prefix))
        .filter(name -> version.feature() >= OF_THEIR_PEERS || !name.contains(".threads."))
        .sorted()
        .toList();
  }
}
