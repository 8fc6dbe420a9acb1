package dev.asyncawait.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** Gives each download a file of its own in one directory: no URL reaches outside it or over another file. */
final class FileNames {

  private final Path directory;
  private final Set<String> reserved = new HashSet<>();

  FileNames(Path directory) {
    this.directory = directory;
  }

  /** The last part of the URL's path, or {@code index.html}; with a number before the extension if taken. */
  Path reserve(URI uri) {
    String name = nameIn(uri);
    int dot = name.lastIndexOf('.');
    int stemEnd = dot > 0 ? dot : name.length();
    Path path = pathOf(name);
    for (int number = 1; isTaken(path); number++) {
      path = pathOf(name.substring(0, stemEnd) + "." + number + name.substring(stemEnd));
    }
    return path;
  }

  private static String nameIn(URI uri) {
    String path = uri.getRawPath();
    String last = path.substring(path.lastIndexOf('/') + 1).replace("+", "%2B");
    // What is decoded may be anything: separators, control characters, marks that reverse the text.
    String name = URLDecoder.decode(last, UTF_8).replaceAll("[\\p{C}/\\\\:*?\"<>|]", "_");
    return name.isBlank() || name.equals(".") || name.equals("..") ? "index.html" : name;
  }

  private Path pathOf(String name) {
    try {
      return directory.resolve(name);
    } catch (InvalidPathException e) { // the locale's character set does not have all of it
      return directory.resolve(name.replaceAll("[^ -~]", "_"));
    }
  }

  private boolean isTaken(Path path) {
    // Lower case, because "A" and "a" are one file on some file systems.
    return !reserved.add(path.toString().toLowerCase(Locale.ROOT))
        || Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }
}
