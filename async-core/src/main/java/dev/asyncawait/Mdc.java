package dev.asyncawait;

import dev.asyncawait.spi.TaskLocal;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.slf4j.helpers.NOPMDCAdapter;

/** SLF4J's MDC, if the logging backend has one at all. */
final class Mdc implements TaskLocal<Map<String, String>> {

  static final boolean SUPPORTED = !(MDC.getMDCAdapter() instanceof NOPMDCAdapter);

  @Override
  public @Nullable Map<String, String> capture() {
    Map<String, String> copy = MDC.getCopyOfContextMap();
    return copy == null || copy.isEmpty() ? null : copy;
  }

  @Override
  public void install(Map<String, String> map) {
    MDC.setContextMap(map);
  }

  @Override
  public @Nullable Map<String, String> remove() {
    Map<String, String> left = capture();
    if (left != null) {
      MDC.clear();
    }
    return left;
  }

  @Override
  public String toString() {
    return "MDC";
  }
}
