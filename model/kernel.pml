/*
 * The protocol by which the threads of one event loop pass the baton: who may run the loop's code.
 *
 * The scene: a caller (thread 0) carries main (task 0), which starts tasks 1 and 2 and awaits a
 * future, as both of them do; task 2 then yields once. Three foreign threads complete the three
 * futures. When main ends, its thread closes the loop: tasks left over are cancelled and awaited.
 * Up to four drivers run tasks on an empty stack; at most one idle driver is kept as the spare.
 *
 * The loop is written once, passOn. It is run by a thread whose task has suspended, by a driver with an
 * empty stack, and by a thread that found the loop idle when it brought something.
 *
 * What is checked, in every interleaving: nobody runs the loop's code without the baton, and never
 * two at once; no grant overwrites another; a task resumes only on the thread that has its stack;
 * a task that was started eagerly has begun when main goes on; a body is in one step at a time and ends once;
 * at the end every task is done, or has never begun since the loop was abandoned, every driver is gone, the inbox
 * and the ready queue are empty; and nobody waits for ever (spin's "invalid end state").
 *
 * Not in the model: memory order weaker than sequential consistency, timers, interrupts of a body
 * that runs, a body that never ends, a thread that cannot be started, main's thread that cannot be parked while it
 * closes the loop (that abandons it), how a parked thread is woken when the loop is abandoned. What only the holder
 * looks at changes in one step, with the compareAndSet that follows, and what nobody looks at any more is reset:
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
 *   -DABANDON    a foreign thread abandons the loop, at any time, and the body of task 2 is on no stack while it is
 *                suspended. Parked threads leave: they go on without the baton, and their tasks end. The body that is
 *                on no stack is ended by the last holder: who took the head of an idle loop, or else who finds the
 *                loop closed when it looks for something to run
 *   -DMAIN       main is compiled: it is on no stack while it is suspended, and goes on where its turn comes: on a driver, or
 *                on the caller, which runs nothing else, if there is no spare. Whoever ends it lets the caller go on
 *   -DBUG_MAIN   a planted bug (needs -DMAIN): a driver that ends main does not say so
 *   -DBUG_SPARE  a planted bug: the idle driver names itself the spare after it let go of the baton
 *   -DBUG_INTR   a planted bug (needs -DINTR): the interrupt's own entry may have taken the baton
 *                from an idle loop, and the interrupted thread does not look
 *   -DBUG_EAGER  a planted bug (needs -DEAGER): main says that it waits for the baton after it let go of it
 *   -DBUG_DEEP   a planted bug (needs -DDEEP): a grant is taken back although it may have been taken since it was seen
 *   -DBUG_UNWIND a planted bug (needs -DABANDON): who abandons the loop ends the body although there may be a holder
 *   -DBUG_IDLE   a planted bug (needs -DABANDON): who abandons an idle loop leaves the body to a holder
 *   -DBUG_LEAVE  a planted bug (needs -DABANDON): a thread leaves without a word, and may be granted the baton then
 *   -DBUG_EARLY  a planted bug (needs -DABANDON): a thread leaves before the loop is closed, and would wait there again
 *
 * check.sh runs all of these, and those without a bug together where the states are not too many.
 */

/* head: one word for the inbox and for who holds the baton */
#define BUSY     0   /* there is a holder, the inbox is empty */
#define IDLE     1   /* there is no holder */
#define CLOSED   2
#define NONEMPTY 3   /* there is a holder, the inbox is not empty */

/* kinds of entries */
#define NOTHING 0
#define START   1
#define RESUME  2
#define BACK    3    /* the task that this thread started eagerly has suspended or ended */
#define FIRE    4    /* kernel code: a future of this task is done, wake it */
#define CANCEL  5    /* kernel code */

/* what a grant may be besides NOTHING and an entry */
#define EXIT    6
#define REVOKED 7    /* what this new driver was to begin with has been taken back */
#define LEFT    8    /* its owner takes no grant any more */

/* states of a task */
#define NEW    0
#define RUN    1
#define SUSP   2
#define QUEUED 3
#define DONE   4

#define NONE 9
#define SOME 8
#define FOREIGN 10   /* a thread that runs no tasks, and its stack */
#define MAXT 5       /* the caller and four drivers */
#define CLOSER 3     /* main's thread, waiting for the leftovers */
#define WAITS  7     /* main's thread, with main on no stack */

