package dev.asyncawait.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileNamesTest {

  @TempDir
  Path directory;

  @ParameterizedTest
  @CsvSource(textBlock = """
                    /data.csv,              data.csv
                    /a/b/data.csv?x=/y,     data.csv
                    /my%20file.txt,         my file.txt
                    /c++.txt,               c++.txt
                    '',                     index.html
                    /,                      index.html
                    /dir/,                  index.html
                    /..,                    index.html
                    /%2e%2e,                index.html
                    /%2e%2e%2fetc%2fpasswd, .._etc_passwd
                    /..%5cwin.ini,          .._win.ini
                    /%00%1b%0a.txt,         ___.txt
                    /a%E2%80%AEtxt.exe,     a_txt.exe
                    /C%3A%2A.txt,           C__.txt
                    """)
  void a_name_is_the_last_part_of_the_path_made_harmless(String path, String name) {
    assertThat(namesOf(path)).containsExactly(name);
  }

  @Test
  void a_name_taken_by_another_download_gets_a_number_before_its_extension() {
    assertThat(
            namesOf("/1/a.tar", "/2/a.tar", "/3/a.tar", "/A.tar", "/x", "/y/x", "/.rc", "/y/.rc"))
        .containsExactly("a.tar", "a.1.tar", "a.2.tar", "A.3.tar", "x", "x.1", ".rc", ".rc.1");
  }

  @Test
  void a_name_taken_in_the_directory_gets_a_number() throws Exception {
    Files.createFile(directory.resolve("a.tar"));
    Files.createSymbolicLink(directory.resolve("a.1.tar"), Path.of("nowhere"));

    assertThat(namesOf("/a.tar")).containsExactly("a.2.tar");
  }

  private Stream<String> namesOf(String... paths) {
    var names = new FileNames(directory);
    return Stream.of(paths).map(path -> {
      Path file = names.reserve(URI.create("http://example.org" + path));
      assertThat(file).hasParentRaw(directory);
      return file.getFileName().toString();
    });
  }
}
