/**
 * The compiler of bodies.
 *
 * <p>{@code ClassCompiler} is asked for a class of bodies. It has {@code CreationSite} find the method that such a body
 * runs, {@code BodyMethod} check that, {@code MachineWriter} write a state machine of it, with {@code Liveness}, {@code
 * Constructions} and {@code HostAccess}, and {@code Definition} make that a class. Whatever cannot be done, or is not
 * certain, ends in a {@code Refusal}, and such bodies run on a thread.
 *
 * <p>The first body of a process waits until all of this is loaded and linked. So there are no lambdas here, each of which
 * takes about a millisecond of that.
 */
@NullMarked
package dev.asyncawait.compiler.engine;

import org.jspecify.annotations.NullMarked;
