package meeting;

import static dev.asyncawait.Async.*;

import dev.asyncawait.*;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.Callable;
import java.util.function.*;

/**
 * Every way in which two lambdas can meet on their way to the library. Each body says who it is; each method gives a coroutine
 * of the one that is meant, so the name that comes out is the name that is wanted.
 */
public class Meeting {

  /** A way, and whom it is to give. */
  public record Way(String name, String wanted, Supplier<Coroutine<String>> make) {}

  static final class Box {
    AsyncBody<String> body;

    Box with(AsyncBody<String> given) {
      body = given;
      return this;
    }
  }

  interface Sub extends AsyncBody<String> {
    String other() throws Exception;

    @Override
    default String call() throws Exception {
      await(sleep(Duration.ZERO));
      return "a";
    }
  }

  interface Generic<B extends AsyncBody<String>> {
    Coroutine<String> start(B body);
  }

  static final class Starter implements Generic<AsyncBody<String>> {
    @Override
    public Coroutine<String> start(AsyncBody<String> body) {
      return async(body);
    }
  }

  static class Base {
    Coroutine<String> start(AsyncBody<String> body) {
      return async(body);
    }
  }

  static final class Swapping extends Base {
    @Override
    Coroutine<String> start(AsyncBody<String> body) {
      AsyncBody<String> a = () -> {
        await(sleep(Duration.ZERO));
        return "a";
      };
      return super.start(a);
    }
  }

  static Coroutine<String> ternary(boolean c) {
    return async(
        c
            ? () -> {
              await(sleep(Duration.ZERO));
              return "a";
            }
            : () -> {
              await(sleep(Duration.ZERO));
              return "b";
            });
  }

  static Coroutine<String> nestedTernary(int c) {
    return async(
        c == 0
            ? () -> {
              await(sleep(Duration.ZERO));
              return "a";
            }
            : c == 1
                ? () -> {
                  await(sleep(Duration.ZERO));
                  return "b";
                }
                : () -> {
                  await(sleep(Duration.ZERO));
                  return "c";
                });
  }

  static Coroutine<String> switched(int c) {
    return async(
        switch (c) {
          case 0 ->
            () -> {
              await(sleep(Duration.ZERO));
              return "a";
            };
          case 1 ->
            () -> {
              await(sleep(Duration.ZERO));
              return "b";
            };
          default -> {
            AsyncBody<String> x = () -> {
              await(sleep(Duration.ZERO));
              return "c";
            };
            yield x;
          }
        });
  }

  static Coroutine<String> branchLocal(boolean c) {
    AsyncBody<String> body;
    if (c) {
      body = () -> {
        await(sleep(Duration.ZERO));
        return "a";
      };
    } else {
      body = () -> {
        await(sleep(Duration.ZERO));
        return "b";
      };
    }
    return async(body);
  }

  static Coroutine<String> overwritten() {
    AsyncBody<String> body = () -> {
      await(sleep(Duration.ZERO));
      return "b";
    };
    body = () -> {
      await(sleep(Duration.ZERO));
      return "a";
    };
    return async(body);
  }

  static Coroutine<String> loopLocal(int n) {
    AsyncBody<String> body = () -> {
      await(sleep(Duration.ZERO));
      return "b";
    };
    for (int i = 0; i < n; i++) {
      body = () -> {
        await(sleep(Duration.ZERO));
        return "a";
      };
    }
    return async(body);
  }

  static Coroutine<String> reusedSlot(boolean c) {
    if (c) {
      AsyncBody<String> first = () -> {
        await(sleep(Duration.ZERO));
        return "b";
      };
      async(first).drop();
    }
    AsyncBody<String> second = given();
    return async(second);
  }

  static AsyncBody<String> given() {
    return () -> {
      await(sleep(Duration.ZERO));
      return "a";
    };
  }

  static AsyncBody<String> choose(AsyncBody<String> a, AsyncBody<String> b) {
    return a;
  }

  static Coroutine<String> chosen() {
    return async(choose(
        () -> {
          await(sleep(Duration.ZERO));
          return "a";
        },
        () -> {
          await(sleep(Duration.ZERO));
          return "b";
        }));
  }

  static Coroutine<String> chosenLocal() {
    AsyncBody<String> a = () -> {
      await(sleep(Duration.ZERO));
      return "a";
    };
    AsyncBody<String> b = () -> {
      await(sleep(Duration.ZERO));
      return "b";
    };
    return async(choose(a, b));
  }

  static Coroutine<String> swappedParameters(AsyncBody<String> a, AsyncBody<String> b) {
    return async(a);
  }

