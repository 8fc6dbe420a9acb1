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
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Date;
import java.util.Timer;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.BiPredicate;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What the layout promises: who prints, who starts threads, who reads a clock, what is needed. */
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
