"""The first dispatch of a batch by queue: a message for each of its chunks."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

from tallygate import clock
from tallygate.batch.chunk_index import ChunkIndex
from tallygate.batch.chunk_task import ChunkTask
from tallygate.batch.errors import UnknownBatch
from tallygate.batch.objects import ObjectStore
from tallygate.batch.queue import chunk_message
from tallygate.batch.queue.task_queue import TaskQueue
from tallygate.batch.records import Manifest
from tallygate.batch.store import BatchStore
from tallygate.deadline import Deadline

SEND_SECONDS = 240.0  # of the function's 300
PIECE = 100  # messages that one thread sends, ten at a time
THREADS = 8


class Sender:
    """Sends chunks.

    Parameters
    ----------
    records, objects : BatchStore, ObjectStore
    queue : TaskQueue
    now : callable
        The wall clock, UTC.
    """

    def __init__(
        self, records: BatchStore, objects: ObjectStore, queue: TaskQueue, *, now: clock.Clock = clock.utc_now
    ) -> None:
        self._now = now
        self._records = records
        self._objects = objects
        self._queue = queue

    def send(self, batch: str, generation: int) -> int:
        """Send every chunk of the generation; returns how many. Called again it sends them again, which is harmless.

        Holds two pieces for each thread and some 4,000 rows of the index in memory, whatever the size of the batch.

        Raises
        ------
        UnknownBatch
            There is no manifest record.
        Unavailable
            Some were not sent before the deadline: send all again.
        """
        manifest = self._records.manifest(batch, generation)
        if manifest is None:
            raise UnknownBatch(f"batch {batch!r} has no manifest of generation {generation}: plan it first")
        until = Deadline.after(SEND_SECONDS)
        with ThreadPoolExecutor(THREADS, thread_name_prefix="send") as pool:
            in_flight: deque[Future[int]] = deque()
            sent = 0
            try:
                for piece in self._pieces(manifest):
                    in_flight.append(pool.submit(self._send, piece, until))
                    if len(in_flight) == 2 * THREADS:
                        sent += in_flight.popleft().result()
                return sent + sum(one.result() for one in in_flight)
            finally:
                for one in in_flight:
                    one.cancel()

    def _send(self, piece: list[str], until: Deadline) -> int:
        self._queue.send(piece, until)
        return len(piece)

    def _pieces(self, manifest: Manifest) -> Iterator[list[str]]:
        chunks = iter(ChunkIndex(self._objects, manifest.index, manifest.chunks))
        while piece := [
            chunk_message.to_text(ChunkTask(manifest.batch, manifest.generation, chunk, self._now()))
            for chunk in islice(chunks, PIECE)
        ]:
            yield piece
