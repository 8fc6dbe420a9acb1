package constructs

import dev.asyncawait.*
import dev.asyncawait.Async.{async, await, sleep}
import java.time.Duration
import java.util.{ArrayList, Collections, LinkedHashMap, Map}
import java.util.function.Supplier
import scala.annotation.static

class Bodies

/** The ways in which Scala gives a body to the library, and what it puts around awaits. */
object Bodies:
  @static val trace: java.util.List[String] = Collections.synchronizedList(ArrayList[String]())

  /** Which of the awaits fails; negative if none does. */
  @static var failing: Int = -1

  private def give[T](value: T): Coroutine[T] = async: () =>
    await(sleep(Duration.ZERO))
    failing -= 1
    if failing == -1 then throw IllegalStateException("told to fail")
    value

  // ---- which body it is

  private def two(a: Coroutine[String], b: Coroutine[String]): Coroutine[?] = async(() => await(a) + await(b))

  private def start(body: AsyncBody[String] = () => await(give("default"))): Coroutine[?] = async(body)

  private def twoOnALine = two(async(() => await(give("a"))), async(() => await(give("b"))))

  private def conditional(first: Boolean): Coroutine[?] =
    async[String](if first then () => await(give("a")) else () => await(give("b")))

  private def chosenByMatch(number: Int): Coroutine[?] =
    val body: AsyncBody[String] = number match
      case 0 => () => await(give("zero"))
      case _ => () => await(give("other"))
    async(body)

  private def storedOnce: Coroutine[?] =
    val body: AsyncBody[String] = () => await(give("stored"))
    async(body)

  private def storedTwice: Coroutine[?] =
    var body: AsyncBody[String] = () => await(give("first"))
    body = () => await(give("second"))
    async(body)

  private def function: Coroutine[?] =
    val body = () => await(give("function"))
    async(() => body())

  private def captured: Coroutine[?] =
    val body: AsyncBody[String] = () => await(give("captured"))
    val later = () => async(body)
    later()

  private def named(): String = await(give("named"))

  private def reference: Coroutine[?] = async(() => named())

  private def byName(body: => String): Coroutine[String] = async(() => body)

  private def namedBodies = two(byName(await(give("a"))), byName(await(give("b"))))

  private inline def quoted(inline body: String): Coroutine[String] = async(() => "<" + body + ">")

  private def inlined = two(quoted(await(give("a"))), quoted(await(give("b"))))

  private def anonymousClass: Coroutine[?] = async(new AsyncBody[String]:
    override def call(): String = await(give("object"))
  )

  // ---- what is around awaits

  private trait Greeting:
    def name: String
    private def secret = s"$name's"
    def greet: Coroutine[?] = async[Any](() => secret + await(give(name)))

  private class Shop(override val name: String) extends Greeting:
    private val own = 3
    def member: Coroutine[?] = async[Any](() => name * own + await(give(own)))

  private object Shop:
    private val hidden = 5
    private def twice(n: Int) = 2 * n
    def ofCompanion: Coroutine[?] = async[Any](() => s"${twice(hidden)} ${await(give(1))} $hidden")

  private def capturedVar: Coroutine[?] =
    var count = 1L
    val name = "count"
    val work = async[Any]: () =>
      count += await(give(2L))
      count *= await(give(3L))
      s"$name: $count"
    async[Any](() => s"${await(work)}, $count")

  private def nested: Coroutine[?] = async[Any]: () =>
    val outer = await(give("outer"))
    val inner = async[Any](() => outer + await(give("inner")))
    s"${await(inner)} ${List(1, 2).map(_ + await(give(10)))}"

  private def statements: Coroutine[?] = async((() =>
    trace.add(await(give("a")))
    for i <- 1 to 2 do trace.add(s"$i" + await(give("b")))
  ): AsyncAction)

  private def primitive: Coroutine[?] = async[Any](() => 1 + await(give(2)))

  private def matchInside: Coroutine[?] = async[Any]: () =>
    val values = List(null, "text", ("a", 1), 7).iterator
    while values.hasNext do
      trace.add(values.next() match
        case null => await(give("null"))
        case text: String => text + await(give(text.length))
        case (a: String, b) if a == await(give("a")) => a + b + await(give("pair"))
        case _ => await(give("other"))
      )
    trace.size

  private def tryFinally: Coroutine[?] = async[Any]: () =>
    try
      if await(give(1)) != 2 then throw IllegalStateException("not " + await(give("two")))
    catch case e: IllegalStateException => trace.add(e.getMessage + await(give("caught")))
    finally trace.add(await(give("finally")))
    await(give("after"))

  private def tryAsArgument: Coroutine[?] =
    async[Any](() => "got " + (try await(give("a")) catch case _: Exception => await(give("b"))))

  private def greet(name: String, greeting: String = "Hello", count: Int = 2) = greeting * count + name

  private def defaults: Coroutine[?] =
    async[Any](() => greet(await(give("Eve")), count = await(give(1))) + greet(await(give("Bob")), "Hi"))

  private def lazily: Coroutine[?] = async[Any]: () =>
    lazy val late = await(give("late"))
    trace.add("before")
    late + late

  private def loop: Coroutine[?] = async[Any]: () =>
    var left = 3
    while left > await(give(1)) do left -= await(give(1))
    left.toString

  private def locked: Coroutine[?] = async[Any](() => trace.synchronized(await(give("locked"))))

  private def ofQueue: Coroutine[?] = async[Any]: () =>
    val queue = AsyncQueue.fifo[Any]()
    await(queue.put("a"))
    queue.shutdown()
    await(queue.forEach(item => trace.add(s"$item" + await(give("queue")))))

  /** Each construct by its name. */
  def all(): Map[String, Supplier[Coroutine[?]]] =
    val all = LinkedHashMap[String, Supplier[Coroutine[?]]]()
    all.put("twoOnALine", () => twoOnALine)
    all.put("conditional, true", () => conditional(true))
    all.put("conditional, false", () => conditional(false))
    all.put("chosenByMatch, 0", () => chosenByMatch(0))
    all.put("chosenByMatch, 1", () => chosenByMatch(1))
    all.put("start", () => start(() => await(give("given"))))
    all.put("start, by default", () => start())
    all.put("storedOnce", () => storedOnce)
    all.put("storedTwice", () => storedTwice)
    all.put("function", () => function)
    all.put("captured", () => captured)
    all.put("reference", () => reference)
    all.put("namedBodies", () => namedBodies)
    all.put("inlined", () => inlined)
    all.put("anonymousClass", () => anonymousClass)
    all.put("ofTrait", () => Shop("shop").greet)
    all.put("member", () => Shop("shop").member)
    all.put("ofCompanion", () => Shop.ofCompanion)
    all.put("capturedVar", () => capturedVar)
    all.put("nested", () => nested)
    all.put("statements", () => statements)
    all.put("primitive", () => primitive)
    all.put("matchInside", () => matchInside)
    all.put("tryFinally", () => tryFinally)
    all.put("tryAsArgument", () => tryAsArgument)
    all.put("defaults", () => defaults)
    all.put("lazily", () => lazily)
    all.put("loop", () => loop)
    all.put("locked", () => locked)
    all.put("ofQueue", () => ofQueue)
    all

  /** Why the others are left to run on threads. */
  def refused(): Map[String, String] =
    val refused = LinkedHashMap[String, String]()
    List("conditional, true", "conditional, false", "chosenByMatch, 0", "chosenByMatch, 1", "start, by default",
      "storedTwice").foreach(refused.put(_, "it is not certain which body was given to"))
    List("twoOnALine", "inlined").foreach(refused.put(_, "on the same line"))
    List("function", "reference", "namedBodies").foreach(refused.put(_, "no await in the body itself"))
    refused.put("captured", "it was given by a hidden class")
    refused.put("lazily", "no await in the body itself") // it is in a method of the variable
    refused.put("locked", "await in synchronized")
    refused
