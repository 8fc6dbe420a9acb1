package dev.asyncawait.compiler;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jdi.AbsentInformationException;
import com.sun.jdi.Bootstrap;
import com.sun.jdi.IncompatibleThreadStateException;
import com.sun.jdi.LocalVariable;
import com.sun.jdi.Location;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.StackFrame;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.connect.LaunchingConnector;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.ClassPrepareEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.event.VMDisconnectEvent;
import com.sun.jdi.request.ClassPrepareRequest;
import dev.asyncawait.Async;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A debugger stops on a line of a compiled body and shows its variables, as one would set it in an IDE. */
class DebuggerTest {

  /** What is debugged, in a process of its own. */
  static final class Debugged {

    private Debugged() {}

    public static void main(String[] arguments) {
      int captured = 3;
      Async.run(async(() -> {
        String local = "text";
        await(sleep(Duration.ofMillis(1)));
        int number = local.length() + captured; // the breakpoint
        System.out.println(number);
      }));
    }
  }

  private static int lineOfTheBreakpoint() throws IOException {
    List<String> source =
        Files.readAllLines(Path.of("src/test/java/dev/asyncawait/compiler/DebuggerTest.java"));
    for (int i = 0; i < source.size(); i++) {
      if (source.get(i).endsWith("; // the breakpoint")) {
        return i + 1;
      }
    }
    throw new IllegalStateException("no breakpoint");
  }

  private static VirtualMachine launch() throws Exception {
    LaunchingConnector connector = Bootstrap.virtualMachineManager().defaultConnector();
    Map<String, Connector.Argument> arguments = connector.defaultArguments();
    arguments.get("main").setValue(Debugged.class.getName());
    arguments
        .get("options")
        .setValue("-cp " + System.getProperty("java.class.path") + " -Xshare:auto");
    VirtualMachine machine = connector.launch(arguments);
    ClassPrepareRequest prepared = machine.eventRequestManager().createClassPrepareRequest();
    prepared.addClassFilter(Debugged.class.getName() + "*"); // as IDEs do for lambdas and the like
    prepared.enable();
    return machine;
  }

  @Test
  void a_breakpoint_in_a_compiled_body_is_hit_with_its_variables() throws Exception {
    VirtualMachine machine = launch();
    try {
      int line = lineOfTheBreakpoint();
      var seen = new TreeMap<String, String>();
      String hitIn = null;
      for (boolean runs = true; runs; ) {
        EventSet events = machine.eventQueue().remove(120_000);
        assertThat(events).as("an event in time").isNotNull();
        for (Event event : events) {
          if (event instanceof ClassPrepareEvent prepared) {
            stopAt(line, prepared.referenceType());
          } else if (event instanceof BreakpointEvent hit) {
            hitIn = hit.location().declaringType().name();
            seen.putAll(variables(hit));
          } else if (event instanceof VMDisconnectEvent) {
            runs = false;
          }
        }
        events.resume();
      }
      assertThat(hitIn).matches(".*DebuggerTest\\$Debugged\\$main\\$\\d+\\$coroutine\\d+");
      assertThat(seen).containsEntry("local", "\"text\"").containsEntry("captured", "3");
    } finally {
      machine.process().destroyForcibly();
    }
  }

  private static void stopAt(int line, ReferenceType type) {
    try {
      for (Location location : type.locationsOfLine(line)) {
        type.virtualMachine()
            .eventRequestManager()
            .createBreakpointRequest(location)
            .enable();
      }
    } catch (AbsentInformationException lambda) {
      // the class of a lambda, which has no lines
    }
  }

  private static Map<String, String> variables(BreakpointEvent hit) throws Exception {
    var values = new TreeMap<String, String>();
    try {
      StackFrame frame = hit.thread().frame(0);
      for (LocalVariable variable : frame.visibleVariables()) {
        values.put(variable.name(), String.valueOf(frame.getValue(variable)));
      }
    } catch (IncompatibleThreadStateException e) {
      throw new IllegalStateException(e);
    }
    return values;
  }
}
