package dev.asyncawait;

import org.jspecify.annotations.Nullable;

/** Those who were woken under a monitor, in order; they are told when it has been released. */
final class WakeUps {

  private @Nullable Waiter first;
  private @Nullable Waiter last;

  void add(Waiter waiter) {
    if (last == null) {
      first = waiter;
    } else {
      last.after = waiter;
    }
    last = waiter;
  }

  /** Has each task go on. One that was cancelled meanwhile goes on with that, and hands on what it was given. */
  void tell() {
    for (Waiter waiter = first; waiter != null; ) {
      Waiter next = waiter.after;
      waiter.after = null;
      waiter.end();
      waiter = next;
    }
  }
}