  static Coroutine<String> reassigned(AsyncBody<String> body) {
    body = given();
    return async(body);
  }

  static Coroutine<String> conditionallyReassigned(boolean c, AsyncBody<String> body) {
    if (c) {
      body = given();
    }
    return async(body);
  }

  static Coroutine<String> inFinally(boolean c) {
    AsyncBody<String> body = null;
    try {
      if (c) {
        throw new IllegalStateException();
      }
      body = () -> {
        await(sleep(Duration.ZERO));
        return "b";
      };
    } catch (IllegalStateException e) {
      body = () -> {
        await(sleep(Duration.ZERO));
        return "a";
      };
    } finally {
      say0();
    }
    return async(body);
  }

  static void say0() {}

  static Coroutine<String> finallyCopies(boolean c) {
    try {
      if (c) {
        return async(() -> {
          await(sleep(Duration.ZERO));
          return "a";
        });
      }
      return async(() -> {
        await(sleep(Duration.ZERO));
        return "b";
      });
    } finally {
      async(() -> {
            await(sleep(Duration.ZERO));
            return "c";
          })
          .drop();
    }
  }

  static boolean test(AsyncBody<String> body) {
    return body != null;
  }

  static Coroutine<String> withAnd(boolean c) {
    return async(
        c
                && test(() -> {
                  await(sleep(Duration.ZERO));
                  return "b";
                })
            ? () -> {
              await(sleep(Duration.ZERO));
              return "a";
            }
            : () -> {
              await(sleep(Duration.ZERO));
              return "c";
            });
  }

  static Coroutine<String> severalOnALine() {
    Coroutine<String>
        a =
            async(() -> {
              await(sleep(Duration.ZERO));
              return "a";
            }),
        b =
            async(() -> {
              await(sleep(Duration.ZERO));
              return "b";
            });
    b.drop();
    return a;
  }

  static Coroutine<String> captured() {
    AsyncBody<String> a = given();
    Supplier<Coroutine<String>> later = () -> async(a);
    return later.get();
  }

  static Coroutine<String> capturedTwice() {
    AsyncBody<String> a = given();
    AsyncBody<String> b = () -> {
      await(sleep(Duration.ZERO));
      return "b";
    };
    BiFunction<Integer, Integer, Coroutine<String>> later = (x, y) -> x > y ? async(b) : async(a);
    return later.apply(1, 2);
  }

  static Coroutine<String> throughFunction() {
    Function<AsyncBody<String>, Coroutine<String>> start = body -> async(body);
    return start.apply(() -> {
      await(sleep(Duration.ZERO));
      return "a";
    });
  }

  static Coroutine<String> throughReference() {
    Function<AsyncBody<String>, Coroutine<String>> start = dev.asyncawait.Async::async;
    return start.apply(() -> {
      await(sleep(Duration.ZERO));
      return "a";
    });
  }

