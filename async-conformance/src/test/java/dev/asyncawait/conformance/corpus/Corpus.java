package dev.asyncawait.conformance.corpus;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The programs that CPython has run.
 *
 * @param python the CPython that did
 * @param programs in the order of the file
 */
record Corpus(String python, List<Program> programs) {

  private static final String FILE = "programs.jsonl";

  static Corpus load() {
    var json = new ObjectMapper();
    var programs = new ArrayList<Program>();
    try (var lines = new BufferedReader(new InputStreamReader(
        Objects.requireNonNull(Corpus.class.getResourceAsStream(FILE)), StandardCharsets.UTF_8))) {
      String python = json.readTree(lines.readLine()).get("python").asText();
      for (String line; (line = lines.readLine()) != null; ) {
        programs.add(program(json.readTree(line)));
      }
      return new Corpus(python, programs);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Program program(JsonNode given) {
    var trace = new ArrayList<String>();
    given.get("trace").forEach(event -> trace.add(event.asText()));
    return new Program(given.get("id").asInt(), given.get("main"), trace);
  }
}
