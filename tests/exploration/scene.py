"""The small batch that is explored: workers, the machine with its gatekeeper and force, a clock that jumps."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from msgspec import structs

from tallygate.batch import Context, Item, Worker
from tallygate.batch.chunk_index import ChunkIndex
from tallygate.batch.chunk_task import ChunkTask
from tallygate.batch.errors import DeadlinePassed, NotReadyError
from tallygate.batch.gatekeeper import Gatekeeper
from tallygate.batch.plan.location import Location
from tallygate.batch.plan.manifest_maker import ManifestMaker
from tallygate.batch.plan.planner import Execution, Planner
from tallygate.batch.poll import Poll
from tallygate.batch.records import Cancellation, ChunkRecord, Manifest, Progress
from tallygate.batch.reporter import Reporter
from tallygate.batch.work.chunk_worker import ChunkWorker
from tallygate.events import EventStore
from tests.exploration.actors import Moment, Program
from tests.exploration.one_by_one import OneByOne
from tests.exploration.question import Asking, in_a_process
from tests.exploration.stored import Stored
from tests.simulation.batch_store import SimulatedBatchStore
from tests.simulation.commit_log import SimulatedCommitLog
from tests.simulation.effects import WALL, mark

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
LEASE_SECONDS = 30.0
MINUTES = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What is explored.

    Parameters
    ----------
    items, chunk_size : int
    deliveries : tuple of tuple of int
        For each worker: the chunks whose messages it gets, in this order.
    polls : int
        Of the gatekeeper before it is forced.
    jumps : tuple of float
        Seconds after the start to which time jumps, one after the other.
    fails : set of int
        Items that raise.
    """

    items: int = 2
    chunk_size: int = 1
    deliveries: tuple[tuple[int, ...], ...] = ((0, 1), (1, 0))
    polls: int = 0
    jumps: tuple[float, ...] = (LEASE_SECONDS + 1, 60 * MINUTES + 1)
    fails: frozenset[int] = frozenset()


class FixedStore(SimulatedBatchStore):
    """The batch store of a batch that is planned: its manifest never changes, and reading it needs no turn."""

    def __init__(self, stored: Stored, manifest: Manifest) -> None:
        super().__init__(stored.memory, Asking(), lagging=lambda _key, _newest: None, page=1)
        self._manifest = manifest

    def manifest(self, batch: str, generation: int) -> Manifest | None:
        """See `BatchStore.manifest`."""
        return self._manifest

    def cancellation(self, manifest: Manifest) -> Cancellation | None:
        """See `BatchStore.cancellation`: nobody cancels."""
        return None

    def progress(self, manifest: Manifest) -> Iterator[Progress]:
        """See `BatchStore.progress`. It decides only what the gatekeeper sends, which here reaches nobody."""
        return iter(())

    def take_dispatch(self, manifest: Manifest, i: int, *, now: datetime, next_at: datetime) -> bool:
        """See `BatchStore.take_dispatch`, and `progress`."""
        return True

    def take_lease(
        self, manifest: Manifest, i: int, *, attempt: str, now: datetime, until: datetime
    ) -> Progress | None:
        """See `BatchStore.take_lease`. Without the counters, at which the worker doesn't look."""
        held = super().take_lease(manifest, i, attempt=attempt, now=now, until=until)
        return held and structs.replace(held, attempts=0)

    def put_chunk(self, manifest: Manifest, record: ChunkRecord) -> ChunkRecord:
        """See `BatchStore.put_chunk`. All have one time: nobody looks at it, and it would only multiply the states."""
        return super().put_chunk(manifest, structs.replace(record, at=START))


class NoTime:
    """In place of the module `time`: nobody waits, the explorer decides who goes on."""

    def monotonic(self) -> float:
        """Always the same."""
        return 1000.0

    def sleep(self, seconds: float) -> None:
        """Go on."""


