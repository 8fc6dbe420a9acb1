package dev.asyncawait.compiler.engine;

import dev.asyncawait.compiler.CompilerReport;
import dev.asyncawait.compiler.CompilerReport.Body;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import jdk.jfr.FlightRecorder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells what the compiler does: to its report, the log and Java Flight Recorder. */
public final class Journal {

  /** How many bodies are kept; names alone, so that no class is. */
  private static final int KEPT = 10_000;

  private static final Logger LOG = LoggerFactory.getLogger("dev.asyncawait.compiler");

  private static final boolean RECORDS = recorderIsThere();

  /** Guards itself. */
  private static final Deque<Body> BODIES = new ArrayDeque<>();

  private Journal() {}

  private static boolean recorderIsThere() {
    try {
      return Class.forName("jdk.jfr.Event") != null;
    } catch (ClassNotFoundException | LinkageError absent) {
      return false;
    }
  }

  /**
   * Returns what it was told.
   *
   * @return a snapshot
   */
  public static CompilerReport report() {
    synchronized (BODIES) {
      return new CompilerReport(new ArrayList<>(BODIES));
    }
  }

  static void tell(Body body) {
    synchronized (BODIES) {
      if (BODIES.size() == KEPT) {
        BODIES.removeFirst();
      }
      BODIES.addLast(body);
    }
    LOG.debug("{}", body);
    // The class of an event, once loaded, has the recorder start up, which takes as long as the
    // first compilation.
    if (RECORDS && FlightRecorder.isInitialized()) {
      BodyEvent.record(body);
    }
  }
}
