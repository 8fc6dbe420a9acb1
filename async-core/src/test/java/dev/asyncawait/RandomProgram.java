package dev.asyncawait;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * What some loops and foreign threads are to do, made from a seed: the same seed gives the same text.
 *
 * <p>Bodies are numbered so that a body has a higher number than those it makes, and awaits lower ones only; so
 * nothing waits in a ring. A calm program has no cancellation, no interrupt and no limit that passes, so its
 * result is known.
 */
record RandomProgram(
    long seed, boolean calm, List<Loop> loops, List<Foreign> foreign, int bodies, int futures) {

  enum Kind {
    TURN,
    NAP,
    SPAWN,
    JOIN,
    GATHER,
    OUTCOMES,
    LIMIT,
    CALL,
    EXECUTE,
    SCHEDULE,
    FUTURE,
    STAGE,
    COMPLETE,
    CANCEL,
    CANCEL_HARD,
    FAIL
  }

  /** What a body does about a cancellation that it gets. */
  enum Manner {
    PLAIN,
    CLEANS_UP,
    SWALLOWS
  }

  enum Drivers {
    DEFAULT,
    PLATFORM,
    VIRTUAL
  }

  enum Act {
    COMPLETE,
    COMPLETE_STAGE,
    CANCEL,
    CANCEL_HARD,
    EXECUTE,
    SCHEDULE,
    SUBMIT,
    INTERRUPT
  }

  /** One line of a body; {@code number} is a time in microseconds, or names a body or a future. */
  record Statement(Kind kind, int number, List<Body> bodies) {
    @Override
    public String toString() {
      String inner = bodies.stream().map(Body::toString).collect(Collectors.joining(", "));
      return kind.toString().toLowerCase(Locale.ROOT) + " " + number
          + (inner.isEmpty() ? "" : " " + inner);
    }
  }

  record Body(int number, Manner manner, List<Statement> statements) {
    @Override
    public String toString() {
      return number + (manner == Manner.PLAIN ? "" : " " + manner) + statements;
    }

    /** What it returns in a calm program, or what it throws, which is its own number. */
    int result() {
      int sum = 1;
      var spawned = new HashMap<Integer, Integer>();
      for (Statement s : statements) {
        switch (s.kind()) {
          case FAIL -> {
            return number;
          }
          case SPAWN ->
            spawned.put(s.bodies().get(0).number(), s.bodies().get(0).result());
          case JOIN -> sum += spawned.getOrDefault(s.number(), 0);
          case GATHER, OUTCOMES, LIMIT -> {
            for (Body body : s.bodies()) {
              sum += body.result();
            }
          }
          case CALL, FUTURE, STAGE -> sum += s.number();
          default -> {}
        }
      }
      return sum;
    }

    boolean fails() {
      return statements.stream().anyMatch(s -> s.kind() == Kind.FAIL);
    }
  }

  record Loop(Body main, Drivers drivers, boolean shuffled) {}

  /** What a foreign thread does, {@code delay} microseconds after the beginning. */
  record Foreign(Act act, int number, int delay, int loop) {}

  static RandomProgram of(long seed) {
    return new Generator(seed).program();
  }

  /** Bodies of foreign submissions have no number of their own, and nobody waits for them. */
  static Body submitted() {
    return new Body(
        0,
        Manner.PLAIN,
        List.of(new Statement(Kind.TURN, 0, List.of()), new Statement(Kind.NAP, 20, List.of())));
  }

  @Override
  public String toString() {
    var text = new StringBuilder("seed " + seed + (calm ? ", calm" : ""));
    loops.forEach(loop -> text.append("\n  ").append(loop));
    foreign.forEach(act -> text.append("\n  ").append(act));
    return text.toString();
  }

  private static final class Generator {
    private final long seed;
    private final Random random;
    private final boolean calm;
    private final List<Foreign> foreign = new ArrayList<>();
    private int bodies;
    private int futures;

    Generator(long seed) {
      this.seed = seed;
      this.random = new Random(seed * 0x9E3779B97F4A7C15L);
      this.calm = random.nextInt(3) == 0;
    }

    RandomProgram program() {
      int count = 1 + random.nextInt(3);
      var loops = new ArrayList<Loop>();
      for (int i = 0; i < count; i++) {
        Drivers drivers = pick(List.of(Drivers.values()));
        loops.add(new Loop(body(0), drivers, random.nextInt(3) == 0));
      }
      for (int i = 0; i < futures; i++) {
        foreign.add(new Foreign(Act.COMPLETE, i, random.nextInt(400), 0));
        foreign.add(new Foreign(Act.COMPLETE_STAGE, i, random.nextInt(400), 0));
      }
      for (int i = random.nextInt(8); i > 0; i--) {
        var acts = List.of(Act.values()).subList(calm ? 4 : 2, calm ? 7 : 8);
        var next = new Foreign(
            pick(acts), random.nextInt(bodies), random.nextInt(400), random.nextInt(count));
        if (next.act() != Act.INTERRUPT || !interrupts(next.loop())) {
          foreign.add(next);
        }
      }
      return new RandomProgram(seed, calm, loops, foreign, bodies, futures);
    }

    /** The second interrupt would close the loop at once, and nothing is known of how a program goes on then. */
    private boolean interrupts(int loop) {
      return foreign.stream().anyMatch(f -> f.act() == Act.INTERRUPT && f.loop() == loop);
    }

    private Body body(int depth) {
      var statements = new ArrayList<Statement>();
      var spawned = new ArrayList<Integer>();
      for (int i = 1 + random.nextInt(depth == 0 ? 7 : 4); i > 0; i--) {
        Statement made = statement(depth);
        statements.add(made);
        if (made.kind() == Kind.SPAWN) {
          spawned.add(made.bodies().get(0).number());
        }
      }
      // In a calm program nothing is left over, since closing would cancel it.
      for (int number : spawned) {
        if (calm || random.nextBoolean()) {
          statements.add(new Statement(Kind.JOIN, number, List.of()));
        }
      }
      if (random.nextInt(6) == 0) {
        statements.add(new Statement(Kind.FAIL, 0, List.of()));
      }
      Manner manner = calm || random.nextBoolean() ? Manner.PLAIN : pick(List.of(Manner.values()));
      return new Body(++bodies, manner, List.copyOf(statements));
    }

    private Statement statement(int depth) {
      Kind kind = pick(List.of(Kind.values()).subList(0, calm ? 13 : 15));
      return switch (kind) {
        case SPAWN, LIMIT -> depth < 3 ? nested(kind, 1, depth) : line(Kind.TURN, 0);
        case GATHER, OUTCOMES ->
          depth < 3 ? nested(kind, 1 + random.nextInt(3), depth) : line(Kind.TURN, 0);
        case NAP, SCHEDULE -> line(kind, random.nextInt(150));
        case CALL -> line(kind, random.nextInt(9));
        case FUTURE, STAGE ->
          line(kind, calm || futures == 0 ? futures++ : random.nextInt(futures));
        case JOIN, COMPLETE -> line(kind, random.nextInt(1 + bodies));
        // One more is the number of this very body, if it makes no other.
        case CANCEL, CANCEL_HARD -> line(kind, random.nextInt(2 + bodies));
        default -> line(kind, 0);
      };
    }

    private Statement nested(Kind kind, int count, int depth) {
      var inner = new ArrayList<Body>();
      for (int i = 0; i < count; i++) {
        Body body = body(depth + 1);
        // What a failing gather leaves over would be cancelled when the loop closes.
        inner.add(calm && kind == Kind.GATHER ? withoutFailure(body) : body);
      }
      int limit = kind != Kind.LIMIT ? 0 : calm ? 1_000_000_000 : random.nextInt(400);
      return new Statement(kind, limit, List.copyOf(inner));
    }

    private <E> E pick(List<E> choice) {
      return choice.get(random.nextInt(choice.size()));
    }

    private static Body withoutFailure(Body body) {
      return new Body(
          body.number(),
          body.manner(),
          body.statements().stream().filter(s -> s.kind() != Kind.FAIL).toList());
    }

    private static Statement line(Kind kind, int number) {
      return new Statement(kind, number, List.of());
    }
  }
}