/* any thread */
byte head = BUSY;
chan inbox = [8] of { byte, byte };
bool abandoned = false; /* before the head is CLOSED */
#ifdef DEEP
byte grantee = NONE; /* the thread that was granted the baton last; written before the grant */
byte failed = SOME;  /* the thread that cannot be parked; SOME: any may become it; NONE: it has the baton again */
#endif

/* only the holder */
chan ready = [8] of { byte, byte };
byte spare = NONE;
byte back = NONE;    /* the thread that waits for a task it started eagerly */
bool unbegun = false; /* that task comes next, and then that thread */
byte live = 0;
byte drivers = 0;
byte nextTid = 1;
bool closing = false;

/* only to check */
byte holders = 0;
bool finished = false;

/* each thread; its grant is one word: NOTHING, an entry, or what else it may be */
byte grant[MAXT];
byte grantOf[MAXT];  /* the task or thread that the entry is about */
bool begun[MAXT];    /* it has held the baton */
bool intr[MAXT];

/* each task; its future is 0: pending, 1: has a waiter, 2: done */
byte wst[4];
byte pc[4];
byte fut[4];
byte thr[4];         /* the thread that has it on its stack, or NONE */
bool canc[4];

#if defined(ABANDON) && defined(MAIN)
#define isCompiled(t) (t == 2 || t == 0)
#elif defined(ABANDON)
#define isCompiled(t) (t == 2)
#elif defined(MAIN)
#define isCompiled(t) (t == 0)
#else
#define isCompiled(t) false
#endif
#define isOffStack(t) ((wst[t] == SUSP || wst[t] == QUEUED) && thr[t] == NONE)

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

inline hold() {
  holders++; assert(holders == 1 && !finished);
#ifdef DEEP
  grantee = NONE     /* whose grant was taken, so that states do not differ in it */
#endif
}

/* what a thread does not look at any more, so that its states do not differ in it */
inline forget() {
  k = NOTHING; a = 0; sp = 0
}

/* ---- the loop; `gone` is where a thread goes on when the baton is another's or nobody's */

/* one CAS: the thread that finds the loop idle has the baton */
inline push(kk, aa) {
  atomic {
    if
    :: head == CLOSED -> goto gone       /* dropped */
    :: head == IDLE -> inbox!kk,aa; head = NONEMPTY; hold()
    :: else -> inbox!kk,aa; head = NONEMPTY; goto gone
    fi
  }
}

/* by the holder, who is the last one if the loop was abandoned */
inline drain() {
  atomic {
    assert(holders == 1 && head != IDLE);
    if
    :: head == NONEMPTY ->
       do
       :: nempty(inbox) -> inbox?tk,ta; ready!tk,ta
       :: empty(inbox) -> break
       od;
       tk = 0; ta = 0;
       head = BUSY
    :: head == CLOSED -> goto last
    :: else -> skip
    fi
  }
}

#define parkedOn (k == BACK -> a : (k == RESUME -> thr[a] : NONE))
#define needsStack ((k == START || k == RESUME) && sp == NONE)

/* the entry whose turn it is, and in sp the thread that is parked for it. Read once: a thread that leaves ends its task */
inline poll() {
  if
  :: unbegun -> k = START; a = 1; unbegun = false
  :: !unbegun && back != NONE -> k = BACK; a = back; back = NONE
  :: !unbegun && back == NONE && nempty(ready) -> ready?k,a
  :: !unbegun && back == NONE && empty(ready) -> k = NOTHING; a = 0
  fi;
  sp = parkedOn
}

/* whether a thread goes on itself whose stack is own: that of a task, an empty one (NONE), or FOREIGN */
#define isTurnOf(own) ((k == RESUME && a == own) || (k == BACK && a == me) || (own == NONE && needsStack) \
                       || (own == WAITS && needsStack && a == 0))

/* by a driver with an empty stack, before it lets go of the baton */
inline offerSpare(own) {
  atomic {
    if
    :: own == NONE && spare == NONE -> spare = me; stay = true
    :: else
    fi
  }
}

inline withdrawSpare() {
  atomic {
    if
    :: stay -> spare = NONE; stay = false
    :: else
    fi
  }
}

