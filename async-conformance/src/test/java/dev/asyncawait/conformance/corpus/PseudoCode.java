package dev.asyncawait.conformance.corpus;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.StringJoiner;

/** A program as Python-like text, for people. */
final class PseudoCode {

  private final StringBuilder text = new StringBuilder();

  private PseudoCode() {}

  static String of(JsonNode statements) {
    var code = new PseudoCode();
    code.body(statements, 1);
    return code.text.toString();
  }

  private void body(JsonNode statements, int depth) {
    if (statements.isEmpty()) {
      line("pass", depth);
    }
    for (JsonNode statement : statements) {
      statement(statement, depth);
    }
  }

  private void statement(JsonNode s, int depth) {
    String kind = s.get(0).asText();
    switch (kind) {
      case "sleep" -> line("await sleep(" + s.get(1) + ")", depth);
      case "await" -> line("await " + expression(s.get(1), depth), depth);
      case "let" -> line(s.get(1).asText() + " = " + expression(s.get(2), depth), depth);
      case "task" -> block(s.get(1).asText() + " = create_task", s.get(2), depth);
      case "spawn" ->
        block(s.get(2).asText() + " = " + s.get(1).asText() + ".create_task", s.get(3), depth);
      case "group" -> block("async with TaskGroup as " + s.get(1).asText(), s.get(2), depth);
      case "timeout" ->
        block("async with timeout(" + s.get(2) + ") as " + s.get(1).asText(), s.get(3), depth);
      case "repeat" -> block("repeat " + s.get(1), s.get(2), depth);
      case "later" -> block(s.get(1).asText() + " = call_later(" + s.get(2) + ")", s.get(3), depth);
      case "soon" -> block(s.get(1).asText() + " = call_soon()", s.get(2), depth);
      case "onDone" -> block(s.get(1).asText() + ".add_done_callback", s.get(2), depth);
      case "each" ->
        line(
            "for each of as_completed(" + list(s.get(1), depth) + ", timeout=" + s.get(2)
                + "), at most " + s.get(3),
            depth);
      case "try" -> attempt(s, depth);
      default -> line(plain(s), depth);
    }
  }

  private void attempt(JsonNode s, int depth) {
    block("try", s.get(1), depth);
    for (Map.Entry<String, JsonNode> handler : s.get(2).properties()) {
      block("except " + handler.getKey(), handler.getValue().get(0), depth);
      if (handler.getValue().get(1).asText().equals("raise")) {
        line("raise", depth + 1);
      }
    }
    if (!s.get(3).isNull()) {
      block("finally", s.get(3), depth);
    }
  }

  private void block(String head, JsonNode statements, int depth) {
    line(head + ":", depth);
    body(statements, depth + 1);
  }

  private void line(String content, int depth) {
    text.append("  ".repeat(depth)).append(content).append('\n');
  }

  private static String plain(JsonNode s) {
    var words = new StringJoiner(" ");
    s.forEach(word -> words.add(word.isTextual() ? word.asText() : word.toString()));
    return words.toString();
  }

  private static String expression(JsonNode e, int depth) {
    return switch (e.get(0).asText()) {
      case "ref" -> e.get(1).asText();
      case "run" -> {
        var code = new PseudoCode();
        code.body(e.get(2), depth + 2);
        yield e.get(1).asText() + "(): {\n" + code.text + "  ".repeat(depth + 1) + "}";
      }
      case "gather", "outcomes" -> e.get(0).asText() + "(" + list(e.get(1), depth) + ")";
      case "shield" -> "shield(" + expression(e.get(1), depth) + ")";
      case "waitFor" -> "wait_for(" + expression(e.get(1), depth) + ", " + e.get(2) + ")";
      default -> e.get(0).asText() + "(" + e.get(1) + ")";
    };
  }

  private static String list(JsonNode expressions, int depth) {
    var parts = new StringJoiner(", ");
    expressions.forEach(part -> parts.add(expression(part, depth)));
    return parts.toString();
  }
}
