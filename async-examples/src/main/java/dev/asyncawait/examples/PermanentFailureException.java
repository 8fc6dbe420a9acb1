package dev.asyncawait.examples;

import java.io.IOException;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A failure that another attempt would meet again. */
final class PermanentFailureException extends IOException {

  @Serial
  private static final long serialVersionUID = 1L;

  PermanentFailureException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
