package dev.asyncawait;

import dev.asyncawait.spi.BodyCompiler;
import dev.asyncawait.spi.BodyCompiler.Decision;
import dev.asyncawait.spi.StateMachine;
import java.lang.StackWalker.StackFrame;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes frames of the bodies that users give to the library: the only place that decides whether one runs on a thread or
 * as a state machine.
 *
 * <p>Only a public method may call this, with its own last parameter and directly: the frame below that method is where
 * a compiler looks for the lambda. With any other body it would run the wrong one.
 */
final class Bodies {

  /** How many frames a compiler is shown: the public method's, and some that may only pass on what they are given. */
  private static final int CALLERS = 7;

  /** Made only where there is a compiler. */
  private static final class Walker {
    static final StackWalker OF_ALL = StackWalker.getInstance(
        Set.of(StackWalker.Option.RETAIN_CLASS_REFERENCE, StackWalker.Option.SHOW_HIDDEN_FRAMES));
  }

  /** How many open loops want no compiled bodies. */
  private static final AtomicInteger REFUSING_LOOPS = new AtomicInteger();

  /** Changed by tests alone. */
  static @Nullable BodyCompiler compiler = load();

  private Bodies() {}

  private static @Nullable BodyCompiler load() {
    return choose(ServiceLoader.load(BodyCompiler.class, BodyCompiler.class.getClassLoader()));
  }

  /** The one that is there, or null if there is none that can be used. */
  static @Nullable BodyCompiler choose(Iterable<BodyCompiler> compilers) {
    if ("off".equals(System.getProperty("dev.asyncawait.compiler"))) {
      return null;
    }
    try {
      Iterator<BodyCompiler> found = compilers.iterator();
      if (!found.hasNext()) {
        return null;
      }
      BodyCompiler first = found.next();
      int version = first.version();
      if (version != StateMachine.VERSION) {
        Reports.warn(
            "no bodies are compiled, since " + Ask.text(first) + " is for version " + version
                + " of the interface and this is version " + StateMachine.VERSION
                + "; use the same version of all modules of the library");
        return null;
      }
      if (found.hasNext()) {
        Reports.warn("no bodies are compiled, since there is more than one compiler; keep one of "
            + Ask.text(first) + " and " + Ask.text(found.next()));
        return null;
      }
      Object unused = Walker.OF_ALL; // here, not first on a stack that may be full
      return first;
    } catch (Throwable failure) {
      Reports.log("no bodies are compiled, since the compiler could not be loaded", failure);
      return null;
    }
  }

  static Frame frame(AsyncBody<?> body) {
    Frame compiled = compiled(body, null);
    return compiled == null ? BodyFrame.of(body) : compiled;
  }

  static Frame frame(AsyncAction body) {
    Frame compiled = compiled(body, null);
    return compiled == null ? BodyFrame.of(body) : compiled;
  }

  static <T> Frame frame(AsyncFunction<? super T, ?> body, T argument) {
    Frame compiled = compiled(body, argument);
    return compiled == null ? BodyFrame.of(body, argument) : compiled;
  }

  static <T> Frame actionFrame(AsyncConsumer<? super T> body, T argument) {
    Frame compiled = compiled(body, argument);
    return compiled == null ? BodyFrame.ofAction(body, argument) : compiled;
  }

  /** Makes a frame of a body for each time that it is to run. */
  static Supplier<Frame> frames(AsyncBody<?> body) {
    Supplier<Frame> compiled = compiledFrames(body);
    return compiled == null ? () -> BodyFrame.of(body) : compiled;
  }

  /** Makes a frame of a body for each time that it is to run. */
  static Supplier<Frame> frames(AsyncAction body) {
    Supplier<Frame> compiled = compiledFrames(body);
    return compiled == null ? () -> BodyFrame.of(body) : compiled;
  }

  private static @Nullable Supplier<Frame> compiledFrames(Object body) {
    StateMachine prototype = prototypeOf(body);
    return prototype == null
        ? null
        : () -> new MachineFrame(prototype.begin(body, null), body.getClass());
  }

  private static @Nullable Frame compiled(Object body, @Nullable Object argument) {
    StateMachine prototype = prototypeOf(body);
    return prototype == null
        ? null
        : new MachineFrame(prototype.begin(body, argument), body.getClass());
  }

  private static @Nullable StateMachine prototypeOf(Object body) {
    Objects.requireNonNull(body, "body must not be null");
    BodyCompiler present = compiler;
    return present == null ? null : prototype(present, body);
  }

  /** Shows a compiler a body that takes an argument, before there is one. */
  static void announce(AsyncConsumer<?> body) {
    StateMachine unused = prototypeOf(body);
  }

  /** The frame of a body that was announced, for one argument. */
  static <T> Frame announced(AsyncConsumer<? super T> body, T argument) {
    BodyCompiler present = compiler;
    Decision decision = present == null || isRefusedHere() ? null : present.find(body.getClass());
    StateMachine prototype = decision == null ? null : decision.prototype();
    if (prototype != null) {
      return new MachineFrame(prototype.begin(body, argument), body.getClass());
    }
    return BodyFrame.ofAction(body, argument);
  }

  private static @Nullable StateMachine prototype(BodyCompiler compiler, Object body) {
    if (body instanceof OnThread<?> || isRefusedHere()) {
      return null;
    }
    Class<?> type = body.getClass();
    Decision decision = compiler.find(type);
    if (decision == null) {
      decision = decide(compiler, type);
    }
    return decision == null ? null : decision.prototype();
  }

  private static @Nullable Decision decide(BodyCompiler compiler, Class<?> type) {
    List<StackFrame> callers = Walker.OF_ALL.walk(Bodies::callers);
    if (!callers.isEmpty()) {
      compiler.created(type, callers);
    }
    return compiler.find(type);
  }

  /** A loop, since what makes a longer stream would be loaded for this alone. */
  private static List<StackFrame> callers(Stream<StackFrame> frames) {
    List<StackFrame> callers = new ArrayList<>();
    Iterator<StackFrame> all = frames.iterator();
    while (callers.size() < CALLERS && all.hasNext()) {
      StackFrame frame = all.next();
      if (frame.getDeclaringClass() != Bodies.class) {
        callers.add(frame);
      }
    }
    return callers;
  }

  private static boolean isRefusedHere() {
    if (REFUSING_LOOPS.get() == 0) {
      return false;
    }
    EventLoop loop = EventLoop.currentOrNull();
    return loop != null && !loop.compilesBodies();
  }

  static void refusingLoopOpened() {
    REFUSING_LOOPS.incrementAndGet();
  }

  static void refusingLoopClosed() {
    REFUSING_LOOPS.decrementAndGet();
  }
}
