"""Generates small asyncio programs and writes down what CPython's own asyncio does with them.

    python generate_corpus.py OUTPUT.jsonl [--count N] [--seed N]
    python generate_corpus.py --last-cycle OUTPUT.jsonl [--count N] [--seed N]
    python generate_corpus.py --run PROGRAMS.jsonl OUTPUT.jsonl      # traces of given programs

The first line of the output tells where it comes from; each other line is a program with its trace. README.md
beside this file explains the program language. CorpusTest.java runs the same programs with the library.

A program's main is what asyncio.run is given, and asyncio's own Runner closes the loop; the trace goes on until it has
closed. With --last-cycle, only programs are kept whose trace would be another one if what is left were cancelled as
soon as main has ended: each is run once more on an ImpatientLoop to see that.

What this script changes about asyncio, so that a program has one trace and not several; nothing else is touched:

1. Time is virtual. The loop is asyncio's own BaseEventLoop with its own _run_once; only its selector and its
   time() are replaced: when nothing is ready, the clock jumps to the next timer. Times are integers.
2. Timers with equal deadlines fire in the order of their creation. asyncio leaves that order open; TimerHandle's
   comparison is extended to (when, sequence).
3. Sets of tasks are iterated in the order of insertion. asyncio uses plain sets, ordered by memory address, in
   TaskGroup, wait, as_completed and all_tasks, by which Runner.close finds what to cancel.

Programs whose trace hangs on something in which the library departs from asyncio by design are left out and
counted; see the class Departure.
"""

import argparse
import asyncio
import collections
import gc
import heapq
import json
import random
import sys
import warnings
from asyncio import base_events, events, futures, tasks

CANCELLED = asyncio.CancelledError


# ---- the loop


class OrderedSet(dict):
    """The part of a set that asyncio uses, in the order of insertion."""

    def __init__(self, items=()):
        super().__init__((item, True) for item in items)

    def add(self, item):
        self[item] = True

    def discard(self, item):
        self.pop(item, None)

    def remove(self, item):
        del self[item]


class OrderedTaskGroup(asyncio.TaskGroup):
    def __init__(self):
        super().__init__()
        self._tasks = OrderedSet()


class OrderedAsCompleted(tasks._AsCompletedIterator):
    """__init__ is a copy of asyncio's; the two sets are ordered ones."""

    def __init__(self, aws, timeout):
        self._done = asyncio.Queue()
        self._timeout_handle = None
        loop = events.get_running_loop()
        todo = OrderedSet(tasks.ensure_future(aw, loop=loop) for aw in OrderedSet(aws))
        for f in todo:
            f.add_done_callback(self._handle_completion)
        if todo and timeout is not None:
            self._timeout_handle = loop.call_later(timeout, self._handle_timeout)
        self._todo = todo
        self._todo_left = len(todo)


tasks.set = OrderedSet  # what wait() makes of its argument and returns
tasks.all_tasks = lambda loop: loop.left_over()


class OrderedTimer(asyncio.TimerHandle):
    __slots__ = ("sequence",)

    def __lt__(self, other):
        return (self._when, self.sequence) < (other._when, other.sequence)


class VirtualLoop(base_events.BaseEventLoop):
    """asyncio's loop; its selector is this object, and waiting in it moves the clock."""

    def __init__(self, kept_messages):
        super().__init__()
        self._selector = self
        self._clock_resolution = 0.5  # timers up to time() + resolution are due; times are integers
        self._now = 0
        self._timers = 0
        self._kept_messages = kept_messages
        self.created = []
        self.set_task_factory(self._make_task)
        self.set_exception_handler(self._note)
        self.broken = []
        self.lost = []  # tasks that failed while the loop closed
        self.made_before_closing = 0
        self.dropped = False

    def _note(self, loop, context):
        if context["message"].startswith("Exception in callback"):
            self.broken.append(context["exception"])
        elif context["message"] == "unhandled exception during asyncio.run() shutdown":
            self.lost.append(context["task"])

    def left_over(self):
        self.made_before_closing = len(self.created)
        return [task for task in self.created if not task.done()]

    def close(self):
        late = self.created[self.made_before_closing :]  # asyncio reports these when they are garbage
        self.lost += [task for task in late if outcome_text(task).startswith("failed")]
        due = [timer for timer in self._scheduled if timer.when() <= self._now]
        self.dropped = any(not handle.cancelled() for handle in [*self._ready, *due])
        super().close()

    def time(self):
        return self._now

    def select(self, timeout):
        if timeout is None:
            raise Stuck
        self._now += timeout
        return []

    def _process_events(self, event_list):
        pass

    def _write_to_self(self):
        pass

    def call_at(self, when, callback, *args, context=None):
        timer = OrderedTimer(when, callback, args, self, context)
        timer.sequence = self._timers
        self._timers += 1
        heapq.heappush(self._scheduled, timer)
        timer._scheduled = True
        return timer

    def create_future(self):
        return KeptFuture(loop=self) if self._kept_messages else super().create_future()

    def _make_task(self, loop, coro, **kwargs):
        task = (KeptTask if self._kept_messages else asyncio.Task)(coro, loop=loop, **kwargs)
        self.created.append(task)
        return task


class Stuck(Exception):
    pass


class MainEnded(BaseException):
    pass


class ReadyQueue(collections.deque):
    main = None

    def popleft(self):
        if self.main is not None and self.main.done():
            raise MainEnded
        return super().popleft()


class ImpatientLoop(VirtualLoop):
    """Stops as soon as main has ended, in the middle of a cycle. What is ready stays so, but not the stopping callback."""

    def __init__(self, kept_messages):
        super().__init__(kept_messages)
        self._ready = ReadyQueue()

    def run_until_complete(self, future):
        if not is_main(future):
            return super().run_until_complete(future)
        self._ready.main = future
        try:
            return super().run_until_complete(future)
        except MainEnded:
            self._ready.main = None
            stop = next(h for h in self._ready if h._callback is base_events._run_until_complete_cb)
            self._ready.remove(stop)
            return future.result()


def is_main(future):
    return isinstance(future, (asyncio.Task, tasks._PyTask)) and future.get_coro().__name__ == "main"


# ---- asyncio's pure Python futures, changed to what the library does: cancel messages are kept where asyncio loses
# ---- them. A program that has another trace with these is left out; no trace that is written comes from them.


