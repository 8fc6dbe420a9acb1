package dev.asyncawait.conformance.corpus;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/** The programs swallow cancellations and drop failures all the time, and the library would say so each time. */
final class SilentLibrary implements BeforeAllCallback, AfterAllCallback {

  private static final Logger LIBRARY = (Logger) LoggerFactory.getLogger("dev.asyncawait");

  @Override
  public void beforeAll(ExtensionContext context) {
    LIBRARY.setLevel(Level.OFF);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    LIBRARY.setLevel(null);
  }
}
