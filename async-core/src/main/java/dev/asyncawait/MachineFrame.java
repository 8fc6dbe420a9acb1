package dev.asyncawait;

import dev.asyncawait.spi.Activation;
import dev.asyncawait.spi.StateMachine;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A body that was compiled to a state machine: it answers SUSPENDED where a {@link BodyFrame} parks its thread. */
final class MachineFrame extends Frame implements Activation {

  private final StateMachine machine;
  private final Class<?> bodyClass;

  /** The task that runs it; null until it has begun. */
  private @Nullable Task<?> task;

  /** The coroutine that it awaits, while that is suspended. */
  private @Nullable Frame awaited;

  /** Whether the task had seen a cancellation when that coroutine began. */
  private boolean seenBefore;

  MachineFrame(StateMachine machine, Class<?> bodyClass) {
    this.machine = machine;
    this.bodyClass = bodyClass;
  }

  @Override
  @Nullable
  Object resume(Task<?> runner, @Nullable Object value, @Nullable Throwable error)
      throws Throwable {
    if (task != runner) { // a store costs more, see Task.NEW
      task = runner;
    }
    return machine.resume(this, value, error);
  }

  private Task<?> task() {
    Task<?> own = Objects.requireNonNull(task);
    own.loop.checkOpen();
    return own;
  }

  @Override
  public @Nullable Object await(Awaitable<?> work) throws Throwable {
    Objects.requireNonNull(work, "work must not be null");
    return work instanceof Coroutine<?> coroutine
        ? begin(task(), coroutine)
        : task().await((AsyncFuture<?>) work);
  }

  @Override
  public @Nullable Object await(AsyncFuture<?> future) throws Throwable {
    Objects.requireNonNull(future, "future must not be null");
    return task().await(future);
  }

  @Override
  public @Nullable Object await(CompletionStage<?> stage) throws Throwable {
    Objects.requireNonNull(stage, "stage must not be null");
    Task<?> own = task();
    return own.await(StageFuture.awaited(own.loop, stage));
  }

  private @Nullable Object begin(Task<?> own, Coroutine<?> coroutine) throws Throwable {
    Frame frame = coroutine.begin();
    seenBefore = own.cancelSeen();
    return run(own, frame, null, null);
  }

  private @Nullable Object run(
      Task<?> own, Frame frame, @Nullable Object value, @Nullable Throwable error)
      throws Throwable {
    awaited = null;
    Object result = Objects.requireNonNull(own.loopThread).resumeAbove(own, frame, value, error);
    if (result == Frame.SUSPENDED) {
      awaited = frame;
    } else if (own.cancelSeen() && !seenBefore) {
      own.swallowed(frame);
    }
    return result;
  }

  @Override
  public boolean awaitsCoroutine() {
    return awaited != null;
  }

  @Override
  public @Nullable Object resumeAwaited(@Nullable Object value, @Nullable Throwable error)
      throws Throwable {
    return run(Objects.requireNonNull(task), Objects.requireNonNull(awaited), value, error);
  }

  @Override
  void addPlaces(List<StackTraceElement> places) {
    Frame inner = awaited;
    if (inner != null) {
      inner.addPlaces(places);
    }
    places.add(machine.where());
  }

  @Override
  boolean isCompiled() {
    return true;
  }

  @Override
  boolean holdsBody() {
    return true;
  }

  @Override
  boolean reservesStack() {
    return true;
  }

  @Override
  Class<?> nameWhenUsed() {
    return bodyClass;
  }

  @Override
  public String toString() {
    return "async body in " + machine.host();
  }
}
