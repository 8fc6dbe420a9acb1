package dev.asyncawait.benchmarks

import java.net.http.HttpResponse.BodyHandlers
import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executors
import java.util.function.IntSupplier
import kotlin.time.Duration.Companion.hours
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.future.await
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.Semaphore
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.sync.withPermit
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.yield
import org.openjdk.jmh.infra.Blackhole

/** The same work in Kotlin's own way: `runBlocking` is its loop of one thread, as a loop of ours is. */
object KotlinPeers {

  private suspend fun body(value: IntSupplier): Int = value.asInt

  @JvmStatic
  fun done(n: Int): Long = runBlocking {
    val done = CompletableDeferred(1000)
    var sum = 0L
    repeat(n) { sum += done.await() }
    sum
  }

  @JvmStatic
  fun inline(n: Int, value: IntSupplier): Long = runBlocking {
    var sum = 0L
    repeat(n) { sum += body(value) }
    sum
  }

  @JvmStatic
  fun task(n: Int, value: IntSupplier): Long = runBlocking {
    var sum = 0L
    repeat(n) { sum += async { body(value) }.await() }
    sum
  }

  @JvmStatic
  fun awaitAll(n: Int, value: IntSupplier): List<Int> = runBlocking {
    List(n) { async { body(value) } }.awaitAll()
  }

  @JvmStatic
  fun awaitAllYielding(n: Int, value: IntSupplier): List<Int> = runBlocking {
    List(n) {
      async {
        yield()
        body(value)
      }
    }.awaitAll()
  }

  @JvmStatic
  fun scope(n: Int, value: IntSupplier) = runBlocking {
    coroutineScope { repeat(n) { async { body(value) } } }
  }

  @JvmStatic
  fun yields(n: Int, rounds: Int) = runBlocking {
    List(n) { launch { repeat(rounds) { yield() } } }.joinAll()
  }

  private suspend fun produce(channel: Channel<Int>, n: Int) {
    for (i in 0 until n) channel.send(i)
  }

  private suspend fun consume(channel: Channel<Int>, n: Int): Long {
    var sum = 0L
    repeat(n) { sum += channel.receive() }
    return sum
  }

  @JvmStatic
  fun channel(n: Int): Long = runBlocking {
    val channel = Channel<Int>(QueueBenchmark.CAPACITY)
    launch { produce(channel, n) }
    async { consume(channel, n) }.await()
  }

  /** The default dispatcher has as many threads as the machine has cores; ours has a second loop. */
  @JvmStatic
  fun channelOfTwoLoops(n: Int): Long = runBlocking {
    val channel = Channel<Int>(QueueBenchmark.CAPACITY)
    launch(Dispatchers.Default) { produce(channel, n) }
    consume(channel, n)
  }

  private suspend fun CoroutineScope.contended(tasks: Int, work: suspend () -> Unit) =
    List(tasks) { launch { work() } }.joinAll()

  @JvmStatic
  fun mutex(tasks: Int, times: Int) = runBlocking {
    val mutex = Mutex()
    contended(tasks) { repeat(times) { mutex.withLock { yield() } } }
  }

  @JvmStatic
  fun mutexUncontended(n: Int, sink: Blackhole) = runBlocking {
    val mutex = Mutex()
    repeat(n) { mutex.withLock { sink.consume(it) } }
  }

  @JvmStatic
  fun semaphore(permits: Int, tasks: Int, times: Int) = runBlocking {
    val semaphore = Semaphore(permits)
    contended(tasks) { repeat(times) { semaphore.withPermit { yield() } } }
  }

  @JvmStatic
  fun semaphoreUncontended(permits: Int, n: Int, sink: Blackhole) = runBlocking {
    val semaphore = Semaphore(permits)
    repeat(n) { semaphore.withPermit { sink.consume(it) } }
  }

  @JvmStatic
  fun cross(n: Int): LongArray = runBlocking {
    LongArray(n) {
      val future = CompletableFuture<Long>()
      CrossThreadBenchmark.Other.ask(future)
      val completed = future.await()
      System.nanoTime() - completed
    }
  }

  /** One thread runs the handlers, as a loop of ours does. */
  @JvmStatic
  fun http(n: Int) {
    val executor = Executors.newSingleThreadExecutor()
    val scope = CoroutineScope(executor.asCoroutineDispatcher())
    HttpLoad({ it.run() }) { load, exchange ->
      scope.launch {
        val one = load.client().sendAsync(load.one(), BodyHandlers.ofString()).await()
        val two = load.client().sendAsync(load.two(), BodyHandlers.ofString()).await()
        HttpLoad.answer(exchange, one.body() + two.body())
      }
    }.use { it.run(n) }
    executor.shutdown()
  }

  @JvmStatic
  fun sleepers(n: Int, millis: Int) = runBlocking {
    List(n) { launch { delay(millis.toLong()) } }.joinAll()
  }

  @JvmStatic
  fun virtualTime(millis: IntArray) {
    runTest(timeout = 1.hours) { millis.map { launch { delay(it.toLong()) } }.joinAll() }
  }
}

/** The smallest program, for cold starts. */
object HelloKotlin {
  @JvmStatic
  fun main(arguments: Array<String>) = runBlocking {
    yield()
    println("hello")
  }
}
