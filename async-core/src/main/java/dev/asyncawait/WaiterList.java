package dev.asyncawait;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The waiters of a future that has had more than one, or one that may want to leave: a lock-free stack of messages, which
 * its future closes when it is done.
 *
 * <p>What is on the stack is not changed while it is there. A waiter that does not want to be told any more is marked
 * as removed. It leaves the stack when it is on top, and otherwise with others when their number has grown to that
 * of the rest: then a stack of the rest takes the place of the whole, with one compareAndSet that fails if anything
 * has happened meanwhile. It is made of new nodes, and the old ones are taken apart so that none keeps the removed
 * ones reachable.
 */
final class WaiterList {

  private static final Message CLOSED = Message.sentinel("CLOSED");

  /** The list of a future that is done: closed. */
  static final WaiterList NONE = new WaiterList(CLOSED);

  private static final VarHandle TOP;

  static {
    try {
      TOP = MethodHandles.lookup().findVarHandle(WaiterList.class, "top", Message.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile @Nullable Message top;

  /** How many more of the waiters may be removed ones; under contention somewhat wrong, which does no harm. */
  private int removable;

  // guarded by this

  private ShieldFuture.@Nullable LostFailure lostFailure;

  /** So that one is found among many; equal ones hang together. */
  private @Nullable Map<Ask.Key, DoneCallback<?>> callbacks;

  /** Makes one with a waiter that came before all others; that is not written to. */
  WaiterList(@Nullable Message first) {
    this.top = first;
  }

  /** Adds a waiter that is in no other list; false if this is closed. */
  boolean add(Message waiter) {
    for (; ; ) {
      Message current = top;
      if (current == CLOSED) {
        return false;
      }
      waiter.next = current;
      if (TOP.compareAndSet(this, current, waiter)) {
        return true;
      }
    }
  }

  /** Takes all waiters, the last first, and lets no more in. */
  @Nullable
  Message close() {
    return (Message) TOP.getAndSet(this, CLOSED);
  }

  /** Hears that {@code count} waiters were marked as removed. */
  void removed(int count) {
    int more = count;
    for (Message first; (first = top) != null && first.isRemoved(); ) {
      if (TOP.compareAndSet(this, first, first.next)) {
        more--;
      }
    }
    if (more != 0) {
      removable -= more;
      if (removable < 0) {
        sweep();
      }
    }
  }

  private void sweep() {
    Message all = top;
    if (all == CLOSED) {
      return;
    }
    Message kept = null;
    int count = 0;
    for (Message m = all; m != null; m = m.next) {
      if (!m.isRemoved()) {
        kept = new Moved(m instanceof Moved moved ? moved.waiter : m, kept);
        count++;
      }
    }
    if (TOP.compareAndSet(this, all, Message.reversed(kept))) {
      removable = count;
      for (Message m = all; m != null; ) {
        Message next = m.next;
        m.next = null;
        m = next;
      }
    }
  }

  /** The new node of a waiter that the removed ones were swept away from. */
  private static final class Moved extends Message {
    private final Message waiter;

    Moved(Message waiter, @Nullable Message next) {
      super(waiter.loop);
      this.waiter = waiter;
      this.next = next;
    }

    @Override
    boolean isRemoved() {
      return waiter.isRemoved();
    }

    @Override
    void deliver() {
      waiter.deliver();
    }

    @Override
    void dropped() {
      waiter.dropped();
    }
  }

  // ---- waiters that are looked for later

  /** Adds {@code newest} in the place of the one before; false if this is closed. */
  boolean add(ShieldFuture.LostFailure newest) {
    if (top == CLOSED) {
      return false;
    }
    ShieldFuture.LostFailure before;
    synchronized (this) {
      before = lostFailure;
      lostFailure = newest;
    }
    boolean added = add((Message) newest);
    if (before != null) {
      before.remove();
      removed(1);
    }
    return added;
  }

  /** Adds a done callback; false if this is closed. */
  boolean add(DoneCallback<?> waiter, Object callback) {
    if (top == CLOSED) {
      return false;
    }
    synchronized (this) {
      if (callbacks == null) {
        callbacks = new HashMap<>();
      }
      waiter.equal = callbacks.put(new Ask.Key(callback), waiter);
    }
    return add(waiter);
  }

  /** Removes all registrations of a done callback, and says how many there were. */
  int removeEqualTo(Object callback) {
    DoneCallback<?> found;
    synchronized (this) {
      found = callbacks == null ? null : callbacks.remove(new Ask.Key(callback));
    }
    int count = 0;
    for (DoneCallback<?> c = found; c != null; c = c.equal) {
      count += c.remove() ? 1 : 0;
    }
    removed(count);
    return count;
  }
}
