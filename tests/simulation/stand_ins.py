"""What the code takes from its process and not through a port: ids, the monotonic clock, threads.

For the time of a run they come from the scheduler, so that nothing but the seed decides.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

import tallygate.batch.gatekeeper
import tallygate.batch.plan.manifest_maker
import tallygate.batch.plan.manifest_reading
import tallygate.batch.queue.memory_task_queue
import tallygate.batch.queue.sender
import tallygate.batch.reporter
import tallygate.batch.work.chunk_worker
import tallygate.deadline
import tallygate.events.execution
import tallygate.events.memory
import tallygate.events.snapshotter
from local.simulation import Actor, Scheduler

A = TypeVar("A")
B = TypeVar("B")

POOL = 3  # threads of a pool, at most: enough for any order of what they do


class Ids:
    """In place of `uuid4`: ids that differ, and that the same run makes again."""

    def __init__(self) -> None:
        self._made = 0

    def __call__(self) -> str:
        self._made += 1
        return f"id-{self._made}"


class Time:
    """In place of the module `time`."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def monotonic(self) -> float:
        """Simulated seconds."""
        return self._scheduler.now

    def sleep(self, seconds: float) -> None:
        """Let others go on for so long."""
        self._scheduler.sleep(seconds)


class Pool:
    """In place of `ThreadPoolExecutor`: its threads are actors of the process."""

    def __init__(self, scheduler: Scheduler, threads: int) -> None:
        self._scheduler = scheduler
        self._threads = min(threads, POOL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Everything has been waited for."""

    def submit(self, work: Callable[..., B], *things: object) -> "Future[B]":
        """See `Executor.submit`: done at once."""
        future: Future[B] = Future()
        future.set_result(work(*things))
        return future

    def map(self, work: Callable[[A], B], things: Iterable[A]) -> Iterator[B]:
        """See `Executor.map`."""
        todo = list(enumerate(things))
        done: dict[int, B] = {}
        errors: list[Exception] = []

        def thread() -> None:
            while todo:
                number, thing = todo.pop(0)
                try:
                    done[number] = work(thing)
                except Exception as exc:  # noqa: BLE001 (raised to who asks for the results)
                    errors.append(exc)

        process = self._scheduler.current
        threads: list[Actor] = [
            self._scheduler.spawn(f"{process.name}/{n}", thread, process=process)
            for n in range(min(self._threads, len(todo)))
        ]
        self._scheduler.join(threads)
        if errors:
            raise errors[0]
        return (done[number] for number in sorted(done))


IDS = (
    (tallygate.batch.work.chunk_worker, "uuid4"),
    (tallygate.batch.gatekeeper, "uuid4"),
    (tallygate.batch.plan.manifest_maker, "uuid4"),
    (tallygate.batch.plan.manifest_reading, "uuid4"),
    (tallygate.batch.queue.memory_task_queue, "uuid4"),
    (tallygate.batch.reporter, "uuid4"),
    (tallygate.events.execution, "new_commit_id"),
)
TIMES = ((tallygate.deadline, "time"), (tallygate.events.execution, "time"))
POOLS = (
    (tallygate.batch.gatekeeper, "ThreadPoolExecutor"),
    (tallygate.batch.queue.sender, "ThreadPoolExecutor"),
    (tallygate.events.snapshotter, "ThreadPoolExecutor"),
)
# Streams as if they were long: a first look brings little along, and each commit may be followed by a snapshot that
# carries no commands, so that those of earlier commits must be searched for.
FIRST_LOOK = ((tallygate.events.memory, "FIRST_COMMITS"),)
TAIL = ((tallygate.events.snapshotter, "SMALLEST_TAIL_BYTES"),)
RING = ((tallygate.events.snapshotter, "RING_BYTES"),)


@contextmanager
def stand_ins(
    time: object, ids: Callable[[], str], pool: Callable[..., object], *, seed: int, long_streams: bool
) -> Iterator[None]:
    """Put them in their places, and the real ones back."""
    stand_ins: list[tuple[tuple[tuple[Any, str], ...], object]] = [(IDS, ids), (TIMES, time), (POOLS, pool)]
    if long_streams:
        stand_ins += [(FIRST_LOOK, 1), (TAIL, 0), (RING, 0)]
    places: list[tuple[Any, str, object]] = [
        (module, name, stand_in) for group, stand_in in stand_ins for module, name in group
    ]
    real = [getattr(module, name) for module, name, _ in places]
    dice = random.getstate()
    random.seed(seed)  # the jitter between tries
    try:
        for module, name, stand_in in places:
            setattr(module, name, stand_in)
        yield
    finally:
        random.setstate(dice)
        for (module, name, _), one in zip(places, real, strict=True):
            setattr(module, name, one)
