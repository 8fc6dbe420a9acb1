package dev.asyncawait;

import dev.asyncawait.spi.TaskLocal;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/** The task locals of a loop, or of threads that run none: what is in thread locals, and is carried with the work. */
final class TaskLocals {

  /** Those that were found. */
  static final TaskLocals INSTALLED =
      new TaskLocals(load(ServiceLoader.load(TaskLocal.class, TaskLocal.class.getClassLoader())));

  private final TaskLocal<?>[] locals;

  private TaskLocals(List<TaskLocal<?>> locals) {
    this.locals = locals.toArray(new TaskLocal<?>[0]);
  }

  /** The MDC and those that can be loaded. */
  @SuppressWarnings("rawtypes") // a class literal has no type argument
  static List<TaskLocal<?>> load(Iterable<TaskLocal> services) {
    var all = new ArrayList<TaskLocal<?>>();
    if (Mdc.SUPPORTED) {
      all.add(new Mdc());
    }
    for (var found = services.iterator(); ; ) {
      try {
        if (!found.hasNext()) {
          return all;
        }
        all.add(found.next());
      } catch (ServiceConfigurationError failure) {
        Reports.log(
            "a task local could not be loaded, so what it stands for is not carried", failure);
      }
    }
  }

  /** The installed ones and some more. */
  static TaskLocals with(List<TaskLocal<?>> more) {
    if (more.isEmpty()) {
      return INSTALLED;
    }
    var all = new ArrayList<TaskLocal<?>>(List.of(INSTALLED.locals));
    all.addAll(more);
    return new TaskLocals(all);
  }

  /** Those of the loop that runs here. */
  static TaskLocals here() {
    EventLoop loop = EventLoop.currentOrNull();
    return loop == null ? INSTALLED : loop.taskLocals();
  }

  /** The state of one task local; the next one's, and so on. Those that have none are not among them. */
  record State<S>(TaskLocal<S> of, S state, @Nullable State<?> next) {
    private void install() {
      try {
        of.install(state);
      } catch (Throwable failure) {
        Reports.log("the task local " + Ask.text(of) + " could not install its state", failure);
      }
    }
  }

  /** What new work begins with, that is made here and now. */
  @Nullable
  State<?> capture() {
    State<?> all = null;
    for (TaskLocal<?> local : locals) {
      all = captured(local, all);
    }
    return all;
  }

  private static <S> @Nullable State<?> captured(TaskLocal<S> local, @Nullable State<?> others) {
    try {
      S state = local.capture();
      return state == null ? others : new State<>(local, state, others);
    } catch (Throwable failure) {
      Reports.log("the task local " + Ask.text(local) + " could not be captured", failure);
      return others;
    }
  }

  /** Takes all off the calling thread, and gives what the work goes on with that has run there. */
  @Nullable
  State<?> remove() {
    State<?> all = null;
    for (TaskLocal<?> local : locals) {
      all = removed(local, all);
    }
    return all;
  }

  private static <S> @Nullable State<?> removed(TaskLocal<S> local, @Nullable State<?> others) {
    try {
      S state = local.remove();
      return state == null ? others : new State<>(local, state, others);
    } catch (Throwable failure) {
      Reports.log("the task local " + Ask.text(local) + " could not be removed", failure);
      return others;
    }
  }

  /** Puts on the calling thread what of {@code all} this knows, and would take off again. */
  void install(@Nullable State<?> all) {
    for (State<?> state = all; state != null; state = state.next) {
      if (knows(state.of)) {
        state.install();
      }
    }
  }

  private boolean knows(TaskLocal<?> local) {
    for (TaskLocal<?> known : locals) {
      if (known == local) {
        return true;
      }
    }
    return false;
  }
}
