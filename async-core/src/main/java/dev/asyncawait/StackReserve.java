package dev.asyncawait;

/**
 * Makes sure that there is stack left before the kernel changes state.
 *
 * <p>A body may recurse until the stack overflows, catch the error and await. If the overflow struck in the
 * middle of a switch, the baton would be lost, or the JDK's own queues damaged. So the stack is touched first,
 * a little deeper than a switch goes; an overflow then strikes here, where nothing has happened yet.
 */
final class StackReserve {

  private static final int DEPTH = 40;

  private StackReserve() {}

  static void touch() {
    if (touch(DEPTH, 1, 2, 3, 4, 5, 6) == 0) {
      throw new AssertionError();
    }
  }

  /** The arguments are live across the call, so that every frame holds them. */
  private static long touch(int depth, long a, long b, long c, long d, long e, long f) {
    return depth == 0 ? a : touch(depth - 1, b, c, d, e, f, a) + a + b + c + d + e + f;
  }
}
