package dev.asyncawait.compiler.engine;

import dev.asyncawait.compiler.CompilerReport.Body;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("dev.asyncawait.BodyCompiled")
@Label("Body Compiled")
@Category("Async")
@Description("A body was compiled to a state machine, or refused")
@StackTrace(false)
@SuppressWarnings("unused") // the recorder reads the fields
final class BodyEvent extends Event {

  @Label("Body Class")
  private final String bodyClass;

  @Label("Method")
  private final String method;

  @Label("Refusal")
  @Description("Why it runs on threads; empty if it was compiled")
  private final String refusal;

  @Label("Duration of Compilation")
  @Timespan
  private final long took;

  @Label("Size")
  private final int size;

  private BodyEvent(Body body) {
    bodyClass = body.bodyClass();
    method = body.method() == null ? "" : body.method();
    refusal = body.refusal() == null ? "" : body.refusal();
    took = body.took().toNanos();
    size = body.size();
  }

  static void record(Body body) {
    var event = new BodyEvent(body);
    if (event.shouldCommit()) {
      event.commit();
    }
  }
}
