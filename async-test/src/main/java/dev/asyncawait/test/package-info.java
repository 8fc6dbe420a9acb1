/** Virtual time for tests of coroutines. */
@NullMarked
package dev.asyncawait.test;

import org.jspecify.annotations.NullMarked;
