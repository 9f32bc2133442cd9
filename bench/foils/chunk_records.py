"""The yardstick: Tallygate's own planner, worker, gatekeeper and reporter on its DynamoDB adapter.

Nothing is counted while the work goes on. A chunk's record is put if absent, and the count is the sum over the records.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from mypy_boto3_dynamodb import DynamoDBClient

from tallygate.batch import Context, Item, Worker
from tallygate.batch.chunk_index import ChunkIndex
from tallygate.batch.chunk_task import ChunkTask
from tallygate.batch.dynamodb import DynamoDBBatchStore
from tallygate.batch.errors import NotReadyError
from tallygate.batch.gatekeeper import Gatekeeper
from tallygate.batch.memory_objects import MemoryObjectStore
from tallygate.batch.plan.location import Location
from tallygate.batch.plan.manifest_maker import ManifestMaker
from tallygate.batch.plan.planner import Execution, Planner
from tallygate.batch.records import Manifest
from tallygate.batch.reporter import Reporter
from tallygate.batch.work.chunk_worker import ChunkWorker
from tallygate.batch.work.item_run import ItemRun
from tallygate.clock import Clock
from tallygate.events import EventStore
from tallygate.events.memory import MemoryCommitLog

NAME = "Tallygate, chunk records"
CHUNK_SIZE = 500
LEASE_SECONDS = 30.0
MANIFEST = Location(bucket="uploads", key="items.csv")


class ChunkRecords:
    """One batch. S3 and the event store, which hold no count, are in memory.

    Parameters
    ----------
    client : DynamoDBClient
    table : str
    work : callable
        Told the id of each item whose work is done.
    send : callable
        Hands a chunk to a worker once more; the gatekeeper asks for it.
    now : callable
        UTC.
    item_run : callable
    chunk_size : int
    lease_seconds : float
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        *,
        work: Callable[[str], None],
        send: Callable[[ChunkTask], None],
        now: Clock,
        item_run: Callable[..., ItemRun] = ItemRun,
        chunk_size: int = CHUNK_SIZE,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        def process(item: Item, _context: Context) -> None:
            work(item.id)

        self._workers = (Worker(name="count", process=process),)
        self._records = DynamoDBBatchStore(table, client)
        self._objects = MemoryObjectStore()
        self._events = EventStore(MemoryCommitLog(), now=now)
        self._again = _Again(send)
        self._now = now
        self._item_run = item_run
        self._chunk_size = chunk_size
        self._lease_seconds = lease_seconds

    def plan(self, ids: Sequence[str], started: datetime) -> list[ChunkTask]:
        """Plan the batch; returns what Dispatch sends."""
        self.upload(ids)
        planner = Planner(self._records, ManifestMaker(self._objects, self._workers), self._workers)
        planner.plan(
            {"manifest": str(MANIFEST), "chunk_size": self._chunk_size, "deadline_minutes": 1440},
            Execution(name="b1", started=started),
        )
        return list(self._tasks())

    def upload(self, ids: Sequence[str]) -> None:
        """Put the manifest where workers read it; each process has a memory of its own."""
        self._objects.upload(MANIFEST, b"id\n" + b"".join(f"{id}\n".encode() for id in ids))

    def run(self, task: ChunkTask) -> None:
        """One attempt at a chunk, by a worker that shares nothing with others but what is stored."""
        worker = ChunkWorker(
            self._records,
            self._objects,
            self._events,
            self._workers,
            lease_seconds=self._lease_seconds,
            now=self._now,
            item_run=self._item_run,
        )
        worker.run(task, lambda: 240.0)

    def finished(self) -> bool:
        """Whether the gatekeeper lets the batch through; it also has overdue chunks sent again."""
        gatekeeper = Gatekeeper(self._records, self._objects, {"map": self._again}, now=self._now)
        try:
            gatekeeper.check("b1", 0)
        except NotReadyError:
            return False
        return True

    def counted(self) -> int:
        """What the report says is ok."""
        return int(Reporter(self._records, self._objects, self._events, now=self._now).report("b1", 0)["ok"])

    def _tasks(self) -> Iterator[ChunkTask]:
        manifest = self._manifest()
        for chunk in ChunkIndex(self._objects, manifest.index, manifest.chunks):
            yield ChunkTask("b1", 0, chunk)

    def _manifest(self) -> Manifest:
        manifest = self._records.manifest("b1", 0)
        assert manifest is not None
        return manifest


class _Again:
    """A dispatcher for the gatekeeper."""

    def __init__(self, send: Callable[[ChunkTask], None]) -> None:
        self._send = send

    def send(self, task: ChunkTask) -> None:
        """See `Dispatcher.send`."""
        self._send(task)

    def backlog(self) -> int:
        """See `Dispatcher.backlog`: none, the queue's own doubles are counted once too."""
        return 0
