package constructs;

import static dev.asyncawait.Async.*;

import dev.asyncawait.*;
import java.io.IOException;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import java.util.function.*;

/** A body for each construct of Java around awaits. The name of the method names the construct. */
public class Bodies extends constructs.other.Base {
  public static final List<String> trace = Collections.synchronizedList(new ArrayList<>());

  static <T> Coroutine<T> give(T v) {
    return async(() -> {
      await(sleep(Duration.ZERO));
      awaited();
      return v;
    });
  }

  static <T> Coroutine<T> now(T v) {
    return async(() -> v);
  }

  static <T> Coroutine<T> fail(Exception e) {
    return async(() -> {
      await(sleep(Duration.ZERO));
      if (e != null) throw e;
      return null;
    });
  }

  static <T> Coroutine<T> failNow(Exception e) {
    return async(() -> {
      if (e != null) throw e;
      return null;
    });
  }
  /** Which of the awaits of a construct fails; negative if none does. */
  public static int failing = -1;

  static void awaited() {
    if (failing-- == 0) throw new IllegalStateException("told to fail");
  }

  static int f(int x) {
    return x * 3;
  }

  static String foo(int a, String b, String c) {
    return a + b + c;
  }

  static Coroutine<Object> loops() {
    return async(() -> {
      long sum = 0;
      double d = 1.5;
      boolean b = false;
      float fl = 2f;
      byte by = 1;
      char ch = 'a';
      short sh = 3;
      int[] arr = new int[4];
      String[] names = {"a", "b"};
      long[][] ll = new long[2][2];
      for (int i = 0; i < 10; i++) {
        await(sleep(Duration.ZERO));
        sum += i * 1_000_000_007L;
        d *= 1.25;
        b = !b;
        fl += i;
        by++;
        ch++;
        sh += 2;
        arr[i & 3] += i;
        names[i & 1] += i;
        ll[i & 1][0] += sum;
        String s = "x" + i;
        await(give(s));
        sum += s.length();
      }
      return sum + " " + d + " " + b + " " + fl + by + ch + sh + Arrays.toString(arr)
          + Arrays.toString(names) + Arrays.deepToString(ll);
    });
  }

  static Coroutine<Object> exprStack() {
    return async(() -> {
      int a = 5;
      return a
          + await(give(7)) * f(await(give(11)))
          + (await(give(2L)) << a)
          + (1.5 * await(give(2.0)));
    });
  }

  static Coroutine<Object> argStack() {
    return async(() -> foo(1, await(give("q")), "z") + foo(await(give(2)), "r", await(give("s"))));
  }

  record P(int a, String b, long c) {}

  static Coroutine<Object> newStack() {
    return async(() -> {
      P p = new P(await(give(1)), await(give("two")), await(give(3L)));
      P q = new P(
          4,
          new StringBuilder(await(give("five")))
              .append(new P(await(give(9)), "n", 1))
              .toString(),
          p.a > 0 ? await(give(6L)) : 0L);
      return p.toString() + q;
    });
  }

  static Coroutine<Object> newUnused() {
    return async(() -> {
      new P(await(give(1)), "x", 2L);
      new Object();
      return "ok";
    });
  }

  static final class PrivCtor {
    private final int v;

    private PrivCtor(int v) {
      this.v = v;
    }
  }

  static Coroutine<Object> privateCtor() {
    return async(() -> {
      PrivCtor c = new PrivCtor(await(give(3)));
      PrivCtor d = new PrivCtor(4);
      await(sleep(Duration.ZERO));
      return c.v + d.v;
    });
  }

  static Coroutine<Object> concat() {
    return async(() -> {
      String s = "a";
      int i = 3;
      return s + i + await(give("b")) + 2.5 + await(give('c')) + null + await(give(9L));
    });
  }

