package dev.asyncawait;

import java.util.List;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** Starts a child of a group, and waits until that says that it is ready. */
final class StartFrame<T extends @Nullable Object> extends Frame {

  private final TaskGroup group;
  private final AsyncConsumer<AsyncFuture<T>> body;
  private final AsyncFuture<T> ready = new AsyncFuture<>();

  // from the beginning on

  private @Nullable Task<?> child;
  private @Nullable Frame wait;

  StartFrame(TaskGroup group, AsyncConsumer<AsyncFuture<T>> body) {
    this.group = group;
    this.body = body;
  }

  @Override
  @Nullable
  Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error) throws Throwable {
    Task<?> started = child;
    Frame waiting = wait;
    if (started == null || waiting == null) {
      started = group.add(
          Coroutine.within(Bodies.announced(body, ready)), TaskOptions.NONE, Starting::new);
      child = started;
      waiting =
          new WaitFrame<AsyncFuture<?>>(List.of(ready, started), ReturnWhen.FIRST_COMPLETED, null);
      wait = waiting;
    }
    try {
      if (waiting.resume(task, value, error) == SUSPENDED) {
        return SUSPENDED;
      }
    } catch (CancellationException cancelled) {
      if (!ready.isDone()) {
        started.cancel(Ask.message(cancelled)); // the group waits for it
      }
      throw cancelled;
    }
    if (ready.isDone()) {
      return ready.outcome();
    }
    Object unused = started.outcome();
    throw new IllegalStateException(started.label()
        + " ended without saying that it was ready; have it complete the future that it is given");
  }

  private final class Starting extends TaskGroup.ChildDone {
    Starting(TaskGroup group, Task<?> child) {
      super(group, child);
    }

    @Override
    boolean isStarting() {
      return !ready.isDone();
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
