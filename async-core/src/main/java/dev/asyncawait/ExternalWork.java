package dev.asyncawait;

import dev.asyncawait.spi.LoopActivity;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What a loop waits for that happens elsewhere: calls of {@code toThread}, and plain stages. Changed by the baton's holder. */
final class ExternalWork implements LoopActivity {

  private final Baton baton;

  /** The calls whose end has not come in. */
  private final Set<ThreadCall<?>> calls = Collections.synchronizedSet(new LinkedHashSet<>());

  private volatile int stagesInFlight;
  private volatile long operations;

  ExternalWork(Baton baton) {
    this.baton = baton;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // only the holder writes
  void callStarted(ThreadCall<?> call) {
    operations++;
    calls.add(call);
  }

  void callEnded(ThreadCall<?> call) {
    calls.remove(call);
  }

  /** The calls that are in flight, in the order in which they were started; by any thread. */
  List<ThreadCall<?>> calls() {
    return List.of(calls.toArray(new ThreadCall<?>[0]));
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // only the holder writes
  void stageStarted() {
    operations++;
    stagesInFlight++;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // only the holder writes
  void stageEnded() {
    stagesInFlight--;
  }

  @Override
  public long idlePeriod() {
    return baton.idlePeriod();
  }

  @Override
  public int callsInFlight() {
    return calls.size();
  }

  @Override
  public int stagesInFlight() {
    return stagesInFlight;
  }

  @Override
  public long externalOperations() {
    return operations;
  }
}
