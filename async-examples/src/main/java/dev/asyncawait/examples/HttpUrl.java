package dev.asyncawait.examples;

import java.net.URI;
import java.net.URISyntaxException;

/** Reads the URLs that a user gives. */
final class HttpUrl {

  private HttpUrl() {}

  /**
   * Reads an absolute http or https URL.
   *
   * @param argument what the user wrote, for the message that refuses it
   */
  static URI parse(String url, String argument) {
    try {
      URI uri = new URI(url);
      boolean http =
          "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
      if (http && uri.getHost() != null) {
        return uri;
      }
      throw new IllegalArgumentException("not an http or https URL: " + argument);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("not a URL: " + argument + " (" + e.getReason() + ")", e);
    }
  }
}