class KeptMessage:
    def _make_cancelled_error(self):
        if self._cancelled_exc is not None:
            return CANCELLED(*self._cancelled_exc.args)
        return CANCELLED() if self._cancel_message is None else CANCELLED(self._cancel_message)


class KeptFuture(KeptMessage, futures._PyFuture):
    def cancel(self, msg=None):
        caller = sys._getframe(1)
        if caller.f_code.co_name == "_inner_done_callback":  # a shield that passes the end of its inner future on
            msg = (caller.f_locals["inner"]._make_cancelled_error().args or [None])[0]
        return super().cancel(msg)


class KeptTask(KeptMessage, tasks._PyTask):
    requested = None

    def cancel(self, msg=None):
        caller = sys._getframe(1).f_code.co_name
        if caller in ("__aexit__", "_aexit"):  # a task group that repeats what its errors have hidden
            msg = self.requested
        elif caller != "_on_task_done":  # a task group's own
            self.requested = msg
        return super().cancel(msg)


class KeptGather(tasks._GatheringFuture):
    def _make_cancelled_error(self):
        error = None if self.cancelled() else self.exception()
        return CANCELLED(*error.args) if is_cancel(error) else super()._make_cancelled_error()


class Departure(Exception):
    """A program meets something that the library does differently on purpose."""


MESSAGE = "a cancel message is read a second time"
RING = "a cancel runs around a ring of tasks"
SELF = "a task awaits itself"
ENDLESS = "a task that no cancel ends"
GATHER = "FIRST_EXCEPTION and a cancelled gather"
LATE = "a task made while closing is not done when the loop has closed"
QUEUED = "a callback is queued when the loop has closed"
OUTSIDE = "a cancel from outside of the loop"
DEPARTURES = [MESSAGE, RING, SELF, ENDLESS, GATHER, LATE, QUEUED, OUTSIDE]
TOO_LONG = "too long"


# ---- the interpreter


class ProgramError(Exception):
    """The named errors that programs raise."""


class Return:
    def __init__(self, value):
        self.value = value


