package dev.asyncawait;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Makes sure that there is stack left before the kernel changes state.
 *
 * <p>A body may recurse until the stack overflows, catch the error and await. If the overflow struck in the
 * middle of a switch, the baton would be lost, or the JDK's own queues damaged. So the stack is touched first,
 * deeper than the work goes; an overflow then strikes here, where nothing has happened yet.
 *
 * <p>Touching takes time with every call and every word written. So the frames are wide: now and then one of them needs
 * its many variables, and every other has the same size and leaves them alone. A switch needs little; the start of a thread
 * goes deeper. A thread that has overflowed here once on its stack is near its end, and pays for all.
 */
final class StackReserve {

  /** Frames of some 800 bytes when compiled, 1,700 when not. */
  private static final int USUAL = 6;

  private static final int THREAD = 12;

  private static final int DISPATCH = 18;

  private static final int TELL = 22;

  private static final int DEEP = 40;

  /** The frame that is full; so deep that the next call is not inlined in it, or it would need no room. */
  private static final int FULL = 3;

  private static final int NONE = -1;

  /** Of so many touches one fills a frame: often enough that the compilers know of it, and give every frame the room. */
  private static final int FILLED_EVERY = 32;

  private static final long[] VALUES = new long[96];

  private StackReserve() {}

  static void touch() {
    touchAsDrawn(USUAL);
  }

  /** The same for one that counts its own touches, which takes less than to draw a number. */
  static void touch(int count) {
    touch(USUAL, count % FILLED_EVERY == 0);
  }

  static void touchForThread() {
    touchAsDrawn(THREAD);
  }

  /** For a thread that is about to take the baton of an idle loop: it may have to start a thread, or to set an alarm. */
  static void touchToDispatch() {
    touchAsDrawn(DISPATCH);
  }

  /** For one that is about to tell several, which may be of idle loops. */
  static void touchToTell() {
    touchAsDrawn(TELL);
  }

  static void touchDeep() {
    touchAsDrawn(DEEP);
  }

  private static void touchAsDrawn(int depth) {
    touch(
        depth, ThreadLocalRandom.current().nextInt(FILLED_EVERY) == 0); // threads share no counter
  }

  private static void touch(int depth, boolean fill) {
    if (reach(depth, fill ? FULL : NONE) != depth) {
      throw new AssertionError();
    }
  }

  /** The values are live across the call, so that the frame must hold them; what it gives keeps the compilers from looping. */
  private static long reach(int depth, int full) {
    if (depth != full) {
      return depth == 0 ? VALUES[0] : reach(depth - 1, full) + 1;
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
    long g0 = v[48];
    long g1 = v[49];
    long g2 = v[50];
    long g3 = v[51];
    long g4 = v[52];
    long g5 = v[53];
    long g6 = v[54];
    long g7 = v[55];
    long h0 = v[56];
    long h1 = v[57];
    long h2 = v[58];
    long h3 = v[59];
    long h4 = v[60];
    long h5 = v[61];
    long h6 = v[62];
    long h7 = v[63];
    long i0 = v[64];
    long i1 = v[65];
    long i2 = v[66];
    long i3 = v[67];
    long i4 = v[68];
    long i5 = v[69];
    long i6 = v[70];
    long i7 = v[71];
    long j0 = v[72];
    long j1 = v[73];
    long j2 = v[74];
    long j3 = v[75];
    long j4 = v[76];
    long j5 = v[77];
    long j6 = v[78];
    long j7 = v[79];
    long k0 = v[80];
    long k1 = v[81];
    long k2 = v[82];
    long k3 = v[83];
    long k4 = v[84];
    long k5 = v[85];
    long k6 = v[86];
    long k7 = v[87];
    long l0 = v[88];
    long l1 = v[89];
    long l2 = v[90];
    long l3 = v[91];
    long l4 = v[92];
    long l5 = v[93];
    long l6 = v[94];
    long l7 = v[95];
    long below = reach(depth - 1, full);
    return below + 1 + a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + b0 + b1 + b2 + b3 + b4 + b5 + b6 + b7
        + c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + d0 + d1 + d2 + d3 + d4 + d5 + d6 + d7 + e0 + e1
        + e2 + e3 + e4 + e5 + e6 + e7 + f0 + f1 + f2 + f3 + f4 + f5 + f6 + f7 + g0 + g1 + g2 + g3
        + g4 + g5 + g6 + g7 + h0 + h1 + h2 + h3 + h4 + h5 + h6 + h7 + i0 + i1 + i2 + i3 + i4 + i5
        + i6 + i7 + j0 + j1 + j2 + j3 + j4 + j5 + j6 + j7 + k0 + k1 + k2 + k3 + k4 + k5 + k6 + k7
        + l0 + l1 + l2 + l3 + l4 + l5 + l6 + l7;
  }
}
