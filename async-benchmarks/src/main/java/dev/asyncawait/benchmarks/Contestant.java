package dev.asyncawait.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Somebody who does a work, in a process of its own.
 *
 * @param name in the table
 * @param command what starts it; it answers as {@link Worker} does
 */
record Contestant(String name, List<String> command) {

  static final String COMPILED = "asyncawait";
  static final String PARKED = "asyncawait parked";
  static final String KOTLIN = "kotlin";
  static final String CPYTHON = "cpython";
  static final String EMPTY_MAIN = "emptyMain";

  /** The work in which the programs of hello have their classes in an archive. */
  static final String ARCHIVED = "helloArchived";

  private static final String OURS =
      "dev/asyncawait/([^/]+|(spi|compiler)/.+)|META-INF/services/dev\\.asyncawait.+|org/(slf4j|objectweb)/.+";

  /** They suspend more tasks than there can be platform threads. */
  private static final List<String> OF_MANY_AT_ONCE =
      List.of("sleepers", "virtualTime", "gatherYield");

  private static final String WITHOUT_COMPILER = "-Ddev.asyncawait.compiler=off";

  private static final List<String> FOR_CPYTHON = List.of(
      "done",
      "inline",
      "task",
      "switch",
      "gather",
      "gatherYield",
      "queue",
      "lock",
      "lockUncontended",
      "semaphore",
      "semaphoreUncontended");

  /** All that do a work on a JDK; ours first, as it is without options. */
  static List<Contestant> of(Work work, Jdk jdk) throws IOException {
    if (work.manner() == Work.Manner.PROCESS) {
      return hellos(work, jdk);
    }
    List<Contestant> all = new ArrayList<>();
    for (String method : jdk.methods(work.name() + "_")) {
      String peer = method.substring(method.lastIndexOf('_') + 1);
      if (peer.equals(COMPILED)) {
        all.add(0, new Contestant(COMPILED, worker(jdk, work, method, List.of())));
        if (jdk.hasVirtualThreads() || !OF_MANY_AT_ONCE.contains(work.name())) {
          all.add(1, new Contestant(PARKED, worker(jdk, work, method, List.of(WITHOUT_COMPILER))));
        }
      } else {
        all.add(new Contestant(peer, worker(jdk, work, method, List.of())));
      }
    }
    if (FOR_CPYTHON.contains(work.name()) && !python().isEmpty()) {
      all.add(new Contestant(
          CPYTHON, List.of("python3", script().toString(), work.name(), "" + work.n())));
    }
    return all;
  }

  private static List<Contestant> hellos(Work work, Jdk jdk) throws IOException {
    List<String> ours = program(jdk, Hello.Asyncawait.class, OURS);
    List<Contestant> all = new ArrayList<>(List.of(
        new Contestant(COMPILED, ours),
        new Contestant(PARKED, with(ours, WITHOUT_COMPILER)),
        new Contestant(KOTLIN, program(jdk, HelloKotlin.class, "kotlinx?/.+")),
        new Contestant(EMPTY_MAIN, program(jdk, Hello.Empty.class, ""))));
    if (work.name().equals(ARCHIVED)) {
      for (int i = 0; i < all.size(); i++) {
        all.set(i, all.get(i).archived());
      }
    }
    return all;
  }

  /** The same with its classes in an archive for class data sharing, left there by a run that does not count. */
  private Contestant archived() throws IOException {
    Path folder = Files.createTempDirectory("archive");
    Path archive = folder.resolve("classes.jsa");
    folder.toFile().deleteOnExit(); // after what is in it
    archive.toFile().deleteOnExit();
    new Contestant(name, with(command, "-XX:ArchiveClassesAtExit=" + archive)).whole();
    return new Contestant(name, with(command, "-XX:SharedArchiveFile=" + archive));
  }

  private static List<String> with(List<String> command, String option) {
    List<String> changed = new ArrayList<>(command);
    changed.add(1, option);
    return changed;
  }

  private static List<String> program(Jdk jdk, Class<?> main, String needs) throws IOException {
    Path jar = AppJar.of(
        Pattern.compile(needs + "|" + Pattern.quote(main.getName().replace('.', '/')) + ".*"));
    List<String> command = new ArrayList<>(jdk.java());
    command.add("-Dslf4j.internal.verbosity=ERROR");
    command.addAll(List.of("-cp", jar.toString(), main.getName()));
    return command;
  }

  private static List<String> worker(Jdk jdk, Work work, String method, List<String> options) {
    List<String> command = new ArrayList<>(jdk.java());
    command.addAll(
        work.manner() == Work.Manner.ONCE
            ? List.of("-Xmx8g")
            // or the first use of each page counts, for whom the collector happens to give new ones
            : List.of("-Xms512m", "-Xmx3g", "-XX:+AlwaysPreTouch"));
    command.addAll(List.of(
        "-Djmh.ignoreLock=true",
        "-Dslf4j.internal.verbosity=ERROR",
        "-Dsun.net.httpserver.nodelay=true",
        // or the server closes connections that the client is about to use again
        "-Dsun.net.httpserver.maxIdleConnections=100000"));
    if (method.contains("StructuredBenchmark")) {
      command.add("--enable-preview");
    }
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Worker.class.getName(), method, "" + work.n()));
    return command;
  }

  /** Its version, such as {@code Python 3.14.2}; an empty text if there is none. */
  static String python() {
    try {
      Process process = new ProcessBuilder("python3", "--version").start();
      try (var answer = process.inputReader(UTF_8)) {
        String version = answer.readLine();
        return version == null ? "" : version;
      }
    } catch (IOException absent) {
      return "";
    }
  }

  private static Path script() throws IOException {
    Path file = Files.createTempFile("asyncio_worker", ".py");
    file.toFile().deleteOnExit();
    try (var in = Contestant.class.getResourceAsStream("asyncio_worker.py")) {
      Files.write(file, in.readAllBytes());
    }
    return file;
  }

  /** Runs the whole process, and measures its time alone. */
  Turn whole() throws IOException {
    long began = System.nanoTime();
    Process process = new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
    int exit = waitFor(process);
    if (exit != 0) {
      throw new IllegalStateException(name + " ended with " + exit);
    }
    return new Turn(System.nanoTime() - began, 0, 0, 0);
  }

  private static int waitFor(Process process) {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while measuring", e);
    }
  }

  Running start() throws IOException {
    return new Running(this);
  }

  /** One that waits for its turn. */
  static final class Running implements AutoCloseable {
    private final Contestant contestant;
    private final Process process;
    private final PrintStream orders;
    private final BufferedReader answers;

    private Running(Contestant contestant) throws IOException {
      this.contestant = contestant;
      process = new ProcessBuilder(contestant.command)
          .redirectError(ProcessBuilder.Redirect.INHERIT)
          .start();
      orders = new PrintStream(process.getOutputStream(), true, UTF_8);
      answers = process.inputReader(UTF_8);
      requireAnswer("ready", answers.readLine());
    }

    private void requireAnswer(String expected, String answer) {
      if (!expected.equals(answer)) {
        throw new IllegalStateException(contestant.name + " answered " + answer + " to "
            + contestant.command + "; its messages are above");
      }
    }

    Turn go(long millis) throws IOException {
      return order("go " + millis);
    }

    Turn once(int n) throws IOException {
      return order("once " + n);
    }

    private Turn order(String order) throws IOException {
      orders.println(order);
      String answer = answers.readLine();
      if (answer == null) {
        requireAnswer("a turn", null);
      }
      return Turn.parse(answer);
    }

    @Override
    public void close() {
      orders.close();
      int unused = waitFor(process);
    }
  }
}