def leaf(error):
    """The first failure of a group: what the library throws in its place."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def is_cancel(error):
    return isinstance(error, CANCELLED)


def error_text(error):
    error = leaf(error)
    if isinstance(error, ProgramError):
        return str(error)
    if isinstance(error, TimeoutError):
        return "Timeout"
    if is_cancel(error):
        return "Cancel"
    if isinstance(error, Departure):
        return "Departure"
    raise error


def value_text(value):
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "[" + " ".join(map(value_text, value)) + "]"
    if is_cancel(value):
        return "~"
    if isinstance(value, BaseException):
        return "!" + error_text(value)
    raise AssertionError(value)


def outcome_text(future):
    if not future.done():
        return "pending"
    if future.cancelled() or is_cancel(future.exception()):
        return "cancelled"
    if future.exception() is not None:
        return "failed " + error_text(future.exception())
    return "value " + value_text(future.result())


def reason_text(error):
    return str(error.args[0]) if error.args and error.args[0] else "-"


class Interpreter:
    def __init__(self, program, loop):
        self.program = program
        self.loop = loop
        self.trace = []
        self.departure = None
        self.met = set()  # the constructs that were come to
        self.labels = {}  # of tasks
        self.named = {}  # tasks and futures
        self.groups = {}
        self.timeouts = {}
        self.timers = {}

    # ---- the frame of every program

    def run(self):
        try:
            self.run_mains()
        except Stuck:
            self.departure = self.departure or ENDLESS  # asyncio.run would wait for ever
        if not self.departure:
            undone = not all(task.done() for task in self.loop.created)
            self.departure = LATE if undone else QUEUED if self.loop.dropped else None
        if self.departure:
            raise Departure(self.departure)
        if self.loop.broken:
            raise self.loop.broken[0]
        lost = [f"reported {self.labels.get(task, '?')} {error_text(task.exception())}" for task in self.loop.lost]
        self.trace += sorted(lost)
        for name, future in sorted(self.named.items()):
            text = f"{name} {outcome_text(future)}"
            if hasattr(future, "cancelling"):
                text += f" cancelling={future.cancelling()}"
            self.trace.append("end " + text)
        return self.trace

    def run_mains(self):
        first, *others = self.program["mains"]
        if not others:
            self.note_end(asyncio.run, self.main("M", first), loop_factory=lambda: self.loop)
            return
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            self.note_end(runner.run, self.main("M", first))
            for number, body in enumerate(others, 2):
                for action in self.program["between"]:
                    self.act(action)
                self.note_end(runner.run, self.main(f"M{number}", body))

    def note_end(self, run, main, **settings):
        try:
            text = "value " + value_text(run(main, **settings))
        except Stuck:
            raise
        except CANCELLED:
            text = "cancelled"
        except (Exception, BaseExceptionGroup) as error:
            text = "failed " + error_text(error)
        self.log("run gave " + text)

    def depart(self, reason):
        self.departure = reason
        raise Departure(reason)

    async def main(self, name, body):
        self.watch(name, tasks.current_task())
        self.rescue(name, 3)
        return await self.block(name, body)

    def rescue(self, name, times):
        """Cancels a main that has not ended a second later."""

        def cancel():
            main = self.named[name]
            if not main.done():
                if times == 0:
                    self.depart(ENDLESS)
                self.log(f"rescue {name}")
                main.cancel("end")
                self.rescue(name, times - 1)

        self.loop.call_later(1000, cancel)

    def log(self, text):
        if events._get_running_loop() is None:
            name = "outside"
        else:
            task = tasks.current_task()
            name = "loop" if task is None else self.labels.get(task, "?")
        self.trace.append(f"{self.loop.time()} {name}: {text}")
        if len(self.trace) > 400:
            self.depart(TOO_LONG)

    def watch(self, name, future):
        self.named[name] = future
        self.labels[future] = name
        future.add_done_callback(lambda f: self.log(f"{name} is done: {outcome_text(f)}"))

    async def block(self, name, body):
        """A coroutine. Whoever awaits it runs it in its own task; a task nobody named is named after it."""
        self.labels.setdefault(tasks.current_task(), name)
        result = await self.body(body)
        return result.value if result else None

    async def body(self, statements):
        for statement in statements:
            result = await self.statement(statement)
            if result:
                return result
        return None

    # ---- expressions

    def unbound(self, expression):
        kind = expression[0]
        if kind == "ref":
            return None if expression[1] in self.named else expression[1]
        if kind in ("gather", "outcomes"):
            return next(filter(None, map(self.unbound, expression[1])), None)
        if kind in ("shield", "waitFor"):
            return self.unbound(expression[1])
        return None

    def refuse_self(self, expression):
        """The library refuses at once, asyncio a turn later."""
        while expression[0] == "waitFor":
            expression = expression[1]
        if expression[0] == "ref" and self.named[expression[1]] is tasks.current_task():
            self.depart(SELF)

    def refuse_outside(self, future):
        """What the library is asked between two runs it does when it is the request's turn in the next one."""
        kinds = (asyncio.Task, tasks._PyTask, tasks._GatheringFuture)
        if events._get_running_loop() is None and isinstance(future, kinds) and not future.done():
            self.depart(OUTSIDE)

    def several(self, expressions):
        made = []
        for expression in expressions:
            made.append(made[expression[1]] if expression[0] == "same" else self.evaluate(expression))
        return made

    def evaluate(self, expression):
        self.met.add(expression[0])
        match expression:
            case ["ref", name]:
                return self.named[name]
            case ["run", name, body]:
                return self.block(name, body)
            case ["sleep", length]:
                return asyncio.sleep(length)
            case ["gather", parts]:
                return asyncio.gather(*self.several(parts))
            case ["outcomes", parts]:
                return asyncio.gather(*self.several(parts), return_exceptions=True)
            case ["shield", part]:
                return asyncio.shield(self.evaluate(part))
            case ["waitFor", part, limit]:
                return asyncio.wait_for(self.evaluate(part), limit)
        raise AssertionError(expression)

    # ---- statements

    async def statement(self, s):
        self.met.add(s[0])
        match s:
            case ["sleep", length]:
                await asyncio.sleep(length)
                self.log(f"slept {length}")
            case ["await", expression]:
                missing = self.unbound(expression)
                if missing:
                    self.log(f"no {missing}")
                else:
                    if expression[0] == "run":
                        self.met.add("inline")
                    self.refuse_self(expression)
                    self.log("got " + value_text(await self.evaluate(expression)))
            case ["return", value]:
                return Return(value)
            case ["raise", name]:
                raise ProgramError(name)
            case ["raiseCancel"]:
                raise CANCELLED()
            case ["try", body, handlers, cleanup]:
                return await self.attempt(body, handlers, cleanup)
            case ["group", name, body]:
                return await self.group(name, body)
            case ["timeout", name, limit, body]:
                return await self.timeout(name, limit, body)
            case ["wait", names, mode, limit]:
                await self.wait(names, mode, limit)
            case ["each", parts, limit, most]:
                await self.each(parts, limit, most)
            case ["repeat", times, body]:
                for _ in range(times):
                    result = await self.body(body)
                    if result:
                        return result
            case _:
                self.act(s)
        return None

    async def attempt(self, body, handlers, cleanup):
        try:
            return await self.body(body)
        except Exception as error:
            kind = "timeout" if isinstance(leaf(error), TimeoutError) else "error"
            handler = handlers.get(kind) or handlers.get("error")
            if handler is None:
                raise
            self.log("caught " + error_text(error))
            result = await self.body(handler[0])
            if result:
                return result
            if handler[1] == "raise":
                raise
            return None
        except CANCELLED as error:
            handler = handlers.get("cancel")
            if handler is None:
                raise
            self.log(f"caught cancel {reason_text(error)} cancelling={tasks.current_task().cancelling()}")
            result = await self.body(handler[0])
            if result:
                return result
            if handler[1] == "raise":
                raise
            return None
        finally:
            if cleanup is not None:
                self.met.add("finally")
                self.log("finally")
                await self.body(cleanup)

    async def group(self, name, body):
        group = OrderedTaskGroup()
        self.groups[name] = group
        try:
            async with group:
                result = await self.body(body)
        except BaseExceptionGroup as error:
            names = " ".join(map(error_text, error.exceptions))
            self.log(f"group {name} failed {names} cancelling={tasks.current_task().cancelling()}")
            raise
        self.log(f"group {name} is closed")
        return result

    async def timeout(self, name, limit, body):
        timeout = asyncio.timeout(limit)
        self.timeouts[name] = timeout
        try:
            async with timeout:
                return await self.body(body)
        finally:
            text = str(timeout.expired()).lower()
            self.log(f"timeout {name} expired={text} cancelling={tasks.current_task().cancelling()}")

    async def wait(self, names, mode, limit):
        missing = next((name for name in names if name not in self.named), None)
        if missing:
            self.log(f"no {missing}")
            return
        waited = [self.named[name] for name in names]
        done, pending = await asyncio.wait(waited, timeout=limit, return_when=mode)
        if mode == asyncio.FIRST_EXCEPTION:
            for future in done:
                if not future.cancelled() and is_cancel(future.exception()):
                    # gather's future fails with CancelledError and does not count as cancelled; ours does
                    self.depart(GATHER)
        show = lambda part: " ".join(name for name in dict.fromkeys(names) if self.named[name] in part) or "none"
        self.log(f"done {show(done)}, pending {show(pending)}")

    async def each(self, parts, limit, most):
        missing = next(filter(None, map(self.unbound, parts)), None)
        if missing:
            self.log(f"no {missing}")
            return
        count = 0
        for item in OrderedAsCompleted(self.several(parts), limit):
            try:
                self.log("next " + value_text(await item))
            except Exception as error:
                self.log("next !" + error_text(error))
            count += 1
            if count == most:
                break

    def act(self, s):
        """What needs no await, and may stand in a callback too."""
        self.met.add(s[0])
        match s:
            case ["log", text]:
                self.log(text)
            case ["task", name, body]:
                self.watch(name, asyncio.create_task(self.block(name, body)))
            case ["spawn", group, name, body]:
                self.spawn(group, name, body)
            case ["let", name, expression]:
                missing = self.unbound(expression)
                if missing:
                    self.log(f"no {missing}")
                else:
                    self.watch(name, self.evaluate(expression))
            case ["cancel", name, reason]:
                if name in self.named:
                    self.refuse_outside(self.named[name])
                    done = self.named[name].cancel(reason)
                    self.log(f"cancel {name} {str(done).lower()}")
                else:
                    self.log(f"no {name}")
            case ["cancelSelf", reason]:
                task = tasks.current_task()
                task.cancel(reason)
                self.log(f"cancelling={task.cancelling()}")
            case ["uncancel"]:
                self.log(f"uncancel {tasks.current_task().uncancel()}")
            case ["cancelling"]:
                self.log(f"cancelling={tasks.current_task().cancelling()}")
            case ["state", name]:
                self.log(f"{name} is {outcome_text(self.named[name])}" if name in self.named else f"no {name}")
            case ["reschedule", name, length]:
                self.reschedule(name, length)
            case ["future", name]:
                self.watch(name, self.loop.create_future())
            case ["set", name, value]:
                self.complete(name, "set", lambda future: future.set_result(value))
            case ["fail", name, error]:
                self.complete(name, "fail", lambda future: future.set_exception(ProgramError(error)))
            case ["later", name, delay, actions]:
                self.timers[name] = self.loop.call_later(delay, self.callback, name, actions)
            case ["soon", name, actions]:
                self.timers[name] = self.loop.call_soon(self.callback, name, actions)
            case ["unschedule", name]:
                if name in self.timers:
                    self.timers[name].cancel()
                else:
                    self.log(f"no {name}")
            case ["onDone", name, actions]:
                if name in self.named:
                    self.named[name].add_done_callback(lambda f: self.callback(f"after {name}", actions))
                else:
                    self.log(f"no {name}")
            case _:
                raise AssertionError(s)

    def callback(self, name, actions):
        self.log(f"callback {name}")
        for action in actions:
            self.act(action)

    def complete(self, name, verb, setter):
        future = self.named.get(name)
        if future is None:
            self.log(f"no {name}")
            return
        pending = not future.done()
        if pending:
            setter(future)
        self.log(f"{verb} {name} {str(pending).lower()}")

    def spawn(self, group, name, body):
        if group not in self.groups:
            self.log(f"no {group}")
            return
        coroutine = self.block(name, body)
        try:
            task = self.groups[group].create_task(coroutine)
        except RuntimeError:
            self.log(f"{group} takes no {name}")
            return
        self.watch(name, task)

    def reschedule(self, name, length):
        if name not in self.timeouts:
            self.log(f"no {name}")
            return
        try:
            self.timeouts[name].reschedule(None if length is None else self.loop.time() + length)
            self.log(f"rescheduled {name}")
        except RuntimeError:
            self.log(f"{name} refuses")


