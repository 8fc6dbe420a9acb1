package dev.asyncawait.examples;

import static dev.asyncawait.Async.await;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.Async;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReasonTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1 200 OK\r\nConte",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
      })
  void a_connection_that_ends_too_early_was_broken_off(String answer) throws Exception {
    for (boolean reset : new boolean[] {false, true}) {
      assertThat(reasonAfter(answer, reset, "http"))
          .isEqualTo("the server broke off the connection");
    }
  }

  @Test
  void what_is_not_http_is_called_so() throws Exception {
    assertThat(reasonAfter("SSH-2.0-OpenSSH_9.6\r\n", false, "http"))
        .isEqualTo(
            "the server's answer is not HTTP (Invalid status line: \"SSH-2.0-OpenSSH_9.6\")");
    assertThat(reasonAfter("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", false, "http"))
        .startsWith("the server's answer is not HTTP (");
  }

  @Test
  void a_server_without_tls_gives_no_secure_connection() throws Exception {
    assertThat(reasonAfter("HTTP/1.1 400 Bad Request\r\n\r\n", false, "https"))
        .startsWith("no secure connection (");
  }

  @Test
  void a_failure_of_the_disk_names_the_file() {
    assertThat(Reason.of(new AccessDeniedException("/a"))).isEqualTo("/a: permission denied");
    assertThat(Reason.of(new NoSuchFileException("/a"))).isEqualTo("/a: no such file or directory");
    assertThat(Reason.of(new FileSystemException("/a", null, "Disk full")))
        .isEqualTo("/a: Disk full");
  }

  /** Why a request fails whose server sends {@code answer} and closes the connection. */
  private static String reasonAfter(String answer, boolean reset, String scheme) throws Exception {
    try (var server = new ServerSocket(0, 9, InetAddress.getLoopbackAddress())) {
      var thread = new Thread(() -> answerAll(server, answer, reset));
      thread.setDaemon(true);
      thread.start();
      var uri = URI.create(scheme + "://127.0.0.1:" + server.getLocalPort() + "/");
      return Async.run(Async.async(() -> {
        try {
          return await(
                  HttpClient.newHttpClient()
                      .sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()),
                  IOException.class)
              .toString();
        } catch (Exception e) {
          return Reason.of(e);
        }
      }));
    }
  }

  private static void answerAll(ServerSocket server, String answer, boolean reset) {
    while (true) {
      try (Socket connection = server.accept()) {
        int unused = connection.getInputStream().read(new byte[4096]);
        connection.getOutputStream().write(answer.getBytes(US_ASCII));
        if (reset) {
          connection.setSoLinger(true, 0);
        }
      } catch (IOException closed) {
        return;
      }
    }
  }
}
