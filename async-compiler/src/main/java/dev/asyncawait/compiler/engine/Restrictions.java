package dev.asyncawait.compiler.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/** What a body may not do itself if it is to be compiled, since it would mean something else in another class or thread. */
final class Restrictions {

  private static final Set<String> THREAD_BOUND =
      Set.of("java/lang/Thread.currentThread", "java/lang/Thread.holdsLock");

  private static final Set<String> THREAD_BOUND_OWNERS =
      Set.of("java/lang/ThreadLocal", "java/lang/InheritableThreadLocal");

  /** They ask what class has called them. */
  private static final Set<String> CALLER_SENSITIVE = Set.of(
      "java/lang/invoke/MethodHandles.lookup",
      "java/lang/StackWalker.getCallerClass",
      "java/lang/Class.newInstance",
      "java/util/concurrent/atomic/AtomicIntegerFieldUpdater.newUpdater",
      "java/util/concurrent/atomic/AtomicLongFieldUpdater.newUpdater",
      "java/util/concurrent/atomic/AtomicReferenceFieldUpdater.newUpdater");

  private static final Set<String> CALLER_SENSITIVE_OWNERS = Set.of(
      "java/lang/reflect/Method", "java/lang/reflect/Constructor", "java/lang/reflect/Field");

  private Restrictions() {}

  static void check(MethodNode method, @Nullable ClassLoader loader) throws Refusal {
    if ((method.access & Opcodes.ACC_SYNCHRONIZED) != 0) {
      throw new Refusal("a synchronized method");
    }
    if ((method.access & (Opcodes.ACC_NATIVE | Opcodes.ACC_ABSTRACT)) != 0) {
      throw new Refusal("a method without code");
    }
    boolean awaits = false;
    boolean locks = false;
    for (AbstractInsnNode node : method.instructions) {
      awaits |= Code.isAwait(node);
      locks |= node.getOpcode() == Opcodes.MONITORENTER;
      if (node instanceof MethodInsnNode call) {
        check(call, loader);
      }
    }
    if (!awaits) {
      throw new Refusal("no await in the body itself");
    }
    if (locks) {
      checkMonitors(method);
    }
  }

  private static void check(MethodInsnNode call, @Nullable ClassLoader loader) throws Refusal {
    String called = call.owner + '.' + call.name;
    if (THREAD_BOUND.contains(called)
        || THREAD_BOUND_OWNERS.contains(call.owner)
        || call.owner.startsWith("java/util/concurrent/locks/")
        || isThreadBound(call, loader)) {
      throw new Refusal("it calls " + readable(called) + ", which is bound to a thread");
    }
    if (CALLER_SENSITIVE.contains(called)
        || (CALLER_SENSITIVE_OWNERS.contains(call.owner) && isReflectiveUse(call.name))) {
      throw new Refusal("it calls " + readable(called) + ", which asks what class has called it");
    }
  }

  /** Whether a call is one of those above, through a subclass of the user's. */
  private static boolean isThreadBound(MethodInsnNode call, @Nullable ClassLoader loader) {
    if (call.owner.startsWith("java/") || call.owner.charAt(0) == '[') {
      return false;
    }
    try {
      Class<?> owner = Class.forName(call.owner.replace('/', '.'), false, loader);
      return ThreadLocal.class.isAssignableFrom(owner)
          || Lock.class.isAssignableFrom(owner)
          || ReadWriteLock.class.isAssignableFrom(owner)
          || (Thread.class.isAssignableFrom(owner)
              && THREAD_BOUND.contains("java/lang/Thread." + call.name));
    } catch (ClassNotFoundException | LinkageError absent) {
      return false; // the call will fail
    }
  }

  private static boolean isReflectiveUse(String name) {
    return name.equals("invoke")
        || name.equals("newInstance")
        || name.startsWith("set")
        || name.startsWith("get");
  }

  private static String readable(String called) {
    return called.replace('/', '.') + "()";
  }

  /** Follows how many monitors are held; an await with one would need its thread. */
  private static void checkMonitors(MethodNode method) throws Refusal {
    List<List<AbstractInsnNode>> handlers = Code.handlers(method);
    Map<AbstractInsnNode, Integer> held = new HashMap<>();
    Deque<AbstractInsnNode> todo = new ArrayDeque<>();
    reach(method.instructions.getFirst(), 0, held, todo);
    for (AbstractInsnNode node; (node = todo.poll()) != null; ) {
      int before = held.getOrDefault(node, 0);
      if (before > 0 && Code.isAwait(node)) {
        throw new Refusal("await in synchronized");
      }
      int after = before;
      if (node.getOpcode() == Opcodes.MONITORENTER) {
        after++;
      } else if (node.getOpcode() == Opcodes.MONITOREXIT) {
        after--;
      } else {
        for (AbstractInsnNode handler : handlers.get(method.instructions.indexOf(node))) {
          reach(handler, before, held, todo);
        }
      }
      for (AbstractInsnNode successor : Code.successors(node)) {
        reach(successor, after, held, todo);
      }
    }
  }

  private static void reach(
      AbstractInsnNode node,
      int count,
      Map<AbstractInsnNode, Integer> held,
      Deque<AbstractInsnNode> todo)
      throws Refusal {
    Integer known = held.putIfAbsent(node, count);
    if (known == null) {
      todo.add(node);
    } else if (known != count) {
      throw new Refusal("monitors that are not nested");
    }
  }
}
