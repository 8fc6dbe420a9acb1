/**
 * asyncio for Java: lazy coroutines, {@code await}, and tasks that are {@link
 * java.util.concurrent.CompletableFuture}s.
 *
 * <p>Everything starts at {@link dev.asyncawait.Async}. A method that would be {@code async def} in Python
 * returns a {@link dev.asyncawait.Coroutine}; {@link dev.asyncawait.Async#await await} inside a body pauses it
 * without blocking its {@link dev.asyncawait.EventLoop}; {@link dev.asyncawait.Async#run run} starts it all.
 */
@NullMarked
package dev.asyncawait;

import org.jspecify.annotations.NullMarked;
