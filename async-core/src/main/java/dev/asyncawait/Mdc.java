package dev.asyncawait;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.slf4j.helpers.NOPMDCAdapter;

/** The calling thread's MDC, if the logging backend has one at all. */
final class Mdc {

  private static final boolean SUPPORTED = !(MDC.getMDCAdapter() instanceof NOPMDCAdapter);

  private Mdc() {}

  /** A copy, or null if it is empty. */
  static @Nullable Map<String, String> copy() {
    if (!SUPPORTED) {
      return null;
    }
    try {
      Map<String, String> copy = MDC.getCopyOfContextMap();
      return copy == null || copy.isEmpty() ? null : copy;
    } catch (Throwable failure) {
      Reports.log("the MDC could not be copied", failure);
      return null;
    }
  }

  static void install(@Nullable Map<String, String> map) {
    if (!SUPPORTED) {
      return;
    }
    try {
      if (map == null) {
        MDC.clear();
      } else {
        MDC.setContextMap(map);
      }
    } catch (Throwable failure) {
      Reports.log("the MDC could not be set", failure);
    }
  }
}
