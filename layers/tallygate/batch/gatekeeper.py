"""The gatekeeper: lets a batch through only when every chunk has its record."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol
from uuid import uuid4

from tallygate import clock
from tallygate.batch.chunk import Chunk
from tallygate.batch.chunk_index import ChunkIndex
from tallygate.batch.chunk_worker import ChunkTask
from tallygate.batch.errors import DeadlinePassed, ForceIncomplete, NotReadyError, UnknownBatch
from tallygate.batch.objects import ObjectStore
from tallygate.batch.overdue import next_dispatch, overdue
from tallygate.batch.records import ChunkRecord, Manifest, Outcome
from tallygate.batch.store import BatchStore
from tallygate.deadline import Deadline

MAX_DISPATCHES_PER_POLL = 100
FORCE_SECONDS = 20.0  # of the function's 60: what is left is forced by the next call
FORCE_THREADS = 16


class Dispatcher(Protocol):
    """Hands chunks to workers. What it does is never counted: it may fail, or send twice."""

    def send(self, task: ChunkTask) -> None:
        """Send the chunk to a worker, without waiting for it."""
        ...


class Gatekeeper:
    """Checks a batch, and keeps it going.

    Parameters
    ----------
    records, objects : BatchStore, ObjectStore
    dispatcher : Dispatcher
    now : callable
        The wall clock, UTC.
    """

    def __init__(
        self, records: BatchStore, objects: ObjectStore, dispatcher: Dispatcher, *, now: clock.Clock = clock.utc_now
    ) -> None:
        self._records = records
        self._objects = objects
        self._dispatcher = dispatcher
        self._now = now

    def check(self, batch: str, generation: int, *, force: bool = False) -> dict[str, Any]:
        """Pass, or raise. Reads C chunk records; while some are missing, also their progress.

        Parameters
        ----------
        force : bool
            Put ABANDONED under every missing key, then pass.

        Raises
        ------
        NotReadyError
            Chunks are missing; those overdue were dispatched again.
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
        return {"chunks": manifest.chunks}

    def _missing(self, manifest: Manifest) -> list[int]:
        # Records are immutable, so that an eventually consistent read can only see too few: C of C is proof.
        recorded = {record.i for record in self._records.chunks(manifest)}
        return [i for i in range(manifest.chunks) if i not in recorded]

    def _not_ready(self, manifest: Manifest, missing: Sequence[int]) -> None:
        state = f"{manifest.chunks - len(missing)} of {manifest.chunks} chunks are recorded"
        if self._now() >= manifest.deadline:
            raise DeadlinePassed(f"{state} at the deadline {clock.to_text(manifest.deadline)}")
        sent = self._dispatch(manifest, missing)
        raise NotReadyError(f"{state}, {sent} dispatched again")

    def _dispatch(self, manifest: Manifest, missing: Sequence[int]) -> int:
        now = self._now()
        progress = {held.i: held for held in self._records.progress(manifest)}
        due = list(overdue(missing, progress, now))[:MAX_DISPATCHES_PER_POLL]
        taken = [
            i
            for i in due
            if self._records.take_dispatch(manifest, i, now=now, next_at=next_dispatch(progress.get(i), now))
        ]
        if taken:
            for chunk in self._index(manifest).chunks(taken):
                self._dispatcher.send(ChunkTask(manifest.batch, manifest.generation, chunk))
        return len(taken)

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
