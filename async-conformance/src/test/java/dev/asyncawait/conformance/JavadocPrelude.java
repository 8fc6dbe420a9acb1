package dev.asyncawait.conformance;

import static dev.asyncawait.Async.async;

import dev.asyncawait.ContextVar;
import dev.asyncawait.Coroutine;
import dev.asyncawait.Task;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the examples in Javadoc use and do not declare; {@link JavadocExamplesTest} imports it into each. */
final class JavadocPrelude {

  static final HttpClient client = HttpClient.newHttpClient();
  static final HttpRequest request =
      HttpRequest.newBuilder(URI.create("http://localhost/")).build();
  static final HttpResponse.BodyHandler<String> handler = HttpResponse.BodyHandlers.ofString();
  static final Path path = Path.of("text.txt");
  static final List<Task<String>> tasks = List.of();
  static final Socket socket = listener -> {};
  static final Button button = listener -> {};

  static final ContextVar<String> USER = new ContextVar<>("user");
  static final Connection connection = new Connection();
  static final Metrics metrics = name -> {};
  static final Logger log = LoggerFactory.getLogger(JavadocPrelude.class);

  private JavadocPrelude() {}

  static Coroutine<String> fetchData() {
    return async(() -> "data");
  }

  static Coroutine<String> fetch(String name) {
    return async(() -> "the page " + name);
  }

  static Coroutine<String> save() {
    return async(() -> "saved");
  }

  static void prepare() {}

  static final Executor executor = Runnable::run;

  static int countPrimes(int below) {
    return 0;
  }

  static int count(String table) {
    return table.length();
  }

  static Coroutine<Void> serve() {
    return async(() -> prepare());
  }

  static Coroutine<Void> heartbeat() {
    return async(() -> prepare());
  }

  static Coroutine<Void> saveState() {
    return async(() -> prepare());
  }

  interface Socket {
    void onMessage(Consumer<String> listener);
  }

  interface Button {
    void onClick(Runnable listener);
  }

  /** The class that an example is a part of. */
  static class Screen {
    void refresh() {}
  }

  record Session(String user) {}

  static Coroutine<Session> open() {
    return async(() -> new Session("me"));
  }

  static Coroutine<Void> process(Session session) {
    return async(() -> System.out.println(session));
  }

  record Request(String user) {}

  static Coroutine<Void> audit(Request request) {
    return async(() -> System.out.println(request));
  }

  static Coroutine<Void> process(Request request) {
    return async(() -> System.out.println(request));
  }

  static Coroutine<Void> login() {
    return async(() -> prepare());
  }

  static Coroutine<Void> order() {
    return async(() -> prepare());
  }

  static Coroutine<Void> serve(Connection connection) {
    return connection.flush();
  }

  static final class Connection {
    Coroutine<Void> flush() {
      return async(() -> prepare());
    }

    Coroutine<Void> close() {
      return async(() -> prepare());
    }
  }

  interface Metrics {
    void count(String name);
  }
}
