package dev.asyncawait.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.Coroutine;
import dev.asyncawait.compiler.Sources.Javac;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random bodies give the same compiled and parked. */
class RandomBodiesTest {

  private static final int INPUTS = 5;

  /** How many classes are compiled by one call of javac. */
  private static final int BATCH = 25;

  @TempDir
  Path directory;

  @Test
  void three_hundred_random_bodies_give_the_same() throws Exception {
    assertThat(compare(1, 300)).isGreaterThanOrEqualTo(300);
  }

  @Test
  @Tag("stress")
  void two_thousand_random_bodies_give_the_same() throws Exception {
    int wanted = Integer.getInteger("random.bodies", 2000);
    assertThat(compare(Integer.getInteger("random.seed", 1000), wanted))
        .isGreaterThanOrEqualTo(wanted);
  }

  /** Compares at least so many bodies, beginning with a seed; gives how many there were. */
  private int compare(long firstSeed, int wanted) throws Exception {
    int compared = 0;
    for (long seed = firstSeed; compared < wanted; seed += BATCH) {
      for (Class<?> type : classes(seed)) {
        Object object = type.getConstructor().newInstance();
        for (Method method : type.getDeclaredMethods()) {
          if (method.getName().startsWith("body")) {
            compare(object, method);
            compared++;
          }
        }
      }
    }
    return compared;
  }

  private static void compare(Object object, Method method) {
    for (int input = 0; input < INPUTS; input++) {
      String parked = run(object, method, input, false);
      for (int run = 0; run < 2; run++) {
        assertThat(run(object, method, input, true))
            .as("%s with input %d", method, input)
            .isEqualTo(parked);
      }
    }
  }

  private static String run(Object object, Method method, int input, boolean compiled) {
    var history = new ArrayList<String>();
    var random = new Random(input);
    Object[] arguments = {
      history,
      random.nextInt(9),
      random.nextLong() >>> 50,
      random.nextInt(9) + .25,
      "s" + random.nextInt(4),
      random.nextBoolean()
    };
    return Runs.outcome(() -> call(object, method, arguments), compiled) + history;
  }

  private static Coroutine<?> call(Object object, Method method, Object[] arguments) {
    try {
      return (Coroutine<?>) method.invoke(object, arguments);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  /** The classes of a batch of seeds, as far as javac takes them. */
  private List<Class<?>> classes(long firstSeed) throws IOException, ClassNotFoundException {
    Path sources = Files.createDirectories(directory.resolve("sources" + firstSeed));
    Path classes = Files.createDirectories(directory.resolve("classes" + firstSeed));
    List<Path> all = new ArrayList<>(Sources.below(Sources.directory().resolve("random")));
    for (long seed = firstSeed; seed < firstSeed + BATCH; seed++) {
      String name = "Random" + seed;
      Path file = sources.resolve(name + ".java");
      Files.writeString(file, new RandomSource(seed).write(name));
      all.add(file);
    }
    String refusal = Sources.compile(Javac.JAVAC_17, all, classes);
    while (!refusal.isEmpty()) {
      String refused = refusal;
      boolean removed = all.removeIf(file -> refused.contains(file.getFileName() + ":"));
      assertThat(removed).as(refusal).isTrue();
      refusal = Sources.compile(Javac.JAVAC_17, all, classes);
    }
    ClassLoader loader = Sources.loader(classes);
    List<Class<?>> made = new ArrayList<>();
    for (Path file : all) {
      String name = file.getFileName().toString().replace(".java", "");
      if (name.startsWith("Random")) {
        made.add(loader.loadClass("random." + name));
      }
    }
    return made;
  }
}
