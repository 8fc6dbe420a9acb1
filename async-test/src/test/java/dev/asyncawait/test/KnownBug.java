package dev.asyncawait.test;

import static dev.asyncawait.Async.async;
import static dev.asyncawait.Async.await;
import static dev.asyncawait.Async.createTask;
import static dev.asyncawait.Async.gather;
import static dev.asyncawait.Async.gatherOutcomes;
import static dev.asyncawait.Async.sleep;
import static dev.asyncawait.Async.waitFor;
import static dev.asyncawait.Async.waitTasks;
import static org.assertj.core.api.Assertions.assertThat;

import dev.asyncawait.AsyncLock;
import dev.asyncawait.AsyncQueue;
import dev.asyncawait.Coroutine;
import dev.asyncawait.Held;
import dev.asyncawait.ReturnWhen;
import dev.asyncawait.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Programs as users write them, each with a bug that does not show in the order in which a loop runs by itself.
 *
 * <p>The lines of this file are named in {@code known-bugs.txt}; {@link KnownBugsTest} says how to make that anew.
 */
enum KnownBug {

  /** The balance is read before a call and written after it. */
  LOST_UPDATE {
    @Override
    Coroutine<?> program(boolean fixed) {
      var account = new Account(1, 100);
      return async(() -> {
        Task<Void> deposit = createTask(account.book(50, fixed), "deposit");
        Task<Void> withdrawal = createTask(
            async(() -> {
              await(call()); // is there enough?
              await(account.book(-30, fixed));
            }),
            "withdrawal");
        await(gather(deposit, withdrawal));
        assertThat(account.balance).as("balance").isEqualTo(120);
      });
    }
  },

  /** Each of two transfers locks the account it takes from, and then the one it gives to. */
  LOCK_ORDER {
    @Override
    Coroutine<?> program(boolean fixed) {
      var alice = new Account(1, 100);
      var bob = new Account(2, 100);
      return async(() -> {
        Task<Void> rent = createTask(transfer(alice, bob, fixed), "rent");
        Task<Void> refund = createTask(
            async(() -> {
              await(turn()); // how much is it?
              await(turn()); // is it true?
              await(transfer(bob, alice, fixed));
            }),
            "refund");
        await(gather(rent, refund));
        assertThat(alice.balance + bob.balance).isEqualTo(200);
      });
    }

    private Coroutine<Void> transfer(Account from, Account to, boolean fixed) {
      boolean turned = fixed && from.number > to.number;
      return async(() -> {
        try (Held first = await((turned ? to : from).lock.acquire())) {
          await(turn()); // may they?
          try (Held second = await((turned ? from : to).lock.acquire())) {
            from.balance -= 10;
            to.balance += 10;
          }
        }
      });
    }
  },

  /** There was an order in the queue when the worker looked, but another one takes it. */
  CHECK_THEN_ACT {
    @Override
    Coroutine<?> program(boolean fixed) {
      AsyncQueue<String> orders = AsyncQueue.fifo();
      List.of("tea", "milk").forEach(orders::tryPut);
      var packed = new ArrayList<String>();
      return async(() -> {
        Task<Void> ann = createTask(worker(orders, packed, fixed), "ann");
        Task<Void> ben = createTask(worker(orders, packed, fixed), "ben");
        await(gather(ann, ben));
        assertThat(packed).containsExactlyInAnyOrder("tea", "milk");
      });
    }

    private Coroutine<Void> worker(AsyncQueue<String> orders, List<String> packed, boolean fixed) {
      return async(() -> {
        while (!orders.isEmpty()) {
          await(turn()); // fetch a box
          String order = fixed ? orders.tryTake() : await(orders.take());
          if (order != null) {
            await(turn()); // pack it
            packed.add(order);
          }
        }
      });
    }
  },

