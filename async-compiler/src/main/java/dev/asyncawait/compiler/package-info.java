/** What the compiler of bodies tells its users, and what they may have to tell it. */
@NullMarked
package dev.asyncawait.compiler;

import org.jspecify.annotations.NullMarked;
