package dev.asyncawait;

/** A turn of a loop that is no task's: it runs to its end on an empty stack, with no current task. */
non-sealed class Callback extends Message implements Entry {

  private final Runnable action;

  Callback(EventLoop loop, Runnable action) {
    super(loop);
    this.action = action;
  }

  @Override
  final void deliver() {
    loop.enqueue(this);
  }

  /** True if this is kernel code, which any holder may run on whatever stack it has. */
  boolean isKernelCode() {
    return false;
  }

  void run() {
    try {
      action.run();
    } catch (Throwable failure) {
      loop.report("exception in " + this, failure);
    }
  }

  @Override
  public String toString() {
    return "callback " + Ask.text(action);
  }
}
