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
 * a task that was started eagerly has begun when main goes on;
 * at the end every task is done, every driver gone, the inbox and the ready queue are empty; and
 * nobody waits for ever (spin's "invalid end state").
 *
 * Not in the model: memory order weaker than sequential consistency, timers, interrupts of a body
 * that runs, a thread that cannot be started, main's thread that cannot be parked while it closes the loop (that
 * abandons it). What only the holder looks at changes in one step, and what nobody looks at any more is reset:
 * that keeps the states few and hides nothing, as long as there is one holder, which is checked.
 *
 *   -DINTR       the caller is interrupted once, at any time at which it is parked
 *   -DCANC       a foreign thread cancels task 2
 *   -DEAGER      main starts task 1 eagerly when its future is done: the baton goes to it and, when it suspends
 *                or ends, straight back to main, before anything that is ready
 *   -DDEEP       one thread with a task on its stack cannot be parked, at any time at which it is to be: it waits
 *                all the same, and takes the baton when the loop is idle, or when the baton was granted to a
 *                thread that has not taken it; what that was to run comes next, and the task of the thread that
 *                cannot be parked ends with the overflow. With -DEAGER that may also be main while it waits for
 *                task 1, which is not created then unless it has begun
 *   -DBUG_SPARE  a planted bug: the idle driver names itself the spare after it let go of the baton
 *   -DBUG_INTR   a planted bug (needs -DINTR): the interrupt's own entry may have taken the baton
 *                from an idle loop, and the interrupted thread does not look
 *   -DBUG_EAGER  a planted bug (needs -DEAGER): main says that it waits for the baton after it let go of it
 *   -DBUG_DEEP   a planted bug (needs -DDEEP): a grant is taken back although it may have been taken since it was seen
 *
 * check.sh runs all of these, and those without a bug together where the states are not too many.
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
#define O_FIRST 2    /* begin as a driver, with this entry */
#define O_EXIT  3
#define O_NONE  4    /* nothing: what this new driver was to begin with has been taken back */

#define NONE 9
#define SOME 8
#define MAXT 5       /* the caller and four drivers */
#define CLOSER 3     /* main's thread, waiting for the leftovers */

/* any thread */
byte head = BUSY;
chan inbox = [8] of { byte, byte };
#ifdef DEEP
byte grantee = NONE; /* the thread that was granted the baton last; written before the grant */
byte failed = SOME;  /* the thread that cannot be parked; SOME: any may become it; NONE: it has the baton again */
#endif

/* only the holder */
chan ready = [8] of { byte, byte };
byte spare = NONE;
byte back = NONE;    /* the thread that waits for a task it started eagerly */
bool unbegun = false; /* the grant by which it was to begin was taken back: it begins before that thread goes on */
byte live = 0;
byte drivers = 0;
byte nextTid = 1;
bool closing = false;

/* only to check */
byte holders = 0;
bool finished = false;

/* each thread */
bool granted[MAXT];
byte order[MAXT];
byte pk[MAXT];       /* the entry that comes with the grant */
byte pa[MAXT];
bool intr[MAXT];

/* each task; its future is 0: pending, 1: has a waiter, 2: done */
byte wst[4];
byte pc[4];
byte fut[4];
byte thr[4];
bool canc[4];

inline wake(t) {
  atomic {
    if
    :: wst[t] == SUSP -> wst[t] = QUEUED; ready!RESUME,t
    :: else -> skip
    fi
  }
}

inline requestCancel(t) {
  atomic {
    if
    :: wst[t] != DONE -> canc[t] = true; wake(t)
    :: else
    fi
  }
}

/* in one step for the other threads what the holder alone looks at */
inline offerSpare() {
  atomic {
    wp = true;
    if
    :: cur == NONE ->
       if
       :: spare == NONE -> spare = me
       :: else -> wp = false
       fi
    :: else
    fi
  }
}

