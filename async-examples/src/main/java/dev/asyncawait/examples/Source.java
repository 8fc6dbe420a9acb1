package dev.asyncawait.examples;

import java.net.URI;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What to download, and the SHA-256 that it must have, in lower case, if one was given. */
record Source(URI uri, @Nullable String sha256) {

  private static final Pattern CHECKSUM = Pattern.compile("sha256=(\\p{XDigit}{64})");

  /** Reads {@code URL} or {@code URL#sha256=HEX}, the form that pip knows too; other fragments mean nothing. */
  static Source parse(String text) {
    int hash = text.indexOf('#');
    URI uri = HttpUrl.parse(hash < 0 ? text : text.substring(0, hash), text);
    String fragment = hash < 0 ? "" : text.substring(hash + 1);
    if (!fragment.startsWith("sha256=")) {
      return new Source(uri, null);
    }
    Matcher checksum = CHECKSUM.matcher(fragment);
    if (!checksum.matches()) {
      throw new IllegalArgumentException(
          "sha256= must be followed by 64 hexadecimal digits: " + text);
    }
    return new Source(uri, checksum.group(1).toLowerCase(Locale.ROOT));
  }
}