  static Coroutine<Object> stringSwitch() {
    return async(() -> {
      StringBuilder sb = new StringBuilder();
      for (String k : List.of("one", "two", "Aa", "BB", "x")) {
        switch (await(give(k))) {
          case "one":
            sb.append(await(give(1)));
            break;
          case "two":
            sb.append(2);
          case "Aa":
            sb.append(await(give("fall")));
            break;
          case "BB":
            sb.append("bb");
            break;
          default:
            sb.append(await(give("d")));
        }
        sb.append(
            switch (k) {
              case "one", "two" -> {
                String y = await(give("y"));
                yield y + k;
              }
              case "x" -> await(give("X"));
              default -> "-";
            });
      }
      return sb.toString();
    });
  }

  enum Color {
    RED,
    GREEN
  }

  static Coroutine<Object> enumSwitch() {
    return async(() -> {
      String r = "";
      for (Color c : Color.values())
        r += switch (c) {
          case RED -> {
            String red = await(give("r"));
            yield red;
          } // ecj leaves out a cast otherwise
          case GREEN -> "g" + await(give(1));
        };
      return r;
    });
  }

  static Coroutine<Object> tryAll() {
    return async(() -> {
      List<String> t = new ArrayList<>();
      int n = 0;
      for (int i = 0; i < 4; i++) {
        try {
          n += 1;
          await(sleep(Duration.ZERO));
          t.add("try" + i);
          if (i == 1) await(fail(new IOException("io")), IOException.class);
          if (i == 2) await(failNow(new IllegalStateException("ise")));
          if (i == 3) throw new Error("err");
          t.add("end" + i);
        } catch (IOException e) {
          t.add("io" + await(give(n)) + e.getMessage());
        } catch (RuntimeException e) {
          await(sleep(Duration.ZERO));
          t.add("rt" + e.getMessage());
        } catch (Error e) {
          t.add("err");
        } finally {
          n += await(give(10));
          t.add("fin" + n);
        }
      }
      return t.toString();
    });
  }

  static Coroutine<Object> nested() {
    return async(() -> {
      StringBuilder s = new StringBuilder();
      try {
        try {
          s.append(1);
          await(fail(new IOException("a")), IOException.class);
          s.append("no");
        } finally {
          s.append("f1");
          await(sleep(Duration.ZERO));
          try {
            await(fail(new IllegalArgumentException("b")));
          } catch (IllegalArgumentException e) {
            s.append(e.getMessage());
            await(sleep(Duration.ZERO));
          }
        }
      } catch (IOException e) {
        s.append(await(give("c"))).append(e.getMessage());
        try {
          await(give(1));
          return s.append("ret").toString();
        } finally {
          s.append("x");
          await(sleep(Duration.ZERO));
          trace.add("finally-after-return " + s);
        }
      }
      return "no";
    });
  }

  static class Res implements AutoCloseable {
    final String n;

    Res(String n) {
      this.n = n;
      trace.add("open " + n);
    }

    @Override
    public void close() throws IOException {
      trace.add("close " + n);
      if (n.equals("bad")) throw new IOException("close");
    }
  }

  static Coroutine<Object> twr() {
    return async(() -> {
      String r = "";
      try (Res a = new Res("a");
          Res b = await(give(new Res("b")))) {
        await(sleep(Duration.ZERO));
        r += a.n + b.n;
      }
      try (Res a = new Res("bad");
          Res c = new Res(await(give("c")))) {
        await(fail(new IllegalStateException("body")));
      } catch (IllegalStateException e) {
        r += e.getMessage()
            + e.getSuppressed().length
            + e.getSuppressed()[0].getMessage()
            + await(give("z"));
      }
      return r;
    });
  }

  private int secret = 40;
  private static int sSecret = 2;
  private final String name;

  Bodies(String n) {
    name = n;
  }

  private int hidden(int x) {
    return x + secret;
  }

  private static int sHidden(int x) {
    return x + sSecret;
  }

