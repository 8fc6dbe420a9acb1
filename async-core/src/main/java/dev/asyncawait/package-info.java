/*
 * The map of this package. A class is in one group, with the classes that are nested in it.
 *
 * face: what users call first
 *     Async AsyncAction AsyncBody AsyncConsumer AsyncFunction Awaitable BackgroundLoop CheckReturnValue Combiner
 *     ContextVar Coroutine ExceptionContext LoopExceptionHandler Runner TaskContext TaskOptions TimerHandle
 * futures: results that are awaited, tasks among them, and how they are cancelled
 *     AsyncFuture CancelAccount CancelInfo CancelRequest DoneCallback LoopClosedError Task WaiterList
 * bodies: what runs within a task
 *     Bodies BlockFrame BodyFrame Frame FrameFuture FutureFrame MachineFrame OnThread
 * blocks: work under a deadline, in a group, or out of reach of cancellation
 *     AsyncTimeoutException CancelAndAwaitFrame CancelScope CleanupFrame CompletionPolicy OwnRequest
 *     ScopeFrame StartFrame SuccessCount TaskGroup Timeout TimeoutFrame
 * patterns: what application code would else write itself, made of blocks, locks and timers
 *     AsyncRateLimiter EntrantsFrame HedgeFrame MapFrame RaceFrame RetryFrame RetryPolicy
 * several: waiting for several at once
 *     AsCompleted GatherFuture Outcome ReturnWhen ShieldFuture WaitFrame Waited Watcher
 * synchronisation: what tasks share
 *     AsyncBarrier AsyncCondition AsyncEvent AsyncLimiter AsyncLock AsyncQueue AsyncSemaphore BarrierBrokenException Held HoldFrame
 *     QueueShutDownException QueuedOperation StablePriorityQueue WaitQueue Waiter
 * loop: what the rest of the package sees of a loop
 *     Callback EventLoop Message ReadyEntry Settings
 * kernel: who runs a loop: its baton, its threads, its beginning and end
 *     AbandonedTasksException Abandonment Baton BatonReturn Caller CallerWait ClosingWatch Driver Grantee InterruptGate
 *     Lifecycle LoopThread ReadyQueue ShutdownHook TaskList Threads
 * time: clocks and timers
 *     Alarm GuardedClock Sleep SystemClock Timer TimerHeap Timers
 * outside: what happens on other threads and in other libraries
 *     CallOptions CallThreads ExternalWork Mdc StageFuture StageHub TaskLocals ThreadCall
 * tools: failures, reports, and what else serves all of the others
 *     Ask Debug Family IntrusiveList KnownFailure Reports ScopeNode StackReserve SuppressedFailures Unretrieved
 *
 * What is not written here may use all of the others:
 *
 * patterns uses none of kernel, outside, several
 * blocks uses none of kernel, outside, patterns
 * several uses none of kernel, outside, synchronisation, patterns
 * synchronisation uses none of kernel, outside, blocks, several, time, patterns
 * bodies uses none of blocks, several, time, patterns
 * kernel uses none of blocks, several, patterns
 * time uses none of blocks, several, synchronisation, outside, patterns
 * outside uses none of blocks, several, time, patterns
 * loop uses none of blocks, several, patterns
 */

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
