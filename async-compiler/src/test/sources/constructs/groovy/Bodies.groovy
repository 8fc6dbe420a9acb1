package constructs

import static dev.asyncawait.Async.*

import dev.asyncawait.*
import groovy.transform.CompileStatic
import java.time.Duration
import java.util.function.Supplier

/** The ways in which Groovy gives a body to the library. */
@CompileStatic
class Bodies {
  public static final List<String> trace = Collections.synchronizedList(new ArrayList<String>())

  /** Which of the awaits fails; negative if none does. */
  public static int failing = -1

  static <T> Coroutine<T> give(T value) {
    async((AsyncBody<T>) () -> {
      await(sleep(Duration.ZERO))
      if (failing-- == 0) throw new IllegalStateException('told to fail')
      value
    })
  }

  static Coroutine<?> two(Coroutine<String> a, Coroutine<String> b) {
    async((AsyncBody<String>) () -> await(a) + await(b))
  }

  static Coroutine<?> twoOnALine() {
    two(async((AsyncBody<String>) () -> await(give('a'))), async((AsyncBody<String>) () -> await(give('b'))))
  }

  static Coroutine<?> conditional(boolean first) {
    async(first ? (AsyncBody<String>) () -> await(give('a')) : (AsyncBody<String>) () -> await(give('b')))
  }

  static Coroutine<?> capturedVariable() {
    int count = 1
    Coroutine<String> work = async((AsyncBody<String>) () -> {
      count += await(give(2))
      "count: $count ${await(give('text'))}".toString()
    })
    async((AsyncBody<String>) () -> await(work) + count)
  }

  static Coroutine<?> tryFinally() {
    async((AsyncBody<String>) () -> {
      try {
        if (await(give(1)) == 1) throw new IllegalStateException(await(give('thrown')))
      } catch (IllegalStateException e) {
        trace.add(e.message + await(give('caught')))
      } finally {
        trace.add(await(give('finally')))
      }
      await(give('after'))
    })
  }

  static String named() {
    await(give('named'))
  }

  static Coroutine<?> reference() {
    async((AsyncBody<String>) Bodies::named)
  }

  /** Of which a closure becomes a proxy in the loader of this class. */
  interface Own extends AsyncBody<String> {}

  static Coroutine<?> closure() {
    async({ await(give('closure')) } as Own)
  }

  /** Each construct by its name. */
  static Map<String, Supplier<Coroutine<?>>> all() {
    [
      'twoOnALine': { twoOnALine() } as Supplier,
      'conditional, true': { conditional(true) } as Supplier,
      'conditional, false': { conditional(false) } as Supplier,
      'capturedVariable': { capturedVariable() } as Supplier,
      'tryFinally': { tryFinally() } as Supplier,
      'reference': { reference() } as Supplier,
      'closure': { closure() } as Supplier,
    ] as Map<String, Supplier<Coroutine<?>>>
  }

  /** Why the others are left to run on threads. */
  static Map<String, String> refused() {
    [
      'twoOnALine': 'another body is given to async() on the same line',
      'conditional, true': 'it is not certain which body was given to async()',
      'conditional, false': 'it is not certain which body was given to async()',
      'closure': 'a proxy',
    ]
  }
}
