package dev.asyncawait;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.slf4j.LoggerFactory;

/** What the library logs while this is open, kept off the console. */
final class CapturedLog implements AutoCloseable {

  static {
    // These tests run inside the library's module, which does not know logback.
    Module tests = CapturedLog.class.getModule();
    for (String name :
        List.of("ch.qos.logback.classic.Logger", "ch.qos.logback.core.read.ListAppender")) {
      try {
        tests.addReads(Class.forName(name).getModule());
      } catch (ClassNotFoundException e) {
        throw new ExceptionInInitializerError(e);
      }
    }
  }

  private final Logger logger = (Logger) LoggerFactory.getLogger("dev.asyncawait");
  private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

  CapturedLog() {
    this(Level.INFO);
  }

  private CapturedLog(Level least) {
    appender.start();
    logger.setLevel(least);
    logger.setAdditive(false);
    logger.addAppender(appender);
  }

  /** Keeps all off the console, and keeps nothing. */
  static CapturedLog nothing() {
    return new CapturedLog(Level.OFF);
  }

  List<String> errors() {
    return messages(Level.ERROR);
  }

  List<String> warnings() {
    return messages(Level.WARN);
  }

  List<String> infos() {
    return messages(Level.INFO);
  }

  private List<String> messages(Level level) {
    return List.copyOf(appender.list).stream()
        .filter(event -> event.getLevel().equals(level))
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  /** The exceptions that came with the messages, the very objects. */
  List<Throwable> exceptions() {
    return List.copyOf(appender.list).stream()
        .map(ILoggingEvent::getThrowableProxy)
        .filter(ThrowableProxy.class::isInstance)
        .map(proxy -> ((ThrowableProxy) proxy).getThrowable())
        .toList();
  }

  @Override
  public void close() {
    logger.detachAppender(appender);
    logger.setAdditive(true);
    logger.setLevel(null);
  }
}
