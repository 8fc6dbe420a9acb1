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

  static Corpus load(String file) {
    var json = new ObjectMapper();
    var programs = new ArrayList<Program>();
    try (var lines = new BufferedReader(new InputStreamReader(
        Objects.requireNonNull(Corpus.class.getResourceAsStream(file)), StandardCharsets.UTF_8))) {
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
    var mains = new ArrayList<JsonNode>();
    given.get("mains").forEach(mains::add);
    return new Program(
        given.get("id").asInt(),
        texts(given.path("shapes")),
        mains,
        given.path("between"),
        texts(given.get("trace")));
  }

  private static List<String> texts(JsonNode given) {
    var texts = new ArrayList<String>();
    given.forEach(text -> texts.add(text.asText()));
    return texts;
  }
}
