package dev.asyncawait;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method whose result must not be ignored, so that a forgotten {@code await} is a warning.
 *
 * <p>Error Prone and IntelliJ IDEA know annotations of this name. Put it on your own methods that return a
 * {@link Coroutine}; calling such a method and dropping what it returns runs nothing.
 *
 * <pre>{@code
 * @CheckReturnValue
 * Coroutine<String> fetchData() {
 *   return async(() -> "data");
 * }
 * }</pre>
 *
 * @since 0.1
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.METHOD, ElementType.CONSTRUCTOR, ElementType.TYPE, ElementType.PACKAGE})
public @interface CheckReturnValue {}
