package dev.asyncawait.conformance.scenarios;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.slf4j.LoggerFactory;

/** What the library logs while this is open, kept off the console. */
final class Reports implements AutoCloseable {

  private final Logger logger = (Logger) LoggerFactory.getLogger("dev.asyncawait");
  private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

  Reports() {
    appender.start();
    logger.setAdditive(false);
    logger.addAppender(appender);
  }

  List<String> errors() {
    return messages(Level.ERROR);
  }

  List<String> warnings() {
    return messages(Level.WARN);
  }

  private List<String> messages(Level level) {
    return List.copyOf(appender.list).stream()
        .filter(event -> event.getLevel() == level)
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  @Override
  public void close() {
    logger.detachAppender(appender);
    logger.setAdditive(true);
  }
}
