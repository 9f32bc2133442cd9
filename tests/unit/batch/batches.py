"""A batch on in-memory twins, for tests: upload, plan, dispatch, check, report."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tallygate.batch import Context, Item, Worker
from tallygate.batch.chunk_index import ChunkIndex
from tallygate.batch.chunk_task import ChunkTask
from tallygate.batch.gatekeeper import Gatekeeper
from tallygate.batch.memory import MemoryBatchStore
from tallygate.batch.memory_objects import MemoryObjectStore
from tallygate.batch.plan.location import Location
from tallygate.batch.plan.manifest_maker import ManifestMaker
from tallygate.batch.plan.planner import Execution, Planner
from tallygate.batch.records import Manifest, Source
from tallygate.batch.reporter import Reporter
from tallygate.batch.work.attempt import Attempt
from tallygate.batch.work.chunk_worker import ChunkWorker
from tallygate.events import EventStore
from tallygate.events.memory import MemoryCommitLog

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
MANIFEST = Location(bucket="flights", key="items.csv")


def nothing(_item: Item, _context: Context) -> None:
    """An item's function that has no effect."""


@dataclass
class ManualClock:
    """A clock that moves when it is told to."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Outbox:
    """A dispatcher that keeps what was sent, for the test to deliver or lose."""

    tasks: list[ChunkTask] = field(default_factory=list)

    def send(self, task: ChunkTask) -> None:
        self.tasks.append(task)

    def backlog(self) -> int:
        return 0


class Bench:
    """Everything that a batch needs, in memory."""

    def __init__(self, process: Callable[[Item, Context], None] = nothing) -> None:
        self.workers: Sequence[Worker] = (Worker(name="test", process=process),)
        self.clock, self.outbox = ManualClock(), Outbox()
        self.records, self.objects = MemoryBatchStore(), MemoryObjectStore()
        self.log = MemoryCommitLog()
        self.left: list[str] = []  # one entry each time that a worker process ended itself

    def upload(self, *ids: object) -> None:
        self.objects.upload(MANIFEST, b"id\n" + b"".join(f"{id}\n".encode() for id in ids))

    def plan(self, raw: dict[str, Any] | None = None, name: str = "b1") -> dict[str, Any]:
        raw = {"manifest": str(MANIFEST)} | (raw or {})
        return self.planner().plan(raw, Execution(name=name, started=self.clock()))

    def plan_raw(self, raw: object, name: str) -> dict[str, Any]:
        return self.planner().plan(raw, Execution(name=name, started=self.clock()))

    def planner(self) -> Planner:
        return Planner(self.records, ManifestMaker(self.objects, self.workers), self.workers)

    def worker(self, lease_seconds: float = 30) -> ChunkWorker:
        """A new worker process: nothing is shared but what is stored."""
        return ChunkWorker(
            self.records,
            self.objects,
            EventStore(self.log, now=self.clock),
            self.workers,
            lease_seconds=lease_seconds,
            now=self.clock,
            leave=lambda: self.left.append("left"),
        )

    def work(self, task: ChunkTask, seconds: float = 240, lease_seconds: float = 30) -> Attempt:
        return self.worker(lease_seconds).run(task, lambda: seconds).attempt

    def gatekeeper(self) -> Gatekeeper:
        return Gatekeeper(self.records, self.objects, {"map": self.outbox}, now=self.clock)

    def reporter(self) -> Reporter:
        return Reporter(self.records, self.objects, EventStore(self.log, now=self.clock), now=self.clock)

    def content(self, key: str) -> bytes:
        """An object of ours."""
        return self.objects.read(Source(bucket="batches", key=key, version=""))

    def manifest(self, batch: str = "b1", generation: int = 0) -> Manifest:
        manifest = self.records.manifest(batch, generation)
        assert manifest is not None
        return manifest

    def tasks(self, batch: str = "b1", generation: int = 0) -> Iterator[ChunkTask]:
        """What Dispatch sends: one message for each chunk of the index."""
        manifest = self.manifest(batch, generation)
        for chunk in ChunkIndex(self.objects, manifest.index, manifest.chunks):
            yield ChunkTask(batch, generation, chunk)
