package constructs

import dev.asyncawait.*
import dev.asyncawait.Async.*
import java.time.Duration
import java.util.Collections
import java.util.function.Supplier

/** The ways in which Kotlin gives a body to the library, and what it puts around awaits. */
object Bodies {
  @JvmField val trace: MutableList<String> = Collections.synchronizedList(ArrayList<String>())

  /** Which of the awaits fails; negative if none does. */
  @JvmField var failing = -1

  private fun <T> give(value: T): Coroutine<T> = async(AsyncBody {
    await(sleep(Duration.ZERO))
    if (failing-- == 0) throw IllegalStateException("told to fail")
    value
  })

  // ---- which body it is

  private fun two(a: Coroutine<String>, b: Coroutine<String>): Coroutine<*> =
    async(AsyncBody { await(a) + await(b) })

  private fun start(body: AsyncBody<String> = AsyncBody { await(give("default")) }) = async(body)

  private fun twoOnALine(): Coroutine<*> = two(async(AsyncBody { await(give("a")) }), async(AsyncBody { await(give("b")) }))

  private fun conditional(first: Boolean): Coroutine<*> =
    async(if (first) AsyncBody { await(give("a")) } else AsyncBody { await(give("b")) })

  private fun chosenByWhen(number: Int): Coroutine<*> {
    val body: AsyncBody<String> = when (number) {
      0 -> AsyncBody { await(give("zero")) }
      else -> AsyncBody { await(give("other")) }
    }
    return async(body)
  }

  private fun elvis(given: AsyncBody<String>?): Coroutine<*> =
    async(given ?: AsyncBody { await(give("none given")) })

  private fun storedOnce(): Coroutine<*> {
    val body = AsyncBody { await(give("stored")) }
    return async(body)
  }

  private fun storedTwice(): Coroutine<*> {
    var body = AsyncBody { await(give("first")) }
    body = AsyncBody { await(give("second")) }
    return async(body)
  }

  private fun function(): Coroutine<*> {
    val body: () -> String = { await(give("function")) }
    return async<String>(body)
  }

  private fun captured(): Coroutine<*> {
    val body = AsyncBody { await(give("captured")) }
    val later = { async(body) }
    return later()
  }

  private fun named(): String = await(give("named"))

  private fun reference(): Coroutine<*> = async(AsyncBody(::named))

  private fun boundReference(): Coroutine<*> = async(AsyncBody(Shop("bound")::order))

  private fun anonymousObject(): Coroutine<*> = async(object : AsyncBody<String> {
    override fun call(): String = await(give("object"))
  })

  private inline fun quoted(crossinline block: () -> String): Coroutine<String> =
    async(AsyncBody { "<" + block() + ">" })

  private inline fun passing(noinline block: () -> String): Coroutine<String> = async<String>(block)

  private fun inlined(): Coroutine<*> = two(quoted { await(give("a")) }, quoted { await(give("b")) })

  private fun passed(): Coroutine<*> = two(passing { await(give("a")) }, passing { await(give("b")) })

  // ---- what is around awaits

  private class Shop(private val name: String) {
    private fun secret() = "$name's"

    fun order(): String = await(give(name))

    fun member(): Coroutine<*> = async(AsyncBody { secret() + await(give(name)) })

    companion object {
      private val hidden = 5

      private fun twice(n: Int) = 2 * n

      fun ofCompanion(): Coroutine<*> = async(AsyncBody { twice(hidden) + await(give(1)) + hidden })
    }
  }

  private fun capturedVar(): Coroutine<*> {
    var count = 1L
    val name = "count"
    val work = async(AsyncBody {
      count += await(give(2L))
      count *= await(give(3L))
      "$name: $count"
    })
    return async(AsyncBody { await(work) + count })
  }

  private fun nested(): Coroutine<*> = async(AsyncBody {
    val outer = await(give("outer"))
    val inner = async(AsyncBody { outer + await(give("inner")) })
    await(inner) + listOf(1, 2).map { it + await(give(10)) }
  })

  private fun statements(): Coroutine<*> = async(AsyncAction {
    trace.add(await(give("a")))
    repeat(2) { trace.add("$it" + await(give("b"))) }
  })

  private fun primitive(): Coroutine<*> = async(AsyncBody { 1 + await(give(2)) })

  private fun whenInside(): Coroutine<*> = async(AsyncAction {
    for (value in listOf(null, "text", 7, 70)) {
      trace += when (value) {
        null -> await(give("null"))
        is String -> value + await(give(value.length))
        in 1..await(give(9)) -> "small"
        else -> "large"
      }
    }
  })

