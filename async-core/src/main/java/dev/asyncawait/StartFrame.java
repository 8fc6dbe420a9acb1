package dev.asyncawait;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** Starts a child of a group, and waits until that says that it is ready. */
final class StartFrame<T extends @Nullable Object> extends Frame {

  private final TaskGroup group;
  private final AsyncConsumer<AsyncFuture<T>> body;
  private final AsyncFuture<T> ready = new AsyncFuture<>();

  // from the beginning on

  private @Nullable Starting child;
  private @Nullable Frame wait;

  StartFrame(TaskGroup group, AsyncConsumer<AsyncFuture<T>> body) {
    this.group = group;
    this.body = body;
  }

  @Override
  @Nullable
  Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error) throws Throwable {
    Frame waiting = wait;
    if (waiting == null) {
      Task<?> made = group.add(
          Coroutine.within(Bodies.announced(body, ready)),
          TaskOptions.NONE,
          (owner, begun) -> child = new Starting(owner, begun));
      waiting =
          new WaitFrame<AsyncFuture<?>>(List.of(ready, made), ReturnWhen.FIRST_COMPLETED, null);
      wait = waiting;
    }
    Starting starting = Objects.requireNonNull(child);
    try {
      if (waiting.resume(task, value, error) == SUSPENDED) {
        return SUSPENDED;
      }
    } catch (CancellationException cancelled) {
      if (!ready.isDone()) {
        starting.cancelOnce(Ask.message(cancelled)); // the group waits for it
      }
      throw cancelled;
    }
    if (!starting.hasEndedUnready) {
      return ready.outcome();
    }
    Object unused = starting.child.outcome();
    throw new IllegalStateException(starting.child.label()
        + " ended without saying that it was ready; have it complete the future that it is given");
  }

  private final class Starting extends TaskGroup.AskedOnce {

    /** Decided when it ends: somebody may complete the future after that. */
    boolean hasEndedUnready;

    Starting(TaskGroup group, Task<?> child) {
      super(group, child);
    }

    @Override
    void deliver() {
      hasEndedUnready = !ready.isDone();
      super.deliver();
    }

    @Override
    boolean isStarting() {
      return hasEndedUnready;
    }
  }

  @Override
  String nameWhenUsed() {
    return "TaskGroup.start(...)";
  }

  @Override
  public String toString() {
    return group + ".start(...)";
  }
}
