package dev.asyncawait.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A page of the documentation, for the code in it. */
record Page(String name, List<String> lines) {

  /** A fenced block; its text begins in {@code line} and its fence ends in {@code end}. */
  record Block(String language, int line, int end, String text) {}

  /**
   * A block of Java.
   *
   * @param shown what the page says that it prints, in a text block right after it; or empty
   */
  record Example(Snippet snippet, String shown) {}

  /** Other languages are taken for misspelt, so that no block is passed over in silence. */
  private static final List<String> LANGUAGES = List.of("java", "text", "xml", "sh");

  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  private static final Pattern LINK = Pattern.compile("\\]\\(([^)]+)\\)");

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  /** README.md and what is in docs. */
  static List<Page> all() throws IOException {
    try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      return Stream.concat(
              Stream.of(readme()),
              docs.filter(file -> file.toString().endsWith(".md")).sorted().map(Page::read))
          .toList();
    }
  }

  static Page readme() {
    return read(ROOT.resolve("README.md"));
  }

  static Page asyncio() {
    return read(ROOT.resolve("docs/asyncio.md"));
  }

  private static Page read(Path file) {
    try {
      return new Page(ROOT.relativize(file).toString(), Files.readAllLines(file));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  List<Block> blocks() {
    var blocks = new ArrayList<Block>();
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).stripLeading().startsWith("```")) {
        continue;
      }
      int indent = lines.get(i).indexOf('`');
      String language = lines.get(i).strip().substring(3);
      int begin = i + 1;
      if (!LANGUAGES.contains(language)) {
        throw new AssertionError(
            name + ":" + begin + ": a block of '" + language + "', which is none of " + LANGUAGES);
      }
      do {
        if (++i == lines.size()) {
          throw new AssertionError(name + ":" + begin + ": a block that does not end");
        }
      } while (!lines.get(i).strip().equals("```"));
      String text = lines.subList(begin, i).stream()
          .map(line -> line.substring(Math.min(indent, line.length())))
          .collect(Collectors.joining("\n"));
      blocks.add(new Block(language, begin + 1, i + 1, text));
    }
    return blocks;
  }

  List<Example> examples() {
    var examples = new ArrayList<Example>();
    List<Block> blocks = blocks();
    for (int i = 0; i < blocks.size(); i++) {
      Block block = blocks.get(i);
      if (block.language.equals("java")) {
        var snippet = new Snippet(name, block.line, block.text);
        boolean printing = i + 1 < blocks.size() && isOutputOf(block, blocks.get(i + 1));
        examples.add(new Example(snippet, printing ? blocks.get(i + 1).text : ""));
      }
    }
    return examples;
  }

  private boolean isOutputOf(Block java, Block next) {
    return next.language.equals("text")
        && lines.subList(java.end, next.line - 2).stream().allMatch(String::isBlank);
  }

  /** Links to files that do not exist and to headings that this page does not have. */
  List<String> deadLinks() {
    return lines.stream()
        .flatMap(line -> LINK.matcher(line).results())
        .map(link -> link.group(1))
        .filter(link -> !link.contains("://") && !leadsSomewhere(link))
        .toList();
  }

  private boolean leadsSomewhere(String link) {
    if (link.startsWith("#")) {
      return lines.stream()
          .filter(line -> line.startsWith("#"))
          .map(heading ->
              heading.replaceFirst("#+ ", "").toLowerCase(Locale.ROOT).replace(' ', '-'))
          .anyMatch(link.substring(1)::equals);
    }
    return Files.exists(ROOT.resolve(name).resolveSibling(link));
  }

  /** A row in which something of asyncio's is on the left, and ours beside it; begins in {@code line}. */
  record Row(int line, List<String> cells) {

    /** The code in what stands in a column. */
    List<String> code(int column) {
      return CODE.matcher(cells.get(column))
          .results()
          .map(code -> code.group(1))
          .toList();
    }
  }

  /** The rows of all tables whose first columns are asyncio's and ours. */
  List<Row> counterparts() {
    var rows = new ArrayList<Row>();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).startsWith("| asyncio | here |")) {
        for (i += 2; i < lines.size() && lines.get(i).startsWith("|"); i++) {
          rows.add(row(i));
        }
      }
    }
    return rows;
  }

  /** The rows of the table that has this header. */
  List<Row> table(String header) {
    int begin = lines.indexOf(header) + 2;
    return IntStream.range(begin, lines.size())
        .takeWhile(i -> lines.get(i).startsWith("|"))
        .mapToObj(this::row)
        .toList();
  }

  private Row row(int index) {
    List<String> cells = List.of(lines.get(index).split("\\|", -1));
    return new Row(
        index + 1,
        cells.subList(1, cells.size() - 1).stream().map(String::strip).toList());
  }
}
