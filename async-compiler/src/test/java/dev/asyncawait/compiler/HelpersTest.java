package dev.asyncawait.compiler;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.sleep;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.asyncawait.Runner;
import dev.asyncawait.compiler.Sources.Javac;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Debug mode tells where a method parks below a compiled body, and keeps no more of the places than it may. */
class HelpersTest {

  @TempDir
  Path directory;

  /** Awaits in 1,001 places. */
  static final class Everywhere {

    private Everywhere() {}

    public static void main(String[] arguments) throws Exception {
      ((Logger) LoggerFactory.getLogger("dev.asyncawait")).setLevel(Level.INFO);
      IntConsumer places = Class.forName("Places")
          .asSubclass(IntConsumer.class)
          .getDeclaredConstructor()
          .newInstance();
      try (Runner runner = Runner.builder().debug(true).build()) {
        runner.run(async(() -> {
          await(sleep(Duration.ZERO));
          for (int place = 0; place <= 1000; place++) {
            places.accept(place);
          }
        }));
      }
    }
  }

  @Test
  void debug_mode_tells_of_the_first_thousand_places() throws Exception {
    String cases = IntStream.rangeClosed(0, 1000)
        .mapToObj(place -> "case " + place + " -> await(sleep(Duration.ZERO));\n")
        .collect(joining());
    Path source = Files.writeString(directory.resolve("Places.java"), """
        import static dev.asyncawait.Async.*;
        import java.time.Duration;

        public class Places implements java.util.function.IntConsumer {
          @Override
          public void accept(int place) {
            switch (place) {
              %s
            }
          }
        }
        """.formatted(cases));
    assertThat(Sources.compile(Javac.JAVAC_17, List.of(source), directory)).isEmpty();
    assertThat(OwnProcess.run(directory, Everywhere.class))
        .hasSize(1000)
        .allSatisfy(line -> assertThat(line).contains("await in Places.accept(Places.java:"));
  }
}
