/**
 * What a compiler of bodies needs of the library, and the code that it generates; nothing for users.
 *
 * <p>A {@link dev.asyncawait.spi.BodyCompiler} is found with {@link java.util.ServiceLoader}. It turns a body into a
 * subclass of {@link dev.asyncawait.spi.StateMachine}, which calls {@link dev.asyncawait.spi.Activation} where the body
 * called {@code await}, and answers {@link dev.asyncawait.spi.Activation#SUSPENDED} where that did.
 */
@NullMarked
package dev.asyncawait.spi;

import org.jspecify.annotations.NullMarked;