/* one CAS, which fails if something came in */
inline goIdle() {
  atomic {
    if
    :: head == BUSY -> holders--; head = IDLE; goto gone
    :: else
    fi
  }
}

/* the holder says whom it is about to grant the baton */
inline grantsTo(who) {
#ifdef DEEP
  grantee = (failed == NONE -> NONE : who)
#else
  skip
#endif
}

/* one CAS, which fails if the other has left */
inline give(who) {
  grantsTo(who);
  atomic {
    if
    :: grant[who] == LEFT
    :: else ->
       holders--;
       assert(grant[who] == NOTHING); grant[who] = k; grantOf[who] = a;
       forget(); goto gone
    fi
  }
}

/* to the spare or to a new thread */
inline toDriver() {
  if
  :: spare != NONE -> sp = spare; spare = NONE; give(sp)
#ifdef MAIN
  :: spare == NONE && a == 0 && me != 0 -> sp = 0; give(sp)
  :: spare == NONE && (a != 0 || me == 0) ->
#else
  :: else ->
#endif
     sp = nextTid; nextTid++; assert(sp < MAXT); drivers++;
     grantsTo(sp);
     atomic { holders--; grant[sp] = k; grantOf[sp] = a };
     atomic { run loopThread(sp, NONE); forget(); goto gone }
  fi
}

/*
 * What a thread does that has the baton and nothing to run. It comes out as the holder, with the entry that its own stack
 * goes on with, or at gone; or at last, if the loop was abandoned.
 */
inline passOn(own) {
  do
  :: drain();
     atomic {
       poll();
       if
       :: k == FIRE -> wake(a)
       :: k == CANCEL -> requestCancel(a)
       :: isTurnOf(own) -> break
       :: else ->
#ifndef BUG_SPARE
          offerSpare(own);
#endif
          if
          :: k == NOTHING -> goIdle()
          :: k != NOTHING && needsStack -> toDriver()
          :: k != NOTHING && !needsStack -> give(sp)
          fi;
          withdrawSpare()
       fi
     }
  od
}

/* ---- a loop that was abandoned */

inline endTask(t) {
  assert(wst[t] != DONE); wst[t] = DONE; thr[t] = NONE
}

/* a body that is on no stack goes on with the error, and ends */
inline unwind(t) {
  if
  :: isOffStack(t) -> wst[t] = RUN; assert(wst[t] == RUN); endTask(t)
  :: else
  fi
}

#ifndef BUG_EARLY
#define mayLeave (abandoned && head == CLOSED)
#else
#define mayLeave abandoned
#endif

/* one CAS, which fails if this thread was granted the baton */
inline leave() {
#ifndef BUG_LEAVE
  grant[me] = LEFT
#else
  skip
#endif
}

/* by the last holder */
inline dropAll() {
  assert(holders == 1);
  atomic {
    do
    :: nempty(ready) -> ready?tk,ta
    :: empty(ready) -> break
    od;
    tk = 0; ta = 0
  };
  unwind(0);
  unwind(2);
  atomic { holders--; finished = true }
}

/* ---- a stack that cannot be parked */

/* what was to run next comes next all the same */
inline putBack() {
  if
  :: k == BACK -> assert(back == NONE); back = a
  :: k == START && back != NONE -> unbegun = true
  :: else ->
     atomic {
       n = len(ready);
       ready!k,a;
       do
       :: n > 0 -> ready?tk,ta; ready!tk,ta; n--
       :: else -> break
       od;
       tk = 0; ta = 0
     }
  fi
}

#define mayBeTakenBack(t) (t != NONE && t != me && grant[t] != NOTHING && grant[t] < EXIT)

inline seeGrant() {
  sp = grantee; k = grant[sp]; a = grantOf[sp]
}

/* takes the baton from sp, which was granted it last; a new thread is told, since it may not have looked yet */
inline takeBack() {
  atomic {
    grant[sp] = (begun[sp] -> NOTHING : REVOKED); grantOf[sp] = 0;
    hold()
  }
}

/* ---- threads and their tasks */

/* task cur awaits its future: goes on if that is done, suspends if not */
inline awaitFuture() {
  atomic {
    if
    :: fut[cur] == 2 -> goto body
    :: else -> fut[cur] = 1; suspend(SUSP)
    fi
  }
}

