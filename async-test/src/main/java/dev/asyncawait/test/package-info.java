/** A test kit for coroutines: virtual time, other orders of the tasks, and a JUnit annotation for both. */
@NullMarked
package dev.asyncawait.test;

import org.jspecify.annotations.NullMarked;
