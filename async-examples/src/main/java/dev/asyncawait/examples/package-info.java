/** The example programs of dev.asyncawait. */
@NullMarked
package dev.asyncawait.examples;

import org.jspecify.annotations.NullMarked;
