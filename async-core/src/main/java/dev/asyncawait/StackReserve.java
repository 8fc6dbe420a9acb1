package dev.asyncawait;

/**
 * Makes sure that there is stack left before the kernel changes state.
 *
 * <p>A body may recurse until the stack overflows, catch the error and await. If the overflow struck in the
 * middle of a switch, the baton would be lost, or the JDK's own queues damaged. So the stack is touched first,
 * deeper than the work goes; an overflow then strikes here, where nothing has happened yet.
 *
 * <p>Touching takes time in proportion to the depth. A switch needs little; the start of a thread goes deeper. Who has
 * overflowed here once on this stack is near its end and pays for all.
 */
final class StackReserve {

  /** Frames of some 70 bytes when compiled, 200 when not. */
  private static final int USUAL = 56;

  private static final int THREAD = 120;

  private static final int DEEP = 400;

  private StackReserve() {}

  static void touch() {
    touch(USUAL);
  }

  static void touchForThread() {
    touch(THREAD);
  }

  static void touchDeep() {
    touch(DEEP);
  }

  private static void touch(int depth) {
    if (touch(depth, 1, 2, 3, 4, 5, 6) == 0) {
      throw new AssertionError();
    }
  }

  /** The arguments are live across the call, so that every frame holds them. */
  private static long touch(int depth, long a, long b, long c, long d, long e, long f) {
    return depth == 0 ? a : touch(depth - 1, b, c, d, e, f, a) + a + b + c + d + e + f;
  }
}