  static Coroutine<String> throughReflection() {
    try {
      AsyncBody<String> a = () -> {
        await(sleep(Duration.ZERO));
        return "a";
      };
      AsyncBody<String> b = () -> {
        await(sleep(Duration.ZERO));
        return "b";
      };
      @SuppressWarnings("unchecked")
      var made =
          (Coroutine<String>) Async.class.getMethod("async", AsyncBody.class).invoke(null, a);
      return made;
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  static Coroutine<String> throughHandle() throws Throwable {
    AsyncBody<String> a = () -> {
      await(sleep(Duration.ZERO));
      return "a";
    };
    var handle = java.lang.invoke.MethodHandles.lookup()
        .findStatic(
            Async.class,
            "async",
            java.lang.invoke.MethodType.methodType(Coroutine.class, AsyncBody.class));
    return (Coroutine<String>) handle.invokeExact(a);
  }

  static Coroutine<String> throughBridge() {
    Generic<AsyncBody<String>> starter = new Starter();
    return starter.start(() -> {
      await(sleep(Duration.ZERO));
      return "a";
    });
  }

  static Coroutine<String> swappedBelow() {
    Base base = new Swapping();
    return base.start(() -> {
      await(sleep(Duration.ZERO));
      return "b";
    });
  }

  static Coroutine<String> defaultMethod() {
    Sub sub = () -> {
      await(sleep(Duration.ZERO));
      return "b";
    };
    return async(sub);
  }

  static Coroutine<String> defaultMethodDirectly() {
    return async((Sub) () -> {
      await(sleep(Duration.ZERO));
      return "b";
    });
  }

  static Coroutine<String> serializable() {
    return async((AsyncBody<String> & java.io.Serializable) () -> {
      await(sleep(Duration.ZERO));
      return "a";
    });
  }

  static Coroutine<String> cast() {
    Object held = (AsyncBody<String>) () -> {
      await(sleep(Duration.ZERO));
      return "a";
    };
    @SuppressWarnings("unchecked")
    AsyncBody<String> body = (AsyncBody<String>) held;
    return async(body);
  }

  static Coroutine<String> collection() {
    List<AsyncBody<String>> all = List.of(
        () -> {
          await(sleep(Duration.ZERO));
          return "a";
        },
        () -> {
          await(sleep(Duration.ZERO));
          return "b";
        });
    return async(all.get(0));
  }

  private static AsyncBody<String> field = () -> {
    await(sleep(Duration.ZERO));
    return "a";
  };

  static Coroutine<String> ofField() {
    return async(field);
  }

  static Coroutine<String> fieldJustWritten() {
    return async(new Box()
        .with(() -> {
          await(sleep(Duration.ZERO));
          return "a";
        })
        .body);
  }

  static Coroutine<String> assignment() {
    AsyncBody<String> b;
    return async(
        b = () -> {
          await(sleep(Duration.ZERO));
          return "a";
        });
  }

  static Coroutine<String> lambdaOfLambda() {
    Supplier<AsyncBody<String>> maker = () -> () -> {
      await(sleep(Duration.ZERO));
      return "a";
    };
    return async(maker.get());
  }

  static Coroutine<String> same(int n) {
    Coroutine<String> last = null;
    for (int i = 0; i < n; i++) {
      int k = i;
      if (last != null) {
        last.drop();
      }
      last = async(() -> {
        await(sleep(Duration.ZERO));
        return "" + k;
      });
    }
    return last;
  }

  static Coroutine<String> overload(AsyncBody<String> body, int unused) {
    return async(body);
  }

  static Coroutine<String> overload(AsyncBody<String> body) {
    return async(body);
  }

  static Coroutine<String> recursive(int depth, AsyncBody<String> body) {
    if (depth == 0) {
      return async(body);
    }
    return recursive(
        depth - 1,
        depth == 2
            ? () -> {
              await(sleep(Duration.ZERO));
              return "a";
            }
            : body);
  }

  static Coroutine<String> recursivePlain(int depth, AsyncBody<String> body) {
    return depth == 0 ? async(body) : recursivePlain(depth - 1, body);
  }

  static Coroutine<String> varargs(AsyncBody<String>... bodies) {
    return async(bodies[0]);
  }

  static <T> T identity(T t) {
    return t;
  }

  static Coroutine<String> sideEffect() {
    AsyncBody<String>[] held = new AsyncBody[] {given()};
    return async(identity(
        held[0] = () -> {
          await(sleep(Duration.ZERO));
          return "a";
        }));
  }

  static Coroutine<String> inAsync() {
    return async(() -> {
      boolean c = await(async(() -> {
        await(sleep(Duration.ZERO));
        return true;
      }));
      return await(async(
          c
              ? () -> {
                await(sleep(Duration.ZERO));
                return "a";
              }
              : () -> {
                await(sleep(Duration.ZERO));
                return "b";
              }));
    });
  }

  static Coroutine<String> groups() {
    return async(() -> {
      var seen = new ArrayList<String>();
      AsyncLock lock = new AsyncLock();
      await(lock.run(() -> {
        await(sleep(Duration.ZERO));
        seen.add("lock");
      }));
      TaskGroup group = taskGroup();
      await(group.run(() -> {
        await(sleep(Duration.ZERO));
        seen.add("group");
      }));
      await(timeout(Duration.ofHours(1)).run(() -> {
        await(sleep(Duration.ZERO));
        seen.add("timeout");
      }));
      await(cleanup(Duration.ofHours(1), () -> {
        await(sleep(Duration.ZERO));
        seen.add("cleanup");
      }));
      return seen.toString();
    });
  }

  private static Supplier<Coroutine<String>> thrown(Callable<Coroutine<String>> make) {
    return () -> {
      try {
        return make.call();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    };
  }

  /** All of them. */
  public static List<Way> all() {
    AsyncBody<String> a = given();
    return List.of(
        new Way("ternary, true", "a", () -> ternary(true)),
        new Way("ternary, false", "b", () -> ternary(false)),
        new Way("nested ternary 0", "a", () -> nestedTernary(0)),
        new Way("nested ternary 1", "b", () -> nestedTernary(1)),
        new Way("nested ternary 2", "c", () -> nestedTernary(2)),
        new Way("switch 0", "a", () -> switched(0)),
        new Way("switch 1", "b", () -> switched(1)),
        new Way("switch 2", "c", () -> switched(2)),
        new Way("local set in branches, true", "a", () -> branchLocal(true)),
        new Way("local set in branches, false", "b", () -> branchLocal(false)),
        new Way("local overwritten", "a", Meeting::overwritten),
        new Way("local overwritten in a loop", "a", () -> loopLocal(1)),
        new Way("local not overwritten in a loop", "b", () -> loopLocal(0)),
        new Way("slot of another local", "a", () -> reusedSlot(true)),
        new Way("chosen by a method", "a", Meeting::chosen),
        new Way("chosen of locals by a method", "a", Meeting::chosenLocal),
        new Way(
            "not the last parameter",
            "a",
            () -> swappedParameters(
                () -> {
                  await(sleep(Duration.ZERO));
                  return "a";
                },
                () -> {
                  await(sleep(Duration.ZERO));
                  return "b";
                })),
        new Way(
            "parameter reassigned",
            "a",
            () -> reassigned(() -> {
              await(sleep(Duration.ZERO));
              return "b";
            })),
        new Way(
            "parameter reassigned if",
            "a",
            () -> conditionallyReassigned(true, () -> {
              await(sleep(Duration.ZERO));
              return "b";
            })),
        new Way(
            "parameter not reassigned",
            "b",
            () -> conditionallyReassigned(false, () -> {
              await(sleep(Duration.ZERO));
              return "b";
            })),
        new Way("in catch", "a", () -> inFinally(true)),
        new Way("not in catch", "b", () -> inFinally(false)),
        new Way("copies of finally, true", "a", () -> finallyCopies(true)),
        new Way("copies of finally, false", "b", () -> finallyCopies(false)),
        new Way("and, true", "a", () -> withAnd(true)),
        new Way("and, false", "c", () -> withAnd(false)),
        new Way("several on a line", "a", Meeting::severalOnALine),
        new Way("captured", "a", Meeting::captured),
        new Way("one of two captured", "a", Meeting::capturedTwice),
        new Way("through a function", "a", Meeting::throughFunction),
        new Way("through a method reference", "a", Meeting::throughReference),
        new Way("through reflection", "a", Meeting::throughReflection),
        new Way("through a method handle", "a", () -> {
          try {
            return throughHandle();
          } catch (Throwable e) {
            throw new IllegalStateException(e);
          }
        }),
        new Way("through a bridge method", "a", Meeting::throughBridge),
        new Way("swapped by an override", "a", Meeting::swappedBelow),
        new Way("default method", "a", Meeting::defaultMethod),
        new Way("default method, directly", "a", Meeting::defaultMethodDirectly),
        new Way("serializable", "a", Meeting::serializable),
        new Way("cast", "a", Meeting::cast),
        new Way("collection", "a", Meeting::collection),
        new Way("field", "a", Meeting::ofField),
        new Way("field just written", "a", Meeting::fieldJustWritten),
        new Way("assignment as an argument", "a", Meeting::assignment),
        new Way("lambda of a lambda", "a", Meeting::lambdaOfLambda),
        new Way("loop", "2", () -> same(3)),
        new Way(
            "overload",
            "a",
            () -> overload(
                () -> {
                  await(sleep(Duration.ZERO));
                  return "a";
                },
                1)),
        new Way(
            "other overload",
            "a",
            () -> overload(() -> {
              await(sleep(Duration.ZERO));
              return "a";
            })),
        new Way(
            "recursion that swaps",
            "a",
            () -> recursive(3, () -> {
              await(sleep(Duration.ZERO));
              return "b";
            })),
        new Way(
            "recursion",
            "a",
            () -> recursivePlain(2, () -> {
              await(sleep(Duration.ZERO));
              return "a";
            })),
        new Way(
            "deep recursion",
            "a",
            () -> recursivePlain(20, () -> {
              await(sleep(Duration.ZERO));
              return "a";
            })),
        new Way(
            "varargs",
            "a",
            () -> varargs(
                () -> {
                  await(sleep(Duration.ZERO));
                  return "a";
                },
                () -> {
                  await(sleep(Duration.ZERO));
                  return "b";
                })),
        new Way("side effect", "a", Meeting::sideEffect),
        new Way("in a compiled body", "a", Meeting::inAsync),
        new Way(
            "the other methods that take bodies",
            "[lock, group, timeout, cleanup]",
            Meeting::groups),
        new Way("the same object again", "a", () -> async(a)));
  }
}