inline suspend(state) {
  atomic {
    assert(wst[cur] == RUN);
    wst[cur] = state;
    if
    :: isCompiled(cur) -> thr[cur] = NONE; cur = (me == 0 -> WAITS : NONE)
    :: else
    fi;
    goto drive
  }
}

/* thread me, with the stack of task cur on it, or with an empty stack (NONE) */
proctype loopThread(byte me; byte cur) {
  byte k, a, tk, ta, sp, n;
  bool stay;           /* this driver has offered itself as the spare */

  if
  :: cur == 0 -> begun[0] = true; hold(); wst[0] = RUN; goto body
  :: else -> goto parked
  fi;

drive:
  passOn(cur);

/* the holder, with the entry that this stack goes on with */
goOn:
  atomic {
    if
    :: cur == WAITS && k == BACK -> forget(); goto mainEnded
    :: (cur == NONE || (cur == WAITS && k != BACK)) && wst[a] == DONE -> goto drive /* its thread has left meanwhile, and it has ended */
    :: (cur == NONE || (cur == WAITS && k != BACK)) && wst[a] != DONE -> cur = a; thr[a] = me
    :: else -> assert(k == BACK || a == cur)
    fi;
    assert(wst[cur] == (k == START -> NEW : (k == BACK -> RUN : QUEUED)));
    wst[cur] = RUN; forget();
#ifdef DEEP
    if
    :: failed == me -> failed = NONE
    :: else
    fi;
#endif
    goto body
  };

gone:
#ifdef BUG_SPARE
  offerSpare(cur);
#endif
#ifdef BUG_EAGER
  if
  :: cur == 0 && pc[0] == 3 -> back = me
  :: else
  fi;
#endif
  atomic {
    if
    :: cur != NONE || stay -> stay = false; goto parked
    :: else -> goto out
    fi
  };

parked:
  if
  :: atomic {
       grant[me] != NOTHING ->
       k = grant[me]; a = grantOf[me]; grant[me] = NOTHING; grantOf[me] = 0;
       if
       :: k == REVOKED -> goto end
       :: k == EXIT -> goto out
       :: else -> hold(); begun[me] = true; goto goOn
       fi
     }
  :: intr[me] && grant[me] == NOTHING ->
     intr[me] = false;
     push(CANCEL, 0);                                   /* as a foreign thread does */
#ifndef BUG_INTR
     passOn(FOREIGN)
#else
     goto parked
#endif
#ifdef ABANDON
  :: atomic { mayLeave && grant[me] == NOTHING -> leave(); goto closed }
#endif
#ifdef DEEP
  :: failed == SOME && grant[me] == NOTHING && cur != NONE && cur != CLOSER && cur != WAITS -> failed = me; goto parked
  :: atomic { failed == me && head == IDLE -> head = BUSY; hold() }; goto overflow
#ifndef BUG_DEEP
  :: atomic { failed == me && mayBeTakenBack(grantee) -> seeGrant(); takeBack() };
#else
  :: atomic { failed == me && mayBeTakenBack(grantee) -> seeGrant() }; takeBack();
#endif
     if
     :: !begun[sp] -> drivers--
     :: begun[sp] && sp != 0 && parkedOn == NONE && head != CLOSED -> assert(spare == NONE); spare = sp
     :: else
     fi;
     putBack();
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
  wst[cur] = RUN;
  goto fin;
#endif

body:
  assert(holders == 1 && thr[cur] == me);
  if
  :: cur == CLOSER -> goto closer
  :: canc[cur] -> goto fin
  :: cur != CLOSER && head == CLOSED -> goto fin        /* what it awaits is refused */
#ifndef EAGER
  :: cur == 0 && pc[0] == 0 -> pc[0] = 1; live = 2; ready!START,1; ready!START,2; goto body
  :: cur == 0 && pc[0] == 1 -> pc[0] = 2; awaitFuture()
  :: cur == 0 && pc[0] == 2 -> goto fin
#else
  :: cur == 0 && pc[0] == 0 -> pc[0] = 1; live = 1; wst[1] = DONE; ready!START,2; goto body
  :: cur == 0 && pc[0] == 1 -> pc[0] = 2; awaitFuture()
  :: cur == 0 && pc[0] == 2 ->
     pc[0] = 3; live++; wst[1] = NEW;                   /* no task has been task 1 before */
     unbegun = true;
#ifndef BUG_EAGER
     back = me;
#endif
     goto drive
  :: cur == 0 && pc[0] == 3 -> assert(wst[1] != NEW); goto fin
#endif
  :: cur == 1 && pc[1] == 0 -> pc[1] = 1; awaitFuture()
  :: cur == 1 && pc[1] == 1 -> goto fin
  :: cur == 2 && pc[2] == 0 -> pc[2] = 1; awaitFuture()
  :: cur == 2 && pc[2] == 1 -> atomic { pc[2] = 2; ready!RESUME,2; suspend(QUEUED) }   /* sleep(0) */
  :: cur == 2 && pc[2] == 2 -> goto fin
  fi;

fin:
  atomic {
    assert(wst[cur] == RUN);
    endTask(cur);
    if
    :: cur == 0 && me != 0 ->
#ifndef BUG_MAIN
       back = 0;
#endif
       cur = NONE; forget(); goto drive
    :: cur == 0 && me == 0 -> goto mainEnded
    :: else ->
       live--;
       if
       :: live == 0 && closing && wst[CLOSER] == SUSP -> wst[CLOSER] = QUEUED; ready!RESUME,CLOSER
       :: else
       fi;
       cur = NONE; forget(); goto drive
    fi
  };

/* by the caller, as the holder: it closes the loop */
mainEnded:
  atomic {
    assert(me == 0 && holders == 1 && wst[0] == DONE);
    closing = true;
    requestCancel(1);
    requestCancel(2);
    cur = CLOSER; thr[CLOSER] = me; wst[CLOSER] = RUN;
    if
    :: live > 0 -> wst[CLOSER] = SUSP; goto drive
    :: else -> goto closer
    fi
  };

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
  :: spare != NONE ->
     sp = spare; spare = NONE; grantsTo(sp);
     atomic {
       if
       :: grant[sp] == LEFT
       :: else -> assert(grant[sp] == NOTHING); grant[sp] = EXIT
       fi
     }
  :: else
  fi;
  drivers == 0;
  holders--;
  finished = true;
  assert(wst[0] == DONE && wst[1] == DONE && wst[2] == DONE && empty(inbox) && empty(ready));
  goto end;

/* the loop was abandoned, and this is its last holder */
last:
  dropAll();

/* without the baton: the body on this stack goes on with the error, and ends */
closed:
  atomic {
    assert(head == CLOSED);
    if
    :: cur != NONE && cur != WAITS -> endTask(cur)
    :: else
    fi
  };
  if
  :: me != 0 -> goto out
  :: else -> goto end
  fi;

out:
  drivers--;
end:
  skip
}