  Coroutine<Object> instance(int p, long q, String r, double z) {
    return async(() -> {
      secret += await(give(1));
      this.sSecret++;
      secret++;
      int v = hidden(await(give(p))) + sHidden(await(give(2)));
      sSecret--;
      secret -= 2;
      return name + v + q + r + z + this.secret;
    });
  }

  @Override
  protected String hook(String s) {
    return "sub:" + s;
  }

  Coroutine<Object> superCalls() {
    return async(() -> {
      String a = super.hook(await(give("s")));
      prot += await(give(1));
      int v = prot;
      prot = 7;
      return a + hook("t") + v + sprot(await(give(3))) + super.toString().contains("Bodies");
    });
  }

  Coroutine<Object> cloneArr() {
    return async(() -> {
      int[] a = {1, 2};
      await(sleep(Duration.ZERO));
      int[] b = a.clone();
      return b.length + b[1];
    });
  }

  static Coroutine<Object> nestedLambdas() {
    return async(() -> {
      int base = await(give(10));
      Function<Integer, Integer> add = x -> x + base;
      Supplier<String> ref = "str"::toUpperCase;
      Function<String, PrivCtor> ctor = s -> new PrivCtor(s.length());
      Coroutine<Integer> inner = async(() -> {
        int k = base;
        for (int i = 0; i < 3; i++) k += await(give(i));
        return k;
      });
      Runnable anon = new Runnable() {
        public void run() {
          trace.add("anon" + base);
        }
      };
      anon.run();
      IntUnaryOperator priv = Bodies::sHidden;
      return add.apply(await(inner))
          + ref.get()
          + ctor.apply(await(give("abc"))).v
          + priv.applyAsInt(1);
    });
  }

  static <T extends Comparable<T>> Coroutine<T> max(List<? extends Coroutine<T>> l) {
    return async(() -> {
      T m = null;
      for (Coroutine<T> c : l) {
        T v = await(c);
        if (m == null || v.compareTo(m) > 0) m = v;
      }
      return m;
    });
  }

  static Coroutine<Object> generics() {
    return async(() -> {
      Map<String, List<Integer>> m = new TreeMap<>();
      m.computeIfAbsent(await(give("k")), k -> new ArrayList<>()).add(await(give(4)));
      List<Integer> l = await(give(List.of(1, 2)));
      int s = l.get(1);
      return m + "" + s + await(max(List.of(give(3), give(9), now(5))));
    });
  }

  static Coroutine<Integer> fib(int n) {
    return async(() -> {
      if (n < 2) {
        await(sleep(Duration.ZERO));
        return n;
      }
      return await(fib(n - 1)) + await(fib(n - 2));
    });
  }

  static Coroutine<Object> recursion() {
    return async(() -> await(fib(10)));
  }

  static Coroutine<Integer> deep(int n) {
    return async(() -> n == 0 ? await(give(0)) : 1 + await(deep(n - 1)));
  }

  static Coroutine<Object> deepRec() {
    return async(() -> await(deep(300)));
  }

  static Coroutine<Void> voidBody(int n) {
    return async(() -> {
      trace.add("v" + n);
      await(sleep(Duration.ZERO));
      if (n > 2) return;
      trace.add("w" + n);
      await(sleep(Duration.ZERO));
    });
  }

  static Coroutine<Object> voids() {
    return async(() -> {
      await(voidBody(1));
      Void v = await(voidBody(3));
      return "" + v;
    });
  }

  static Coroutine<Object> sync() {
    return async(() -> {
      Object lock = new Object();
      int r;
      synchronized (lock) {
        r = await(give(4));
      }
      return r;
    });
  }

  static Coroutine<Object> syncAround() {
    return async(() -> {
      Object lock = new Object();
      int r = 0;
      for (int i = 0; i < 3; i++) {
        synchronized (lock) {
          r++;
          if (r == 9) throw new Error();
        }
        r += await(give(4));
      }
      return r;
    });
  }