def trace_of(program, kept_messages=False, make_loop=VirtualLoop):
    original = tasks.current_task, tasks._GatheringFuture
    if kept_messages:
        tasks.current_task = getattr(tasks, "_py_current_task", tasks.current_task)
        tasks._GatheringFuture = KeptGather
    # A coroutine that never ended runs its cleanup when it is collected: not in the middle of another program.
    gc.disable()
    try:
        interpreter = Interpreter(program, make_loop(kept_messages))
        return interpreter.run(), interpreter.met
    finally:
        gc.enable()
        tasks.current_task, tasks._GatheringFuture = original


def checked_trace(program):
    """The trace and the constructs that were come to, or Departure."""
    try:
        trace, met = trace_of(program)
        kept, _ = trace_of(program, kept_messages=True)
    except RecursionError:
        raise Departure(RING) from None
    if kept != trace:
        raise Departure(MESSAGE)
    return trace, met


# ---- the generator

KINDS = {
    "sleep": 12,
    "log": 1,
    "task": 8,
    "await": 14,
    "let": 4,
    "cancel": 9,
    "cancelSelf": 2,
    "uncancel": 2,
    "cancelling": 1,
    "state": 1,
    "try": 9,
    "group": 6,
    "spawn": 8,
    "timeout": 6,
    "reschedule": 3,
    "wait": 4,
    "each": 4,
    "repeat": 1,
    "future": 3,
    "set": 3,
    "fail": 2,
    "later": 3,
    "soon": 2,
    "unschedule": 1,
    "onDone": 2,
    "raise": 3,
    "raiseCancel": 1,
    "return": 2,
    "race": 3,
}

LEAVES = {
    "log", "sleep", "cancel", "cancelSelf", "uncancel", "cancelling", "state", "reschedule", "future", "set", "fail",
    "unschedule", "raise", "raiseCancel", "return", "wait",
}

CALLBACK = ["cancel", "cancel", "set", "fail", "log", "task", "soon", "state", "spawn", "reschedule"]

EXPRESSIONS = {"ref": 9, "run": 7, "gather": 5, "outcomes": 4, "shield": 4, "waitFor": 6, "sleep": 2}

FOCI = [
    "group", "timeout", "try", "cancel", "uncancel", "wait", "each", "gather", "outcomes", "shield", "waitFor", "future",
    "later", "reschedule", "let", "run",
]


