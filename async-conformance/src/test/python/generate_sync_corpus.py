"""Generates small programs around asyncio's primitives and queues, and writes down what CPython does with them.

    python generate_sync_corpus.py OUTPUT.txt [--count N] [--seed N]

SyncCorpusTest.java runs the same programs with the library. A program is some tasks that share one lock, semaphore,
event, condition, barrier and queue; each task is a list of operations. Every line of a trace begins with the number of
turns that the main task, which only counts them, has had: so the traces are equal only if everything happens in the
same turn.

Not compared is the index that a barrier gives: asyncio's may give one twice when a task was cancelled.
"""

import argparse
import asyncio
import platform
import random

TURNS = 30


def generate(rng):
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

    async def main(self):
        self.tasks = [asyncio.create_task(self.task(i, ops)) for i, ops in enumerate(self.programs)]
        for _ in range(8):
            for _ in range(TURNS):
                await asyncio.sleep(0)
                self.tick += 1
            left = [task for task in self.tasks if not task.done()]
            for task in left:
                task.cancel()
        self.log("".join("C" if t.cancelled() else "D" if t.done() else "P" for t in self.tasks))
        self.log(f"{self.lock.locked()} {self.sem._value} {self.sem.locked()} {self.event.is_set()} {self.cond.locked()}")
        self.log(f"{self.barrier.n_waiting} {self.barrier.broken} {self.queue.qsize()} {self.queue._unfinished_tasks}")

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
            case "cancel":
                return str(self.tasks[k].cancel()).lower()
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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    with open(arguments.output, "w", newline="\n") as out:
        print(f"# CPython {platform.python_version()}, seed {arguments.seed}", file=out)
        for _ in range(arguments.count):
            shape, tasks = generate(rng)
            run = Run(shape, tasks)
            asyncio.run(run.main())
            print(*shape, file=out)
            for ops in tasks:
                print(":", *ops, file=out)
            for line in run.trace:
                print(">", line, file=out)


if __name__ == "__main__":
    main()
