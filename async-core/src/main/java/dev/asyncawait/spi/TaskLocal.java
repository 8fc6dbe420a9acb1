package dev.asyncawait.spi;

import org.jspecify.annotations.Nullable;

/**
 * State that a library keeps in thread locals, and that belongs to a task rather than to whatever thread the task runs
 * on: a logging context, the current span of a trace, the user who is logged in.
 *
 * <p>Found with {@link java.util.ServiceLoader}, or given to one runner with {@link
 * dev.asyncawait.Runner.Builder#taskLocal}. SLF4J's MDC is carried without either.
 *
 * <pre>{@code
 * static final ThreadLocal<String> TENANT = new ThreadLocal<>();
 *
 * static final class TenantLocal implements TaskLocal<String> {
 *   @Override public String capture() {
 *     return TENANT.get();
 *   }
 *   @Override public void install(String tenant) {
 *     TENANT.set(tenant);
 *   }
 *   @Override public String remove() {
 *     String left = TENANT.get();
 *     TENANT.remove();
 *     return left;
 *   }
 * }
 * }</pre>
 *
 * <p>New work begins with what {@link #capture} gave where it was made: a task, a callback, a call of {@code toThread}.
 * Before a thread runs some of it, the state is {@linkplain #install installed}, and {@linkplain #remove removed} when that
 * thread turns to something else. So work sees its own state, on whichever thread it goes on, and leaves none of it behind. A
 * body that waits on a thread of its own keeps its state there. The thread that calls {@code run} gets back what it had.
 *
 * <p><b>Threads.</b> Each method is called on the thread that it is about, by several threads at once. They must not
 * wait. What they throw is logged, and then the state counts as none.
 *
 * @param <S> the type of the state, or of a snapshot of it; several pieces of work may hold the same one
 * @since 0.1
 */
public interface TaskLocal<S> {

  /**
   * Takes a snapshot for new work.
   *
   * @return the state with which work made here and now begins; null if nothing is set
   */
  @Nullable
  S capture();

  /**
   * Puts state on the calling thread, which has none.
   *
   * @param state what {@link #capture} or {@link #remove} gave
   */
  void install(S state);

  /**
   * Takes the state off the calling thread.
   *
   * @return the state with which the work goes on that has run here; null if nothing is set
   */
  @Nullable
  S remove();
}