class Generator:
    def __init__(self, rng):
        self.rng = rng
        self.counts = {}
        self.names = []  # tasks and futures, as far as generated
        self.plain = []  # bare futures
        self.groups = []
        self.timeouts = []
        self.timers = []
        self.statements = rng.choice([6, 9, 12, 15, 18, 22, 26, 32])
        self.left = self.statements
        self.weights = dict(KINDS)
        self.expression_weights = dict(EXPRESSIONS)
        for focus in rng.sample(FOCI, 3):
            for weights in (self.weights, self.expression_weights):
                if focus in weights:
                    weights[focus] *= 4
            if focus in EXPRESSIONS:
                self.weights["await"] *= 1.5

    def name(self, prefix):
        self.counts[prefix] = self.counts.get(prefix, 0) + 1
        return prefix + str(self.counts[prefix])

    def pick(self, weights, allowed=lambda kind: True):
        kinds = [kind for kind in weights if allowed(kind)]
        return self.rng.choices(kinds, [weights[kind] for kind in kinds])[0]

    def length(self):
        return self.rng.choice([0, 0, 0, 1, 1, 2, 2, 3, 5])

    def limit(self):
        return self.rng.choice([-1, 0, 0, 1, 1, 2, 2, 3, 4])

    def reference(self):
        return self.rng.choice(self.names[-6:] if self.rng.random() < 0.7 else self.names)

    def reason(self):
        return self.rng.choice(["r1", "r2"]) if self.rng.random() < 0.35 else None

    def error(self):
        return self.rng.choice(["E1", "E2", "E3"])

    def program(self):
        main = []
        while self.left > 0:
            main += self.body(0, self.rng.randint(2, 7), final=False)
        if self.rng.random() < 0.6:  # what it has begun comes to its end, or nearly so
            main.append(["sleep", self.rng.choice([3, 8, 20])])
        return {"mains": [main]}

    def race(self, depth):
        """A task with a group or a timeout, and cancels that come while it ends in another way."""
        rng = self.rng
        name = self.name("T")
        moment = rng.choice([0, 0, 1, 1, 2])
        slow = [["sleep", rng.choice([moment, moment + 1, 5])]]
        failing = ["try", slow, {"cancel": [[["raise", self.error()]], "swallow"]}, None]
        if rng.random() < 0.3:
            failing = ["try", slow, {}, [["sleep", rng.choice([0, 1])], ["raise", self.error()]]]
        if rng.random() < 0.6:
            group = self.name("g")
            self.groups.append(group)
            children = [["spawn", group, self.name("T"), [failing]]]
            if rng.random() < 0.6:
                ending = rng.choice([[["raise", self.error()]], [], self.child(depth)])
                children.append(["spawn", group, self.name("T"), [["sleep", moment], *ending]])
            rng.shuffle(children)
            raising = [["sleep", moment], ["raise", self.error()]]
            block = ["group", group, children + rng.choice([[], [failing], raising, self.child(depth)])]
        else:
            timeout = self.name("t")
            self.timeouts.append(timeout)
            block = ["timeout", timeout, moment, rng.choice([slow, [failing], self.child(depth)])]
        handlers = {kind: [[], "swallow"] for kind in ("cancel", "error") if rng.random() < 0.5}
        body = [["try", [block], handlers, None]] if handlers else [block]
        body += rng.choice([[["sleep", 0]], [["sleep", 1], ["cancelling"]], self.child(depth)])
        cancels = [["cancel", name, self.reason()] for _ in range(rng.choice([1, 1, 2]))]
        self.names.append(name)
        self.left -= 6
        if rng.random() < 0.5:
            return ["repeat", 1, [["task", name, body], ["sleep", moment], *cancels]]
        return ["repeat", 1, [["later", self.name("h"), moment, cancels], ["task", name, body]]]

    def body(self, depth, most, final=True):
        statements = []
        for i in range(self.rng.randint(1, most)):
            statement = self.statement(depth)
            statements.append(statement)
            if statement[0] in ("raise", "raiseCancel", "return"):
                if final:
                    break
                statements.pop()
            if self.left <= 0:
                break
        return statements or [["sleep", self.length()]]

    def child(self, depth):
        return self.body(depth + 1, self.rng.choice([2, 3, 4]))

    def usable(self, kind, depth):
        if kind in ("cancel", "state", "wait", "onDone"):
            return bool(self.names)
        if kind == "each":
            return depth < 5
        if kind == "race":
            return depth < 2
        if kind in ("set", "fail"):
            return bool(self.plain)
        if kind == "spawn":
            return bool(self.groups)
        if kind == "reschedule":
            return bool(self.timeouts)
        if kind == "unschedule":
            return bool(self.timers)
        if kind in ("raise", "raiseCancel", "return"):
            return depth > 0
        return kind in LEAVES or depth < 6

    def statement(self, depth):
        self.left -= 1
        kind = self.pick(self.weights, lambda k: self.usable(k, depth) and (self.left > 0 or k in LEAVES))
        return self.make(kind, depth)

    def make(self, kind, depth):
        rng = self.rng
        match kind:
            case "log":
                return ["log", self.name("x")]
            case "sleep":
                return ["sleep", self.length()]
            case "task":
                name = self.name("T")
                if rng.random() < 0.5:
                    self.names.append(name)
                    return ["task", name, self.child(depth)]
                body = self.child(depth)
                self.names.append(name)
                return ["task", name, body]
            case "spawn":
                name = self.name("T")
                group = rng.choice(self.groups[-2:])
                body = self.child(depth)
                self.names.append(name)
                return ["spawn", group, name, body]
            case "await":
                return ["await", self.expression(depth)]
            case "let":
                name = self.name("q")
                expression = self.expression(depth, {"gather": 3, "outcomes": 2, "shield": 3})
                self.names.append(name)
                return ["let", name, expression]
            case "cancel":
                return ["cancel", self.reference(), self.reason()]
            case "cancelSelf":
                return ["cancelSelf", self.reason()]
            case "uncancel" | "cancelling" | "raiseCancel":
                return [kind]
            case "state":
                return ["state", self.reference()]
            case "try":
                return self.attempt(depth)
            case "group":
                name = self.name("g")
                self.groups.append(name)
                body = []
                for _ in range(rng.choice([0, 1, 1, 2, 2, 3])):
                    if self.left > 0:
                        self.left -= 1
                        child = self.name("T")
                        part = self.child(depth)
                        self.names.append(child)
                        body.append(["spawn", name, child, part])
                if not body or rng.random() < 0.6:
                    body += self.child(depth)
                return ["group", name, body]
            case "timeout":
                name = self.name("t")
                self.timeouts.append(name)
                return ["timeout", name, None if rng.random() < 0.07 else self.limit(), self.child(depth)]
            case "reschedule":
                return ["reschedule", rng.choice(self.timeouts[-2:]), None if rng.random() < 0.1 else self.limit()]
            case "wait":
                names = [self.reference() for _ in range(rng.choice([1, 2, 2, 3, 4]))]
                mode = rng.choice(["ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION"])
                return ["wait", names, mode, rng.choice([None, None, 0, 1, 2, 3])]
            case "each":
                return [
                    "each",
                    self.expressions(depth),
                    rng.choice([None, None, 0, 1, 2, 3]),
                    rng.choice([None, None, None, 1, 2]),
                ]
            case "repeat":
                return ["repeat", rng.choice([2, 2, 3]), self.body(depth + 1, 2)]
            case "future":
                name = self.name("f")
                self.names.append(name)
                self.plain.append(name)
                return ["future", name]
            case "set":
                return ["set", rng.choice(self.plain), self.name("v")]
            case "fail":
                return ["fail", rng.choice(self.plain), self.error()]
            case "later":
                name = self.name("h")
                self.timers.append(name)
                return ["later", name, self.length(), self.actions(depth)]
            case "soon":
                name = self.name("h")
                self.timers.append(name)
                return ["soon", name, self.actions(depth)]
            case "unschedule":
                return ["unschedule", rng.choice(self.timers)]
            case "onDone":
                return ["onDone", self.reference(), self.actions(depth)]
            case "raise":
                return ["raise", self.error()]
            case "return":
                return ["return", self.name("v")]
            case "race":
                return self.race(depth)
        raise AssertionError(kind)

    def actions(self, depth):
        actions = []
        for _ in range(self.rng.choice([1, 1, 2])):
            kind = self.rng.choice(CALLBACK)
            if self.usable(kind, depth) and (self.left > 0 or kind in LEAVES):
                self.left -= 1
                actions.append(self.make(kind, depth))
        return actions or [["log", self.name("x")]]

    def attempt(self, depth):
        rng = self.rng
        body = self.child(depth)
        handlers = {}
        for kind, chance in (("cancel", 0.6), ("error", 0.4), ("timeout", 0.15)):
            if rng.random() < chance:
                end = "swallow" if rng.random() < 0.5 else "raise"
                handlers[kind] = [self.body(depth + 1, 2) if self.left > 0 else [], end]
        cleanup = None
        if not handlers or rng.random() < 0.55:
            cleanup = [s for s in self.body(depth + 1, 3) if s[0] not in ("return",)]
        return ["try", body, handlers, cleanup]

    def expressions(self, depth):
        parts = []
        for i in range(self.rng.choice([1, 2, 2, 3, 3])):
            if parts and self.rng.random() < 0.12:
                parts.append(["same", self.rng.randrange(len(parts))])
                while parts[-1][0] == "same" and parts[parts[-1][1]][0] == "same":
                    parts[-1] = list(parts[parts[-1][1]])
            else:
                parts.append(self.expression(depth + 1))
        return parts

    def expression(self, depth, weights=None):
        rng = self.rng

        def allowed(kind):
            if kind == "ref":
                return bool(self.names)
            return kind == "sleep" or (depth < 6 and self.left > 0)

        weights = weights or self.expression_weights
        kind = self.pick(weights, allowed) if any(map(allowed, weights)) else "sleep"
        if kind == "ref" or (kind == "sleep" and weights is not self.expression_weights):
            if self.names:
                reference = ["ref", self.reference()]
                return reference if kind == "ref" else ["shield", reference]
        match kind:
            case "run":
                return ["run", self.name("c"), self.child(depth)]
            case "gather" | "outcomes":
                return [kind, self.expressions(depth)]
            case "shield":
                return ["shield", self.expression(depth + 1)]
            case "waitFor":
                return ["waitFor", self.expression(depth + 1), self.limit()]
        if weights is not self.expression_weights:
            return ["gather", [["sleep", self.length()]]]
        return ["sleep", self.length()]


