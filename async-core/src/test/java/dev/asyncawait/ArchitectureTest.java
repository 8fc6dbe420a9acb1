package dev.asyncawait;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaConstructor.CONSTRUCTOR_NAME;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Date;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.Timer;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.BiPredicate;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What the layout promises: who prints, who starts threads, who reads a clock, what is needed, which group uses which. */
class ArchitectureTest {
  private static final JavaClasses LIBRARY =
      new ClassFileImporter().importPath(Path.of("target", "classes"));

  private static final DescribedPredicate<JavaAccess<?>> STARTS_A_THREAD =
      accessWhere("make or start a thread, a pool or a timer", (owner, member) -> switch (member) {
        case CONSTRUCTOR_NAME ->
          isLibraryOfJava(owner)
              && assignableTo(Thread.class)
                  .or(assignableTo(Executor.class))
                  .or(assignableTo(Timer.class))
                  .test(owner);
        case "start", "startVirtualThread", "ofVirtual", "ofPlatform", "unstarted" ->
          owner.getName().startsWith(Thread.class.getName());
        case "delayedExecutor", "commonPool" -> isLibraryOfJava(owner);
        default -> equivalentTo(Executors.class).test(owner) && !member.equals("callable");
      });

  private static final DescribedPredicate<JavaAccess<?>> READS_A_CLOCK =
      accessWhere("read a clock", (owner, member) -> switch (member) {
        case "nanoTime", "currentTimeMillis" -> equivalentTo(System.class).test(owner);
        case "now" -> resideInAPackage("java.time..").test(owner);
        case CONSTRUCTOR_NAME -> equivalentTo(Date.class).test(owner);
        default -> equivalentTo(Clock.class).test(owner);
      });

  private static final ArchRule NOTHING_PRINTS = noClasses().should(ACCESS_STANDARD_STREAMS);

  private static final ArchRule ONLY_THREADS_STARTS_THREADS =
      noClasses().that(areNot("Threads")).should().accessTargetWhere(STARTS_A_THREAD);

  private static final ArchRule ONLY_SYSTEM_CLOCK_READS_A_CLOCK =
      noClasses().that(areNot("SystemClock")).should().accessTargetWhere(READS_A_CLOCK);

  private static final ArchRule NOTHING_ELSE_IS_NEEDED = classes()
      .should()
      .onlyDependOnClassesThat()
      .resideInAnyPackage("java..", "org.slf4j..", "org.jspecify..", "dev.asyncawait..");

  @Test
  void the_rules_see_the_library() {
    assertThat(LIBRARY.contain(Async.class)).isTrue();
  }

  @Test
  void nothing_prints() {
    NOTHING_PRINTS.check(LIBRARY);
  }

  @Test
  void only_Threads_starts_threads() {
    ONLY_THREADS_STARTS_THREADS.check(LIBRARY);
  }

  @Test
  void only_SystemClock_reads_a_clock() {
    ONLY_SYSTEM_CLOCK_READS_A_CLOCK.check(LIBRARY);
  }

  @Test
  void nothing_but_java_slf4j_and_jspecify_is_needed() {
    NOTHING_ELSE_IS_NEEDED.check(LIBRARY);
  }

  // ---- the map in package-info

  private static final Pattern GROUP = Pattern.compile(" \\* (\\w+): .*");
  private static final Pattern MEMBERS = Pattern.compile(" \\*     (.*)");
  private static final Pattern DIRECTION = Pattern.compile(" \\* (\\w+) uses none of (.*)");

