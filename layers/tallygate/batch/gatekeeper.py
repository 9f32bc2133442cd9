"""The gatekeeper: lets a batch through only when every chunk has its record."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import islice
from uuid import uuid4

from tallygate import clock
from tallygate.batch.chunk import Chunk
from tallygate.batch.chunk_index import ChunkIndex
from tallygate.batch.chunk_task import ChunkTask
from tallygate.batch.dispatcher import Dispatcher
from tallygate.batch.errors import DeadlinePassed, ForceIncomplete, NotReadyError, UnknownBatch
from tallygate.batch.objects import ObjectStore
from tallygate.batch.overdue import next_dispatch, overdue
from tallygate.batch.poll import Poll
from tallygate.batch.records import ChunkRecord, Manifest, Outcome, Progress
from tallygate.batch.store import BatchStore
from tallygate.deadline import Deadline

MAX_DISPATCHES_PER_POLL = 100
FORCE_SECONDS = 20.0  # of the function's 60: what is left is forced by the next call
FORCE_THREADS = 16
STARTING = timedelta(seconds=30)  # a message is received before its worker has begun, and is seen by nobody meanwhile


class Gatekeeper:
    """Checks a batch, and keeps it going.

    A poll reads C chunk records and, while some are missing, as many progress records: at most C/20 read units and
    those for lists of failures, of which all records together hold 20 MB (2,500 units) at most.

    Parameters
    ----------
    records, objects : BatchStore, ObjectStore
    dispatchers : mapping of str to Dispatcher
        By the name of the way that batches are dispatched: `map`, `queue`.
    now : callable
        The wall clock, UTC.
    """

    def __init__(
        self,
        records: BatchStore,
        objects: ObjectStore,
        dispatchers: Mapping[str, Dispatcher],
        *,
        now: clock.Clock = clock.utc_now,
    ) -> None:
        self._records = records
        self._objects = objects
        self._dispatchers = dispatchers
        self._now = now

    def check(self, batch: str, generation: int, *, force: bool = False) -> Poll:
        """Pass, or raise.

        Parameters
        ----------
        force : bool
            Put ABANDONED under every missing key, then pass.

        Raises
        ------
        NotReadyError
            Chunks are missing; those overdue were dispatched again. Its `poll` says how many.
        DeadlinePassed
            Chunks are missing and the deadline has passed.
        ForceIncomplete
            Forced, but out of time; call again.
        UnknownBatch, Unavailable
        """
        manifest = self._records.manifest(batch, generation)
        if manifest is None:
            raise UnknownBatch(f"batch {batch!r} has no manifest of generation {generation}: plan it first")
        missing = self._missing(manifest)
        if missing and force:
            self._abandon(manifest, missing)
        elif missing:
            self._not_ready(manifest, missing)
        return Poll(chunks=manifest.chunks, recorded=manifest.chunks)

    def _missing(self, manifest: Manifest) -> list[int]:
        # Records are immutable, so that an eventually consistent read can only see too few: C of C is proof.
        recorded = {record.i for record in self._records.chunks(manifest)}
        return [i for i in range(manifest.chunks) if i not in recorded]

    def _not_ready(self, manifest: Manifest, missing: Sequence[int]) -> None:
        recorded = manifest.chunks - len(missing)
        now = self._now()
        if now >= manifest.deadline:
            deadline = clock.to_text(manifest.deadline)
            raise DeadlinePassed(f"{recorded} of {manifest.chunks} chunks are recorded at the deadline {deadline}")
        progress = {held.i: held for held in self._records.progress(manifest)}
        busy = sum(i in progress and progress[i].held(now) for i in missing)
        sent = 0 if self._records.cancellation(manifest) else self._dispatch(manifest, missing, progress, busy)
        raise NotReadyError(Poll(chunks=manifest.chunks, recorded=recorded, in_progress=busy, dispatched=sent))

    def _dispatch(self, manifest: Manifest, missing: Sequence[int], progress: Mapping[int, Progress], busy: int) -> int:
        now = self._now()
        dispatcher = self._dispatchers[manifest.parameters["dispatch"]]
        due = overdue(missing, progress, now, waiting=self._waiting(manifest, now))
        taken = [
            i
            for i in islice(due, _room(manifest, busy))
            if self._records.take_dispatch(manifest, i, now=now, next_at=next_dispatch(progress.get(i), now))
        ]
        for chunk in self._index(manifest).chunks(taken):
            dispatcher.send(ChunkTask(manifest.batch, manifest.generation, chunk, now))
        return len(taken)

    def _waiting(self, manifest: Manifest, now: datetime) -> bool:
        """Whether chunks that were sent may not have been begun yet: they wait, or their workers are just starting."""
        queued = manifest.parameters["dispatch"] == "queue"
        if queued and now < manifest.started + STARTING:
            return True
        return self._dispatchers[manifest.parameters["dispatch"]].backlog() > 0

    def _index(self, manifest: Manifest) -> ChunkIndex:
        return ChunkIndex(self._objects, manifest.index, manifest.chunks)

    def _abandon(self, manifest: Manifest, missing: Sequence[int]) -> None:
        until = Deadline.after(FORCE_SECONDS)
        attempt = f"gatekeeper/{uuid4()}"

        def put(chunk: Chunk) -> bool:
            if until.passed:
                return False
            self._records.put_chunk(manifest, self._abandoned(chunk, attempt))  # or a late worker's DONE stands
            return True

        with ThreadPoolExecutor(FORCE_THREADS) as pool:
            put_all = list(pool.map(put, self._index(manifest).chunks(missing)))
        if not all(put_all):
            raise ForceIncomplete(f"{sum(put_all)} of {len(missing)} missing chunks have a record now: force again")

    def _abandoned(self, chunk: Chunk, attempt: str) -> ChunkRecord:
        return ChunkRecord(i=chunk.i, outcome=Outcome.ABANDONED, attempt=attempt, abandoned=chunk.items, at=self._now())


def _room(manifest: Manifest, busy: int) -> int:
    """How many chunks one poll may send. How many workers a queue has is not ours to say."""
    if manifest.parameters["dispatch"] == "queue":
        return MAX_DISPATCHES_PER_POLL
    concurrency: int = manifest.parameters["concurrency"]
    return min(MAX_DISPATCHES_PER_POLL, max(0, concurrency - busy))