class LastCycleGenerator(Generator):
    """Programs whose main ends while something is ready. Each shape gives statements for main's beginning and end."""

    SHAPES = [
        "made", "woken", "chain", "cancelled", "turns", "timers", "callbacks", "gather", "shield", "group", "waiting",
        "main", "failing", "leaving", "mains",
    ]

    def program(self):
        rng = self.rng
        self.left = 40
        self.shapes = rng.sample(self.SHAPES, rng.choice([1, 1, 1, 2, 2]))
        self.names.append("M")
        self.wrap = lambda main: main
        self.others = []
        main = self.body(1, 2, final=False) if rng.random() < 0.25 else []
        end = []
        for shape in self.shapes:
            begins, ends = self.shape(shape)
            main += begins
            end += ends
        if rng.random() < 0.6:
            main += [["sleep", 0]] * rng.choice([1, 1, 2])
        if rng.random() < 0.1:
            rng.shuffle(end)
        main = self.wrap(main + end)
        program = {"shapes": sorted(self.shapes), "mains": [main, *self.others]}
        if self.others:
            program["between"] = self.outside()
        return program

    def shape(self, name):
        return getattr(self, "shape_" + name)()

    def task(self, body):
        name = self.name("T")
        self.names.append(name)
        return name, ["task", name, body]

    def logs(self):
        return ["log", self.name("x")]

    def moment(self):
        return self.rng.choice([0, 0, 0, 1, 2])

    def guarded(self, body):
        """The body, at times with handlers and a finally block, in which more happens."""
        rng = self.rng
        if rng.random() < 0.4:
            return body
        handlers = {}
        if rng.random() < 0.6:
            more = rng.choice([[], [["sleep", self.moment()], self.logs()], [["raise", self.error()]]])
            handlers["cancel"] = [more, rng.choice(["raise", "swallow"])]
        if rng.random() < 0.3:
            handlers["error"] = [[], "swallow"]
        cleanup = rng.choice([None, [self.logs()], [["sleep", 0], self.logs()], self.child(3)])
        cleanup = [["sleep", 0]] if cleanup is None and not handlers else cleanup
        if cleanup is not None:
            cleanup = [s for s in cleanup if s[0] != "return"]
        return [["try", body, handlers, cleanup]]

    def shape_made(self):
        bodies = [[self.logs()], [self.logs(), ["sleep", 0], self.logs()], self.guarded([["sleep", 1]]), self.child(2)]
        return [], [self.task(self.rng.choice(bodies))[1] for _ in range(self.rng.choice([1, 1, 2, 3]))]

    def awaited_future(self):
        future = self.name("f")
        self.names.append(future)
        self.plain.append(future)
        return future, [["future", future]]

    def settling(self, future):
        rng = self.rng
        return rng.choice([
            ["set", future, self.name("v")], ["set", future, self.name("v")], ["fail", future, self.error()],
            ["cancel", future, self.reason()],
        ])

    def shape_woken(self):
        future, begins = self.awaited_future()
        for _ in range(self.rng.choice([1, 1, 2])):
            after = self.rng.choice([[], [self.logs()], [["sleep", 0], self.logs()], self.child(2)])
            waits = self.rng.choice([["ref", future], ["shield", ["ref", future]], ["waitFor", ["ref", future], 3]])
            begins.append(self.task(self.guarded([["await", waits], *after]))[1])
        return begins, [self.settling(future)]

    def shape_chain(self):
        future, begins = self.awaited_future()
        last = future
        for _ in range(self.rng.choice([2, 2, 3, 4])):
            last, task = self.task(self.guarded([["await", ["ref", last]]]))
            begins.append(task)
        return begins, [self.settling(future)]

    def shape_cancelled(self):
        rng = self.rng
        name, task = self.task(self.guarded([rng.choice([["sleep", 5], ["await", ["run", "c", [["sleep", 5]]]]])]))
        begins, ends = [task], [["cancel", name, self.reason()] for _ in range(rng.choice([1, 1, 1, 2]))]
        if rng.random() < 0.4:
            begins.append(self.task(self.guarded([["await", ["ref", name]]]))[1])
        if rng.random() < 0.3:
            begins.append(["onDone", name, self.actions(3)])
        if rng.random() < 0.3:
            ends.append(["state", name])
        return begins, ends

    def shape_turns(self):
        rng = self.rng
        begins = []
        for _ in range(rng.choice([1, 2, 2])):
            turn = [["sleep", 0], *rng.choice([[], [self.logs()]])]
            begins.append(self.task(self.guarded([["repeat", rng.choice([2, 3, 4]), turn]]))[1])
        return begins, [["sleep", 0]] * rng.choice([0, 1, 2, 3])

    def shape_timers(self):
        rng = self.rng
        moment = rng.choice([0, 1, 2])
        begins = []
        for _ in range(rng.choice([1, 2, 2, 3])):
            draw = rng.random()
            if draw < 0.35:
                begins.append(self.task(self.guarded([["sleep", moment], *rng.choice([[], self.child(3)])]))[1])
            elif draw < 0.6:
                timer = self.name("h")
                self.timers.append(timer)
                begins.append(["later", timer, moment, self.actions(2)])
            elif draw < 0.8:
                timeout = self.name("t")
                begins.append(self.task([["timeout", timeout, moment, self.guarded([["sleep", 5]])]])[1])
            else:
                limited = ["waitFor", ["run", self.name("c"), self.guarded([["sleep", 5]])], moment]
                begins.append(self.task(self.guarded([["await", limited]]))[1])
        ends = [["sleep", moment]]
        if rng.random() < 0.2:
            ends.append(["unschedule", rng.choice(self.timers or ["h9"])])
        rng.shuffle(begins)
        if rng.random() < 0.2:
            return [self.task([["sleep", moment], self.logs()])[1]], ends + begins
        return begins, ends

    def shape_callbacks(self):
        rng = self.rng
        begins, ends = [], []
        name, task = self.task(rng.choice([[], [["sleep", 0]], self.child(3)]))
        for _ in range(rng.choice([1, 2, 2, 3])):
            draw = rng.random()
            if draw < 0.4:
                ends.append(["soon", self.name("h"), self.actions(2)])
            elif draw < 0.6:
                ends.append(["later", self.name("h"), 0, self.actions(2)])
            elif draw < 0.8:
                begins.append(["onDone", "M", self.actions(2)])
            else:
                begins += [task, ["onDone", name, self.actions(2)]]
        return begins, ends

    def shape_gather(self):
        rng = self.rng
        future, begins = self.awaited_future()
        moment = self.moment()
        parts = [["ref", future], ["run", self.name("c"), self.guarded([["sleep", moment]])]]
        if rng.random() < 0.5:
            failing = rng.choice([[], [["raise", self.error()]]])
            parts.append(["run", self.name("c"), [["sleep", rng.choice([moment, 5])], *failing]])
        rng.shuffle(parts)
        made = [rng.choice(["gather", "outcomes"]), parts]
        if rng.random() < 0.2:
            made = ["gather", [made]]
        name = self.name("q")
        self.names.append(name)
        begins.append(["let", name, made])
        if rng.random() < 0.7:
            begins.append(self.task(self.guarded([["await", ["ref", name]]]))[1])
        ends = rng.choice([[self.settling(future)], [["cancel", name, self.reason()]]])
        return begins, [["sleep", moment]] * rng.choice([0, 1]) + ends

    def shape_shield(self):
        rng = self.rng
        moment = self.moment()
        failing = rng.choice([[], [["raise", self.error()]]])
        inner, task = self.task(self.guarded([["sleep", rng.choice([moment, 5])], *failing]))
        name = self.name("q")
        self.names.append(name)
        begins = [task, ["let", name, ["shield", ["ref", inner]]]]
        waiter, waits = self.task(self.guarded([["await", ["ref", name]]]))
        if rng.random() < 0.7:
            begins.append(waits)
        return begins, rng.choice([
            [["cancel", name, self.reason()]],
            [["cancel", inner, None]],
            [["cancel", waiter, None]],
            [["sleep", moment]],
        ])

    def shape_group(self):
        rng = self.rng
        group = self.name("g")
        self.groups.append(group)
        moment = self.moment()
        body = []
        for _ in range(rng.choice([1, 2, 2, 3])):
            child = self.name("T")
            self.names.append(child)
            ending = rng.choice([[], [["raise", self.error()]], self.child(3)])
            body.append(["spawn", group, child, self.guarded([["sleep", rng.choice([moment, moment, 5])], *ending])])
        body += rng.choice([[], [["sleep", moment]], [["sleep", moment], ["raise", self.error()]]])
        name, task = self.task(self.guarded([["group", group, body]]))
        late = self.name("T")
        self.names.append(late)
        spawn = ["spawn", group, late, [self.logs(), ["sleep", 0], self.logs()]]
        ends = rng.choice([[], [], [["cancel", name, self.reason()]], [spawn]])
        return [task], [["sleep", moment]] * rng.choice([0, 1]) + ends

    def shape_waiting(self):
        rng = self.rng
        future, begins = self.awaited_future()
        moment = self.moment()
        name, task = self.task(self.guarded([["sleep", moment]]))
        begins.append(task)
        mode = rng.choice(["ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION"])
        waits = rng.choice([
            ["wait", [future, name], mode, rng.choice([None, None, moment])],
            ["each", [["ref", future], ["ref", name]], rng.choice([None, None, moment]), None],
        ])
        begins.append(self.task(self.guarded([waits]))[1])
        return begins, [["sleep", moment]] * rng.choice([0, 1]) + [self.settling(future)]

    def shape_main(self):
        """Others wait for main itself."""
        rng = self.rng
        begins = []
        for _ in range(rng.choice([1, 1, 2])):
            name = self.name("q")
            waits = rng.choice([
                ["await", ["ref", "M"]], ["await", ["shield", ["ref", "M"]]], ["wait", ["M"], "ALL_COMPLETED", None],
                ["await", ["outcomes", [["ref", "M"], ["sleep", 0]]]], ["each", [["ref", "M"]], None, None],
                ["await", ["waitFor", ["shield", ["ref", "M"]], 3]],
            ])
            begins.append(self.task(self.guarded([waits, *rng.choice([[], [self.logs()], self.child(3)])]))[1])
            if rng.random() < 0.3:
                begins.append(["let", name, ["shield", ["ref", "M"]]])
                self.names.append(name)
        if rng.random() < 0.4:
            begins.append(["onDone", "M", self.actions(2)])
        return begins, []

    def shape_failing(self):
        """Main does not end by itself."""
        rng = self.rng
        after = rng.choice([[], [["sleep", 0], self.logs()]])
        _, task = self.task([["sleep", rng.choice([0, 1])], ["cancel", "M", self.reason()], *after])
        made = self.shape_made()[1]
        return rng.choice([
            ([], [*made, ["raise", self.error()]]),
            ([], [*made, ["raiseCancel"]]),
            ([], [["cancelSelf", self.reason()], *made]),
            ([], [["cancelSelf", None], *made, ["sleep", 0]]),
            ([task], [["sleep", 5]]),
        ])

    def shape_leaving(self):
        """Main ends inside a finally block."""
        begins, ends = self.shape(self.rng.choice(["made", "woken", "cancelled", "gather", "callbacks"]))
        way = self.rng.choice([
            ["return", self.name("v")], ["raise", self.error()], ["raiseCancel"], ["sleep", 0], self.logs(),
        ])

        def wrap(main):
            handlers = {"error": [[], "swallow"]} if self.rng.random() < 0.3 else {}
            return begins + [["try", [*main, way], handlers, ends]]

        self.wrap = wrap
        return [], []

    def shape_mains(self):
        """Several mains one after the other on one loop: tasks of the first go on in the second."""
        begins, ends = self.shape(self.rng.choice(["made", "woken", "cancelled", "turns", "timers", "callbacks"]))
        for number in range(self.rng.choice([1, 1, 1, 2])):
            self.names.append(f"M{number + 2}")
            second = self.rng.choice([[], [["sleep", 0]], [["sleep", 1]], self.child(2)])
            self.others.append([*second, *self.rng.choice([[], self.shape_made()[1], [["state", self.reference()]]])])
        return begins, ends

    def outside(self):
        actions = []
        for _ in range(self.rng.choice([0, 1, 1, 2])):
            kind = self.rng.choice(["state", "state", "log", "set", "fail", "cancel"])
            if self.usable(kind, 0):
                actions.append(self.make(kind, 0))
        return actions


