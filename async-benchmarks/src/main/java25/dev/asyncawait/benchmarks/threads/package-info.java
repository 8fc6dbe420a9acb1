/** Peers that need virtual threads, and so a newer JDK than the rest. */
@NullMarked
package dev.asyncawait.benchmarks.threads;

import org.jspecify.annotations.NullMarked;