  /** Whichever server answers first, the other is no longer needed; but only one of the two is told. */
  FORGOTTEN_CANCEL {
    @Override
    Coroutine<?> program(boolean fixed) {
      return async(() -> {
        Task<String> primary = createTask(ask("primary"), "primary");
        Task<String> backup = createTask(ask("backup"), "backup");
        await(waitTasks(List.of(primary, backup), ReturnWhen.FIRST_COMPLETED));
        if (primary.isDone()) {
          backup.cancel();
          assertThat(await(primary)).isEqualTo("answer of primary");
        } else {
          if (fixed) {
            primary.cancel();
          }
          assertThat(await(backup)).isEqualTo("answer of backup");
        }
      });
    }

    private Coroutine<String> ask(String server) {
      return async(() -> {
        await(call()); // connect
        await(call()); // read
        return "answer of " + server;
      });
    }
  },

  /** The connection is given back in a finally block, but the try block begins one await too late. */
  MISSING_FINALLY {
    @Override
    Coroutine<?> program(boolean fixed) {
      AsyncQueue<String> pool = AsyncQueue.fifo();
      pool.tryPut("connection");
      return async(() -> {
        Task<Void> query = createTask(fixed ? fixedQuery(pool) : query(pool), "query");
        Task<Void> user = createTask(
            async(() -> {
              await(turn()); // looks at the clock
              await(turn());
              query.cancel("the user has left");
            }),
            "user");
        await(gatherOutcomes(query, user));
        String connection = await(waitFor(pool.take(), Duration.ofSeconds(1)));
        assertThat(connection).isEqualTo("connection");
      });
    }

    private Coroutine<Void> query(AsyncQueue<String> pool) {
      return async(() -> {
        String connection = await(pool.take());
        await(turn()); // begin a transaction
        try {
          await(turn());
          await(turn());
        } finally {
          pool.tryPut(connection);
        }
      });
    }

    private Coroutine<Void> fixedQuery(AsyncQueue<String> pool) {
      return async(() -> {
        String connection = await(pool.take());
        try {
          await(turn()); // begin a transaction
          await(turn());
          await(turn());
        } finally {
          pool.tryPut(connection);
        }
      });
    }
  },

  /**
   * A message is sent over a connection that is closed meanwhile. The connection must be open first, the sender must
   * look next, the connection close next, and the sender send last: whoever begins must be held up, and then the other.
   */
  SEND_AFTER_CLOSE {
    @Override
    Coroutine<?> program(boolean fixed) {
      var connection = new Connection();
      return async(() -> {
        Task<Void> sender = createTask(
            async(() -> {
              for (String message : List.of("one", "two", "three")) {
                if (connection.open) {
                  await(turn()); // encode it
                  if (!fixed || connection.open) {
                    connection.send(message);
                  }
                }
                await(turn());
              }
            }),
            "sender");
        Task<Void> session = createTask(
            async(() -> {
              await(turn()); // connect
              connection.open = true;
              await(turn());
              await(turn());
              connection.open = false;
            }),
            "session");
        await(gather(sender, session));
      });
    }
  };

  /**
   * Makes the program and all its state.
   *
   * @param fixed whether without the bug
   */
  abstract Coroutine<?> program(boolean fixed);

  /** A call of another service. All take the same time, so that answers come in at the same moment. */
  private static Coroutine<Void> call() {
    return sleep(Duration.ofMillis(10));
  }

  /** What takes no time, and lets the others go on meanwhile. */
  private static Coroutine<Void> turn() {
    return sleep(Duration.ZERO);
  }

  private static final class Account {
    private final AsyncLock lock = new AsyncLock();
    private final int number;
    private int balance;

    Account(int number, int balance) {
      this.number = number;
      this.balance = balance;
    }

    Coroutine<Void> book(int amount, boolean fixed) {
      return async(() -> {
        int before = balance;
        await(call()); // write it down
        balance = (fixed ? balance : before) + amount;
      });
    }
  }

  private static final class Connection {
    private boolean open;

    void send(String message) {
      if (!open) {
        throw new IllegalStateException("cannot send '" + message + "', the connection is closed");
      }
    }
  }
}
