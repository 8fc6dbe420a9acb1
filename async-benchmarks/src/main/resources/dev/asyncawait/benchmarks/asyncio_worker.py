"""CPython's turn: python3 asyncio_worker.py WORK N. It is told "go MILLIS" and answers as a Worker does: the time and the
processor time of a run in nanoseconds, and two zeros for what it does not know."""
import asyncio, sys, time


async def body():
    return 1000


async def yields(rounds):
    for _ in range(rounds):
        await asyncio.sleep(0)


async def yields_once():
    await asyncio.sleep(0)
    return 1000


async def holds(lock, times):
    for _ in range(times):
        async with lock:
            await asyncio.sleep(0)


async def contended(lock, n):
    await asyncio.gather(*[holds(lock, n // 100) for _ in range(100)])


async def uncontended(lock, n):
    for _ in range(n):
        async with lock:
            pass


async def main(work, n):
    if work == "switch":
        rounds = max(10, 1_000_000 // n)
        await asyncio.gather(*[yields(rounds) for _ in range(n)])
    elif work == "done":
        done = asyncio.get_running_loop().create_future()
        done.set_result(1000)
        for _ in range(n):
            await done
    elif work == "inline":
        for _ in range(n):
            await body()
    elif work == "task":
        for _ in range(n):
            await asyncio.create_task(body())
    elif work == "gather":
        await asyncio.gather(*[body() for _ in range(n)])
    elif work == "gatherYield":
        await asyncio.gather(*[yields_once() for _ in range(n)])
    elif work == "queue":
        queue = asyncio.Queue(100)

        async def produce():
            for i in range(n):
                await queue.put(i)

        async def consume():
            for _ in range(n):
                await queue.get()

        await asyncio.gather(produce(), consume())
    elif work == "lock":
        await contended(asyncio.Lock(), n)
    elif work == "lockUncontended":
        await uncontended(asyncio.Lock(), n)
    elif work == "semaphore":
        await contended(asyncio.Semaphore(10), n)
    elif work == "semaphoreUncontended":
        await uncontended(asyncio.Semaphore(10), n)
    else:
        raise ValueError(work)


work, n = sys.argv[1], int(sys.argv[2])
print("ready", flush=True)
for line in sys.stdin:
    processor, began = time.process_time_ns(), time.perf_counter_ns()
    until = began + int(line.split()[1]) * 1_000_000
    runs = 0
    while True:
        asyncio.run(main(work, n))
        runs += 1
        now = time.perf_counter_ns()
        if now >= until:
            break
    print(f"{(now - began) / runs:.1f} {(time.process_time_ns() - processor) / runs:.1f} 0 0", flush=True)
