package dev.asyncawait.compiler;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The source of a class with random bodies: expressions, loops, switches, handlers and resources with awaits wherever Java
 * lets them stand. What javac refuses of it is left out.
 */
final class RandomSource {

  static final int BODIES = 6;

  private static final int BUDGET = 130;

  private static final List<String> TYPES = List.of("int", "long", "double", "boolean", "String");

  private static final Map<String, String> BOXES = Map.of(
      "int", "Integer", "long", "Long", "double", "Double", "boolean", "Boolean", "String",
      "String");

  private record Variable(String type, String name) {}

  private final Random random;
  private final StringBuilder source = new StringBuilder();
  private final Deque<List<Variable>> scopes = new ArrayDeque<>();
  private int names;

  /** How much more there may be in this body. */
  private int budget;

  /** Whether this is within a synchronized block. */
  private boolean synchronised;

  /** Whether this is in a body within the body, which gives an int. */
  private boolean inner;

  RandomSource(long seed) {
    random = new Random(seed);
  }

  private boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  private int number(int bound) {
    return random.nextInt(bound);
  }

  private String name(String prefix) {
    return prefix + names++;
  }

  private String type() {
    return TYPES.get(number(TYPES.size()));
  }

  /** A variable of that type that is in scope, or null. */
  private String variable(String type) {
    List<String> fitting = new ArrayList<>();
    scopes.forEach(scope -> scope.stream()
        .filter(variable -> variable.type.equals(type))
        .forEach(variable -> fitting.add(variable.name)));
    return fitting.isEmpty() ? null : fitting.get(number(fitting.size()));
  }

  // ---- expressions

  private String awaited(String type, String value) {
    if (synchronised) {
      return value;
    }
    String method = chance(.7) ? "give" : "now";
    return "await(Parts.<" + BOXES.get(type) + ">" + method + "(" + value + "))";
  }

  private String expression(String type, int depth) {
    budget--;
    if (depth <= 0 || budget < 0) {
      return leaf(type);
    }
    int d = depth - 1;
    if (chance(.3)) {
      return awaited(type, expression(type, d));
    }
    if (chance(.1)) {
      return "(" + expression("boolean", d) + " ? " + expression(type, d) + " : "
          + expression(type, d) + ")";
    }
    if (chance(.05)) {
      return switchExpression(type, d);
    }
    return switch (type) {
      case "int" -> intExpression(d);
      case "long" -> longExpression(d);
      case "double" ->
        random.nextBoolean()
            ? "(" + expression("double", d) + " + " + expression("long", d) + ")"
            : "(" + expression("double", d) + " * " + expression("int", d) + ")";
      case "boolean" -> booleanExpression(d);
      default -> textExpression(d);
    };
  }

  private String leaf(String type) {
    String variable = variable(type);
    if (variable != null && chance(.7)) {
      return variable;
    }
    return switch (type) {
      case "int" -> String.valueOf(number(20));
      case "long" -> number(1000) + "L";
      case "double" -> number(50) + ".5";
      case "boolean" -> String.valueOf(random.nextBoolean());
      default -> "\"" + (char) ('a' + number(26)) + "\"";
    };
  }

  private String switchExpression(String type, int d) {
    String yielded = name("yielded");
    return "(switch (" + expression("int", d) + " & 3) { case 0 -> " + expression(type, d)
        + "; case 1, 2 -> { history.add(" + expression("String", 1) + "); " + type + " " + yielded
        + " = " + expression(type, d) + "; yield " + yielded + "; } default -> "
        + expression(type, d) + "; })";
  }

  private String intExpression(int d) {
    return switch (number(9)) {
      case 0 -> "(" + expression("int", d) + " + " + expression("int", d) + ")";
      case 1 -> "(" + expression("int", d) + " * " + expression("int", d) + ")";
      case 2 ->
        "Parts.mix(" + expression("int", d) + ", " + expression("long", d) + ", "
            + expression("String", d) + ", " + expression("double", d) + ")";
      case 3 -> expression("String", d) + ".length()";
      case 4 -> "(int) (0L + " + expression("long", d) + ")";
      case 5 -> point(d) + ".a()";
      case 6 -> "(" + expression("int", d) + " / " + expression("int", d) + ")";
      case 7 -> "hidden(" + expression("int", d) + ")";
      default -> "array[" + expression("int", d) + " & 3]";
    };
  }

