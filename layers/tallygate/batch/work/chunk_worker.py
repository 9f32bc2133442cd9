"""Work: one attempt at one chunk, from its message to its record."""

import logging
import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import uuid4

from tallygate import clock
from tallygate.batch.chunk import Chunk
from tallygate.batch.chunk_task import ChunkTask
from tallygate.batch.errors import UnknownBatch
from tallygate.batch.objects import ObjectStore
from tallygate.batch.plan.manifest_lines import LineReader
from tallygate.batch.records import ChunkRecord, Failure, Manifest, Outcome
from tallygate.batch.store import BatchStore
from tallygate.batch.work.attempt import Attempt, Ended
from tallygate.batch.work.chunk_attempt import ChunkAttempt
from tallygate.batch.work.chunk_items import ChunkItems
from tallygate.batch.work.failure_list import overflow
from tallygate.batch.work.handover import Handover
from tallygate.batch.work.item_run import ItemRun, is_transient
from tallygate.batch.work.item_runner import ItemRunner, MakeItemRunner
from tallygate.batch.worker import Context, Item, Worker
from tallygate.errors import Unavailable
from tallygate.events import EventStore

_log = logging.getLogger(__name__)


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
        Tells errors after which an item is tried again, beside those that its worker names.
    item_run : MakeItemRunner
        Makes what runs the items; a simulation has one without threads.
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
        item_run: MakeItemRunner = ItemRun,
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

    def run(self, task: ChunkTask, seconds_left: Callable[[], float]) -> Ended:
        """One attempt.

        Parameters
        ----------
        seconds_left : callable
            Seconds until the platform stops this process.

        Raises
        ------
        UnknownBatch
            There is no manifest record, or its worker is not one of this process's.
        InvariantBroken
            The chunk's bytes are not what was planned.
        Unavailable
            AWS gave no answer; the chunk is dispatched again.
        """
        manifest = self._manifest(task.batch, task.generation)
        if self._now() >= manifest.deadline:
            return Ended(attempt=Attempt.LATE)
        if self._records.chunk(manifest, task.chunk.i) is not None:
            return Ended(attempt=Attempt.RECORDED)
        waited = (self._now() - (task.sent or manifest.started)).total_seconds()
        id = str(uuid4())
        left = self._take_lease(manifest, task.chunk, id)
        if left is None:
            return Ended(attempt=Attempt.LEASED)
        try:
            run = self._start(manifest, task.chunk, left)
        except Exception:
            self._give_back(manifest, task.chunk, id, left)
            raise
        ended = self._work(
            ChunkAttempt(
                records=self._records,
                manifest=manifest,
                chunk=task.chunk,
                id=id,
                left=left,
                run=run,
                lease=self._lease,
                now=self._now,
                seconds_left=seconds_left,
            )
        )
        failed = len(run.failures) if ended is Attempt.WON else 0
        return Ended(
            attempt=ended,
            careful=left.careful,
            chunk_waited=max(0.0, waited),
            ok=task.chunk.items - failed if ended is Attempt.WON else 0,
            failed=failed,
            usage=run.usage,
        )

    def _take_lease(self, manifest: Manifest, chunk: Chunk, attempt: str) -> Handover | None:
        now = self._now()
        before = self._records.take_lease(manifest, chunk.i, attempt=attempt, now=now, until=now + self._lease)
        if before is None:
            return None
        # An attempt that ends well gives its lease back. Where this one's first try landed without an answer, a death
        # may be missed: nothing worse comes of it than one more attempt that announces nothing.
        died = before.lease_until is not None and before.attempt != attempt
        return before.handover.within(chunk.items).taken_over(died=died)

    def _give_back(self, manifest: Manifest, chunk: Chunk, attempt: str, left: Handover) -> None:
        try:
            self._records.checkpoint(manifest, chunk.i, attempt=attempt, handover=left, until=None)
        except Unavailable as exc:
            _log.warning("the lease of chunk %s/%d is not given back: %s", manifest.batch, chunk.i, exc)

    def _start(self, manifest: Manifest, chunk: Chunk, left: Handover) -> ItemRunner:
        worker = self._worker(manifest)
        reader = LineReader(worker=worker, columns=manifest.columns)
        items = ChunkItems(self._objects.read(manifest.source, chunk.start, chunk.end), chunk, reader)
        failed = ((number, error) for error, numbers in left.failed.items() for number in numbers)

        def process(item: Item) -> None:
            worker.process(item, Context(manifest.batch, item.id, manifest.since, self._events))

        return self._item_run(
            items,
            process,
            done=left.done,
            failures={n: Failure(items.id(n), error, n) for n, error in failed},
            concurrency=manifest.parameters["item_concurrency"],
            transient=lambda exc: isinstance(exc, worker.retry) or self._transient(exc),
        )

    def _worker(self, manifest: Manifest) -> Worker:
        name = manifest.parameters["worker"]
        if name not in self._workers:
            raise UnknownBatch(
                f"batch {manifest.batch!r} is for worker {name!r}, and this process has {', '.join(self._workers)}: "
                "deploy it, or give the process the same workers"
            )
        return self._workers[name]

    def _work(self, attempt: ChunkAttempt) -> Attempt:
        try:
            ended = attempt.work()
            finished = attempt.stop()
            if ended is None or attempt.run.complete:
                return self._record(attempt)
        except Exception as exc:
            _log.warning("the attempt at %s ends early: %r", attempt.name, exc)
            finished = attempt.stop()
            attempt.give_back()
            self._leave_unless(finished, attempt, "with an error")
            raise
        if ended is Attempt.CHECKPOINTED:
            attempt.give_back()
        self._leave_unless(finished, attempt, ended)
        return ended

    def _leave_unless(self, finished: bool, attempt: ChunkAttempt, ended: str) -> None:  # noqa: FBT001 (it reads as a sentence)
        if not finished:
            _log.error("the attempt at %s has ended (%s), its items have not: the process ends", attempt.name, ended)
            self._leave()

    def _record(self, attempt: ChunkAttempt) -> Attempt:
        manifest, chunk = attempt.manifest, attempt.chunk
        failures = tuple(attempt.run.failures.values())
        failures_key = overflow(self._objects, manifest, chunk.i, attempt.id, failures)
        record = ChunkRecord(
            i=chunk.i,
            outcome=Outcome.DONE,
            attempt=attempt.id,
            ok=chunk.items - len(failures),
            failed=len(failures),
            failures=() if failures_key else failures,
            failures_key=failures_key,
            at=self._now(),
        )
        standing = self._records.put_chunk(manifest, record)
        return Attempt.WON if standing.attempt == attempt.id else Attempt.LOST

    def _manifest(self, batch: str, generation: int) -> Manifest:
        known = self._manifests.get((batch, generation)) or self._records.manifest(batch, generation)
        if known is None:
            raise UnknownBatch(
                f"batch {batch!r} has no manifest of generation {generation}: start it through the state machine"
            )
        self._manifests = {(batch, generation): known}  # one: a worker serves one batch for long, many over its life
        return known
