package dev.asyncawait;

import java.util.ArrayList;
import java.util.List;

/** Those who were woken under a monitor, in order; they are told when it has been released. */
final class WakeUps {

  private final List<Waiter> woken = new ArrayList<>();

  void add(Waiter waiter) {
    woken.add(waiter);
  }

  /** Has each task go on. One that was cancelled meanwhile goes on with that, and hands on what it was given. */
  void tell() {
    woken.forEach(Waiter::end);
  }
}
