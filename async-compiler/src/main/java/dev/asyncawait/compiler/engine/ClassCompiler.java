package dev.asyncawait.compiler.engine;

import dev.asyncawait.compiler.CompilerReport.Body;
import dev.asyncawait.spi.BodyCompiler;
import dev.asyncawait.spi.StateMachine;
import java.lang.StackWalker.StackFrame;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compiles each class of bodies once, when one of it is first given to the library. */
public final class ClassCompiler implements BodyCompiler {

  private static final ClassValue<Entry> ENTRIES = new ClassValue<>() {
    @Override
    protected Entry computeValue(Class<?> bodyClass) {
      return new Entry();
    }
  };

  /** What is known of a class of bodies. Its monitor is held while it is compiled, so that nobody runs one meanwhile. */
  private static final class Entry {
    private volatile boolean decided;
    private volatile @Nullable StateMachine prototype;
    private boolean compiling;
  }

  /** Made by {@link java.util.ServiceLoader}. */
  public ClassCompiler() {}

  @Override
  public int version() {
    return StateMachine.VERSION;
  }

  @Override
  public @Nullable StateMachine find(Class<?> bodyClass) {
    return ENTRIES.get(bodyClass).prototype;
  }

  @Override
  public boolean wants(Class<?> bodyClass) {
    return !ENTRIES.get(bodyClass).decided;
  }

  @Override
  public void created(Class<?> bodyClass, List<StackFrame> callers) {
    Entry entry = ENTRIES.get(bodyClass);
    synchronized (entry) {
      if (entry.decided
          || entry.compiling) { // a class loader that runs such a body is in the midst of it
        return;
      }
      entry.compiling = true;
      entry.prototype = compile(bodyClass, callers);
      entry.decided = true;
    }
  }

  /** Whatever surprises here, the body can still run on a thread. */
  private static @Nullable StateMachine compile(Class<?> bodyClass, List<StackFrame> callers) {
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
      tell(bodyClass, method, null, begin, machine.size());
      return machine.prototype();
    } catch (Refusal reason) {
      refusal = String.valueOf(reason.getMessage());
    } catch (Throwable surprise) {
      refusal = "it failed with " + surprise;
    }
    tell(bodyClass, method, refusal, begin, 0);
    return null;
  }

  private static void tell(
      Class<?> bodyClass, @Nullable String method, @Nullable String refusal, long begin, int size) {
    Duration took = Duration.ofNanos(System.nanoTime() - begin);
    Journal.tell(new Body(bodyClass.getName(), method, refusal, took, size));
  }
}
