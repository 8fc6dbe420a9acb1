package dev.asyncawait.compiler.engine;

import dev.asyncawait.compiler.CompilerReport.Body;
import dev.asyncawait.spi.BodyCompiler;
import dev.asyncawait.spi.StateMachine;
import java.lang.StackWalker.StackFrame;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Compiles each class of bodies once, when one of it is first given to the library. */
public final class ClassCompiler implements BodyCompiler {

  /** When the library asked for a compiler, which it does when it is first used. */
  @SuppressWarnings("TimeInStaticInitializer") // it is that time which is wanted
  static final Instant LOADED = Instant.now();

  private static final ClassValue<Entry> ENTRIES = new ClassValue<>() {
    @Override
    protected Entry computeValue(Class<?> bodyClass) {
      return new Entry();
    }
  };

  /** What is known of a class of bodies: a {@link Decision}, once one is taken. */
  private static final class Entry extends AtomicReference<@Nullable Decision> {
    private static final long serialVersionUID = 1L;
  }

  /** A decision, and what is told of it. */
  private record Told(Decision decision, Body report) {}

  /** Set while this thread compiles, which may run a class loader of the user's, and that a body. */
  private static final ThreadLocal<Boolean> COMPILES = new ThreadLocal<>();

  /** Made by {@link java.util.ServiceLoader}. */
  public ClassCompiler() {}

  @Override
  public int version() {
    return StateMachine.VERSION;
  }

  @Override
  public @Nullable Decision find(Class<?> bodyClass) {
    return ENTRIES.get(bodyClass).get();
  }

  /*
   * Two threads may be here at once with bodies of the same new class. Both compile it, and the first to be done decides for
   * both, so that all bodies of the class run in the same way. A lock would save the second's work, and would be held while
   * class loaders run, which have locks of their own.
   */
  @Override
  public void created(Class<?> bodyClass, List<StackFrame> callers) {
    if (COMPILES.get() != null) {
      return; // from a class loader that is asked for a class now
    }
    COMPILES.set(true);
    try {
      Told told = decide(bodyClass, callers);
      if (ENTRIES.get(bodyClass).compareAndSet(null, told.decision)) {
        Journal.tell(told.report);
      }
    } catch (RuntimeException | Error broken) {
      // the log is the user's; the body can be run all the same
    } finally {
      COMPILES.remove();
    }
  }

  /** Whatever surprises here, the body can still run on a thread. */
  private static Told decide(Class<?> bodyClass, List<StackFrame> callers) {
    long begin = System.nanoTime();
    String method = null;
    String refusal;
    try {
      Canary.require();
      BodyKind kind = BodyKind.of(bodyClass);
      BodyMethod body = bodyClass.isHidden()
          ? BodyMethod.ofLambda(bodyClass, kind, CreationSite.find(callers))
          : BodyMethod.ofObject(bodyClass, kind);
      method = body.name();
      Definition.Machine machine = Definition.define(body);
      return new Told(
          new Decision(machine.prototype()),
          report(bodyClass, method, null, begin, machine.size()));
    } catch (Refusal reason) {
      refusal = String.valueOf(reason.getMessage());
    } catch (Throwable surprise) {
      refusal = "it failed with " + firstLine(surprise);
    }
    return new Told(new Decision(null), report(bodyClass, method, refusal, begin, 0));
  }

  /** A VerifyError goes on with all the code. */
  private static String firstLine(Throwable surprise) {
    String text = surprise.toString();
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end).stripTrailing();
  }

  private static Body report(
      Class<?> bodyClass, @Nullable String method, @Nullable String refusal, long begin, int size) {
    Duration took = Duration.ofNanos(System.nanoTime() - begin);
    return new Body(bodyClass.getName(), method, refusal, took, size);
  }
}
