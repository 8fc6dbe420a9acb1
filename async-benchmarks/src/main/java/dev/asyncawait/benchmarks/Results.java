package dev.asyncawait.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * All that one run of the command has measured.
 *
 * @param date when, as {@code 2026-11-29}
 * @param machine what on
 * @param jdks the versions of the JDKs
 * @param python the version of CPython, or an empty text
 * @param rounds how long
 * @param measurements of all works, with all contestants
 * @param growth of some works, ours alone, for growing sizes
 */
record Results(
    String date,
    String machine,
    List<String> jdks,
    String python,
    Rounds rounds,
    List<Measurement> measurements,
    List<Measurement> growth) {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /** What an earlier run has written; empty if there was none. */
  static Optional<Results> read(Path file) throws IOException {
    return Files.exists(file)
        ? Optional.of(JSON.readValue(file.toFile(), Results.class))
        : Optional.empty();
  }

  void write(Path file) throws IOException {
    JSON.writeValue(file.toFile(), this);
  }

  Optional<Measurement> find(int java, String work, String contestant) {
    return measurements.stream()
        .filter(each -> each.java() == java)
        .filter(each -> each.work().equals(work))
        .filter(each -> each.contestant().equals(contestant))
        .findFirst();
  }

  List<Measurement> all(Predicate<Measurement> wanted) {
    return measurements.stream().filter(wanted).toList();
  }
}
