/*
 * The protocol by which the threads of one event loop pass the baton: who may run the loop's code.
 *
 * The scene: a caller (thread 0) carries main (task 0), which starts tasks 1 and 2 and awaits a
 * future, as both of them do; task 2 then yields once. Three foreign threads complete the three
 * futures. When main ends, its thread closes the loop: tasks left over are cancelled and awaited.
 * Up to four drivers run tasks on an empty stack; at most one idle driver is kept as the spare.
 *
 * What is checked, in every interleaving: nobody runs the loop's code without the baton, and never
 * two at once; no grant overwrites another; a task resumes only on the thread that has its stack;
 * at the end every task is done, every driver gone, the inbox and the ready queue are empty; and
 * nobody waits for ever (spin's "invalid end state").
 *
 * Not in the model: memory order weaker than sequential consistency, timers, interrupts of a body
 * that runs, a thread that cannot be started.
 *
 *   -DINTR       the caller is interrupted once, at any time at which it is parked
 *   -DCANC       a foreign thread cancels task 2
 *   -DEAGER      main starts task 1 eagerly: the baton goes to it and, when it suspends or ends, straight
 *                back to main, before anything that is ready
 *   -DDEEP       one thread with a task on its stack cannot be parked once it has granted the baton: it takes the
 *                grant back, and its task ends with the overflow
 *   -DBUG_SPARE  a planted bug: the idle driver names itself the spare after it let go of the baton
 *   -DBUG_INTR   a planted bug (needs -DINTR): the interrupt's own entry may have taken the baton
 *                from an idle loop, and the interrupted thread does not look
 *   -DBUG_EAGER  a planted bug (needs -DEAGER): main says that it waits for the baton after it let go of it
 *   -DBUG_DEEP   a planted bug (needs -DDEEP): a grant is good before the granter is parked
 *
 * check.sh runs all of these, and those without a bug together.
 */

/* head: one word for the inbox and for who holds the baton */
#define BUSY     0   /* there is a holder, the inbox is empty */
#define IDLE     1   /* there is no holder */
#define CLOSED   2
#define NONEMPTY 3   /* there is a holder, the inbox is not empty */

/* kinds of entries */
#define START  1
#define RESUME 2
#define FIRE   3     /* a future of this task is done: wake it */
#define CANCEL 4
#define BACK   5     /* the task that this thread started eagerly has suspended or ended */

/* states of a task */
#define NEW    0
#define RUN    1
#define SUSP   2
#define QUEUED 3
#define DONE   4

/* orders that come with a grant */
#define O_RES   0    /* resume the task on your stack */
#define O_DRIVE 1    /* run this entry, then go on as a driver */
#define O_EXIT  2
#define O_NONE  3    /* nothing: what this new driver was to begin with has been taken back */

#define NONE 9
#define MAXT 5       /* the caller and four drivers */
#define CLOSER 3     /* main's thread, waiting for the leftovers */

/* any thread */
byte head = BUSY;
chan inbox = [8] of { byte, byte };

/* only the holder */
chan ready = [8] of { byte, byte };
byte spare = NONE;
byte back = NONE;    /* the thread that waits for a task it started eagerly */
byte live = 0;
byte drivers = 0;
byte nextTid = 1;
bool closing = false;

/* only to check */
byte holders = 0;
bool finished = false;

#ifdef DEEP
bool deep = true;    /* a park may still fail */
#else
bool deep = false;
#endif

/* each thread */
bool granted[MAXT];
byte by[MAXT];       /* the thread that must be parked before the grant is good */
bool atRest[MAXT];   /* is parked with a task on its stack */
byte order[MAXT];
byte pk[MAXT];       /* the entry that comes with O_DRIVE */
byte pa[MAXT];
bool intr[MAXT];

/* each task; its future is 0: pending, 1: has a waiter, 2: done */
byte wst[4];
byte pc[4];
byte fut[4];
byte thr[4];
bool canc[4];

inline wake(t) {
  if
  :: wst[t] == SUSP -> wst[t] = QUEUED; ready!RESUME,t
  :: else -> skip
  fi
}

inline drain() {
  atomic {
    if
    :: head == NONEMPTY ->
       do
       :: nempty(inbox) -> inbox?tk,ta; ready!tk,ta
       :: empty(inbox) -> break
       od;
       head = BUSY
    :: else -> skip
    fi
  }
}

/* one CAS; own: this thread took the baton from the idle loop */
inline push(kk, aa, own) {
  atomic {
    own = false;
    if
    :: head == CLOSED -> skip
    :: head == IDLE -> inbox!kk,aa; head = NONEMPTY; own = true; holders++; assert(holders == 1)
    :: else -> inbox!kk,aa; head = NONEMPTY
    fi
  }
}