  private fun tryFinally(): Coroutine<*> = async(AsyncBody {
    try {
      check(await(give(1)) == 2) { "not " + await(give("two")) }
    } catch (e: IllegalStateException) {
      trace.add(e.message + await(give("caught")))
    } finally {
      trace.add(await(give("finally")))
    }
    await(give("after"))
  })

  private fun used(): Coroutine<*> = async(AsyncBody {
    AutoCloseable { trace.add("closed") }.use { await(give("used")) }
  })

  private fun greet(name: String, greeting: String = "Hello", count: Int = 2) = greeting.repeat(count) + name

  private fun defaults(): Coroutine<*> = async(AsyncBody {
    greet(await(give("Eve")), count = await(give(1))) + greet(await(give("Bob")), "Hi")
  })

  private fun nullable(): Coroutine<*> = async(AsyncAction {
    for (given in listOf("text", null)) {
      val (first, second) = given?.let { it to await(give("given")) } ?: (await(give("none")) to "")
      trace += first + second
    }
  })

  private fun early(): Coroutine<*> = async(AsyncBody {
    for (name in listOf("a", "b", "c")) {
      if (await(give(name)) == "b") return@AsyncBody "found $name"
    }
    "none"
  })

  private fun locked(): Coroutine<*> = async(AsyncBody { synchronized(trace) { await(give("locked")) } })

  private fun ofQueue(): Coroutine<*> = async(AsyncBody {
    val queue = AsyncQueue.fifo<String>()
    await(queue.put("a"))
    queue.shutdown()
    await(queue.forEach { trace.add(it + await(give("queue"))) })
  })

  /** Each construct by its name. */
  @JvmStatic
  fun all(): Map<String, Supplier<Coroutine<*>>> = linkedMapOf(
    "twoOnALine" to Supplier { twoOnALine() },
    "conditional, true" to Supplier { conditional(true) },
    "conditional, false" to Supplier { conditional(false) },
    "chosenByWhen, 0" to Supplier { chosenByWhen(0) },
    "chosenByWhen, 1" to Supplier { chosenByWhen(1) },
    "elvis, given" to Supplier { elvis { await(give("given")) } },
    "elvis, null" to Supplier { elvis(null) },
    "start" to Supplier { start { await(give("given")) } },
    "start, by default" to Supplier { start() },
    "storedOnce" to Supplier { storedOnce() },
    "storedTwice" to Supplier { storedTwice() },
    "function" to Supplier { function() },
    "captured" to Supplier { captured() },
    "reference" to Supplier { reference() },
    "boundReference" to Supplier { boundReference() },
    "anonymousObject" to Supplier { anonymousObject() },
    "inlined" to Supplier { inlined() },
    "passed" to Supplier { passed() },
    "member" to Supplier { Shop("shop").member() },
    "ofCompanion" to Supplier { Shop.ofCompanion() },
    "capturedVar" to Supplier { capturedVar() },
    "nested" to Supplier { nested() },
    "statements" to Supplier { statements() },
    "primitive" to Supplier { primitive() },
    "whenInside" to Supplier { whenInside() },
    "tryFinally" to Supplier { tryFinally() },
    "used" to Supplier { used() },
    "defaults" to Supplier { defaults() },
    "nullable" to Supplier { nullable() },
    "early" to Supplier { early() },
    "locked" to Supplier { locked() },
    "ofQueue" to Supplier { ofQueue() },
  )

  /** Why the others are left to run on threads. */
  @JvmStatic
  fun refused(): Map<String, String> = mapOf(
    "twoOnALine" to "another body is given to async() on the same line",
    "conditional, true" to "it is not certain which body was given to async()",
    "conditional, false" to "it is not certain which body was given to async()",
    "chosenByWhen, 0" to "it is not certain which body was given to async()",
    "chosenByWhen, 1" to "it is not certain which body was given to async()",
    "elvis, given" to "it is not certain which body was given to async()",
    "elvis, null" to "it is not certain which body was given to async()",
    "start, by default" to "it is not certain which body was given to start()",
    "storedTwice" to "it is not certain which body was given to async()",
    "captured" to "it was given by a hidden class",
    "function" to "no await in the body itself", // it calls a Function0
    "passed" to "no await in the body itself",
    "reference" to "no await in the body itself", // it calls the method
    "boundReference" to "no await in the body itself",
    "locked" to "await in synchronized",
  )
}