  Object mref() {
    int x = await(give(4));
    return x + secret;
  }

  private Object pmref() {
    int x = await(give(4));
    return x + secret;
  }

  static int smref() {
    return await(give(4)) + 1;
  }

  Coroutine<Object> methodRefPriv() {
    return async(this::pmref);
  }

  Coroutine<Object> methodRefVirt() {
    return async(this::mref);
  }

  static Coroutine<Integer> methodRefStatic() {
    return async(Bodies::smref);
  }

  static boolean bm() {
    await(sleep(Duration.ZERO));
    return true;
  }

  static Coroutine<Boolean> methodRefBool() {
    return async(Bodies::bm);
  }

  Coroutine<Object> anonymous(int k) {
    return async(new AsyncBody<Object>() {
      int calls = 5;

      @Override
      public String call() throws Exception {
        int r = 0;
        for (int i = 0; i < k; i++) r += await(give(i)) + calls + secret;
        return "anon" + r;
      }
    });
  }

  static final class Ord implements AsyncBody<Object> {
    private final int k;

    Ord(int k) {
      this.k = k;
    }

    private int p(int x) {
      return x + k;
    }

    @Override
    public Object call() throws Exception {
      return p(await(give(1))) + k;
    }
  }

  static Coroutine<Object> ordinary() {
    return async(new Ord(6));
  }

  static int helper(int x) {
    return await(give(x)) + 1;
  }

  static Coroutine<Object> viaHelper() {
    return async(() -> {
      int a = await(give(1));
      return a + helper(5) + await(give(2));
    });
  }

  static Coroutine<Object> onlyHelper() {
    return async(() -> helper(5) + helper(6));
  }

  static Coroutine<Object> overloads() {
    return async(() -> {
      CompletableFuture<String> cf = new CompletableFuture<>();
      Task<String> t = createTask(give("task"));
      AsyncFuture<String> af = new AsyncFuture<>();
      createTask(async(() -> {
        await(sleep(Duration.ZERO));
        cf.complete("cf");
        await(sleep(Duration.ZERO));
        af.complete("af");
      }));
      String r =
          await(cf) + await(t) + await(af) + await(t) + await(CompletableFuture.completedFuture(3));
      try {
        await(fail(new IOException("decl")), IOException.class);
      } catch (IOException e) {
        r += e.getMessage();
      }
      try {
        await(CompletableFuture.failedFuture(new TimeoutException("te")));
      } catch (Exception e) {
        r += e;
      }
      return r;
    });
  }

  static Coroutine<Object> ternary(boolean b) {
    return async(() -> {
      Object o = b ? await(give("t")) : await(give(Integer.valueOf(5)));
      CharSequence cs = b ? new StringBuilder("sb").append(await(give(1))) : await(give("cs"));
      int[] a = {await(give(1)), 2, await(give(3))};
      a[await(give(1))] += await(give(40));
      a[0]++;
      return o + "" + cs + Arrays.toString(a);
    });
  }

  static Coroutine<Object> ternaries() {
    return async(() -> "" + await(ternary(true)) + await(ternary(false)));
  }

  static Coroutine<Object> shortCircuit() {
    return async(() -> {
      boolean x = await(give(true)) && !await(give(false)) || await(give(false));
      int i = 0;
      while (await(give(i)) < 5 && (x || i > 2)) i += await(give(2));
      do {
        i--;
      } while (await(give(i > 2)));
      return x + "" + i;
    });
  }

  static Coroutine<Object> inaccessible() {
    return async(() -> {
      var h = hid();
      await(sleep(Duration.ZERO));
      return String.valueOf((Object) h);
    });
  }

  static Coroutine<Object> patterns() {
    return async(() -> {
      Object o = await(give((Object) "pat"));
      if (o instanceof String s && s.length() == await(give(3))) {
        await(sleep(Duration.ZERO));
        return s + "!";
      }
      return "no";
    });
  }

