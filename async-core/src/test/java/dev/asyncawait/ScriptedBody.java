package dev.asyncawait;

import dev.asyncawait.spi.Activation;
import dev.asyncawait.spi.BodyCompiler;
import dev.asyncawait.spi.StateMachine;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A body in parts, with an await between each two, that runs as a state machine where the {@link Compiler} of the tests
 * is in use. It is what a compiler would make of a body, written by hand.
 */
abstract class ScriptedBody<T extends @Nullable Object> implements AsyncBody<T> {

  /** What the body does up to its next await. */
  interface Part {

    /**
     * Runs with the outcome of the await before, of which {@code error} is null if it succeeded.
     *
     * @return what to await next, or a {@link Result}
     */
    Object run(@Nullable Object value, @Nullable Throwable error) throws Throwable;
  }

  /** Ends the body. */
  record Result(@Nullable Object value) {}

  private final List<Part> parts = new ArrayList<>();

  /** Adds a part that goes on only if the await before has succeeded. */
  final ScriptedBody<T> then(Part part) {
    return thenAlways((value, error) -> {
      if (error != null) {
        throw error;
      }
      return part.run(value, null);
    });
  }

  final ScriptedBody<T> thenAlways(Part part) {
    parts.add(part);
    return this;
  }

  /** The class of a body decides whether it is compiled, so each test has its own. */
  @Override
  public T call() {
    throw new AssertionError("run on a thread");
  }

  private static final class Machine extends StateMachine {
    private final @Nullable ScriptedBody<?> body;

    Machine(@Nullable ScriptedBody<?> body) {
      this.body = body;
    }

    @Override
    public StateMachine begin(Object of, @Nullable Object argument) {
      return new Machine((ScriptedBody<?>) of);
    }

    @Override
    public @Nullable Object resume(
        Activation activation, @Nullable Object value, @Nullable Throwable error) throws Throwable {
      Object outcome = value;
      Throwable failure = error;
      if (state > 0 && activation.awaitsCoroutine()) {
        failure = null;
        try {
          outcome = activation.resumeAwaited(value, error);
        } catch (Throwable thrown) {
          failure = thrown;
        }
      }
      while (outcome != Activation.SUSPENDED) {
        Object next = body.parts.get(state).run(outcome, failure);
        if (next instanceof Result result) {
          return result.value();
        }
        state++;
        failure = null;
        try {
          outcome = next instanceof Awaitable<?> work
              ? activation.await(work)
              : activation.await((java.util.concurrent.CompletionStage<?>) next);
        } catch (Throwable thrown) {
          outcome = null;
          failure = thrown;
        }
      }
      return outcome;
    }

    @Override
    protected String site() {
      return "Source|body|Source.java";
    }

    @Override
    protected String lines() {
      return "\0\1\2\3\4\5\6\7";
    }
  }

  /** Compiles the classes that it was told of, while it is open. */
  static final class Compiler implements BodyCompiler, AutoCloseable {
    private final StateMachine prototype = new Machine(null);
    private final Set<Class<?>> known = ConcurrentHashMap.newKeySet();
    final List<StackWalker.StackFrame> callers = new CopyOnWriteArrayList<>();
    private final @Nullable BodyCompiler before = Bodies.compiler;
    private final int version;

    /** One for another version is not used. */
    Compiler(int version) {
      this.version = version;
    }

    Compiler() {
      this(StateMachine.VERSION);
      Bodies.compiler = this;
    }

    @Override
    public void close() {
      Bodies.compiler = before;
    }

    @Override
    public int version() {
      return version;
    }

    @Override
    public @Nullable Decision find(Class<?> bodyClass) {
      return !ScriptedBody.class.isAssignableFrom(bodyClass)
          ? new Decision(null)
          : known.contains(bodyClass) ? new Decision(prototype) : null;
    }

    @Override
    public void created(Class<?> bodyClass, List<StackWalker.StackFrame> frames) {
      callers.addAll(frames);
      known.add(bodyClass);
    }
  }
}