  private static List<String> map() {
    try {
      return Files.readAllLines(Path.of("src/main/java/dev/asyncawait/package-info.java"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The names of the classes in each group. */
  private static Map<String, Set<String>> groups() {
    var groups = new LinkedHashMap<String, Set<String>>();
    Set<String> members = new HashSet<>();
    for (String line : map()) {
      Matcher group = GROUP.matcher(line);
      Matcher some = MEMBERS.matcher(line);
      if (group.matches()) {
        members = new TreeSet<>();
        groups.put(group.group(1), members);
      } else if (some.matches()) {
        members.addAll(List.of(some.group(1).split(" ")));
      }
    }
    return groups;
  }

  /** The name of the class of this package in which {@code type} is, perhaps nested. */
  private static String outermost(JavaClass type) {
    String name = type.getName().substring(type.getPackageName().length() + 1);
    int nested = name.indexOf('$');
    return nested < 0 ? name : name.substring(0, nested);
  }

  private static DescribedPredicate<JavaClass> areIn(String group, Set<String> names) {
    return DescribedPredicate.describe(
        "are in " + group,
        type -> type.getPackageName().equals("dev.asyncawait") && names.contains(outermost(type)));
  }

  @Test
  void each_class_is_in_one_group_of_the_map() {
    List<String> mapped = groups().values().stream().flatMap(Set::stream).toList();
    assertThat(mapped).doesNotHaveDuplicates();
    Set<String> all = LIBRARY.stream()
        .filter(type -> type.getPackageName().equals("dev.asyncawait"))
        .map(ArchitectureTest::outermost)
        .filter(name -> !name.equals("package-info"))
        .collect(Collectors.toSet());
    assertThat(mapped).containsExactlyInAnyOrderElementsOf(all);
  }

  @Test
  void no_group_uses_what_it_must_not() {
    Map<String, Set<String>> groups = groups();
    int rules = 0;
    for (String line : map()) {
      Matcher direction = DIRECTION.matcher(line);
      if (direction.matches()) {
        for (String other : direction.group(2).split(", ", -1)) {
          uses(groups, direction.group(1), other).check(LIBRARY);
          rules++;
        }
      }
    }
    assertThat(rules).isGreaterThan(10);
  }

  private static ArchRule uses(Map<String, Set<String>> groups, String group, String other) {
    return noClasses()
        .that(areIn(group, groups.get(group)))
        .should()
        .dependOnClassesThat(areIn(other, groups.get(other)));
  }

  @Test
  void a_direction_that_does_not_hold_is_noticed() {
    assertThatThrownBy(() -> uses(groups(), "blocks", "bodies").check(LIBRARY))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("TaskGroup");
  }

  // ---- the rules themselves

  @Test
  void each_rule_rejects_what_it_is_there_for() {
    assertRejects(NOTHING_PRINTS, Prints.class);
    assertRejects(ONLY_THREADS_STARTS_THREADS, MakesAThread.class);
    assertRejects(ONLY_THREADS_STARTS_THREADS, RefersToAThread.class);
    assertRejects(ONLY_THREADS_STARTS_THREADS, IsAThread.class);
    assertRejects(ONLY_THREADS_STARTS_THREADS, MakesAPool.class);
    assertRejects(ONLY_SYSTEM_CLOCK_READS_A_CLOCK, ReadsNanoTime.class);
    assertRejects(ONLY_SYSTEM_CLOCK_READS_A_CLOCK, ReadsAnInstant.class);
    assertRejects(NOTHING_ELSE_IS_NEEDED, NeedsAssertJ.class);
  }

  private static void assertRejects(ArchRule rule, Class<?> offender) {
    JavaClasses classes = new ClassFileImporter().importClasses(offender);
    assertThatThrownBy(() -> rule.check(classes))
        .as(offender.getSimpleName())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(offender.getName());
  }

  private static DescribedPredicate<JavaClass> areNot(String outermost) {
    String name = "dev.asyncawait." + outermost;
    return DescribedPredicate.describe(
        "are not " + outermost,
        type -> !type.getName().equals(name) && !type.getName().startsWith(name + "$"));
  }

  private static DescribedPredicate<JavaAccess<?>> accessWhere(
      String description, BiPredicate<JavaClass, String> ownerAndMember) {
    return DescribedPredicate.describe(
        description,
        access ->
            ownerAndMember.test(access.getTargetOwner(), access.getTarget().getName()));
  }

  private static boolean isLibraryOfJava(JavaClass type) {
    return type.getPackageName().startsWith("java.");
  }

  static class Prints {
    void run() {
      System.out.println("hello");
    }
  }

  static class MakesAThread {
    Thread make() {
      return new Thread(() -> {});
    }
  }

  static class RefersToAThread {
    Supplier<Thread> make() {
      return Thread::new;
    }
  }

  static class IsAThread extends Thread {}

  static class MakesAPool {
    Object make() {
      return Executors.newCachedThreadPool();
    }
  }

  static class ReadsNanoTime {
    long read() {
      return System.nanoTime();
    }
  }

  static class ReadsAnInstant {
    Supplier<Instant> read() {
      return Instant::now;
    }
  }

  static class NeedsAssertJ {
    void run() {
      assertThat(this).isNotNull();
    }
  }
}
