package dev.asyncawait.examples;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Element;
import org.jsoup.parser.Tag;

/**
 * Where a page is, in one form: addresses that differ only in the fragment, in the case of the host or in a default
 * port are equal.
 */
record Address(URI uri) {

  /** Reads an absolute URL. */
  static Address parse(String text) {
    URI given = HttpUrl.parse(text.strip().replace(" ", "%20"), text);
    URI uri = URI.create(given.toASCIIString()).normalize();
    String scheme = lowerCase(uri.getScheme());
    boolean defaultPort = uri.getPort() == ("http".equals(scheme) ? 80 : 443);
    String path =
        uri.getRawPath().replaceFirst("^(/\\.\\.)+(?=/|$)", ""); // nothing is above the root
    return new Address(URI.create(scheme
        + "://"
        + lowerCase(uri.getHost())
        + (uri.getPort() == -1 || defaultPort ? "" : ":" + uri.getPort())
        + (path.isEmpty() ? "/" : path)
        + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery())));
  }

  /** Where the links of this page lead, each once and in the order of the page; only those that lead to pages. */
  List<Address> linksIn(String html) {
    return Jsoup.parse(html, uri.toString())
        .select("a[href]:not([rel~=(?i)\\bnofollow\\b])")
        .stream()
        .map(Address::targetOf)
        .flatMap(Optional::stream)
        .distinct()
        .toList();
  }

  /** Where a reference on this page leads, or nothing if that is no page, such as {@code mailto:}. */
  Optional<Address> resolve(String reference) {
    // URI.resolve would not do: it loses the name of the page before a query
    return targetOf(new Element(Tag.valueOf("a"), uri.toString()).attr("href", reference));
  }

  private static Optional<Address> targetOf(Element link) {
    try {
      return Optional.of(parse(link.absUrl("href")));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The host and the port: pages that share them are of one site, with http and with https. */
  String site() {
    return uri.getAuthority();
  }

  /** What distinguishes the page from others of its site. */
  String page() {
    return uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
  }

  @Override
  public String toString() {
    return uri.toString();
  }

  private static String lowerCase(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
