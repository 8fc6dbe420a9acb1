package dev.asyncawait;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A race of awaitables that all begin at once. */
final class EntrantsFrame extends RaceFrame {

  private final String name;
  private final List<Awaitable<?>> entrants;

  private EntrantsFrame(String name, List<Awaitable<?>> entrants, boolean untilSuccess) {
    super(untilSuccess);
    this.name = name;
    this.entrants = entrants;
  }

  static <T extends @Nullable Object> Coroutine<T> untilEnd(
      Collection<? extends Awaitable<?>> awaitables) {
    return new Coroutine<>(new EntrantsFrame("race", listOf(awaitables, "race"), false));
  }

  static <T extends @Nullable Object> Coroutine<T> untilSuccess(
      Collection<? extends Awaitable<?>> awaitables) {
    return new Coroutine<>(
        new EntrantsFrame("firstSuccess", listOf(awaitables, "firstSuccess"), true));
  }

  private static List<Awaitable<?>> listOf(
      Collection<? extends Awaitable<?>> awaitables, String name) {
    Objects.requireNonNull(awaitables, "awaitables must not be null");
    List<Awaitable<?>> all = new ArrayList<>(awaitables);
    if (all.isEmpty()) {
      throw new IllegalArgumentException(
          name + "() was given nothing that could be first; give it one awaitable at least");
    }
    if (all.contains(null)) {
      throw new NullPointerException("an awaitable of " + name + "() must not be null");
    }
    return all;
  }

  @Override
  Frame start() {
    return new Start();
  }

  private final class Start extends Frame {
    @Override
    @Nullable
    Object resume(Task<?> task, @Nullable Object value, @Nullable Throwable error) {
      Set<Awaitable<?>> coroutines = Collections.newSetFromMap(new IdentityHashMap<>());
      for (Awaitable<?> each : entrants) {
        if (each == task) {
          throw new IllegalStateException(
              task.label() + " cannot wait for its own end in " + name + "()");
        }
        if (each instanceof Coroutine<?> coroutine) {
          coroutine.requireFresh();
          if (!coroutines.add(coroutine)) {
            throw new IllegalStateException("coroutine '" + coroutine + "' was given to " + name
                + "() twice; call the method again for a new one");
          }
        }
      }
      entrants.forEach(EntrantsFrame.this::enter);
      return null;
    }

    @Override
    String nameWhenUsed() {
      return name;
    }
  }

  @Override
  void dropped() {
    for (Awaitable<?> each : entrants) {
      if (each instanceof Coroutine<?> coroutine) {
        coroutine.drop();
      }
    }
  }

  @Override
  String nameWhenUsed() {
    return name + "(" + entrants.size() + ")";
  }
}