  static Coroutine<Object> labelled() {
    return async(() -> {
      int c = 0;
      outer:
      for (int i = 0; ; i++) {
        for (int j = 0; j < 5; j++) {
          c += await(give(j));
          if (j == 3) continue outer;
          if (c > 30) break outer;
        }
      }
      return c;
    });
  }

  static Coroutine<Object> infinite() {
    return async(() -> {
      int n = 0;
      while (true) {
        if (await(give(n++ & 3)) == 3) return "done" + n;
      }
    });
  }

  static Coroutine<Object> finallyOverride() {
    return async(() -> {
      int x = 1;
      for (; ; ) {
        try {
          x = await(give(x + 1));
          if (x > 3) return "r" + x;
          continue;
        } finally {
          x += await(give(1));
          if (x == 3) await(sleep(Duration.ZERO));
          trace.add("fo" + x);
        }
      }
    });
  }

  static Coroutine<Object> catchStack() {
    return async(() -> {
      int q = 3;
      return q + g2(await(give(2)), tryInt(q)) + await(give(1));
    });
  }

  static int g2(int a, int b) {
    return a * b;
  }

  static int tryInt(int q) {
    try {
      return q / 0;
    } catch (ArithmeticException e) {
      return -q;
    }
  }

  static Coroutine<Object> callerSens() {
    return async(() -> {
      await(sleep(Duration.ZERO));
      return java.lang.invoke.MethodHandles.lookup().lookupClass() == Bodies.class;
    });
  }

  static Coroutine<Object> assertion() {
    return async(() -> {
      int a = await(give(1));
      assert a == 1 : "bad";
      return a;
    });
  }

  static Coroutine<Object> wideLocals() {
    return async(() -> {
      long a = 1, b = 2;
      double c = 3;
      long d = await(give(4L)) + a;
      double e = c + await(give(5.0)) * (b + await(give(6L)));
      return a + b + c + d + e;
    });
  }

  static Coroutine<Object> nullLocal() {
    return async(() -> {
      String s = null;
      Object o = null;
      await(sleep(Duration.ZERO));
      if (trace.isEmpty()) s = "x";
      await(sleep(Duration.ZERO));
      o = s;
      await(sleep(Duration.ZERO));
      return "" + s + o + foo(1, null, await(give("n")));
    });
  }