class InTurn:
    """In place of `ThreadPoolExecutor`: one thing after the other."""

    def __init__(self, _threads: int) -> None:
        """A pool of one."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Everything has been done."""

    def map(self, work: Callable[[Any], Any], things: Iterable[Any]) -> Iterator[Any]:
        """See `Executor.map`."""
        return iter([work(thing) for thing in things])


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where the machine is.

    Parameters
    ----------
    polls : int
        That found chunks missing.
    tries : int
        Of functions, so that each has ids of its own.
    force, passed : bool
        The gatekeeper is forced; it has passed.
    """

    polls: int = 0
    tries: int = 0
    force: bool = False
    passed: bool = False

    def again(self) -> "Waiting":
        """The next try."""
        return replace(self, tries=self.tries + 1)


class Scene:
    """The services and the actors of one exploration.

    Parameters
    ----------
    size : Size
    """

    def __init__(self, size: Size) -> None:
        self.size, self.stored, self.moment = size, Stored(), Moment()
        self._workers = (Worker(name="test", process=self._process),)
        ids = b"".join(f"{n}\n".encode() for n in range(size.items))
        self.stored.objects.upload(Location(bucket="flights", key="b.csv"), b"id\n" + ids)
        planner = Planner(self.stored.memory, ManifestMaker(self.stored.objects, self._workers), self._workers)
        raw = {"manifest": "s3://flights/b.csv", "chunk_size": size.chunk_size, "deadline_minutes": 60}
        planner.plan(raw, Execution(name="b", started=START))
        manifest = self.stored.memory.manifest("b", 0)
        assert manifest is not None
        self.manifest = manifest
        self.chunks = list(ChunkIndex(self.stored.objects, manifest.index, manifest.chunks))
        self._store = FixedStore(self.stored, manifest)
        self._calls = Asking()

    def actors(self) -> list[Program]:
        """The workers, then the machine."""
        workers = [self._worker_actor(n, numbers) for n, numbers in enumerate(self.size.deliveries)]
        chunks = frozenset(f"chunk {i}" for i in range(self.manifest.chunks))
        machine = Program(
            "machine",
            Waiting(),
            self._machine,
            has_ended=lambda stage: isinstance(stage, tuple),
            # Once it has passed, it reads records that stand.
            touches=lambda stage: frozenset({"report"}) if stage.passed else chunks | {"report"},
        )
        return [*workers, machine]

    def _worker_actor(self, n: int, numbers: tuple[int, ...]) -> Program:
        touched = [
            frozenset(key for i in numbers[place:] for key in (f"chunk {i}", f"wall-{i}"))
            for place in range(len(numbers) + 1)
        ]
        return Program(
            f"w{n}",
            0,
            lambda place: self._work(numbers, place),
            has_ended=lambda place: place == len(numbers),
            touches=lambda place: touched[place],
        )

    def key(self, asks: str) -> str:
        """What a call reads or writes: a chunk's records, an item's stream, or what is the report's alone."""
        found = re.search(r"chunk \d+|wall-\d+", asks.replace("query chunks b g0 from", "chunk"))
        return found.group() if found else "report"

    def now(self) -> datetime:
        """The wall clock of the actor that runs."""
        return START + timedelta(seconds=(0.0, *self.size.jumps)[self.moment.tick])

    def backlog(self) -> int:
        """See `Dispatcher.backlog`."""
        return 0

    def send(self, task: ChunkTask) -> None:
        """See `Dispatcher.send`. Lost: what the workers are sent anyhow covers every order of deliveries."""

    def _work(self, numbers: tuple[int, ...], place: int) -> int:
        """One process: one attempt."""
        self._attempt(ChunkTask("b", 0, self.chunks[numbers[place]]))
        return place + 1

    def _attempt(self, task: ChunkTask) -> None:
        began = self.now()

        def seconds_left() -> float:
            return 60.0 - (self.now() - began).total_seconds()

        in_a_process(lambda: self._worker().run(task, seconds_left))

    def _worker(self) -> ChunkWorker:
        return ChunkWorker(
            self._store,
            self.stored.objects,
            self._events(),
            self._workers,
            lease_seconds=LEASE_SECONDS,
            now=self.now,
            item_run=OneByOne,
        )

    def _process(self, item: Item, context: Context) -> None:
        if int(item.id) in self.size.fails:
            raise ValueError("no such account")
        context.execute(WALL, item.id, mark(f"b/{item.id}"))

    def _events(self) -> EventStore:
        # Its commits all have one time: nobody looks at it, and it would only multiply what can be stored.
        return EventStore(SimulatedCommitLog(self.stored.log, self._calls, self.stored.effects), now=lambda: START)

    def _machine(self, stage: "Waiting") -> "Waiting | tuple[int, int, int]":
        """One function: the gatekeeper's or the report's. It ends with the report's numbers."""
        if stage.passed:
            told = in_a_process(lambda: self._reporter().report("b", 0))
            return (told["ok"], told["failed"], told["abandoned"]) if isinstance(told, dict) else stage.again()
        check = in_a_process(lambda: self._gatekeeper().check("b", 0, force=stage.force))
        if isinstance(check, Poll):
            return replace(stage, passed=True)
        polls = stage.polls + isinstance(check, NotReadyError)
        force = polls > self.size.polls or isinstance(check, DeadlinePassed)
        return replace(stage, polls=polls, force=stage.force or force).again()

    def _gatekeeper(self) -> Gatekeeper:
        return Gatekeeper(self._store, self.stored.objects, {"map": self}, now=self.now)

    def _reporter(self) -> Reporter:
        return Reporter(self._store, self.stored.objects, self._events(), now=lambda: START)
