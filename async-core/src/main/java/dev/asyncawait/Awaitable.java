package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/**
 * What {@link Async#await await} and the functions that combine waits accept: a {@link Coroutine} or an {@link
 * AsyncFuture}, such as a {@link Task}.
 *
 * <p>Any other {@link java.util.concurrent.CompletionStage} can be awaited directly, and {@link Async#from
 * from(stage)} makes an awaitable of it.
 *
 * @param <T> the type of the result
 * @see <a href="https://docs.python.org/3/library/asyncio-task.html#awaitables">Awaitables in asyncio</a>
 * @since 0.1
 */
public sealed interface Awaitable<T extends @Nullable Object> permits Coroutine, AsyncFuture {}
