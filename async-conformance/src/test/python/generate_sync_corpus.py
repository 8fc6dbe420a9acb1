"""Generates small programs around asyncio's primitives and queues, and writes down what CPython does with them.

    python generate_sync_corpus.py OUTPUT.txt [--count N] [--seed N]
    python generate_sync_corpus.py --last-cycle OUTPUT.txt [--count N] [--seed N]

SyncCorpusTest.java runs the same programs with the library. A program is some tasks that share one lock, semaphore,
event, condition, barrier and queue; each task is a list of operations. The first is main, which asyncio.run is given;
it starts the others. The loop is that of generate_corpus.py. Every line of a trace begins with the number of turns that
a callback, which only counts them, has had: so the traces are equal only if everything happens in the same turn, also
while the loop closes.

With --last-cycle, only programs are kept whose trace would be another one if what is left were cancelled as soon as
main has ended.

Not compared is the index that a barrier gives: asyncio's may give one twice when a task was cancelled.
"""

import argparse
import asyncio
import platform
import random
import sys

from generate_corpus import Departure, ENDLESS, ImpatientLoop, LATE, QUEUED, Stuck, VirtualLoop

LAST_ACTS = {
    "lock": ["lock"],
    "sem": ["release", "sem"],
    "event": ["set", "set", "clear"],
    "wait": ["notify", "notifyall", "flag"],
    "put": ["putn", "putn", "getn", "getn", "shut", "shutnow", "done", "put", "get"],
    "bar": ["bar", "babort", "breset"],
}


def generate(rng, last_cycle):
    shape = (
        rng.choice([1, 1, 2, 3]),
        rng.choice(["fifo", "lifo", "priority"]),
        rng.choice([0, 1, 1, 2]),
        rng.choice([2, 2, 3]),
    )
    kinds = rng.choice([
        ["lock"], ["sem"], ["event", "set", "clear"], ["wait", "wait", "until", "flag", "notify", "notifyall"],
        ["put", "get", "putn", "getn", "done", "join", "shut", "shutnow"], ["put", "get", "get", "putn", "getn"],
        ["bar", "bar", "bar", "breset", "babort"], ["bar"],
        ["lock", "sem", "event", "set", "clear", "wait", "notify", "put", "get", "join", "done", "bar", "until", "flag"],
    ])
    count = rng.randint(3, 7)
    tasks = []
    for _ in range(count):
        ops = []
        for _ in range(rng.randint(1, 5)):
            draw = rng.random()
            if draw < 0.18:
                op = f"cancel,{rng.randrange(count)}"
            elif draw < 0.30:
                op = f"sleep,{rng.randint(1, 3)}"
            else:
                op = f"{rng.choice(kinds)},{rng.randint(0, 3)}"
                if kinds == ["sem"] and rng.random() < 0.25:
                    op = "release,0"
            if rng.random() < 0.12:
                op += "!"
            ops.append(op)
        tasks.append(ops)
    if last_cycle:
        acts = ["cancel", *next(acts for kind, acts in LAST_ACTS.items() if kind in kinds)]
        tasks[0] = [f"sleep,{rng.randint(1, 4)}"] if rng.random() < 0.7 else []
        tasks[0] += [f"{rng.choice(acts)},{rng.randrange(count)}" for _ in range(rng.choice([1, 1, 2, 2, 3]))]
    elif rng.random() < 0.6:
        tasks[0].append(f"sleep,{rng.choice([5, 20, 40])}")
    for task in range(1, count):
        early = rng.random() < 0.8
        tasks[0].insert(task - 1 if early else rng.randint(task - 1, len(tasks[0])), f"start,{task}")
    return shape, tasks




