"""A batch on in-memory twins, for tests: upload, plan, dispatch, check, report."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tallygate.batch import Context, Item, Worker
from tallygate.batch.chunk import Chunk
from tallygate.batch.chunk_worker import Attempt, ChunkTask, ChunkWorker
from tallygate.batch.gatekeeper import Gatekeeper
from tallygate.batch.memory import MemoryBatchStore
from tallygate.batch.memory_objects import MemoryObjectStore
from tallygate.batch.planner import Execution, Planner
from tallygate.batch.records import Manifest
from tallygate.batch.reporter import Reporter
from tallygate.batch.request import Location
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

    def planner(self) -> Planner:
        return Planner(self.records, self.objects, self.workers)

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
        return self.worker(lease_seconds).run(task, lambda: seconds)

    def gatekeeper(self) -> Gatekeeper:
        return Gatekeeper(self.records, self.objects, self.outbox, now=self.clock)

    def reporter(self) -> Reporter:
        return Reporter(self.records, EventStore(self.log, now=self.clock), now=self.clock)

    def manifest(self, batch: str = "b1") -> Manifest:
        manifest = self.records.manifest(batch, 0)
        assert manifest is not None
        return manifest

    def tasks(self, batch: str = "b1") -> Iterator[ChunkTask]:
        """What Dispatch sends: one message for each chunk of the index."""
        import json

        for raw in json.loads(self.objects.read(self.manifest(batch).index)):
            yield ChunkTask(batch, 0, Chunk.from_json(raw))
