package dev.asyncawait;

/**
 * Makes sure that there is stack left before the kernel changes state.
 *
 * <p>A body may recurse until the stack overflows, catch the error and await. If the overflow struck in the
 * middle of a switch, the baton would be lost, or the JDK's own queues damaged. So the stack is touched first,
 * deeper than the work goes; an overflow then strikes here, where nothing has happened yet.
 *
 * <p>Touching takes time with every call and every word written. So the frames are wide: one of them needs its many
 * variables, and every other has the same size and leaves them alone. A switch needs little; the start of a thread goes
 * deeper. A thread that has overflowed here once on its stack is near its end, and pays for all.
 */
final class StackReserve {

  /** Frames of some 450 bytes when compiled, 900 when not. */
  private static final int USUAL = 12;

  private static final int THREAD = 24;

  private static final int DISPATCH = 36;

  private static final int TELL = 44;

  private static final int DEEP = 80;

  /** The frame that is full; so deep that the next call is not inlined in it, or it would need no room. */
  private static final int FULL = 3;

  private static final long[] VALUES = new long[48];

  private StackReserve() {}

  static void touch() {
    touch(USUAL);
  }

  static void touchForThread() {
    touch(THREAD);
  }

  /** For a thread that is about to take the baton of an idle loop: it may have to start a thread, or to set an alarm. */
  static void touchToDispatch() {
    touch(DISPATCH);
  }

  /** For one that is about to tell several, which may be of idle loops. */
  static void touchToTell() {
    touch(TELL);
  }

  static void touchDeep() {
    touch(DEEP);
  }

  private static void touch(int depth) {
    if (reach(depth) != depth) {
      throw new AssertionError();
    }
  }

  /** The values are live across the call, so that the frame must hold them; what it gives keeps the compilers from looping. */
  private static long reach(int depth) {
    if (depth != FULL) {
      return depth == 0 ? VALUES[0] : reach(depth - 1) + 1;
    }
    long[] v = VALUES;
    long a0 = v[0];
    long a1 = v[1];
    long a2 = v[2];
    long a3 = v[3];
    long a4 = v[4];
    long a5 = v[5];
    long a6 = v[6];
    long a7 = v[7];
    long b0 = v[8];
    long b1 = v[9];
    long b2 = v[10];
    long b3 = v[11];
    long b4 = v[12];
    long b5 = v[13];
    long b6 = v[14];
    long b7 = v[15];
    long c0 = v[16];
    long c1 = v[17];
    long c2 = v[18];
    long c3 = v[19];
    long c4 = v[20];
    long c5 = v[21];
    long c6 = v[22];
    long c7 = v[23];
    long d0 = v[24];
    long d1 = v[25];
    long d2 = v[26];
    long d3 = v[27];
    long d4 = v[28];
    long d5 = v[29];
    long d6 = v[30];
    long d7 = v[31];
    long e0 = v[32];
    long e1 = v[33];
    long e2 = v[34];
    long e3 = v[35];
    long e4 = v[36];
    long e5 = v[37];
    long e6 = v[38];
    long e7 = v[39];
    long f0 = v[40];
    long f1 = v[41];
    long f2 = v[42];
    long f3 = v[43];
    long f4 = v[44];
    long f5 = v[45];
    long f6 = v[46];
    long f7 = v[47];
    long below = reach(depth - 1);
    return below + 1 + a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + b0 + b1 + b2 + b3 + b4 + b5 + b6 + b7
        + c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + d0 + d1 + d2 + d3 + d4 + d5 + d6 + d7 + e0 + e1
        + e2 + e3 + e4 + e5 + e6 + e7 + f0 + f1 + f2 + f3 + f4 + f5 + f6 + f7;
  }
}