inline drain() {
  atomic {
    if
    :: head == NONEMPTY ->
       do
       :: nempty(inbox) -> inbox?tk,ta; ready!tk,ta
       :: empty(inbox) -> break
       od;
       tk = 0; ta = 0;
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

inline hold() {
  holders++; assert(holders == 1);
#ifdef DEEP
  grantee = NONE     /* whose grant was taken, so that states do not differ in it */
#endif
}

/* a grant that was taken is nothing any more */
inline wipe(who) {
  order[who] = O_RES; pk[who] = 0; pa[who] = 0
}

/* what a thread does not look at any more, so that its states do not differ in it */
inline forget() {
  k = 0; a = 0; sp = 0
}

/* the holder says whom it is about to grant the baton */
inline grantsTo(who) {
#ifdef DEEP
  grantee = (failed == NONE -> NONE : who)
#else
  skip
#endif
}

/* the holder hands the baton to the thread that has a task on its stack */
inline toParked(kk, aa) {
  if
  :: kk == BACK -> sp = aa
  :: else -> sp = thr[aa]
  fi;
  pk[sp] = kk; pa[sp] = aa; order[sp] = O_RES;
  grantsTo(sp);
  atomic { holders--; assert(!granted[sp]); granted[sp] = true; forget() }
}

/* the holder hands the baton and an entry to the spare or to a new thread */
inline toDriver(kk, aa) {
  if
  :: spare != NONE ->
     sp = spare; spare = NONE; pk[sp] = kk; pa[sp] = aa; order[sp] = O_DRIVE;
     grantsTo(sp);
     atomic { holders--; assert(!granted[sp]); granted[sp] = true; forget() }
  :: else ->
     sp = nextTid; nextTid++; assert(sp < MAXT); drivers++; pk[sp] = kk; pa[sp] = aa; order[sp] = O_FIRST;
     grantsTo(sp);
     atomic { holders--; granted[sp] = true };
     atomic { run th(sp, NONE); forget() }
  fi
}

/* what was to run next comes next all the same */
inline putBack(kk, aa) {
  if
  :: kk == BACK -> assert(back == NONE); back = aa
  :: kk == START && back != NONE -> unbegun = true
  :: else ->
     atomic {
       n = len(ready);
       ready!kk,aa;
       do
       :: n > 0 -> ready?tk,ta; ready!tk,ta; n--
       :: else -> break
       od;
       tk = 0; ta = 0
     }
  fi
}

#define mayBeTakenBack(t) (t != NONE && t != me && granted[t] && order[t] != O_EXIT && order[t] != O_NONE)

inline seeGrant() {
  sp = grantee; k = pk[sp]; a = pa[sp]
}

/* takes the baton from sp, which was granted it last; a new thread is told, since it may not have looked yet */
inline takeBack() {
  atomic {
    if
    :: order[sp] == O_FIRST -> order[sp] = O_NONE
    :: else -> granted[sp] = false
    fi;
    hold()
  }
}

/* after the baton was passed on, a driver that is neither the spare nor has a task on its stack ends */
inline rest() {
  atomic {
    if
    :: wp -> wp = false; goto parked
    :: else -> goto out
    fi
  }
}

/* task cur awaits its future: goes on if that is done, suspends if not */
inline awaitFuture() {
  atomic {
    if
    :: fut[cur] == 2 -> goto body
    :: else -> fut[cur] = 1; wst[cur] = SUSP; goto drive
    fi
  }
}

/* thread me, with the stack of task cur on it, or with an empty stack (NONE) */
proctype th(byte me; byte cur) {
  byte k, a, tk, ta, sp, n;
  bool own, wp;

  if
  :: cur == 0 -> holders++; wst[0] = RUN; goto body
  :: else -> goto parked
  fi;

drive:
  assert(holders == 1);
  assert(head != IDLE);
  drain();
  if
  :: back != NONE && !unbegun -> k = BACK; a = back; back = NONE; goto handle
  :: back != NONE && unbegun -> k = START; a = 1; unbegun = false; goto handle
  :: back == NONE && nempty(ready) -> ready?k,a; goto handle
  :: back == NONE && empty(ready) ->
#ifndef BUG_SPARE
     offerSpare();
#endif
     atomic {
       if
       :: head == BUSY -> holders--; head = IDLE
       :: else ->
#ifndef BUG_SPARE
          if
          :: cur == NONE && wp -> spare = NONE
          :: else
          fi;
#endif
          wp = false; goto drive
       fi
     };
#ifdef BUG_SPARE
     offerSpare();
#endif
     rest()
  fi;

handle:
  if
  :: k == FIRE -> wake(a); goto drive
  :: k == CANCEL -> requestCancel(a); goto drive
  :: k == RESUME && a == cur -> goto resume
  :: (k == RESUME && a != cur) || k == BACK ->
     offerSpare();
     toParked(k, a);
     rest()
  :: k == START && cur == NONE -> cur = a; thr[a] = me; wst[a] = RUN; goto body
  :: k == START && cur != NONE -> toDriver(k, a); goto parked
  fi;

parked:
  if
  :: atomic {
       granted[me] -> granted[me] = false;
       if
       :: order[me] == O_NONE -> goto end
       :: order[me] == O_EXIT -> order[me] = O_RES; goto out
       :: order[me] == O_DRIVE || order[me] == O_FIRST -> hold(); k = pk[me]; a = pa[me]; wipe(me); goto handle
       :: order[me] == O_RES -> hold(); wipe(me); goto resume
       fi
     }
  :: intr[me] && !granted[me] ->
     intr[me] = false;
     push(CANCEL, 0, own);
#ifndef BUG_INTR
     atomic {
       if
       :: own -> own = false; goto drive
       :: else -> goto parked
       fi
     }
#else
     goto parked
#endif
#ifdef DEEP
  :: failed == SOME && !granted[me] && cur != NONE && cur != CLOSER -> failed = me; goto parked
  :: atomic { failed == me && head == IDLE -> head = BUSY; hold() }; goto overflow
#ifndef BUG_DEEP
  :: atomic { failed == me && mayBeTakenBack(grantee) -> seeGrant(); takeBack() };
#else
  :: atomic { failed == me && mayBeTakenBack(grantee) -> seeGrant() }; takeBack();
#endif
     if
     :: order[sp] == O_DRIVE -> assert(spare == NONE); spare = sp
     :: order[sp] == O_NONE -> drivers--
     :: else
     fi;
     putBack(k, a);
     goto overflow
#endif
  fi;

#ifdef DEEP
/* with the baton: the task on this stack goes on where it was to wait, with the overflow, and ends */
overflow:
  assert(holders == 1);
  failed = NONE;
#ifdef EAGER
  if
  :: cur == 0 && pc[0] == 3 ->           /* it was to wait for task 1, which may not have begun */
     if
     :: back == me -> back = NONE
     :: else
     fi;
     if
     :: unbegun -> unbegun = false; wst[1] = DONE; live--
     :: else
     fi
  :: else
  fi;
#endif
  if
  :: wst[cur] == QUEUED -> ready??RESUME,eval(cur)
  :: else
  fi;
  goto fin;
#endif

resume:
  wst[cur] = RUN;
#ifdef DEEP
  if
  :: failed == me -> failed = NONE
  :: else
  fi;
#endif

body:
  assert(holders == 1);
  assert(thr[cur] == me);
  if
  :: cur == CLOSER -> goto closer
  :: canc[cur] -> goto fin
#ifndef EAGER
  :: cur == 0 && pc[0] == 0 -> pc[0] = 1; live = 2; ready!START,1; ready!START,2; goto body
  :: cur == 0 && pc[0] == 1 -> pc[0] = 2; awaitFuture()
  :: cur == 0 && pc[0] == 2 -> goto fin
#else
  :: cur == 0 && pc[0] == 0 -> pc[0] = 1; live = 1; wst[1] = DONE; ready!START,2; goto body
  :: cur == 0 && pc[0] == 1 -> pc[0] = 2; awaitFuture()
  :: cur == 0 && pc[0] == 2 ->
     pc[0] = 3; live++; wst[1] = NEW;                   /* no task has been task 1 before */
#ifndef BUG_EAGER
     back = me;
     toDriver(START, 1);
#else
     toDriver(START, 1);
     back = me;
#endif
     goto parked
  :: cur == 0 && pc[0] == 3 -> assert(wst[1] != NEW); goto fin
#endif
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
     requestCancel(1);
     requestCancel(2);
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
     atomic { cur = NONE; forget(); goto drive }
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
    :: head == BUSY -> head = CLOSED
    :: else -> goto closer
    fi
  };
  if
  :: spare != NONE -> sp = spare; spare = NONE; order[sp] = O_EXIT; grantsTo(sp); granted[sp] = true
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
     requestCancel(a);
     if
     :: nempty(ready) -> ready?k,a
     :: empty(ready) -> k = 0; break
     fi
  :: else -> break
  od;
  if
  :: k == RESUME -> toParked(k, a)
  :: k == START -> toDriver(k, a)
  :: k == 0 -> /* nothing to run: back to IDLE, or on if more arrived */
     atomic {
       a = 0;
       if
       :: head == BUSY -> holders--; head = IDLE
       :: else -> goto again
       fi
     }
  fi
}

proctype completer(byte f) {
  byte k, a, tk, ta, sp, old;
  bool own;
  atomic { old = fut[f]; fut[f] = 2 };
  if
  :: old == 1 ->
     atomic { old = 0; push(FIRE, f, own) };
     if
     :: own -> own = false;
again:  dispatch()
     :: else
     fi
  :: else
  fi
}

proctype canceller(byte t) {
  byte k, a, tk, ta, sp;
  bool own;
  push(CANCEL, t, own);
  if
  :: own -> own = false;
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