  private String point(int d) {
    return "new Parts.Point(" + expression("int", d) + ", " + expression("long", d) + ", "
        + expression("String", d) + ")";
  }

  private String longExpression(int d) {
    return switch (number(5)) {
      case 0 -> "(" + expression("long", d) + " + " + expression("int", d) + ")";
      case 1 -> "(" + expression("long", d) + " ^ " + expression("long", d) + ")";
      case 2 -> "(long) (0.0 + " + expression("double", d) + ")";
      case 3 -> "new Hidden(" + expression("long", d) + ").value";
      default -> "(" + expression("long", d) + " << " + expression("int", d) + ")";
    };
  }

  private String booleanExpression(int d) {
    return switch (number(5)) {
      case 0 -> "(" + expression("int", d) + " < " + expression("int", d) + ")";
      case 1 -> "(" + expression("boolean", d) + " && " + expression("boolean", d) + ")";
      case 2 -> "(" + expression("boolean", d) + " || " + expression("boolean", d) + ")";
      case 3 -> "!" + expression("boolean", d);
      default -> expression("String", d) + ".equals(" + expression("String", d) + ")";
    };
  }

  private String textExpression(int d) {
    String text = switch (number(5)) {
      case 0 -> expression("String", d) + " + " + expression("int", d);
      case 1 ->
        "\"\" + " + expression("double", d) + " + " + expression("String", d) + " + "
            + expression("long", d);
      case 2 ->
        "new StringBuilder(" + expression("String", d) + ").append(0 + " + expression("int", d)
            + ").toString()";
      case 3 -> point(d) + ".toString()";
      default -> "String.valueOf(true & " + expression("boolean", d) + ")";
    };
    return "Parts.cut(" + text + ")";
  }

  // ---- statements

  private void line(String text) {
    source.append("    ").append(text).append('\n');
  }

  private void pause() {
    if (!synchronised) {
      line("await(sleep(java.time.Duration.ZERO));");
    }
  }

  private void block(int depth) {
    scopes.push(new ArrayList<>());
    int count = 1 + number(4);
    for (int i = 0; i < count && budget > 0; i++) {
      statement(depth);
    }
    scopes.pop();
  }

  private void statement(int depth) {
    budget--;
    switch (depth <= 0 ? number(4) : number(15)) {
      case 0 -> declaration();
      case 1 -> assignment();
      case 2 ->
        line("history.add(" + expression("String", 3) + " + " + expression(type(), 2) + ");");
      case 3 -> compoundAssignment();
      case 4, 5 -> ifStatement(depth - 1);
      case 6 -> forStatement(depth - 1);
      case 7 -> whileStatement(depth - 1);
      case 8, 9 -> tryStatement(depth - 1);
      case 10 -> switchStatement(depth - 1);
      case 11 -> synchronizedStatement(depth - 1);
      case 12 -> innerBody(depth - 1);
      case 13 -> pause();
      default -> line("array[" + expression("int", 2) + " & 3] += " + expression("int", 3) + ";");
    }
  }

  private void declaration() {
    String type = type();
    String name = name("v");
    line(type + " " + name + " = " + expression(type, 3) + ";");
    scopes.peek().add(new Variable(type, name));
  }

  private void assignment() {
    String type = type();
    String name = variable(type);
    if (name != null) {
      line(name + " = " + expression(type, 4) + ";");
    }
  }

  private void compoundAssignment() {
    String name = variable(random.nextBoolean() ? "int" : "long");
    if (name == null) {
      pause();
    } else {
      line(name + (random.nextBoolean() ? " += " : " ^= ") + expression("int", 3) + ";");
    }
  }

  private void ifStatement(int d) {
    line("if (" + expression("boolean", 3) + ") {");
    block(d);
    if (chance(.5)) {
      line("} else {");
      block(d);
    }
    line("}");
  }

  private void forStatement(int d) {
    String name = name("v");
    line("for (int " + name + " = 0; " + name + " < " + (1 + number(4)) + "; " + name + "++) {");
    scopes.push(new ArrayList<>());
    line("history.add(\"i\" + " + name + ");");
    statement(d);
    if (chance(.3)) {
      line("if (" + expression("boolean", 2) + ") "
          + (random.nextBoolean() ? "break;" : "continue;"));
    }
    statement(d);
    scopes.pop();
    line("}");
  }