/* a thread that is none of the loop's: it completes the future of task a, or cancels that */
proctype foreign(byte k; byte a) {
  byte me = FOREIGN, tk, ta, sp, old;
  bool stay;
  if
  :: k == FIRE ->
     atomic { old = fut[a]; fut[a] = 2 };
     if
     :: old == 1 -> old = 0
     :: else -> goto gone
     fi
  :: else
  fi;
  push(k, a);
  passOn(FOREIGN);
last:
  dropAll();
gone:
  skip
}

#ifdef ABANDON
proctype abandoner() {
  byte tk, ta;
  abandoned = true;
  atomic {             /* who takes the head drops the inbox */
    do
    :: nempty(inbox) -> inbox?tk,ta
    :: empty(inbox) -> break
    od;
    tk = 0; ta = 0;
    if
#ifndef BUG_IDLE
    :: head == IDLE -> head = CLOSED; hold(); goto last
#endif
    :: else -> head = CLOSED
    fi
  };
#ifdef BUG_UNWIND
  unwind(2);
#endif
  goto end;
last:
  dropAll();
end:
  skip
}
#endif

init {
  atomic {
    run loopThread(0, 0);
    run foreign(FIRE, 0);
    run foreign(FIRE, 1);
    run foreign(FIRE, 2);
#ifdef CANC
    run foreign(CANCEL, 2);
#endif
#ifdef ABANDON
    run abandoner();
#endif
#ifdef INTR
    intr[0] = true;
#endif
  }
  _nr_pr == 1;
  assert(wst[0] == DONE && (wst[1] == DONE || wst[1] == NEW) && (wst[2] == DONE || wst[2] == NEW));
  assert(holders == 0 && drivers == 0 && empty(inbox) && empty(ready))
}