# ---- the corpus


def size(node):
    """The number of statements and expressions."""
    if isinstance(node, dict):
        return sum(map(size, node.values()))
    if isinstance(node, list):
        own = 1 if len(node) > 0 and isinstance(node[0], str) else 0
        return own + sum(map(size, node))
    return 0


NESTING = {"group", "timeout", "waitFor", "gather", "outcomes", "shield"}


def nesting(node):
    """How deep the constructs that wait for others stand in one another."""
    if isinstance(node, dict):
        return max(map(nesting, node.values()), default=0)
    if isinstance(node, list):
        own = 1 if node and isinstance(node[0], str) and node[0] in NESTING else 0
        return own + max(map(nesting, node), default=0)
    return 0


def generate(count, seed, make_generator, shortest):
    programs, excluded, counted = [], collections.Counter(), collections.Counter()
    number = dull = deep = independent = 0
    while len(programs) < count:
        number += 1
        program = make_generator(random.Random(f"{seed}/{number}")).program()
        try:
            trace, met = checked_trace(program)
        except Departure as departure:
            excluded[str(departure)] += 1
            continue
        missing = sum(": no " in line for line in trace)
        if not shortest <= len(trace) <= 120 or missing > 2 or size(program["mains"]) > 90:
            dull += 1
            continue
        if "shapes" in program:
            if not depends_on_last_cycle(program, trace):
                independent += 1
                continue
            met.update("shape " + shape for shape in program["shapes"])
        counted.update(met)
        deep += nesting(program["mains"]) >= 3
        programs.append({"id": number, **program, "trace": trace})
    return {
        "programs": len(programs),
        "executed": dict(sorted(counted.items())),
        "nested three deep": deep,
        "excluded": {reason: excluded[reason] for reason in DEPARTURES},
        "dull": dull + excluded[TOO_LONG],
        "independent of the last cycle": independent,
    }, programs


def depends_on_last_cycle(program, trace):
    try:
        return trace_of(program, make_loop=ImpatientLoop)[0] != trace
    except Departure:
        return False


def main(argv):
    sys.unraisablehook = lambda ignored: None  # coroutines of programs that were given up
    warnings.simplefilter("ignore")  # coroutines that a program never awaits
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+")
    parser.add_argument("--run", action="store_true")
    parser.add_argument("--last-cycle", action="store_true")
    parser.add_argument("--count", type=int, default=800)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    if options.run:
        with open(options.files[0]) as given:
            programs = [json.loads(line) for line in given]
        programs = [program for program in programs if "mains" in program]
        header = {"programs": len(programs)}
        for program in programs:
            program["trace"], _ = trace_of(program)
    else:
        kind = (LastCycleGenerator, 4) if options.last_cycle else (Generator, 8)
        header, programs = generate(options.count, options.seed, *kind)
        header = {"seed": options.seed, **header}
    header = {"python": f"{sys.implementation.name} {sys.version.split()[0]} ({sys.platform})", **header}
    with open(options.files[-1], "w", newline="\n") as out:
        for line in [header, *programs]:
            out.write(json.dumps(line, separators=(",", ":")) + "\n")
    print(json.dumps(header, indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