  private void whileStatement(int d) {
    String name = name("v");
    line(
        "{ int " + name + " = 0; while (" + name + "++ < 3 && " + expression("boolean", 3) + ") {");
    block(d);
    if (chance(.3)) {
      line("if (" + expression("boolean", 2) + ") continue;");
    }
    block(d);
    line("} }");
  }

  private void tryStatement(int d) {
    String caught = name("e");
    line("try " + (chance(.3) ? resource(caught) : "") + "{");
    block(d);
    if (chance(.6)) {
      String failure = "new java.io.IOException(" + expression("String", 2) + ")";
      boolean thrown = synchronised || chance(.5);
      line("if (" + expression("boolean", 2) + ") "
          + (thrown ? "throw " + failure + ";" : "await(Parts.fail(" + failure + "));"));
    }
    if (chance(.2)) {
      line("if (" + expression("boolean", 2) + ") return " + expression(inner ? "int" : "String", 2)
          + ";");
    }
    block(d);
    boolean catches = chance(.8);
    if (catches) {
      line("} catch (ArithmeticException | IllegalStateException " + caught
          + ") { history.add(\"a\" + " + caught + ".getMessage());");
      block(d);
      line(
          "} catch (Exception " + caught + ") { history.add(\"e\" + " + caught + ".getMessage());");
      block(d);
    }
    if (!catches || chance(.5)) {
      line("} finally {");
      block(d);
    }
    line("}");
  }

  private String resource(String suffix) {
    String made = "new Parts.Resource(history, " + expression("String", 2) + ")";
    boolean plain = synchronised || chance(.5);
    return "(Parts.Resource r" + suffix + " = " + (plain ? made : "await(Parts.give(" + made + "))")
        + ") ";
  }

  private void switchStatement(int d) {
    line("switch ("
        + (random.nextBoolean()
            ? expression("int", 2) + " & 3) { case 0: case 1:"
            : expression("String", 2) + ") { case \"a\": case \"b\":"));
    block(d);
    if (chance(.5)) {
      line("break;");
    }
    line("default:");
    block(d);
    line("}");
  }

  private void synchronizedStatement(int d) {
    boolean before = synchronised;
    synchronised = true;
    line("synchronized (history) {");
    block(Math.min(1, d));
    line("}");
    synchronised = before;
  }

  private void innerBody(int d) {
    String number = variable("int");
    String text = variable("String");
    if (synchronised || inner || number == null || text == null) {
      return;
    }
    String given = name("given");
    line("final int " + given + " = " + number + "; final String t" + given + " = " + text + ";");
    List<List<Variable>> outer = List.copyOf(scopes);
    scopes.clear();
    String own = name("v");
    scopes.push(
        new ArrayList<>(List.of(new Variable("int", own), new Variable("String", "t" + own))));
    line("Coroutine<Integer> c" + given + " = async(() -> { int " + own + " = " + given
        + "; String t" + own + " = t" + given + ";");
    inner = true;
    block(d);
    block(d);
    line("return " + expression("int", 3) + "; });");
    inner = false;
    scopes.clear();
    scopes.addAll(outer);
    line(
        chance(.8)
            ? number + " = await(c" + given + ");"
            : number + " += await(createTask(c" + given + "));");
  }

  // ---- the class

  /** A class of that name in the package random, with the methods body0 and so on. */
  String write(String className) {
    source.append("""
        package random;
        import static dev.asyncawait.Async.*;
        import dev.asyncawait.*;
        import java.util.*;
        public class %s {
          private final int factor = 3;
          private int hidden(int x) { return x * factor + 1; }
          private static final class Hidden {
            private final long value;
            private Hidden(long value) { this.value = value + 1; }
          }
        """.formatted(className));
    for (int i = 0; i < BODIES; i++) {
      budget = BUDGET;
      scopes.clear();
      scopes.push(new ArrayList<>(List.of(
          new Variable("int", "x"),
          new Variable("long", "y"),
          new Variable("double", "z"),
          new Variable("String", "t"),
          new Variable("boolean", "q"))));
      line("public Coroutine<String> body" + i
          + "(List<String> history, int a, long b, double c, String d, boolean e) {");
      line("return async(() -> { int[] array = {1, 2, a, 4}; int x = a; long y = b; double z = c; "
          + "String t = d; boolean q = e;");
      int count = 4 + number(5);
      for (int j = 0; j < count; j++) {
        statement(4);
      }
      pause();
      line("return t + x + y + z + q + Arrays.toString(array); }); }");
    }
    return source.append("}\n").toString();
  }
}
