package dev.asyncawait.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {

  private static final Address PAGE = Address.parse("http://example.org/guide/intro?lang=en");

  @ParameterizedTest
  @CsvSource(textBlock = """
                    HTTP://Example.ORG,                  http://example.org/
                    http://example.org:80/a,             http://example.org/a
                    https://example.org:443/a,           https://example.org/a
                    http://example.org:443/a,            http://example.org:443/a
                    http://example.org:8080/a,           http://example.org:8080/a
                    http://example.org/a#end,            http://example.org/a
                    http://example.org/a/./b/../c,       http://example.org/a/c
                    http://example.org/a?q=1&r=A%20b#x,  http://example.org/a?q=1&r=A%20b
                    http://example.org/my file,          http://example.org/my%20file
                    http://example.org/ä,                http://example.org/%C3%A4
                    http://[::1]:8080/,                  http://[::1]:8080/
                    http://example.org/A%2fb,            http://example.org/A%2fb
                    """)
  void an_address_has_one_form(String text, String address) {
    assertThat(Address.parse(text)).isEqualTo(Address.parse(address)).hasToString(address);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://example.org/", "example.org", "http:a", "file:///etc/passwd", ""})
  void only_http_urls_are_accepted(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Address.parse(text))
        .withMessage("not an http or https URL: " + text);
  }

  @Test
  void what_is_no_url_is_refused_as_it_was_given_and_with_the_reason() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Address.parse("htt p://example.org/"))
        .withMessage("not a URL: htt p://example.org/ (Illegal character in scheme name)");
  }

  @ParameterizedTest
  @CsvSource(textBlock = """
                    more,                  http://example.org/guide/more
                    ./,                    http://example.org/guide/
                    ..,                    http://example.org/
                    ../../..,              http://example.org/
                    /news,                 http://example.org/news
                    ?lang=de,              http://example.org/guide/intro?lang=de
                    #end,                  http://example.org/guide/intro?lang=en
                    //other.org/x,         http://other.org/x
                    https://example.org/,  https://example.org/
                    """)
  void a_reference_is_relative_to_its_page(String reference, String address) {
    assertThat(PAGE.resolve(reference)).contains(Address.parse(address));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"mailto:a@example.org", "javascript:void(0)", "http://", "http://[x", "%zz"})
  void what_is_no_page_is_left_out(String reference) {
    assertThat(PAGE.resolve(reference)).isEmpty();
    assertThat(PAGE.linksIn("<a href='" + reference + "'>x</a>")).isEmpty();
  }

  @Test
  void links_are_found_in_their_order_and_each_once() {
    assertThat(PAGE.linksIn("""
                        <p><A HREF=b>second letter</A> and <a href="a">first
                        <a href="b#end">again</a> <a name="here">no link</a>
                        <!-- <a href="comment">x</a> --> <script>"<a href='script'>"</script>
                        <a href="/q?x=1&amp;y=2">query</a> <link href="style.css">
                        """))
        .extracting(Address::page)
        .containsExactly("/guide/b", "/guide/a", "/q?x=1&y=2");
  }

  @Test
  void the_base_of_a_page_counts() {
    assertThat(PAGE.linksIn("<base href='https://example.org/docs/'><a href='a'>a</a>"))
        .containsExactly(Address.parse("https://example.org/docs/a"));
  }

  @Test
  void links_marked_nofollow_are_not_followed() {
    assertThat(PAGE.linksIn(
            "<a rel='NoFollow external' href='a'>a</a><a rel='nofollower' href='b'>b</a>"))
        .extracting(Address::page)
        .containsExactly("/guide/b");
  }

  @Test
  void a_site_is_a_host_and_a_port() {
    assertThat(PAGE.site())
        .isEqualTo(Address.parse("https://EXAMPLE.org:443/").site())
        .isNotEqualTo(Address.parse("http://www.example.org/").site())
        .isNotEqualTo(Address.parse("http://example.org:8080/").site());
  }
}
