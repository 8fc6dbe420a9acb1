package dev.asyncawait.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.Collection;
import java.util.List;
import java.util.stream.LongStream;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/** Measures what a run takes besides time: processor time and allocations of the whole process, and the peak of its heap. */
public final class UsageProfiler implements InternalProfiler {

  static final String PROCESSOR = "processor";
  static final String ALLOCATED = "allocated";
  static final String PEAK_HEAP = "peakHeap";

  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private long processorBefore;
  private long allocatedBefore;

  @Override
  public String getDescription() {
    return "processor time, allocations and peak heap of the process";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
    heap().forEach(MemoryPoolMXBean::resetPeakUsage);
    allocatedBefore = allocated();
    processorBefore = SYSTEM.getProcessCpuTime();
  }

  @Override
  public Collection<? extends Result<?>> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    double runs = Math.max(1, result.getMetadata().getAllOps());
    return List.of(
        scalar(PROCESSOR, (SYSTEM.getProcessCpuTime() - processorBefore) / runs, "ns/op"),
        scalar(ALLOCATED, (allocated() - allocatedBefore) / runs, "B/op"),
        scalar(
            PEAK_HEAP,
            heap().stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum(),
            "B"));
  }

  private static ScalarResult scalar(String name, double value, String unit) {
    return new ScalarResult(name, value, unit, AggregationPolicy.AVG);
  }

  private static List<MemoryPoolMXBean> heap() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .toList();
  }

  /** Before 21 that of the threads which are alive is all that is known. */
  private static long allocated() {
    try {
      return (long) ThreadMXBean.class.getMethod("getTotalThreadAllocatedBytes").invoke(THREADS);
    } catch (ReflectiveOperationException before21) {
      long[] each = THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds());
      return LongStream.of(each).filter(bytes -> bytes > 0).sum();
    }
  }
}