  static Coroutine<Object> order() {
    return async(() -> {
      List<Task<Void>> ts = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        int k = i;
        ts.add(createTask(async(() -> {
          for (int j = 0; j < 3; j++) {
            trace.add(k + "." + j);
            await(sleep(Duration.ZERO));
            if (j == 1) await(voidBody(k));
          }
        })));
      }
      for (Task<Void> t : ts) await(t);
      return "ordered";
    });
  }

  interface Itf {
    default String d() {
      return "D";
    }

    private String pd() {
      return "PD";
    }

    default Coroutine<Object> body() {
      return async(() -> d() + pd() + await(give("i")));
    }

    static Coroutine<Object> sbody(int x) {
      return async(() -> x + await(give(1)));
    }
  }

  static class ItfImpl implements Itf {
    public String d() {
      return "O" + Itf.super.d();
    }

    Coroutine<Object> sup() {
      return async(() -> Itf.super.d() + await(give("s")) + d());
    }
  }

  class Inner {
    private int in = 3;

    Coroutine<Object> body() {
      return async(() -> {
        in += await(give(1));
        int r = in + secret + hidden(1);
        in = 3;
        return r + name;
      });
    }
  }

  static Coroutine<Object> uncaught() {
    return async(() -> {
      await(sleep(Duration.ZERO));
      int[] a = new int[1];
      return a[await(give(1))];
    });
  }

  static Coroutine<Object> throwsChecked() {
    return async(() -> {
      await(sleep(Duration.ZERO));
      throw new IOException("chk" + await(give(1)));
    });
  }

  static Coroutine<Object> localClass() {
    return async(() -> {
      int k = await(give(2));
      class L {
        int v() {
          return k + 1;
        }
      }
      L l = new L();
      await(sleep(Duration.ZERO));
      return l.v() + new L().v();
    });
  }

  static Coroutine<Object> varargs() {
    return async(() -> String.format(
        "%s-%s-%d",
        await(give("a")),
        new Object() {
          public String toString() {
            return "o";
          }
        },
        await(give(3))));
  }

  static Coroutine<Object> compound() {
    return async(() -> {
      int x = 3;
      x += await(give(2));
      x = x++ + await(give(x));
      long[] l = {1};
      l[0] <<= await(give(3));
      String s = "a";
      s += await(give("b"));
      Integer boxed = 5;
      boxed += await(give(1));
      return x
          + s
          + l[0]
          + boxed
          + -await(give(4))
          + (char) (int) await(give(65))
          + (byte) (await(give(300)) + 0);
    });
  }

  // ---- bodies with an argument

  static Coroutine<Object> consumer() {
    return async(() -> {
      AsyncQueue<String> q = AsyncQueue.fifo();
      q.put("a").drop();
      fill(q, "a", "bb", "ccc");
      StringBuilder r = new StringBuilder();
      await(q.forEach(s -> {
        for (int i = 0; i < 2; i++) r.append(s).append(await(give(i)));
      }));
      return r.toString();
    });
  }

  static Coroutine<Object> consumerCaptures() {
    return async(() -> {
      AsyncQueue<Integer> q = AsyncQueue.fifo();
      fill(q, 1, 2);
      long[] sum = new long[1];
      int c = await(give(5));
      long l = 7;
      await(q.forEach(i -> {
        sum[0] += i * await(give(c)) + l;
      }));
      return sum[0];
    });
  }

  @SafeVarargs
  static <T> void fill(AsyncQueue<T> q, T... items) {
    for (T t : items) q.tryPut(t);
    q.shutdown();
  }

  static class Sup {
    void take(String s) {
      trace.add("sup" + s + await(give(1)));
    }
  }

  static class Sub extends Sup {
    @Override
    void take(String s) {
      trace.add("sub" + s + await(give(2)));
    }
  }

  static Coroutine<Object> unboundRef(Sup of) {
    return async(() -> {
      AsyncQueue<String> q = AsyncQueue.fifo();
      fill(q, "x");
      await(q.forEach(of::take));
      return "taken";
    });
  }

  // ---- what the interface makes of the method's result

  private static int counted() {
    return await(give(9));
  }

  static Coroutine<Void> valueAction() {
    AsyncAction unused = () -> {};
    return async((AsyncAction) Bodies::counted);
  }

  // ---- objects

  static final class Both implements AsyncBody<Void>, AsyncAction {
    @Override
    public Void call() {
      await(give(1));
      trace.add("call");
      return null;
    }

    @Override
    public void run() {
      await(give(2));
      trace.add("run");
    }
  }

  static Coroutine<Void> both() {
    return async((AsyncAction) new Both());
  }

  static class Parent implements AsyncBody<Object> {
    @Override
    public String call() throws Exception {
      return "parent" + await(give(1));
    }
  }

  static final class Child extends Parent {
    @Override
    public String call() throws Exception {
      return "child" + await(give(2));
    }
  }

  static Coroutine<Object> bridged() {
    return async(new Child());
  }

  static final class Heir extends Parent {}

  static Coroutine<Object> inherited() {
    return async(new Heir());
  }

  // ---- how the body comes to the library

  static Coroutine<Object> forward(int unused, AsyncBody<Object> body) {
    return async(body);
  }

  static Coroutine<Object> twice(AsyncBody<Object> body) {
    return forward(1, body);
  }

  static Coroutine<Object> forwarded() {
    return twice(() -> "forwarded" + await(give(1)));
  }

  static Coroutine<Object> stored() {
    AsyncBody<Object> body = () -> "stored" + await(give(1));
    trace.add("between");
    return async(body);
  }

  // ---- what is bound to a thread or to a class

  private static final ThreadLocal<String> LOCAL = new ThreadLocal<>();

  static Coroutine<Object> threadLocal() {
    return async(() -> {
      LOCAL.set("mine");
      await(give(1));
      return LOCAL.get();
    });
  }

  static Coroutine<Object> lockHeld() {
    return async(() -> {
      var lock = new java.util.concurrent.locks.ReentrantLock();
      lock.lock();
      try {
        return await(give(1));
      } finally {
        lock.unlock();
      }
    });
  }

  static Coroutine<Object> currentThread() {
    return async(() -> {
      Thread before = Thread.currentThread();
      await(give(1));
      return before == Thread.currentThread();
    });
  }

  static Coroutine<Object> reflection() {
    return async(() -> {
      await(give(1));
      return Bodies.class.getDeclaredMethod("sHidden", int.class).invoke(null, 3);
    });
  }

  static final class OwnLock extends java.util.concurrent.locks.ReentrantLock {}

  static Coroutine<Object> ownLock() {
    return async(() -> {
      var lock = new OwnLock();
      lock.lock();
      try {
        return await(give(1));
      } finally {
        lock.unlock();
      }
    });
  }

  // ---- what only this class may do

  static Coroutine<Object> protectedOfSibling() {
    return async(() -> constructs.other.Mid.sprot(await(give(3))));
  }

  static Coroutine<Object> nestedSync() {
    return async(() -> {
      int result = 0;
      for (int i = 0; i < 3; i++) {
        synchronized (trace) {
          result++;
          synchronized (Bodies.class) {
            try {
              result += f(i);
              if (result > 100) throw new IllegalStateException();
            } catch (IllegalStateException e) {
              result--;
            }
          }
        }
        result += await(give(i));
      }
      return result;
    });
  }

  static Coroutine<Object> serializable() {
    return async(() -> {
      var made = (Function<String, String> & java.io.Serializable) String::toUpperCase;
      var bytes = new java.io.ByteArrayOutputStream();
      new java.io.ObjectOutputStream(bytes).writeObject(made);
      String text = await(give("abc"));
      var in =
          new java.io.ObjectInputStream(new java.io.ByteArrayInputStream(bytes.toByteArray())) {
            @Override
            protected Class<?> resolveClass(java.io.ObjectStreamClass type)
                throws ClassNotFoundException {
              return Class.forName(type.getName(), false, Bodies.class.getClassLoader());
            }
          };
      @SuppressWarnings("unchecked")
      var read = (Function<String, String>) in.readObject();
      return read.apply(text);
    });
  }

  /** Each construct by its name. */
  public static Map<String, Supplier<Coroutine<?>>> all() {
    Bodies b = new Bodies("me");
    Map<String, Supplier<Coroutine<?>>> all = new LinkedHashMap<>();
    all.put("loops", Bodies::loops);
    all.put("exprStack", Bodies::exprStack);
    all.put("argStack", Bodies::argStack);
    all.put("newStack", Bodies::newStack);
    all.put("newUnused", Bodies::newUnused);
    all.put("privateCtor", Bodies::privateCtor);
    all.put("concat", Bodies::concat);
    all.put("stringSwitch", Bodies::stringSwitch);
    all.put("enumSwitch", Bodies::enumSwitch);
    all.put("tryAll", Bodies::tryAll);
    all.put("nested", Bodies::nested);
    all.put("twr", Bodies::twr);
    all.put("cloneArr", b::cloneArr);
    all.put("nestedLambdas", Bodies::nestedLambdas);
    all.put("generics", Bodies::generics);
    all.put("recursion", Bodies::recursion);
    all.put("deepRec", Bodies::deepRec);
    all.put("voids", Bodies::voids);
    all.put("sync", Bodies::sync);
    all.put("syncAround", Bodies::syncAround);
    all.put("methodRefStatic", Bodies::methodRefStatic);
    all.put("methodRefBool", Bodies::methodRefBool);
    all.put("ordinary", Bodies::ordinary);
    all.put("viaHelper", Bodies::viaHelper);
    all.put("onlyHelper", Bodies::onlyHelper);
    all.put("overloads", Bodies::overloads);
    all.put("shortCircuit", Bodies::shortCircuit);
    all.put("inaccessible", Bodies::inaccessible);
    all.put("patterns", Bodies::patterns);
    all.put("labelled", Bodies::labelled);
    all.put("infinite", Bodies::infinite);
    all.put("finallyOverride", Bodies::finallyOverride);
    all.put("catchStack", Bodies::catchStack);
    all.put("callerSens", Bodies::callerSens);
    all.put("assertion", Bodies::assertion);
    all.put("wideLocals", Bodies::wideLocals);
    all.put("nullLocal", Bodies::nullLocal);
    all.put("order", Bodies::order);
    all.put("uncaught", Bodies::uncaught);
    all.put("throwsChecked", Bodies::throwsChecked);
    all.put("localClass", Bodies::localClass);
    all.put("varargs", Bodies::varargs);
    all.put("compound", Bodies::compound);
    all.put("consumer", Bodies::consumer);
    all.put("consumerCaptures", Bodies::consumerCaptures);
    all.put("valueAction", Bodies::valueAction);
    all.put("both", Bodies::both);
    all.put("threadLocal", Bodies::threadLocal);
    all.put("lockHeld", Bodies::lockHeld);
    all.put("currentThread", Bodies::currentThread);
    all.put("reflection", Bodies::reflection);
    all.put("bridged", Bodies::bridged);
    all.put("inherited", Bodies::inherited);
    all.put("forwarded", Bodies::forwarded);
    all.put("stored", Bodies::stored);
    all.put("ownLock", Bodies::ownLock);
    all.put("protectedOfSibling", Bodies::protectedOfSibling);
    all.put("nestedSync", Bodies::nestedSync);
    all.put("serializable", Bodies::serializable);
    all.put("instance", () -> b.instance(3, 4L, "r", 2.5));
    all.put("superCalls", b::superCalls);
    all.put("methodRefPriv", b::methodRefPriv);
    all.put("methodRefVirt", b::methodRefVirt);
    all.put("anonymous", () -> b.anonymous(4));
    all.put("ternaries", Bodies::ternaries);
    all.put("itfDefault", () -> new ItfImpl().body());
    all.put("itfStatic", () -> Itf.sbody(4));
    all.put("itfSuper", () -> new ItfImpl().sup());
    all.put("inner", () -> b.new Inner().body());
    all.put("unboundRef", () -> unboundRef(new Sub()));
    return all;
  }

  /** Why the others are left to run on threads. */
  public static Map<String, String> refused() {
    return Map.ofEntries(
        Map.entry("ECJ_17 newUnused", "new without dup"),
        Map.entry("tryAll", "no await"), // failNow
        Map.entry("generics", "no await"), // now
        Map.entry("sync", "await in synchronized"),
        Map.entry("methodRefVirt", "overridden"),
        Map.entry("onlyHelper", "no await"),
        Map.entry("inaccessible", "not accessible"),
        Map.entry("callerSens", "asks what class"),
        Map.entry("both", "in 2 ways"),
        Map.entry("unboundRef", "overridden"),
        Map.entry("threadLocal", "bound to a thread"),
        Map.entry("protectedOfSibling", "protected"), // method handles are stricter than bytecode
        Map.entry("ownLock", "bound to a thread"),
        Map.entry("lockHeld", "bound to a thread"),
        Map.entry("currentThread", "bound to a thread"),
        Map.entry("reflection", "asks what class"));
  }
}
