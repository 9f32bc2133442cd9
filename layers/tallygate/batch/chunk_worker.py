"""Work: one attempt at one chunk, from its message to its record."""

import json
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import timedelta
from enum import StrEnum
from uuid import uuid4

from tallygate import clock
from tallygate.batch.chunk import Chunk
from tallygate.batch.chunk_task import ChunkTask
from tallygate.batch.errors import UnknownBatch
from tallygate.batch.item_run import ItemRun, is_transient
from tallygate.batch.manifest_lines import LineReader
from tallygate.batch.objects import ObjectStore
from tallygate.batch.records import ChunkRecord, Failure, Manifest, Outcome, Progress
from tallygate.batch.store import BatchStore
from tallygate.batch.worker import Context, Item, Worker
from tallygate.errors import Unavailable
from tallygate.events import EventStore

MAX_FAILURES_BYTES = 100 * 1024  # in the record; a longer list goes to S3 first
STOP_SECONDS = 10.0  # kept back from the time limit for the last checkpoint
GRACE_SECONDS = 5.0  # of which for items in progress
__all__ = ["Attempt", "ChunkTask", "ChunkWorker", "leave_process"]
_log = logging.getLogger(__name__)


class Attempt(StrEnum):
    """How an attempt ended. None of these is an error; the records decide what counts."""

    WON = "won"  # this attempt's record stands
    LOST = "lost"  # another's stands: a twin's, or the gatekeeper's ABANDONED
    RECORDED = "recorded"  # it stood there before this attempt began
    LEASED = "leased"  # another attempt is at work
    LATE = "late"  # the batch's deadline has passed
    CHECKPOINTED = "checkpointed"  # out of time; the gatekeeper dispatches the rest


def leave_process() -> None:
    """End the process at once. Threads that still run would thaw in the next invocation and write in its name."""
    os._exit(1)


