/** How long things take here, beside others doing the same in the same run. */
@NullMarked
package dev.asyncawait.benchmarks;

import org.jspecify.annotations.NullMarked;