class Run:
    def __init__(self, shape, tasks):
        capacity, kind, permits, parties = shape
        self.shape, self.programs = shape, tasks
        self.trace, self.tick, self.flag = [], 0, False
        self.lock, self.sem = asyncio.Lock(), asyncio.Semaphore(permits)
        self.event, self.cond, self.barrier = asyncio.Event(), asyncio.Condition(), asyncio.Barrier(parties)
        self.queue = {"fifo": asyncio.Queue, "lifo": asyncio.LifoQueue, "priority": asyncio.PriorityQueue}[kind](capacity)

    def log(self, text):
        self.trace.append(f"{self.tick} {text}")

    def run(self, loop):
        try:
            asyncio.run(self.main(), loop_factory=lambda: loop)
            self.trace.append("run gave a value")
        except asyncio.CancelledError:
            self.trace.append("run was cancelled")
        except Stuck:
            raise Departure(ENDLESS) from None  # asyncio.run would wait for ever
        if not all(task.done() for task in loop.created):
            raise Departure(LATE)
        if loop.dropped:
            raise Departure(QUEUED)
        self.trace.append("".join("-" if t is None else "C" if t.cancelled() else "D" for t in self.tasks))
        self.trace.append(f"{self.lock.locked()} {self.sem._value} {self.sem.locked()} {self.event.is_set()}")
        self.trace.append(f"{self.cond.locked()} {self.barrier.n_waiting} {self.barrier.broken} {self.queue.qsize()}")
        self.trace.append(f"{self.queue._unfinished_tasks}")
        return self.trace

    async def main(self):
        self.tasks = [asyncio.current_task()] + [None] * (len(self.programs) - 1)
        asyncio.get_running_loop().call_soon(self.count)
        await self.task(0, self.programs[0])

    def count(self):
        self.tick += 1
        if self.tick % 100 == 0:
            self.tasks[0].cancel()  # it may wait for ever
        if self.tick < 400 and not all(task is None or task.done() for task in self.tasks):
            asyncio.get_running_loop().call_soon(self.count)

    async def task(self, i, ops):
        for n, op in enumerate(ops):
            name, number = op.rstrip("!").split(",")
            try:
                result = await self.execute(i, n, name, int(number))
                self.log(f"{i} {op} {result}")
            except asyncio.CancelledError:
                self.log(f"{i} {op} cancelled")
                if not op.endswith("!"):
                    raise
            except Exception:
                self.log(f"{i} {op} error")

    async def turns(self, number):
        for _ in range(number):
            await asyncio.sleep(0)

    async def execute(self, i, n, name, k):
        match name:
            case "sleep":
                await self.turns(k)
            case "start":
                self.tasks[k] = asyncio.create_task(self.task(k, self.programs[k]))
            case "cancel":
                return "none" if self.tasks[k] is None else str(self.tasks[k].cancel()).lower()
            case "lock":
                async with self.lock:
                    self.log(f"{i} in")
                    await self.turns(k)
            case "sem":
                async with self.sem:
                    self.log(f"{i} in")
                    await self.turns(k)
            case "release":
                self.sem.release()
            case "event":
                await self.event.wait()
            case "set":
                self.event.set()
            case "clear":
                self.event.clear()
            case "wait":
                async with self.cond:
                    await self.cond.wait()
                    self.log(f"{i} in")
                    await self.turns(k)
            case "until":
                async with self.cond:
                    await self.cond.wait_for(lambda: self.flag)
                    self.log(f"{i} in")
                    await self.turns(k)
            case "flag":
                async with self.cond:
                    self.flag = not self.flag
                    self.cond.notify_all()
                    await self.turns(k)
            case "notify":
                async with self.cond:
                    self.cond.notify(k)
                    await self.turns(k)
            case "notifyall":
                async with self.cond:
                    self.cond.notify_all()
            case "bar":
                await self.barrier.wait()
            case "breset":
                await self.barrier.reset()
            case "babort":
                await self.barrier.abort()
            case "put":
                await self.queue.put(10 * i + n)
            case "get":
                return await self.queue.get()
            case "putn":
                try:
                    self.queue.put_nowait(10 * i + n)
                except asyncio.QueueFull:
                    return "full"
            case "getn":
                try:
                    return self.queue.get_nowait()
                except asyncio.QueueEmpty:
                    return "empty"
            case "done":
                self.queue.task_done()
            case "join":
                await self.queue.join()
            case "shut":
                self.queue.shutdown()
            case "shutnow":
                self.queue.shutdown(immediate=True)
        return "ok"


def depends_on_last_cycle(shape, tasks, trace):
    try:
        return Run(shape, tasks).run(ImpatientLoop(False)) != trace
    except Departure:
        return False


def main(argv):
    sys.unraisablehook = lambda ignored: None  # coroutines of programs that were given up
    parser = argparse.ArgumentParser()
    parser.add_argument("output")
    parser.add_argument("--last-cycle", action="store_true")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args(argv)
    rng = random.Random(arguments.seed)
    lines = []
    excluded = dict.fromkeys([ENDLESS, LATE, QUEUED], 0)
    kept = independent = 0
    while kept < arguments.count:
        shape, tasks = generate(rng, arguments.last_cycle)
        try:
            trace = Run(shape, tasks).run(VirtualLoop(False))
        except Departure as departure:
            excluded[str(departure)] += 1
            continue
        if arguments.last_cycle and not depends_on_last_cycle(shape, tasks, trace):
            independent += 1
            continue
        kept += 1
        lines.append(" ".join(map(str, shape)))
        lines += [" ".join([":", *ops]) for ops in tasks]
        lines += ["> " + line for line in trace]
    header = f"# CPython {platform.python_version()}, seed {arguments.seed}, excluded {excluded}"
    if arguments.last_cycle:
        header += f", independent of the last cycle {independent}"
    print(header)
    with open(arguments.output, "w", newline="\n") as out:
        for line in [header, *lines]:
            print(line, file=out)


if __name__ == "__main__":
    main(sys.argv[1:])
