package dev.asyncawait.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Marks a test method of JUnit whose body is a coroutine: it may {@code await}, and runs in {@linkplain VirtualTime
 * virtual time}, with all its checks.
 *
 * <pre>{@code
 * @AsyncTest
 * void a_slow_server_is_given_up_after_two_seconds() {
 *   Coroutine<Void> slow = sleep(Duration.ofHours(1));
 *   assertThatThrownBy(() -> await(waitFor(slow, Duration.ofSeconds(2))))
 *       .isInstanceOf(AsyncTimeoutException.class);
 *   assertThat(EventLoop.current().time()).isEqualTo(Duration.ofSeconds(2));
 * }
 * }</pre>
 *
 * <p>With {@code @ParameterizedTest} or {@code @RepeatedTest} beside it, each invocation is such a coroutine. Methods
 * with {@code @BeforeEach} and {@code @AfterEach} are not: they run before and after the loop.
 *
 * <p>With {@link #schedules} the body runs many times, in different orders of its tasks, within one test.
 *
 * <p><b>Pitfall.</b> All these runs share one instance of the test class, prepared once. Make what the tasks change
 * within the body; what stays in a field from one run to the next is found, and fails the test.
 *
 * <p><b>Pitfall.</b> The method returns nothing: JUnit leaves out one that returns a {@code Coroutine}, with no more than
 * a warning.
 *
 * @since 0.1
 */
@Documented
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@TestTemplate
@ExtendWith(AsyncTestExtension.class)
public @interface AsyncTest {

  /**
   * Whether the test runs in real time instead, for work in the real world.
   *
   * @return false by default
   */
  boolean realTime() default false;

  /**
   * How long the test may take, in virtual time unless {@link #realTime} is set.
   *
   * @return a duration such as {@code PT1H}, see {@link java.time.Duration#parse}; as long as it likes by default, but
   *     no more than 30 seconds of real time in either case, unless it is in real time and this says so
   */
  String timeout() default "";

  /**
   * In how many orders of its tasks the test runs besides the usual one, as {@link Schedules#explore} does.
   *
   * @return a number of seeds; 0 by default
   */
  int schedules() default 0;

  /**
   * The one seed to run the test with besides the usual order, as {@link Schedules#replay} does; to look into a {@link
   * ScheduleFailure}.
   *
   * @return a seed; by default there is none
   */
  long seed() default -1;

  /**
   * Whether the test may leave something behind, see {@link VirtualTime.Options#allowLeaks}.
   *
   * @return false by default
   */
  boolean allowLeaks() default false;
}