class ChunkWorker:
    """Works on chunks.

    Parameters
    ----------
    records, objects : BatchStore, ObjectStore
    events : EventStore
        Handed to the items' function.
    workers : sequence of Worker
    lease_seconds : float
        After so long without a sign of life, an attempt is taken for dead. Renewed three times as often.
    now : callable
        The wall clock, UTC.
    leave : callable
        What to do when items hang beyond the time limit.
    transient : callable
        Tells errors after which an item is tried again.
    item_run : callable
        Runs the items; a simulation has one without threads.
    """

    def __init__(
        self,
        records: BatchStore,
        objects: ObjectStore,
        events: EventStore,
        workers: Sequence[Worker],
        *,
        lease_seconds: float,
        now: clock.Clock = clock.utc_now,
        leave: Callable[[], None] = leave_process,
        transient: Callable[[Exception], bool] = is_transient,
        item_run: Callable[..., ItemRun] = ItemRun,
    ) -> None:
        self._records = records
        self._objects = objects
        self._events = events
        self._workers = {worker.name: worker for worker in workers}
        self._lease = timedelta(seconds=lease_seconds)
        self._now = now
        self._leave = leave
        self._transient = transient
        self._item_run = item_run
        self._manifests: dict[tuple[str, int], Manifest] = {}

    def run(self, task: ChunkTask, seconds_left: Callable[[], float]) -> Attempt:
        """One attempt.

        Parameters
        ----------
        seconds_left : callable
            Seconds until the platform stops this process.

        Raises
        ------
        UnknownBatch
            There is no manifest record.
        Unavailable
            AWS gave no answer; the chunk is dispatched again when its lease has lapsed.
        """
        manifest = self._manifest(task.batch, task.generation)
        if self._now() >= manifest.deadline:
            return Attempt.LATE
        if self._records.chunk(manifest, task.chunk.i) is not None:
            return Attempt.RECORDED
        attempt = str(uuid4())
        held = self._take_lease(manifest, task.chunk.i, attempt)
        if held is None:
            return Attempt.LEASED
        return self._work(manifest, task.chunk, held, seconds_left)

    def _work(self, manifest: Manifest, chunk: Chunk, held: Progress, seconds_left: Callable[[], float]) -> Attempt:
        run = self._start(manifest, chunk, held)
        try:
            tick = self._lease.total_seconds() / 3
            while not run.wait(min(tick, seconds_left() - STOP_SECONDS)):
                if seconds_left() <= STOP_SECONDS:
                    break
                self._checkpoint(manifest, chunk, held, run)
        finally:
            finished = run.stop(GRACE_SECONDS)
        if run.complete:
            return self._record(manifest, chunk, held.attempt, run)
        self._checkpoint(manifest, chunk, held, run)
        if not finished:
            _log.error("items of chunk %s/%d run beyond the time limit: the process ends", manifest.batch, chunk.i)
            self._leave()
        return Attempt.CHECKPOINTED

    def _start(self, manifest: Manifest, chunk: Chunk, held: Progress) -> ItemRun:
        worker = self._workers[manifest.parameters["worker"]]

        def process(item: Item) -> None:
            worker.process(item, Context(manifest.batch, item.id, manifest.started, self._events))

        return self._item_run(
            self._items(manifest, chunk, worker),
            process,
            done=held.done,
            concurrency=manifest.parameters["item_concurrency"],
            transient=self._transient,
        )

    def _items(self, manifest: Manifest, chunk: Chunk, worker: Worker) -> list[Item]:
        reader = LineReader(worker=worker, columns=manifest.columns)
        content = self._objects.read(manifest.source, chunk.start, chunk.end)
        lines = content.split(b"\n")[: chunk.items]
        return [reader.item(line, chunk.line + number) for number, line in enumerate(lines)]

    def _take_lease(self, manifest: Manifest, i: int, attempt: str) -> Progress | None:
        now = self._now()
        return self._records.take_lease(manifest, i, attempt=attempt, now=now, until=now + self._lease)

    def _checkpoint(self, manifest: Manifest, chunk: Chunk, held: Progress, run: ItemRun) -> None:
        until = self._now() + self._lease
        try:
            mine = self._records.checkpoint(manifest, chunk.i, attempt=held.attempt, done=run.done, until=until)
        except Unavailable as exc:
            _log.warning("chunk %s/%d goes on without a checkpoint: %s", manifest.batch, chunk.i, exc)
            return
        if not mine:
            _log.warning("another attempt has taken chunk %s/%d: both go on, one record wins", manifest.batch, chunk.i)

    def _record(self, manifest: Manifest, chunk: Chunk, attempt: str, run: ItemRun) -> Attempt:
        failures = tuple(run.failures.values())
        failures_key = self._overflow(manifest, chunk, attempt, failures)
        record = ChunkRecord(
            i=chunk.i,
            outcome=Outcome.DONE,
            attempt=attempt,
            ok=chunk.items - len(failures),
            failed=len(failures),
            failures=() if failures_key else failures,
            failures_key=failures_key,
            at=self._now(),
        )
        standing = self._records.put_chunk(manifest, record)
        return Attempt.WON if standing.attempt == attempt else Attempt.LOST

    def _overflow(self, manifest: Manifest, chunk: Chunk, attempt: str, failures: Sequence[Failure]) -> str:
        if sum(len(failure.id.encode()) + len(failure.error.encode()) for failure in failures) <= MAX_FAILURES_BYTES:
            return ""
        key = f"batches/{manifest.batch}/g{manifest.generation}/failures-{chunk.i}-{attempt}.json"
        content = json.dumps([asdict(failure) for failure in failures])
        return self._objects.put(key, content.encode()).key

    def _manifest(self, batch: str, generation: int) -> Manifest:
        known = self._manifests.get((batch, generation)) or self._records.manifest(batch, generation)
        if known is None:
            raise UnknownBatch(
                f"batch {batch!r} has no manifest of generation {generation}: start it through the state machine"
            )
        self._manifests = {(batch, generation): known}  # one: a worker serves one batch for long, many over its life
        return known
