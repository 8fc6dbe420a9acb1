package dev.asyncawait.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SourceTest {

  private static final URI FILE = URI.create("https://example.org/a.zip");

  @Test
  void a_checksum_is_taken_off_the_url() {
    String sum = "0123456789ABCDEF".repeat(4);
    assertThat(Source.parse(FILE + "#sha256=" + sum))
        .isEqualTo(new Source(FILE, "0123456789abcdef".repeat(4)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "#", "#chapter-2", "#md5=00"})
  void other_fragments_mean_nothing(String fragment) {
    assertThat(Source.parse(FILE + fragment)).isEqualTo(new Source(FILE, null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://example.org/a.zip",
        "example.org/a.zip",
        "http:a.zip",
        "file:///etc/passwd",
        ""
      })
  void only_http_urls_are_accepted(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Source.parse(text))
        .withMessage("not an http or https URL: " + text);
  }

  @Test
  void what_is_no_url_is_refused_with_the_whole_argument_and_the_reason() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Source.parse("http://a b/c#sha256=12"))
        .withMessage("not a URL: http://a b/c#sha256=12 (Illegal character in authority)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "12", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg"})
  void a_malformed_checksum_is_refused(String sum) {
    String text = FILE + "#sha256=" + sum;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Source.parse(text))
        .withMessage("sha256= must be followed by 64 hexadecimal digits: " + text);
  }
}
