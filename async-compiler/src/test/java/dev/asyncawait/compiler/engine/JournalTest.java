package dev.asyncawait.compiler.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.compiler.CompiledBodies;
import dev.asyncawait.compiler.CompilerReport.Body;
import dev.asyncawait.compiler.OwnProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report of a program that goes on making bodies. */
class JournalTest {

  @TempDir
  Path directory;

  /** Tells of one body more than are kept. */
  static final class Endless {

    private Endless() {}

    public static void main(String[] arguments) {
      for (int i = 0; i <= 10_000; i++) {
        Journal.tell(new Body("Body" + i, null, null, Duration.ZERO, 0));
      }
      List<Body> bodies = CompiledBodies.report().bodies();
      System.out.println(bodies.size());
      System.out.println(bodies.get(0).bodyClass());
      System.out.println(bodies.get(9_999).bodyClass());
    }
  }

  @Test
  void of_more_than_ten_thousand_bodies_the_last_ones_are_reported() throws Exception {
    assertThat(OwnProcess.run(directory, Endless.class))
        .containsExactly("10000", "Body1", "Body10000");
  }
}