/* the holder hands the baton and an entry to the spare or to a new thread */
inline toDriver(kk, aa, granter) {
  if
  :: spare != NONE ->
     sp = spare; spare = NONE; pk[sp] = kk; pa[sp] = aa; order[sp] = O_DRIVE; by[sp] = granter; fresh = false;
     atomic { holders--; granted[sp] = true }
  :: else ->
     sp = nextTid; nextTid++; assert(sp < MAXT); drivers++; pk[sp] = kk; pa[sp] = aa; order[sp] = O_DRIVE;
     by[sp] = granter; fresh = true;
     atomic { holders--; granted[sp] = true; run th(sp, NONE) }
  fi
}

/* task cur awaits its future: goes on if that is done, suspends if not */
inline awaitFuture() {
  atomic {
    if
    :: fut[cur] == 2 -> okk = true
    :: else -> fut[cur] = 1; wst[cur] = SUSP; okk = false
    fi
  };
  if
  :: okk -> goto body
  :: else -> goto drive
  fi
}

/* thread me, with the stack of task cur on it, or with an empty stack (NONE) */
proctype th(byte me; byte cur) {
  byte k, a, tk, ta, sp;
  bool own, wp, okk, fresh;

  if
  :: cur == 0 -> holders++; wst[0] = RUN; goto body
  :: else -> goto parked
  fi;

drive:
  assert(holders == 1);
  assert(head != IDLE);
  drain();
  if
  :: back != NONE -> k = BACK; a = back; back = NONE; goto handle
  :: back == NONE && nempty(ready) -> ready?k,a; goto handle
  :: back == NONE && empty(ready) ->
#ifndef BUG_SPARE
     wp = true;
     if
     :: cur == NONE ->
        if
        :: spare == NONE -> spare = me
        :: else -> wp = false
        fi
     :: else
     fi;
#endif
     atomic {
       if
       :: head == BUSY -> holders--; head = IDLE; okk = true
       :: else -> okk = false
       fi
     };
     if
     :: !okk ->
#ifndef BUG_SPARE
        if
        :: cur == NONE && wp -> spare = NONE
        :: else
        fi;
#endif
        goto drive
     :: else
     fi;
#ifdef BUG_SPARE
     wp = true;
     if
     :: cur == NONE ->
        if
        :: spare == NONE -> spare = me
        :: else -> wp = false
        fi
     :: else
     fi;
#endif
     if
     :: wp && cur != NONE -> atRest[me] = true; goto parked   /* its stack was put aside before, for trial */
     :: wp && cur == NONE -> goto parked
     :: else -> goto out
     fi
  fi;

handle:
  if
  :: k == FIRE -> wake(a); goto drive
  :: k == CANCEL ->
     if
     :: wst[a] != DONE -> canc[a] = true; wake(a)
     :: else
     fi;
     goto drive
  :: k == RESUME && a == cur -> wst[cur] = RUN; goto body
  :: (k == RESUME && a != cur) || k == BACK ->
     wp = true;
     if
     :: cur == NONE ->
        if
        :: spare == NONE -> spare = me
        :: else -> wp = false
        fi
     :: else
     fi;
     if
     :: k == BACK -> sp = a
     :: else -> sp = thr[a]
     fi;
     order[sp] = O_RES; fresh = false;
     if
     :: cur == NONE -> by[sp] = NONE
     :: else -> by[sp] = me
     fi;
     atomic { holders--; assert(!granted[sp]); granted[sp] = true };
     if
     :: cur != NONE -> goto parking
     :: cur == NONE && wp -> goto parked
     :: else -> goto out
     fi
  :: k == START && cur == NONE -> cur = a; thr[a] = me; wst[a] = RUN; goto body
  :: k == START && cur != NONE -> toDriver(k, a, me); goto parking
  fi;

/* with a task on the stack, after the baton was given to sp with the entry (k, a) */
parking:
  if
  :: atRest[me] = true; goto parked
  :: deep && cur != CLOSER ->
     deep = false;
     atomic { assert(granted[sp]); granted[sp] = false; holders++; assert(holders == 1) };
     if
     :: k == START && fresh -> drivers--; order[sp] = O_NONE; by[sp] = NONE; granted[sp] = true
     :: k == START && !fresh -> spare = sp
     :: else -> skip
     fi;
#ifdef EAGER
     if
     :: k == START && cur == 0 && pc[0] == 1 && back == me -> back = NONE; wst[1] = DONE; live--; goto fin
     :: else
     fi;
#endif
     if
     :: k == BACK -> back = a
     :: else -> ready!k,a
     fi;
     if
     :: wst[cur] == QUEUED -> ready??RESUME,eval(cur)
     :: else
     fi;
     goto fin
  fi;

parked:
  if
#if defined(DEEP) && !defined(BUG_DEEP)
  :: granted[me] && (by[me] == NONE || atRest[by[me]]) ->   /* platform threads, all without -DDEEP, need not wait */
#else
  :: granted[me] ->
#endif
     granted[me] = false; atRest[me] = false;
     if
     :: order[me] == O_NONE -> goto end
     :: order[me] == O_EXIT -> goto out
     :: order[me] == O_DRIVE -> holders++; assert(holders == 1); k = pk[me]; a = pa[me]; goto handle
     :: order[me] == O_RES -> holders++; assert(holders == 1); wst[cur] = RUN; goto body
     fi
  :: intr[me] && !granted[me] ->
     intr[me] = false;
     push(CANCEL, 0, own);
#ifndef BUG_INTR
     if
     :: own -> atRest[me] = false; goto drive
     :: else -> goto parked
     fi
#else
     goto parked
#endif
  fi;

body:
  assert(holders == 1);
  assert(thr[cur] == me);
  if
  :: cur == CLOSER -> goto closer
  :: canc[cur] -> goto fin
#ifndef EAGER
  :: cur == 0 && pc[0] == 0 -> pc[0] = 1; live = 2; ready!START,1; ready!START,2; goto body
#else
  :: cur == 0 && pc[0] == 0 ->
     pc[0] = 1; live = 2; ready!START,2;
#ifndef BUG_EAGER
     back = me;
     toDriver(START, 1, me);
#else
     toDriver(START, 1, me);
     back = me;
#endif
     k = START; a = 1; goto parking
#endif
  :: cur == 0 && pc[0] == 1 -> pc[0] = 2; awaitFuture()
  :: cur == 0 && pc[0] == 2 -> goto fin
  :: cur == 1 && pc[1] == 0 -> pc[1] = 1; awaitFuture()
  :: cur == 1 && pc[1] == 1 -> goto fin
  :: cur == 2 && pc[2] == 0 -> pc[2] = 1; awaitFuture()
  :: cur == 2 && pc[2] == 1 -> pc[2] = 2; wst[2] = QUEUED; ready!RESUME,2; goto drive   /* sleep(0) */
  :: cur == 2 && pc[2] == 2 -> goto fin
  fi;

fin:
  wst[cur] = DONE;
  if
  :: cur == 0 ->
     closing = true;
     if
     :: wst[1] != DONE -> canc[1] = true; wake(1)
     :: else
     fi;
     if
     :: wst[2] != DONE -> canc[2] = true; wake(2)
     :: else
     fi;
     cur = CLOSER; thr[CLOSER] = me;
     if
     :: live > 0 -> wst[CLOSER] = SUSP; goto drive
     :: else -> goto closer
     fi
  :: else ->
     live--;
     if
     :: live == 0 && closing && wst[CLOSER] == SUSP -> wst[CLOSER] = QUEUED; ready!RESUME,CLOSER
     :: else
     fi;
     cur = NONE;
     goto drive
  fi;

closer:
  assert(holders == 1 && live == 0);
  drain();
  do
  :: nempty(ready) -> ready?k,a; assert(k == FIRE || k == CANCEL)
  :: empty(ready) -> break
  od;
  atomic {
    if
    :: head == BUSY -> head = CLOSED; okk = true
    :: else -> okk = false
    fi
  };
  if
  :: !okk -> goto closer
  :: else
  fi;
  if
  :: spare != NONE -> sp = spare; spare = NONE; order[sp] = O_EXIT; by[sp] = NONE; granted[sp] = true
  :: else
  fi;
  drivers == 0;
  holders--;
  finished = true;
  assert(wst[0] == DONE && wst[1] == DONE && wst[2] == DONE && empty(inbox) && empty(ready));
  goto end;

out:
  drivers--;
end:
  skip
}

