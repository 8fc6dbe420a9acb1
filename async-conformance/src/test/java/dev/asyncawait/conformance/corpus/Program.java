package dev.asyncawait.conformance.corpus;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A program of the corpus and what CPython printed for it.
 *
 * @param id the number that the generator gave it
 * @param shapes what is ready when its main ends, or nothing if that was not asked
 * @param mains the statements of each main task; they are run one after the other on one loop
 * @param between what is done outside of the loop, before each main but the first
 * @param trace a line for each event, in order
 */
record Program(
    int id, List<String> shapes, List<JsonNode> mains, JsonNode between, List<String> trace) {

  /** What waits for others; programs in which these stand in one another are the hard ones. */
  private static final Set<String> NESTING =
      Set.of("group", "timeout", "waitFor", "gather", "outcomes", "shield");

  /** The kinds of its statements and expressions, and what they are combined to. */
  Set<String> constructs() {
    var found = new TreeSet<String>();
    mains.forEach(main -> collect(main, found));
    return found;
  }

  private static void collect(JsonNode node, Set<String> found) {
    if (isConstruct(node)) {
      String kind = node.get(0).asText();
      found.add(kind);
      if (kind.equals("try") && !node.get(3).isNull()) {
        found.add("finally");
      }
      if (kind.equals("await") && node.get(1).get(0).asText().equals("run")) {
        found.add("inline");
      }
    }
    node.forEach(child -> collect(child, found));
  }

  /** How deep the constructs that wait for others stand in one another. */
  int nesting() {
    return mains.stream().mapToInt(Program::nesting).max().orElse(0);
  }

  private static int nesting(JsonNode node) {
    int inner = 0;
    for (JsonNode child : node) {
      inner = Math.max(inner, nesting(child));
    }
    return inner + (isConstruct(node) && NESTING.contains(node.get(0).asText()) ? 1 : 0);
  }

  private static boolean isConstruct(JsonNode node) {
    return node.isArray() && !node.isEmpty() && node.get(0).isTextual();
  }

  @Override
  public String toString() {
    return mains.stream()
        .map(PseudoCode::of)
        .collect(Collectors.joining(
            "outside of the loop:\n" + PseudoCode.of(between), "program " + id + ":\n", ""));
  }
}
