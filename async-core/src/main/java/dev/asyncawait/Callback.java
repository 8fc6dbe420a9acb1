package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/** A turn of a loop that is no task's: it runs to its end with no current task, on an empty stack if it may be the user's code. */
non-sealed class Callback extends Message implements ReadyEntry {

  /** Null once this has run or was cancelled: whatever keeps it then keeps nothing else. */
  private @Nullable Runnable action;

  Callback(EventLoop loop, Runnable action) {
    super(loop);
    this.action = action;
  }

  @Override
  void deliver() {
    loop.enqueue(this);
  }

  /** True if this is kernel code, which any holder may run on whatever stack it has. */
  boolean isKernelCode() {
    return false;
  }

  void run() {
    Runnable wanted = action;
    forgetAction();
    if (wanted == null) {
      return;
    }
    try {
      wanted.run();
    } catch (Throwable failure) {
      loop.report("exception in " + kind() + Ask.text(wanted), failure);
    }
  }

  final void forgetAction() {
    action = null;
  }

  String kind() {
    return "callback ";
  }

  @Override
  public final String toString() {
    Runnable pending = action;
    return kind() + (pending == null ? "that has run or was cancelled" : Ask.text(pending));
  }
}