/* a foreign thread that took the baton: wakes, cancels, and passes it on; it never runs a task */
inline dispatch() {
  drain();
  ready?k,a;
  do
  :: k == FIRE ->
     wake(a);
     if
     :: nempty(ready) -> ready?k,a
     :: empty(ready) -> k = 0; break
     fi
  :: k == CANCEL ->
     if
     :: wst[a] != DONE -> canc[a] = true; wake(a)
     :: else
     fi;
     if
     :: nempty(ready) -> ready?k,a
     :: empty(ready) -> k = 0; break
     fi
  :: else -> break
  od;
  if
  :: k == RESUME ->
     sp = thr[a]; order[sp] = O_RES; by[sp] = NONE;
     atomic { holders--; assert(!granted[sp]); granted[sp] = true }
  :: k == START -> toDriver(k, a, NONE)
  :: k == 0 -> /* nothing to run: back to IDLE, or on if more arrived */
     atomic {
       if
       :: head == BUSY -> holders--; head = IDLE; okk = true
       :: else -> okk = false
       fi
     };
     if
     :: !okk -> goto again
     :: else
     fi
  fi
}

proctype completer(byte f) {
  byte k, a, tk, ta, sp, old;
  bool own, okk, fresh;
  atomic { old = fut[f]; fut[f] = 2 };
  if
  :: old == 1 ->
     push(FIRE, f, own);
     if
     :: own ->
again:  dispatch()
     :: else
     fi
  :: else
  fi
}

proctype canceller(byte t) {
  byte k, a, tk, ta, sp;
  bool own, okk, fresh;
  push(CANCEL, t, own);
  if
  :: own ->
again: dispatch()
  :: else
  fi
}

init {
  atomic {
    run th(0, 0);
    run completer(0);
    run completer(1);
    run completer(2);
#ifdef CANC
    run canceller(2);
#endif
#ifdef INTR
    intr[0] = true;
#endif
  }
}
