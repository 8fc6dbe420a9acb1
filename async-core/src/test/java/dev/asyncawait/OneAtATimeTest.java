package dev.asyncawait;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.currentTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.toThread;
import static dev.asyncawait.Async.waitFor;
import static java.util.concurrent.TimeUnit.MICROSECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.asyncawait.RandomProgram.Body;
import dev.asyncawait.RandomProgram.Drivers;
import dev.asyncawait.RandomProgram.Foreign;
import dev.asyncawait.RandomProgram.Manner;
import dev.asyncawait.RandomProgram.Statement;
import dev.asyncawait.spi.LoopClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Two tasks of one loop never run at the same instant, whatever happens to them; and nothing is left of a loop
 * that has closed. Tried with random programs in real time; a failure names the seed, and {@code
 * -Dprogram.seed=N} runs that program alone, a thousand times.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OneAtATimeTest {

  private static final int LOOPS = Runtime.version().feature() >= 21 ? 1_500 : 200;
  private static final int DEADLINE_SECONDS = 300;

  private ExecutorService callers;
  private ScheduledExecutorService foreigners;

  @BeforeAll
  void open() {
    callers = Executors.newCachedThreadPool(OneAtATimeTest::daemon);
    foreigners = Executors.newScheduledThreadPool(3, OneAtATimeTest::daemon);
  }

  @AfterAll
  void close() {
    callers.shutdownNow();
    foreigners.shutdownNow();
  }

  private static Thread daemon(Runnable work) {
    var thread = new Thread(work);
    thread.setDaemon(true);
    return thread;
  }

  @Test
  void tasks_of_random_programs_run_one_at_a_time_and_leave_nothing_behind() throws Exception {
    Long seed = Long.getLong("program.seed");
    if (seed != null) {
      for (int i = 0; i < 1_000; i++) {
        runProgram(RandomProgram.of(seed));
      }
      return;
    }
    runLoops(0, LOOPS);
  }

  @Test
  @Tag("stress")
  void tasks_of_many_random_programs_run_one_at_a_time_and_leave_nothing_behind() throws Exception {
    runLoops(System.currentTimeMillis(), 10 * LOOPS);
  }

  private void runLoops(long firstSeed, int loops) throws Exception {
    try (var log = new CapturedLog()) {
      int calm = 0;
      long seed = firstSeed;
      for (int run = 0; run < loops; seed++) {
        var program = RandomProgram.of(seed);
        runProgram(program);
        run += program.loops().size();
        calm += program.calm() ? 1 : 0;
      }
      assertThat(calm).as("programs whose result is known").isPositive();
      // A leftover that fails while its loop closes has nobody else to tell, nor has a callback
      // that comes later.
      assertThat(log.errors())
          .allMatch(message -> message.startsWith("unhandled exception while closing, in Task[")
              || message.startsWith("a done callback of ")
              || message.startsWith("exception of ")
              || message.startsWith("a timeout could not be added to " + Failure.class.getName()));
      assertThat(log.warnings())
          .allMatch(message -> message.contains("swallowed the CancellationException"));
    }
  }

  @Test
  void a_seed_gives_the_same_program_again() {
    for (long seed = 0; seed < 50; seed++) {
      assertThat(RandomProgram.of(seed)).hasToString(RandomProgram.of(seed).toString());
    }
  }

  @Test
  void two_pieces_of_code_at_the_same_instant_are_noticed() throws Exception {
    var once = new Exclusion();
    once.enter("first");
    once.enter("nested");
    once.exit();
    assertThat(once.violations).isEmpty();
    var other = daemon(() -> once.enter("second"));
    other.start();
    other.join(300_000);
    assertThat(once.violations)
        .singleElement()
        .asString()
        .contains("second on")
        .contains("while nested");
  }

  private void runProgram(RandomProgram program) throws Exception {
    var execution = new Execution(program);
    List<Future<?>> running = execution.start();
    long deadline = System.nanoTime() + SECONDS.toNanos(DEADLINE_SECONDS);
    for (Future<?> part : running) {
      try {
        part.get(deadline - System.nanoTime(), NANOSECONDS);
      } catch (TimeoutException e) {
        fail("hangs\n" + program + "\n" + execution.dump());
      } catch (ExecutionException e) {
        throw new AssertionError(program.toString(), e.getCause());
      }
    }
    execution.check();
  }

  // ---- what is observed

  /** Says who is inside, and who came in meanwhile. */
  private static final class Exclusion {
    final Queue<String> violations = new ConcurrentLinkedQueue<>();
    final AtomicInteger entries = new AtomicInteger();
    int plainEntries; // lost or torn if two are inside, or one does not see what the last one did
    private final AtomicReference<Thread> inside = new AtomicReference<>();
    private volatile String who;
    private int depth;

    void enter(String name) {
      Thread me = Thread.currentThread();
      Thread witness = inside.compareAndExchange(null, me);
      if (witness != null && witness != me) {
        violations.add(name + " on " + me + " entered while " + who + " was inside on " + witness);
        return;
      }
      depth++;
      who = name;
      plainEntries++;
      entries.incrementAndGet();
    }

    void exit() {
      if (inside.get() != Thread.currentThread()) {
        violations.add("somebody else is inside where " + Thread.currentThread() + " leaves");
      } else if (--depth == 0) {
        inside.set(null);
      }
    }
  }

  /** Real time, and the alarms that are neither cancelled nor rung. */
  private static final class CountingClock implements LoopClock {
    final Set<Object> pending = ConcurrentHashMap.newKeySet();
    final AtomicInteger open = new AtomicInteger();

    @Override
    public long now() {
      return SystemClock.SHARED.now();
    }

    @Override
    public Runnable wakeAt(long deadline, Runnable alarm) {
      var mark = new Object();
      pending.add(mark);
      Runnable cancel = SystemClock.SHARED.wakeAt(deadline, () -> {
        pending.remove(mark);
        alarm.run();
      });
      return () -> {
        pending.remove(mark);
        cancel.run();
      };
    }

    @Override
    public void opened(EventLoop loop) {
      open.incrementAndGet();
    }

    @Override
    public void closed(EventLoop loop) {
      open.decrementAndGet();
    }
  }

  private static final class RecordingThreads implements ThreadFactory {
    private static final ThreadFactory VIRTUAL = virtualThreads();

    final Queue<Thread> made = new ConcurrentLinkedQueue<>();
    private final ThreadFactory factory;

    RecordingThreads(Drivers drivers) {
      factory = drivers == Drivers.VIRTUAL && VIRTUAL != null ? VIRTUAL : OneAtATimeTest::daemon;
    }

    @Override
    public Thread newThread(Runnable work) {
      Thread thread = factory.newThread(work);
      made.add(thread);
      return thread;
    }

    /** Thread.ofVirtual().factory(), or null before 21. */
    private static ThreadFactory virtualThreads() {
      try {
        Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
        return (ThreadFactory)
            Class.forName("java.lang.Thread$Builder").getMethod("factory").invoke(builder);
      } catch (ReflectiveOperationException e) {
        return null;
      }
    }
  }

  /** What a body throws on purpose. */
  private static final class Failure extends Exception {
    private static final long serialVersionUID = 1;

    final int number;

    Failure(int number) {
      super("of body " + number, null, false, false);
      this.number = number;
    }
  }

  // ---- running a program

  private final class Execution {
    private final RandomProgram program;
    private final List<LoopRun> loops = new ArrayList<>();
    private final AtomicReferenceArray<Task<?>> tasks;
    private final Set<Task<?>> interrupted = ConcurrentHashMap.newKeySet();
    private final List<AsyncFuture<Integer>> futures = new ArrayList<>();
    private final List<CompletableFuture<Integer>> stages = new ArrayList<>();
    private final CountingClock clock = new CountingClock();

    Execution(RandomProgram program) {
      this.program = program;
      this.tasks = new AtomicReferenceArray<>(program.bodies() + 1);
      for (int i = 0; i < program.futures(); i++) {
        futures.add(new AsyncFuture<>());
        stages.add(new CompletableFuture<>());
      }
      program.loops().forEach(loop -> loops.add(new LoopRun(this, loop)));
    }

    List<Future<?>> start() {
      var parts = new ArrayList<Future<?>>();
      for (LoopRun loop : loops) {
        parts.add(callers.submit(loop));
      }
      for (Foreign act : program.foreign()) {
        parts.add(foreigners.schedule(() -> perform(act), act.delay(), MICROSECONDS));
      }
      return parts;
    }

    private void perform(Foreign act) {
      LoopRun target = loops.get(act.loop());
      try {
        switch (act.act()) {
          case COMPLETE -> futures.get(act.number()).complete(act.number());
          case COMPLETE_STAGE -> stages.get(act.number()).complete(act.number());
          case CANCEL -> cancel(act.number(), false);
          case CANCEL_HARD -> cancel(act.number(), true);
          case EXECUTE -> target.loop.execute(target::callback);
          case SCHEDULE -> target.loop.schedule(micros(act.number()), target::callback);
          case SUBMIT -> target.loop.submit(target.coroutine(RandomProgram.submitted()));
          case INTERRUPT -> target.interruptCaller();
        }
      } catch (RejectedExecutionException e) {
        // closed already
      }
    }

    void cancel(int number, boolean hard) {
      Task<?> task = tasks.get(number);
      if (task == null) {
        return;
      }
      if (hard) {
        interrupted.add(task);
        task.cancel(true);
      } else {
        task.cancel("by the program");
      }
    }

    void check() throws InterruptedException {
      for (LoopRun run : loops) {
        run.check();
      }
      assertThat(clock.pending).as("pending alarms\n%s", program).isEmpty();
      assertThat(clock.open).as("loops that are not closed\n%s", program).hasValue(0);
    }

    String dump() {
      var text = new StringBuilder();
      for (LoopRun run : loops) {
        text.append(run.loop).append(' ').append(run.loop.tasks()).append('\n');
        for (Thread thread : run.threads.made) {
          append(text, thread, thread.getStackTrace());
        }
      }
      Thread.getAllStackTraces().forEach((thread, stack) -> append(text, thread, stack));
      return text.toString();
    }

    private void append(StringBuilder text, Thread thread, StackTraceElement[] stack) {
      if (stack.length > 0) {
        text.append(thread).append('\n');
        Arrays.stream(stack).forEach(line -> text.append("    at ").append(line).append('\n'));
      }
    }
  }

  private static Duration micros(int count) {
    return Duration.ofNanos(1_000L * count);
  }

  private static final class LoopRun implements Runnable {
    private final Execution execution;
    private final RandomProgram.Loop plan;
    final EventLoop loop;
    final RecordingThreads threads;
    private final Runner runner;
    private final Exclusion exclusion = new Exclusion();

    private volatile Thread caller;
    private Object result;
    private boolean flagAfterwards;
    private String afterwards;

    // guarded by this
    private boolean over;
    private boolean callerInterrupted;

    LoopRun(Execution execution, RandomProgram.Loop plan) {
      this.execution = execution;
      this.plan = plan;
      this.threads = new RecordingThreads(plan.drivers());
      Runner.Builder settings = Runner.builder().clock(execution.clock);
      if (plan.drivers() != Drivers.DEFAULT) {
        settings.driverThreads(threads);
      }
      if (plan.shuffled()) {
        var random = new Random(execution.program.seed());
        settings.scheduling(ready -> random.nextInt(ready.size()));
      }
      this.runner = settings.build();
      this.loop = runner.loop();
    }

    @Override
    public void run() {
      caller = Thread.currentThread();
      try (runner) {
        result = runner.run(coroutine(plan.main()));
      } catch (Throwable failure) {
        result = failure;
      }
      synchronized (this) {
        over = true;
      }
      flagAfterwards = Thread.interrupted();
      afterwards = Task.currentOrNull() + " "
          + Async.run(async(() -> {
            await(sleep(Duration.ZERO));
            return "runs";
          }));
    }

    synchronized void interruptCaller() {
      if (!over && caller != null) {
        callerInterrupted = true;
        caller.interrupt();
      }
    }

    void check() throws InterruptedException {
      RandomProgram program = execution.program;
      assertThat(exclusion.violations).as("%s", program).isEmpty();
      assertThat(exclusion.plainEntries)
          .as("entries that the next one saw\n%s", program)
          .isEqualTo(exclusion.entries.get());
      assertThat(loop.tasks()).as("live tasks\n%s", program).isEmpty();
      assertThat(loop.isClosed()).as("closed\n%s", program).isTrue();
      for (Thread driver : threads.made) {
        driver.join(300_000);
        assertThat(driver.isAlive()).as("%s is alive\n%s", driver, program).isFalse();
      }
      assertThat(afterwards).as("the caller afterwards\n%s", program).isEqualTo("null runs");
      checkResult(program);
      checkFlag(program);
    }

    private void checkResult(RandomProgram program) {
      Object known = plan.main().result();
      Object actual = result instanceof Failure failure ? (Object) failure.number : result;
      if (program.calm()) {
        assertThat(result instanceof Failure)
            .as("fails\n%s", program)
            .isEqualTo(plan.main().fails());
        assertThat(actual).as("result\n%s", program).isEqualTo(known);
      } else if (!(actual instanceof CancellationException) && !(actual instanceof Integer)) {
        throw new AssertionError("unexpected result\n" + program, (Throwable) actual);
      }
    }

    /** An interrupt of the caller may coincide with one that was main's, which then is told for both. */
    private void checkFlag(RandomProgram program) {
      Task<?> main = execution.tasks.get(plan.main().number());
      boolean interruptedByBoth =
          callerInterrupted && main != null && execution.interrupted.contains(main);
      if (!interruptedByBoth) {
        assertThat(flagAfterwards)
            .as("the caller's interrupt flag\n%s", program)
            .isEqualTo(callerInterrupted);
      }
    }

    // ---- a program's code

    Coroutine<Integer> coroutine(Body body) {
      return async(() -> {
        if (body.number() != 0
            && !execution.tasks.compareAndSet(body.number(), null, currentTask())) {
          exclusion.violations.add("body " + body.number() + " runs twice");
        }
        return new BodyRun(body).perform();
      });
    }

    private void callback() {
      inside(true);
      if (isInterrupted()) {
        interruptWasNotMeant();
      }
    }

    /** A dependent of a future runs within whatever completes or cancels it; one of a task, between tasks. */
    private void inside(boolean betweenTasks) {
      exclusion.enter("callback");
      boolean misplaced = betweenTasks && Task.currentOrNull() != null;
      if (misplaced || EventLoop.currentOrNull() != loop) {
        exclusion.violations.add("a callback runs as " + Task.currentOrNull());
      }
      exclusion.exit();
    }

    /** The caller's own interrupts are anybody's. */
    private boolean isInterrupted() {
      Thread thread = Thread.currentThread();
      return thread != caller && thread.isInterrupted();
    }

    private void interruptWasNotMeant() {
      exclusion.violations.add("an interrupt that was not meant for what runs here");
    }

    /** A body that runs, in a task of its own or inline. */
    private final class BodyRun {
      private final Body body;
      private final Task<?> self = currentTask();
      private final Map<Integer, Task<Integer>> spawned = new HashMap<>();

      BodyRun(Body body) {
        this.body = body;
      }

      int perform() throws Exception {
        enter();
        try {
          int sum = 1;
          for (Statement statement : body.statements()) {
            sum += perform(statement);
          }
          return sum;
        } finally {
          exclusion.exit();
        }
      }

      private int perform(Statement statement) throws Exception {
        try {
          return step(statement);
        } catch (AsyncTimeoutException e) {
          return 0;
        } catch (CancellationException e) {
          if (body.manner() == Manner.SWALLOWS) {
            return 0;
          }
          if (body.manner() == Manner.CLEANS_UP) {
            awaitOutside(sleep(micros(10)));
          }
          throw e;
        }
      }

      @SuppressWarnings("FutureReturnValueIgnored") // a spawned task is found by its number
      private int step(Statement s) throws Exception {
        switch (s.kind()) {
          case TURN -> awaitOutside(sleep(Duration.ZERO));
          case NAP -> awaitOutside(sleep(micros(s.number())));
          case SPAWN -> {
            spawn(s.bodies().get(0));
          }
          case JOIN -> {
            Task<Integer> own = spawned.get(s.number());
            return join(own != null ? own : execution.tasks.get(s.number()), own != null);
          }
          case GATHER -> {
            List<Integer> values = awaitOutside(gather(coroutines(s)));
            return values.stream().mapToInt(value -> value).sum();
          }
          case OUTCOMES -> {
            int sum = 0;
            for (Outcome<Integer> outcome : awaitOutside(gatherOutcomes(coroutines(s)))) {
              sum += valueOf(outcome);
            }
            return sum;
          }
          case LIMIT -> {
            // It runs inline, as this very task, and is none that others could wait for.
            Coroutine<Integer> inner = async(() -> new BodyRun(s.bodies().get(0)).perform());
            return orItsNumber(waitFor(inner, micros(s.number())));
          }
          case CALL -> {
            return awaitOutside(toThread(() -> {
              loop.execute(LoopRun.this::callback);
              return s.number();
            }));
          }
          case EXECUTE -> loop.execute(LoopRun.this::callback);
          case SCHEDULE -> loop.schedule(micros(s.number()), LoopRun.this::callback);
          case FUTURE -> {
            AsyncFuture<Integer> future = execution.futures.get(s.number());
            future.addDoneCallback(done -> callback());
            return awaitOutside(future);
          }
          case STAGE -> {
            CompletableFuture<Integer> stage = execution.stages.get(s.number());
            AsyncFuture<Integer> mirror = Async.from(stage);
            mirror.whenComplete((value, error) -> inside(false));
            return awaitOutside(mirror);
          }
          case COMPLETE -> {
            if (s.number() < execution.futures.size()) {
              execution.futures.get(s.number()).complete(s.number());
            }
          }
          case CANCEL -> execution.cancel(s.number(), false);
          case CANCEL_HARD -> execution.cancel(s.number(), true);
          case FAIL -> throw new Failure(body.number());
        }
        return 0;
      }

      private List<Coroutine<Integer>> coroutines(Statement s) {
        return s.bodies().stream().map(LoopRun.this::coroutine).toList();
      }

      private static int valueOf(Outcome<Integer> outcome) {
        if (outcome instanceof Outcome.Failure<Integer> failed
            && failed.exception() instanceof Failure failure) {
          return failure.number;
        }
        return outcome instanceof Outcome.Success<Integer> success ? success.value() : 0;
      }

      private void spawn(Body inner) {
        Task<Integer> task = createTask(coroutine(inner));
        task.addDoneCallback(done -> callback());
        task.whenComplete((value, error) -> inside(true));
        spawned.put(inner.number(), task);
      }

      private int join(Task<?> task, boolean counts) throws Exception {
        if (task == null || task == self) {
          return 0;
        }
        int value = orItsNumber(task);
        return counts ? value : 0;
      }

      private int orItsNumber(Awaitable<?> work) throws Exception {
        try {
          return (int) awaitOutside(work);
        } catch (Exception e) {
          if (e instanceof Failure failure) {
            return failure.number;
          }
          throw e;
        }
      }

      // ---- at each border between a program's code and the library

      private <T> T awaitOutside(Awaitable<T> work) {
        exclusion.exit();
        try {
          return await(work);
        } finally {
          enter();
        }
      }

      private void enter() {
        exclusion.enter("body " + body.number());
        if (Task.currentOrNull() != self || EventLoop.currentOrNull() != loop) {
          exclusion.violations.add("body " + body.number() + " runs as " + Task.currentOrNull());
        }
        // In this order: who interrupts a task names it first.
        if (isInterrupted() && !execution.interrupted.contains(self)) {
          interruptWasNotMeant();
        }
      }
    }
  }
}
